import type { Configuration } from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import { isVoter } from '../configurations.ts';
import type { CheckContext, Leadership } from '../context.ts';
import type { MembershipChecks } from './membership.ts';
import { EXECUTED, REPEATED } from '../history/kv-model.ts';
import { FORGOTTEN } from '../history/prefixes.ts';
import { hasQuorum, smallestQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Entries below the commitIndex that are not applied yet, from which on the state machine counts as lagging. */
const APPLY_LAG = 10;

/**
 * Checks what nodes commit, and keeps the ledger: I3 (late commits), I6, I9, I14, I22 (commitIndex ≤ last log index),
 * I26 (acknowledgements).
 */
export class CommitChecks {
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  /** By node: 1 if the entry that is being committed is on its disk. */
  private readonly holders: Uint8Array;

  constructor(context: CheckContext, membership: MembershipChecks) {
    this.context = context;
    this.membership = membership;
    this.holders = new Uint8Array(context.cluster.nodes);
  }

  /**
   * A running node's commitIndex has changed. Its log has been synced.
   *
   * @param leads whether it leads, or led until this event: a leader may step down as it commits its own removal
   * @param before the configuration it used until this event
   */
  commitChanged(history: NodeHistory, view: RaftView, leads: boolean, before: Configuration | null): void {
    const { cluster } = this.context;
    const { node, commitIndex: from } = history;
    const index = view.commitIndex;
    history.commitIndex = index;
    if (index < from) {
      this.reportLowerCommit(history, from, index);
      return;
    }
    history.commitSetAt.set(cluster.event, cluster.now);
    if (index > view.log.lastIndex) {
      const summary = `${this.context.name(node)} commits up to ${index}, but its log ends at ${view.log.lastIndex}`;
      this.context.report('I22', node, summary);
      return;
    }
    // Between two events the state machine had time to apply the entries committed before.
    const isLagging = from - history.reportedApplied >= APPLY_LAG;
    if (isLagging && !history.isApplyLagging) cluster.mark('apply-lag');
    history.isApplyLagging = isLagging;
    if (leads) this.leaderCommits(history, view, index, before);
    this.recordCommit(history, view, index, leads);
    if (cluster.wants('committed')) {
      const role = view.role === LEADER ? 'leader' : 'follower';
      cluster.note('committed', node, -1, { index, term: view.term, role }, `commits up to ${index}`);
    }
  }

  private reportLowerCommit({ node, commitSetAt }: NodeHistory, from: number, index: number): void {
    const { context } = this;
    const summary = `the commitIndex of ${context.name(node)} went from ${from} back to ${index}`;
    context.report('I9', node, summary, {
      witnesses: [
        context.earlier('A', node, commitSetAt, `commitIndex ${from}`),
        context.present('B', node, `commitIndex ${index}`),
      ],
    });
  }

  private leaderCommits(history: NodeHistory, view: RaftView, index: number, before: Configuration | null): void {
    const { context, holders } = this;
    const { configuration } = view;
    const prefix = context.prefixAt(history.log, index);
    for (const other of context.histories) holders[other.node] = context.holds(other.disk, index, prefix) ? 1 : 0;
    // It counts by the configuration that it used until this event, and by one that the entries it commits brought with
    // them (§4.3). One that it has appended in this event, after it committed, decides nothing yet.
    const isBrought = before === null || before === configuration || view.configurationIndex <= index;
    const isCounted =
      (before === null || hasQuorum(before, holders)) && (!isBrought || hasQuorum(configuration, holders));
    if (!isCounted && this.countsWiped(history, view, index)) return;
    const counted = before !== null && !hasQuorum(before, holders) ? before : configuration;
    if (!isCounted || view.log.term(index) !== view.term)
      this.reportWrongCommit(history, view, index, isCounted, counted);
    const first = context.ledger.length + 1;
    if (first <= index && context.prefixes.term(context.prefixAt(history.log, first)) < view.term) {
      context.cluster.mark('indirect-commit');
    }
    if (holders[history.node] === 0) context.cluster.mark('commit-before-own-fsync');
  }

  /** I34: the leader counts a member that had the entry until its disk was wiped. Reports it if that explains the commit. */
  private countsWiped(history: NodeHistory, view: RaftView, index: number): boolean {
    const { context } = this;
    const counted = this.holders.slice();
    const wiped = context.histories.filter(
      ({ node, wipedAt }) =>
        counted[node] === 0 &&
        wipedAt !== null &&
        wipedAt.event > history.memberSinceEvent[node]! &&
        view.matchIndex[node]! >= index,
    );
    for (const { node } of wiped) counted[node] = 1;
    const [first] = wiped;
    if (first === undefined || !hasQuorum(view.configuration, counted)) return false;
    const [name, lost] = [context.name(history.node), context.name(first.node)];
    const summary = `${name} committed index ${index} by counting ${lost}, which has lost it with its disk`;
    context.report('I34', first.node, summary, {
      witnesses: [
        context.earlier('A', first.node, first.wipedAt!, `the disk of ${lost} lost what it held`),
        context.present('B', history.node, `matchIndex ${view.matchIndex[first.node]!} for ${lost}`),
      ],
    });
    return true;
  }

  /** @param configuration the one of which no quorum holds the entry, if it is not counted */
  private reportWrongCommit(
    history: NodeHistory,
    view: RaftView,
    index: number,
    isCounted: boolean,
    configuration: Configuration,
  ): void {
    const { context } = this;
    const prefix = context.prefixAt(history.log, index);
    const name = context.name(history.node);
    const term = view.log.term(index);
    const holders = context.histories.map(({ node }) => node).filter((node) => this.holders[node] === 1);
    const voters = holders.filter((node) => isVoter(configuration, node));
    const nonVoters = holders.filter((node) => !isVoter(configuration, node));
    const countsNonVoters = !isCounted && nonVoters.length > 0 && holders.length >= smallestQuorum(configuration);
    let summary = `${name}, leader of term ${view.term}, committed index ${index} of term ${term} by counting replicas`;
    if (countsNonVoters) {
      const names = nonVoters.map((node) => context.name(node)).join(' and ');
      summary = `${name} committed index ${index}, which is durable on a majority only together with ${names}, no voter of its configuration`;
    } else if (term === view.term) {
      const of = configuration.outgoing.length > 0 ? 'joint voters' : `${configuration.voters.length} voters`;
      summary = `${name} committed index ${index}, which is durable on only ${voters.length} of ${of}`;
    }
    context.report(countsNonVoters ? 'I26' : 'I14', history.node, summary, {
      witnesses: [
        context.entryWitness('A', prefix, 'was appended'),
        context.present('B', history.node, `commitIndex ${index} in term ${view.term}`),
      ],
      quorums: [{ text: `nodes with index ${index} on disk`, nodes: holders }],
    });
  }

  private recordCommit(history: NodeHistory, view: RaftView, index: number, leads: boolean): void {
    const { context } = this;
    const { ledger } = context;
    const known = Math.min(index, ledger.length);
    const mine = context.prefixAt(history.log, known);
    if (mine !== ledger.prefix(known) && mine !== FORGOTTEN) {
      this.reportContradiction(history, view, mine, known);
      return;
    }
    if (known < index && !leads) {
      const summary = `${context.name(history.node)} committed index ${index}, but leaders have committed only up to ${known}`;
      context.report('I14', history.node, summary);
    }
    // Nearly always the log still holds the entries committed in this event.
    const isThere = history.log.base <= known + 1;
    for (let next = known + 1; next <= index; next++) {
      const prefix = isThere ? history.log.at(next) : context.prefixes.ancestor(history.log.at(index), next);
      this.extendLedger(history, view, prefix);
    }
    if (known < index && view.term < context.highestLeaderTerm) this.checkLaterLeaders(history, view, index);
  }

  /**
   * The node has committed another entry than the ledger.
   *
   * @param mine prefix id of its log up to `known`, the last index that both have
   */
  private reportContradiction({ node }: NodeHistory, view: RaftView, mine: number, known: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const agreement = prefixes.agreement(mine, ledger.prefix(known));
    const name = context.name(node);
    const index = agreement + 1;
    const first = context.describeEntry(prefixes.ancestor(mine, index));
    context.report('I6', node, `${name} committed another entry at index ${index} than the cluster had`, {
      witnesses: [
        context.commitWitness('A', index),
        context.present('B', node, `${first} committed by ${name} in term ${view.term}`),
      ],
      agreement,
    });
  }

  private extendLedger(history: NodeHistory, view: RaftView, prefix: number): void {
    const { ledger, prefixes, cluster } = this.context;
    const entry = prefixes.entry(prefix);
    const expired = ledger.expiredSessions;
    const outcome = ledger.extend(prefix, entry, view.term, history.node, cluster.event, cluster.now);
    if (outcome === REPEATED) cluster.mark('request-committed-twice');
    if (ledger.expiredSessions > expired) cluster.mark('session-expired');
    if (entry.request?.command.op === 'register' && outcome === EXECUTED) cluster.mark('session-opened');
    if (entry.configuration !== null) this.membership.committed(history, prefixes.configuration(prefix)!);
  }

  /**
   * A leader committed something after the leader of a later term had been elected. That is legal if the later leader's
   * log holds it. Compares with the logs with which leaders were elected, so that crashed leaders count too.
   */
  private checkLaterLeaders({ node, log }: NodeHistory, view: RaftView, index: number): void {
    const { prefixes, leaders } = this.context;
    const committed = log.at(index);
    for (const later of leaders.values()) {
      if (later.term <= view.term) continue;
      if (later.lastIndex >= index && prefixes.ancestor(later.tip, index) === committed) continue;
      this.reportLateCommit(node, view.term, index, committed, later);
    }
  }

  private reportLateCommit(node: number, term: number, index: number, committed: number, later: Leadership): void {
    const { context } = this;
    const { prefixes } = context;
    const leader = context.name(later.node);
    const summary = `${context.name(node)} committed index ${index} in term ${term}, but ${leader} had been elected leader of term ${later.term} without it`;
    const text = `the log with which ${leader} was elected ends in ${context.describeElectionLog(later)}`;
    context.report('I3', node, summary, {
      witnesses: [context.commitWitness('A', index), context.earlier('B', later.node, later, text)],
      agreement: later.lastIndex < prefixes.floor ? null : prefixes.agreement(committed, later.tip),
    });
  }
}
