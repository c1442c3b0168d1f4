import type { CheckContext } from '../context.ts';
import type { NodeHistory } from './node-history.ts';

/**
 * The index before which nobody can be asked any more what stood in the log: the lowest that a node's log begins after,
 * in memory or on disk, or that its state machine has still to catch up with. Who commits, applies, matches or is
 * elected after that has a log or a snapshot that reaches it.
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
 * The lowest term that a node is in, or would come back in. Nobody can be elected, vote or commit in a term below it;
 * what a message of such a term says moves nobody.
 */
export function lowestRetainedTerm(context: CheckContext): number {
  let term = Infinity;
  for (const history of context.histories) if (isRelevant(context, history)) term = Math.min(term, history.diskTerm);
  return term === Infinity ? 0 : term;
}

/** A node that has nothing and belongs to nobody's cluster may stay so for ever: it is not waited for. */
function isRelevant(context: CheckContext, history: NodeHistory): boolean {
  return !history.isBlank || context.isMemberAnywhere(history.node);
}
