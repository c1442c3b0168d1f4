import type { Configuration } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, PRE_CANDIDATE, type RaftView, type RoleCode } from '../../core/view.ts';
import { isOnlyVoter, isVoter } from '../configurations.ts';
import type { CheckContext, Leadership } from '../context.ts';
import type { MembershipChecks } from './membership.ts';
import { hasQuorum, smallestQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { VoteChecks } from './vote.ts';

/** By role code. */
const ROLE_NAMES: readonly string[] = ['follower', 'candidate', 'leader', 'pre-candidate'];

/** Watches terms, roles and who is elected: I1, I3 (at elections), I7, I19, I21, I26 (votes). */
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
    this.flags = new Uint8Array(context.watched.nodes);
  }

  /** Term, vote or role of a running node has changed. Its log has been synced. */
  changed(shadow: NodeHistory, view: RaftView): void {
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
    if (view.votedFor !== votedFor || view.term !== term) this.votes.changed(shadow, view);
    if (role !== view.role || (view.role !== FOLLOWER && view.term !== term))
      this.roleChanged(shadow, view, role, term);
  }

  /** A node has come back: a vote that was neither on its disk nor told to anybody is as if not given. */
  rebooted(shadow: NodeHistory, view: RaftView): void {
    this.votes.ballots.rebooted(shadow.node, view.term, view.votedFor, shadow.grants);
  }

  /** Nodes whose (volatile, or for crashed ones durable) term has reached `term`. */
  private nodesAt(term: number): number[] {
    const nodes: number[] = [];
    for (const shadow of this.context.shadows) if (shadow.effectiveTerm >= term) nodes.push(shadow.node);
    return nodes;
  }

  private roleChanged(shadow: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { context } = this;
    const { watched } = context;
    this.mustFollowArrows(shadow, view, before, termBefore);
    switch (view.role) {
      case PRE_CANDIDATE:
        this.membership.stands(shadow, view);
        watched.note('pre-candidate', shadow.node, -1, { term: view.term }, 'asks whether it would be elected');
        break;
      case CANDIDATE:
        this.elections++;
        shadow.votesHeard = 0;
        this.membership.stands(shadow, view);
        watched.note('candidate', shadow.node, -1, { term: view.term }, `stands for election in term ${view.term}`);
        break;
      case LEADER:
        this.elected(shadow, view);
        break;
      case FOLLOWER:
        this.steppedDown(shadow, view, before, termBefore);
    }
  }

  private steppedDown(shadow: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { watched } = this.context;
    if (before === CANDIDATE) watched.mark('candidate-stepped-down');
    if (before === PRE_CANDIDATE && view.term === termBefore) watched.mark('pre-candidate-stepped-down');
    if (before === LEADER) {
      watched.mark('leader-stepped-down');
      // Nobody told it of a later term, and it has not removed itself: it has not heard from enough of its voters.
      if (view.term === termBefore && isVoter(view.configuration, shadow.node)) watched.mark('quorum-lost');
    }
    watched.note(
      'stepped-down',
      shadow.node,
      -1,
      { term: view.term, from: ROLE_NAMES[before]! },
      `${ROLE_NAMES[before]} becomes follower in term ${view.term}`,
    );
  }

  /** I21: the arrows of Figure 4, and those of pre-candidates, who have not raised their term. */
  private mustFollowArrows(shadow: NodeHistory, view: RaftView, before: RoleCode, termBefore: number): void {
    const { context } = this;
    const { role, term, configuration } = view;
    const stood = before === CANDIDATE || before === LEADER;
    const isAlone = isOnlyVoter(configuration, shadow.node);
    const skipsCandidacy = role === LEADER && !stood && !isAlone;
    const standsWhileLeading = before === LEADER && (role === CANDIDATE || role === PRE_CANDIDATE);
    const risesToLead = role === LEADER && stood && termBefore !== term;
    const standsInOldTerm = role === CANDIDATE && !stood && termBefore === term;
    const risesToAsk = role === PRE_CANDIDATE && termBefore !== term;
    if (!(skipsCandidacy || standsWhileLeading || risesToLead || standsInOldTerm || risesToAsk)) return;
    context.report(
      'I21',
      shadow.node,
      `${context.name(shadow.node)} went from ${ROLE_NAMES[before]} of term ${termBefore} to ${ROLE_NAMES[role]} of term ${term}`,
    );
  }

  private elected(shadow: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { watched, leaders, prefixes } = context;
    const { node } = shadow;
    const { term } = view;
    const earlier = leaders.get(term);
    if (earlier !== undefined && earlier.node !== node) this.secondLeader(shadow, earlier);
    // What the log was at the election: without what the new leader has appended in the same event.
    let tip = shadow.log.tip;
    while (tip > 0 && prefixes.term(tip) === term && prefixes.firstEvent(tip) === watched.event) {
      tip = prefixes.parent(tip);
    }
    const quorum = this.electedByQuorum(shadow, view, tip);
    const lastIndex = prefixes.depth(tip);
    const lastTerm = prefixes.term(tip);
    const { event, now: at } = watched;
    const leadership: Leadership = { term, node, tip, lastIndex, lastTerm, event, at, quorum };
    if (earlier === undefined) leaders.set(term, leadership);
    this.mustHold(shadow, leadership, context.ledger.lastCommittedBefore(term));
    this.markElection(shadow, term);
    if (this.lastLeader !== -1 && this.lastLeader !== node) this.leaderChanges++;
    this.lastLeader = node;
    context.highestLeaderTerm = Math.max(context.highestLeaderTerm, term);
    shadow.beginLeadership();
    watched.note('elected', node, -1, { term }, `elected leader of term ${term}`);
  }

  private markElection(shadow: NodeHistory, term: number): void {
    const { watched, shadows } = this.context;
    watched.mark('leader-elected');
    for (const other of shadows) {
      if (other.node !== shadow.node && other.view !== null && other.role === LEADER && other.term < term) {
        watched.mark('stale-leader');
        break;
      }
    }
    if (this.lastLeader !== -1 && this.lastLeader !== shadow.node) watched.mark('leader-change');
    if (shadow.configuration !== null && shadow.configuration.outgoing.length > 0) watched.mark('elected-in-joint');
    const by = shadows[shadow.toldToStandBy];
    if (by !== undefined && by.view !== null && shadow.toldToStandIn === term - 1) watched.mark('leadership-transferred');
    shadow.toldToStandBy = -1;
  }

  /** I19, I26: who has voted for the node, and whether they suffice under the configuration it was elected by. */
  private electedByQuorum(shadow: NodeHistory, view: RaftView, tip: number): readonly number[] {
    const { context, flags } = this;
    const { shadows } = context;
    const { node } = shadow;
    const { term } = view;
    const configuration = context.prefixes.configuration(tip)?.configuration ?? view.configuration;
    const isCounted = (one: number): boolean => isVoter(configuration, one);
    this.votes.ballots.flag(term, node, flags);
    const voted = shadows.map((other) => other.node).filter((one) => flags[one] === 1);
    const isElected = hasQuorum(configuration, flags);
    if (!isElected) this.wronglyCounted(shadow, term, configuration, voted);
    const of = configuration.outgoing.length > 0 ? 'joint voters' : `${configuration.voters.length} voters`;
    const name = context.name(node);
    for (const other of shadows) flags[other.node] = other.effectiveTerm >= term ? 1 : 0;
    if (!hasQuorum(configuration, flags)) {
      const there = this.nodesAt(term).filter(isCounted);
      const summary = `${name} leads term ${term}, which only ${there.length} of ${of} have reached`;
      context.report('I19', node, summary, { quorums: [{ text: `nodes at term ${term}`, nodes: there }] });
    }
    if (!isElected) {
      const summary = `${name} leads term ${term}, in which only ${voted.filter(isCounted).length} of ${of} voted for it`;
      const quorums = [{ text: `nodes that voted for ${name}`, nodes: voted }];
      context.report('I19', node, summary, { quorums });
    }
    return voted.filter(isCounted);
  }

  /** The votes of too few voters: were there enough with those of others, or with those that came twice? */
  private wronglyCounted(
    shadow: NodeHistory,
    term: number,
    configuration: Configuration,
    voted: readonly number[],
  ): void {
    const { context } = this;
    const name = context.name(shadow.node);
    const strangers = voted.filter((one) => !isVoter(configuration, one));
    const needed = smallestQuorum(configuration);
    let summary = '';
    if (voted.length >= needed && strangers.length > 0) {
      const who = strangers.map((one) => context.name(one)).join(' and ');
      summary = `${name} leads term ${term} only by the vote of ${who}, no voter of its configuration`;
    } else if (voted.length < needed && shadow.votesHeard + 1 >= needed) {
      const words = voted.map((one) => context.name(one)).join(' and ');
      summary = `${name} leads term ${term} with the votes of ${words} alone, one of which arrived twice`;
    }
    if (summary === '') return;
    context.report('I26', shadow.node, summary, { quorums: [{ text: `nodes that voted for ${name}`, nodes: voted }] });
  }

  private secondLeader(shadow: NodeHistory, earlier: Leadership): void {
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
  private mustHold(shadow: NodeHistory, leadership: Leadership, index: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const { term, tip } = leadership;
    if (index === 0) return;
    const committed = ledger.prefix(index);
    if (context.holds(shadow.log, index, committed)) return;
    const name = context.name(shadow.node);
    context.report(
      'I3',
      shadow.node,
      `${name} was elected leader of term ${term} without index ${index}, which term ${ledger.commitTerm(index)} had committed`,
      {
        witnesses: [
          context.commitWitness('A', index),
          context.here(
            'B',
            shadow.node,
            `the log with which ${name} was elected ends in ${context.describeElectionLog(leadership)}`,
          ),
        ],
        agreement: prefixes.agreement(committed, tip),
      },
    );
  }
}
