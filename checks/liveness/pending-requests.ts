import { describeRequest } from '../../sim/describe-request.ts';
import { FORWARD, FORWARD_REPLY, type Message, NONE } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import type { Micros, Reply, Request } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { hasQuorum } from '../quorums.ts';
import type { CalmPeriod } from './calm.ts';
import type { QuorumProgressChecks } from './quorum-progress.ts';
import { milliseconds } from './milliseconds.ts';

/** A row of replies that say `busy`, with none that says `ok` in between. */
interface BusySpell {
  /** −1: there is none. */
  since: Micros;
  until: Micros;
}

/**
 * Checks that every request gets a reply while a quorum works: Lv19. It may be any reply, but not `busy` for ever. The
 * bound grows with what the leader has not committed yet, and counts from when no quorum waits for a snapshot any more: that
 * takes a round trip for each chunk, nothing can be committed meanwhile, and Lv15 sees to it that it moves. A node that does not belong to the quorum since its disk is stalled
 * need not reply while it waits for that. Follows one request a node at a time: one that gets no reply comes again, by and by
 * when no other is followed, and stays.
 */
export class PendingRequestChecks {
  private readonly context: CheckContext;
  private readonly calm: CalmPeriod;
  private readonly progress: QuorumProgressChecks;
  /** By node: a request without a reply; null: none is followed. */
  private readonly followed: (Request | null)[];
  /** By node: when that arrived. */
  private readonly arrivedAt: Float64Array;
  private readonly busy: readonly BusySpell[];
  /** When a quorum was seen last that needs a node which is still getting a snapshot. */
  private lackedSnapshotAt: Micros = 0;

  constructor(context: CheckContext, calm: CalmPeriod, progress: QuorumProgressChecks) {
    this.context = context;
    this.calm = calm;
    this.progress = progress;
    this.followed = context.histories.map(() => null);
    this.arrivedAt = new Float64Array(context.cluster.nodes);
    this.busy = context.histories.map(() => ({ since: -1, until: -1 }));
  }

  booted(node: number): void {
    this.followed[node] = null;
    this.busy[node]!.since = -1;
  }

  requested(node: number, request: Request): void {
    if (this.followed[node] !== null) return;
    this.followed[node] = request;
    this.arrivedAt[node] = this.context.cluster.now;
  }

  replied(node: number, request: Request, reply: Reply): void {
    this.release(node, request);
    const spell = this.busy[node]!;
    if (reply.status !== 'busy') {
      spell.since = -1;
      return;
    }
    const { now } = this.context.cluster;
    if (spell.since < 0) spell.since = now;
    spell.until = now;
  }

  /** Who forwards a request leaves the reply to the node that it forwards it to. */
  sent(from: number, message: Message): void {
    if (message.type === FORWARD) this.release(from, message.request);
    else if (message.type === FORWARD_REPLY) this.replied(from, message.request, message.reply);
  }

  /** A quorum works and has a leader. */
  look(): void {
    const { context, calm } = this;
    const { leader } = this.progress;
    if (leader === null) return;
    const { view } = context.histories[leader.node]!;
    if (view === null) return;
    if (this.lacksSnapshot(leader.node, view)) this.lackedSnapshotAt = context.cluster.now;
    const bound = this.progress.bound(view.log.lastIndex - view.commitIndex + 1);
    const since = Math.max(calm.since, leader.since, this.lackedSnapshotAt);
    if (context.cluster.now - since <= bound || !calm.isQuorum()) return;
    for (const history of context.histories) {
      const { node } = history;
      if (calm.members[node] === 1 && !this.waitsForDisk(history)) this.checkFollowed(node, since, bound);
    }
    const spell = this.busy[leader.node]!;
    const span = spell.until - Math.max(spell.since, since);
    if (spell.since < 0 || view.transferee !== NONE || span <= bound) return;
    const text = `${context.name(leader.node)} has replied busy to every request for ${milliseconds(span)}, although a quorum works`;
    context.reportLiveness('Lv19', leader.node, text);
  }

  /** Whether no quorum works without a node to which the leader is still sending a snapshot. */
  private lacksSnapshot(leader: number, view: RaftView): boolean {
    const { configuration, sentSnapshot } = this.context.histories[leader]!;
    if (configuration === null) return false;
    const complete = this.calm.writers.map((flag, node) => (sentSnapshot[node]! > view.matchIndex[node]! ? 0 : flag));
    return !hasQuorum(configuration, complete);
  }

  private release(node: number, request: Request): void {
    if (this.followed[node] === request) this.followed[node] = null;
  }

  /**
   * Whether nothing that the node sends can leave: not before its term and vote are on its disk, and that takes no writes. So it
   * holds back what it forwards, or asks the leader for. A leader does not: its term is on its disk, or it would not have won.
   */
  private waitsForDisk({ node, view }: NodeHistory): boolean {
    if (view === null || this.calm.writers[node] === 1) return false;
    const disk = this.context.cluster.disk(node);
    return disk.term !== view.term || disk.votedFor !== view.votedFor;
  }

  private checkFollowed(node: number, since: Micros, bound: Micros): void {
    const { context } = this;
    const request = this.followed[node] ?? null;
    const span = context.cluster.now - Math.max(this.arrivedAt[node]!, since);
    if (request === null || span <= bound) return;
    const text = `${context.name(node)} has not replied to "${describeRequest(request)}" for ${milliseconds(span)}, although a quorum works`;
    context.reportLiveness('Lv19', node, text);
  }
}
