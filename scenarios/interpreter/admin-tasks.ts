import { describeConfiguration } from '../../core/describe.ts';
import type { MemberChange, AdminRequest } from '../../core/admin-request.ts';
import type { NodeId } from '../../sim/protocol.ts';
import type { ClusterView, Members } from '../environment.ts';
import { describeNodes } from './describe.ts';
import { areSameNodes, isJoint, isMember } from './members.ts';
import { liveLeader } from './selectors.ts';

/** One request to one node, and the goal it serves. */
export interface AdminTask {
  /** The request in words: `add n4`. */
  readonly description: string;
  /** The state to reach: `n4 to be a voter`. */
  readonly goal: string;
  /** The node that should receive the request at this moment, up or not; null: there is none. */
  target(): NodeId | null;
  request(receiver: NodeId): AdminRequest;
  /** Whether the goal is reached. `accepted`: some node has accepted the request. */
  isReached(accepted: boolean): boolean;
  /** Whether the node that accepted is visibly carrying it out, so that there is no point in submitting it again. */
  isPending(receiver: NodeId): boolean;
  /** What is found instead of the goal. */
  state(): string;
}

/** A leadership transfer: reached when the target leads in the highest term. */
export function transferTask(target: NodeId, cluster: ClusterView): AdminTask {
  return {
    description: `transfer ${cluster.nodeName(target)}`,
    goal: `${cluster.nodeName(target)} to lead`,
    target: () => liveLeader(cluster),
    request: () => ({ kind: 'transfer', to: target }),
    isReached: () => liveLeader(cluster) === target,
    isPending: (leader) => cluster.transferee(leader) === target,
    state: () => describeLeader(cluster),
  };
}

/** A change of one member: reached when the leader knows that it is committed. */
export function changeTask(change: MemberChange, node: NodeId, cluster: ClusterView): AdminTask {
  return {
    description: `${change} ${cluster.nodeName(node)}`,
    goal: `${cluster.nodeName(node)} to be ${MEMBERSHIPS[change].called}`,
    target: () => liveLeader(cluster),
    request: () => ({ kind: 'change', change, node }),
    isReached: () => isInForce(cluster, (members) => !isJoint(members) && MEMBERSHIPS[change].holds(members, node)),
    isPending: (leader) => {
      const members = cluster.members(leader);
      // A new voter catches up as a learner first.
      return isChanging(members) || (change === 'add' && members.learners.includes(node));
    },
    state: () => describeLeaderConfiguration(cluster),
  };
}

/** Whether a change has been made already: nodes with nothing to change are not drawn. */
export function isChanged(change: MemberChange, node: NodeId, cluster: ClusterView): boolean {
  const leader = liveLeader(cluster);
  return leader !== null && MEMBERSHIPS[change].holds(cluster.members(leader), node);
}

const MEMBERSHIPS: Readonly<
  Record<MemberChange, { readonly called: string; holds(members: Members, node: NodeId): boolean }>
> = Object.freeze({
  add: { called: 'a voter', holds: ({ voters }: Members, node: NodeId) => voters.includes(node) },
  promote: { called: 'a voter', holds: ({ voters }: Members, node: NodeId) => voters.includes(node) },
  addLearner: { called: 'a learner', holds: isMember },
  remove: { called: 'no member', holds: (members: Members, node: NodeId) => !isMember(members, node) },
});

/** The members to change to. Null learners: as they are, without those that become voters. */
export interface Membership {
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[] | null;
  readonly leave: 'auto' | 'explicit';
}

/** A change to a configuration: done when the configuration is committed, and joint if it is to stay joint. */
export function reconfigureTask({ voters, learners, leave }: Membership, cluster: ClusterView): AdminTask {
  const members = `voters ${describeNodes(voters, cluster)}`;
  const called = learners === null ? members : `${members}, learners ${describeNodes(learners, cluster) || 'none'}`;
  const staysJoint = leave === 'explicit';
  return {
    description: `reconfigure ${called}`,
    goal: `${called}${staysJoint ? ', joint' : ''}`,
    target: () => liveLeader(cluster),
    request: (leader) => {
      const kept = cluster.members(leader).learners.filter((node) => !voters.includes(node));
      return { kind: 'reconfigure', voters, learners: learners ?? kept, leave };
    },
    isReached: () =>
      isInForce(
        cluster,
        (found) =>
          isJoint(found) === staysJoint &&
          areSameNodes(found.voters, voters) &&
          (learners === null || areSameNodes(found.learners, learners)),
      ),
    isPending: (leader) => isChanging(cluster.members(leader)),
    state: () => describeLeaderConfiguration(cluster),
  };
}

/** Leaving a joint configuration: done when a configuration that is not joint is committed. */
export function leaveJointTask(cluster: ClusterView): AdminTask {
  return {
    description: 'leaveJoint',
    goal: 'a configuration that is not joint',
    target: () => liveLeader(cluster),
    request: () => ({ kind: 'leave-joint' }),
    isReached: () => isInForce(cluster, (members) => !isJoint(members)),
    isPending: (leader) => !cluster.members(leader).committed,
    state: () => describeLeaderConfiguration(cluster),
  };
}

/** A snapshot of a node: reached when it has a newer one than before, or one of everything it has applied. */
export function snapshotTask(node: NodeId, cluster: ClusterView): AdminTask {
  const before = cluster.snapshotIndex(node);
  return {
    description: `snapshot ${cluster.nodeName(node)}`,
    goal: `a snapshot on ${cluster.nodeName(node)}`,
    target: () => node,
    request: () => ({ kind: 'snapshot' }),
    isReached: () => {
      const index = cluster.snapshotIndex(node);
      return cluster.isUp(node) && (index > before || (index > 0 && index === cluster.lastApplied(node)));
    },
    isPending: () => false,
    state: () =>
      `${cluster.nodeName(node)} applied ${cluster.lastApplied(node)}, its snapshot is of ${cluster.snapshotIndex(node)}`,
  };
}

/** A node forgets which node leads: reached when it accepts. */
export function forgetLeaderTask(node: NodeId, cluster: ClusterView): AdminTask {
  return {
    description: `forgetLeader ${cluster.nodeName(node)}`,
    goal: `${cluster.nodeName(node)} to forget its leader`,
    target: () => node,
    request: () => ({ kind: 'forget-leader' }),
    isReached: (accepted) => accepted,
    isPending: () => false,
    state: () => `${cluster.nodeName(node)} is ${cluster.role(node)}`,
  };
}

function isInForce(cluster: ClusterView, holds: (members: Members) => boolean): boolean {
  const leader = liveLeader(cluster);
  if (leader === null) return false;
  const members = cluster.members(leader);
  return members.committed && holds(members);
}

function isChanging(members: Members): boolean {
  return !members.committed || isJoint(members);
}

function describeLeader(cluster: ClusterView): string {
  const leader = liveLeader(cluster);
  return leader === null ? 'no node leads' : `${cluster.nodeName(leader)} leads term ${cluster.term(leader)}`;
}

function describeLeaderConfiguration(cluster: ClusterView): string {
  const leader = liveLeader(cluster);
  if (leader === null) return 'no node leads';
  const members = cluster.members(leader);
  const state = members.committed ? '' : ', not committed';
  return `${cluster.nodeName(leader)}, leader, has ${describeConfiguration(members, (node) => cluster.nodeName(node))}${state}`;
}
