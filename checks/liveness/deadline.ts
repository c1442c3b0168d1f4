import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';

/**
 * Decides when a node has missed a deadline of its own clock (used for Lv7 and Lv8). Being late once proves nothing:
 * the clock may have jumped, or the node may have been paused. Being late twice, at least two heartbeats apart, does
 * prove it if nothing has adjusted the clock in between, and no event was waiting for the node the second time: it had then
 * handled every timer that was due.
 */
export class Deadline {
  private readonly context: CheckContext;
  /** By node: its local time when it was late for the first time; NaN: it is not late. */
  private readonly lateSince: Float64Array;
  /** By node: how often its clock had been adjusted then. */
  private readonly adjustments: Float64Array;

  constructor(context: CheckContext) {
    this.context = context;
    this.lateSince = new Float64Array(context.cluster.nodes).fill(NaN);
    this.adjustments = new Float64Array(context.cluster.nodes);
  }

  /** The node has handled an event at this local time, after the deadline. Returns whether it has missed it for sure. */
  isMissed(node: number, local: Micros): boolean {
    const { cluster, options } = this.context;
    if (cluster.isHeldUp(node)) return false;
    // Its timers, by which it would notice, wait until the clock gets there again.
    if (cluster.isClockBehind(node)) {
      this.clear(node);
      return false;
    }
    const since = this.lateSince[node]!;
    const adjustments = cluster.clockAdjustments(node);
    // A clock that was set, or runs backwards, starts over.
    if (Number.isNaN(since) || adjustments !== this.adjustments[node] || local < since) {
      this.lateSince[node] = local;
      this.adjustments[node] = adjustments;
      return false;
    }
    return local >= since + 2 * options.of(node).heartbeatInterval;
  }

  /** The node is not late. */
  clear(node: number): void {
    this.lateSince[node] = NaN;
  }
}
