import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type AppendEntries,
  type AppendReply,
  type Message,
  REQUEST_VOTE,
  type RequestVote,
  VOTE,
  type Vote,
} from '../core/messages.ts';
import { CANDIDATE, LEADER } from '../core/view.ts';
import type { CheckContext } from './context.ts';
import { sameEntry } from './prefixes.ts';
import type { Shadow } from './shadow.ts';

/** Watches messages as they leave: I8, I16, I20, I21 (votes of leaders). */
export class WireChecks {
  private readonly context: CheckContext;
  /** Who has sent AppendEntries, by term. */
  private readonly appenders = new Map<number, number>();
  private lastAppendTerm = 0;
  private lastAppender = -1;

  constructor(context: CheckContext) {
    this.context = context;
  }

  sent(from: number, to: number, message: Message): void {
    const shadow = this.context.shadows[from]!;
    if (shadow.diskTerm < message.term) this.termNotDurable(shadow, message);
    switch (message.type) {
      case APPEND_ENTRIES:
        this.appendSent(shadow, message);
        break;
      case APPEND_REPLY:
        if (message.success) this.ackSent(shadow, to, message);
        break;
      case VOTE:
        this.voteSent(shadow, to, message);
        break;
      case REQUEST_VOTE:
        this.candidacySent(shadow, message);
    }
  }

  private candidacySent(shadow: Shadow, { term, candidate, lastLogIndex, lastLogTerm }: RequestVote): void {
    const { context } = this;
    const { node, log } = shadow;
    // One that was held back until its sender had lost may speak of a log that is no more.
    const isStanding = shadow.role === CANDIDATE && shadow.term === term;
    const isTrue = lastLogIndex === log.length && lastLogTerm === context.prefixes.term(log.tip);
    if (candidate !== node || (isStanding && !isTrue)) {
      context.report(
        'I20',
        node,
        `${context.name(node)} asks for votes with a log that ends in index ${lastLogIndex}, term ${lastLogTerm}, but its own ends in ${context.describeEntry(log.tip)}`,
      );
    }
    if (shadow.diskTerm === term && shadow.diskVote !== node) {
      context.report(
        'I16',
        node,
        `${context.name(node)} asks for votes in term ${term}, but its own vote is not durable`,
      );
    }
    // Whoever stands has given its vote of the term to itself.
    this.noteVote(shadow, node, term);
  }

  private noteVote(shadow: Shadow, candidate: number, term: number): void {
    const { context } = this;
    const { node } = shadow;
    const earlier = shadow.grants.get(term);
    shadow.grants.set(term, candidate);
    if (earlier === undefined || earlier === candidate) return;
    context.report(
      'I8',
      node,
      `${context.name(node)} granted its vote in term ${term} to ${context.name(earlier)} and to ${context.name(candidate)}`,
      {
        witnesses: [context.here('B', node, `vote of term ${term} granted to ${context.name(candidate)}`)],
      },
    );
  }

  /**
   * The claim is about the term of the message. A slow process may say it after its disk has gone on to a later term
   * and cut the log back; whoever counts the answer is not misled, since the later leader was elected without us.
   */
  private ackSent(shadow: Shadow, to: number, { term, matchIndex }: AppendReply): void {
    const { context } = this;
    const durable = shadow.durableIn.get(term) ?? 0;
    const name = context.name(shadow.node);
    if (durable >= matchIndex) {
      // As long as the term lasts, what is acknowledged is what the log in memory says, not just as long.
      const isCurrent = shadow.term === term && shadow.diskTerm === term;
      if (isCurrent && shadow.disk.at(matchIndex) !== shadow.log.at(matchIndex)) {
        context.report(
          'I16',
          shadow.node,
          `${name} acknowledges index ${matchIndex}, but its disk holds other entries there`,
        );
      }
      return;
    }
    context.report(
      'I16',
      shadow.node,
      `${name} acknowledges index ${matchIndex}, but its durable log ends at ${durable}`,
      {
        witnesses: [context.here('A', shadow.node, `AppendEntriesReply of term ${term} to ${context.name(to)}`)],
      },
    );
  }

  private termNotDurable(shadow: Shadow, message: Message): void {
    const { context } = this;
    const name = context.name(shadow.node);
    context.report(
      'I16',
      shadow.node,
      `${name} sends a message of term ${message.term}, but its durable term is ${shadow.diskTerm}`,
    );
  }

  private voteSent(shadow: Shadow, to: number, vote: Vote): void {
    const { context } = this;
    const { node } = shadow;
    const name = context.name(node);
    if (!vote.granted) {
      this.denied(shadow, to, vote);
      return;
    }
    if (shadow.diskTerm === vote.term && shadow.diskVote !== to) {
      context.report(
        'I16',
        node,
        `${name} grants ${context.name(to)} its vote in term ${vote.term}, but the vote on its disk is for ${context.name(shadow.diskVote)}`,
      );
    }
    this.noteVote(shadow, to, vote.term);
    if (context.leaders.get(vote.term)?.node === node) {
      context.report('I21', node, `${name} grants a vote in term ${vote.term}, which it leads itself`);
    }
  }

  private denied(shadow: Shadow, to: number, vote: Vote): void {
    const { watched } = this.context;
    const view = shadow.view;
    const candidate = this.context.shadows[to]!;
    // A candidate of an earlier term is refused for its term, whatever its log.
    if (view === null || view.term !== vote.term) return;
    if (candidate.term !== vote.term) return;
    // A free vote that is denied is denied for the log's sake.
    const free = view.votedFor === -1;
    if (free && candidate.role !== CANDIDATE) return;
    watched.mark(free ? 'vote-denied-by-log' : 'vote-denied');
    if (watched.wants('vote-denied')) {
      const reason = free ? 'its log is behind' : `has voted for ${this.context.name(view.votedFor)}`;
      watched.note(
        'vote-denied',
        shadow.node,
        to,
        { term: vote.term, reason: free ? 'log' : 'voted' },
        `denies ${this.context.name(to)} its vote: ${reason}`,
      );
    }
  }

  private appendSent(shadow: Shadow, append: AppendEntries): void {
    if (append.term !== this.lastAppendTerm || shadow.node !== this.lastAppender)
      this.noteAppender(shadow.node, append.term);
    const { view } = shadow;
    // Held back until its sender had moved on: its log need not be what it was.
    if (view === null || view.role !== LEADER || view.term !== append.term) return;
    const { prevLogIndex, entries } = append;
    const { log } = view;
    let sane = append.leader === shadow.node && append.leaderCommit <= view.commitIndex;
    sane &&= prevLogIndex + entries.length <= log.lastIndex;
    sane &&= append.prevLogTerm === (prevLogIndex === 0 ? 0 : log.entry(prevLogIndex).term);
    for (let i = 0; sane && i < entries.length; i++) sane = sameEntry(entries[i]!, log.entry(prevLogIndex + 1 + i));
    if (!sane) {
      const { context } = this;
      context.report(
        'I20',
        shadow.node,
        `${context.name(shadow.node)} sends AppendEntries after index ${prevLogIndex}/term ${append.prevLogTerm} with ${entries.length} entries and commit ${append.leaderCommit}, which is not what its log says`,
      );
    }
  }

  private noteAppender(node: number, term: number): void {
    const { context } = this;
    const earlier = this.appenders.get(term);
    if (earlier !== undefined && earlier !== node) {
      context.report(
        'I20',
        node,
        `${context.name(earlier)} and ${context.name(node)} both sent AppendEntries of term ${term}`,
      );
    }
    const leader = context.leaders.get(term);
    if (leader?.node !== node) {
      context.report('I20', node, `${context.name(node)} sends AppendEntries of term ${term}, which it does not lead`);
    }
    this.appenders.set(term, node);
    this.lastAppendTerm = term;
    this.lastAppender = node;
  }
}
