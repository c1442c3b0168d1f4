import { longestWait } from '../core/options.ts';
import type { Micros } from '../sim/protocol.ts';
import type { ExpectedCluster, ExpectedOptions } from './expected-options.ts';

/** What the nodes are set up to do at this moment, and the extremes of it. */
export class NodeOptions {
  /** The shortest and the longest time that any node may wait for a leader, before it starts an election. */
  shortestTimeout: Micros = 0;
  longestTimeout: Micros = 0;
  /** Whether the election timer of some node waits until its vote is durable. */
  waitsForVotes = false;
  /** The narrowest range from which any node draws its election timeouts. */
  narrowestRange: Micros = 0;
  private readonly cluster: ExpectedCluster;
  private readonly current: ExpectedOptions[];

  constructor(cluster: ExpectedCluster, nodes: number) {
    this.cluster = cluster;
    this.current = Array.from({ length: nodes }, (_, node) => cluster.of(node));
    this.findExtremes();
  }

  /** Of the incarnation that runs, or ran last. */
  of(node: number): ExpectedOptions {
    return this.current[node]!;
  }

  /** Whether any node may be set up like this in the course of the run. */
  ever(holds: (options: ExpectedOptions) => boolean): boolean {
    return this.cluster.possible.some(holds);
  }

  /** The node has booted, and may be set up differently from here on. */
  booted(node: number): void {
    const options = this.cluster.of(node);
    if (options === this.current[node]) return;
    this.current[node] = options;
    this.findExtremes();
  }

  private findExtremes(): void {
    const ranges = this.current.map(({ electionTimeout }) => electionTimeout);
    this.shortestTimeout = Math.min(...ranges.map(([low]) => low));
    this.longestTimeout = Math.max(...this.current.map(longestWait));
    this.waitsForVotes = this.current.some(({ voteTimer }) => voteTimer === 'durable');
    this.narrowestRange = Math.min(...ranges.map(([low, high]) => high - low));
  }
}
