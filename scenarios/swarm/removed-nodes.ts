import { mappingOf, type WrittenScenario } from './written.ts';

/** Steps by which a node can be left with a configuration in which it votes, while it is no member any more. */
const CHANGES: readonly string[] = ['add', 'remove', 'reconfigure'];

/** Options that keep such a node from deposing a leader that works, if all nodes have one of them. */
const REMEDIES = ['checkQuorum', 'preVote'] as const;

/**
 * Whether nodes that are no members any more let the others have a leader. A node that was removed, or of which the entry that
 * added it was truncated, gets no message about it, and goes on starting elections. Unless all nodes stick to their leader, or
 * ask for pre-votes, each of these raises the terms of the others, and no leader lasts: Raft does not promise to be live then.
 * Dissertation §4.2.3.
 */
export function survivesRemovedNodes(written: WrittenScenario): boolean {
  const { cluster, ...others } = written;
  const changes = someMapping(others, (mapping) => CHANGES.some((word) => Object.hasOwn(mapping, word)));
  const raft = mappingOf(mappingOf(cluster)['raft']);
  // Also options of some nodes, and those that a node is upgraded to.
  const isWithout = (option: string): boolean => someMapping(written, (mapping) => mapping[option] === false);
  return !changes || REMEDIES.some((option) => raft[option] === true && !isWithout(option));
}

/** Whether the value is a mapping that passes the test, or holds one. */
function someMapping(value: unknown, test: (mapping: WrittenScenario) => boolean): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (!Array.isArray(value) && test(value as WrittenScenario)) return true;
  return Object.values(value).some((part) => someMapping(part, test));
}
