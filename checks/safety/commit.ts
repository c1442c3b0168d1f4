import type { Configuration } from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import { isVoter } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import type { MembershipChecks } from './membership.ts';
import { EXECUTED, REPEATED } from '../history/kv-model.ts';
import { FORGOTTEN } from '../history/prefixes.ts';
import { hasQuorum, smallestQuorum } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** What is applied this far behind the commitIndex is late. */
const APPLY_LAG = 10;

/** Watches what is committed and applied: I3 (late commits), I4, I6, I9, I10, I14, I22, I26 (acks), I28, I29. */
export class CommitChecks {
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  /** By node: whether it has on disk what is being committed. */
  private readonly holders: Uint8Array;

  constructor(context: CheckContext, membership: MembershipChecks) {
    this.context = context;
    this.membership = membership;
    this.holders = new Uint8Array(context.cluster.nodes);
  }

  /**
   * A running node's commitIndex has changed. Its log has been synced.
   *
   * @param leads whether it leads, or did until this event: committing its own removal, a leader may step down at once
   * @param before the configuration it went by until this event
   */
  commitChanged(history: NodeHistory, view: RaftView, leads: boolean, before: Configuration | null): void {
    const { context } = this;
    const from = history.commitIndex;
    const index = view.commitIndex;
    history.commitIndex = index;
    if (index < from) {
      context.report(
        'I9',
        history.node,
        `the commitIndex of ${context.name(history.node)} went from ${from} back to ${index}`,
        {
          witnesses: [
            context.earlier('A', history.node, history.commitSetAt, `commitIndex ${from}`),
            context.present('B', history.node, `commitIndex ${index}`),
          ],
        },
      );
      return;
    }
    history.commitSetAt.set(context.cluster.event, context.cluster.now);
    if (index > view.log.lastIndex) {
      context.report(
        'I22',
        history.node,
        `${context.name(history.node)} commits up to ${index}, but its log ends at ${view.log.lastIndex}`,
      );
      return;
    }
    // In between two events, the state machine has had its chance.
    const isLagging = from - history.reportedApplied >= APPLY_LAG;
    if (isLagging && !history.isApplyLagging) context.cluster.mark('apply-lag');
    history.isApplyLagging = isLagging;
    if (leads) this.leaderCommits(history, view, index, before);
    this.recordCommit(history, view, index, leads);
    if (context.cluster.wants('committed')) {
      context.cluster.note(
        'committed',
        history.node,
        -1,
        { index, term: view.term, role: view.role === LEADER ? 'leader' : 'follower' },
        `commits up to ${index}`,
      );
    }
  }

  /** A node has executed the entry at `index`. */
  executed(history: NodeHistory, index: number, stateHash: number): void {
    const { context } = this;
    const { ledger, applyHistory, cluster } = context;
    if (index !== history.applied + 1) {
      context.report(
        'I10',
        history.node,
        `${context.name(history.node)} applied index ${index} after index ${history.applied}`,
        {
          witnesses: [
            context.earlier('A', history.node, history.appliedSetAt, `applied index ${history.applied}`),
            context.present('B', history.node, `applied index ${index}`),
          ],
        },
      );
    }
    history.appliedSetAt.set(cluster.event, cluster.now);
    history.applied = index;
    if (index > history.commitIndex || index > history.log.length) {
      context.report(
        'I10',
        history.node,
        `${context.name(history.node)} applied index ${index} although it knows only ${history.commitIndex} to be committed`,
      );
      return;
    }
    const prefix = context.prefixAt(history.log, index);
    if (index === applyHistory.end) {
      applyHistory.push(prefix, history.node, cluster.event, cluster.now);
    } else if (applyHistory.knows(index) && applyHistory.prefix(index) !== prefix) {
      this.reportDifferentEntry(history, index, prefix);
    }
    const isKnown = index >= ledger.first && index <= ledger.length;
    if (isKnown && ledger.stateHash(index) !== stateHash) this.reportDifferentState(history, index);
    if (cluster.wants('applied')) {
      cluster.note('applied', history.node, -1, { index }, `applies ${context.describeEntry(prefix)}`);
    }
  }

  private leaderCommits(history: NodeHistory, view: RaftView, index: number, before: Configuration | null): void {
    const { context, holders } = this;
    const { configuration } = view;
    const prefix = context.prefixAt(history.log, index);
    for (const other of context.histories) holders[other.node] = context.holds(other.disk, index, prefix) ? 1 : 0;
    // It may have committed under one configuration and put the next into its log in one event.
    const isCounted = hasQuorum(configuration, holders) || (before !== null && hasQuorum(before, holders));
    if (!isCounted || view.log.term(index) !== view.term) this.reportWrongCommit(history, view, index, isCounted);
    const first = context.ledger.length + 1;
    if (first <= index && context.prefixes.term(context.prefixAt(history.log, first)) < view.term) {
      context.cluster.mark('indirect-commit');
    }
    if (holders[history.node] === 0) context.cluster.mark('commit-before-own-fsync');
  }

  private reportWrongCommit(history: NodeHistory, view: RaftView, index: number, isCounted: boolean): void {
    const { context } = this;
    const { configuration } = view;
    const prefix = context.prefixAt(history.log, index);
    const name = context.name(history.node);
    const term = view.log.term(index);
    const holders = context.histories.map(({ node }) => node).filter((node) => this.holders[node] === 1);
    const voters = holders.filter((node) => isVoter(configuration, node));
    const nonVoters = holders.filter((node) => !isVoter(configuration, node));
    const isCrowded = !isCounted && nonVoters.length > 0 && holders.length >= smallestQuorum(configuration);
    let summary = `${name}, leader of term ${view.term}, committed index ${index} of term ${term} by counting`;
    if (isCrowded) {
      summary = `${name} committed index ${index}, which is durable on enough nodes only with ${nonVoters.map((node) => context.name(node)).join(' and ')}, no voter of its configuration`;
    } else if (term === view.term) {
      const of = configuration.outgoing.length > 0 ? 'joint voters' : `${configuration.voters.length} voters`;
      summary = `${name} committed index ${index}, which is durable on ${voters.length} of ${of} only`;
    }
    context.report(isCrowded ? 'I26' : 'I14', history.node, summary, {
      witnesses: [
        context.entryWitness('A', prefix, 'was appended'),
        context.present('B', history.node, `commitIndex ${index} in term ${view.term}`),
      ],
      quorums: [{ text: `nodes that have index ${index} on disk`, nodes: holders }],
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
      context.report(
        'I14',
        history.node,
        `${context.name(history.node)} committed index ${index}, although no leader has committed beyond ${known}`,
      );
    }
    // Nearly always the log still holds what is committed in this event.
    const isThere = history.log.base <= known + 1;
    for (let next = known + 1; next <= index; next++) {
      const prefix = isThere ? history.log.at(next) : context.prefixes.ancestor(history.log.at(index), next);
      this.extendLedger(history, view, prefix);
    }
    if (known < index && view.term < context.highestLeaderTerm) this.checkLaterLeaders(history, view, index);
  }

  /** The ledger holds another entry at an index up to `known` than the node, whose log up to there is `mine`. */
  private reportContradiction(history: NodeHistory, view: RaftView, mine: number, known: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const agreement = prefixes.agreement(mine, ledger.prefix(known));
    const name = context.name(history.node);
    const first = context.describeEntry(prefixes.ancestor(mine, agreement + 1));
    context.report(
      'I6',
      history.node,
      `${name} committed another entry at index ${agreement + 1} than the cluster had`,
      {
        witnesses: [
          context.commitWitness('A', agreement + 1),
          context.present('B', history.node, `${first} committed by ${name} in term ${view.term}`),
        ],
        agreement,
      },
    );
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
   * A leader of an older term committed something after a later leader was elected. That is legal if the later one's log
   * holds it: compare with the log with which each was elected, also of those that are dead by now.
   */
  private checkLaterLeaders(history: NodeHistory, view: RaftView, index: number): void {
    const { context } = this;
    const committed = history.log.at(index);
    for (const leadership of context.leaders.values()) {
      const { term, node, tip, lastIndex, event, at } = leadership;
      if (term <= view.term) continue;
      if (lastIndex >= index && context.prefixes.ancestor(tip, index) === committed) continue;
      context.report(
        'I3',
        history.node,
        `${context.name(history.node)} committed index ${index} in term ${view.term}, but ${context.name(node)} had been elected leader of term ${term} without it`,
        {
          witnesses: [
            context.commitWitness('A', index),
            {
              label: 'B',
              node,
              event,
              at,
              text: `the log with which ${context.name(node)} was elected ends in ${context.describeElectionLog(leadership)}`,
            },
          ],
          agreement: lastIndex < context.prefixes.floor ? null : context.prefixes.agreement(committed, tip),
        },
      );
    }
  }

  private reportDifferentEntry(history: NodeHistory, index: number, prefix: number): void {
    const { context } = this;
    const first = context.applyHistory.prefix(index);
    const by = context.applyHistory.node(index);
    context.report(
      'I4',
      history.node,
      `${context.name(by)} and ${context.name(history.node)} applied different entries at index ${index}`,
      {
        witnesses: [
          {
            label: 'A',
            node: by,
            ...context.applyHistory.moment(index),
            text: `${context.describeEntry(first)} applied by ${context.name(by)}`,
          },
          context.present(
            'B',
            history.node,
            `${context.describeEntry(prefix)} applied by ${context.name(history.node)}`,
          ),
        ],
        agreement: context.prefixes.agreement(first, prefix),
      },
    );
  }

  private reportDifferentState(history: NodeHistory, index: number): void {
    const { context } = this;
    const name = context.name(history.node);
    const entry = context.describeEntry(context.ledger.prefix(index));
    if (context.ledger.isRepeat(index)) {
      context.report('I29', history.node, `${name} executed a request again that had been executed before: ${entry}`, {
        witnesses: [context.commitWitness('A', index)],
      });
      return;
    }
    if (context.ledger.isRejected(index)) {
      context.report('I29', history.node, `${name} executed a request of a session that is not open: ${entry}`, {
        witnesses: [context.commitWitness('A', index)],
      });
      return;
    }
    context.report(
      'I28',
      history.node,
      `after index ${index} the state of ${name} is not that of replaying the committed log`,
      {
        witnesses: [context.commitWitness('A', index)],
      },
    );
  }
}
