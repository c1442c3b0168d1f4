import { FORWARD_REPLY, type Message, REQUEST_VOTE, REQUEST_VOTE_REPLY } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, type RaftView } from '../../core/view.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import type { Operations } from '../history/operations.ts';
import { lowestRetainedTerm, retentionFloor } from '../history/retention.ts';
import { ApplyChecks } from './apply.ts';
import { audit } from './audit.ts';
import { BootChecks } from './boot.ts';
import { CommitChecks } from './commit.ts';
import { ElectionChecks } from './election.ts';
import { LogChecks } from './log.ts';
import { MembershipChecks } from './membership.ts';
import { MessageChecks } from './messages.ts';
import { ProgressChecks } from './progress.ts';
import { ReadChecks } from './read.ts';
import { ReplyChecks } from './reply.ts';
import { SnapshotChecks } from './snapshot.ts';

/**
 * Calls the checks of the invariants I1 to I36 in the order in which they depend on each other, and keeps the node
 * histories up to date between them. Checks by itself only I7 (at restarts), and reports nodes that throw.
 */
export class SafetyChecker {
  readonly election: ElectionChecks;
  readonly reads: ReadChecks;
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  private readonly logs: LogChecks;
  private readonly boot: BootChecks;
  private readonly snapshots: SnapshotChecks;
  private readonly commits: CommitChecks;
  private readonly applies: ApplyChecks;
  private readonly progress: ProgressChecks;
  private readonly messages: MessageChecks;
  private readonly replies: ReplyChecks;
  private boots = 0;

  constructor(context: CheckContext, operations: Operations) {
    this.context = context;
    this.membership = new MembershipChecks(context);
    this.logs = new LogChecks(context, this.membership);
    this.boot = new BootChecks(context);
    this.snapshots = new SnapshotChecks(context);
    this.election = new ElectionChecks(context, this.membership);
    this.commits = new CommitChecks(context, this.membership);
    this.applies = new ApplyChecks(context);
    this.progress = new ProgressChecks(context);
    this.messages = new MessageChecks(context, this.election.votes);
    this.replies = new ReplyChecks(context);
    this.reads = new ReadChecks(context, operations);
    context.ledger.reader = this.reads;
  }

  booted(node: number): void {
    const { context } = this;
    const history = context.histories[node]!;
    const view = context.cluster.view(node)!;
    const first = this.boots < context.cluster.nodes;
    this.boots++;
    history.view = view;
    if (!first) history.bootedAt = context.moment;
    if (context.prefixes.configuration(0) === null && view.snapshot.index === 0)
      context.prefixes.begin(view.snapshot.configuration);
    if (!this.boot.isSound(node, context.cluster.disk(node))) this.wiped(node);
    this.syncDisk(history);
    this.termBooted(history, view, first);
    this.applies.booted(history, view);
    const { index } = view.snapshot;
    history.commitIndex = index;
    history.isApplyLagging = false;
    if (this.logs.reboot(history, view) && !first) context.cluster.mark('entries-lost');
    this.snapshots.booted(history, view);
    const before = history.configuration;
    this.membership.changed(history, view);
    if (view.commitIndex !== index) this.commits.commitChanged(history, view, false, before);
    this.snapshots.checkPointers(history, view);
    this.boot.booted(history, view);
    if (!first) this.membership.checkIntersection(history);
    history.transferee = -1;
    if (this.boots === context.cluster.nodes) context.isStarting = false;
    context.revision++;
    if (context.basesMoved) this.forget();
  }

  crashed(node: number): void {
    const history = this.context.histories[node]!;
    history.view = null;
    history.role = FOLLOWER;
    this.syncDisk(history);
    this.context.revision++;
  }

  /** The node has thrown this instead of handling an event. Describes nodes by their state after their last event. */
  panicked(node: number, error: unknown): void {
    const { context } = this;
    const others = context.histories.filter((history) => history.node !== node);
    const witnesses = [context.histories[node]!, ...others].map((history, place) =>
      context.present(String.fromCharCode('A'.charCodeAt(0) + place), history.node, context.describeNode(history)),
    );
    context.report('Crash', node, `${context.name(node)} threw ${String(error)}`, { witnesses, error });
  }

  /**
   * The entries on the wiped disk count for no quorum any more; nor do those on a disk with a corrupt record, once the node
   * boots from it: until then, what it has acknowledged is true of it. A node that had not taken part yet may start afresh, and
   * so may one whose removal is committed; a voter violates I34 as soon as it takes part again.
   */
  wiped(node: number): void {
    const history = this.context.histories[node]!;
    if (history.diskTerm > 0 || history.disk.length > 0) {
      history.wipedAt = this.context.moment;
      if (this.membership.isVoterSomewhere(node)) history.forgotAt = history.wipedAt;
    }
    history.disk.clear();
    history.diskTerm = 0;
    history.diskVote = -1;
    history.durableIn.clear();
    for (const [term, candidate] of history.grants) history.forgottenGrants.set(term, candidate);
    this.context.revision++;
  }

  stepped(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    this.applies.checkReported(history);
    const led = history.role === LEADER && history.term === view.term;
    const before = history.configuration;
    const hasSnapshot = view.snapshot !== history.snapshot;
    const hasBase = view.log.base !== history.log.base;
    if (hasSnapshot) this.snapshots.changing(history, view);
    let changed = this.syncLog(history, view, hasSnapshot);
    if (view.term !== history.term || view.role !== history.role || view.votedFor !== history.votedFor) {
      this.election.changed(history, view);
      changed = true;
    }
    if (view.commitIndex !== history.commitIndex) {
      this.commits.commitChanged(history, view, led || view.role === LEADER, before);
      changed = true;
    }
    if (view.configuration !== before) this.configurationChanged(history, view, before);
    if (hasSnapshot) this.snapshots.changed(history, view);
    if (hasSnapshot || hasBase) {
      this.snapshots.checkPointers(history, view);
      changed = true;
    }
    if (view.lastApplied !== history.reportedApplied) {
      this.applies.lastAppliedChanged(history, view);
      changed = true;
    }
    if (view.role === LEADER) this.progress.stepped(history, view, before);
    if (view.transferee !== history.transferee) this.transferChanged(history, view, led);
    if (history.requestVoteTerm > 0) this.requestVoteHandled(history, view);
    if (changed) context.revision++;
    if (context.basesMoved) this.forget();
  }

  executed(node: number, index: number, stateHash: number): void {
    this.applies.executed(this.context.histories[node]!, index, stateHash);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(node: number, index: number, stateHash: number): void {
    this.snapshots.restored(this.context.histories[node]!, index, stateHash);
    this.context.revision++;
  }

  sent(from: number, to: number, message: Message): void {
    this.messages.sent(from, to, message);
    if (message.type === FORWARD_REPLY) this.replies.forwarded(from, message.request, message.reply);
    this.reads.sent(from, to, message);
  }

  /** The node is about to handle this message. */
  delivered(from: number, to: number, message: Message): void {
    this.reads.delivered(from, to, message);
    const history = this.context.histories[to]!;
    if (message.type === FORWARD_REPLY) history.forwardReplyIn = this.context.cluster.event;
    if (message.type === REQUEST_VOTE) history.requestVoteTerm = message.term;
    if (message.type !== REQUEST_VOTE_REPLY || !message.granted) return;
    if (history.role === CANDIDATE && message.term === history.term) history.votesReceived++;
  }

  persisted(node: number): void {
    this.syncDisk(this.context.histories[node]!);
    if (this.context.basesMoved) this.forget();
  }

  replied(node: number, request: Request, reply: Reply): void {
    // A get outside the log has no entry in the ledger to compare with.
    if (!this.reads.isRead(request)) this.replies.replied(node, request, reply);
    if (reply.status === 'ok') this.reads.acknowledged(node, request, reply);
  }

  /** A client has been told that its request was certainly not executed. */
  failed(request: Request): void {
    this.replies.failed(request);
  }

  *audit(failed: readonly Request[]): Generator<void, void> {
    yield* audit(this.context);
    this.replies.auditFailed(failed);
  }

  /** The terms that any check keeps. */
  get rememberedTerms(): number {
    const { leaders, firstEntries, histories } = this.context;
    let terms = leaders.size + firstEntries.size + this.election.votes.ballots.size + this.messages.size;
    for (const { durableIn, grants } of histories) terms += durableIn.size + grants.size;
    return terms;
  }

  private termBooted(history: NodeHistory, view: RaftView, first: boolean): void {
    const { context } = this;
    const { node, diskTerm } = history;
    if (view.term < diskTerm) {
      const summary = `${context.name(node)} restarted in term ${view.term}, but the term on its disk is ${diskTerm}`;
      context.report('I7', node, summary);
    }
    if (!first && history.term === view.term && history.votedFor !== view.votedFor) context.cluster.mark('vote-lost');
    if (!first && history.term > view.term) context.cluster.mark('term-lost');
    this.election.rebooted(history, view);
    history.role = FOLLOWER;
    history.term = view.term;
    history.votedFor = view.votedFor;
  }

  /** Returns whether the log or the configuration has changed. */
  private syncLog(history: NodeHistory, view: RaftView, hasSnapshot: boolean): boolean {
    const isCurrent = history.log.isCurrent(view.log);
    if (!isCurrent) {
      this.logs.syncLog(history, view);
      if (hasSnapshot) this.snapshots.synced(history, view);
    } else if (view.configuration === history.configuration && view.configurationIndex === history.configurationIndex) {
      return false;
    }
    this.membership.changed(history, view);
    return true;
  }

  private syncDisk(history: NodeHistory): void {
    const disk = this.context.cluster.disk(history.node);
    this.logs.syncDisk(history, disk);
    if (disk.snapshot !== history.diskSnapshot) this.snapshots.diskChanged(history, disk.snapshot);
  }

  private configurationChanged(history: NodeHistory, view: RaftView, before: NodeHistory['configuration']): void {
    this.membership.checkIntersection(history);
    if (before !== null) this.reads.reconfigured(history.node, view, before);
  }

  /** A leader that had a transfer target, and still leads, has aborted that transfer. */
  private transferChanged(history: NodeHistory, { transferee, role }: RaftView, led: boolean): void {
    if (led && role === LEADER && history.transferee !== -1) this.context.cluster.mark('transfer-aborted');
    history.transferee = transferee;
  }

  /** A node that takes a RequestVote into account has entered its term. */
  private requestVoteHandled(history: NodeHistory, view: RaftView): void {
    if (view.term < history.requestVoteTerm) this.context.cluster.mark('vote-request-ignored');
    history.requestVoteTerm = 0;
  }

  /** Drops the entries that all nodes have compacted, and the terms that all nodes have left. */
  private forget(): void {
    const { context } = this;
    context.basesMoved = false;
    const floor = retentionFloor(context);
    if (floor <= context.prefixes.floor) return;
    context.prefixes.forgetBelow(floor);
    context.ledger.forgetBefore(floor);
    context.applyHistory.forgetBefore(floor);
    const term = lowestRetainedTerm(context);
    if (term <= context.lowestTerm) return;
    context.forgetTermsBelow(term);
    this.election.votes.ballots.forgetBelow(term);
    this.messages.forgetBelow(term);
  }
}
