import type { RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Checks what nodes apply: I4, I10, I22 (lastApplied ≤ commitIndex), I28, I29 (entries executed twice). */
export class ApplyChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** The node has booted: it has executed nothing since its snapshot. */
  booted(history: NodeHistory, { lastApplied, snapshot: { index } }: RaftView): void {
    const { context } = this;
    if (lastApplied !== index) {
      const reason =
        index === 0 ? 'it has not executed anything yet' : `the snapshot it restarts from is of index ${index}`;
      const summary = `${context.name(history.node)} restarted with lastApplied ${lastApplied}, but ${reason}`;
      context.report('I10', history.node, summary);
    }
    history.applied = lastApplied;
    history.reportedApplied = lastApplied;
  }

  /** A node has executed the entry at `index`, which led to a state with this hash. */
  executed(history: NodeHistory, index: number, stateHash: number): void {
    const { context } = this;
    const { ledger, applyHistory, cluster } = context;
    if (index !== history.applied + 1) this.reportGap(history, index);
    history.setApplied(index, cluster.event, cluster.now);
    if (index > history.commitIndex || index > history.log.length) {
      const summary = `${context.name(history.node)} applied index ${index}, but its commitIndex is ${history.commitIndex}`;
      context.report('I10', history.node, summary);
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
      const term = prefix > 0 ? context.prefixes.entry(prefix).term : 0;
      cluster.note('applied', history.node, -1, { index, term }, `applies ${context.describeEntry(prefix)}`);
    }
  }

  /** The lastApplied that a running node reports has changed. */
  lastAppliedChanged(history: NodeHistory, { lastApplied, commitIndex }: RaftView): void {
    const { context } = this;
    history.reportedApplied = lastApplied;
    if (lastApplied <= commitIndex) return;
    const summary = `${context.name(history.node)} has applied up to ${lastApplied}, but its commitIndex is ${commitIndex}`;
    context.report('I22', history.node, summary);
  }

  /** The executions seen must account for the lastApplied that the node reported after its last event. */
  checkReported(history: NodeHistory): void {
    const { context } = this;
    const { node, applied, reportedApplied } = history;
    if (applied === reportedApplied) return;
    const summary = `${context.name(node)} reports lastApplied ${reportedApplied}, but it has executed entries up to ${applied}`;
    context.report('I10', node, summary);
    history.applied = reportedApplied;
  }

  private reportGap(history: NodeHistory, index: number): void {
    const { context } = this;
    const { node, applied, appliedSetAt } = history;
    context.report('I10', node, `${context.name(node)} applied index ${index} after index ${applied}`, {
      witnesses: [
        context.earlier('A', node, appliedSetAt, `applied index ${applied}`),
        context.present('B', node, `applied index ${index}`),
      ],
    });
  }

  private reportDifferentEntry(history: NodeHistory, index: number, prefix: number): void {
    const { context } = this;
    const { applyHistory } = context;
    const first = applyHistory.prefix(index);
    const other = applyHistory.node(index);
    const [otherName, name] = [context.name(other), context.name(history.node)];
    const text = `${context.describeEntry(first)} applied by ${otherName}`;
    context.report('I4', history.node, `${otherName} and ${name} applied different entries at index ${index}`, {
      witnesses: [
        context.earlier('A', other, applyHistory.moment(index), text),
        context.present('B', history.node, `${context.describeEntry(prefix)} applied by ${name}`),
      ],
      agreement: context.prefixes.agreement(first, prefix),
      index,
    });
  }

  private reportDifferentState({ node }: NodeHistory, index: number): void {
    const { context } = this;
    const { ledger } = context;
    const name = context.name(node);
    const entry = context.describeEntry(ledger.prefix(index));
    const witnesses = [context.commitWitness('A', index)];
    if (ledger.isRepeat(index)) {
      const summary = `${name} executed a request again that had been executed before: ${entry}`;
      context.report('I29', node, summary, { witnesses, index });
    } else if (ledger.isRejected(index)) {
      const summary = `${name} executed a request of a session that is not open: ${entry}`;
      context.report('I29', node, summary, { witnesses, index });
    } else {
      const summary = `after index ${index}, the state of ${name} differs from that of replaying the committed log`;
      context.report('I28', node, summary, { witnesses, index });
    }
  }
}
