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
const LATE = 10;

/** Watches what is committed and applied: I3 (late commits), I4, I6, I9, I10, I14, I22, I26 (acks), I28, I29. */
export class CommitChecks {
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  /** By node: whether it has on disk what is being committed. */
  private readonly holders: Uint8Array;

  constructor(context: CheckContext, membership: MembershipChecks) {
    this.context = context;
    this.membership = membership;
    this.holders = new Uint8Array(context.watched.nodes);
  }

  /**
   * A running node's commitIndex has changed. Its log has been synced.
   *
   * @param leads whether it leads, or did until this event: committing its own removal, a leader may step down at once
   * @param before the configuration it went by until this event
   */
  commitChanged(shadow: NodeHistory, view: RaftView, leads: boolean, before: Configuration | null): void {
    const { context } = this;
    const from = shadow.commit;
    const index = view.commitIndex;
    shadow.commit = index;
    if (index < from) {
      context.report(
        'I9',
        shadow.node,
        `the commitIndex of ${context.name(shadow.node)} went from ${from} back to ${index}`,
        {
          witnesses: [
            context.then('A', shadow.node, shadow.commitSet, `commitIndex ${from}`),
            context.here('B', shadow.node, `commitIndex ${index}`),
          ],
        },
      );
      return;
    }
    shadow.commitSet.set(context.watched.event, context.watched.now);
    if (index > view.log.lastIndex) {
      context.report(
        'I22',
        shadow.node,
        `${context.name(shadow.node)} commits up to ${index}, but its log ends at ${view.log.lastIndex}`,
      );
      return;
    }
    // In between two events, the state machine has had its chance.
    const isLate = from - shadow.claimedApplied >= LATE;
    if (isLate && !shadow.isLate) context.watched.mark('apply-lag');
    shadow.isLate = isLate;
    if (leads) this.leaderCommits(shadow, view, index, before);
    this.enterIntoLedger(shadow, view, index, leads);
    if (context.watched.wants('committed')) {
      context.watched.note(
        'committed',
        shadow.node,
        -1,
        { index, term: view.term, role: view.role === LEADER ? 'leader' : 'follower' },
        `commits up to ${index}`,
      );
    }
  }

  /** A node has executed the entry at `index`. */
  executed(shadow: NodeHistory, index: number, stateHash: number): void {
    const { context } = this;
    const { ledger, executions, watched } = context;
    if (index !== shadow.applied + 1) {
      context.report(
        'I10',
        shadow.node,
        `${context.name(shadow.node)} applied index ${index} after index ${shadow.applied}`,
        {
          witnesses: [
            context.then('A', shadow.node, shadow.appliedSet, `applied index ${shadow.applied}`),
            context.here('B', shadow.node, `applied index ${index}`),
          ],
        },
      );
    }
    shadow.appliedSet.set(watched.event, watched.now);
    shadow.applied = index;
    if (index > shadow.commit || index > shadow.log.length) {
      context.report(
        'I10',
        shadow.node,
        `${context.name(shadow.node)} applied index ${index} although it knows only ${shadow.commit} to be committed`,
      );
      return;
    }
    const prefix = context.prefixAt(shadow.log, index);
    if (index === executions.end) {
      executions.push(prefix, shadow.node, watched.event, watched.now);
    } else if (executions.knows(index) && executions.prefix(index) !== prefix) {
      this.differentlyApplied(shadow, index, prefix);
    }
    const isKnown = index >= ledger.first && index <= ledger.length;
    if (isKnown && ledger.stateHash(index) !== stateHash) this.differentState(shadow, index);
    if (watched.wants('applied')) {
      watched.note('applied', shadow.node, -1, { index }, `applies ${context.describeEntry(prefix)}`);
    }
  }

  private leaderCommits(shadow: NodeHistory, view: RaftView, index: number, before: Configuration | null): void {
    const { context, holders } = this;
    const { configuration } = view;
    const prefix = context.prefixAt(shadow.log, index);
    for (const other of context.shadows) holders[other.node] = context.holds(other.disk, index, prefix) ? 1 : 0;
    // It may have committed under one configuration and put the next into its log in one event.
    const isCounted = hasQuorum(configuration, holders) || (before !== null && hasQuorum(before, holders));
    if (!isCounted || view.log.term(index) !== view.term) this.wronglyCommitted(shadow, view, index, isCounted);
    const first = context.ledger.length + 1;
    if (first <= index && context.prefixes.term(context.prefixAt(shadow.log, first)) < view.term) {
      context.watched.mark('indirect-commit');
    }
    if (holders[shadow.node] === 0) context.watched.mark('commit-before-own-fsync');
  }

  private wronglyCommitted(shadow: NodeHistory, view: RaftView, index: number, isCounted: boolean): void {
    const { context } = this;
    const { configuration } = view;
    const prefix = context.prefixAt(shadow.log, index);
    const name = context.name(shadow.node);
    const term = view.log.term(index);
    const holders = context.shadows.map(({ node }) => node).filter((node) => this.holders[node] === 1);
    const voters = holders.filter((node) => isVoter(configuration, node));
    const strangers = holders.filter((node) => !isVoter(configuration, node));
    const isCrowded = !isCounted && strangers.length > 0 && holders.length >= smallestQuorum(configuration);
    let summary = `${name}, leader of term ${view.term}, committed index ${index} of term ${term} by counting`;
    if (isCrowded) {
      summary = `${name} committed index ${index}, which is durable on enough nodes only with ${strangers.map((node) => context.name(node)).join(' and ')}, no voter of its configuration`;
    } else if (term === view.term) {
      const of = configuration.outgoing.length > 0 ? 'joint voters' : `${configuration.voters.length} voters`;
      summary = `${name} committed index ${index}, which is durable on ${voters.length} of ${of} only`;
    }
    context.report(isCrowded ? 'I26' : 'I14', shadow.node, summary, {
      witnesses: [
        context.entryWitness('A', prefix, 'was appended'),
        context.here('B', shadow.node, `commitIndex ${index} in term ${view.term}`),
      ],
      quorums: [{ text: `nodes that have index ${index} on disk`, nodes: holders }],
    });
  }

  private enterIntoLedger(shadow: NodeHistory, view: RaftView, index: number, leads: boolean): void {
    const { context } = this;
    const { ledger } = context;
    const known = Math.min(index, ledger.length);
    const mine = context.prefixAt(shadow.log, known);
    if (mine !== ledger.prefix(known) && mine !== FORGOTTEN) {
      this.contradicted(shadow, view, mine, known);
      return;
    }
    if (known < index && !leads) {
      context.report(
        'I14',
        shadow.node,
        `${context.name(shadow.node)} committed index ${index}, although no leader has committed beyond ${known}`,
      );
    }
    // Nearly always the log still holds what is committed in this event.
    const isThere = shadow.log.base <= known + 1;
    for (let next = known + 1; next <= index; next++) {
      const prefix = isThere ? shadow.log.at(next) : context.prefixes.ancestor(shadow.log.at(index), next);
      this.extendLedger(shadow, view, prefix);
    }
    if (known < index && view.term < context.highestLeaderTerm) this.lateCommit(shadow, view, index);
  }

  /** The ledger holds another entry at an index up to `known` than the node, whose log up to there is `mine`. */
  private contradicted(shadow: NodeHistory, view: RaftView, mine: number, known: number): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const agreement = prefixes.agreement(mine, ledger.prefix(known));
    const name = context.name(shadow.node);
    const first = context.describeEntry(prefixes.ancestor(mine, agreement + 1));
    context.report(
      'I6',
      shadow.node,
      `${name} committed another entry at index ${agreement + 1} than the cluster had`,
      {
        witnesses: [
          context.commitWitness('A', agreement + 1),
          context.here('B', shadow.node, `${first} committed by ${name} in term ${view.term}`),
        ],
        agreement,
      },
    );
  }

  private extendLedger(shadow: NodeHistory, view: RaftView, prefix: number): void {
    const { ledger, prefixes, watched } = this.context;
    const entry = prefixes.entry(prefix);
    const expired = ledger.expiredSessions;
    const outcome = ledger.extend(prefix, entry, view.term, shadow.node, watched.event, watched.now);
    if (outcome === REPEATED) watched.mark('request-committed-twice');
    if (ledger.expiredSessions > expired) watched.mark('session-expired');
    if (entry.request?.command.op === 'register' && outcome === EXECUTED) watched.mark('session-opened');
    if (entry.configuration !== null) this.membership.committed(shadow, prefixes.configuration(prefix)!);
  }

  /**
   * A leader of an older term committed something after a later leader was elected. That is legal if the later one's log
   * holds it: compare with the log with which each was elected, also of those that are dead by now.
   */
  private lateCommit(shadow: NodeHistory, view: RaftView, index: number): void {
    const { context } = this;
    const committed = shadow.log.at(index);
    for (const leadership of context.leaders.values()) {
      const { term, node, tip, lastIndex, event, at } = leadership;
      if (term <= view.term) continue;
      if (lastIndex >= index && context.prefixes.ancestor(tip, index) === committed) continue;
      context.report(
        'I3',
        shadow.node,
        `${context.name(shadow.node)} committed index ${index} in term ${view.term}, but ${context.name(node)} had been elected leader of term ${term} without it`,
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

  private differentlyApplied(shadow: NodeHistory, index: number, prefix: number): void {
    const { context } = this;
    const first = context.executions.prefix(index);
    const by = context.executions.node(index);
    context.report(
      'I4',
      shadow.node,
      `${context.name(by)} and ${context.name(shadow.node)} applied different entries at index ${index}`,
      {
        witnesses: [
          {
            label: 'A',
            node: by,
            ...context.executions.moment(index),
            text: `${context.describeEntry(first)} applied by ${context.name(by)}`,
          },
          context.here('B', shadow.node, `${context.describeEntry(prefix)} applied by ${context.name(shadow.node)}`),
        ],
        agreement: context.prefixes.agreement(first, prefix),
      },
    );
  }

  private differentState(shadow: NodeHistory, index: number): void {
    const { context } = this;
    const name = context.name(shadow.node);
    const entry = context.describeEntry(context.ledger.prefix(index));
    if (context.ledger.isRepeat(index)) {
      context.report('I29', shadow.node, `${name} executed a request again that had been executed before: ${entry}`, {
        witnesses: [context.commitWitness('A', index)],
      });
      return;
    }
    if (context.ledger.isRefused(index)) {
      context.report('I29', shadow.node, `${name} executed a request of a session that is not open: ${entry}`, {
        witnesses: [context.commitWitness('A', index)],
      });
      return;
    }
    context.report(
      'I28',
      shadow.node,
      `after index ${index} the state of ${name} is not that of replaying the committed log`,
      {
        witnesses: [context.commitWitness('A', index)],
      },
    );
  }
}
