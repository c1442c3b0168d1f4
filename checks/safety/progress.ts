import type { Configuration } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { hasQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** A follower that is this many entries behind the commitIndex counts as lagging. */
const LAG = 20;

/** Checks the progress that a leader records of its followers' logs: I11, I12, I13. */
export class ProgressChecks {
  private readonly context: CheckContext;
  private readonly holders: Uint8Array;

  constructor(context: CheckContext) {
    this.context = context;
    this.holders = new Uint8Array(context.cluster.nodes);
  }

  /**
   * The node leads and has handled an event. Its log has been synced. The indices it keeps for nodes that are no members
   * are not checked.
   *
   * @param before the configuration it used until this event
   */
  stepped(history: NodeHistory, view: RaftView, before: Configuration | null): void {
    const { node, matchIndex, nextIndex } = history;
    if (view.configuration !== before) this.membersChanged(history, view, before);
    for (let other = 0; other < matchIndex.length; other++) {
      const match = view.matchIndex[other]!;
      const next = view.nextIndex[other]!;
      const isMatched = match === matchIndex[other];
      if (!isMatched) this.matchChanged(history, view, other, match, before);
      if (other === node || (isMatched && next === nextIndex[other])) continue;
      if (next <= match && isMember(view.configuration, other)) this.reportLowNext(history, other, next, match);
      if (next < nextIndex[other]! - 1) this.context.cluster.mark('fast-backtracking');
      nextIndex[other] = next;
    }
  }

  /** The leader uses another configuration: its progress of a member that it has added is about that member alone. */
  private membersChanged(history: NodeHistory, view: RaftView, before: Configuration | null): void {
    const { context } = this;
    for (const there of context.histories) {
      const { node } = there;
      if (!isMember(view.configuration, node) || (before !== null && isMember(before, node))) continue;
      history.memberSince[node] = view.configurationIndex;
      history.memberSinceEvent[node] = context.cluster.event;
      if (view.matchIndex[node] === history.matchIndex[node]) this.checkMatch(history, view, there);
    }
  }

  private matchChanged(
    history: NodeHistory,
    view: RaftView,
    other: number,
    index: number,
    configuration: Configuration | null,
  ): void {
    const { context } = this;
    const before = history.matchIndex[other]!;
    history.matchIndex[other] = index;
    if (index < before && isCounted(configuration, view, other)) this.reportLowerMatch(history, other, before, index);
    history.matchSetAt[other]!.set(context.cluster.event, context.cluster.now);
    if (index > view.log.lastIndex) {
      context.report(
        'I11',
        history.node,
        `${context.name(history.node)} keeps matchIndex ${index} for ${context.name(other)}, but its own log ends at ${view.log.lastIndex}`,
      );
      return;
    }
    this.lookForOldTerm(history, view);
    // A leader's matchIndex for itself matters only when it commits (I14).
    if (other === history.node || !this.checkMatch(history, view, context.histories[other]!)) return;
    if (before < view.commitIndex - LAG && index >= view.commitIndex - LAG && before > 0)
      context.cluster.mark('follower-caught-up');
  }

  /** Returns whether it could be checked. */
  private checkMatch(history: NodeHistory, view: RaftView, there: NodeHistory): boolean {
    const { context } = this;
    // A follower that has entered a later term may truncate what it acknowledged to this leader.
    if (there.effectiveTerm > view.term) return false;
    // The leader cannot know that a member has lost what it acknowledged (I34).
    if (there.wipedAt !== null && there.wipedAt.event > history.memberSinceEvent[there.node]!) return false;
    const index = view.matchIndex[there.node]!;
    const isHeld = context.holds(there.disk, index, context.prefixAt(history.log, index));
    if (!isHeld && isMember(view.configuration, there.node)) this.reportInvalidMatch(history, there, index);
    return true;
  }

  private reportLowerMatch(history: NodeHistory, other: number, before: number, index: number): void {
    const { context } = this;
    const follower = context.name(other);
    context.report(
      'I11',
      history.node,
      `the matchIndex that ${context.name(history.node)} keeps for ${follower} went from ${before} back to ${index}`,
      {
        witnesses: [
          context.earlier('A', history.node, history.matchSetAt[other]!, `matchIndex ${before} for ${follower}`),
          context.present('B', history.node, `matchIndex ${index} for ${follower}`),
        ],
      },
    );
  }

  /** Marks entries of an earlier term on a majority, which a leader must not commit by counting. Raft §5.4.2. */
  private lookForOldTerm(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const index = context.ledger.length + 1;
    if (index > history.log.length || context.prefixes.term(history.log.at(index)) === view.term) return;
    const { holders } = this;
    for (let node = 0; node < holders.length; node++) holders[node] = view.matchIndex[node]! >= index ? 1 : 0;
    if (hasQuorum(view.configuration, holders)) context.cluster.mark('old-term-majority');
  }

  private reportInvalidMatch(history: NodeHistory, there: NodeHistory, index: number): void {
    const { context } = this;
    const agreement = context.prefixes.agreement(context.prefixAt(history.log, index), there.disk.tip);
    context.report(
      'I12',
      history.node,
      `${context.name(history.node)} keeps matchIndex ${index} for ${context.name(there.node)}, but the durable log of ${context.name(there.node)} agrees only up to index ${agreement}`,
      {
        witnesses: [
          context.present('A', history.node, `matchIndex ${index} for ${context.name(there.node)}`),
          context.present('B', there.node, `durable log ends in ${context.describeEntry(there.disk.tip)}`),
        ],
        agreement,
      },
    );
  }

  private reportLowNext(history: NodeHistory, other: number, next: number, match: number): void {
    const { context } = this;
    const name = context.name(other);
    const summary = `${context.name(history.node)} keeps nextIndex ${next} for ${name}, but matchIndex ${match}`;
    context.report('I13', history.node, summary, {
      witnesses: [
        context.earlier('A', history.node, history.matchSetAt[other]!, `matchIndex ${match} for ${name}`),
        context.present('B', history.node, `nextIndex ${next} for ${name}`),
      ],
    });
  }
}

/** Whether the node was a member before the event and still is: the progress of one that joins again starts over. */
function isCounted(before: Configuration | null, view: RaftView, node: number): boolean {
  return before !== null && isMember(before, node) && isMember(view.configuration, node);
}
