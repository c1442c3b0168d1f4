import { LEADER, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import { isMember } from '../configurations.ts';
import { hasQuorum } from '../quorums.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { canWin, isElectable } from './electable.ts';
import { milliseconds } from './milliseconds.ts';

/** A follower receives the leader's commitIndex with every heartbeat: after this many intervals it must know it. */
const HEARTBEATS = 4;

/** Nodes that are described as lagging. */
const MOST_LAGGARDS = 4;

/** How far a node had got when it was looked at last. */
interface Advance {
  index: number;
  /** When that was seen to grow last; −1: it has not been looked at. */
  movedAt: Micros;
}

/** Checks that a cluster converges once all faults have ended: Lv1, Lv3, Lv6, Lv11. */
export class ConvergenceChecks {
  private readonly context: CheckContext;
  /** The length of the leader's log when the progress was asked for first: what all nodes are to reach. */
  private goal = 0;
  /** By node. */
  private readonly advances: readonly Advance[];

  constructor(context: CheckContext) {
    this.context = context;
    this.advances = context.histories.map(() => ({ index: 0, movedAt: -1 }));
  }

  /**
   * How near the running members are to the log that the leader had when this was called first: a sum of indices that they
   * share with it, know to be committed and have applied, and, below 1, of bytes of snapshots that are on their way.
   */
  progress(): number {
    const leader = this.leader();
    if (leader === null) return 0;
    if (this.goal === 0) this.goal = leader.log.length;
    const { goal } = this;
    const { now } = this.context.cluster;
    let sum = 0;
    let bytes = 0;
    for (const history of this.context.histories) {
      if (!isRunningMember(history, leader)) continue;
      const index = this.sharedWith(history, leader);
      const advance = this.advances[history.node]!;
      if (index > advance.index || advance.movedAt < 0) advance.movedAt = now;
      advance.index = index;
      for (const reached of [index, history.commitIndex, history.reportedApplied]) sum += Math.min(reached, goal);
      bytes += leader.sentOffset[history.node]!;
    }
    return sum + bytes / (bytes + 1e12);
  }

  /** Describes each running member whose log, commitIndex or state machine is behind: how far, and whether it moves. */
  laggards(): readonly string[] {
    const leader = this.leader();
    if (leader === null) return [];
    const lagging = this.context.histories.filter((history) => isRunningMember(history, leader));
    const texts = lagging.flatMap((history) => this.describeLag(history, leader));
    const more = texts.length - MOST_LAGGARDS;
    return more > 0 ? [...texts.slice(0, MOST_LAGGARDS), `${more} more nodes lag`] : texts;
  }

  private describeLag(history: NodeHistory, leader: NodeHistory): string[] {
    const { context } = this;
    const { length } = leader.log;
    const name = context.name(history.node);
    const shared = this.sharedWith(history, leader);
    const { movedAt } = this.advances[history.node]!;
    const still = (context.cluster.now - movedAt) / 1_000_000;
    const moves =
      movedAt < 0 ? '' : still < 1 ? ', and moves' : `, and has not moved for ${Math.round(still * 10) / 10} s`;
    if (shared < length || history.log.length > length)
      return [`${name} shares ${shared} of the ${length} entries of ${context.name(leader.node)}${moves}`];
    if (history.commitIndex < length)
      return [`${name} knows only ${history.commitIndex} of ${length} entries to be committed`];
    if (history.reportedApplied < length)
      return [`${name} has applied ${history.reportedApplied} of ${length} entries`];
    return history.term === leader.term ? [] : [`${name} is in term ${history.term}, not ${leader.term}`];
  }

  /** Length of the common beginning of both logs. */
  private sharedWith(history: NodeHistory, leader: NodeHistory): number {
    if (history === leader) return leader.log.length;
    return this.context.prefixes.agreement(history.log.tip, leader.log.tip);
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

  /** Which nodes are down, if so many are that no leader has a quorum, and no node can win one; null: not so many. */
  missingQuorum(): string | null {
    const { context } = this;
    const { histories } = context;
    const down = histories.filter(({ view }) => view === null).map(({ node }) => context.name(node));
    if (down.length === 0) return null;
    const runs = histories.map(({ view }) => (view === null ? 0 : 1));
    const leader = this.leader();
    const leads = leader !== null && hasQuorum(leader.view!.configuration, runs);
    if (leads || canWin(context, runs)) return null;
    return `no quorum runs: ${down.join(', ')} ${down.length === 1 ? 'does' : 'do'} not start`;
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
    if (!this.mayHaveLeader()) return;
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

  /** Whether a node leads, or one must be elected: not where only nodes have logs that can win which priorities hold back. */
  mayHaveLeader(): boolean {
    const running = this.context.histories.map(({ view }) => (view === null ? 0 : 1));
    return this.leader() !== null || isElectable(this.context, running);
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
    const { ledger, cluster, options } = context;
    const committed = leader.view!.commitIndex;
    if (term !== leader.view!.term || commitIndex >= committed || history.log.tip !== leader.log.tip) return;
    const span = cluster.now - ledger.time(commitIndex + 1);
    if (span < HEARTBEATS * options.of(leader.node).heartbeatInterval) return;
    const name = context.name(history.node);
    const since = `${milliseconds(span)} after index ${commitIndex + 1}, which its log holds, was committed`;
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

function isRunningMember({ view, node }: NodeHistory, leader: NodeHistory): boolean {
  return view !== null && (node === leader.node || isMember(leader.view!.configuration, node));
}
