import { type Message, REQUEST_VOTE_REPLY, REQUEST_VOTE } from '../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, type RaftView } from '../core/view.ts';
import type { Observer } from '../sim/observer.ts';
import type { AdminRequest } from '../core/admin-request.ts';
import type { Reply, Request } from '../sim/protocol.ts';
import { audit } from './safety/audit.ts';
import { CommitChecks } from './safety/commit.ts';
import { isMember } from './configurations.ts';
import { CheckContext, type LivenessFailure } from './context.ts';
import { ElectionChecks } from './safety/election.ts';
import type { Violation } from './violation.ts';
import { ProgressChecks } from './safety/progress.ts';
import { LivenessChecker } from './liveness/liveness-checker.ts';
import { LogChecks } from './safety/log.ts';
import { MembershipChecks } from './safety/membership.ts';
import { ReplyChecks } from './safety/reply.ts';
import { Operations } from './history/operations.ts';
import type { ExpectedOptions } from './expected-options.ts';
import { ReadChecks } from './safety/read.ts';
import type { NodeHistory } from './history/node-history.ts';
import { retentionFloor, lowestRetainedTerm } from './history/retention.ts';
import { SnapshotChecks } from './safety/snapshot.ts';
import type { ReferenceMachine, ObservedCluster } from './observed-cluster.ts';
import { MessageChecks } from './safety/messages.ts';

/**
 * Checks Raft's invariants after every event, and notes the situations (marks) that occur. Costs O(1) an event plus
 * O(1) per changed log entry; whole logs are looked at only by the audit at the end.
 */
export class RaftChecker implements Observer<Message, AdminRequest> {
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  private readonly logs: LogChecks;
  private readonly snapshots: SnapshotChecks;
  private readonly electionChecks: ElectionChecks;
  private readonly commits: CommitChecks;
  private readonly leading: ProgressChecks;
  private readonly wire: MessageChecks;
  private readonly replies: ReplyChecks;
  private readonly operations = new Operations();
  private readonly reads: ReadChecks;
  private readonly liveness: LivenessChecker;
  private booted_ = 0;

  /**
   * @param enabled the ids that may be reported; null for all
   * @param promises what the nodes were set up to do; default: Raft without its extensions
   */
  constructor(
    watched: ObservedCluster,
    reference: ReferenceMachine,
    enabled: ReadonlySet<string> | null = null,
    promises?: ExpectedOptions,
  ) {
    this.context = new CheckContext(watched, reference, enabled, promises);
    this.membership = new MembershipChecks(this.context);
    this.logs = new LogChecks(this.context, this.membership);
    this.snapshots = new SnapshotChecks(this.context);
    this.electionChecks = new ElectionChecks(this.context, this.membership);
    this.commits = new CommitChecks(this.context, this.membership);
    this.leading = new ProgressChecks(this.context);
    this.wire = new MessageChecks(this.context, this.electionChecks.votes);
    this.replies = new ReplyChecks(this.context);
    this.reads = new ReadChecks(this.context, this.operations);
    this.liveness = new LivenessChecker(this.context, this.operations);
    this.context.ledger.reader = this.reads;
  }

  /** The first violation, or null. */
  get violation(): Violation | null {
    return this.context.violation;
  }

  get isBroken(): boolean {
    return this.context.violation !== null;
  }

  /** Liveness properties that were not kept, the first time of each. */
  get livenessFailures(): readonly LivenessFailure[] {
    return this.context.livenessFailures;
  }

  /** Increases whenever something that can be asked about a node has changed. */
  get revision(): number {
    return this.context.revision;
  }

  get elections(): number {
    return this.electionChecks.elections;
  }

  get leaderChanges(): number {
    return this.electionChecks.leaderChanges;
  }

  get maxTerm(): number {
    return this.electionChecks.maxTerm;
  }

  /** Entries known to be committed. */
  get committed(): number {
    return this.context.ledger.length;
  }

  booted(node: number): void {
    const { context } = this;
    const shadow = context.shadows[node]!;
    const view = context.watched.view(node)!;
    const first = this.booted_ < context.watched.nodes;
    this.booted_++;
    shadow.view = view;
    if (!first) shadow.bootedAt = context.moment;
    if (context.prefixes.configuration(0) === null && view.snapshot.index === 0)
      context.prefixes.begin(view.snapshot.configuration);
    this.syncDisk(shadow);
    this.termBooted(shadow, view, first);
    const { index } = view.snapshot;
    if (view.lastApplied !== index) {
      const summary =
        index === 0
          ? `${context.name(node)} came back with lastApplied ${view.lastApplied}, but it has executed nothing yet`
          : `${context.name(node)} came back with lastApplied ${view.lastApplied}, but its snapshot is of index ${index}`;
      context.report('I10', node, summary);
    }
    shadow.commit = index;
    shadow.applied = view.lastApplied;
    shadow.claimedApplied = view.lastApplied;
    shadow.isLate = false;
    if (this.logs.reboot(shadow, view) && !first) context.watched.mark('entries-lost');
    this.snapshots.booted(shadow, view);
    const before = shadow.configuration;
    this.membership.changed(shadow, view);
    if (view.commitIndex !== index) this.commits.commitChanged(shadow, view, false, before);
    if (!first) this.membership.mustIntersect(shadow);
    shadow.transferee = -1;
    this.liveness.booted(node, view);
    if (this.booted_ === context.watched.nodes) context.beginning = false;
    context.revision++;
    if (context.basesMoved) this.forget();
  }

  crashed(node: number): void {
    const shadow = this.context.shadows[node]!;
    shadow.view = null;
    shadow.role = FOLLOWER;
    this.syncDisk(shadow);
    this.context.revision++;
  }

  /**
   * What is gone is no longer counted on. A node that has never taken part may start afresh; any other is at fault as
   * soon as it takes part again (I34).
   */
  wiped(node: number): void {
    const shadow = this.context.shadows[node]!;
    if (shadow.diskTerm > 0 || shadow.disk.length > 0) shadow.wiped = this.context.moment;
    shadow.disk.clear();
    shadow.diskTerm = 0;
    shadow.diskVote = -1;
    shadow.durableIn.clear();
    this.context.revision++;
  }

  stepped(node: number): void {
    const shadow = this.context.shadows[node]!;
    const view = shadow.view!;
    let changed = false;
    this.liveness.stepped(shadow, view);
    // The executions seen must account for what the node claimed after its last event.
    if (shadow.applied !== shadow.claimedApplied) this.unaccounted(shadow);
    const { log, snapshot, configuration } = view;
    const led = shadow.role === LEADER && shadow.term === view.term;
    const before = shadow.configuration;
    const hasSnapshot = snapshot !== shadow.snapshot;
    const hasBase = log.base !== shadow.log.base;
    if (hasSnapshot) this.snapshots.changing(shadow, view);
    if (!shadow.log.isCurrent(log)) {
      this.logs.syncLog(shadow, view);
      if (hasSnapshot) this.snapshots.synced(shadow, view);
      this.membership.changed(shadow, view);
      changed = true;
    } else if (configuration !== before || view.configurationIndex !== shadow.configurationIndex) {
      this.membership.changed(shadow, view);
      changed = true;
    }
    if (view.term !== shadow.term || view.role !== shadow.role || view.votedFor !== shadow.votedFor) {
      this.electionChecks.changed(shadow, view);
      changed = true;
    }
    const leads = led || view.role === LEADER;
    if (view.commitIndex !== shadow.commit) {
      this.commits.commitChanged(shadow, view, leads, before);
      changed = true;
    }
    if (configuration !== before) {
      this.membership.mustIntersect(shadow);
      if (before !== null) this.reads.reconfigured(node, view, before);
    }
    if (hasSnapshot) this.snapshots.changed(shadow, view);
    if (hasSnapshot || hasBase) {
      this.snapshots.places(shadow, view);
      changed = true;
    }
    if (view.lastApplied !== shadow.claimedApplied) {
      this.pointersMoved(shadow, view);
      changed = true;
    }
    if (view.role === LEADER) this.leading.stepped(shadow, view, before);
    if (view.transferee !== shadow.transferee) this.transfers(shadow, view, led);
    if (shadow.askedTerm > 0) this.solicited(shadow, view);
    if (changed) this.context.revision++;
    if (this.context.basesMoved) this.forget();
  }

  applied(node: number, index: number, stateHash: number): void {
    this.commits.executed(this.context.shadows[node]!, index, stateHash);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(node: number, index: number, stateHash: number): void {
    this.snapshots.restored(this.context.shadows[node]!, index, stateHash);
    this.context.revision++;
  }

  sent(from: number, to: number, message: Message): void {
    this.wire.sent(from, to, message);
    this.reads.sent(from, to, message);
    this.liveness.sent(from, to, message);
  }

  /** The node is about to handle this message. */
  delivered(from: number, to: number, message: Message): void {
    this.reads.delivered(from, to, message);
    this.liveness.delivered(from, to, message);
    const shadow = this.context.shadows[to]!;
    if (message.type === REQUEST_VOTE) shadow.askedTerm = message.term;
    if (
      message.type === REQUEST_VOTE_REPLY &&
      message.granted &&
      shadow.role === CANDIDATE &&
      message.term === shadow.term
    )
      shadow.votesHeard++;
  }

  persisted(node: number): void {
    this.syncDisk(this.context.shadows[node]!);
    if (this.context.basesMoved) this.forget();
  }

  replied(node: number, request: Request, reply: Reply): void {
    // Nothing in the ledger answers for a get that does not go through the log.
    if (!this.reads.isRead(request)) this.replies.replied(node, request, reply);
    if (reply.status === 'ok') this.reads.acknowledged(node, request, reply);
    this.liveness.replied(node, request, reply);
  }

  requested(node: number, request: Request): void {
    this.reads.asked(node, request);
  }

  adminRequested(node: number, order: AdminRequest): void {
    this.liveness.ordered(node, order);
  }

  invoked(request: Request): void {
    this.operations.begin(request);
  }

  completed(request: Request, outcome: 'ok' | 'fail' | 'unknown'): void {
    this.operations.end(request, outcome === 'ok');
  }

  /**
   * Looks at everything once more, in full. To be called when the run is over.
   *
   * @param failed requests whose clients were told that they had certainly not been executed
   */
  audit(failed: readonly Request[] = []): void {
    audit(this.context);
    this.replies.auditFailed(failed);
  }

  /** How much is remembered: what must not grow with a run that compacts its logs. */
  get remembered(): { readonly prefixes: number; readonly entries: number; readonly terms: number } {
    const { prefixes, ledger, executions, leaders, firstEntries, shadows } = this.context;
    let terms = leaders.size + firstEntries.size + this.electionChecks.votes.ballots.size + this.wire.size;
    for (const { durableIn, grants } of shadows) terms += durableIn.size + grants.size;
    return { prefixes: prefixes.count, entries: ledger.size + executions.size, terms };
  }

  /** Whether the logs of all running members are equal, committed and applied to the end, under one leader. */
  converged(): boolean {
    const { shadows } = this.context;
    let leader: NodeHistory | null = null;
    for (const shadow of shadows) {
      if (shadow.view?.role === LEADER && (leader === null || shadow.term > leader.term)) leader = shadow;
    }
    if (leader === null || leader.view === null) return false;
    const { configuration } = leader.view;
    for (const shadow of shadows) {
      const { view } = shadow;
      if (view === null || (shadow !== leader && !isMember(configuration, shadow.node))) continue;
      if (view.role === LEADER && shadow !== leader) return false;
      if (view.commitIndex !== view.log.lastIndex || view.lastApplied !== view.commitIndex) return false;
      if (shadow.log.tip !== leader.log.tip || shadow.term !== leader.term) return false;
    }
    return true;
  }

  private termBooted(shadow: NodeHistory, view: RaftView, first: boolean): void {
    const { context } = this;
    if (view.term < shadow.diskTerm) {
      context.report(
        'I7',
        shadow.node,
        `${context.name(shadow.node)} came back in term ${view.term}, but its disk says ${shadow.diskTerm}`,
      );
    }
    if (!first && shadow.term === view.term && shadow.votedFor !== view.votedFor) context.watched.mark('vote-lost');
    if (!first && shadow.term > view.term) context.watched.mark('term-lost');
    this.electionChecks.rebooted(shadow, view);
    shadow.role = FOLLOWER;
    shadow.term = view.term;
    shadow.votedFor = view.votedFor;
  }

  private syncDisk(shadow: NodeHistory): void {
    const disk = this.context.watched.disk(shadow.node);
    this.logs.syncDisk(shadow, disk);
    if (disk.snapshot !== shadow.diskSnapshot) this.snapshots.diskChanged(shadow, disk.snapshot);
  }

  /** A leader that was handing its leadership over, and still leads, has given that up. */
  private transfers(shadow: NodeHistory, { transferee, role }: RaftView, led: boolean): void {
    if (led && role === LEADER && shadow.transferee !== -1) this.context.watched.mark('transfer-aborted');
    shadow.transferee = transferee;
  }

  /** Whoever answers a RequestVote has entered its term first. */
  private solicited(shadow: NodeHistory, view: RaftView): void {
    if (view.term < shadow.askedTerm) this.context.watched.mark('vote-request-ignored');
    shadow.askedTerm = 0;
  }

  /** What all nodes have compacted away, and terms that all have left, cannot be asked about any more. */
  private forget(): void {
    const { context } = this;
    context.basesMoved = false;
    const floor = retentionFloor(context);
    if (floor <= context.prefixes.floor) return;
    context.prefixes.forgetBelow(floor);
    context.ledger.forgetBefore(floor);
    context.executions.forgetBefore(floor);
    const term = lowestRetainedTerm(context);
    if (term <= context.lowestTerm) return;
    context.forgetTermsBelow(term);
    this.electionChecks.votes.ballots.forgetBelow(term);
    this.wire.forgetBelow(term);
  }

  /** What is left to do of a change of members, in words; null if none is under way. */
  unfinishedChange(): string | null {
    return this.liveness.settled.unfinishedChange();
  }

  /**
   * To be called when the healed cluster has not shown in time that it is alive.
   *
   * @param missing what it has not shown, in words
   */
  neverSettled(missing: string, after = ''): void {
    this.liveness.settled.neverSettled(missing, after);
  }

  private unaccounted(shadow: NodeHistory): void {
    const { context } = this;
    context.report(
      'I10',
      shadow.node,
      `${context.name(shadow.node)} says it has applied up to ${shadow.claimedApplied}, but it executed up to ${shadow.applied}`,
    );
    shadow.applied = shadow.claimedApplied;
  }

  private pointersMoved(shadow: NodeHistory, view: RaftView): void {
    const { context } = this;
    shadow.claimedApplied = view.lastApplied;
    if (view.lastApplied > view.commitIndex) {
      context.report(
        'I22',
        shadow.node,
        `${context.name(shadow.node)} has applied up to ${view.lastApplied}, but committed only up to ${view.commitIndex}`,
      );
    }
  }
}
