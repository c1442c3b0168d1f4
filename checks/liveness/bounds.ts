import { APPEND_ENTRIES_REPLY, type Message } from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** How a leader feels its way back to where a follower's log matches. */
interface Backtracking {
  /** The lowest nextIndex so far. */
  lowest: number;
  steps: number;
}

/**
 * Watches that what should stay small does: Lv12.
 *
 * A leader that is refused goes back by a whole term at a time, the follower's or its own. So it cannot be refused at
 * ever lower indexes more often than there are terms, and once more because the follower's log is too short. Raft §5.3.
 */
export class BoundsChecks {
  private readonly context: CheckContext;
  private readonly every: number | null;
  private readonly trailing: number;
  /** By node: lastApplied before the event at hand, and how far it has risen last and the time before. */
  private readonly applied: Float64Array;
  private readonly batch: Float64Array;
  private readonly batchBefore: Float64Array;
  /** By leader and follower. */
  private readonly backtracking: readonly (readonly Backtracking[])[];

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    const { snapshotEvery, snapshotTrailing } = context.expected;
    this.context = context;
    this.every = snapshotEvery;
    this.trailing = snapshotTrailing ?? snapshotEvery ?? 0;
    this.applied = new Float64Array(nodes);
    this.batch = new Float64Array(nodes);
    this.batchBefore = new Float64Array(nodes);
    const fresh = (): Backtracking => ({ lowest: Infinity, steps: 0 });
    this.backtracking = Array.from({ length: nodes }, () => Array.from({ length: nodes }, fresh));
  }

  booted(node: number, view: RaftView): void {
    this.applied[node] = view.lastApplied;
    this.batch[node] = 0;
    this.batchBefore[node] = 0;
    // What it lacks from here on may begin earlier than before its crash.
    for (const backtracking of this.backtracking) reset(backtracking[node]!);
  }

  /** A node has handled an event: this message of this node, if it was one. */
  stepped(history: NodeHistory, view: RaftView, from: number, message: Message | null): void {
    const { node } = history;
    if (this.every !== null && view.lastApplied !== this.applied[node]) this.hasApplied(node, view, this.every);
    if (view.role !== LEADER) return;
    if (history.role !== LEADER || history.term !== view.term) {
      for (const search of this.backtracking[node]!) reset(search);
    } else if (message?.type === APPEND_ENTRIES_REPLY && message.term === view.term) {
      if (message.success) reset(this.backtracking[node]![from]!);
      else this.rejected(node, view, from);
    }
  }

  /** Entries that have been applied are compacted away, all but so many. Dissertation §5.1. */
  private hasApplied(node: number, view: RaftView, every: number): void {
    const { context, batch, batchBefore } = this;
    batchBefore[node] = batch[node]!;
    batch[node] = view.lastApplied - this.applied[node]!;
    this.applied[node] = view.lastApplied;
    const { snapshot, log } = view;
    const after = view.lastApplied - snapshot.index;
    // What one event applies, it applies before it can take a snapshot.
    if (after > every + batch[node] + batchBefore[node]) {
      const what = `has applied ${after} entries since its last snapshot, although one is due every ${every}`;
      context.reportLiveness('Lv12', `${context.name(node)} ${what}`);
    }
    const before = snapshot.index - log.base;
    if (before > this.trailing) {
      const what = `keeps ${before} entries that its snapshot covers, instead of ${this.trailing} at most`;
      context.reportLiveness('Lv12', `${context.name(node)} ${what}`);
    }
  }

  private rejected(node: number, view: RaftView, follower: number): void {
    const { context } = this;
    // Of several under way, each that is lost or overtaken is refused for itself.
    if (context.expected.maxInflight > 1) return;
    const search = this.backtracking[node]![follower]!;
    const next = view.nextIndex[follower]!;
    if (next === search.lowest) return;
    // It has gone forward meanwhile: what was lost on the way is another matter.
    search.steps = next > search.lowest ? 1 : search.steps + 1;
    search.lowest = next;
    if (search.steps <= view.term + 1) return;
    const place = `where the log of ${context.name(follower)} matches`;
    const what = `took ${search.steps} steps back to find ${place}, in a log of at most ${view.term} terms`;
    context.reportLiveness('Lv12', `${context.name(node)} ${what}`);
  }
}

function reset(search: Backtracking): void {
  search.lowest = Infinity;
  search.steps = 0;
}
