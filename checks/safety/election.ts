import type { Configuration } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, PRE_CANDIDATE, type RaftView, type RoleCode } from '../../core/view.ts';
import { isVoter } from '../configurations.ts';
import type { CheckContext, Leadership } from '../context.ts';
import type { MembershipChecks } from './membership.ts';
import { hasQuorum, isOnlyVoter, smallestQuorum } from '../quorums.ts';
import { type NodeHistory, ROLE_NAMES } from '../history/node-history.ts';
import { VoteChecks } from './vote.ts';

/** Checks terms, roles and elections: I1, I3 (at elections), I7, I19, I21 (roles), I26 (votes). */
export class ElectionChecks {
  elections = 0;
  leaderChanges = 0;
  maxTerm = 0;
  readonly votes: VoteChecks;
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  private readonly flags: Uint8Array;
  private lastLeader = -1;

  constructor(context: CheckContext, membership: MembershipChecks) {
    this.context = context;
    this.membership = membership;
    this.votes = new VoteChecks(context);
    this.flags = new Uint8Array(context.cluster.nodes);
  }

  /** Term, vote or role of a running node has changed. Its log has been synced. */
  changed(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { cluster } = context;
    if (view.term < history.term) {
      const summary = `the term of ${context.name(history.node)} went from ${history.term} back to ${view.term}`;
      context.report('I7', history.node, summary, {
        witnesses: [
          context.earlier('A', history.node, history.termSetAt, `term ${history.term}`),
          context.present('B', history.node, `term ${view.term}`),
        ],
      });
    }
    if (view.term !== history.term) history.termSetAt = context.moment;
    this.maxTerm = Math.max(this.maxTerm, view.term);
    const { role, term, votedFor } = history;
    history.role = view.role;
    history.term = view.term;
    history.votedFor = view.votedFor;
    if (view.term !== term && cluster.wants('term-raised')) {
      cluster.note('term-raised', history.node, -1, { term: view.term }, `term ${term} → ${view.term}`);
    }
    if (view.votedFor !== votedFor || view.term !== term) this.votes.changed(history, view);
    if (role !== view.role || (view.role !== FOLLOWER && view.term !== term))
      this.roleChanged(history, view, role, term);
  }

  /** A node has restarted: a vote that was neither on its disk nor sent to a candidate counts as not given. */
  rebooted(history: NodeHistory, view: RaftView): void {
    this.votes.ballots.rebooted(history.node, view.term, view.votedFor, history.grants);
  }

  /** Nodes whose term (of a crashed node: the durable one) has reached `term`. */
  private nodesAt(term: number): number[] {
    const nodes: number[] = [];
    for (const history of this.context.histories) if (history.effectiveTerm >= term) nodes.push(history.node);
    return nodes;
  }

  private roleChanged(history: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { context } = this;
    const { cluster } = context;
    this.checkTransition(history, view, before, termBefore);
    switch (view.role) {
      case PRE_CANDIDATE:
        this.membership.electionStarted(history, view);
        cluster.note(
          'pre-candidate',
          history.node,
          -1,
          { term: view.term },
          `starts pre-vote for term ${view.term + 1}`,
        );
        break;
      case CANDIDATE:
        this.elections++;
        history.votesReceived = 0;
        this.membership.electionStarted(history, view);
        cluster.note('candidate', history.node, -1, { term: view.term }, `becomes candidate in term ${view.term}`);
        break;
      case LEADER:
        this.elected(history, view);
        break;
      case FOLLOWER:
        this.steppedDown(history, view, before, termBefore);
    }
  }

  private steppedDown(history: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { cluster } = this.context;
    if (before === CANDIDATE) cluster.mark('candidate-stepped-down');
    if (before === PRE_CANDIDATE && view.term === termBefore) cluster.mark('pre-candidate-stepped-down');
    if (before === LEADER) {
      cluster.mark('leader-stepped-down');
      // It has met no later term and has not removed itself, so it has lost contact with its quorum.
      if (view.term === termBefore && isVoter(view.configuration, history.node)) cluster.mark('quorum-lost');
    }
    cluster.note(
      'stepped-down',
      history.node,
      -1,
      { term: view.term, from: ROLE_NAMES[before]! },
      `${ROLE_NAMES[before]} becomes follower in term ${view.term}`,
    );
  }

  /**
   * I21: the transitions of Figure 4, and those of pre-candidates, which do not raise their term. A leader may become candidate in
   * one event, by way of follower: TimeoutNow of a later term makes it a follower of that term, and starts an election in the
   * term after it. A leader that starts an election by itself is candidate of the term after its own.
   */
  private checkTransition(history: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { context } = this;
    const { role, term, configuration } = view;
    const wasCandidate = before === CANDIDATE || before === LEADER;
    const isQuorum = isOnlyVoter(configuration, history.node);
    const skipsElection = role === LEADER && !wasCandidate && !isQuorum;
    const wasFollower = role === CANDIDATE && term > termBefore + 1;
    const startsElectionAsLeader = before === LEADER && (role === CANDIDATE || role === PRE_CANDIDATE) && !wasFollower;
    const leadsOtherTerm = role === LEADER && wasCandidate && termBefore !== term;
    const keepsTerm = role === CANDIDATE && !wasCandidate && termBefore === term;
    const raisesTerm = role === PRE_CANDIDATE && termBefore !== term;
    if (!(skipsElection || startsElectionAsLeader || leadsOtherTerm || keepsTerm || raisesTerm)) return;
    context.report(
      'I21',
      history.node,
      `${context.name(history.node)} changed from ${ROLE_NAMES[before]} of term ${termBefore} to ${ROLE_NAMES[role]} of term ${term}`,
    );
  }

  private elected(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { cluster, leaders, prefixes } = context;
    const { node } = history;
    const { term } = view;
    const earlier = leaders.get(term);
    if (earlier !== undefined && earlier.node !== node) this.reportSecondLeader(history, earlier);
    // The log at the election, without what the leader has appended in the same event.
    let tip = history.log.tip;
    while (tip > 0 && prefixes.term(tip) === term && prefixes.firstEvent(tip) === cluster.event) {
      tip = prefixes.parent(tip);
    }
    const quorum = this.checkQuorum(history, view, tip);
    const lastIndex = prefixes.depth(tip);
    const lastTerm = prefixes.term(tip);
    const { event, now: at } = cluster;
    const leadership: Leadership = { term, node, tip, lastIndex, lastTerm, event, at, quorum };
    if (earlier === undefined) leaders.set(term, leadership);
    this.checkCompleteness(history, leadership, context.ledger.lastCommittedBefore(term));
    this.markElection(history, term);
    if (this.lastLeader !== -1 && this.lastLeader !== node) this.leaderChanges++;
    this.lastLeader = node;
    context.highestLeaderTerm = Math.max(context.highestLeaderTerm, term);
    history.resetProgress(event);
    cluster.note('elected', node, -1, { term }, `elected leader of term ${term}`);
  }

  private markElection(history: NodeHistory, term: number): void {
    const { cluster, histories } = this.context;
    cluster.mark('leader-elected');
    for (const other of histories) {
      if (other.node !== history.node && other.view !== null && other.role === LEADER && other.term < term) {
        cluster.mark('stale-leader');
        break;
      }
    }
    if (this.lastLeader !== -1 && this.lastLeader !== history.node) cluster.mark('leader-change');
    if (history.configuration !== null && history.configuration.outgoing.length > 0) cluster.mark('elected-in-joint');
    const by = histories[history.timeoutNowFrom];
    if (by !== undefined && by.view !== null && history.timeoutNowTerm === term - 1)
      cluster.mark('leadership-transferred');
    history.timeoutNowFrom = -1;
  }

  /** I19, I26: a quorum of the configuration by which the node was elected has voted for it. Returns those voters. */
  private checkQuorum(history: NodeHistory, view: RaftView, tip: number): readonly number[] {
    const { context, flags } = this;
    const { histories } = context;
    const { node } = history;
    const { term } = view;
    const configuration = context.prefixes.configuration(tip)?.configuration ?? view.configuration;
    const isCounted = (one: number): boolean => isVoter(configuration, one);
    this.votes.ballots.flag(term, node, flags);
    const voted = histories.map((other) => other.node).filter((one) => flags[one] === 1);
    const isElected = hasQuorum(configuration, flags);
    if (!isElected) this.reportWrongCount(history, term, configuration, voted);
    const of = configuration.outgoing.length > 0 ? 'joint voters' : `${configuration.voters.length} voters`;
    const name = context.name(node);
    for (const other of histories) flags[other.node] = other.effectiveTerm >= term ? 1 : 0;
    if (!hasQuorum(configuration, flags)) {
      const there = this.nodesAt(term).filter(isCounted);
      const summary = `${name} leads term ${term}, but only ${there.length} of ${of} have reached it`;
      context.report('I19', node, summary, { quorums: [{ text: `nodes at term ${term}`, nodes: there }] });
    }
    if (!isElected) {
      const summary = `${name} leads term ${term}, but only ${voted.filter(isCounted).length} of ${of} voted for it`;
      const quorums = [{ text: `nodes that voted for ${name}`, nodes: voted }];
      context.report('I19', node, summary, { quorums });
    }
    return voted.filter(isCounted);
  }

  /** Too few voters voted for the leader: reports votes of non-voters, or a vote counted twice, if that explains it. */
  private reportWrongCount(
    history: NodeHistory,
    term: number,
    configuration: Configuration,
    voted: readonly number[],
  ): void {
    const { context } = this;
    const name = context.name(history.node);
    const nonVoters = voted.filter((one) => !isVoter(configuration, one));
    const needed = smallestQuorum(configuration);
    let summary = '';
    if (voted.length >= needed && nonVoters.length > 0) {
      const names = nonVoters.map((one) => context.name(one)).join(' and ');
      summary = `${name} leads term ${term} only by the vote of ${names}, no voter of its configuration`;
    } else if (voted.length < needed && history.votesReceived + 1 >= needed) {
      const names = voted.map((one) => context.name(one)).join(' and ');
      summary = `${name} leads term ${term} with the votes of ${names} alone, one of which arrived twice`;
    }
    if (summary === '') return;
    context.report('I26', history.node, summary, { quorums: [{ text: `nodes that voted for ${name}`, nodes: voted }] });
  }

  private reportSecondLeader(history: NodeHistory, earlier: Leadership): void {
    const { context } = this;
    const quorum = this.nodesAt(earlier.term);
    const name = context.name(history.node);
    context.report(
      'I1',
      history.node,
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
          context.present('B', history.node, `${name} became leader of term ${earlier.term}`),
        ],
        quorums: [
          { text: `nodes in term ${earlier.term} at the first election`, nodes: earlier.quorum },
          { text: `nodes in term ${earlier.term} at the second`, nodes: quorum },
        ],
      },
    );
  }

  /** I3: the log of a leader holds everything that earlier terms have committed, up to `index`. */
  private checkCompleteness(history: NodeHistory, leadership: Leadership, index: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const { term, tip } = leadership;
    if (index === 0) return;
    const committed = ledger.prefix(index);
    if (context.holds(history.log, index, committed)) return;
    const name = context.name(history.node);
    context.report(
      'I3',
      history.node,
      `${name} was elected leader of term ${term} without index ${index}, which was committed in term ${ledger.commitTerm(index)}`,
      {
        witnesses: [
          context.commitWitness('A', index),
          context.present(
            'B',
            history.node,
            `the log with which ${name} was elected ends in ${context.describeElectionLog(leadership)}`,
          ),
        ],
        agreement: prefixes.agreement(committed, tip),
      },
    );
  }
}
