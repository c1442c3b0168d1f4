import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  FORWARD,
  INSTALL_SNAPSHOT,
  type InstallSnapshot,
  type Message,
  REQUEST_PRE_VOTE_REPLY,
  type RequestPreVoteReply,
  REQUEST_VOTE,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
  TIMEOUT_NOW,
  REQUEST_VOTE_REPLY,
  type RequestVoteReply,
} from '../../core/messages.ts';
import { CANDIDATE, LEADER } from '../../core/view.ts';
import { isVoter, sameConfiguration } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { sameEntry } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';
import type { VoteChecks } from './vote.ts';

/**
 * By message type: whether it says something that must not be forgotten. One that only asks or passes something on may
 * carry a term that its sender has not written down yet.
 */
const CLAIMS: ReadonlySet<number> = new Set([
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  INSTALL_SNAPSHOT,
  INSTALL_SNAPSHOT_REPLY,
  TIMEOUT_NOW,
]);

/** Watches messages as they leave: I8, I16, I20, I21 (votes of leaders), I34 (acknowledgements). */
export class MessageChecks {
  private readonly context: CheckContext;
  private readonly votes: VoteChecks;
  /** Who has sent AppendEntries or InstallSnapshot, by term. */
  private readonly appenders = new Map<number, number>();
  private lastAppendTerm = 0;
  private lastAppender = -1;

  constructor(context: CheckContext, votes: VoteChecks) {
    this.context = context;
    this.votes = votes;
  }

  /** Terms of which senders are remembered. */
  get size(): number {
    return this.appenders.size;
  }

  forgetBelow(term: number): void {
    for (const one of this.appenders.keys()) if (one < term) this.appenders.delete(one);
  }

  sent(from: number, to: number, message: Message): void {
    const shadow = this.context.shadows[from]!;
    if (shadow.diskTerm < message.term && CLAIMS.has(message.type)) this.termNotDurable(shadow, message);
    switch (message.type) {
      case APPEND_ENTRIES:
        this.appendSent(shadow, message);
        if (message.entries.length > 0) this.notePipeline(shadow, to, message);
        break;
      case APPEND_ENTRIES_REPLY:
        if (message.success) this.ackSent(shadow, to, message.term, message.matchIndex);
        break;
      case REQUEST_VOTE_REPLY:
        this.voteSent(shadow, to, message);
        break;
      case REQUEST_VOTE:
        this.candidacySent(shadow, message);
        break;
      case REQUEST_PRE_VOTE_REPLY:
        this.preVoteSent(shadow, message);
        break;
      case INSTALL_SNAPSHOT:
        this.snapshotSent(shadow, to, message);
        break;
      case INSTALL_SNAPSHOT_REPLY:
        if (message.done) this.ackSent(shadow, to, message.term, message.lastIndex);
        break;
      case TIMEOUT_NOW:
        this.timeoutSent(shadow, this.context.shadows[to]!, message.term);
        break;
      case FORWARD:
        this.context.watched.mark('request-forwarded');
        break;
      default:
      // The others ask, or pass on what others have said.
    }
  }

  private candidacySent(shadow: NodeHistory, { term, candidate, lastLogIndex, lastLogTerm }: RequestVote): void {
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

  private noteVote(shadow: NodeHistory, candidate: number, term: number): void {
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
  private ackSent(shadow: NodeHistory, to: number, term: number, index: number): void {
    const { context } = this;
    // Nobody is left who could count it.
    if (term < context.lowestTerm) return;
    const name = context.name(shadow.node);
    if (shadow.wiped !== null) this.votes.notFresh(shadow, `acknowledges index ${index} in term ${term}`);
    const durable = shadow.durableIn.get(term) ?? 0;
    if (durable >= index) {
      // As long as the term lasts, what is acknowledged is what the log in memory says, not just as long.
      const { log, disk } = shadow;
      const isCurrent = shadow.term === term && shadow.diskTerm === term && index <= Math.min(log.length, disk.length);
      if (isCurrent && context.prefixAt(disk, index) !== context.prefixAt(log, index)) {
        context.report(
          'I16',
          shadow.node,
          `${name} acknowledges index ${index}, but its disk holds other entries there`,
        );
      }
      return;
    }
    context.report('I16', shadow.node, `${name} acknowledges index ${index}, but its durable log ends at ${durable}`, {
      witnesses: [context.here('A', shadow.node, `acknowledgement of term ${term} to ${context.name(to)}`)],
    });
  }

  private termNotDurable(shadow: NodeHistory, message: Message): void {
    const { context } = this;
    const name = context.name(shadow.node);
    context.report(
      'I16',
      shadow.node,
      `${name} sends a message of term ${message.term}, but its durable term is ${shadow.diskTerm}`,
    );
  }

  private voteSent(shadow: NodeHistory, to: number, vote: RequestVoteReply): void {
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
    if (shadow.configuration !== null && !isVoter(shadow.configuration, node)) context.watched.mark('non-voter-voted');
    if (context.leaders.get(vote.term)?.node === node) {
      context.report('I21', node, `${name} grants a vote in term ${vote.term}, which it leads itself`);
    }
  }

  private denied(shadow: NodeHistory, to: number, vote: RequestVoteReply): void {
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

  /** A promise of a vote in a term nobody is in yet: it binds nobody, but a leader makes none. Dissertation §9.6. */
  private preVoteSent(shadow: NodeHistory, { term, granted }: RequestPreVoteReply): void {
    const { context } = this;
    if (!granted) context.watched.mark('pre-vote-denied');
    else if (shadow.role === LEADER && term > shadow.term) {
      const summary = `${context.name(shadow.node)} promises a vote in term ${term}, but it leads term ${shadow.term}`;
      context.report('I21', shadow.node, summary);
    }
  }

  private timeoutSent(shadow: NodeHistory, there: NodeHistory, term: number): void {
    const { context } = this;
    const leader = context.leaders.get(term);
    if (term >= context.lowestTerm && leader?.node !== shadow.node) {
      const summary = `${context.name(shadow.node)} asks ${context.name(there.node)} to stand after term ${term}, which it does not lead`;
      context.report('I20', shadow.node, summary);
    }
    there.toldToStandIn = term;
    there.toldToStandBy = shadow.node;
  }

  private appendSent(shadow: NodeHistory, append: AppendEntries): void {
    if (append.term !== this.lastAppendTerm || shadow.node !== this.lastAppender)
      this.noteAppender(shadow.node, append.term, 'AppendEntries');
    const { view } = shadow;
    // Held back until its sender had moved on: its log need not be what it was.
    if (view === null || view.role !== LEADER || view.term !== append.term) return;
    const { prevLogIndex, entries } = append;
    const { log } = view;
    let sane = append.leader === shadow.node && append.leaderCommit <= view.commitIndex;
    sane &&= prevLogIndex + entries.length <= log.lastIndex;
    // What it has compacted away in this very event was committed.
    const { ledger, prefixes } = this.context;
    if (prevLogIndex >= log.base) sane &&= append.prevLogTerm === log.term(prevLogIndex);
    else if (prevLogIndex >= ledger.first) sane &&= append.prevLogTerm === prefixes.term(ledger.prefix(prevLogIndex));
    for (let i = Math.max(0, log.base - prevLogIndex); sane && i < entries.length; i++)
      sane = sameEntry(entries[i]!, log.entry(prevLogIndex + 1 + i));
    if (!sane) {
      const { context } = this;
      context.report(
        'I20',
        shadow.node,
        `${context.name(shadow.node)} sends AppendEntries after index ${prevLogIndex}/term ${append.prevLogTerm} with ${entries.length} entries and commit ${append.leaderCommit}, which is not what its log says`,
      );
    }
  }

  /** What a leader says of its snapshot is what the cluster has committed, whenever it says it. */
  private snapshotSent(shadow: NodeHistory, to: number, part: InstallSnapshot): void {
    const { context } = this;
    const { ledger, prefixes, watched } = context;
    this.noteAppender(shadow.node, part.term, 'InstallSnapshot');
    const { lastIndex, offset } = part;
    const { view } = shadow;
    const isLeading = view !== null && view.role === LEADER && view.term === part.term;
    let sane = part.leader === shadow.node && lastIndex > 0 && lastIndex <= ledger.length;
    sane &&= !isLeading || lastIndex <= view.snapshot.index;
    if (sane && lastIndex >= ledger.first) {
      const prefix = ledger.prefix(lastIndex);
      const record = prefixes.configuration(prefix);
      sane = part.lastTerm === prefixes.term(prefix) && part.time === ledger.timeInLog(lastIndex);
      sane &&=
        record === null ||
        (record.index === part.configurationIndex && sameConfiguration(record.configuration, part.configuration));
    }
    if (!sane) {
      const summary = `${context.name(shadow.node)} sends a snapshot of index ${lastIndex}, term ${part.lastTerm}, which is not what the cluster has committed`;
      context.report('I20', shadow.node, summary);
    }
    if (offset === 0) watched.mark('snapshot-sent');
    else if (shadow.partsOf[to] === lastIndex && offset !== shadow.partsTo[to]) watched.mark('snapshot-resumed');
    shadow.partsOf[to] = lastIndex;
    shadow.partsTo[to] = offset;
    for (const { bytes } of part.records) shadow.partsTo[to] += bytes;
  }

  /** Entries leave for a follower that has not acknowledged those sent before them. */
  private notePipeline(shadow: NodeHistory, to: number, { prevLogIndex, entries, term }: AppendEntries): void {
    if (shadow.role !== LEADER || shadow.term !== term) return;
    const sent = shadow.sentTo[to]!;
    if (!shadow.hasPipelined && prevLogIndex === sent && sent > shadow.match[to]!) {
      shadow.hasPipelined = true;
      this.context.watched.mark('entries-pipelined');
    }
    shadow.sentTo[to] = Math.max(sent, prevLogIndex + entries.length);
  }

  private noteAppender(node: number, term: number, what: string): void {
    const { context } = this;
    if (term < context.lowestTerm) return;
    const earlier = this.appenders.get(term);
    if (earlier !== undefined && earlier !== node) {
      context.report(
        'I20',
        node,
        `${context.name(earlier)} and ${context.name(node)} both sent ${what} of term ${term}`,
      );
    }
    const leader = context.leaders.get(term);
    if (leader?.node !== node) {
      context.report('I20', node, `${context.name(node)} sends ${what} of term ${term}, which it does not lead`);
    }
    this.appenders.set(term, node);
    this.lastAppendTerm = term;
    this.lastAppender = node;
  }
}
