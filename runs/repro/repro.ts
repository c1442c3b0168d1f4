import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RollingHash } from '../../sim/base/hash.ts';
import type { LoadedScenario } from '../load/load-files.ts';
import { command } from './command.ts';
import { reproText } from './repro-text.ts';
import { printable } from '../../scenarios/language/printable.ts';
import type { RecordedUnmet } from '../../scenarios/scenario.ts';
import type { RunResult, Unmet } from '../simulate/result.ts';
import { presentVersions } from './versions.ts';

/** Repro files for one scenario and verdict: a thousand files of one failure would only fill the disk. */
const MAX_REPROS = 10;
/** Expectations recorded in a repro file, of those that were not met. */
const MAX_UNMET = 10;

/** Where the repro file of a failing run is, or why there is none. */
export type SavedRepro =
  | { readonly kind: 'saved'; readonly path: string }
  /** The limit of files for this scenario and verdict is reached. */
  | { readonly kind: 'enough' }
  | { readonly kind: 'impossible'; readonly reason: string };

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
    const kind = JSON.stringify([scenario.file, scenario.name, result.verdict]);
    const written = this.#written.get(kind) ?? 0;
    if (written >= MAX_REPROS) return { kind: 'enough' };
    if (text === null) return { kind: 'impossible', reason: 'the scenario was not read from a file' };
    this.#versions ??= presentVersions();
    const path = this.#path(result);
    const content = reproText(text, scenario, {
      seed: result.seed,
      header: headerOf(result, path, this.#versions),
      repro: {
        verdict: result.verdict,
        invariant: result.violation?.invariant ?? null,
        unmet: result.unmet.slice(0, MAX_UNMET).map(recorded),
        hash: result.hash,
        events: result.events,
        versions: this.#versions,
      },
    });
    if (content === null) {
      return {
        kind: 'impossible',
        reason: 'seed and repro cannot be added to the text of the scenario without changing it',
      };
    }
    const reason = this.#write(path, content);
    if (reason !== null) return { kind: 'impossible', reason };
    this.#written.set(kind, written + 1);
    return { kind: 'saved', path };
  }

  /** A path that no other run of this invocation has. */
  #path({ scenario, seed }: RunResult): string {
    const base = fileName(scenario, seed);
    let name = base;
    // Two files may hold scenarios of one name.
    for (let copy = 2; this.#taken.has(name); copy++) name = `${base}-${String(copy)}`;
    this.#taken.add(name);
    return `${this.#folder.replace(/(?<=.)[\\/]+$/u, '')}/${name}.yaml`;
  }

  #write(path: string, content: string): string | null {
    try {
      makeFolder(resolve(this.#cwd, this.#folder));
      writeFileSync(resolve(this.#cwd, path), content);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

/** Makes a folder and those above it. Node's own way of doing so never returns where none can be made, as in /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
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
  const { scenario, seed, file } = result;
  return [
    `scenario ${scenario} with seed ${printable(seed)} ${outcomeOf(result)}.`,
    `Replay:  ${command('replay', path)}`,
    ...(file === null
      ? []
      : [
          `Made from ${printable(file)} by Whitewater ${versions['whitewater'] ?? 'unknown'}; only seed and repro, at the end, are added.`,
        ]),
  ];
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
