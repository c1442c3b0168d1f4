import type { ReproFiles } from '../reports/reporter.ts';
import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { LoadedScenario } from '../runs/load/load-files.ts';
import { ReproFolder } from '../runs/repro/repro.ts';
import type { RunResult } from '../runs/simulate/result.ts';

/** Saves failing runs and keeps, scenario by scenario, what reports need to know about it. */
export class ReproSaver {
  readonly #folder: string;
  readonly #repros: ReproFolder;
  readonly #files = new Map<ScenarioTally, ReproFiles>();
  /** The first file that could not be written, why, and how many there are; null if all could. */
  unwritten: { readonly path: string; readonly reason: string; readonly count: number } | null = null;

  constructor(folder: string, cwd: string) {
    this.#folder = folder;
    this.#repros = new ReproFolder(folder, cwd);
  }

  /** @returns the path of the file, or null if there is none */
  save(loaded: LoadedScenario, result: RunResult, tally: ScenarioTally): string | null {
    const saved = this.#repros.save(loaded, result);
    const path = saved.kind === 'saved' ? saved.path : null;
    const before = this.of(tally);
    const isExplained = tally.worst === result;
    const reason = 'reason' in saved ? saved.reason : null;
    if (saved.kind === 'unwritten') {
      const { path, reason } = this.unwritten ?? saved;
      this.unwritten = { path, reason, count: (this.unwritten?.count ?? 0) + 1 };
    }
    this.#files.set(tally, {
      ...before,
      path: isExplained ? path : before.path,
      reason: isExplained ? reason : before.reason,
      saved: before.saved + (path === null ? 0 : 1),
      capped: before.capped || saved.kind === 'enough',
    });
    return path;
  }

  of(tally: ScenarioTally): ReproFiles {
    const none = { path: null, reason: null, folder: this.#folder, saved: 0, capped: false };
    return this.#files.get(tally) ?? none;
  }
}
