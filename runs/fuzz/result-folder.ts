import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { replaceFile } from '../files/replace-file.ts';
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
const REPROS = 'repros';

/** A folder that cannot be used as what it was named for. The message says why, and what to do. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
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

  /** Whether nothing stands there, or an empty folder. */
  get isFree(): boolean {
    if (!existsSync(this.#path)) return true;
    return statSync(this.#path).isDirectory() && readdirSync(this.#path).length === 0;
  }

  /** Begins a campaign in a folder in which nothing is. @throws the error of the file system */
  begin(campaign: CampaignFile): void {
    makeFolder(this.#path);
    appendFileSync(this.#at(RESULTS), '');
    this.describe(campaign);
  }

  /** Writes what the campaign is. @throws the error of the file system */
  describe(campaign: CampaignFile): void {
    replaceFile(this.#at(CAMPAIGN), `${JSON.stringify(campaign, null, 2)}\n`);
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

  /** Removes everything that follows these batches. @param end where the last of them ends, in bytes */
  cutAfter(end: number, batches: number): void {
    truncateSync(this.#at(RESULTS), end);
    if (!existsSync(this.#at(TIMES))) return;
    const lines = readFileSync(this.#at(TIMES), 'utf8').split('\n').slice(0, -1);
    replaceFile(
      this.#at(TIMES),
      lines
        .slice(0, batches)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  /** Commits a batch, in one write. @throws the error of the file system */
  commit(results: BatchResults, wallMillis: number): void {
    appendFileSync(this.#at(RESULTS), linesOfBatch(results));
    const { batch } = results.batch;
    appendFileSync(this.#at(TIMES), `${JSON.stringify({ batch, wallMillis: Math.round(wallMillis) })}\n`);
  }

  /**
   * Saves the first run of a signature as a repro file.
   *
   * @returns its path inside the folder; null if the scenario cannot be written as one
   * @throws the error of the file system
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

  /** The text of a repro file; null if it is not there. */
  readRepro(inside: string): string | null {
    return existsSync(this.#at(inside)) ? readFileSync(this.#at(inside), 'utf8') : null;
  }

  /** Takes a repro file of another folder of results, where its header named the path `from`. */
  adoptRepro(inside: string, content: string, from: string): void {
    this.#keep(inside, content.replace(from, `${this.shown}/${inside}`));
  }

  #keep(inside: string, content: string): void {
    mkdirSync(this.#at(REPROS), { recursive: true });
    replaceFile(this.#at(inside), content);
  }

  #at(inside: string): string {
    return join(this.#path, inside);
  }
}
