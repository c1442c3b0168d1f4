import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import type { AdminRequest, MemberChange } from './admin-request.ts';
import { configuration, isJoint, isVoter, joint } from './configuration.ts';
import { type Configuration, type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { appendConfiguration } from './proposals.ts';
import { replicate } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { LEADER } from './view.ts';

/** Rounds of catching up after which a new member is too slow or unreachable. Dissertation §4.2.1. */
const MAX_CATCH_UP_ROUNDS = 10;

/** Changes one member. Returns the reason for a rejection, or null. Dissertation §4.1, §4.2.1. */
export function changeMember(
  self: RaftNode,
  change: MemberChange,
  node: NodeId,
  now: Micros,
  out: Out<Message, Write>,
): string | null {
  const reason = rejectionReason(self, change === 'add' || change === 'promote' ? node : NONE);
  if (reason !== null) return reason;
  if (isJoint(self.configuration)) return 'the configuration is joint';
  const { voters, learners } = self.configuration;
  const isLearner = learners.includes(node);
  switch (change) {
    case 'addLearner':
      if (voters.includes(node)) return 'the node is a voter';
      if (isLearner) return 'the node is already a learner';
      changeTo(self, configuration(voters, [...learners, node]), now, out);
      return null;
    case 'remove':
      if (!voters.includes(node) && !isLearner) return 'the node is not a member';
      if (voters.length === 1 && voters[0] === node) return 'the node is the last voter';
      if (self.catchUp?.node === node) self.catchUp = null;
      changeTo(self, without(self.configuration, node), now, out);
      return null;
    case 'add':
    case 'promote':
      if (voters.includes(node)) return 'the node is already a voter';
      if (change === 'promote' && !isLearner) return 'the node is not a learner';
      return makeVoter(self, node, now, out);
  }
}

/** Changes the membership in any way. Returns the reason for a rejection, or null. Dissertation §4.3. */
export function reconfigure(
  self: RaftNode,
  { voters, learners, leave }: Extract<AdminRequest, { readonly kind: 'reconfigure' }>,
  now: Micros,
  out: Out<Message, Write>,
): string | null {
  const reason = rejectionReason(self, NONE);
  if (reason !== null) return reason;
  if (isJoint(self.configuration)) return 'the configuration is joint';
  if (voters.length === 0) return 'the configuration would have no voters';
  const after = configuration(voters, learners);
  // A member that was catching up has the role that the new configuration gives it.
  self.catchUp = null;
  const direct = !self.rules.needsJoint(self.configuration, after) && leave === 'auto';
  changeTo(self, direct ? after : joint(voters, self.configuration.voters, learners, leave === 'auto'), now, out);
  return null;
}

/** Leaves a joint configuration on request. Returns the reason for a rejection, or null. Dissertation §4.3. */
export function leaveJoint(self: RaftNode, now: Micros, out: Out<Message, Write>): string | null {
  if (!isJoint(self.configuration)) return 'the configuration is not joint';
  const reason = rejectionReason(self, NONE);
  if (reason !== null) return reason;
  leave(self, now, out);
  return null;
}

/** After a commit or an acknowledgement: leaves a joint configuration, promotes a member that has caught up. */
export function maybeAdvanceMembership(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { rules, configuration: current, catchUp } = self;
  // A leader also leaves a joint configuration that an earlier leader entered.
  if (isJoint(current) && current.leavesByItself && rules.hasCommittedInTerm(self) && rules.mayLeaveJoint(self)) {
    leave(self, now, out);
    return;
  }
  if (catchUp === null || rules.changePending(self)) return;
  if (!current.learners.includes(catchUp.node)) {
    // Another change has promoted or removed it.
    self.catchUp = null;
    return;
  }
  // One change at a time: the promotion waits until the joint configuration is left.
  if (isJoint(current)) return;
  if (!rules.endsRound(self, catchUp)) return;
  const round = now - catchUp.since;
  if (rules.hasCaughtUp(self, round)) {
    self.catchUp = null;
    promote(self, catchUp.node, now, out);
  } else if (++catchUp.rounds >= MAX_CATCH_UP_ROUNDS) {
    self.catchUp = null;
    out.mark('catch-up-aborted');
  } else {
    catchUp.goal = self.log.lastIndex;
    catchUp.since = now;
  }
}

/** Aborts the catch-up of a new member that does not complete even one round. Dissertation §4.2.1. */
export function maybeAbortCatchUp(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { catchUp } = self;
  if (catchUp === null || now - catchUp.since < MAX_CATCH_UP_ROUNDS * self.options.electionTimeout[1]) return;
  self.catchUp = null;
  out.mark('catch-up-aborted');
}

/** A leader that has been removed steps down once its removal is committed. Dissertation §4.2.2. */
export function maybeStepDownRemoved(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (self.role === LEADER && self.rules.mustStepDown(self)) becomeFollower(self, NONE, now, random, out);
}

function makeVoter(self: RaftNode, node: NodeId, now: Micros, out: Out<Message, Write>): null {
  if (!self.rules.mustCatchUp(self, node)) {
    promote(self, node, now, out);
    return null;
  }
  const { voters, learners } = self.configuration;
  if (!learners.includes(node)) changeTo(self, configuration(voters, [...learners, node]), now, out);
  self.catchUp ??= { node, goal: self.log.lastIndex, since: now, rounds: 0 };
  maybeAdvanceMembership(self, now, out);
  return null;
}

function promote(self: RaftNode, node: NodeId, now: Micros, out: Out<Message, Write>): void {
  const { voters, learners } = self.configuration;
  changeTo(self, configuration([...voters, node], learners), now, out);
}

function leave(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { voters, learners } = self.configuration;
  changeTo(self, configuration(voters, learners), now, out);
}

/** Appends a configuration and replicates it. */
function changeTo(self: RaftNode, next: Configuration, now: Micros, out: Out<Message, Write>): void {
  appendConfiguration(self, next, now, out);
  replicate(self, now, out);
}

function without({ voters, learners }: Configuration, node: NodeId): Configuration {
  const others = (nodes: readonly NodeId[]) => nodes.filter((other) => other !== node);
  return configuration(others(voters), others(learners));
}

/** Why no change may start, or null. `newVoter`: a member that may be catching up already, or NONE. */
function rejectionReason(self: RaftNode, newVoter: NodeId): string | null {
  const { rules, catchUp } = self;
  if (self.role !== LEADER) return 'the node is not the leader';
  if (self.transferee !== NONE) return 'a leadership transfer is in progress';
  if (!rules.hasCommittedInTerm(self)) return 'no entry of the current term is committed';
  if (rules.changePending(self)) return 'an earlier change is not committed';
  if (catchUp !== null && catchUp.node !== newVoter && newVoter !== NONE) return 'another node is catching up';
  if (!isVoter(self.configuration, self.id)) return 'the leader is being removed';
  return null;
}
