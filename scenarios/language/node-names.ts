import type { NodeId } from '../../sim/protocol.ts';
import type { Place } from './place.ts';
import { RESERVED } from './selector-words.ts';
import { either, list } from './shapes.ts';
import { quoted } from './tree.ts';
import { NAME, text, whole } from './values.ts';

/** Raft clusters are small; every link between nodes costs memory. */
const MOST_NODES = 100;

const NODES = 'a number of nodes or a list of names';

/** The voters: there is at least one. */
export const votersShape = either(NODES, [whole(NODES, 1, MOST_NODES), list(NODES, text, 1)]);

/** Nodes of a kind there may be none of. */
export const othersShape = either(NODES, [whole(NODES, 0, MOST_NODES), list(NODES, text, 1)]);

/** The nodes of a cluster as a scenario gives them. */
interface RawNodeNames {
  readonly nodes: number | readonly string[];
  readonly learners?: number | readonly string[] | undefined;
  readonly standby?: number | readonly string[] | undefined;
}

/** The keys of `cluster` that say which nodes there are, in the order of the nodes' indices. */
export const KINDS_OF_NODES = ['nodes', 'learners', 'standby'] as const;

export interface NodeNames {
  /** All names, in order of the nodes' indices: voters, learners, standby nodes. */
  readonly nodes: readonly string[];
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
}

/** Names all nodes. Wrong names are reported. `place` is that of the cluster. */
export function nodeNamesOf(raw: RawNodeNames, place: Place): NodeNames {
  const nodes: string[] = [];
  const taken = new Set<string>();
  const [voters = 0, learners = 0] = KINDS_OF_NODES.map((kind) => {
    const before = nodes.length;
    for (const { name, at } of namesOf(raw[kind] ?? 0, before, place.at(kind))) {
      // An empty name is one that was wrong, and has been reported.
      if (name !== '') checkName(name, taken, at);
      taken.add(name);
      nodes.push(name);
    }
    if (nodes.length > MOST_NODES && before <= MOST_NODES) {
      place.at(kind).problem(`${String(nodes.length)} nodes; the most is ${String(MOST_NODES)}`);
    }
    return nodes.length;
  });
  const ids = nodes.map((_, node) => node);
  return { nodes, voters: ids.slice(0, voters), learners: ids.slice(voters, learners) };
}

/** A number of nodes continues with `n4`, … after 3 named nodes. */
function namesOf(given: number | readonly string[], before: number, place: Place) {
  if (typeof given !== 'number') return given.map((name, index) => ({ name, at: place.at(index) }));
  return Array.from({ length: given }, (_, index) => ({ name: `n${String(before + index + 1)}`, at: place }));
}

function checkName(name: string, taken: ReadonlySet<string>, place: Place): void {
  if (taken.has(name)) place.problem(`${quoted(name)} names two nodes`);
  else if (!NAME.test(name)) place.problem(`expected a name of letters, digits, - and _ like n1, got ${quoted(name)}`);
  else if (RESERVED.includes(name)) place.problem(`${quoted(name)} cannot be a name: it means something in selectors`);
  else if (/^c[1-9]\d*$/u.test(name))
    place.problem(`${quoted(name)} cannot be a node's name: it is the name of a client`);
}
