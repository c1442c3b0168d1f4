import type { AdminRequests, Hasher, NodeId } from '../sim/protocol.ts';

/** What an administrator may request of a node. The node does it, or rejects it with a reason. */
export type AdminRequest =
  /** Take a snapshot now, and compact the log. For any node. */
  | { readonly kind: 'snapshot' }
  /** Stop following the leader, which is known to be dead. For a follower. */
  | { readonly kind: 'forget-leader' }
  /** Transfer the leadership. For the leader, like everything below. Dissertation §3.10. */
  | { readonly kind: 'transfer'; readonly to: NodeId }
  /** Change one member. `add`: a voter, which catches up as a learner first. `promote`: a learner becomes a voter. */
  | { readonly kind: 'change'; readonly change: MemberChange; readonly node: NodeId }
  /** Any other membership, through joint consensus. `explicit`: stay joint until `leave-joint`. Raft §6. */
  | {
      readonly kind: 'reconfigure';
      readonly voters: readonly NodeId[];
      readonly learners: readonly NodeId[];
      readonly leave: 'auto' | 'explicit';
    }
  | { readonly kind: 'leave-joint' };

export type MemberChange = 'add' | 'addLearner' | 'promote' | 'remove';

/** Feeds a request to the event hash. Different requests feed different sequences. */
function digest(request: AdminRequest, hasher: Hasher): void {
  hasher.text(request.kind);
  switch (request.kind) {
    case 'snapshot':
    case 'forget-leader':
    case 'leave-joint':
      return;
    case 'transfer':
      hasher.int(request.to);
      return;
    case 'change':
      hasher.text(request.change);
      hasher.int(request.node);
      return;
    case 'reconfigure':
      digestNodes(request.voters, hasher);
      digestNodes(request.learners, hasher);
      hasher.text(request.leave);
  }
}

function digestNodes(nodes: readonly NodeId[], hasher: Hasher): void {
  hasher.int(nodes.length);
  for (const node of nodes) hasher.int(node);
}

/** A request as a phrase, as traces show it: `add n4 as a learner`. `name` returns the name of a node. */
function describe(request: AdminRequest, name: (node: NodeId) => string): string {
  const list = (nodes: readonly NodeId[]): string => nodes.map(name).join(', ');
  switch (request.kind) {
    case 'snapshot':
      return 'take a snapshot';
    case 'forget-leader':
      return 'forget the leader';
    case 'transfer':
      return `transfer the leadership to ${name(request.to)}`;
    case 'change':
      return CHANGES[request.change](name(request.node));
    case 'reconfigure': {
      const learners = request.learners.length === 0 ? '' : ` and learners ${list(request.learners)}`;
      const leave = request.leave === 'explicit' ? ', and stay joint' : '';
      return `reconfigure to voters ${list(request.voters)}${learners}${leave}`;
    }
    case 'leave-joint':
      return 'leave the joint configuration';
  }
}

/** How the simulator names, describes and hashes admin requests. */
export const ADMIN_REQUESTS: AdminRequests<AdminRequest> = Object.freeze({
  kind: ({ kind }: AdminRequest) => kind,
  describe,
  digest,
});

const CHANGES: Readonly<Record<MemberChange, (node: string) => string>> = {
  add: (node) => `add ${node}`,
  addLearner: (node) => `add ${node} as a learner`,
  promote: (node) => `promote ${node} to voter`,
  remove: (node) => `remove ${node}`,
};
