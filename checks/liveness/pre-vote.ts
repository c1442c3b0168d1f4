import { type Message, REQUEST_PRE_VOTE_REPLY, REQUEST_PRE_VOTE, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, LEADER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import { isUpToDate } from '../history/log-history.ts';
import { reachedByQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** The pre-votes that a node has received for one term. */
class PreVotes {
  term = -1;
  /** By node: 1 if granted. */
  readonly granted: Uint8Array;

  constructor(nodes: number) {
    this.granted = new Uint8Array(nodes);
  }

  begin(term: number, node: number): void {
    this.term = term;
    this.granted.fill(0);
    this.granted[node] = 1;
  }
}

/** Checks how terms rise where PreVote is in use, and which pre-votes are granted: Lv9. */
export class PreVoteChecks {
  private readonly context: CheckContext;
  /** By node. */
  private readonly preVotes: readonly PreVotes[];
  /** The highest term that any node has been a candidate of, or began with. */
  private highest = 0;

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.preVotes = Array.from({ length: nodes }, () => new PreVotes(nodes));
  }

  booted(node: number, view: RaftView): void {
    this.highest = Math.max(this.highest, view.term);
    this.preVotes[node]!.begin(-1, node);
  }

  delivered(from: number, to: number, message: Message): void {
    if (message.type !== REQUEST_PRE_VOTE_REPLY || !message.granted) return;
    const preVotes = this.preVotes[to]!;
    // A stale one for an earlier term leaves those for this term as they are.
    if (message.term < preVotes.term) return;
    if (message.term > preVotes.term) preVotes.begin(message.term, to);
    preVotes.granted[from] = 1;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(history: NodeHistory, view: RaftView, message: Message | null): void {
    if (view.term <= history.term) return;
    const { node } = history;
    const { context } = this;
    if (view.role === CANDIDATE || view.role === LEADER) {
      this.highest = Math.max(this.highest, view.term);
      if (message?.type !== TIMEOUT_NOW && context.options.of(node).preVote) this.checkPreVotes(node, view);
      return;
    }
    const entered = `${context.name(node)} entered term ${view.term}`;
    const isByPreVote = message?.type === REQUEST_PRE_VOTE && history.term < message.term && message.term <= view.term;
    if (isByPreVote) context.reportLiveness('Lv9', node, `${entered} because it received a RequestPreVote`);
    else if (view.term > this.highest) context.reportLiveness('Lv9', node, `${entered}, which has no candidate`);
  }

  /** A node replies to a RequestPreVote that it has handled in the same event. */
  sent(from: number, to: number, message: Message, handled: Message | null): void {
    if (message.type !== REQUEST_PRE_VOTE_REPLY || !message.granted) return;
    if (handled?.type !== REQUEST_PRE_VOTE || handled.term !== message.term || handled.candidate !== to) return;
    const { context } = this;
    const { view } = context.histories[from]!;
    if (view === null || isUpToDate(view, handled.lastLogTerm, handled.lastLogIndex)) return;
    const what = `granted ${context.name(to)} a pre-vote for term ${message.term}, whose log is behind its own`;
    context.reportLiveness('Lv9', from, `${context.name(from)} ${what}`);
  }

  private checkPreVotes(node: number, { term, configuration }: RaftView): void {
    const { context } = this;
    const preVotes = this.preVotes[node]!;
    if (preVotes.term !== term) preVotes.begin(term, node);
    if (reachedByQuorum(configuration, preVotes.granted) === 1) return;
    const granting = Array.from(preVotes.granted.keys()).filter((other) => preVotes.granted[other] === 1);
    const names = granting.map((other) => context.name(other)).join(', ');
    const what = `started an election in term ${term} with the pre-votes of ${names} only`;
    context.reportLiveness('Lv9', node, `${context.name(node)} ${what}`);
  }
}
