import type { Out } from '../sim/protocol.ts';
import type { Message, Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** What is committed up to `index` may be applied. Raft §5.3; Figure 2, all servers. */
export function commitTo(self: RaftNode, index: number, out: Out<Message, Write>): void {
  if (index === self.commitIndex) return;
  if (self.uncommittedBytes > 0) settleBytes(self, index);
  self.commitIndex = index;
  if (index > self.lastApplied) out.apply(index);
}

/** What is committed no longer counts against the limit on what is not. */
function settleBytes(self: RaftNode, index: number): void {
  for (let next = Math.max(self.commitIndex + 1, self.firstOwnIndex); next <= index; next++) {
    self.uncommittedBytes -= self.log.entry(next).bytes;
  }
}
