import { type Message, REQUEST_PRE_VOTE_REPLY, REQUEST_PRE_VOTE, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, LEADER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import { reachedByQuorum } from '../majorities.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { isUpToDate } from '../up-to-date.ts';

/** The pre-votes that a node has been granted for one term. */
class Encouragement {
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

/** Watches how terms rise where nodes ask before they stand: Lv9. Only for nodes that promise it. */
export class PreVoteChecks {
  private readonly context: CheckContext;
  private readonly encouragements: readonly Encouragement[];
  /** The highest term that anybody has stood in, or began with. */
  private highest = 0;

  constructor(context: CheckContext) {
    const { nodes } = context.watched;
    this.context = context;
    this.encouragements = Array.from({ length: nodes }, () => new Encouragement(nodes));
  }

  booted(node: number, view: RaftView): void {
    this.highest = Math.max(this.highest, view.term);
    this.encouragements[node]!.begin(-1, node);
  }

  delivered(from: number, to: number, message: Message): void {
    if (message.type !== REQUEST_PRE_VOTE_REPLY || !message.granted) return;
    const encouragement = this.encouragements[to]!;
    // A late one for an earlier term leaves those for this one as they are.
    if (message.term < encouragement.term) return;
    if (message.term > encouragement.term) encouragement.begin(message.term, to);
    encouragement.granted[from] = 1;
  }

  /** A node has handled an event: this message, if it was one. */
  stepped(shadow: NodeHistory, view: RaftView, message: Message | null): void {
    if (view.term <= shadow.term) return;
    const { node } = shadow;
    const { context } = this;
    const name = context.name(node);
    if (view.role === CANDIDATE || view.role === LEADER) {
      this.highest = Math.max(this.highest, view.term);
      if (message?.type !== TIMEOUT_NOW) this.mustBeEncouraged(node, view);
      return;
    }
    const isByPreVote = message?.type === REQUEST_PRE_VOTE && shadow.term < message.term && message.term <= view.term;
    if (isByPreVote) context.liveness('Lv9', `${name} entered term ${view.term} because it was asked for a pre-vote`);
    else if (view.term > this.highest)
      context.liveness('Lv9', `${name} entered term ${view.term}, in which nobody has stood`);
  }

  /** A node lets a candidate know that it would vote for it, in the event in which it was asked. */
  sent(from: number, to: number, message: Message, handled: Message | null): void {
    if (message.type !== REQUEST_PRE_VOTE_REPLY || !message.granted) return;
    if (handled?.type !== REQUEST_PRE_VOTE || handled.term !== message.term || handled.candidate !== to) return;
    const { context } = this;
    const { view } = context.shadows[from]!;
    if (view === null || isUpToDate(view, handled.lastLogTerm, handled.lastLogIndex)) return;
    const what = `encouraged ${context.name(to)} to stand in term ${message.term}, whose log is behind its own`;
    context.liveness('Lv9', `${context.name(from)} ${what}`);
  }

  private mustBeEncouraged(node: number, { term, configuration }: RaftView): void {
    const { context } = this;
    const encouragement = this.encouragements[node]!;
    if (encouragement.term !== term) encouragement.begin(term, node);
    if (reachedByQuorum(configuration, encouragement.granted) === 1) return;
    const by = Array.from(encouragement.granted.keys()).filter((other) => encouragement.granted[other] === 1);
    const names = by.map((other) => context.name(other)).join(', ');
    const what = `stood for election in term ${term} with pre-votes of ${names} only`;
    context.liveness('Lv9', `${context.name(node)} ${what}`);
  }
}
