/** How often a step was executed in a run. */
export interface StepCount {
  /** The step, such as `script[2]`. */
  readonly path: string;
  readonly executed: number;
  /** How often there was nothing for it to do: no node to resume, no cut to heal, a goal that was reached already. */
  readonly idle: number;
}

/** Counts the executions of each step of a run. */
export class StepCounts {
  /** Executions of all steps. */
  total = 0;
  readonly #executed = new Map<string, number>();
  readonly #idle = new Map<string, number>();

  /** Counts an execution of the step of this path, and returns which one it is, from 1. */
  begin(path: string): number {
    this.total++;
    return increase(this.#executed, path);
  }

  /** Which execution of the step the next one is, from 1. */
  next(path: string): number {
    return (this.#executed.get(path) ?? 0) + 1;
  }

  /** Counts an execution in which there was nothing to do. */
  addIdle(path: string): void {
    increase(this.#idle, path);
  }

  of(path: string): StepCount {
    return { path, executed: this.#executed.get(path) ?? 0, idle: this.#idle.get(path) ?? 0 };
  }
}

function increase(counts: Map<string, number>, path: string): number {
  const count = (counts.get(path) ?? 0) + 1;
  counts.set(path, count);
  return count;
}
