import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { ChaosProcess, Step } from '../scenario.ts';
import type { Leaf } from './selectors.ts';

/** What became of an execution of a step. */
export type StepOutcome = 'begun' | 'done' | 'skipped' | 'failed';

/** One execution of one step, with what was drawn for it. */
export class ExecutedStep {
  readonly step: Step;
  /** Which execution of the step it is, from 1. */
  readonly repetition: number;
  /** The pause before it. */
  readonly pause: Micros;
  readonly began: Micros;
  ended: Micros;
  outcome: StepOutcome = 'begun';
  /** Whether it did something, or let time pass. */
  hasActed = true;
  /** The nodes that its selectors have drawn. */
  readonly drawn = new Map<Leaf, readonly NodeId[]>();
  /** How long its fault lasts; null: until something else ends it. */
  lasts: Micros | null = null;
  /** How long it waits, for a step that only lets time pass; null for others. */
  span: Micros | null = null;
  /** The node that `$it` means; null: none. */
  readonly it: NodeId | null;
  /** The steps that it holds, as far as they were executed. */
  readonly inner: ExecutedStep[] = [];
  /** For a step that arms others: what each firing has executed, in order. */
  readonly firings: ExecutedStep[][] = [];

  constructor(step: Step, repetition: number, pause: Micros, began: Micros, it: NodeId | null) {
    this.step = step;
    this.repetition = repetition;
    this.pause = pause;
    this.began = began;
    this.ended = began;
    this.it = it;
  }
}

/** One strike of chaos. */
export interface Strike {
  readonly process: ChaosProcess;
  readonly at: Micros;
  /** Which match of its event it was at, from 1; null: it struck by the clock. */
  readonly match: number | null;
  readonly steps: ExecutedStep[];
}

/** Everything that script, timeline and chaos have decided in a run. */
export class Recording {
  readonly script: ExecutedStep[] = [];
  readonly timeline: ExecutedStep[] = [];
  readonly strikes: Strike[] = [];
}
