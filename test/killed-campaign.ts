import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface KilledCampaign {
  /** `main.js` of a built command line. */
  readonly main: string;
  /** A folder for the results. */
  readonly cwd: string;
  /** The campaign: scenarios and options of `fuzz`. */
  readonly campaign: readonly string[];
  readonly kills: number;
  /** Decides the moments: a whole number. */
  readonly seed: number;
  /** Called after each kill, with the batches that are finished. */
  readonly onKill?: (kill: number, batches: number) => void;
}

/** What differs between a campaign that was killed again and again, and one that was not. */
export interface Differences {
  /** Campaigns that were begun: one that is complete before enough kills makes place for another. */
  readonly campaigns: number;
  /** Sentences; empty if nothing differs. */
  readonly found: readonly string[];
}

const WHOLE = 'whole';
const PARTS = 'parts';
/** A kill comes at most so long after the start, in ms: some before the first batch, some after many. */
const LATEST = 3_000;

/** Ends a campaign by SIGKILL at random moments, lets it go on each time, and compares it with one that was left alone. */
export async function killCampaign({ main, cwd, campaign, kills, seed, onKill }: KilledCampaign): Promise<Differences> {
  const fuzz = (...args: readonly string[]) => ['fuzz', ...args];
  const called = (args: readonly string[]) => spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
  const begin = (out: string) => fuzz(...campaign, '--out', out);
  const next = () => (existsSync(join(cwd, PARTS, 'campaign.json')) ? fuzz('--resume', PARTS) : begin(PARTS));
  const found: string[] = [];

  const whole = called(begin(WHOLE));
  if (!existsSync(join(cwd, WHOLE, 'results.ndjson'))) throw new Error(`the campaign did not run: ${whole.stderr}`);
  const moments = momentsFrom(seed);
  let campaigns = 1;
  for (let kill = 1; kill <= kills; kill++) {
    const running = spawn(process.execPath, [main, ...next()], { cwd, stdio: 'ignore' });
    const exit = once(running, 'exit');
    await Promise.race([exit, setTimeout(moments() * LATEST)]);
    running.kill('SIGKILL');
    await exit;
    onKill?.(kill, batchesIn(join(cwd, PARTS)));
    if (running.signalCode === null) {
      found.push(...differences(whole, called(next()), cwd));
      rmSync(join(cwd, PARTS), { recursive: true });
      campaigns += 1;
    }
  }
  found.push(...differences(whole, called(next()), cwd));
  return { campaigns, found };
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
}

function differences(whole: Ended, resumed: Ended, cwd: string): string[] {
  const read = (folder: string, file: string): string => readFileSync(join(cwd, folder, file), 'utf8');
  const reproOf = (folder: string, file: string) => read(folder, `repros/${file}`).replaceAll(`${folder}/`, '');
  const listed = (folder: string): string[] => readdirSync(join(cwd, folder, 'repros')).toSorted();
  const isEqual = {
    'the exit codes': whole.status === resumed.status,
    'the tables': tableOf(whole, WHOLE) === tableOf(resumed, PARTS),
    'results.ndjson': read(WHOLE, 'results.ndjson') === read(PARTS, 'results.ndjson'),
    'the names of the repro files': listed(WHOLE).join() === listed(PARTS).join(),
    'the repro files': listed(WHOLE).every((file) => reproOf(WHOLE, file) === reproOf(PARTS, file)),
  };
  return Object.entries(isEqual).flatMap(([what, equal]) => (equal ? [] : [`${what} differ`]));
}

/** The tables at the end of a report, without real times and names of folders. */
function tableOf({ stdout }: Ended, folder: string): string {
  const tables = stdout.slice(stdout.lastIndexOf('\nFaults that struck'));
  return tables.replace(/^Work.*$/mu, '').replaceAll(new RegExp(String.raw`\b${folder}\b`, 'gu'), '');
}

function batchesIn(folder: string): number {
  const results = join(folder, 'results.ndjson');
  return existsSync(results) ? (readFileSync(results, 'utf8').match(/^\{"type":"batch".*\n/gmu) ?? []).length : 0;
}

/** Numbers from 0 to 1. A linear congruential generator is random enough for moments. */
function momentsFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
