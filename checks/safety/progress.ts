import type { Configuration } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { hasQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** A follower counts as lagging when it is this many entries behind what is committed. */
const LAG = 20;

/** Watches what a leader believes of its followers: I11, I12, I13. */
export class ProgressChecks {
  private readonly context: CheckContext;
  private readonly holders: Uint8Array;

  constructor(context: CheckContext) {
    this.context = context;
    this.holders = new Uint8Array(context.watched.nodes);
  }

  /**
   * The node leads and has handled an event. Its log has been synced. What it keeps of nodes that are no members is
   * its own affair.
   *
   * @param before the configuration it went by until this event
   */
  stepped(shadow: NodeHistory, view: RaftView, before: Configuration | null): void {
    const { matchIndex, nextIndex } = view;
    const { match, next, node } = shadow;
    for (let other = 0; other < matchIndex.length; other++) {
      const index = matchIndex[other]!;
      const following = nextIndex[other]!;
      const isMatched = index === match[other];
      if (!isMatched) this.matchChanged(shadow, view, other, index, before);
      if (other === node || (isMatched && following === next[other])) continue;
      if (following <= index && isMember(view.configuration, other)) this.nextTooLow(shadow, other, following, index);
      if (following < next[other]! - 1) this.context.watched.mark('fast-backtracking');
      next[other] = following;
    }
  }

  private matchChanged(
    shadow: NodeHistory,
    view: RaftView,
    other: number,
    index: number,
    configuration: Configuration | null,
  ): void {
    const { context } = this;
    const before = shadow.match[other]!;
    shadow.match[other] = index;
    if (index < before && isCounted(configuration, view, other)) this.matchWentBack(shadow, other, before, index);
    shadow.matchSet[other]!.set(context.watched.event, context.watched.now);
    if (index > view.log.lastIndex) {
      context.report(
        'I11',
        shadow.node,
        `${context.name(shadow.node)} keeps matchIndex ${index} for ${context.name(other)}, but its own log ends at ${view.log.lastIndex}`,
      );
      return;
    }
    this.lookForOldTerm(shadow, view);
    // What a leader thinks of its own disk matters only when it commits (I14).
    if (other === shadow.node) return;
    const there = context.shadows[other]!;
    // A follower that has moved on to a later term owes this leader nothing any more.
    if (there.effectiveTerm !== view.term) return;
    if (!context.holds(there.disk, index, context.prefixAt(shadow.log, index)) && isCounted(configuration, view, other))
      this.matchInvalid(shadow, there, index);
    if (before < view.commitIndex - LAG && index >= view.commitIndex - LAG && before > 0)
      context.watched.mark('follower-caught-up');
  }

  private matchWentBack(shadow: NodeHistory, other: number, before: number, index: number): void {
    const { context } = this;
    const follower = context.name(other);
    context.report(
      'I11',
      shadow.node,
      `the matchIndex that ${context.name(shadow.node)} keeps for ${follower} went from ${before} back to ${index}`,
      {
        witnesses: [
          context.then('A', shadow.node, shadow.matchSet[other]!, `matchIndex ${before} for ${follower}`),
          context.here('B', shadow.node, `matchIndex ${index} for ${follower}`),
        ],
      },
    );
  }

  /** Entries of an earlier term have spread: on a majority, a careless leader would commit them. Raft §5.4.2. */
  private lookForOldTerm(shadow: NodeHistory, view: RaftView): void {
    const { context } = this;
    const index = context.ledger.length + 1;
    if (index > shadow.log.length || context.prefixes.term(shadow.log.at(index)) === view.term) return;
    const { holders } = this;
    for (let node = 0; node < holders.length; node++) holders[node] = view.matchIndex[node]! >= index ? 1 : 0;
    if (hasQuorum(view.configuration, holders)) context.watched.mark('old-term-majority');
  }

  private matchInvalid(shadow: NodeHistory, there: NodeHistory, index: number): void {
    const { context } = this;
    const agreement = context.prefixes.agreement(context.prefixAt(shadow.log, index), there.disk.tip);
    context.report(
      'I12',
      shadow.node,
      `${context.name(shadow.node)} counts on ${context.name(there.node)} up to index ${index}, but the disk of ${context.name(there.node)} agrees only up to ${agreement}`,
      {
        witnesses: [
          context.here('A', shadow.node, `matchIndex ${index} for ${context.name(there.node)}`),
          context.here('B', there.node, `durable log ends in ${context.describeEntry(there.disk.tip)}`),
        ],
        agreement,
      },
    );
  }

  private nextTooLow(shadow: NodeHistory, other: number, next: number, match: number): void {
    const { context } = this;
    const name = context.name(other);
    const summary = `${context.name(shadow.node)} keeps nextIndex ${next} for ${name}, but matchIndex ${match}`;
    context.report('I13', shadow.node, summary, {
      witnesses: [
        context.then('A', shadow.node, shadow.matchSet[other]!, `matchIndex ${match} for ${name}`),
        context.here('B', shadow.node, `nextIndex ${next} for ${name}`),
      ],
    });
  }
}

/** Whether the node was a member before the event and still is: one that joins again is looked at afresh. */
function isCounted(before: Configuration | null, view: RaftView, node: number): boolean {
  return before !== null && isMember(before, node) && isMember(view.configuration, node);
}
