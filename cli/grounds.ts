import { canCatch } from '../runs/fuzz/mutant-hunt.ts';
import { bundledFiles } from '../runs/load/find-scenarios.ts';
import { loadFound } from '../runs/load/load-files.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { loadAll } from './scenarios.ts';
import { usualScenario } from './usual-scenario.ts';
import { words } from './words.ts';

/** The word for all bundled scenarios together. */
const LIBRARY = 'library';

/** Scenarios that known bugs are looked for with, together. */
export interface Ground {
  /** As they were named. */
  readonly name: string;
  /** At least one; those that cannot catch known bugs are left out. */
  readonly scenarios: readonly Scenario[];
}

/** What the value of `--with` names: files, folders, bundled scenarios, topics, or `library` for all that are bundled. */
export function groundsNamed(value: string | undefined, io: Io): readonly Ground[] {
  const names = value === undefined ? [usualScenario() ?? LIBRARY] : words('--with', value);
  return names.map((name): Ground => {
    const { scenarios } = name === LIBRARY ? loadFound({ files: bundledFiles(), problems: [] }) : loadAll([name], io);
    const able = scenarios.map(({ scenario }) => scenario).filter(canCatch);
    if (able.length === 0) {
      throw new UsageError(
        `--with: ${name}: no scenario there can catch known bugs: each has one of its own, or expects a violation`,
      );
    }
    return { name, scenarios: able };
  });
}
