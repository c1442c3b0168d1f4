import { CANDIDATE, FOLLOWER, LEADER, type RaftView, type RoleCode } from '../core/view.ts';
import type { CheckContext, Leadership } from './context.ts';
import { type Moment, NEVER, type Shadow } from './shadow.ts';

const ROLE_NAMES: readonly string[] = ['follower', 'candidate', 'leader'];

/** Watches terms, votes and roles: I1, I3 (at elections), I7, I19, I21. */
export class ElectionChecks {
  elections = 0;
  leaderChanges = 0;
  maxTerm = 0;
  private readonly context: CheckContext;
  private lastSplitTerm = 0;
  /** By term: whom each node has voted for, −1 for nobody. A vote counts although its giver has gone on. */
  private readonly ballots = new Map<number, Int32Array>();
  /** By term: when each node gave that vote. */
  private readonly given = new Map<number, Moment[]>();
  private lastLeader = -1;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** Term, vote or role of a running node has changed. Its log has been synced. */
  changed(shadow: Shadow, view: RaftView): void {
    const { context } = this;
    const { watched } = context;
    if (view.term < shadow.term) {
      const summary = `the term of ${context.name(shadow.node)} went from ${shadow.term} back to ${view.term}`;
      context.report('I7', shadow.node, summary, {
        witnesses: [
          context.then('A', shadow.node, shadow.termSet, `term ${shadow.term}`),
          context.here('B', shadow.node, `term ${view.term}`),
        ],
      });
    }
    if (view.term !== shadow.term) shadow.termSet = context.moment;
    this.maxTerm = Math.max(this.maxTerm, view.term);
    const { role, term, votedFor } = shadow;
    shadow.role = view.role;
    shadow.term = view.term;
    shadow.votedFor = view.votedFor;
    if (view.term !== term && watched.wants('term-raised')) {
      watched.note('term-raised', shadow.node, -1, { term: view.term }, `term ${term} → ${view.term}`);
    }
    if (view.votedFor !== votedFor || view.term !== term) this.voteChanged(shadow, view);
    if (role !== view.role || (view.role !== FOLLOWER && view.term !== term))
      this.roleChanged(shadow, view, role, term);
  }

  /** Nodes whose (volatile, or for crashed ones durable) term has reached `term`. */
  private nodesAt(term: number): number[] {
    const nodes: number[] = [];
    for (const shadow of this.context.shadows) if (shadow.effectiveTerm >= term) nodes.push(shadow.node);
    return nodes;
  }

  /** A node has come back: a vote that was neither on its disk nor told to anybody is as if not given. */
  rebooted(shadow: Shadow, view: RaftView): void {
    this.ballot(view.term)[shadow.node] = view.votedFor;
    for (const [term, ballot] of this.ballots) {
      const told = shadow.grants.get(term);
      if (told !== undefined) ballot[shadow.node] = told;
      else if (term > view.term) ballot[shadow.node] = -1;
    }
  }

  private roleChanged(shadow: Shadow, view: RaftView, before: RoleCode, termBefore: number): void {
    const { context } = this;
    const { watched } = context;
    const skipsCandidacy = before === FOLLOWER && view.role === LEADER && watched.nodes > 1;
    const standsWhileLeading = before === LEADER && view.role === CANDIDATE;
    const risesToLead = before !== FOLLOWER && view.role === LEADER && termBefore !== view.term;
    const standsInOldTerm = before === FOLLOWER && view.role === CANDIDATE && termBefore === view.term;
    if (skipsCandidacy || standsWhileLeading || risesToLead || standsInOldTerm) {
      context.report(
        'I21',
        shadow.node,
        `${context.name(shadow.node)} went from ${ROLE_NAMES[before]} of term ${termBefore} to ${ROLE_NAMES[view.role]} of term ${view.term}`,
      );
    }
    if (view.role === CANDIDATE) {
      this.elections++;
      watched.note('candidate', shadow.node, -1, { term: view.term }, `stands for election in term ${view.term}`);
    } else if (view.role === LEADER) {
      this.elected(shadow, view);
    } else {
      if (before === CANDIDATE) watched.mark('candidate-gave-way');
      if (before === LEADER) watched.mark('leader-stepped-down');
      watched.note(
        'stepped-down',
        shadow.node,
        -1,
        { term: view.term, from: ROLE_NAMES[before]! },
        `${ROLE_NAMES[before]} becomes follower in term ${view.term}`,
      );
    }
  }

  private elected(shadow: Shadow, view: RaftView): void {
    const { context } = this;
    const { watched, leaders } = context;
    const { node } = shadow;
    const { term } = view;
    const quorum = this.nodesAt(term);
    const earlier = leaders.get(term);
    if (earlier !== undefined && earlier.node !== node) this.secondLeader(shadow, earlier);
    if (quorum.length < context.quorum) {
      context.report(
        'I19',
        node,
        `${context.name(node)} leads term ${term}, which only ${quorum.length} of ${watched.nodes} nodes have reached`,
        {
          quorums: [{ text: `nodes at term ${term}`, nodes: quorum }],
        },
      );
    }
    const voters: number[] = [];
    this.ballot(term).forEach((vote, voter) => vote === node && voters.push(voter));
    if (voters.length < context.quorum) {
      context.report(
        'I19',
        node,
        `${context.name(node)} leads term ${term}, in which only ${voters.length} of ${watched.nodes} nodes voted for it`,
        {
          quorums: [{ text: `nodes that voted for ${context.name(node)}`, nodes: voters }],
        },
      );
    }
    // What the log was at the election: without what the new leader has appended in the same event.
    let tip = shadow.log.tip;
    while (tip !== 0 && context.prefixes.term(tip) === term && context.prefixes.firstEvent(tip) === watched.event) {
      tip = context.prefixes.parent(tip);
    }
    const leadership: Leadership = { term, node, tip, event: watched.event, at: watched.now, quorum: voters };
    if (earlier === undefined) leaders.set(term, leadership);
    this.mustHold(shadow, leadership, context.ledger.lastCommittedBefore(term));
    watched.mark('leader-elected');
    for (const other of context.shadows) {
      if (other.node !== node && other.view !== null && other.role === LEADER && other.term < term) {
        watched.mark('stale-leader');
        break;
      }
    }
    if (this.lastLeader !== -1 && this.lastLeader !== node) watched.mark('leader-change');
    if (this.lastLeader !== -1 && this.lastLeader !== node) this.leaderChanges++;
    this.lastLeader = node;
    context.highestLeaderTerm = Math.max(context.highestLeaderTerm, term);
    shadow.match.fill(0);
    shadow.next.fill(0);
    watched.note('elected', node, -1, { term }, `elected leader of term ${term}`);
  }

  private secondLeader(shadow: Shadow, earlier: Leadership): void {
    const { context } = this;
    const quorum = this.nodesAt(earlier.term);
    const name = context.name(shadow.node);
    context.report(
      'I1',
      shadow.node,
      `${context.name(earlier.node)} and ${name} were both elected leader of term ${earlier.term}`,
      {
        witnesses: [
          {
            label: 'A',
            node: earlier.node,
            event: earlier.event,
            at: earlier.at,
            text: `${context.name(earlier.node)} became leader of term ${earlier.term}`,
          },
          context.here('B', shadow.node, `${name} became leader of term ${earlier.term}`),
        ],
        quorums: [
          { text: `nodes in term ${earlier.term} at the first election`, nodes: earlier.quorum },
          { text: `nodes in term ${earlier.term} at the second`, nodes: quorum },
        ],
      },
    );
  }

  /** I3: the log of a leader holds everything that lower terms committed, up to `index`. */
  private mustHold(shadow: Shadow, { term, tip }: Leadership, index: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    if (index === 0) return;
    const committed = ledger.prefix(index);
    if (shadow.log.length >= index && shadow.log.at(index) === committed) return;
    context.report(
      'I3',
      shadow.node,
      `${context.name(shadow.node)} was elected leader of term ${term} without index ${index}, which term ${ledger.commitTerm(index)} had committed`,
      {
        witnesses: [
          context.commitWitness('A', index),
          context.here(
            'B',
            shadow.node,
            `the log with which ${context.name(shadow.node)} was elected ends in ${context.describeEntry(tip)}`,
          ),
        ],
        agreement: prefixes.agreement(committed, tip),
      },
    );
  }

  private voteChanged(shadow: Shadow, view: RaftView): void {
    const { watched } = this.context;
    if (view.votedFor === -1) return;
    const ballot = this.ballot(view.term);
    const before = ballot[shadow.node]!;
    if (before !== -1 && before !== view.votedFor) this.voteMoved(shadow, view, before);
    const given = this.given.get(view.term) ?? [];
    if (before !== view.votedFor) given[shadow.node] = this.context.moment;
    this.given.set(view.term, given);
    ballot[shadow.node] = view.votedFor;
    if (view.votedFor !== shadow.node && watched.wants('vote-granted')) {
      watched.note(
        'vote-granted',
        shadow.node,
        view.votedFor,
        { term: view.term },
        `votes for ${this.context.name(view.votedFor)} in term ${view.term}`,
      );
    }
    this.lookForSplit(view.term);
  }

  private voteMoved(shadow: Shadow, view: RaftView, before: number): void {
    const { context } = this;
    const { node, bootedAt } = shadow;
    const name = context.name(node);
    const given = this.given.get(view.term)?.[node] ?? NEVER;
    const restarted =
      bootedAt.event > given.event ? [context.then('and', node, bootedAt, `${name} came back after a crash`)] : [];
    const summary = `${name} moved its vote in term ${view.term} from ${context.name(before)} to ${context.name(view.votedFor)}`;
    context.report('I8', node, summary, {
      witnesses: [
        context.then('A', node, given, `${name} voted for ${context.name(before)} in term ${view.term}`),
        ...restarted,
        context.here('B', node, `${name} votes for ${context.name(view.votedFor)} in term ${view.term}`),
      ],
    });
  }

  /** A split vote: several candidates, no leader, and too few votes left for any of them to win. */
  private lookForSplit(term: number): void {
    const { context } = this;
    if (term === this.lastSplitTerm || context.leaders.has(term)) return;
    const ballot = this.ballot(term);
    const votes = new Array<number>(context.watched.nodes).fill(0);
    let open = 0;
    for (const shadow of context.shadows) {
      const vote = ballot[shadow.node]!;
      if (vote !== -1) votes[vote]!++;
      else if (shadow.effectiveTerm <= term) open++;
    }
    let candidates = 0;
    let most = 0;
    for (const count of votes) {
      if (count > 0) candidates++;
      most = Math.max(most, count);
    }
    if (candidates < 2 || most + open >= context.quorum) return;
    this.lastSplitTerm = term;
    context.watched.mark('split-vote');
  }

  private ballot(term: number): Int32Array {
    let ballot = this.ballots.get(term);
    if (ballot === undefined) {
      ballot = new Int32Array(this.context.watched.nodes).fill(-1);
      this.ballots.set(term, ballot);
    }
    return ballot;
  }
}
