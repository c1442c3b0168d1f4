import type { NodeId, Request } from '../../sim/protocol.ts';
import type { Message } from '../messages.ts';
import type { TestNode } from './node.ts';

/** Nodes that hear each other in the order in which they speak, with disks that are done at once. */
export class Exchange {
  readonly down = new Set<NodeId>();
  readonly benches: readonly TestNode[];
  /** All messages that have arrived, oldest first. */
  readonly heard: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = [];
  private readonly flying: { readonly from: NodeId; readonly to: NodeId; readonly message: Message }[] = [];

  /** The node of the i-th bench must have the id i. */
  constructor(benches: readonly TestNode[]) {
    this.benches = benches;
  }

  /** For every node. */
  set now(now: number) {
    for (const bench of this.benches) bench.now = now;
  }

  /** A timer of a node fires, and everything follows that can. */
  fire(node: NodeId, timer: number): void {
    this.act(node, (bench) => bench.fire(timer));
    this.run();
  }

  ask(node: NodeId, request: Request): void {
    this.act(node, (bench) => bench.ask(request));
    this.run();
  }

  /** Something happens at a node; what it says is under way. */
  act(node: NodeId, what: (bench: TestNode) => void): void {
    const bench = this.benches[node]!;
    what(bench);
    this.collect(bench);
    while (bench.pending) {
      bench.syncOne();
      this.collect(bench);
    }
  }

  /** Everything under way arrives, unless sender or receiver are down. */
  run(): void {
    for (let turns = 0; this.flying.length > 0; turns++) {
      if (turns > 10_000) throw new Error('they never fall silent');
      const { from, to, message } = this.flying.shift()!;
      if (this.down.has(from) || this.down.has(to)) continue;
      this.heard.push({ from, to, message });
      this.act(to, (bench) => bench.receive(from, message));
    }
  }

  private collect({ node, out }: TestNode): void {
    for (const { to, message } of out.sent) this.flying.push({ from: node.id, to, message });
  }
}
