import type { Micros, Out, Random } from '../sim/protocol.ts';
import type { AdminRequest } from './admin-request.ts';
import { startTransfer } from './leadership-transfer.ts';
import { changeMember, leaveJoint, reconfigure } from './membership.ts';
import { type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { becomeFollower } from './roles.ts';
import { takeSnapshot } from './snapshots.ts';
import { LEADER } from './view.ts';

/** An administrator's request: it is carried out, or started, or rejected with a reason. */
export function handleAdminRequest(
  self: RaftNode,
  request: AdminRequest,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): void {
  const reason = perform(self, request, now, random, out);
  if (reason !== null) out.reject(reason);
}

/** Returns the reason for a rejection, or null. */
function perform(
  self: RaftNode,
  request: AdminRequest,
  now: Micros,
  random: Random,
  out: Out<Message, Write>,
): string | null {
  switch (request.kind) {
    case 'snapshot':
      if (self.lastApplied === self.snapshot.index) return 'nothing has been applied since the last snapshot';
      takeSnapshot(self, out);
      return null;
    case 'forget-leader':
      return forgetLeader(self, now, random, out);
    case 'transfer':
      return startTransfer(self, request.to, now, out);
    case 'change':
      return changeMember(self, request.change, request.node, now, out);
    case 'reconfigure':
      return reconfigure(self, request, now, out);
    case 'leave-joint':
      return leaveJoint(self, now, out);
  }
}

/** The administrator knows that the leader is dead: sticking to it would only delay the next election. */
function forgetLeader(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): string | null {
  if (self.role === LEADER) return 'the node is the leader';
  if (self.options.reads === 'lease') return 'leases depend on leader stickiness';
  if (self.leader === NONE) return 'the node knows no leader';
  becomeFollower(self, NONE, now, random, out);
  self.stickyUntil = -Infinity;
  return null;
}
