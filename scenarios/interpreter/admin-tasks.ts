import type { MemberChange, AdminRequest } from '../../core/admin-request.ts';
import type { NodeId } from '../../sim/protocol.ts';
import type { Members, Environment } from '../environment.ts';
import { describeNodes } from './describe.ts';
import { areSameNodes, describeMembers, isJoint, isMember } from './members.ts';
import { liveLeader } from './selectors.ts';

/** One order to one node, and what is to come of it. */
export interface AdminTask {
  /** The order in words: `add n4`. */
  readonly description: string;
  /** What is expected in the end: `n4 to be a voter`. */
  readonly goal: string;
  /** Who is to be asked at the moment, up or not; null: nobody is there to be asked. */
  target(): NodeId | null;
  request(asked: NodeId): AdminRequest;
  /** Whether it has come about. `accepted`: some node has accepted the order. */
  isReached(accepted: boolean): boolean;
  /** Whether the node that accepted is visibly at it, so that there is no point in asking again. */
  isPending(asked: NodeId): boolean;
  /** What is there instead of the goal. */
  state(): string;
}

/** Has the leader hand over: reached when the target leads in the highest term. */
export function transferTask(target: NodeId, stage: Environment): AdminTask {
  return {
    description: `transfer ${stage.nodeName(target)}`,
    goal: `${stage.nodeName(target)} to lead`,
    target: () => liveLeader(stage),
    request: () => ({ kind: 'transfer', to: target }),
    isReached: () => liveLeader(stage) === target,
    isPending: (leader) => stage.transferee(leader) === target,
    state: () => describeLeader(stage),
  };
}

/** Has the leader change one member: reached when that is committed, and known to be by the leader. */
export function changeTask(change: MemberChange, node: NodeId, stage: Environment): AdminTask {
  return {
    description: `${change} ${stage.nodeName(node)}`,
    goal: `${stage.nodeName(node)} to be ${MEMBERSHIPS[change].called}`,
    target: () => liveLeader(stage),
    request: () => ({ kind: 'change', change, node }),
    isReached: () => isInForce(stage, (members) => !isJoint(members) && MEMBERSHIPS[change].holds(members, node)),
    isPending: (leader) => {
      const members = stage.members(leader);
      // Who is to vote catches up first.
      return isChanging(members) || (change === 'add' && members.learners.includes(node));
    },
    state: () => describeConfiguration(stage),
  };
}

/** Whether a change has been made: those for whom there is nothing to do are not drawn. */
export function isChanged(change: MemberChange, node: NodeId, stage: Environment): boolean {
  const leader = liveLeader(stage);
  return leader !== null && MEMBERSHIPS[change].holds(stage.members(leader), node);
}

const MEMBERSHIPS: Readonly<
  Record<MemberChange, { readonly called: string; holds(members: Members, node: NodeId): boolean }>
> = Object.freeze({
  add: { called: 'a voter', holds: ({ voters }: Members, node: NodeId) => voters.includes(node) },
  promote: { called: 'a voter', holds: ({ voters }: Members, node: NodeId) => voters.includes(node) },
  addLearner: { called: 'a learner', holds: isMember },
  remove: { called: 'no member', holds: (members: Members, node: NodeId) => !isMember(members, node) },
});

/** Who is to belong to the cluster. Null learners: as they are, without those that become voters. */
export interface Membership {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[] | null;
  readonly leave: 'auto' | 'explicit';
}

/** Has the leader change to a configuration: reached when it is committed, joint if it is to stay so. */
export function reconfigureTask({ voters, learners, leave }: Membership, stage: Environment): AdminTask {
  const members = `voters ${describeNodes(voters, stage)}`;
  const called = learners === null ? members : `${members}, learners ${describeNodes(learners, stage) || 'none'}`;
  const staysJoint = leave === 'explicit';
  return {
    description: `reconfigure ${called}`,
    goal: `${called}${staysJoint ? ', joint' : ''}`,
    target: () => liveLeader(stage),
    request: (leader) => {
      const kept = stage.members(leader).learners.filter((node) => !voters.includes(node));
      return { kind: 'reconfigure', voters, learners: learners ?? kept, leave };
    },
    isReached: () =>
      isInForce(
        stage,
        (found) =>
          isJoint(found) === staysJoint &&
          areSameNodes(found.voters, voters) &&
          (learners === null || areSameNodes(found.learners, learners)),
      ),
    isPending: (leader) => isChanging(stage.members(leader)),
    state: () => describeConfiguration(stage),
  };
}

/** Has the leader leave a joint configuration: reached when that is committed. */
export function leaveJointTask(stage: Environment): AdminTask {
  return {
    description: 'leaveJoint',
    goal: 'a configuration that is not joint',
    target: () => liveLeader(stage),
    request: () => ({ kind: 'leave-joint' }),
    isReached: () => isInForce(stage, (members) => !isJoint(members)),
    isPending: (leader) => !stage.members(leader).committed,
    state: () => describeConfiguration(stage),
  };
}

/** Has a node take a snapshot: reached when it has a newer one than before, or one of all that it has applied. */
export function snapshotTask(node: NodeId, stage: Environment): AdminTask {
  const before = stage.snapshotIndex(node);
  return {
    description: `snapshot ${stage.nodeName(node)}`,
    goal: `a snapshot on ${stage.nodeName(node)}`,
    target: () => node,
    request: () => ({ kind: 'snapshot' }),
    isReached: () => {
      const index = stage.snapshotIndex(node);
      return stage.isUp(node) && (index > before || (index > 0 && index === stage.lastApplied(node)));
    },
    isPending: () => false,
    state: () =>
      `${stage.nodeName(node)} applied ${stage.lastApplied(node)}, its snapshot is of ${stage.snapshotIndex(node)}`,
  };
}

/** Has a node forget who leads: reached when it agrees to. */
export function forgetLeaderTask(node: NodeId, stage: Environment): AdminTask {
  return {
    description: `forgetLeader ${stage.nodeName(node)}`,
    goal: `${stage.nodeName(node)} to forget its leader`,
    target: () => node,
    request: () => ({ kind: 'forget-leader' }),
    isReached: (accepted) => accepted,
    isPending: () => false,
    state: () => `${stage.nodeName(node)} is ${stage.role(node)}`,
  };
}

function isInForce(stage: Environment, holds: (members: Members) => boolean): boolean {
  const leader = liveLeader(stage);
  if (leader === null) return false;
  const members = stage.members(leader);
  return members.committed && holds(members);
}

function isChanging(members: Members): boolean {
  return !members.committed || isJoint(members);
}

function describeLeader(stage: Environment): string {
  const leader = liveLeader(stage);
  return leader === null ? 'no node leads' : `${stage.nodeName(leader)} leads term ${stage.term(leader)}`;
}

function describeConfiguration(stage: Environment): string {
  const leader = liveLeader(stage);
  if (leader === null) return 'no node leads';
  const members = stage.members(leader);
  const state = members.committed ? '' : ', not committed';
  return `${stage.nodeName(leader)}, leader, has ${describeMembers(members, stage)}${state}`;
}
