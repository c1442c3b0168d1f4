import { CANDIDATE, type RaftView } from '../../core/view.ts';
import { Ballots } from '../history/ballots.ts';
import type { CheckContext } from '../context.ts';
import { hasQuorum } from '../quorums.ts';
import type { Moment, NodeHistory } from '../history/node-history.ts';

/** Checks votes as nodes give them: I8 (in memory), I17, I34. */
export class VoteChecks {
  readonly ballots: Ballots;
  private readonly context: CheckContext;
  private readonly flags: Uint8Array;
  private lastSplitTerm = 0;

  constructor(context: CheckContext) {
    this.context = context;
    this.ballots = new Ballots(context.cluster.nodes);
    this.flags = new Uint8Array(context.cluster.nodes);
  }

  /** Term or vote of a running node has changed. */
  changed(history: NodeHistory, view: RaftView): void {
    const { cluster } = this.context;
    const { term, votedFor } = view;
    if (votedFor === -1) return;
    if (history.forgotAt !== null)
      this.reportNotFresh(history, history.forgotAt, `votes for ${this.context.name(votedFor)} in term ${term}`);
    const before = this.ballots.vote(term, history.node);
    if (before !== -1 && before !== votedFor) this.secondVote(history, view, before);
    this.ballots.give(term, history.node, votedFor, this.context.moment);
    if (votedFor !== history.node && cluster.wants('vote-granted')) {
      const text = `votes for ${this.context.name(votedFor)} in term ${term}`;
      cluster.note('vote-granted', history.node, votedFor, { term }, text);
    }
    this.checkCandidate(term, this.context.histories[votedFor]);
    this.lookForSplit(term);
  }

  /** I34: a node takes part again after its disk was wiped and may contradict its earlier votes or acknowledgements. */
  reportNotFresh(history: NodeHistory, wipedAt: Moment, what: string): void {
    const { context } = this;
    const name = context.name(history.node);
    context.report(
      'I34',
      history.node,
      `${name} ${what}, but its disk has lost what it held: it may have voted or acknowledged otherwise before`,
      {
        witnesses: [
          context.earlier('A', history.node, wipedAt, `the disk of ${name} lost what it held`),
          context.present('B', history.node, `${name} ${what}`),
        ],
      },
    );
  }

  /**
   * I17: a candidate with the votes of a quorum can be elected, whether they have reached it or not. So its term has no
   * other leader and no entry.
   */
  private checkCandidate(term: number, candidate: NodeHistory | undefined): void {
    const { context, flags } = this;
    if (candidate?.role !== CANDIDATE || candidate.term !== term || candidate.configuration === null) return;
    this.ballots.flag(term, candidate.node, flags);
    if (!hasQuorum(candidate.configuration, flags)) return;
    const leader = context.leaders.get(term);
    const entry = context.firstEntries.get(term);
    if (leader === undefined && entry === undefined) return;
    const name = context.name(candidate.node);
    const voters = context.histories.map(({ node }) => node).filter((node) => flags[node] === 1);
    const there =
      leader === undefined
        ? context.earlier('A', entry!.node, entry!, `an entry of term ${term} at ${context.name(entry!.node)}`)
        : context.earlier('A', leader.node, leader, `${context.name(leader.node)} became leader of term ${term}`);
    const summary = `${name} has the votes of a quorum in term ${term}, which already has ${leader === undefined ? 'an entry' : 'a leader'}`;
    context.report('I17', candidate.node, summary, {
      witnesses: [there, context.present('B', candidate.node, `${name} can be elected in term ${term}`)],
      quorums: [
        { text: `nodes that voted for ${name}`, nodes: voters },
        ...(leader === undefined ? [] : [{ text: `elected ${context.name(leader.node)}`, nodes: leader.quorum }]),
      ],
    });
  }

  private secondVote(history: NodeHistory, view: RaftView, before: number): void {
    const { wipedAt } = history;
    const given = this.ballots.givenAt(view.term, history.node);
    if (wipedAt !== null && wipedAt.event > given.event)
      this.reportNotFresh(history, wipedAt, `votes a second time in term ${view.term}`);
    else this.reportSecondVote(history, view, before);
  }

  private reportSecondVote(history: NodeHistory, { term, votedFor }: RaftView, before: number): void {
    const { context } = this;
    const { node, bootedAt } = history;
    const name = context.name(node);
    const given = this.ballots.givenAt(term, node);
    const restarted =
      bootedAt.event > given.event ? [context.earlier('and', node, bootedAt, `${name} restarted after a crash`)] : [];
    const summary = `${name} changed its vote in term ${term} from ${context.name(before)} to ${context.name(votedFor)}`;
    context.report('I8', node, summary, {
      witnesses: [
        context.earlier('A', node, given, `${name} voted for ${context.name(before)} in term ${term}`),
        ...restarted,
        context.present('B', node, `${name} votes for ${context.name(votedFor)} in term ${term}`),
      ],
    });
  }

  /** A split vote: several candidates, no leader, and too few open votes for any of them to win. */
  private lookForSplit(term: number): void {
    const { context, ballots, flags } = this;
    if (term === this.lastSplitTerm || context.leaders.has(term)) return;
    let candidates = 0;
    for (const { node, configuration } of context.histories) {
      ballots.flag(term, node, flags);
      if (!flags.includes(1)) continue;
      candidates++;
      for (const other of context.histories) {
        if (ballots.vote(term, other.node) === -1 && other.effectiveTerm <= term) flags[other.node] = 1;
      }
      if (configuration === null || hasQuorum(configuration, flags)) return;
    }
    if (candidates < 2) return;
    this.lastSplitTerm = term;
    context.cluster.mark('split-vote');
  }
}
