import type { CheckContext } from '../context.ts';
import type { NodeHistory } from './node-history.ts';

/**
 * Retention floor: below this index no check compares logs any more. It is the lowest base of the logs of all nodes, in
 * memory or on disk, or the lowest index that a state machine has applied, if that is lower. A node that commits,
 * applies, matches or is elected from here on has a log or a snapshot that reaches the floor.
 */
export function retentionFloor(context: CheckContext): number {
  let floor = context.ledger.length;
  for (const history of context.histories) {
    if (!isRelevant(context, history)) continue;
    floor = Math.min(floor, history.disk.base);
    if (history.view !== null) floor = Math.min(floor, history.log.base, history.applied);
  }
  return floor;
}

/**
 * The lowest term that a node is in, or would restart in. No node can be elected, vote or commit in a term below it, and
 * a message of such a term has no effect.
 */
export function lowestRetainedTerm(context: CheckContext): number {
  let term = Infinity;
  for (const history of context.histories) if (isRelevant(context, history)) term = Math.min(term, history.diskTerm);
  return term === Infinity ? 0 : term;
}

/** A node without a log that is no member of any configuration may stay so for ever: it keeps nothing retained. */
function isRelevant(context: CheckContext, history: NodeHistory): boolean {
  return !history.isBlank || context.isMemberAnywhere(history.node);
}
