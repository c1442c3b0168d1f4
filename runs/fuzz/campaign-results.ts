import type { LoadedScenario } from '../load/load-files.ts';
import type { RunResult } from '../simulate/result.ts';
import type { FailureRecord } from './records.ts';
import type { ResultFolder } from './result-folder.ts';
import type { BatchOutcome } from './run-batch.ts';
import type { FuzzTally } from './tally.ts';

/** A failing run, as it was committed. */
export interface CommittedFailure {
  readonly record: FailureRecord;
  /** Whether it is the first of its signature in the campaign. */
  readonly isFirst: boolean;
  readonly isKnown: boolean;
  /** The whole run, of the first; null if it has no result. */
  readonly result: RunResult | null;
}

/** Takes the outcomes of batches, in their order: puts them on disk, and adds them up. */
export class CampaignResults {
  readonly #folder: ResultFolder;
  readonly #tally: FuzzTally;
  readonly #loaded: readonly LoadedScenario[];

  /** @param tally of the batches that are in the folder already */
  constructor(folder: ResultFolder, tally: FuzzTally, loaded: readonly LoadedScenario[]) {
    this.#folder = folder;
    this.#tally = tally;
    this.#loaded = loaded;
  }

  /**
   * The repro files are there before the batch is committed: what the results name exists, whenever the process is killed.
   *
   * @throws UnwrittenResults
   */
  add({ failures, firsts, wallMillis, ...outcome }: BatchOutcome): readonly CommittedFailure[] {
    const seen = new Set<string>();
    const committed = failures.map((failure): CommittedFailure => {
      const { signature } = failure;
      const isFirst = !seen.has(signature) && this.#tally.isFirst(signature);
      seen.add(signature);
      const result = isFirst ? (firsts.get(signature) ?? null) : null;
      const repro = result === null ? null : this.#folder.saveRepro(signature, this.#loadedOf(failure), result);
      return { record: { ...failure, repro }, isFirst, isKnown: this.#tally.isKnown(signature), result };
    });
    const results = { ...outcome, failures: committed.map(({ record }) => record) };
    this.#folder.commit(results, wallMillis);
    this.#tally.add(results);
    return committed;
  }

  #loadedOf({ run }: FailureRecord): LoadedScenario {
    return this.#loaded[run % this.#loaded.length]!;
  }
}
