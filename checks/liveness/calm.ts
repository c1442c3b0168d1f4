import type { Micros } from '../../sim/protocol.ts';
import type { ConfigurationRecord } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { hasQuorum } from '../quorums.ts';

/**
 * The premise of properties that must hold while other faults last: a quorum works. Its nodes run, none of them is slow
 * without bound, every link between two of them works in both directions and loses nothing, and the disks of a quorum take
 * writes. The clocks of its nodes go on: a node whose clock stands still, runs backwards or is far off its rate fires no
 * timer in time, and one whose clock has gone back waits for what it has set before until the clock gets there again. A node that does not belong to it is down, paused, or cut off in both directions: one that half belongs to it can
 * keep a correct cluster from making progress for ever.
 */
export class CalmPeriod {
  /** Since when this holds for the same nodes, without any fault that began or ended; Infinity: it does not hold. */
  since: Micros = Infinity;
  /** By node: 1 if it belongs to them. */
  readonly members: Uint8Array;
  /** By node: 1 if its disk takes writes, too. */
  readonly writers: Uint8Array;
  /** The longest time in which a request is sent, handled, written and replied to. */
  roundTrip: Micros = 0;
  private readonly context: CheckContext;
  private revision = -1;
  private configuration: ConfigurationRecord | null = null;
  /** Whether a disk was stalled or a clock behind at the last look, which ends by itself. */
  private endsByItself = false;

  constructor(context: CheckContext) {
    this.context = context;
    this.members = new Uint8Array(context.cluster.nodes);
    this.writers = new Uint8Array(context.cluster.nodes);
  }

  /** Looks at the cluster again if it may have changed. Calls may be rare: a fault that has begun and ended counts, too. */
  update(): void {
    const { cluster, committedConfiguration } = this.context;
    const isSame = cluster.faultRevision === this.revision;
    if (isSame && !this.endsByItself && committedConfiguration === this.configuration) return;
    this.revision = cluster.faultRevision;
    this.configuration = committedConfiguration;
    this.endsByItself = false;
    const before = this.writers.slice();
    const isCalm = this.find();
    // A stall that is over is a fault that has ended: what waited for that disk has its time from then on.
    const hasSameWriters = before.every((flag, node) => flag === this.writers[node]);
    if (!isCalm) this.since = Infinity;
    else if (!isSame || !hasSameWriters || this.since === Infinity) this.since = cluster.now;
  }

  /** Whether every one of these nodes uses a configuration of which the working disks are a quorum, and it is committed. */
  isQuorum(): boolean {
    const { histories, ledger } = this.context;
    for (const { node, configuration, configurationIndex } of histories) {
      if (this.members[node] === 0) continue;
      if (configuration === null || configurationIndex > ledger.length) return false;
      if (!hasQuorum(configuration, this.writers)) return false;
    }
    return true;
  }

  /** The names of the nodes whose disks work. */
  get names(): string {
    const { histories, cluster } = this.context;
    return histories
      .filter(({ node }) => this.writers[node] === 1)
      .map(({ node }) => cluster.nodeName(node))
      .join(' ');
  }

  /** Finds the nodes; false if there are none. */
  private find(): boolean {
    const { cluster, committedConfiguration } = this.context;
    if (committedConfiguration === null) return false;
    const assigned = new Uint8Array(cluster.nodes);
    for (let node = 0; node < cluster.nodes; node++) {
      if (assigned[node] === 1 || !cluster.isActive(node)) continue;
      const reached = this.reachedFrom(node);
      for (const other of reached) assigned[other] = 1;
      this.members.fill(0);
      this.writers.fill(0);
      for (const other of reached) {
        this.members[other] = 1;
        const isStalled = cluster.fsyncDelay(other) === Infinity;
        this.writers[other] = isStalled ? 0 : 1;
        this.endsByItself ||= isStalled || cluster.isClockBehind(other);
      }
      if (!hasQuorum(committedConfiguration.configuration, this.writers)) continue;
      this.roundTrip = this.longestRoundTrip(reached);
      return this.roundTrip < Infinity;
    }
    return false;
  }

  /** The active nodes that something may get to from this one, or from which something may get to it, over any others. */
  private reachedFrom(start: number): readonly number[] {
    const { cluster } = this.context;
    const reached = [start];
    for (const node of reached) {
      for (let other = 0; other < cluster.nodes; other++) {
        if (reached.includes(other) || !cluster.isActive(other)) continue;
        if (!cluster.isBlocked(node, other) || !cluster.isBlocked(other, node)) reached.push(other);
      }
    }
    return reached;
  }

  private longestRoundTrip(nodes: readonly number[]): Micros {
    const { cluster } = this.context;
    let [link, process, fsync] = [0, 0, 0];
    for (const node of nodes) {
      process = Math.max(process, cluster.isClockBehind(node) ? Infinity : cluster.processDelay(node));
      if (this.writers[node] === 1) fsync = Math.max(fsync, cluster.fsyncDelay(node));
      for (const other of nodes) {
        if (other === node) continue;
        link = Math.max(link, cluster.isBlocked(node, other) ? Infinity : cluster.linkDelay(node, other));
      }
    }
    return 2 * (link + process) + fsync;
  }
}
