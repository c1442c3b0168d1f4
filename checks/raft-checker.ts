import type { Message } from '../core/messages.ts';
import type { Observer } from '../sim/observer.ts';
import type { AdminRequest } from '../core/admin-request.ts';
import type { Reply, Request } from '../sim/protocol.ts';
import { CheckContext } from './context.ts';
import type { ExpectedCluster } from './expected-options.ts';
import { Operations } from './history/operations.ts';
import { LivenessChecker } from './liveness/liveness-checker.ts';
import type { ReferenceMachine, ObservedCluster } from './observed-cluster.ts';
import { SafetyChecker } from './safety/safety-checker.ts';
import type { LivenessFailure, Violation } from './violation.ts';

/** Bytes of memory of a log prefix with its entry, an index of a history, a term, and a pending operation. */
const PREFIX_FOOTPRINT = 400;
const ENTRY_FOOTPRINT = 100;
const TERM_FOOTPRINT = 250;
const OPERATION_FOOTPRINT = 400;

/**
 * Checks Raft's invariants and liveness properties after every event, and records the situations (marks) that occur.
 * Costs O(1) an event plus O(1) per changed log entry; only the audit at the end looks at whole logs.
 */
export class RaftChecker implements Observer<Message, AdminRequest> {
  private readonly context: CheckContext;
  private readonly safety: SafetyChecker;
  private readonly liveness: LivenessChecker;
  private readonly operations = new Operations();

  /**
   * @param enabled the ids that may be reported; null for all
   * @param expected what the nodes are set up to do; default: Raft without its extensions
   */
  constructor(
    cluster: ObservedCluster,
    reference: ReferenceMachine,
    enabled: ReadonlySet<string> | null = null,
    expected?: ExpectedCluster,
  ) {
    this.context = new CheckContext(cluster, reference, enabled, expected);
    this.safety = new SafetyChecker(this.context, this.operations);
    this.liveness = new LivenessChecker(this.context, this.operations);
  }

  /** The first violation, or null. */
  get violation(): Violation | null {
    return this.context.violations[0] ?? null;
  }

  /** What else the event of the first violation has broken, from the cause to the consequences. */
  get otherViolations(): readonly Violation[] {
    return this.context.violations.slice(1);
  }

  get isBroken(): boolean {
    return this.context.violations.length > 0;
  }

  /** The first failure of each liveness property that was not kept. */
  get livenessFailures(): readonly LivenessFailure[] {
    return this.context.livenessFailures;
  }

  /** Increases whenever something that a condition may read about a node has changed. */
  get revision(): number {
    return this.context.revision;
  }

  get elections(): number {
    return this.safety.election.elections;
  }

  get leaderChanges(): number {
    return this.safety.election.leaderChanges;
  }

  get maxTerm(): number {
    return this.safety.election.maxTerm;
  }

  /** The highest term that any node has led. */
  get highestLeaderTerm(): number {
    return this.context.highestLeaderTerm;
  }

  /** Entries known to be committed. */
  get committed(): number {
    return this.context.ledger.length;
  }

  booted(node: number): void {
    this.context.options.booted(node);
    this.safety.booted(node);
    this.liveness.booted(node, this.context.histories[node]!.view!);
  }

  crashed(node: number): void {
    this.safety.crashed(node);
  }

  panicked(node: number, error: unknown): void {
    this.safety.panicked(node, error);
  }

  timerForced(node: number): void {
    this.liveness.timerForced(node);
  }

  wiped(node: number): void {
    this.safety.wiped(node);
  }

  stepped(node: number): void {
    const history = this.context.histories[node]!;
    const view = history.view!;
    // Compares with the state before the event, which the safety checks bring up to date.
    this.liveness.stepped(history, view);
    this.safety.stepped(history, view);
  }

  applied(node: number, index: number, stateHash: number): void {
    this.safety.executed(node, index, stateHash);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(node: number, index: number, stateHash: number): void {
    this.safety.restored(node, index, stateHash);
  }

  sent(from: number, to: number, message: Message): void {
    this.safety.sent(from, to, message);
    this.liveness.sent(from, to, message);
  }

  /** The node is about to handle this message. */
  delivered(from: number, to: number, message: Message): void {
    this.liveness.delivered(from, to, message);
    this.safety.delivered(from, to, message);
  }

  persisted(node: number): void {
    this.safety.persisted(node);
    this.liveness.persisted(node);
  }

  replied(node: number, request: Request, reply: Reply): void {
    this.safety.replied(node, request, reply);
    this.liveness.replied(node, request, reply);
  }

  requested(node: number, request: Request): void {
    this.safety.reads.requested(node, request);
    this.liveness.requested(node, request);
  }

  adminRequested(node: number, request: AdminRequest): void {
    this.liveness.adminRequested(node, request);
  }

  invoked(request: Request): void {
    this.operations.begin(request);
  }

  completed(request: Request, outcome: 'ok' | 'fail' | 'unknown'): void {
    this.operations.end(request, outcome === 'ok');
    if (outcome === 'fail') this.safety.failed(request);
  }

  /**
   * Compares whole logs and disks with the recorded histories, and yields now and then. Call it when the run is over.
   *
   * @param failed requests that were reported to their clients as certainly not executed
   */
  *audit(failed: readonly Request[] = []): Generator<void, void> {
    yield* this.safety.audit(failed);
  }

  /** How much is remembered: what must not grow with a run that compacts its logs. */
  get remembered(): { readonly prefixes: number; readonly entries: number; readonly terms: number } {
    const { prefixes, ledger, applyHistory } = this.context;
    const entries = ledger.size + applyHistory.size;
    return { prefixes: prefixes.count, entries, terms: this.safety.rememberedTerms };
  }

  /** Bytes of memory that the checks hold, estimated. */
  get footprint(): number {
    const { prefixes, entries, terms } = this.remembered;
    const records = prefixes * PREFIX_FOOTPRINT + entries * ENTRY_FOOTPRINT + terms * TERM_FOOTPRINT;
    const operations = this.operations.count * OPERATION_FOOTPRINT;
    return records + operations + this.context.prefixes.bytes + this.safety.reads.footprint;
  }

  /** Whether the logs of all running members are equal, committed and applied to the end, under one leader. */
  converged(): boolean {
    return this.liveness.convergence.converged();
  }

  /** How near the cluster is to equal logs: a number that only grows while it gets there. */
  settlingProgress(): number {
    return this.liveness.convergence.progress();
  }

  /** Whether a node leads, or one must be elected: not where only nodes have logs that can win which priorities hold back. */
  mayHaveLeader(): boolean {
    return this.liveness.convergence.mayHaveLeader();
  }

  /** Describes each running member that is behind its leader: how far, and whether it moves. */
  laggards(): readonly string[] {
    return this.liveness.convergence.laggards();
  }

  /** Describes the rest of a membership change; null if none is pending. */
  unfinishedChange(): string | null {
    return this.liveness.convergence.unfinishedChange();
  }

  /** Which nodes did not start, if so many that no quorum runs once everything is healed; null: not so many. */
  missingQuorum(): string | null {
    return this.liveness.convergence.missingQuorum();
  }

  /**
   * Call this when the healed cluster has not converged in time.
   *
   * @param missing the missing condition, as a clause
   * @param after the time it had, as the beginning of a sentence
   */
  didNotConverge(missing: string, after = ''): void {
    this.liveness.convergence.didNotConverge(missing, after);
  }
}
