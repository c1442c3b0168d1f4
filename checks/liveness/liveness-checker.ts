import { FORWARD, type Message, REQUEST_PRE_VOTE_REPLY } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import { BoundsChecks } from './bounds.ts';
import { CalmPeriod } from './calm.ts';
import { CheckQuorumChecks } from './check-quorum.ts';
import type { CheckContext } from '../context.ts';
import { CatchUpChecks } from './catch-up.ts';
import { CommitSpreadChecks } from './commit-spread.ts';
import type { Operations } from '../history/operations.ts';
import { ElectionTimerChecks } from './election-timer.ts';
import { HeartbeatChecks } from './heartbeats.ts';
import { PendingRequestChecks } from './pending-requests.ts';
import { PreVoteChecks } from './pre-vote.ts';
import { QuorumProgressChecks } from './quorum-progress.ts';
import { RedirectChecks } from './redirects.ts';
import { ConvergenceChecks } from './convergence.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { TransferChecks } from './transfer.ts';

/**
 * Calls the checks of the liveness properties Lv1, Lv3 and Lv6 to Lv20. What is not kept is a liveness failure, not a
 * violation. To be called before the node histories are brought up to date: they hold the state before the event.
 */
export class LivenessChecker {
  readonly convergence: ConvergenceChecks;
  private readonly context: CheckContext;
  private readonly contact: CheckQuorumChecks;
  /** Null: no node uses PreVote. */
  private readonly preVotes: PreVoteChecks | null;
  private readonly transfers: TransferChecks;
  private readonly catchUp: CatchUpChecks;
  private readonly commitSpread: CommitSpreadChecks;
  private readonly bounds: BoundsChecks;
  private readonly redirects: RedirectChecks;
  private readonly timers: ElectionTimerChecks;
  private readonly heartbeats: HeartbeatChecks;
  private readonly quorum: QuorumProgressChecks;
  private readonly requests: PendingRequestChecks;
  /** The message that was delivered last, with receiver, sender and event. */
  private message: Message | null = null;
  private handledBy = -1;
  private handledFrom = -1;
  private handledIn = -1;

  constructor(context: CheckContext, operations: Operations) {
    const { options } = context;
    const contact = new CheckQuorumChecks(context);
    const calm = new CalmPeriod(context);
    this.context = context;
    this.contact = contact;
    this.preVotes = options.ever(({ preVote }) => preVote) ? new PreVoteChecks(context) : null;
    this.transfers = new TransferChecks(context);
    this.catchUp = new CatchUpChecks(context, (node) => options.of(node).checkQuorum && contact.mayStickToLeader(node));
    this.commitSpread = new CommitSpreadChecks(context);
    this.bounds = new BoundsChecks(context);
    this.redirects = new RedirectChecks(context, operations);
    this.convergence = new ConvergenceChecks(context);
    this.timers = new ElectionTimerChecks(context);
    this.heartbeats = new HeartbeatChecks(context);
    this.quorum = new QuorumProgressChecks(context, calm);
    this.requests = new PendingRequestChecks(context, calm, this.quorum);
  }

  booted(node: number, view: RaftView): void {
    this.contact.booted(node);
    this.timers.booted(node);
    this.heartbeats.booted(node);
    this.requests.booted(node);
    this.preVotes?.booted(node, view);
    this.transfers.booted(node);
    this.catchUp.booted(node, view);
    this.bounds.booted(node, view);
  }

  delivered(from: number, to: number, message: Message): void {
    this.message = message;
    this.handledBy = to;
    this.handledFrom = from;
    this.handledIn = this.context.cluster.event;
    this.contact.delivered(from, to, message);
    if (message.type === FORWARD) this.requests.requested(to, message.request);
    this.preVotes?.delivered(from, to, message);
  }

  timerForced(node: number): void {
    this.timers.timerForced(node);
  }

  persisted(node: number): void {
    this.timers.persisted(node);
  }

  requested(node: number, request: Request): void {
    this.requests.requested(node, request);
  }

  adminRequested(node: number, request: AdminRequest): void {
    this.transfers.adminRequested(node, request);
    this.catchUp.adminRequested(request);
    this.bounds.adminRequested(request);
    if (request.kind === 'forget-leader') this.contact.leaderForgotten(node);
  }

  stepped(history: NodeHistory, view: RaftView): void {
    const message = this.handled(history.node);
    this.catchUp.stepped(history, view, this.handledFrom, message);
    this.commitSpread.stepped(history.node, view, message);
    this.contact.stepped(history, view, message);
    this.timers.stepped(history, view, message);
    this.heartbeats.stepped(history, view);
    this.preVotes?.stepped(history, view, message);
    this.transfers.stepped(history, view, message);
    this.bounds.stepped(history, view, this.handledFrom, message);
    if (this.quorum.stepped(history, view)) this.requests.look();
  }

  sent(from: number, to: number, message: Message): void {
    if (message.type === REQUEST_PRE_VOTE_REPLY) {
      const handled = this.handled(from);
      this.contact.sent(from, to, message, handled);
      this.preVotes?.sent(from, to, message, handled);
    }
    this.transfers.sent(from, to, message);
    this.heartbeats.sent(from, to, message);
    this.requests.sent(from, message);
    this.redirects.sent(from, to, message, this.handled(from));
  }

  replied(node: number, request: Request, reply: Reply): void {
    this.redirects.replied(node, request, reply);
    this.requests.replied(node, request, reply);
  }

  /** The message that the node has handled in the event at hand, or null. */
  private handled(node: number): Message | null {
    return this.handledIn === this.context.cluster.event && this.handledBy === node ? this.message : null;
  }
}
