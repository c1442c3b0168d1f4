import { LEADER, type RaftView } from '../core/view.ts';
import type { Reply, Request } from '../sim/protocol.ts';
import type { CheckContext } from './context.ts';
import type { Shadow } from './shadow.ts';

/** Watches what is committed, applied and acknowledged: I3 (late commits), I4, I6, I9, I10, I14, I22, I28, I29, I30. */
export class CommitChecks {
  private readonly context: CheckContext;
  /** By index: the prefix that was applied there first, and by whom. */
  private readonly applied: number[] = [0];
  private readonly appliedBy: number[] = [-1];
  private readonly appliedEvents: number[] = [0];
  private readonly appliedTimes: number[] = [0];

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** A running node's commitIndex has changed. Its log has been synced. */
  commitChanged(shadow: Shadow, view: RaftView): void {
    const { context } = this;
    const before = shadow.commit;
    const index = view.commitIndex;
    shadow.commit = index;
    if (index < before) {
      context.report(
        'I9',
        shadow.node,
        `the commitIndex of ${context.name(shadow.node)} went from ${before} back to ${index}`,
        {
          witnesses: [
            context.then('A', shadow.node, shadow.commitSet, `commitIndex ${before}`),
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
    if (view.role === LEADER) this.leaderCommits(shadow, view, index);
    this.enterIntoLedger(shadow, view, index);
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
  executed(shadow: Shadow, index: number, stateHash: number): void {
    const { context } = this;
    const { ledger } = context;
    const name = context.name(shadow.node);
    if (index !== shadow.applied + 1) {
      context.report('I10', shadow.node, `${name} applied index ${index} after index ${shadow.applied}`, {
        witnesses: [
          context.then('A', shadow.node, shadow.appliedSet, `applied index ${shadow.applied}`),
          context.here('B', shadow.node, `applied index ${index}`),
        ],
      });
    }
    shadow.appliedSet.set(context.watched.event, context.watched.now);
    shadow.applied = index;
    if (index > shadow.commit || index > shadow.log.length) {
      context.report(
        'I10',
        shadow.node,
        `${name} applied index ${index} although it knows only ${shadow.commit} to be committed`,
      );
      return;
    }
    const prefix = shadow.log.at(index);
    if (index === this.applied.length) {
      this.applied.push(prefix);
      this.appliedBy.push(shadow.node);
      this.appliedEvents.push(context.watched.event);
      this.appliedTimes.push(context.watched.now);
    } else if (index < this.applied.length && this.applied[index] !== prefix) {
      this.differentlyApplied(shadow, index, prefix);
    }
    if (index <= ledger.length && ledger.stateHash(index) !== stateHash) this.differentState(shadow, index);
    if (context.watched.wants('applied')) {
      context.watched.note('applied', shadow.node, -1, { index }, `applies ${context.describeEntry(prefix)}`);
    }
  }

  /** An `ok` leaves a node: what it acknowledges is committed, with this result. */
  acknowledged(node: number, request: Request, reply: Reply): void {
    if (reply.status !== 'ok') return;
    const { context } = this;
    const executed = context.ledger.lastExecuted(request.session);
    if (executed === undefined || executed.sequence < request.sequence) {
      context.report(
        'I30',
        node,
        `${context.name(node)} acknowledged "${inWords(request)}" (session ${request.session}, request ${request.sequence}), which is not committed`,
      );
      return;
    }
    // The session has moved on: an answer to an old request interests nobody.
    if (executed.sequence > request.sequence) return;
    if (executed.told.value === reply.value && executed.told.applied === reply.applied) return;
    const told = reply.value ?? 'absent';
    const right = executed.told.value ?? 'absent';
    const witness = context.commitWitness('A', executed.index);
    const summary = `${context.name(node)} answered "${inWords(request)}" with ${told}, but executing it once, at index ${executed.index}, gives ${right}`;
    context.report(executed.repeated ? 'I29' : 'I30', node, summary, {
      witnesses: [witness, context.here('B', node, `answer: ${told}`)],
    });
  }

  /** Requests that clients were told had certainly not been executed: none of them may stand in the ledger. */
  auditFailed(failed: readonly Request[]): void {
    if (failed.length === 0) return;
    const { context } = this;
    const { ledger, prefixes } = context;
    const refused = new Set(failed.map(({ session, sequence }) => `${session} ${sequence}`));
    for (let index = 1; index <= ledger.length; index++) {
      const { request } = prefixes.entry(ledger.prefix(index));
      if (request === null || ledger.isRepeat(index)) continue;
      const { session, sequence } = request;
      if (!refused.has(`${session} ${sequence}`)) continue;
      const summary = `the client of session ${session} was told that request ${sequence} had failed, but it was executed`;
      context.report('I30', ledger.node(index), summary, { witnesses: [context.commitWitness('A', index)] });
    }
  }

  private leaderCommits(shadow: Shadow, view: RaftView, index: number): void {
    const { context } = this;
    const prefix = shadow.log.at(index);
    let holders = 0;
    for (const other of context.shadows) if (other.disk.holds(index, prefix)) holders++;
    if (context.prefixes.term(prefix) !== view.term || holders < context.quorum)
      this.wronglyCommitted(shadow, view, index);
    const first = context.ledger.length + 1;
    if (first <= index && context.prefixes.term(shadow.log.at(first)) < view.term) {
      context.watched.mark('indirect-commit');
    }
    if (!shadow.disk.holds(index, prefix)) context.watched.mark('commit-before-own-fsync');
  }

  private wronglyCommitted(shadow: Shadow, view: RaftView, index: number): void {
    const { context } = this;
    const prefix = shadow.log.at(index);
    const name = context.name(shadow.node);
    const term = context.prefixes.term(prefix);
    const holders = context.shadows.filter(({ disk }) => disk.holds(index, prefix)).map(({ node }) => node);
    const summary =
      term === view.term
        ? `${name} committed index ${index}, which is durable on ${holders.length} of ${context.watched.nodes} nodes only`
        : `${name}, leader of term ${view.term}, committed index ${index} of term ${term} by counting`;
    context.report('I14', shadow.node, summary, {
      witnesses: [
        context.entryWitness('A', prefix, 'was appended'),
        context.here('B', shadow.node, `commitIndex ${index} in term ${view.term}`),
      ],
      quorums: [{ text: `nodes that have index ${index} on disk`, nodes: holders }],
    });
  }

  private enterIntoLedger(shadow: Shadow, view: RaftView, index: number): void {
    const { context } = this;
    const { ledger, watched, prefixes } = context;
    const known = Math.min(index, ledger.length);
    if (shadow.log.at(known) !== ledger.prefix(known)) {
      const agreement = prefixes.agreement(shadow.log.at(known), ledger.prefix(known));
      const mine = shadow.log.at(agreement + 1);
      context.report(
        'I6',
        shadow.node,
        `${context.name(shadow.node)} committed another entry at index ${agreement + 1} than the cluster had`,
        {
          witnesses: [
            context.commitWitness('A', agreement + 1),
            context.here(
              'B',
              shadow.node,
              `${context.describeEntry(mine)} committed by ${context.name(shadow.node)} in term ${view.term}`,
            ),
          ],
          agreement,
        },
      );
      return;
    }
    if (known < index && view.role !== LEADER) {
      context.report(
        'I14',
        shadow.node,
        `${context.name(shadow.node)} committed index ${index}, although no leader has committed beyond ${known}`,
      );
    }
    for (let next = ledger.length + 1; next <= index; next++) {
      const prefix = shadow.log.at(next);
      const repeat = ledger.extend(prefix, prefixes.entry(prefix), view.term, shadow.node, watched.event, watched.now);
      if (repeat) watched.mark('repeated-request');
    }
    if (known < index && view.term < context.highestLeaderTerm) this.lateCommit(shadow, view, index);
  }

  /**
   * A leader of an older term committed something after a later leader was elected. That is legal if the later one's log
   * holds it: compare with the log with which each was elected, also of those that are dead by now.
   */
  private lateCommit(shadow: Shadow, view: RaftView, index: number): void {
    const { context } = this;
    const committed = shadow.log.at(index);
    for (const { term, node, tip, event, at } of context.leaders.values()) {
      if (term <= view.term || context.prefixes.ancestor(tip, index) === committed) continue;
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
              text: `the log with which ${context.name(node)} was elected ends in ${context.describeEntry(tip)}`,
            },
          ],
          agreement: context.prefixes.agreement(committed, tip),
        },
      );
    }
  }

  private differentlyApplied(shadow: Shadow, index: number, prefix: number): void {
    const { context } = this;
    const first = this.applied[index]!;
    const by = this.appliedBy[index]!;
    context.report(
      'I4',
      shadow.node,
      `${context.name(by)} and ${context.name(shadow.node)} applied different entries at index ${index}`,
      {
        witnesses: [
          {
            label: 'A',
            node: by,
            event: this.appliedEvents[index]!,
            at: this.appliedTimes[index]!,
            text: `${context.describeEntry(first)} applied by ${context.name(by)}`,
          },
          context.here('B', shadow.node, `${context.describeEntry(prefix)} applied by ${context.name(shadow.node)}`),
        ],
        agreement: context.prefixes.agreement(first, prefix),
      },
    );
  }

  private differentState(shadow: Shadow, index: number): void {
    const { context } = this;
    const name = context.name(shadow.node);
    const entry = context.describeEntry(context.ledger.prefix(index));
    if (context.ledger.isRepeat(index)) {
      context.report('I29', shadow.node, `${name} executed a request again that had been executed before: ${entry}`, {
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

function inWords({ command }: Request): string {
  return `${command.op} ${command.key} ${command.value}`.trim();
}
