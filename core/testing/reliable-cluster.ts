import type { NodeId, Reply, Request } from '../../sim/protocol.ts';
import type { AdminRequest } from '../admin-request.ts';
import type { Message } from '../messages.ts';
import { ELECTION, HEARTBEAT } from '../node.ts';
import { TestNode, type TestNodeOptions } from './node.ts';

interface Delivery {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly message: Message;
}

/**
 * Nodes whose disks complete every write at once, in a network that delivers in the order of sending and loses only
 * what a node that is cut off sends or is sent.
 */
export class ReliableCluster {
  /** The node with id i is at position i. */
  readonly nodes: readonly TestNode[];
  readonly cutOff = new Set<NodeId>();
  /** All messages that have arrived, oldest first. */
  readonly delivered: Delivery[] = [];
  readonly replies: Reply[] = [];
  readonly marks: string[] = [];
  private readonly inFlight: Delivery[] = [];

  constructor(nodes: readonly TestNode[]) {
    this.nodes = nodes;
  }

  /** A cluster of so many nodes that have the same options, members and disk. */
  static of(size: number, options: Omit<TestNodeOptions, 'id' | 'nodes'> = {}): ReliableCluster {
    return new ReliableCluster(
      Array.from({ length: size }, (_, id) => new TestNode({ disk: {}, ...options, id, nodes: size })),
    );
  }

  /** Sets the clock of every node. */
  set now(now: number) {
    for (const node of this.nodes) node.now = now;
  }

  /** A timer of a node fires; then all messages are delivered. */
  fire(id: NodeId, timer: number): void {
    this.act(id, (node) => {
      node.fire(timer);
    });
    this.deliverAll();
  }

  elect(id: NodeId): void {
    this.fire(id, ELECTION);
  }

  /** All clocks advance, and the leader's heartbeat timer fires. */
  heartbeat(leader: NodeId, micros = 50_000): void {
    for (const node of this.nodes) node.now += micros;
    this.fire(leader, HEARTBEAT);
  }

  request(id: NodeId, request: Request): void {
    this.act(id, (node) => {
      node.request(request);
    });
    this.deliverAll();
  }

  /** Returns why the node rejects the request, or null. */
  admin(id: NodeId, request: AdminRequest): string | null {
    let reason: string | null = null;
    this.act(id, (node) => {
      reason = node.admin(request);
    });
    this.deliverAll();
    return reason;
  }

  /** Something happens at a node. What it sends is in flight afterwards. */
  act(id: NodeId, action: (node: TestNode) => void): void {
    const node = this.nodes[id]!;
    action(node);
    this.collect(node);
    while (node.hasPendingWrite) {
      node.syncOne();
      this.collect(node);
    }
  }

  /** Delivers what is in flight, and what is sent in return, until nothing is. */
  deliverAll(): void {
    for (let count = 0; this.inFlight.length > 0; count++) {
      if (count > 10_000) throw new Error('the nodes never stop sending messages');
      const delivery = this.inFlight.shift()!;
      const { from, to, message } = delivery;
      if (this.cutOff.has(from) || this.cutOff.has(to)) continue;
      this.delivered.push(delivery);
      this.act(to, (node) => {
        node.receive(from, message);
      });
    }
  }

  private collect({ state, out }: TestNode): void {
    for (const { to, message } of out.sent) this.inFlight.push({ from: state.id, to, message });
    for (const { reply } of out.replies) this.replies.push(reply);
    this.marks.push(...out.marks);
  }
}
