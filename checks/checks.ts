import type { Message } from '../core/messages.ts';
import { FOLLOWER, LEADER, type RaftView } from '../core/view.ts';
import type { Observer } from '../sim/observer.ts';
import type { Reply, Request } from '../sim/protocol.ts';
import { audit } from './audit.ts';
import { CommitChecks } from './commit-checks.ts';
import { CheckContext } from './context.ts';
import { ElectionChecks } from './election-checks.ts';
import type { Finding } from './finding.ts';
import { LeaderChecks } from './leader-checks.ts';
import { LogChecks } from './log-checks.ts';
import type { Shadow } from './shadow.ts';
import type { ReferenceMachine, Watched } from './watched.ts';
import { WireChecks } from './wire-checks.ts';

/**
 * Checks Raft's invariants after every event, and notes the situations (marks) that occur. Costs O(1) an event plus
 * O(1) per changed log entry; whole logs are looked at only by the audit at the end.
 */
export class RaftChecks implements Observer<Message> {
  private readonly context: CheckContext;
  private readonly logs: LogChecks;
  private readonly electionChecks: ElectionChecks;
  private readonly commits: CommitChecks;
  private readonly leading: LeaderChecks;
  private readonly wire: WireChecks;
  private booted_ = 0;

  /** `enabled`: the ids that may be reported; null for all. */
  constructor(watched: Watched, reference: ReferenceMachine, enabled: ReadonlySet<string> | null = null) {
    this.context = new CheckContext(watched, reference, enabled);
    this.logs = new LogChecks(this.context);
    this.electionChecks = new ElectionChecks(this.context);
    this.commits = new CommitChecks(this.context);
    this.leading = new LeaderChecks(this.context);
    this.wire = new WireChecks(this.context);
  }

  /** The first violation, or null. */
  get finding(): Finding | null {
    return this.context.finding;
  }

  get isBroken(): boolean {
    return this.context.finding !== null;
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
    this.logs.syncDisk(shadow);
    if (view.term < shadow.diskTerm) {
      context.report(
        'I7',
        node,
        `${context.name(node)} came back in term ${view.term}, but its disk says ${shadow.diskTerm}`,
      );
    }
    if (!first && shadow.term === view.term && shadow.votedFor !== view.votedFor) context.watched.mark('vote-lost');
    if (!first && shadow.term > view.term) context.watched.mark('term-lost');
    this.electionChecks.rebooted(shadow, view);
    shadow.role = FOLLOWER;
    shadow.term = view.term;
    shadow.votedFor = view.votedFor;
    if (view.lastApplied > 0) {
      context.report(
        'I10',
        node,
        `${context.name(node)} came back with lastApplied ${view.lastApplied}, but it has executed nothing yet`,
      );
    }
    shadow.commit = 0;
    shadow.applied = view.lastApplied;
    shadow.claimedApplied = view.lastApplied;
    const kept = shadow.log.agreement(view.log, context.prefixes);
    if (!first && kept < shadow.log.length) context.watched.mark('entries-lost');
    shadow.log.cut(kept);
    this.logs.syncLog(shadow, view.log);
    if (view.commitIndex > 0) this.commits.commitChanged(shadow, view);
    if (this.booted_ === context.watched.nodes) context.beginning = false;
    context.revision++;
  }

  crashed(node: number): void {
    const shadow = this.context.shadows[node]!;
    shadow.view = null;
    shadow.role = FOLLOWER;
    this.logs.syncDisk(shadow);
    this.context.revision++;
  }

  /** What is gone is no longer counted on. Only a node that comes back with it is at fault (I7). */
  wiped(node: number): void {
    this.context.shadows[node]!.disk.clear();
    this.context.revision++;
  }

  stepped(node: number): void {
    const shadow = this.context.shadows[node]!;
    const view = shadow.view!;
    let changed = false;
    // The executions seen must account for what the node claimed after its last event.
    if (shadow.applied !== shadow.claimedApplied) this.unaccounted(shadow);
    const { log } = view;
    if (!shadow.log.isCurrent(log)) {
      this.logs.syncLog(shadow, log);
      changed = true;
    }
    if (view.term !== shadow.term || view.role !== shadow.role || view.votedFor !== shadow.votedFor) {
      this.electionChecks.changed(shadow, view);
      changed = true;
    }
    if (view.commitIndex !== shadow.commit) {
      this.commits.commitChanged(shadow, view);
      changed = true;
    }
    if (view.lastApplied !== shadow.claimedApplied) {
      this.pointersMoved(shadow, view);
      changed = true;
    }
    if (view.role === LEADER) this.leading.stepped(shadow, view);
    if (changed) this.context.revision++;
  }

  applied(node: number, index: number, stateHash: number): void {
    this.commits.executed(this.context.shadows[node]!, index, stateHash);
  }

  sent(from: number, to: number, message: Message): void {
    this.wire.sent(from, to, message);
  }

  persisted(node: number): void {
    this.logs.syncDisk(this.context.shadows[node]!);
  }

  replied(node: number, request: Request, reply: Reply): void {
    this.commits.acknowledged(node, request, reply);
  }

  /**
   * Looks at everything once more, in full. To be called when the run is over.
   *
   * @param failed requests whose clients were told that they had certainly not been executed
   */
  audit(failed: readonly Request[] = []): void {
    audit(this.context);
    this.commits.auditFailed(failed);
  }

  /** Whether the logs of all running nodes are equal, committed and applied to the end, under one leader. */
  converged(): boolean {
    let leaders = 0;
    let first: Shadow | null = null;
    for (const shadow of this.context.shadows) {
      const { view } = shadow;
      if (view === null) continue;
      if (view.role === LEADER) leaders++;
      if (view.commitIndex !== view.log.lastIndex || view.lastApplied !== view.commitIndex) return false;
      first ??= shadow;
      if (shadow.log.tip !== first.log.tip || shadow.term !== first.term) return false;
    }
    return leaders === 1;
  }

  private unaccounted(shadow: Shadow): void {
    const { context } = this;
    context.report(
      'I10',
      shadow.node,
      `${context.name(shadow.node)} says it has applied up to ${shadow.claimedApplied}, but it executed up to ${shadow.applied}`,
    );
    shadow.applied = shadow.claimedApplied;
  }

  private pointersMoved(shadow: Shadow, view: RaftView): void {
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
