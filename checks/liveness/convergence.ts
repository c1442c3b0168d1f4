import { LEADER, type RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** A follower receives the leader's commitIndex with every heartbeat: after this many intervals it must know it. */
const HEARTBEATS = 4;

/** Checks that a cluster converges once all faults have ended: Lv1, Lv3, Lv6, Lv11. */
export class ConvergenceChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** Whether the logs of all running members are equal, committed and applied to the end, under one leader. */
  converged(): boolean {
    const leader = this.leader();
    if (leader === null) return false;
    const { configuration } = leader.view!;
    for (const history of this.context.histories) {
      const { view } = history;
      if (view === null || (history !== leader && !isMember(configuration, history.node))) continue;
      if (view.role === LEADER && history !== leader) return false;
      if (view.commitIndex !== view.log.lastIndex || view.lastApplied !== view.commitIndex) return false;
      if (history.log.tip !== leader.log.tip || history.term !== leader.term) return false;
    }
    return true;
  }

  /** Describes the rest of a membership change; null if none is pending. */
  unfinishedChange(): string | null {
    return this.findUnfinishedChange()?.text ?? null;
  }

  /**
   * The cluster has not converged in time: reports every property whose failure explains it.
   *
   * @param missing the missing condition, as a clause
   * @param after the time it had, as the beginning of a sentence
   */
  didNotConverge(missing: string, after: string): void {
    const { context } = this;
    const change = this.findUnfinishedChange();
    if (change !== null) context.reportLiveness('Lv6', change.node, change.text);
    const leader = this.leader();
    if (leader === null) {
      context.reportLiveness('Lv1', -1, `${after}no node leads`);
      return;
    }
    const text = `${after}${context.name(leader.node)} leads term ${leader.term}, but ${missing}`;
    context.reportLiveness('Lv3', leader.node, text);
    for (const history of context.histories) {
      if (history.view !== null && history !== leader) this.checkCommitKnown(history, history.view, leader);
    }
  }

  private findUnfinishedChange(): { readonly node: number; readonly text: string } | null {
    const { context } = this;
    const leader = this.leader();
    if (leader !== null) {
      const { node } = leader;
      const { configuration, configurationIndex, commitIndex } = leader.view!;
      const name = context.name(node);
      if (configurationIndex > commitIndex)
        return { node, text: `${name} has not committed the configuration of index ${configurationIndex}` };
      const isStuck = configuration.outgoing.length > 0 && configuration.leavesByItself;
      if (!isStuck) return null;
      return { node, text: `${name} has not left the joint configuration of index ${configurationIndex}` };
    }
    // Without a leader, a configuration that only some nodes have may be what prevents an election.
    for (const { view, node } of context.histories) {
      if (view === null || view.configurationIndex <= context.ledger.length) continue;
      const text = `no node leads, and ${context.name(node)} uses the configuration of index ${view.configurationIndex}, which is not committed`;
      return { node, text };
    }
    return null;
  }

  /** The follower has all entries, and has had time to learn that they are committed. */
  private checkCommitKnown(history: NodeHistory, { term, commitIndex }: RaftView, leader: NodeHistory): void {
    const { context } = this;
    const { ledger, cluster, expected } = context;
    const committed = leader.view!.commitIndex;
    if (term !== leader.view!.term || commitIndex >= committed || history.log.tip !== leader.log.tip) return;
    const span = cluster.now - ledger.time(commitIndex + 1);
    if (span < HEARTBEATS * expected.heartbeatInterval) return;
    const name = context.name(history.node);
    const since = `${Math.round(span / 1_000)} ms after index ${commitIndex + 1}, which its log holds, was committed`;
    context.reportLiveness('Lv11', history.node, `${name} still has commitIndex ${commitIndex}, ${since}`);
  }

  /** The running leader of the highest term, or null. */
  private leader(): NodeHistory | null {
    let found: NodeHistory | null = null;
    for (const history of this.context.histories) {
      const { view } = history;
      if (view !== null && view.role === LEADER && (found === null || view.term > found.term)) found = history;
    }
    return found;
  }
}
