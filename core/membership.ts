import type { MemberChange, AdminRequest } from './admin-request.ts';
import type { Micros, NodeId, Out, Random } from '../sim/protocol.ts';
import { appendConfiguration } from './proposals.ts';
import { configuration, isJoint, isVoter, joint } from './configuration.ts';
import { type Configuration, type Message, NONE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { replicate } from './replication.ts';
import { becomeFollower } from './roles.ts';
import { LEADER } from './view.ts';

/** Rounds of catching up after which a server is too slow, or cannot be reached. Dissertation §4.2.1. */
const MAX_CATCH_UP_ROUNDS = 10;

/** Changes one member. Returns why not, or null. Dissertation §4.1, §4.2.1. */
export function changeMember(
  self: RaftNode,
  change: MemberChange,
  node: NodeId,
  now: Micros,
  out: Out<Message, Write>,
): string | null {
  const refusal = rejectionReason(self, change === 'add' || change === 'promote' ? node : NONE);
  if (refusal !== null) return refusal;
  if (isJoint(self.configuration)) return 'the configuration is joint: it must be left first';
  const { voters, learners } = self.configuration;
  const isLearner = learners.includes(node);
  switch (change) {
    case 'addLearner':
      if (voters.includes(node)) return 'the server is a voter: remove or reconfigure it';
      if (isLearner) return 'the server is a learner already';
      put(self, configuration(voters, [...learners, node]), now, out);
      return null;
    case 'remove':
      if (!voters.includes(node) && !isLearner) return 'the server is no member';
      if (voters.length === 1 && voters[0] === node) return 'the server is the last voter';
      if (self.catchUp?.node === node) self.catchUp = null;
      put(self, without(self.configuration, node), now, out);
      return null;
    case 'add':
    case 'promote':
      if (voters.includes(node)) return 'the server is a voter already';
      if (change === 'promote' && !isLearner) return 'the server is no learner';
      return makeVoter(self, node, now, out);
  }
}

/** Changes the membership in any way, through a joint configuration. Returns why not, or null. Dissertation §4.3. */
export function reconfigure(
  self: RaftNode,
  { voters, learners, leave }: Extract<AdminRequest, { readonly kind: 'reconfigure' }>,
  now: Micros,
  out: Out<Message, Write>,
): string | null {
  const refusal = rejectionReason(self, NONE);
  if (refusal !== null) return refusal;
  if (isJoint(self.configuration)) return 'the configuration is joint: it must be left first';
  if (voters.length === 0) return 'nobody would vote';
  const after = configuration(voters, learners);
  // Whoever was catching up has the place that the new configuration gives it.
  self.catchUp = null;
  const direct = !self.rules.needsJoint(self.configuration, after) && leave === 'auto';
  put(self, direct ? after : joint(voters, self.configuration.voters, learners, leave === 'auto'), now, out);
  return null;
}

/** Leaves a joint configuration that was to be left explicitly. Returns why not, or null. */
export function leaveJoint(self: RaftNode, now: Micros, out: Out<Message, Write>): string | null {
  if (!isJoint(self.configuration)) return 'the configuration is not joint';
  const refusal = rejectionReason(self, NONE);
  if (refusal !== null) return refusal;
  leave(self, now, out);
  return null;
}

/** Something has been committed, or a server has caught up: what follows from it for the membership? */
export function maybeAdvanceMembership(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { rules, configuration: current, catchUp } = self;
  // A leader that has just been elected leaves, too, what its predecessor entered.
  if (isJoint(current) && current.leavesByItself && rules.hasCommittedInTerm(self) && rules.mayLeaveJoint(self)) {
    leave(self, now, out);
    return;
  }
  if (catchUp === null || rules.changePending(self)) return;
  if (!current.learners.includes(catchUp.node)) {
    // Another change has made it a voter meanwhile, or dismissed it.
    self.catchUp = null;
    return;
  }
  // One change at a time: until the joint configuration is left, this one waits.
  if (isJoint(current)) return;
  if (self.matchIndex[catchUp.node]! < catchUp.goal) return;
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

/** Gives up on a server that does not even get through one round. Dissertation §4.2.1. */
export function maybeAbortCatchUp(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { catchUp } = self;
  if (catchUp === null || now - catchUp.since < MAX_CATCH_UP_ROUNDS * self.options.electionTimeout[1]) return;
  self.catchUp = null;
  out.mark('catch-up-aborted');
}

/** A leader that is no voter any more has done its work when that is committed. Dissertation §4.2.2. */
export function maybeStepDownRemoved(self: RaftNode, now: Micros, random: Random, out: Out<Message, Write>): void {
  if (self.role === LEADER && self.rules.mustStepDown(self)) becomeFollower(self, NONE, now, random, out);
}

function makeVoter(self: RaftNode, node: NodeId, now: Micros, out: Out<Message, Write>): null {
  if (!self.rules.mustCatchUp(self, node)) {
    promote(self, node, now, out);
    return null;
  }
  const { voters, learners } = self.configuration;
  if (!learners.includes(node)) put(self, configuration(voters, [...learners, node]), now, out);
  self.catchUp ??= { node, goal: self.log.lastIndex, since: now, rounds: 0 };
  maybeAdvanceMembership(self, now, out);
  return null;
}

function promote(self: RaftNode, node: NodeId, now: Micros, out: Out<Message, Write>): void {
  const { voters, learners } = self.configuration;
  put(self, configuration([...voters, node], learners), now, out);
}

function leave(self: RaftNode, now: Micros, out: Out<Message, Write>): void {
  const { voters, learners } = self.configuration;
  put(self, configuration(voters, learners), now, out);
}

function put(self: RaftNode, next: Configuration, now: Micros, out: Out<Message, Write>): void {
  appendConfiguration(self, next, now, out);
  replicate(self, now, out);
}

function without({ voters, learners }: Configuration, node: NodeId): Configuration {
  const others = (nodes: readonly NodeId[]) => nodes.filter((other) => other !== node);
  return configuration(others(voters), others(learners));
}

/** Why no change may be made at this moment, or null. `newVoter`: one that may be catching up already. */
function rejectionReason(self: RaftNode, newVoter: NodeId): string | null {
  const { rules, catchUp } = self;
  if (self.role !== LEADER) return 'it does not lead';
  if (self.transferee !== NONE) return 'it is handing the leadership over';
  if (!rules.hasCommittedInTerm(self)) return 'no entry of its term is committed yet';
  if (rules.changePending(self)) return 'an earlier change is not committed yet';
  if (catchUp !== null && catchUp.node !== newVoter && newVoter !== NONE) return 'another server is still catching up';
  if (!isVoter(self.configuration, self.id)) return 'it is being removed';
  return null;
}
