import type { MemberChange, NodeId, AdminRequest } from './protocol.ts';

/** An order in words, as traces show it; equal words mean equal orders. `name` says what a node is called. */
export function describeOrder(order: AdminRequest, name: (node: NodeId) => string): string {
  const list = (nodes: readonly NodeId[]): string => nodes.map(name).join(', ');
  switch (order.kind) {
    case 'snapshot':
      return 'take a snapshot';
    case 'forget-leader':
      return 'forget the leader';
    case 'transfer':
      return `hand over to ${name(order.to)}`;
    case 'change':
      return CHANGES[order.change](name(order.node));
    case 'reconfigure': {
      const learners = order.learners.length === 0 ? '' : ` and learners ${list(order.learners)}`;
      const leave = order.leave === 'explicit' ? ', and stay joint' : '';
      return `go over to voters ${list(order.voters)}${learners}${leave}`;
    }
    case 'leave-joint':
      return 'leave the joint configuration';
  }
}

const CHANGES: Readonly<Record<MemberChange, (node: string) => string>> = {
  add: (node) => `add ${node}`,
  addLearner: (node) => `add ${node} as a learner`,
  promote: (node) => `make ${node} a voter`,
  remove: (node) => `remove ${node}`,
};
