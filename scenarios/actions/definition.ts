import type * as z from 'zod';
import type { Micros } from '../../sim/protocol.ts';
import type { Execution, StepRoutine } from '../interpreter/execution.ts';
import type { Naming } from '../interpreter/describe.ts';
import type { Place } from '../language/place.ts';
import type { Tree } from '../language/tree.ts';
import type { Action, Condition, Step } from '../scenario.ts';

/** The action of one kind. */
export type ActionOf<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

/** The sections of the reference page, in its order. */
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

export type Topic = (typeof TOPICS)[number];

/**
 * One way to write an action in YAML: the key that makes a step this action, what stands beside it, and what it
 * becomes. Several keys can share an action: `write` and `read` are both operations.
 */
export interface Spelling<A extends Action> {
  readonly key: string;
  /** What the step does, in the reference and the JSON Schema. */
  readonly about: string;
  /** YAML of a step, for the reference. A test runs it. */
  readonly example: string;
  readonly value: z.ZodType;
  /** Keys that belong to this action, besides those that every step has. */
  readonly modifiers: z.ZodRawShape;
  /** For a value that fits another action better: what to say, and the key of that one if nothing else can be meant. */
  readonly meant?: (value: Tree) => Meant | null;
  /** `place` is that of the step; names that do not exist are reported there. */
  build(value: unknown, modifiers: Readonly<Record<string, unknown>>, place: Place): A;
}

/** What is wrong with an action whose value belongs to another. */
export interface Meant {
  readonly message: string;
  /** Null: the value has to change as well. */
  readonly key: string | null;
}

/**
 * Everything about one kind of action. The loader, the JSON Schema, the reference page, the texts of traces and the
 * interpreter read it from here, so that an action is added by adding a definition.
 */
export interface ActionDefinition<K extends Action['kind']> {
  readonly topic: Topic;
  readonly spellings: readonly Spelling<ActionOf<K>>[];
  /** Controls the script itself, so that it cannot stand in the timeline. Default: false. */
  readonly control?: boolean;
  /** Whether it can have to wait, so that `within` means something. Default: true. */
  readonly within?: boolean;
  /** Whether it chooses nodes, so that `as` means something. Default: true. */
  readonly chooses?: boolean;
  /** Whether it injects a fault, so that `must: strike` means something. Default: false. */
  readonly strikes?: boolean;
  /** Whether its fault can be undone, so that `for` means something. Default: as `strikes`. */
  readonly lasts?: boolean;
  /** Whether an action that may choose nodes does not, written as this one is. Default: never. */
  choosesNothing?(action: ActionOf<K>): boolean;
  /** The condition it looks at; traces show it beside the action. Default: none. */
  condition?(action: ActionOf<K>): Condition;
  /** The steps it holds, by the key under which they stand. Default: none. */
  innerSteps?(action: ActionOf<K>): readonly InnerSteps[];
  /** What makes it take time inside `together`, as the beginning of a sentence; null: nothing. Default: null. */
  waits?(action: ActionOf<K>, step: Step): string | null;
  /** Virtual time it takes in any case; `ofSteps`: that of steps it holds. Default: 0. */
  leastTime?(action: ActionOf<K>, step: Step, ofSteps: (steps: readonly Step[]) => Micros): Micros;
  /** The action in one line, its selectors as they are written: what traces call the step unless it has a label. */
  describe(action: ActionOf<K>, naming: Naming): string;
  /** Executes it; a routine yields what it waits for. */
  perform(action: ActionOf<K>, exec: Execution): StepRoutine | void;
}

export interface InnerSteps {
  readonly key: string;
  readonly steps: readonly Step[];
}

interface SpellingParts<V extends z.ZodType, M extends z.ZodRawShape, A extends Action> {
  readonly about: string;
  readonly example: string;
  readonly value: V;
  readonly modifiers?: M;
  readonly meant?: Spelling<A>['meant'];
  readonly build: (value: z.output<V>, modifiers: z.output<z.ZodObject<M>>, place: Place) => A;
}

/** A spelling whose `build` is checked against the schemas of its value and modifiers. */
export function spelling<V extends z.ZodType, A extends Action, M extends z.ZodRawShape = Record<never, never>>(
  key: string,
  { about, example, value, modifiers, meant, build }: SpellingParts<V, M, A>,
): Spelling<A> {
  return {
    ...{ key, about, example, value, modifiers: modifiers ?? {} },
    ...(meant !== undefined && { meant }),
    // The reader has read value and modifiers by these very schemas.
    build: build,
  };
}
