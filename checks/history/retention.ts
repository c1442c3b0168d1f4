import type { CheckContext } from '../context.ts';
import type { NodeHistory } from './node-history.ts';

/**
 * The index before which nobody can be asked any more what stood in the log: the lowest that a node's log begins after,
 * in memory or on disk, or that its state machine has still to catch up with. Who commits, applies, matches or is
 * elected after that has a log or a snapshot that reaches it.
 */
export function retentionFloor(context: CheckContext): number {
  let floor = context.ledger.length;
  for (const shadow of context.shadows) {
    if (!isHeard(context, shadow)) continue;
    floor = Math.min(floor, shadow.disk.base);
    if (shadow.view !== null) floor = Math.min(floor, shadow.log.base, shadow.applied);
  }
  return floor;
}

/**
 * The lowest term that a node is in, or would come back in. Nobody can be elected, vote or commit in a term below it;
 * what a message of such a term says moves nobody.
 */
export function lowestRetainedTerm(context: CheckContext): number {
  let term = Infinity;
  for (const shadow of context.shadows) if (isHeard(context, shadow)) term = Math.min(term, shadow.diskTerm);
  return term === Infinity ? 0 : term;
}

/** A node that has nothing and belongs to nobody's cluster may stay so for ever: it is not waited for. */
function isHeard(context: CheckContext, shadow: NodeHistory): boolean {
  return !shadow.isBlank || context.isAnywhereMember(shadow.node);
}
