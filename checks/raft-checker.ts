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
  private readonly election: ElectionChecks;
  private readonly commits: CommitChecks;
  private readonly progress: ProgressChecks;
  private readonly messages: MessageChecks;
  private readonly replies: ReplyChecks;
  private readonly operations = new Operations();
  private readonly reads: ReadChecks;
  private readonly liveness: LivenessChecker;
  private booted_ = 0;

  /**
   * @param enabled the ids that may be reported; null for all
   * @param expected what the nodes were set up to do; default: Raft without its extensions
   */
  constructor(
    cluster: ObservedCluster,
    reference: ReferenceMachine,
    enabled: ReadonlySet<string> | null = null,
    expected?: ExpectedOptions,
  ) {
    this.context = new CheckContext(cluster, reference, enabled, expected);
    this.membership = new MembershipChecks(this.context);
    this.logs = new LogChecks(this.context, this.membership);
    this.snapshots = new SnapshotChecks(this.context);
    this.election = new ElectionChecks(this.context, this.membership);
    this.commits = new CommitChecks(this.context, this.membership);
    this.progress = new ProgressChecks(this.context);
    this.messages = new MessageChecks(this.context, this.election.votes);
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
    return this.election.elections;
  }

  get leaderChanges(): number {
    return this.election.leaderChanges;
  }

  get maxTerm(): number {
    return this.election.maxTerm;
  }

  /** Entries known to be committed. */
  get committed(): number {
    return this.context.ledger.length;
  }

  booted(node: number): void {
    const { context } = this;
    const history = context.histories[node]!;
    const view = context.cluster.view(node)!;
    const first = this.booted_ < context.cluster.nodes;
    this.booted_++;
    history.view = view;
    if (!first) history.bootedAt = context.moment;
    if (context.prefixes.configuration(0) === null && view.snapshot.index === 0)
      context.prefixes.begin(view.snapshot.configuration);
    this.syncDisk(history);
    this.termBooted(history, view, first);
    const { index } = view.snapshot;
    if (view.lastApplied !== index) {
      const summary =
        index === 0
          ? `${context.name(node)} came back with lastApplied ${view.lastApplied}, but it has executed nothing yet`
          : `${context.name(node)} came back with lastApplied ${view.lastApplied}, but its snapshot is of index ${index}`;
      context.report('I10', node, summary);
    }
    history.commitIndex = index;
    history.applied = view.lastApplied;
    history.reportedApplied = view.lastApplied;
    history.isApplyLagging = false;
    if (this.logs.reboot(history, view) && !first) context.cluster.mark('entries-lost');
    this.snapshots.booted(history, view);
    const before = history.configuration;
    this.membership.changed(history, view);
    if (view.commitIndex !== index) this.commits.commitChanged(history, view, false, before);
    if (!first) this.membership.checkIntersection(history);
    history.transferee = -1;
    this.liveness.booted(node, view);
    if (this.booted_ === context.cluster.nodes) context.isStarting = false;
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

  /**
   * What is gone is no longer counted on. A node that has never taken part may start afresh; any other is at fault as
   * soon as it takes part again (I34).
   */
  wiped(node: number): void {
    const history = this.context.histories[node]!;
    if (history.diskTerm > 0 || history.disk.length > 0) history.wipedAt = this.context.moment;
    history.disk.clear();
    history.diskTerm = 0;
    history.diskVote = -1;
    history.durableIn.clear();
    this.context.revision++;
  }

  stepped(node: number): void {
    const history = this.context.histories[node]!;
    const view = history.view!;
    let changed = false;
    this.liveness.stepped(history, view);
    // The executions seen must account for what the node claimed after its last event.
    if (history.applied !== history.reportedApplied) this.unaccounted(history);
    const { log, snapshot, configuration } = view;
    const led = history.role === LEADER && history.term === view.term;
    const before = history.configuration;
    const hasSnapshot = snapshot !== history.snapshot;
    const hasBase = log.base !== history.log.base;
    if (hasSnapshot) this.snapshots.changing(history, view);
    if (!history.log.isCurrent(log)) {
      this.logs.syncLog(history, view);
      if (hasSnapshot) this.snapshots.synced(history, view);
      this.membership.changed(history, view);
      changed = true;
    } else if (configuration !== before || view.configurationIndex !== history.configurationIndex) {
      this.membership.changed(history, view);
      changed = true;
    }
    if (view.term !== history.term || view.role !== history.role || view.votedFor !== history.votedFor) {
      this.election.changed(history, view);
      changed = true;
    }
    const leads = led || view.role === LEADER;
    if (view.commitIndex !== history.commitIndex) {
      this.commits.commitChanged(history, view, leads, before);
      changed = true;
    }
    if (configuration !== before) {
      this.membership.checkIntersection(history);
      if (before !== null) this.reads.reconfigured(node, view, before);
    }
    if (hasSnapshot) this.snapshots.changed(history, view);
    if (hasSnapshot || hasBase) {
      this.snapshots.checkPointers(history, view);
      changed = true;
    }
    if (view.lastApplied !== history.reportedApplied) {
      this.pointersMoved(history, view);
      changed = true;
    }
    if (view.role === LEADER) this.progress.stepped(history, view, before);
    if (view.transferee !== history.transferee) this.transfers(history, view, led);
    if (history.requestVoteTerm > 0) this.solicited(history, view);
    if (changed) this.context.revision++;
    if (this.context.basesMoved) this.forget();
  }

  applied(node: number, index: number, stateHash: number): void {
    this.commits.executed(this.context.histories[node]!, index, stateHash);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(node: number, index: number, stateHash: number): void {
    this.snapshots.restored(this.context.histories[node]!, index, stateHash);
    this.context.revision++;
  }

  sent(from: number, to: number, message: Message): void {
    this.messages.sent(from, to, message);
    this.reads.sent(from, to, message);
    this.liveness.sent(from, to, message);
  }

  /** The node is about to handle this message. */
  delivered(from: number, to: number, message: Message): void {
    this.reads.delivered(from, to, message);
    this.liveness.delivered(from, to, message);
    const history = this.context.histories[to]!;
    if (message.type === REQUEST_VOTE) history.requestVoteTerm = message.term;
    if (
      message.type === REQUEST_VOTE_REPLY &&
      message.granted &&
      history.role === CANDIDATE &&
      message.term === history.term
    )
      history.votesReceived++;
  }

  persisted(node: number): void {
    this.syncDisk(this.context.histories[node]!);
    if (this.context.basesMoved) this.forget();
  }

  replied(node: number, request: Request, reply: Reply): void {
    // Nothing in the ledger answers for a get that does not go through the log.
    if (!this.reads.isRead(request)) this.replies.replied(node, request, reply);
    if (reply.status === 'ok') this.reads.acknowledged(node, request, reply);
    this.liveness.replied(node, request, reply);
  }

  requested(node: number, request: Request): void {
    this.reads.requested(node, request);
  }

  adminRequested(node: number, request: AdminRequest): void {
    this.liveness.adminRequested(node, request);
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
    const { prefixes, ledger, applyHistory, leaders, firstEntries, histories } = this.context;
    let terms = leaders.size + firstEntries.size + this.election.votes.ballots.size + this.messages.size;
    for (const { durableIn, grants } of histories) terms += durableIn.size + grants.size;
    return { prefixes: prefixes.count, entries: ledger.size + applyHistory.size, terms };
  }

  /** Whether the logs of all running members are equal, committed and applied to the end, under one leader. */
  converged(): boolean {
    const { histories } = this.context;
    let leader: NodeHistory | null = null;
    for (const history of histories) {
      if (history.view?.role === LEADER && (leader === null || history.term > leader.term)) leader = history;
    }
    if (leader === null || leader.view === null) return false;
    const { configuration } = leader.view;
    for (const history of histories) {
      const { view } = history;
      if (view === null || (history !== leader && !isMember(configuration, history.node))) continue;
      if (view.role === LEADER && history !== leader) return false;
      if (view.commitIndex !== view.log.lastIndex || view.lastApplied !== view.commitIndex) return false;
      if (history.log.tip !== leader.log.tip || history.term !== leader.term) return false;
    }
    return true;
  }

  private termBooted(history: NodeHistory, view: RaftView, first: boolean): void {
    const { context } = this;
    if (view.term < history.diskTerm) {
      context.report(
        'I7',
        history.node,
        `${context.name(history.node)} came back in term ${view.term}, but its disk says ${history.diskTerm}`,
      );
    }
    if (!first && history.term === view.term && history.votedFor !== view.votedFor) context.cluster.mark('vote-lost');
    if (!first && history.term > view.term) context.cluster.mark('term-lost');
    this.election.rebooted(history, view);
    history.role = FOLLOWER;
    history.term = view.term;
    history.votedFor = view.votedFor;
  }

  private syncDisk(history: NodeHistory): void {
    const disk = this.context.cluster.disk(history.node);
    this.logs.syncDisk(history, disk);
    if (disk.snapshot !== history.diskSnapshot) this.snapshots.diskChanged(history, disk.snapshot);
  }

  /** A leader that was handing its leadership over, and still leads, has given that up. */
  private transfers(history: NodeHistory, { transferee, role }: RaftView, led: boolean): void {
    if (led && role === LEADER && history.transferee !== -1) this.context.cluster.mark('transfer-aborted');
    history.transferee = transferee;
  }

  /** Whoever answers a RequestVote has entered its term first. */
  private solicited(history: NodeHistory, view: RaftView): void {
    if (view.term < history.requestVoteTerm) this.context.cluster.mark('vote-request-ignored');
    history.requestVoteTerm = 0;
  }

  /** What all nodes have compacted away, and terms that all have left, cannot be asked about any more. */
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

  /** What is left to do of a change of members, in words; null if none is under way. */
  unfinishedChange(): string | null {
    return this.liveness.convergence.unfinishedChange();
  }

  /**
   * To be called when the healed cluster has not shown in time that it is alive.
   *
   * @param missing what it has not shown, in words
   */
  didNotConverge(missing: string, after = ''): void {
    this.liveness.convergence.didNotConverge(missing, after);
  }

  private unaccounted(history: NodeHistory): void {
    const { context } = this;
    context.report(
      'I10',
      history.node,
      `${context.name(history.node)} says it has applied up to ${history.reportedApplied}, but it executed up to ${history.applied}`,
    );
    history.applied = history.reportedApplied;
  }

  private pointersMoved(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    history.reportedApplied = view.lastApplied;
    if (view.lastApplied > view.commitIndex) {
      context.report(
        'I22',
        history.node,
        `${context.name(history.node)} has applied up to ${view.lastApplied}, but committed only up to ${view.commitIndex}`,
      );
    }
  }
}
