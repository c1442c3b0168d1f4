import { suggestion } from '../runs/load/load-files.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { UsageError } from './errors.ts';
import { words } from './words.ts';

/** Collects the values of `--except`, which can be given several times, each a list like I16,Lv3. */
export function collectExcept(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...words('--except', value)];
}

/** Whether a word looks like the id of an invariant or a liveness property. */
export function isCheckId(word: string): boolean {
  return /^(?:I|Lv)\d+$/u.test(word);
}

/** The scenario without these checks, besides those that it leaves out itself. */
export function withoutChecks(scenario: Scenario, ids: readonly string[]): Scenario {
  for (const id of ids) {
    if (VOCABULARY.checks.includes(id)) continue;
    const near = suggestion(id, VOCABULARY.checks) || '; docs/invariants.md lists them';
    throw new UsageError(`--except: there is no invariant or liveness property ${JSON.stringify(id)}${near}`);
  }
  return ids.length === 0
    ? scenario
    : { ...scenario, checks: { except: [...new Set([...scenario.checks.except, ...ids])] } };
}
