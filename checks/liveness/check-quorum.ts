import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  INSTALL_SNAPSHOT,
  type Message,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_VOTE,
  type RequestPreVote,
  INSTALL_SNAPSHOT_REPLY,
} from '../../core/messages.ts';
import { FOLLOWER, LEADER, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import { isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { reachedByQuorum } from '../quorums.ts';
import { Deadline } from './deadline.ts';
import { silenceBound } from '../expected-options.ts';
import { isUpToDate } from '../history/log-history.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { milliseconds } from './milliseconds.ts';

/** When a leader has received messages from its followers, by its own clock. */
class FollowerContact {
  term = -1;
  /** Index of the configuration by which quorums were counted last. */
  configurationIndex = -1;
  /** Before this local time, no contact to a follower is required. */
  grace: Micros = 0;
  /** The leader is not late before this local time. */
  deadline: Micros = -Infinity;
  /** By node: local time of its last message of the term. */
  readonly receivedAt: Float64Array;
  /** By node: local time of its last reply to AppendEntries or InstallSnapshot. */
  readonly repliedAt: Float64Array;

  constructor(nodes: number) {
    this.receivedAt = new Float64Array(nodes);
    this.repliedAt = new Float64Array(nodes);
  }

  begin(term: number, node: number, local: Micros): void {
    this.term = term;
    this.grace = local;
    this.deadline = -Infinity;
    this.receivedAt.fill(-Infinity);
    this.repliedAt.fill(-Infinity);
    this.receivedAt[node] = Infinity;
    this.repliedAt[node] = Infinity;
  }
}

/**
 * Checks how leaders and followers react to having, or not having, contact: Lv7, Lv10, Lv16. What depends on CheckQuorum, or
 * on PreVote (which forbids granting pre-votes while there is a leader), is checked only where it is in use. All times are by the clock of the
 * node in question, since the node knows no other; a message to a paused or slow node counts when the node handles it.
 */
export class CheckQuorumChecks {
  private readonly context: CheckContext;
  /** By node, of its latest leadership. */
  private readonly followerContacts: readonly FollowerContact[];
  private readonly deadline: Deadline;
  /** Whether some nodes go by contact to their leader: with CheckQuorum or PreVote. */
  private readonly usesContact: boolean;
  /** By node: when it last handled a message of a leader it then followed. */
  private readonly contactAt: Float64Array;
  /** By node: local time of its latest boot where leases are in use, −Infinity elsewhere. */
  private readonly bootedAt: Float64Array;
  /** By node: that leader, if the node has followed it ever since; −1: none. */
  private readonly contactWith: Int32Array;
  private readonly contactTerm: Float64Array;

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.usesContact = context.options.ever(({ checkQuorum, preVote }) => checkQuorum || preVote);
    this.followerContacts = Array.from({ length: nodes }, () => new FollowerContact(nodes));
    this.deadline = new Deadline(context);
    this.contactAt = new Float64Array(nodes).fill(-Infinity);
    this.bootedAt = new Float64Array(nodes).fill(-Infinity);
    this.contactWith = new Int32Array(nodes).fill(-1);
    this.contactTerm = new Float64Array(nodes);
  }

  booted(node: number): void {
    // Where leases are in use, a node that boots sticks to a leader it may have forgotten. Dissertation §6.4.1.
    const { cluster, options } = this.context;
    this.bootedAt[node] = options.of(node).reads === 'lease' ? cluster.localTime(node) : -Infinity;
    this.contactAt[node] = -Infinity;
    this.contactWith[node] = -1;
    this.followerContacts[node]!.term = -1;
  }

  delivered(from: number, to: number, message: Message): void {
    const { view } = this.context.histories[to]!;
    if (view === null || view.role !== LEADER || message.term !== view.term) return;
    const contact = this.followerContacts[to]!;
    const local = this.time(to);
    contact.receivedAt[from] = local;
    if (message.type !== APPEND_ENTRIES_REPLY && message.type !== INSTALL_SNAPSHOT_REPLY) return;
    // A reply to an earlier membership of the node is none to this one.
    if (message.memberSince === this.context.histories[to]!.memberSince[from]) contact.repliedAt[from] = local;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    const { checkQuorum } = this.context.options.of(history.node);
    if (view.role === LEADER) this.checkLeader(history.node, view);
    else if (history.role === LEADER && view.term === history.term) this.checkStepDown(history.node, view);
    if (message !== null) this.checkStickinessEnds(history, view, message);
    if (
      checkQuorum &&
      message?.type === REQUEST_VOTE &&
      !message.transfer &&
      view.term > history.term &&
      message.term > history.term
    ) {
      this.checkStickiness(history.node, message.candidate, 'followed', view.term);
    }
    if (this.usesContact) this.keepContact(history.node, view, message);
  }

  /** A node replies to a RequestPreVote that it has handled in the same event. */
  sent(from: number, to: number, message: Message, handled: Message | null): void {
    if (message.type !== REQUEST_PRE_VOTE_REPLY) return;
    if (handled?.type !== REQUEST_PRE_VOTE || handled.candidate !== to) return;
    const { view } = this.context.histories[from]!;
    if (view === null || handled.term <= view.term) return;
    if (!message.granted) this.checkDenial(from, view, handled);
    else if (message.term === handled.term) this.checkStickiness(from, to, 'granted', message.term);
  }

  /** An admin request has made the node forget its leader. */
  leaderForgotten(node: number): void {
    this.contactWith[node] = -1;
  }

  /** Whether leader stickiness may keep the node from voting, after recent leader contact. */
  mayStickToLeader(node: number): boolean {
    // A leader sticks to itself.
    if (this.context.histories[node]!.role === LEADER) return true;
    const since = Math.max(this.contactAt[node]!, this.bootedAt[node]!);
    return this.context.localTime(node) - since < this.silenceBound(node);
  }

  /** How long a leader without a quorum may go on at most. */
  private silenceBound(node: number): Micros {
    return silenceBound(this.context.options.of(node));
  }

  /** How long after leader contact the node must not help to elect another leader. */
  private stickiness(node: number): Micros {
    return this.context.options.of(node).electionTimeout[0];
  }

  /** What contact is measured by: a node that uses none has no clock for it. */
  private time(node: number): Micros {
    return this.usesContact ? this.context.localTime(node) : this.context.cluster.now;
  }

  private checkLeader(node: number, view: RaftView): void {
    const contact = this.followerContacts[node]!;
    const { checkQuorum } = this.context.options.of(node);
    const isKnown = contact.term === view.term && contact.configurationIndex === view.configurationIndex;
    if (isKnown && !checkQuorum) return;
    const local = this.time(node);
    if (contact.term !== view.term) {
      contact.begin(view.term, node, local);
      contact.configurationIndex = view.configurationIndex;
    } else if (contact.configurationIndex !== view.configurationIndex) {
      // A node that has just become a voter has had no time to send anything.
      contact.configurationIndex = view.configurationIndex;
      contact.grace = local;
    }
    if (!checkQuorum || local <= contact.deadline) return;
    const since = Math.max(contact.grace, reachedByQuorum(view.configuration, contact.receivedAt));
    contact.deadline = since + this.silenceBound(node);
    if (local <= contact.deadline) {
      this.deadline.clear(node);
    } else if (this.deadline.isMissed(node, local)) {
      const silence = milliseconds(local - since);
      const what = `led term ${view.term} for ${silence} without contact to a quorum`;
      this.context.reportLiveness('Lv7', node, `${this.context.name(node)} ${what}`);
    }
  }

  /** A leader has stepped down in its own term, which is right only if it has lost contact with a quorum. */
  private checkStepDown(node: number, view: RaftView): void {
    const { context } = this;
    const { configuration, term } = view;
    const contact = this.followerContacts[node]!;
    // A leader that is no longer a voter must step down.
    if (contact.term !== term || !isVoter(configuration, node)) return;
    const silence = this.time(node) - reachedByQuorum(configuration, contact.repliedAt);
    if (silence >= this.stickiness(node) || (silence < 0 && silence !== -Infinity)) return;
    const ago =
      silence === -Infinity ? 'it is a quorum by itself' : `a quorum had replied ${milliseconds(silence)} before`;
    context.reportLiveness('Lv10', node, `${context.name(node)} stepped down in term ${term}, although ${ago}`);
  }

  /** The node ignores or denies what only leader stickiness lets it. */
  private checkStickinessEnds(history: NodeHistory, view: RaftView, message: Message): void {
    const { context } = this;
    const { node } = history;
    if (message.type !== REQUEST_VOTE || message.transfer || message.term <= history.term) return;
    if (view.term >= message.term || history.role === LEADER) return;
    const { checkQuorum } = context.options.of(node);
    const silence = this.silence(node);
    if (checkQuorum && silence < this.stickiness(node)) return;
    const since = checkQuorum ? textOfSilence(silence) : 'it does not use CheckQuorum';
    const candidate = context.name(message.candidate);
    const text = `${context.name(node)} ignored the RequestVote of ${candidate} for term ${message.term}, although ${since}`;
    context.reportLiveness('Lv16', node, text);
  }

  /** The node denies a pre-vote for a later term although nothing but stickiness could be in the way. */
  private checkDenial(
    node: number,
    view: RaftView,
    { term, candidate, lastLogTerm, lastLogIndex }: RequestPreVote,
  ): void {
    if (view.role === LEADER || !isUpToDate(view, lastLogTerm, lastLogIndex)) return;
    const silence = this.silence(node);
    if (silence < this.stickiness(node)) return;
    const { context } = this;
    const what = `denied ${context.name(candidate)} a pre-vote for term ${term}`;
    const text = `${context.name(node)} ${what}, whose log is up to date, although ${textOfSilence(silence)}`;
    context.reportLiveness('Lv16', node, text);
  }

  /** How long ago, by its own clock, the node has heard from a leader or may have before it was restarted. */
  private silence(node: number): Micros {
    return this.context.localTime(node) - Math.max(this.contactAt[node]!, this.bootedAt[node]!);
  }

  /** The node helps a candidate of a later term, which it must not do shortly after contact with its leader. */
  private checkStickiness(node: number, candidate: number, deed: 'followed' | 'granted', term: number): void {
    const { context } = this;
    const leader = this.contactWith[node]!;
    if (leader < 0) return;
    const silence = context.localTime(node) - this.contactAt[node]!;
    if (silence < 0 || silence >= this.stickiness(node)) return;
    const other = context.name(candidate);
    const what =
      deed === 'followed' ? `followed ${other} into term ${term}` : `granted ${other} a pre-vote for term ${term}`;
    const contact = `it had heard from its leader ${context.name(leader)} ${milliseconds(silence)} before`;
    context.reportLiveness('Lv10', node, `${context.name(node)} ${what}, although ${contact}`);
  }

  private keepContact(node: number, view: RaftView, message: Message | null): void {
    const isFollower = view.role === FOLLOWER;
    if (message !== null && (message.type === APPEND_ENTRIES || message.type === INSTALL_SNAPSHOT)) {
      if (isFollower && message.term === view.term && view.leader === message.leader) {
        this.contactAt[node] = this.context.localTime(node);
        this.contactWith[node] = message.leader;
        this.contactTerm[node] = view.term;
        return;
      }
    }
    const isLost = !isFollower || view.leader !== this.contactWith[node] || view.term !== this.contactTerm[node];
    if (isLost) this.contactWith[node] = -1;
  }
}

function textOfSilence(silence: Micros): string {
  return silence === Infinity
    ? 'it has heard from no leader'
    : `it last heard from one ${milliseconds(silence)} before`;
}
