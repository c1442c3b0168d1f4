import type { AdminRequest } from './admin-request.ts';
import type { Micros, Out, Random } from '../sim/protocol.ts';
import { takeSnapshot } from './snapshots.ts';
import { changeMember, leaveJoint, reconfigure } from './membership.ts';
import { type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { becomeFollower } from './roles.ts';
import { startTransfer } from './leadership-transfer.ts';
import { LEADER } from './view.ts';

/** The operator asks for something: it is done, or begun, or declined with a reason. */
export function handleAdminRequest(
  self: RaftNode,
  order: AdminRequest,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const refusal = attempt(self, order, now, random, out);
  if (refusal !== null) out.reject(refusal);
}

function attempt(
  self: RaftNode,
  order: AdminRequest,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): string | null {
  switch (order.kind) {
    case 'snapshot':
      if (self.lastApplied === self.snapshot.index) return 'nothing has been applied since its last snapshot';
      takeSnapshot(self, out);
      return null;
    case 'forget-leader':
      return forgetLeader(self, now, random, out);
    case 'transfer':
      return startTransfer(self, order.to, now, out);
    case 'change':
      return changeMember(self, order.change, order.node, now, out);
    case 'reconfigure':
      return reconfigure(self, order, now, out);
    case 'leave-joint':
      return leaveJoint(self, now, out);
  }
}

/** Somebody knows that the leader is dead: loyalty to it would only delay the next election. */
function forgetLeader(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): string | null {
  if (self.role === LEADER) return 'it leads itself';
  if (self.options.reads === 'lease') return 'leases rest on loyalty';
  if (self.leader === NONE) return 'it knows no leader';
  becomeFollower(self, NONE, now, random, out);
  self.stickyUntil = -Infinity;
  return null;
}
