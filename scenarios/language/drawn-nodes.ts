import { type MappingTree, type Tree, treeOf } from './tree.ts';

/** Whether each seed draws the nodes of the scenario: it is a swarm, and does not say which there are. */
export function drawsNodes(tree: Tree): boolean {
  return isSwarm(valueOf(tree, 'chaos')) && valueOf(valueOf(tree, 'cluster'), 'nodes') === null;
}

/** The scenario with some nodes, for one that draws them: everything else in it can be checked then. */
export function withSomeNodes(tree: Tree): Tree {
  if (tree.kind !== 'mapping' || !drawsNodes(tree)) return tree;
  const cluster = valueOf(tree, 'cluster');
  if (cluster !== null && cluster.kind !== 'mapping') return tree;
  const place = { start: tree.start, end: tree.start };
  const nodes = treeOf(3, place);
  return withEntry(tree, 'cluster', withEntry(cluster ?? { kind: 'mapping', entries: [], ...place }, 'nodes', nodes));
}

function isSwarm(chaos: Tree | null): boolean {
  if (chaos?.kind === 'scalar') return chaos.value === 'swarm';
  const said = valueOf(chaos, 'swarm');
  return said?.kind === 'scalar' && said.value === true;
}

function valueOf(tree: Tree | null, key: string): Tree | null {
  if (tree?.kind !== 'mapping') return null;
  return tree.entries.find((entry) => entry.key === key)?.value ?? null;
}

function withEntry(tree: MappingTree, key: string, value: Tree): MappingTree {
  const others = tree.entries.filter((entry) => entry.key !== key);
  const { start } = tree;
  return { ...tree, entries: [...others, { key, keyStart: start, keyEnd: start, value }] };
}
