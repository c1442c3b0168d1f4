import type * as z from 'zod';
import type { Action, Step } from '../scenario.ts';
import type { Place } from './place.ts';

/** An action of the language: its spelling, its explanation, and what it becomes. */
export interface ActionSpec {
  /** The key that names it. */
  readonly key: string;
  readonly topic: Topic;
  readonly about: string;
  /** YAML of a step, for the reference. */
  readonly example: string;
  readonly value: z.ZodType;
  /** Keys that go with this action, besides those that go with every step. */
  readonly modifiers: z.ZodRawShape;
  /** Steers the script itself, and so has no place in the timeline. */
  readonly control: boolean;
  /** Whether `within` means something: there is something to wait for. */
  readonly within: boolean;
  /** Whether `as` means something: it chooses nodes. */
  readonly chooses: boolean;
  /** `place` is that of the step. Names that are wrong are reported there. */
  readonly build: (value: unknown, modifiers: Readonly<Record<string, unknown>>, place: Place) => Action;
}

export type Topic = (typeof TOPICS)[number];

/** In the order of the reference. */
export const TOPICS = [
  'time',
  'elections',
  'membership',
  'snapshots',
  'processes',
  'network',
  'disks and clocks',
  'clients',
  'control',
] as const;

/** A step as it was read, its names not looked up yet; null when it was no step at all, which has been reported. */
export type RawStep = {
  readonly spec: ActionSpec;
  readonly value: unknown;
  readonly modifiers: Readonly<Record<string, unknown>>;
} | null;

/** Compiles the steps of a `do:`; each is handed to `check` with its place. */
export type CompileSteps = (
  raw: readonly RawStep[],
  place: Place,
  check?: (step: Step, place: Place) => void,
) => readonly Step[];

interface Definition<V extends z.ZodType, M extends z.ZodRawShape> {
  readonly about: string;
  readonly example: string;
  readonly value: V;
  readonly modifiers?: M;
  readonly control?: boolean;
  readonly within?: boolean;
  readonly chooses?: boolean;
  readonly build: (value: z.output<V>, modifiers: z.output<z.ZodObject<M>>, place: Place) => Action;
}

/** Defines an action. By default it chooses nodes, may have to wait for them, and may stand in the timeline. */
export function action<V extends z.ZodType, M extends z.ZodRawShape = Record<never, never>>(
  topic: Topic,
  key: string,
  definition: Definition<V, M>,
): ActionSpec {
  const { about, example, value, modifiers, control = false, within = true, chooses = true, build } = definition;
  return {
    ...{ key, topic, about, example, value, modifiers: modifiers ?? {}, control, within, chooses },
    // The reader has read value and modifiers by these very schemas.
    build: build as ActionSpec['build'],
  };
}
