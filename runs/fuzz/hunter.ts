import { MUTANTS } from '../../core/mutants/index.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { type Hunt, huntFor } from './mutant-hunt.ts';

/** Which known bug to look for, with which scenarios, and how far. */
export interface HuntWanted {
  /** Its id. */
  readonly mutant: string;
  /** Indices of the scenarios, of which at least one can catch known bugs. */
  readonly scenarios: readonly number[];
  /** Runs that are tried. */
  readonly most: number;
  readonly firstSeed: number;
}

/** Looks for known bugs. */
export interface Hunter {
  /** How many are looked for at a time. */
  readonly jobs: number;
  /** Fails only by a defect of Whitewater. */
  hunt(wanted: HuntWanted): Promise<Hunt>;
  /** Ends at once what is going on: those hunts come to no end. */
  close(): Promise<void>;
}

export function huntWanted({ mutant, scenarios, most, firstSeed }: HuntWanted, all: readonly Scenario[]): Hunt {
  return huntFor(
    MUTANTS.get(mutant)!,
    scenarios.map((index) => all[index]!),
    most,
    firstSeed,
  );
}

/** Looks for one after the other in this process. */
export class InProcessHunter implements Hunter {
  readonly jobs = 1;
  readonly #scenarios: readonly Scenario[];
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(scenarios: readonly Scenario[]) {
    this.#scenarios = scenarios;
  }

  async hunt(wanted: HuntWanted): Promise<Hunt> {
    const before = this.#last;
    const found = (async () => {
      await before;
      // Signals are delivered meanwhile.
      await new Promise((resume) => setImmediate(resume));
      if (this.#isClosed) await new Promise(() => undefined);
      return huntWanted(wanted, this.#scenarios);
    })();
    this.#last = found.catch(() => undefined);
    return await found;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return Promise.resolve();
  }
}
