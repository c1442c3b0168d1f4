import type { Snapshot } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import { sameConfiguration } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { FORGOTTEN, sameEntry } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Checks snapshots, and the logs that begin after them: I22 (base ≤ snapshot ≤ lastApplied), I27, I35. */
export class SnapshotChecks {
  private readonly context: CheckContext;
  /** Nodes share snapshots: each is checked once. */
  private readonly checked = new WeakSet<Snapshot>();
  /** By node: what its log was before its latest snapshot. Index −1: it has received none. */
  private readonly before: { index: number; matched: boolean; length: number; isCommitted: boolean }[];

  constructor(context: CheckContext) {
    this.context = context;
    this.before = context.histories.map(() => ({ index: -1, matched: false, length: 0, isCommitted: false }));
  }

  /** A running node has another snapshot. Its log has not been synced. */
  changing(history: NodeHistory, { snapshot, log }: RaftView): void {
    const { ledger, prefixes } = this.context;
    const { index } = snapshot;
    const before = this.before[history.node]!;
    before.index = index;
    before.length = history.log.length;
    before.matched = index <= ledger.length && this.context.holds(history.log, index, ledger.prefix(index));
    before.isCommitted = index <= history.commitIndex;
    if (before.matched || index > ledger.length || index >= Math.min(before.length, log.lastIndex)) return;
    const next = history.log.at(index + 1);
    if (next !== FORGOTTEN && sameEntry(prefixes.entry(next), log.entry(index + 1)))
      this.checkSuffix(history, log.lastIndex);
  }

  /** A running node has another snapshot. Its log has been synced. */
  synced(history: NodeHistory, view: RaftView): void {
    this.checkCommittedPrefix(history, view, 'has installed');
  }

  /** A running node has another snapshot. Everything else has been checked. */
  changed(history: NodeHistory, { snapshot }: RaftView): void {
    const { context } = this;
    const { cluster } = context;
    const before = history.snapshot;
    history.snapshot = snapshot;
    this.checkContents(history, snapshot);
    if (before !== null && snapshot.index < before.index) {
      const summary = `the snapshot of ${context.name(history.node)} went from index ${before.index} back to ${snapshot.index}`;
      context.report('I27', history.node, summary);
    }
    if (!this.before[history.node]!.isCommitted) return;
    cluster.mark('snapshot-taken');
    if (cluster.wants('snapshot-taken')) {
      const { index, term } = snapshot;
      cluster.note('snapshot-taken', history.node, -1, { index, term }, `takes a snapshot of index ${index}`);
    }
  }

  /** The node has booted from this snapshot. */
  booted(history: NodeHistory, view: RaftView): void {
    history.snapshot = view.snapshot;
    this.before[history.node]!.index = -1;
    this.checkContents(history, view.snapshot);
    this.checkCommittedPrefix(history, view, 'restarted with');
  }

  /** A snapshot on a disk is another than before. */
  diskChanged(history: NodeHistory, snapshot: Snapshot): void {
    history.diskSnapshot = snapshot;
    this.checkContents(history, snapshot);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(history: NodeHistory, index: number, stateHash: number): void {
    const { context } = this;
    const { cluster, ledger } = context;
    const name = context.name(history.node);
    const before = this.before[history.node]!;
    if (index < history.applied) {
      const summary = `${name} replaced its state, applied up to index ${history.applied}, by that of a snapshot of index ${index}`;
      context.report('I27', history.node, summary, {
        witnesses: [
          context.earlier('A', history.node, history.appliedSetAt, `applied index ${history.applied}`),
          context.present('B', history.node, `snapshot of index ${index}`),
        ],
      });
    }
    if (index >= ledger.first && index <= ledger.length && ledger.stateHash(index) !== stateHash) {
      const summary = `the state that ${name} restored from a snapshot of index ${index} differs from that of replaying the committed log`;
      context.report('I27', history.node, summary, { witnesses: [context.commitWitness('A', index)], index });
    }
    history.setApplied(index, cluster.event, cluster.now);
    if (before.index !== index || history.view === null) return;
    this.checkSuffix(history, history.view.log.lastIndex);
    before.index = -1;
    cluster.mark('snapshot-installed');
    if (before.matched && history.view.log.lastIndex > index) cluster.mark('log-suffix-kept');
    if (!before.matched && before.length >= index) cluster.mark('log-discarded');
  }

  /** I22: log.base ≤ snapshot.index ≤ lastApplied. The rest of the order is checked where it changes. */
  checkPointers(history: NodeHistory, { log, snapshot, lastApplied }: RaftView): void {
    const { context } = this;
    const name = context.name(history.node);
    if (log.base > snapshot.index) {
      const summary = `${name} has compacted its log up to index ${log.base}, but its snapshot is of index ${snapshot.index}`;
      context.report('I22', history.node, summary);
    }
    if (snapshot.index > lastApplied) {
      const summary = `${name} has a snapshot of index ${snapshot.index}, but has applied only up to ${lastApplied}`;
      context.report('I22', history.node, summary);
    }
  }

  /** I27: the entries after a snapshot's index stay exactly if the log had its last entry. Raft §7. */
  private checkSuffix(history: NodeHistory, lastIndex: number): void {
    const { context } = this;
    const { index, length, matched } = this.before[history.node]!;
    const name = context.name(history.node);
    if (matched && lastIndex < length) {
      const summary = `${name} had the last entry of the snapshot of index ${index}, but removed the entries after it up to index ${length}`;
      context.report('I27', history.node, summary);
    }
    if (!matched && lastIndex > index) {
      const summary = `${name} did not have the last entry of the snapshot of index ${index}, but kept entries after it up to index ${lastIndex}`;
      context.report('I27', history.node, summary);
    }
  }

  /** I27: a snapshot holds the state, configuration and time of replaying the ledger up to its index. §5.1. */
  private checkContents(history: NodeHistory, snapshot: Snapshot): void {
    const { context } = this;
    if (this.checked.has(snapshot)) return;
    this.checked.add(snapshot);
    const { ledger, prefixes, reference } = context;
    const { index, term, configuration, configurationIndex, time } = snapshot;
    if (index < ledger.first || (context.isStarting && index > 0)) return;
    if (index > ledger.length) {
      this.reportUnfaithful(history, index, ', which no node has committed');
      return;
    }
    const prefix = ledger.prefix(index);
    const record = prefixes.configuration(prefix);
    if (term !== prefixes.term(prefix)) {
      this.reportUnfaithful(
        history,
        index,
        `, term ${term}, but the committed entry there is of term ${prefixes.term(prefix)}`,
      );
    } else if (
      record !== null &&
      (record.index !== configurationIndex || !sameConfiguration(record.configuration, configuration))
    ) {
      const committed = `${context.describeConfiguration(record.configuration)} of index ${record.index}`;
      const held = `${context.describeConfiguration(configuration)} of index ${configurationIndex}`;
      this.reportUnfaithful(history, index, ` with configuration ${held}, but the committed log has ${committed}`);
    } else if (time !== ledger.timeInLog(index)) {
      this.reportUnfaithful(
        history,
        index,
        ` with log time ${time}, but the committed log has ${ledger.timeInLog(index)}`,
      );
    } else if (reference.digestOf(snapshot) !== ledger.stateHash(index)) {
      this.reportUnfaithful(history, index, ' with another state than that of replaying the committed log');
    }
  }

  private reportUnfaithful(history: NodeHistory, index: number, what: string): void {
    const { context } = this;
    const summary = `${context.name(history.node)} has a snapshot of index ${index}${what}`;
    const witnesses = index <= context.ledger.length ? [context.commitWitness('A', index)] : [];
    context.report('I27', history.node, summary, { witnesses, index });
  }

  /** I35: the log below the base of a node, whose entries are gone, is a prefix of what the cluster has committed. */
  private checkCommittedPrefix(history: NodeHistory, { snapshot, log }: RaftView, how: string): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const index = Math.max(snapshot.index, log.base);
    if (index > log.lastIndex || index > ledger.length || index < ledger.first || context.isStarting) return;
    const mine = context.prefixAt(history.log, index);
    if (mine === FORGOTTEN || mine === ledger.prefix(index)) return;
    const agreement = prefixes.agreement(mine, ledger.prefix(index));
    const summary = `${context.name(history.node)} ${how} a snapshot of index ${snapshot.index}, but its log below that differs from what the cluster has committed`;
    context.report('I35', history.node, summary, {
      witnesses: [
        context.commitWitness('A', Math.max(agreement + 1, ledger.first)),
        context.present('B', history.node, `${context.describeEntry(mine)} at ${context.name(history.node)}`),
      ],
      agreement,
    });
  }
}
