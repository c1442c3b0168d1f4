import { basename } from 'node:path';
import { RENAMED } from '../../scenarios/language/renamed.ts';

/**
 * The present name of a bundled scenario or topic by one it had in an earlier version: its name, its topic and name, or
 * a path that ends in these. Null if there was none.
 */
export function renamedScenario(name: string): string | null {
  const words = name
    .replace(/\.ya?ml$/u, '')
    .split(/[\\/]/u)
    .slice(-2)
    .join('/');
  const row = RENAMED.find(({ kind, old }) => kind === 'scenario' && (old === words || basename(old) === words));
  return row === undefined ? null : basename(row.new);
}
