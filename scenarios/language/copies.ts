import type { NodeId } from '../../sim/protocol.ts';
import type { Selector } from '../scenario.ts';
import { suggestion } from './did-you-mean.ts';
import type { Place } from './place.ts';
import { quoted } from './tree.ts';

/** A copy of each of these disks, made or put back under a name. */
export interface CopyOfDisk {
  readonly name: string;
  readonly nodes: Selector;
}

/** Reports copies that are put back, and that no step makes, or none of these nodes has. */
export function checkCopies(
  backups: readonly CopyOfDisk[],
  restores: readonly (CopyOfDisk & { readonly place: Place })[],
): void {
  for (const { name, nodes, place } of restores) {
    const made = backups.filter((one) => one.name === name);
    if (made.length === 0) {
      const names = [...new Set(backups.map((one) => one.name))];
      place.problem(`no step makes a backup ${quoted(name)}${suggestion(name, names)}`);
      continue;
    }
    const owners = made.map((one) => namedIn(one.nodes));
    const without = namedIn(nodes)?.filter((node) => owners.every((one) => one?.includes(node) === false)) ?? [];
    if (without.length === 0) continue;
    const called = (of: readonly NodeId[]): string => of.map((node) => place.scope.nodes?.[node] ?? '').join(', ');
    const has = [...new Set(owners.flatMap((one) => one ?? []))].toSorted((a, b) => a - b);
    const lack = `${called(without)} ${without.length === 1 ? 'has' : 'have'} no backup ${quoted(name)}`;
    place.problem(`${lack}; steps make it of the disk of ${called(has)} only`);
  }
}

/** The nodes of a selector that names them; null: they are known only in the run. */
function namedIn(nodes: Selector): readonly NodeId[] | null {
  if (nodes.kind === 'node') return [nodes.node];
  if (nodes.kind !== 'list') return null;
  const named = nodes.of.map(namedIn);
  return named.includes(null) ? null : named.flatMap((one) => one ?? []);
}
