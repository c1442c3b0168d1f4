import type { RaftNode } from '../node.ts';

/** How much a leader accepts: dissertation §10.2.1. How much it has in flight, `core/replication.ts` decides. */
export interface FlowControlRules {
  acceptsMoreUncommitted(self: RaftNode, bytes: number): boolean;
}

/** As published. */
export const flowControlRules: FlowControlRules = {
  /** A leader accepts no more requests while too much is uncommitted, but always one. */
  acceptsMoreUncommitted(self: RaftNode, bytes: number): boolean {
    const { maxUncommittedBytes } = self.options;
    if (maxUncommittedBytes === null || self.uncommittedBytes === 0) return true;
    return self.uncommittedBytes + bytes <= maxUncommittedBytes;
  },
};
