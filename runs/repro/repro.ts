import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { RollingHash } from '../../sim/base/hash.ts';
import { printable } from '../../scenarios/language/printable.ts';
import type { RecordedUnmet, Repro, Scenario } from '../../scenarios/scenario.ts';
import { replaceFile } from '../files/replace-file.ts';
import { reasonOf } from '../files/system-error.ts';
import { makeFolder } from '../files/writable-folder.ts';
import { drawnScenario } from '../load/drawn-scenario.ts';
import type { LoadedScenario } from '../load/load-files.ts';
import { command } from './command.ts';
import { isReproText, reproText } from './repro-text.ts';
import type { RunResult, Unmet } from '../simulate/result.ts';
import { presentVersions } from './versions.ts';
import { settingsText, shortSettings } from '../../scenarios/settings.ts';

/** Repro files for one scenario and verdict: a thousand files of one failure would only fill the disk. */
const MAX_REPROS = 10;
/** Expectations recorded in a repro file, of those that were not met. */
const MAX_UNMET = 10;

/** Where the repro file of a failing run is, or why there is none. */
export type SavedRepro =
  | { readonly kind: 'saved'; readonly path: string }
  /** The limit of files for this scenario and verdict is reached. */
  | { readonly kind: 'enough' }
  | { readonly kind: 'impossible'; readonly reason: string }
  /** The file system did not take it. */
  | { readonly kind: 'unwritten'; readonly path: string; readonly reason: string };

/** Why a run has no repro file though its scenario has a text. */
const UNCHANGEABLE = 'seed and repro cannot be added to the text of the scenario without changing it';

/**
 * The text of the repro file of a failing run.
 *
 * @param text that of the scenario
 * @param path where the file is going to be, for the command in its header
 * @returns null if the text cannot take seed and repro without becoming another scenario
 */
export function reproOf(
  text: string,
  scenario: Scenario,
  result: RunResult,
  path: string,
  versions: Readonly<Record<string, string>>,
): string | null {
  // What a seed draws depends on this version: the file holds what was drawn.
  const drawn = drawnScenario(scenario, result.seed) ?? { text, scenario };
  const header = headerOf(result, path, versions);
  return reproText(drawn.text, drawn.scenario, { seed: result.seed, header, repro: recordedRun(result, versions) });
}

/** What a repro file says of a run. */
export function recordedRun(result: RunResult, versions: Readonly<Record<string, string>>): Repro {
  return {
    verdict: result.verdict,
    invariant: result.violation?.invariant ?? null,
    unmet: result.unmet.slice(0, MAX_UNMET).map(recorded),
    hash: result.hash,
    events: result.events,
    versions,
  };
}

/** Writes the repro files of one invocation into one folder. */
export class ReproFolder {
  readonly #folder: string;
  readonly #cwd: string;
  readonly #written = new Map<string, number>();
  readonly #taken = new Set<string>();
  #versions: Readonly<Record<string, string>> | null = null;

  /** @param folder as the user wrote it; relative to `cwd` */
  constructor(folder: string, cwd: string) {
    this.#folder = folder;
    this.#cwd = cwd;
  }

  /** Saves a failing run, unless there are enough of this scenario and verdict. */
  save({ scenario, text }: LoadedScenario, result: RunResult): SavedRepro {
    const kind = JSON.stringify([scenario.file, scenario.name, scenario.settings, result.verdict]);
    const written = this.#written.get(kind) ?? 0;
    if (written >= MAX_REPROS) return { kind: 'enough' };
    if (text === null) return { kind: 'impossible', reason: 'the scenario was not read from a file' };
    this.#versions ??= presentVersions();
    const path = this.#path(result);
    const content = reproOf(text, scenario, result, path, this.#versions);
    if (content === null) return { kind: 'impossible', reason: UNCHANGEABLE };
    const reason = this.#write(path, content);
    if (reason !== null) return { kind: 'unwritten', path, reason };
    this.#written.set(kind, written + 1);
    return { kind: 'saved', path };
  }

  /** A path that no other run of this invocation has, and at which nothing but a repro file of an earlier one stands. */
  #path({ scenario, settings, seed }: RunResult): string {
    const folder = this.#folder.replace(/(?<=.)[\\/]+$/u, '');
    const set = shortSettings(settings).map(({ path, value }) => `-${path}-${value}`);
    const base = fileName(`${scenario}${set.join('')}`, seed);
    let path = `${folder}/${base}.yaml`;
    // Two files may hold scenarios of one name.
    for (let copy = 2; this.#taken.has(path) || isOccupied(resolve(this.#cwd, path)); copy++) {
      path = `${folder}/${base}-${String(copy)}.yaml`;
    }
    this.#taken.add(path);
    return path;
  }

  #write(path: string, content: string): string | null {
    try {
      makeFolder(resolve(this.#cwd, this.#folder));
      replaceFile(resolve(this.#cwd, path), content);
      return null;
    } catch (error) {
      return reasonOf(error);
    }
  }
}

/** Whether something stands there that is not to be replaced: a link, a folder, or a file that is no repro file. */
export function isOccupied(path: string): boolean {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats !== undefined && !(stats.isFile() && isReproText(beginningOf(path)));
  } catch {
    // Writing will say what is wrong with the folder.
    return false;
  }
}

/** Enough of a file to know a repro file; empty if it cannot be read. */
function beginningOf(path: string): string {
  try {
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.alloc(100);
      return buffer.toString('utf8', 0, readSync(file, buffer));
    } finally {
      closeSync(file);
    }
  } catch {
    return '';
  }
}

/** `split-vote-8841`. A name with other characters gets a fingerprint too, so that no two collide. */
function fileName(scenario: string, seed: string): string {
  const plain = `${scenario}-${seed}`;
  const safe = plain
    .replace(/[^\w.-]+/gu, '-')
    .replace(/^[.-]+/u, '')
    .slice(0, 100);
  if (safe === plain) return safe;
  const hash = new RollingHash();
  hash.text(plain);
  return `${safe}-${hash.digest().slice(0, 8)}`;
}

function headerOf(result: RunResult, path: string, versions: Readonly<Record<string, string>>): string[] {
  const { scenario, settings, seed, file } = result;
  const set = settingsText(settings);
  const added = addedTo(result, set.length > 0);
  return [
    `scenario ${scenario} with seed ${printable(seed)} ${outcomeOf(result)}.`,
    ...(set.length === 0 ? [] : [`With:    ${printable(set.join(' '))}`]),
    `Replay:  ${command('replay', path)}`,
    ...(file === null
      ? []
      : [`Made from ${printable(file)} by Whitewater ${versions['whitewater'] ?? 'unknown'}; ${added}.`]),
  ];
}

/** What the file has besides the scenario. */
function addedTo({ drew }: RunResult, isSet: boolean): string {
  if (drew.length > 0) return 'what the seed drew is written out, with seed and repro at the end';
  return isSet
    ? 'only matrix (the settings), seed and repro, at the end, are added'
    : 'only seed and repro, at the end, are added';
}

function outcomeOf({ verdict, violation, unmet, limit }: RunResult): string {
  if (violation !== null) return `broke ${violation.invariant} ${violation.title} at event ${String(violation.event)}`;
  if (verdict === 'inconclusive') return `was inconclusive: ${printable(limit ?? 'a limit was reached')}`;
  const more = unmet.length > 1 ? ` (and ${String(unmet.length - 1)} more)` : '';
  return `did not meet what was expected: ${printable(unmet[0]?.text ?? 'unknown')}${more}`;
}

function recorded({ kind, id, path, node, at, text }: Unmet): RecordedUnmet {
  return { kind, id: id ?? null, path: path ?? null, node: node ?? null, at: at ?? null, text: printable(text) };
}
