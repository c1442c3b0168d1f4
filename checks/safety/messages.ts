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
 * The types of messages that depend on durable state of their sender. A message that only requests or forwards
 * something may carry a term that is not durable at its sender yet.
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

/** Checks messages as they leave: I8, I16, I20, I21 (votes of leaders), I34 (acknowledgements). */
export class MessageChecks {
  private readonly context: CheckContext;
  private readonly votes: VoteChecks;
  /** By term: the node that has sent AppendEntries or InstallSnapshot. */
  private readonly appenders = new Map<number, number>();
  private lastAppendTerm = 0;
  private lastAppender = -1;

  constructor(context: CheckContext, votes: VoteChecks) {
    this.context = context;
    this.votes = votes;
  }

  /** The terms whose senders are kept. */
  get size(): number {
    return this.appenders.size;
  }

  forgetBelow(term: number): void {
    for (const one of this.appenders.keys()) if (one < term) this.appenders.delete(one);
  }

  sent(from: number, to: number, message: Message): void {
    const history = this.context.histories[from]!;
    if (history.diskTerm < message.term && CLAIMS.has(message.type)) this.reportTermNotDurable(history, message);
    switch (message.type) {
      case APPEND_ENTRIES:
        this.appendSent(history, message);
        if (message.entries.length > 0) this.markPipelining(history, to, message);
        break;
      case APPEND_ENTRIES_REPLY:
        if (message.success) this.ackSent(history, to, message.term, message.matchIndex);
        break;
      case REQUEST_VOTE_REPLY:
        this.voteReplySent(history, to, message);
        break;
      case REQUEST_VOTE:
        this.requestVoteSent(history, message);
        break;
      case REQUEST_PRE_VOTE_REPLY:
        this.preVoteReplySent(history, message);
        break;
      case INSTALL_SNAPSHOT:
        this.snapshotSent(history, to, message);
        break;
      case INSTALL_SNAPSHOT_REPLY:
        if (message.done) this.ackSent(history, to, message.term, message.lastIndex);
        break;
      case TIMEOUT_NOW:
        this.timeoutNowSent(history, this.context.histories[to]!, message.term);
        break;
      case FORWARD:
        this.context.cluster.mark('request-forwarded');
        break;
      default:
      // The other types request something, or pass on what others claim.
    }
  }

  private requestVoteSent(history: NodeHistory, { term, candidate, lastLogIndex, lastLogTerm }: RequestVote): void {
    const { context } = this;
    const { node, log } = history;
    // A message that left after its sender had lost the election may describe a log that has changed since.
    const isCandidate = history.role === CANDIDATE && history.term === term;
    const isTrue = lastLogIndex === log.length && lastLogTerm === context.prefixes.term(log.tip);
    if (candidate !== node || (isCandidate && !isTrue)) {
      context.report(
        'I20',
        node,
        `${context.name(node)} sends RequestVote with a log that ends in index ${lastLogIndex}, term ${lastLogTerm}, but its own log ends in ${context.describeEntry(log.tip)}`,
      );
    }
    if (history.diskTerm === term && history.diskVote !== node) {
      context.report(
        'I16',
        node,
        `${context.name(node)} sends RequestVote for term ${term}, but its own vote is not durable`,
      );
    }
    // A candidate has given its vote of the term to itself.
    this.recordVote(history, node, term);
  }

  private recordVote(history: NodeHistory, candidate: number, term: number): void {
    const { context } = this;
    const { node } = history;
    const earlier = history.grants.get(term);
    history.grants.set(term, candidate);
    // A second vote of a node that has forgotten the first is reported when it is given, as I34.
    if (earlier === undefined || earlier === candidate || earlier === history.forgottenGrants.get(term)) return;
    context.report(
      'I8',
      node,
      `${context.name(node)} granted its vote in term ${term} to ${context.name(earlier)} and to ${context.name(candidate)}`,
      {
        witnesses: [context.present('B', node, `vote of term ${term} granted to ${context.name(candidate)}`)],
      },
    );
  }

  /**
   * An acknowledgement is a claim about the term of the message. A slow process may send it after its disk has reached a
   * later term and lost entries again; that misleads no leader, since the later leader was elected without this node.
   *
   * @param index the acknowledged index
   */
  private ackSent(history: NodeHistory, to: number, term: number, index: number): void {
    const { context } = this;
    // No node is left in that term that could count it.
    if (term < context.lowestTerm) return;
    const name = context.name(history.node);
    if (history.forgotAt !== null)
      this.votes.reportNotFresh(history, history.forgotAt, `acknowledges index ${index} in term ${term}`);
    const durable = history.durableIn.get(term) ?? 0;
    if (durable >= index) {
      // During the term, the durable log must equal the log in memory, not only be as long.
      const { log, disk } = history;
      const isCurrent =
        history.term === term && history.diskTerm === term && index <= Math.min(log.length, disk.length);
      if (isCurrent && context.prefixAt(disk, index) !== context.prefixAt(log, index)) {
        context.report(
          'I16',
          history.node,
          `${name} acknowledges index ${index}, but its disk holds another entry there`,
        );
      }
      return;
    }
    context.report('I16', history.node, `${name} acknowledges index ${index}, but its durable log ends at ${durable}`, {
      witnesses: [context.present('A', history.node, `acknowledgement of term ${term} to ${context.name(to)}`)],
    });
  }

  private reportTermNotDurable(history: NodeHistory, message: Message): void {
    const { context } = this;
    const name = context.name(history.node);
    context.report(
      'I16',
      history.node,
      `${name} sends a message of term ${message.term}, but its durable term is ${history.diskTerm}`,
    );
  }

  private voteReplySent(history: NodeHistory, to: number, vote: RequestVoteReply): void {
    const { context } = this;
    const { node } = history;
    const name = context.name(node);
    if (!vote.granted) {
      this.voteDenied(history, to, vote);
      return;
    }
    if (history.diskTerm === vote.term && history.diskVote !== to) {
      context.report(
        'I16',
        node,
        `${name} grants ${context.name(to)} its vote in term ${vote.term}, but its durable vote is for ${context.name(history.diskVote)}`,
      );
    }
    this.recordVote(history, to, vote.term);
    if (history.configuration !== null && !isVoter(history.configuration, node))
      context.cluster.mark('non-voter-voted');
    if (context.leaders.get(vote.term)?.node === node) {
      context.report('I21', node, `${name} grants a vote in term ${vote.term}, which it leads itself`);
    }
  }

  private voteDenied(history: NodeHistory, to: number, vote: RequestVoteReply): void {
    const { cluster } = this.context;
    const view = history.view;
    const candidate = this.context.histories[to]!;
    // A candidate of an earlier term is denied the vote for its term, whatever its log.
    if (view === null || view.term !== vote.term) return;
    if (candidate.term !== vote.term) return;
    // A vote that is still free can be denied only because of the candidate's log.
    const free = view.votedFor === -1;
    if (free && candidate.role !== CANDIDATE) return;
    cluster.mark(free ? 'vote-denied-by-log' : 'vote-denied');
    if (cluster.wants('vote-denied')) {
      const reason = free ? 'its log is behind' : `has voted for ${this.context.name(view.votedFor)}`;
      cluster.note(
        'vote-denied',
        history.node,
        to,
        { term: vote.term, reason: free ? 'log' : 'voted' },
        `denies ${this.context.name(to)} its vote: ${reason}`,
      );
    }
  }

  /** I21: a leader grants no pre-vote for a later term. Dissertation §9.6. */
  private preVoteReplySent(history: NodeHistory, { term, granted }: RequestPreVoteReply): void {
    const { context } = this;
    if (!granted) context.cluster.mark('pre-vote-denied');
    else if (history.role === LEADER && term > history.term) {
      const summary = `${context.name(history.node)} grants a pre-vote for term ${term}, but it leads term ${history.term}`;
      context.report('I21', history.node, summary);
    }
  }

  private timeoutNowSent(history: NodeHistory, target: NodeHistory, term: number): void {
    const { context } = this;
    const leader = context.leaders.get(term);
    if (term >= context.lowestTerm && leader?.node !== history.node) {
      const summary = `${context.name(history.node)} sends TimeoutNow of term ${term} to ${context.name(target.node)}, but it does not lead that term`;
      context.report('I20', history.node, summary);
    }
    target.timeoutNowTerm = term;
    target.timeoutNowFrom = history.node;
  }

  private appendSent(history: NodeHistory, append: AppendEntries): void {
    if (append.term !== this.lastAppendTerm || history.node !== this.lastAppender)
      this.recordAppender(history.node, append.term, 'AppendEntries');
    const { view } = history;
    // A message that left after its sender had stepped down may describe a log that has changed since.
    if (view === null || view.role !== LEADER || view.term !== append.term) return;
    const { prevLogIndex, entries } = append;
    const { log } = view;
    let sane = append.leader === history.node && append.leaderCommit <= view.commitIndex;
    sane &&= prevLogIndex + entries.length <= log.lastIndex;
    // Entries that it has compacted away in the same event were committed.
    const { ledger, prefixes } = this.context;
    if (prevLogIndex >= log.base) sane &&= append.prevLogTerm === log.term(prevLogIndex);
    else if (prevLogIndex >= ledger.first) sane &&= append.prevLogTerm === prefixes.term(ledger.prefix(prevLogIndex));
    for (let i = Math.max(0, log.base - prevLogIndex); sane && i < entries.length; i++)
      sane = sameEntry(entries[i]!, log.entry(prevLogIndex + 1 + i));
    if (!sane) {
      const { context } = this;
      context.report(
        'I20',
        history.node,
        `${context.name(history.node)} sends AppendEntries after index ${prevLogIndex}/term ${append.prevLogTerm} with ${entries.length} entries and leaderCommit ${append.leaderCommit}, which contradicts its log`,
      );
    }
  }

  /** I20: a chunk describes what the cluster has committed, even if it leaves late. */
  private snapshotSent(history: NodeHistory, to: number, chunk: InstallSnapshot): void {
    const { context } = this;
    const { ledger, prefixes, cluster } = context;
    this.recordAppender(history.node, chunk.term, 'InstallSnapshot');
    const { lastIndex, offset } = chunk;
    const { view } = history;
    const isLeading = view !== null && view.role === LEADER && view.term === chunk.term;
    let sane = chunk.leader === history.node && lastIndex > 0 && lastIndex <= ledger.length;
    sane &&= !isLeading || lastIndex <= view.snapshot.index;
    if (sane && lastIndex >= ledger.first) {
      const prefix = ledger.prefix(lastIndex);
      const record = prefixes.configuration(prefix);
      sane = chunk.lastTerm === prefixes.term(prefix) && chunk.time === ledger.timeInLog(lastIndex);
      sane &&=
        record === null ||
        (record.index === chunk.configurationIndex && sameConfiguration(record.configuration, chunk.configuration));
    }
    if (!sane) {
      const summary = `${context.name(history.node)} sends a snapshot of index ${lastIndex}, term ${chunk.lastTerm}, which contradicts what the cluster has committed`;
      context.report('I20', history.node, summary);
    }
    if (offset === 0) cluster.mark('snapshot-sent');
    else if (history.sentSnapshot[to] === lastIndex && offset !== history.sentOffset[to])
      cluster.mark('snapshot-resumed');
    history.sentSnapshot[to] = lastIndex;
    history.sentOffset[to] = offset;
    for (const { bytes } of chunk.records) history.sentOffset[to] += bytes;
  }

  /** Marks entries sent to a follower that has not acknowledged the entries sent before them. */
  private markPipelining(history: NodeHistory, to: number, { prevLogIndex, entries, term }: AppendEntries): void {
    if (history.role !== LEADER || history.term !== term) return;
    const sent = history.lastSent[to]!;
    if (!history.hasPipelined && prevLogIndex === sent && sent > history.matchIndex[to]!) {
      history.hasPipelined = true;
      this.context.cluster.mark('entries-pipelined');
    }
    history.lastSent[to] = Math.max(sent, prevLogIndex + entries.length);
  }

  private recordAppender(node: number, term: number, what: string): void {
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
      context.report(
        'I20',
        node,
        `${context.name(node)} sends ${what} of term ${term}, but it does not lead that term`,
      );
    }
    this.appenders.set(term, node);
    this.lastAppendTerm = term;
    this.lastAppender = node;
  }
}
