import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { linesOf } from '../files/lines.ts';
import { releaseLock, takeLock } from '../files/lock.ts';
import { replaceFile } from '../files/replace-file.ts';
import { reasonOf } from '../files/system-error.ts';
import { makeFolder } from '../files/writable-folder.ts';
import type { LoadedScenario } from '../load/load-files.ts';
import { reproOf } from '../repro/repro.ts';
import { presentVersions } from '../repro/versions.ts';
import type { RunResult } from '../simulate/result.ts';
import { type CampaignFile, parseCampaign } from './campaign-file.ts';
import { batchesFrom, firstBatch } from './plan.ts';
import type { BatchResults } from './records.ts';
import { type CommittedBatch, committedBatches, DamagedResults, linesOfBatch } from './results-file.ts';

const CAMPAIGN = 'campaign.json';
const RESULTS = 'results.ndjson';
const TIMES = 'times.ndjson';
const LOCK = 'lock';
const REPROS = 'repros';
/** Path of a repro file inside a folder of results. */
const REPRO = /^repros\/\w+-\w+\.yaml$/u;

/** A folder that cannot be used as what it was named for. The message says why, and what to do. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/** Results that the file system did not take. */
export class UnwrittenResults extends Error {
  override readonly name = 'UnwrittenResults';
  /** Of the file, as the user would write it. */
  readonly path: string;
  readonly reason: string;

  constructor(path: string, error: unknown) {
    super(`cannot write ${path}: ${reasonOf(error)}`, { cause: error });
    this.path = path;
    this.reason = reasonOf(error);
  }
}

/**
 * The results of a campaign on disk: `campaign.json` says what it is, `results.ndjson` has the failing runs and the sums of
 * each batch, `times.ndjson` how long each batch took, `repros/` the first run of each signature as a repro file. Only the
 * times differ between two machines.
 */
export class ResultFolder {
  /** As the user wrote it, without a slash at the end. */
  readonly shown: string;
  readonly #path: string;
  #versions: Readonly<Record<string, string>> | null = null;

  /** @param folder relative to `cwd` */
  constructor(folder: string, cwd: string) {
    this.shown = folder.replace(/(?<=.)[\\/]+$/u, '');
    this.#path = resolve(cwd, folder);
  }

  /** Whether nothing stands there, or a folder with nothing but what a process has left that was killed as it began. */
  get isFree(): boolean {
    if (!existsSync(this.#path)) return true;
    const isLeft = (file: string): boolean => file === LOCK || file.endsWith('.draft');
    return statSync(this.#path).isDirectory() && readdirSync(this.#path).every(isLeft);
  }

  /**
   * Keeps other processes from writing into the folder, which need not be there, until `unlock`.
   *
   * @throws FolderError if another process does so
   * @throws UnwrittenResults
   */
  lock(): void {
    let owner: number | null = null;
    this.#write(LOCK, (path) => {
      makeFolder(this.#path);
      owner = takeLock(path);
    });
    if (owner === null) return;
    throw new FolderError(
      `process ${String(owner)} is at work in ${this.shown}; wait until it ends, or remove ${this.shown}/${LOCK} if it is no Whitewater`,
    );
  }

  unlock(): void {
    releaseLock(this.#at(LOCK));
  }

  /** Writes what the campaign is, into a folder that is there. @throws UnwrittenResults */
  describe(campaign: CampaignFile): void {
    this.#write(CAMPAIGN, (path) => replaceFile(path, `${JSON.stringify(campaign, null, 2)}\n`));
  }

  /** @throws FolderError if there is no campaign */
  campaign(): CampaignFile {
    const file = this.#at(CAMPAIGN);
    if (!existsSync(file)) {
      throw new FolderError(`${this.shown} holds no campaign: ${this.shown}/${CAMPAIGN} is not there`);
    }
    const campaign = parseCampaign(readFileSync(file, 'utf8'));
    if (campaign === null) throw new FolderError(`${this.shown}/${CAMPAIGN} does not describe a campaign`);
    return campaign;
  }

  /**
   * The batches that are finished, in the order of their shard.
   *
   * @throws FolderError if the file of results is damaged, or has other batches than those of the shard
   */
  *batches({ shard }: Pick<CampaignFile, 'shard'>): Generator<CommittedBatch, void> {
    if (!existsSync(this.#at(RESULTS))) return;
    const expected = batchesFrom(shard, firstBatch(shard), null);
    try {
      for (const committed of committedBatches(this.#at(RESULTS))) {
        const { batch } = expected.next().value!;
        if (committed.batch.batch !== batch) {
          throw new DamagedResults(`expected batch ${batch}, found batch ${committed.batch.batch}`);
        }
        yield committed;
      }
    } catch (error) {
      if (!(error instanceof DamagedResults)) throw error;
      throw new FolderError(`${this.shown}/${RESULTS} is damaged: ${error.message}`);
    }
  }

  /**
   * Removes everything that follows these batches.
   *
   * @param end where the last of them ends, in bytes
   * @throws UnwrittenResults
   */
  cutAfter(end: number, batches: number): void {
    this.#write(RESULTS, (path) => {
      if (existsSync(path)) truncateSync(path, end);
    });
    this.#write(TIMES, (path) => {
      if (!existsSync(path)) return;
      const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
      const kept = lines.slice(0, batches).map((line) => `${line}\n`);
      replaceFile(path, kept.join(''));
    });
  }

  /** Commits a batch, in one write. @throws UnwrittenResults */
  commit(results: BatchResults, wallMillis: number): void {
    const { batch } = results.batch;
    this.#write(RESULTS, (path) => appendFileSync(path, linesOfBatch(results)));
    this.#write(TIMES, (path) =>
      appendFileSync(path, `${JSON.stringify({ batch, wallMillis: Math.round(wallMillis) })}\n`),
    );
  }

  /**
   * Saves the first run of a signature as a repro file.
   *
   * @returns its path inside the folder; null if the scenario cannot be written as one
   * @throws UnwrittenResults
   */
  saveRepro(signature: string, { scenario, text }: LoadedScenario, result: RunResult): string | null {
    if (text === null) return null;
    const inside = `${REPROS}/${signature}.yaml`;
    this.#versions ??= presentVersions();
    const content = reproOf(text, scenario, result, `${this.shown}/${inside}`, this.#versions);
    if (content === null) return null;
    this.#keep(inside, content);
    return inside;
  }

  /**
   * Takes a repro file of another folder of results.
   *
   * @param inside its path inside either folder
   * @returns that path; null if the other folder does not have it
   * @throws UnwrittenResults
   */
  adoptRepro(inside: string, other: ResultFolder): string | null {
    const from = other.#at(inside);
    if (!REPRO.test(inside) || !existsSync(from)) return null;
    // Its header says where it is.
    this.#keep(
      inside,
      readFileSync(from, 'utf8').replace(`${other.shown}/${inside}`, () => `${this.shown}/${inside}`),
    );
    return inside;
  }

  /** Real time that each batch has taken, in ms, by its number. Empty if it is not known. */
  *times(): Generator<readonly [batch: number, millis: number], void> {
    if (!existsSync(this.#at(TIMES))) return;
    for (const { text, isWhole } of linesOf(this.#at(TIMES))) {
      const found = /^\{"batch":(\d+),"wallMillis":(\d+)\}$/u.exec(text);
      if (isWhole && found !== null) yield [Number(found[1]), Number(found[2])];
    }
  }

  #keep(inside: string, content: string): void {
    this.#write(inside, (path) => {
      makeFolder(dirname(path));
      replaceFile(path, content);
    });
  }

  #write(inside: string, write: (path: string) => void): void {
    try {
      write(this.#at(inside));
    } catch (error) {
      throw new UnwrittenResults(`${this.shown}/${inside}`, error);
    }
  }

  #at(inside: string): string {
    return join(this.#path, inside);
  }
}
