import type { AdminRequest } from '../admin-request.ts';
import type { NodeId, Reply, Request } from '../../sim/protocol.ts';
import type { Message } from '../messages.ts';
import { TestNode, type TestNodeOptions } from './node.ts';
import { ELECTION, HEARTBEAT } from '../node.ts';

/**
 * A few nodes whose disks answer at once. Messages wait until they are told to travel, and are lost on the way to or
 * from a node that is cut off.
 */
export class TestNodes {
  readonly all: TestNode[];
  readonly cutOff = new Set<NodeId>();
  readonly replies: Reply[] = [];
  readonly marks: string[] = [];
  private readonly queue: { from: NodeId; to: NodeId; message: Message }[] = [];

  constructor(
    nodes: number,
    { options = {}, members, disk = {} }: Omit<TestNodeOptions, 'id' | 'nodes' | 'rules'> = {},
  ) {
    const common = { nodes, options, disk, ...(members === undefined ? {} : { members }) };
    this.all = Array.from({ length: nodes }, (_, id) => new TestNode({ id, ...common }));
  }

  /** Everything that is under way arrives, and what follows from it, until nothing is. */
  travel(): void {
    for (let rounds = 0; this.queue.length > 0; rounds++) {
      if (rounds > 10_000) throw new Error('there is no end to it');
      const { from, to, message } = this.queue.shift()!;
      if (this.cutOff.has(from) || this.cutOff.has(to)) continue;
      this.act(to, (bench) => {
        bench.receive(from, message);
      });
    }
  }

  /** All clocks go on, and the leader's heartbeat fires. */
  beat(leader: NodeId, micros = 50_000): void {
    for (const bench of this.all) bench.now += micros;
    this.act(leader, (bench) => {
      bench.fire(HEARTBEAT);
    });
    this.travel();
  }

  elect(id: NodeId): void {
    this.act(id, (bench) => {
      bench.fire(ELECTION);
    });
    this.travel();
  }

  ask(id: NodeId, request: Request): void {
    this.act(id, (bench) => {
      bench.ask(request);
    });
    this.travel();
  }

  /** Returns why the node declines, or null. */
  admin(id: NodeId, order: AdminRequest): string | null {
    let refusal: string | null = null;
    this.act(id, (bench) => {
      refusal = bench.admin(order);
    });
    this.travel();
    return refusal;
  }

  private act(id: NodeId, doing: (bench: TestNode) => void): void {
    const bench = this.all[id]!;
    doing(bench);
    this.collect(bench);
    while (bench.pending) {
      bench.syncOne();
      this.collect(bench);
    }
  }

  private collect({ node, out }: TestNode): void {
    for (const { to, message } of out.sent) this.queue.push({ from: node.id, to, message });
    for (const { reply } of out.replies) this.replies.push(reply);
    this.marks.push(...out.marks);
  }
}
