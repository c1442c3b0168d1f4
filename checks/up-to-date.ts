import type { RaftView } from '../core/view.ts';

/** Whether a log that ends like this is at least as up to date as that of the node. Raft §5.4.1. */
export function isUpToDate({ log }: RaftView, lastLogTerm: number, lastLogIndex: number): boolean {
  const ownTerm = log.term(log.lastIndex);
  return lastLogTerm > ownTerm || (lastLogTerm === ownTerm && lastLogIndex >= log.lastIndex);
}
