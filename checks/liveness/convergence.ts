import { LEADER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** A follower hears how much is committed with every heartbeat: after so many it must know. */
const HEARTBEATS = 4;

/** Looks at a cluster from which every disturbance has been taken: Lv1, Lv3, Lv6, Lv11. */
export class ConvergenceChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** What is left to do of a change of members, in words; null if none is under way. */
  unfinishedChange(): string | null {
    const leader = this.leader();
    if (leader !== null) {
      const { configuration, configurationIndex, commitIndex } = leader.view!;
      const name = this.context.name(leader.node);
      if (configurationIndex > commitIndex)
        return `${name} has not committed the configuration at ${configurationIndex}`;
      const isStuck = configuration.outgoing.length > 0 && configuration.leavesByItself;
      return isStuck ? `${name} has not left the joint configuration at ${configurationIndex}` : null;
    }
    // Without a leader, what stands in the way of one may be a configuration that only some know.
    for (const { view, node } of this.context.histories) {
      if (view === null || view.configurationIndex <= this.context.ledger.length) continue;
      return `nobody leads, and ${this.context.name(node)} has a configuration at ${view.configurationIndex} that is not committed`;
    }
    return null;
  }

  /**
   * The cluster has not come to life in time: complains about what can be named.
   *
   * @param missing what it has not shown, in words
   * @param after how long it has been given, in words that go before the rest
   */
  didNotConverge(missing: string, after: string): void {
    const { context } = this;
    const change = this.unfinishedChange();
    if (change !== null) context.reportLiveness('Lv6', change);
    const leader = this.leader();
    if (leader === null) {
      context.reportLiveness('Lv1', `${after}nobody leads`);
      return;
    }
    context.reportLiveness('Lv3', `${after}${context.name(leader.node)} leads term ${leader.term}, but ${missing}`);
    for (const history of this.context.histories) {
      if (history.view !== null && history !== leader) this.checkCommitKnown(history, history.view, leader);
    }
  }

  /** The follower has everything, and has had time to hear that it is committed. */
  private checkCommitKnown(history: NodeHistory, { term, commitIndex }: RaftView, leader: NodeHistory): void {
    const { context } = this;
    const { ledger, cluster, expected } = context;
    const committed = leader.view!.commitIndex;
    if (term !== leader.view!.term || commitIndex >= committed || history.log.tip !== leader.log.tip) return;
    const span = cluster.now - ledger.time(commitIndex + 1);
    if (span < HEARTBEATS * expected.heartbeatInterval) return;
    const since = `${Math.round(span / 1_000)} ms after index ${commitIndex + 1} was committed`;
    const what = `knows only ${commitIndex} to be committed, ${since}, which its log holds`;
    context.reportLiveness('Lv11', `${context.name(history.node)} ${what}`);
  }

  /** The live leader of the highest term, or null. */
  private leader(): NodeHistory | null {
    let found: NodeHistory | null = null;
    for (const history of this.context.histories) {
      const { view } = history;
      if (view !== null && view.role === LEADER && (found === null || view.term > found.term)) found = history;
    }
    return found;
  }
}
