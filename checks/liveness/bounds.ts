import { APPEND_ENTRIES_REPLY, type AppendEntriesReply, INSTALL_SNAPSHOT, type Message } from '../../core/messages.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** A leader's search, backwards, for the index up to which a follower's log matches. */
interface Backtracking {
  /** The lowest nextIndex so far. */
  lowest: number;
  steps: number;
  /** Rejections in a row that did not move it. */
  fruitless: number;
}

/** A leader that is rejected at the same place this often in a row does not search. */
const MOST_FRUITLESS = 3;

/**
 * Checks that logs and searches stay small, and that searches move: Lv12.
 *
 * When a follower rejects AppendEntries, the leader backtracks by a whole term, the follower's or its own. So it can be
 * rejected at ever lower indices at most once for each term, and once more because the follower's log is too short.
 * Raft §5.3.
 */
export class BoundsChecks {
  private readonly context: CheckContext;
  /** The event of the latest request for a snapshot. */
  private requestedIn = -1;
  /** By node: lastApplied before the event at hand. */
  private readonly applied: Float64Array;
  /** By node: by how much lastApplied has risen the last time, and the time before. */
  private readonly batch: Float64Array;
  private readonly batchBefore: Float64Array;
  /** By node: entries before its latest snapshot that it was set up to keep when it got that, or that it has booted with. */
  private readonly trailing: Float64Array;
  /** By leader and follower. */
  private readonly backtracking: readonly (readonly Backtracking[])[];

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.applied = new Float64Array(nodes);
    this.batch = new Float64Array(nodes);
    this.batchBefore = new Float64Array(nodes);
    this.trailing = Float64Array.from({ length: nodes }, (_, node) => this.mostTrailing(node));
    const fresh = (): Backtracking => ({ lowest: Infinity, steps: 0, fruitless: 0 });
    this.backtracking = Array.from({ length: nodes }, () => Array.from({ length: nodes }, fresh));
  }

  booted(node: number, view: RaftView): void {
    this.applied[node] = view.lastApplied;
    this.batch[node] = 0;
    this.batchBefore[node] = 0;
    // It may have got the snapshot on its disk when it was set up to keep more, and have lost a later one.
    this.trailing[node] = Math.max(this.mostTrailing(node), view.snapshot.index - view.log.base);
    // A crash may have shortened its log, so that the search for where it matches starts over.
    for (const searches of this.backtracking) reset(searches[node]!);
  }

  adminRequested(request: AdminRequest): void {
    if (request.kind === 'snapshot') this.requestedIn = this.context.cluster.event;
  }

  /** A node has handled an event: this message from this node, if it was one. */
  stepped(history: NodeHistory, view: RaftView, from: number, message: Message | null): void {
    const { node } = history;
    const isNew = view.snapshot !== history.snapshot;
    if (isNew) this.trailing[node] = this.mostTrailing(node);
    const { snapshotEvery } = this.context.options.of(node);
    if (snapshotEvery !== null && view.lastApplied !== this.applied[node]) this.hasApplied(node, view, snapshotEvery);
    if (isNew && message?.type !== INSTALL_SNAPSHOT) this.hasTaken(history, view);
    if (view.role !== LEADER) return;
    if (history.role !== LEADER || history.term !== view.term) {
      for (const search of this.backtracking[node]!) reset(search);
    } else if (message?.type === APPEND_ENTRIES_REPLY && message.term === view.term) {
      if (message.success) reset(this.backtracking[node]![from]!);
      else this.rejected(history, view, from, message);
    }
  }

  /** A snapshot is due after `every` applied entries, and the log keeps a limited number before it. Dissertation §5.1. */
  private hasApplied(node: number, view: RaftView, every: number): void {
    const { context, batch, batchBefore } = this;
    batchBefore[node] = batch[node]!;
    batch[node] = view.lastApplied - this.applied[node]!;
    this.applied[node] = view.lastApplied;
    const { snapshot, log } = view;
    const after = view.lastApplied - snapshot.index;
    // A node applies all entries of an event before it can take a snapshot.
    if (after > every + batch[node] + batchBefore[node]) {
      const what = `has applied ${after} entries since its last snapshot, but one is due every ${every}`;
      context.reportLiveness('Lv12', node, `${context.name(node)} ${what}`);
    }
    const before = snapshot.index - log.base;
    if (before > this.trailing[node]!) {
      const what = `keeps ${before} entries that its snapshot covers, but at most ${this.trailing[node]} are allowed`;
      context.reportLiveness('Lv12', node, `${context.name(node)} ${what}`);
    }
  }

  private mostTrailing(node: number): number {
    const { snapshotTrailing, snapshotEvery } = this.context.options.of(node);
    return snapshotTrailing ?? snapshotEvery ?? 0;
  }

  /** A snapshot costs the whole state: it is not due before `every` entries have been applied since the last one. */
  private hasTaken({ node, snapshot: before }: NodeHistory, { snapshot }: RaftView): void {
    const { context } = this;
    const { snapshotEvery: every, snapshotBytes: bytes } = context.options.of(node);
    if (every === null || bytes !== null || before === null || this.requestedIn === context.cluster.event) return;
    const entries = snapshot.index - before.index;
    if (entries >= every) return;
    const what = `took a snapshot ${entries} entries after the last one, but one is due every ${every}`;
    context.reportLiveness('Lv12', node, `${context.name(node)} ${what}`);
  }

  private rejected(history: NodeHistory, view: RaftView, follower: number, reply: AppendEntriesReply): void {
    const { context } = this;
    const { node } = history;
    this.checkMoves(history, view, follower, reply);
    // Of several in flight, each that is lost or reordered is rejected separately.
    if (context.options.of(node).maxInflight > 1) return;
    const search = this.backtracking[node]![follower]!;
    const next = view.nextIndex[follower]!;
    if (next === search.lowest) return;
    // If nextIndex has risen in between, entries were lost on the way: a separate search begins.
    search.steps = next > search.lowest ? 1 : search.steps + 1;
    search.lowest = next;
    if (search.steps <= view.term + 1) return;
    const place = `where the log of ${context.name(follower)} matches`;
    const what = `backtracked ${search.steps} times to find ${place}, in a log of at most ${view.term} terms`;
    context.reportLiveness('Lv12', node, `${context.name(node)} ${what}`);
  }

  /** A rejection of the latest probe shows that the log does not match there: the next probe must be at a lower index. */
  private checkMoves(history: NodeHistory, view: RaftView, follower: number, reply: AppendEntriesReply): void {
    const { node } = history;
    const search = this.backtracking[node]![follower]!;
    const next = history.nextIndex[follower]!;
    const isLatest =
      reply.rejectedIndex === next - 1 &&
      reply.rejectedIndex > Math.max(history.matchIndex[follower]!, view.log.base) &&
      reply.memberSince === history.memberSince[follower] &&
      isMember(view.configuration, follower);
    if (!isLatest || view.nextIndex[follower]! < next) search.fruitless = 0;
    else if (++search.fruitless >= MOST_FRUITLESS) {
      const { context } = this;
      const name = context.name(follower);
      const what = `asks ${name} again after index ${next - 1}, where it was rejected ${search.fruitless} times`;
      context.reportLiveness('Lv12', node, `${context.name(node)} ${what}`);
    }
  }
}

function reset(search: Backtracking): void {
  search.lowest = Infinity;
  search.steps = 0;
  search.fruitless = 0;
}
