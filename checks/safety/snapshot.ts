import type { Snapshot } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import { sameConfiguration } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { FORGOTTEN, sameEntry } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Watches snapshots, and the logs that begin after them: I22 (their places), I27, I35. */
export class SnapshotChecks {
  private readonly context: CheckContext;
  /** Nodes share snapshots: each is looked at once. */
  private readonly judged = new WeakSet<Snapshot>();
  /** By node: what its log was before the snapshot that it has just got. Index −1: it has none. */
  private readonly had: { index: number; matched: boolean; length: number; isCommitted: boolean }[];

  constructor(context: CheckContext) {
    this.context = context;
    this.had = context.shadows.map(() => ({ index: -1, matched: false, length: 0, isCommitted: false }));
  }

  /** A running node has another snapshot. Its log has not been synced. */
  changing(shadow: NodeHistory, { snapshot, log }: RaftView): void {
    const { ledger, prefixes } = this.context;
    const { index } = snapshot;
    const had = this.had[shadow.node]!;
    had.index = index;
    had.length = shadow.log.length;
    had.matched = index <= ledger.length && this.context.holds(shadow.log, index, ledger.prefix(index));
    had.isCommitted = index <= shadow.commit;
    if (had.matched || index > ledger.length || index >= Math.min(had.length, log.lastIndex)) return;
    const next = shadow.log.at(index + 1);
    if (next !== FORGOTTEN && sameEntry(prefixes.entry(next), log.entry(index + 1))) this.suffix(shadow, log.lastIndex);
  }

  /** A running node has another snapshot. Its log has been synced. */
  synced(shadow: NodeHistory, view: RaftView): void {
    this.mustBeCommitted(shadow, view, 'has installed');
  }

  /** A running node has another snapshot. Everything else has been looked at. */
  changed(shadow: NodeHistory, { snapshot }: RaftView): void {
    const { context } = this;
    const { watched } = context;
    const before = shadow.snapshot;
    shadow.snapshot = snapshot;
    this.judge(shadow, snapshot);
    if (before !== null && snapshot.index < before.index) {
      const summary = `the snapshot of ${context.name(shadow.node)} went from index ${before.index} back to ${snapshot.index}`;
      context.report('I27', shadow.node, summary);
    }
    if (!this.had[shadow.node]!.isCommitted) return;
    watched.mark('snapshot-taken');
    if (watched.wants('snapshot-taken')) {
      const { index, term } = snapshot;
      watched.note('snapshot-taken', shadow.node, -1, { index, term }, `takes a snapshot of index ${index}`);
    }
  }

  /** The node came up with this snapshot, from which it goes on. */
  booted(shadow: NodeHistory, view: RaftView): void {
    shadow.snapshot = view.snapshot;
    this.had[shadow.node]!.index = -1;
    this.judge(shadow, view.snapshot);
    this.mustBeCommitted(shadow, view, 'came back with');
  }

  /** A snapshot on a disk is another than before. */
  diskChanged(shadow: NodeHistory, snapshot: Snapshot): void {
    shadow.diskSnapshot = snapshot;
    this.judge(shadow, snapshot);
  }

  /** The state machine of the node has been replaced by that of a snapshot. */
  restored(shadow: NodeHistory, index: number, stateHash: number): void {
    const { context } = this;
    const { watched, ledger } = context;
    const name = context.name(shadow.node);
    const had = this.had[shadow.node]!;
    if (index < shadow.applied) {
      const summary = `${name} replaced the state it had applied up to index ${shadow.applied} by that of a snapshot of index ${index}`;
      context.report('I27', shadow.node, summary, {
        witnesses: [
          context.then('A', shadow.node, shadow.appliedSet, `applied index ${shadow.applied}`),
          context.here('B', shadow.node, `snapshot of index ${index}`),
        ],
      });
    }
    if (index >= ledger.first && index <= ledger.length && ledger.stateHash(index) !== stateHash) {
      const summary = `the state that ${name} took from a snapshot of index ${index} is not that of replaying the committed log`;
      context.report('I27', shadow.node, summary, { witnesses: [context.commitWitness('A', index)] });
    }
    shadow.applied = index;
    shadow.appliedSet.set(watched.event, watched.now);
    if (had.index !== index || shadow.view === null) return;
    this.suffix(shadow, shadow.view.log.lastIndex);
    had.index = -1;
    watched.mark('snapshot-installed');
    if (had.matched && shadow.view.log.lastIndex > index) watched.mark('log-suffix-kept');
    if (!had.matched && had.length >= index) watched.mark('log-discarded');
  }

  /** log.base ≤ snapshot.index ≤ lastApplied; what follows is looked at where it changes. */
  places(shadow: NodeHistory, { log, snapshot, lastApplied }: RaftView): void {
    const { context } = this;
    const name = context.name(shadow.node);
    if (log.base > snapshot.index) {
      const summary = `${name} has compacted its log up to index ${log.base}, but its snapshot is of index ${snapshot.index}`;
      context.report('I22', shadow.node, summary);
    }
    if (snapshot.index > lastApplied) {
      const summary = `${name} has a snapshot of index ${snapshot.index}, but has applied only up to ${lastApplied}`;
      context.report('I22', shadow.node, summary);
    }
  }

  /** The entries after a snapshot's index stay exactly if the log had its last entry. Raft §7. */
  private suffix(shadow: NodeHistory, lastIndex: number): void {
    const { context } = this;
    const { index, length, matched } = this.had[shadow.node]!;
    const name = context.name(shadow.node);
    if (matched && lastIndex < length) {
      const summary = `${name} had the last entry of the snapshot of index ${index}, and gave up what followed it up to index ${length}`;
      context.report('I27', shadow.node, summary);
    }
    if (!matched && lastIndex > index) {
      const summary = `${name} did not have the last entry of the snapshot of index ${index}, and kept entries after it up to index ${lastIndex}`;
      context.report('I27', shadow.node, summary);
    }
  }

  /** A snapshot is the state that replaying the ledger up to its index gives, with all that belongs to it. §5.1. */
  private judge(shadow: NodeHistory, snapshot: Snapshot): void {
    const { context } = this;
    if (this.judged.has(snapshot)) return;
    this.judged.add(snapshot);
    const { ledger, prefixes, reference } = context;
    const { index, term, configuration, configurationIndex, time } = snapshot;
    if (index < ledger.first || (context.beginning && index > 0)) return;
    if (index > ledger.length) {
      this.unfaithful(shadow, index, 'was never committed by anybody');
      return;
    }
    const prefix = ledger.prefix(index);
    const record = prefixes.configuration(prefix);
    if (term !== prefixes.term(prefix)) {
      this.unfaithful(shadow, index, `is of term ${prefixes.term(prefix)}, but the snapshot says ${term}`);
    } else if (
      record !== null &&
      (record.index !== configurationIndex || !sameConfiguration(record.configuration, configuration))
    ) {
      const words = `has configuration ${context.members(record.configuration)} of index ${record.index}`;
      const said = `${context.members(configuration)} of index ${configurationIndex}`;
      this.unfaithful(shadow, index, `${words}, but the snapshot says ${said}`);
    } else if (time !== ledger.timeInLog(index)) {
      this.unfaithful(shadow, index, `has log time ${ledger.timeInLog(index)}, but the snapshot says ${time}`);
    } else if (reference.digestOf(snapshot) !== ledger.stateHash(index)) {
      this.unfaithful(shadow, index, 'leaves another state than the one in the snapshot');
    }
  }

  private unfaithful(shadow: NodeHistory, index: number, what: string): void {
    const { context } = this;
    const summary = `${context.name(shadow.node)} has a snapshot of index ${index}, which ${what}`;
    const witnesses = index <= context.ledger.length ? [context.commitWitness('A', index)] : [];
    context.report('I27', shadow.node, summary, { witnesses });
  }

  /** I35: what a node takes over as committed, the log under its snapshot included, is what the cluster committed. */
  private mustBeCommitted(shadow: NodeHistory, { snapshot, log }: RaftView, how: string): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const index = Math.max(snapshot.index, log.base);
    if (index > log.lastIndex || index > ledger.length || index < ledger.first || context.beginning) return;
    const mine = context.prefixAt(shadow.log, index);
    if (mine === FORGOTTEN || mine === ledger.prefix(index)) return;
    const agreement = prefixes.agreement(mine, ledger.prefix(index));
    const summary = `${context.name(shadow.node)} ${how} a snapshot of index ${snapshot.index}, but under it another log than the cluster has committed`;
    context.report('I35', shadow.node, summary, {
      witnesses: [
        context.commitWitness('A', Math.max(agreement + 1, ledger.first)),
        context.here('B', shadow.node, `${context.describeEntry(mine)} at ${context.name(shadow.node)}`),
      ],
      agreement,
    });
  }
}
