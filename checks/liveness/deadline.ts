import type { Micros } from '../../sim/protocol.ts';
import type { ObservedCluster } from '../observed-cluster.ts';

/**
 * Decides when a node has missed a deadline of its own clock (used for Lv7 and Lv8). Being late once proves nothing:
 * the clock may have jumped, or the node may have been paused. Being late twice, at least two heartbeats apart, does
 * prove it if no event was waiting for the node the second time: it had then handled every timer that was due.
 */
export class Deadline {
  private readonly cluster: ObservedCluster;
  private readonly heartbeat: Micros;
  /** By node: its local time when it was late for the first time; NaN: it is not late. */
  private readonly lateSince: Float64Array;

  constructor(cluster: ObservedCluster, heartbeat: Micros) {
    this.cluster = cluster;
    this.heartbeat = heartbeat;
    this.lateSince = new Float64Array(cluster.nodes).fill(NaN);
  }

  /** The node has handled an event at this local time, after the deadline. Returns whether it has missed it for sure. */
  isMissed(node: number, local: Micros): boolean {
    if (this.cluster.isHeldUp(node)) return false;
    const since = this.lateSince[node]!;
    // A clock that was set back starts over.
    if (Number.isNaN(since) || local < since) {
      this.lateSince[node] = local;
      return false;
    }
    return local >= since + 2 * this.heartbeat;
  }

  /** The node is not late. */
  clear(node: number): void {
    this.lateSince[node] = NaN;
  }
}
