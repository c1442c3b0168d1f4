import type { Micros } from '../../sim/protocol.ts';
import type { ObservedCluster } from '../observed-cluster.ts';

/**
 * Tells when a node should have noticed, by its own clock, that a time is over. Once is no proof: its clock may have
 * jumped, or it may have been held up. Twice is, with two heartbeats between, if no event was waiting for the node the
 * second time: every timer that was due has then been handled.
 */
export class Deadline {
  private readonly cluster: ObservedCluster;
  private readonly heartbeat: Micros;
  /** By node: its local time when its delay was seen first; NaN: not seen. */
  private readonly seen: Float64Array;

  constructor(cluster: ObservedCluster, heartbeat: Micros) {
    this.cluster = cluster;
    this.heartbeat = heartbeat;
    this.seen = new Float64Array(cluster.nodes).fill(NaN);
  }

  /** The node has handled an event at this local time and is late. */
  isMissed(node: number, local: Micros): boolean {
    if (this.cluster.isHeldUp(node)) return false;
    const since = this.seen[node]!;
    // A clock that has gone back begins anew.
    if (Number.isNaN(since) || local < since) {
      this.seen[node] = local;
      return false;
    }
    return local >= since + 2 * this.heartbeat;
  }

  /** The node is in time. */
  clear(node: number): void {
    this.seen[node] = NaN;
  }
}
