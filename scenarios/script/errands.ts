import type { MemberChange, NodeId, Order } from '../../sim/protocol.ts';
import type { Members, Stage } from '../stage.ts';
import { describeNodes } from './describe.ts';
import { areSameNodes, describeMembers, isJoint, isMember } from './members.ts';
import { liveLeader } from './selectors.ts';

/** One order to one node, and what is to come of it. */
export interface Errand {
  /** The order in words: `add n4`. */
  readonly words: string;
  /** What is expected in the end: `n4 to be a voter`. */
  readonly goal: string;
  /** Who is to be asked at the moment, up or not; null: nobody is there to be asked. */
  whom(): NodeId | null;
  order(asked: NodeId): Order;
  /** Whether it has come about. `accepted`: some node has accepted the order. */
  isReached(accepted: boolean): boolean;
  /** Whether the node that accepted is visibly at it, so that there is no point in asking again. */
  isUnderWay(asked: NodeId): boolean;
  /** What is there instead of the goal. */
  state(): string;
}

/** Has the leader hand over: reached when the target leads in the highest term. */
export function transferTo(target: NodeId, stage: Stage): Errand {
  return {
    words: `transfer ${stage.nodeName(target)}`,
    goal: `${stage.nodeName(target)} to lead`,
    whom: () => liveLeader(stage),
    order: () => ({ kind: 'transfer', to: target }),
    isReached: () => liveLeader(stage) === target,
    isUnderWay: (leader) => stage.transferee(leader) === target,
    state: () => describeLeader(stage),
  };
}

/** Has the leader change one member: reached when that is committed, and known to be by the leader. */
export function changeOf(change: MemberChange, node: NodeId, stage: Stage): Errand {
  return {
    words: `${change} ${stage.nodeName(node)}`,
    goal: `${stage.nodeName(node)} to be ${MEMBERSHIPS[change].called}`,
    whom: () => liveLeader(stage),
    order: () => ({ kind: 'change', change, node }),
    isReached: () => isInForce(stage, (members) => !isJoint(members) && MEMBERSHIPS[change].holds(members, node)),
    isUnderWay: (leader) => {
      const members = stage.members(leader);
      // Who is to vote catches up first.
      return isChanging(members) || (change === 'add' && members.learners.includes(node));
    },
    state: () => describeConfiguration(stage),
  };
}

/** Whether a change has been made: those for whom there is nothing to do are not drawn. */
export function isChanged(change: MemberChange, node: NodeId, stage: Stage): boolean {
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
export function reconfigurationTo({ voters, learners, leave }: Membership, stage: Stage): Errand {
  const members = `voters ${describeNodes(voters, stage)}`;
  const called = learners === null ? members : `${members}, learners ${describeNodes(learners, stage) || 'none'}`;
  const staysJoint = leave === 'explicit';
  return {
    words: `reconfigure ${called}`,
    goal: `${called}${staysJoint ? ', joint' : ''}`,
    whom: () => liveLeader(stage),
    order: (leader) => {
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
    isUnderWay: (leader) => isChanging(stage.members(leader)),
    state: () => describeConfiguration(stage),
  };
}

/** Has the leader leave a joint configuration: reached when that is committed. */
export function departureFromJoint(stage: Stage): Errand {
  return {
    words: 'leaveJoint',
    goal: 'a configuration that is not joint',
    whom: () => liveLeader(stage),
    order: () => ({ kind: 'leave-joint' }),
    isReached: () => isInForce(stage, (members) => !isJoint(members)),
    isUnderWay: (leader) => !stage.members(leader).committed,
    state: () => describeConfiguration(stage),
  };
}

/** Has a node take a snapshot: reached when it has a newer one than before, or one of all that it has applied. */
export function snapshotOf(node: NodeId, stage: Stage): Errand {
  const before = stage.snapshotIndex(node);
  return {
    words: `snapshot ${stage.nodeName(node)}`,
    goal: `a snapshot on ${stage.nodeName(node)}`,
    whom: () => node,
    order: () => ({ kind: 'snapshot' }),
    isReached: () => {
      const index = stage.snapshotIndex(node);
      return stage.isUp(node) && (index > before || (index > 0 && index === stage.lastApplied(node)));
    },
    isUnderWay: () => false,
    state: () =>
      `${stage.nodeName(node)} applied ${stage.lastApplied(node)}, its snapshot is of ${stage.snapshotIndex(node)}`,
  };
}

/** Has a node forget who leads: reached when it agrees to. */
export function forgettingOf(node: NodeId, stage: Stage): Errand {
  return {
    words: `forgetLeader ${stage.nodeName(node)}`,
    goal: `${stage.nodeName(node)} to forget its leader`,
    whom: () => node,
    order: () => ({ kind: 'forget-leader' }),
    isReached: (accepted) => accepted,
    isUnderWay: () => false,
    state: () => `${stage.nodeName(node)} is ${stage.role(node)}`,
  };
}

function isInForce(stage: Stage, holds: (members: Members) => boolean): boolean {
  const leader = liveLeader(stage);
  if (leader === null) return false;
  const members = stage.members(leader);
  return members.committed && holds(members);
}

function isChanging(members: Members): boolean {
  return !members.committed || isJoint(members);
}

function describeLeader(stage: Stage): string {
  const leader = liveLeader(stage);
  return leader === null ? 'no node leads' : `${stage.nodeName(leader)} leads term ${stage.term(leader)}`;
}

function describeConfiguration(stage: Stage): string {
  const leader = liveLeader(stage);
  if (leader === null) return 'no node leads';
  const members = stage.members(leader);
  const state = members.committed ? '' : ', not committed';
  return `${stage.nodeName(leader)}, leader, has ${describeMembers(members, stage)}${state}`;
}
