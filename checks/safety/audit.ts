import type { RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import { FORGOTTEN, sameEntry } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Entries that are compared between two yields. */
const SLICE = 10_000;

/**
 * Checks at the end of a run everything that the incremental checks rely on: whole logs and disks against their shadow
 * logs, and committed prefixes against the ledger (I2, I6, I10). Finds what was changed before an unchanged last entry.
 * Yields now and then, since logs can be long.
 */
export function* audit(context: CheckContext): Generator<void, void> {
  for (const history of context.histories) {
    if (history.view !== null) {
      yield* auditLog(context, history, history.view);
      auditPointers(context, history, history.view);
    }
    yield* auditDisk(context, history);
  }
}

function* auditLog(context: CheckContext, history: NodeHistory, view: RaftView): Generator<void, void> {
  const name = context.name(history.node);
  for (let index = history.log.base + 1; index <= history.log.length; index++) {
    if (index % SLICE === 0) yield;
    const id = history.log.at(index);
    if (id === FORGOTTEN) continue;
    const isThere = index > view.log.base && index <= view.log.lastIndex;
    if (isThere && sameEntry(view.log.entry(index), context.prefixes.entry(id))) continue;
    const committed = index <= history.commitIndex;
    context.report(
      committed ? 'I6' : 'I2',
      history.node,
      `index ${index} in the log of ${name} was changed although later entries were not`,
      {
        witnesses: [context.entryWitness('A', id, 'was there before')],
      },
    );
  }
}

function auditPointers(context: CheckContext, history: NodeHistory, view: RaftView): void {
  const name = context.name(history.node);
  if (history.applied !== view.lastApplied) {
    context.report(
      'I10',
      history.node,
      `${name} reports lastApplied ${view.lastApplied}, but it has executed entries up to ${history.applied}`,
    );
  }
  if (history.commitIndex > history.log.length) {
    context.report(
      'I6',
      history.node,
      `${name} has committed up to ${history.commitIndex}, but its log ends at ${history.log.length}`,
    );
    return;
  }
  const known = Math.min(history.commitIndex, context.ledger.length);
  const mine = context.prefixAt(history.log, known);
  if (mine !== FORGOTTEN && mine !== context.ledger.prefix(known)) {
    context.report(
      'I6',
      history.node,
      `the committed log of ${name} differs from that of the cluster up to index ${known}`,
    );
  }
}

/** An entry that is known to be corrupt is not what it was, and tells a node that boots. */
function* auditDisk(context: CheckContext, history: NodeHistory): Generator<void, void> {
  const { log, base, damage } = context.cluster.disk(history.node);
  const corrupt = damage.filter(({ record }) => record === 'entry').map(({ index }) => index);
  for (let index = history.disk.base + 1; index <= history.disk.length; index++) {
    if (index % SLICE === 0) yield;
    const id = history.disk.at(index);
    const entry = log[index - base - 1];
    if (id === FORGOTTEN || corrupt.includes(index)) continue;
    if (entry !== undefined && sameEntry(entry, context.prefixes.entry(id))) continue;
    context.report(
      'I2',
      history.node,
      `index ${index} on the disk of ${context.name(history.node)} was changed although later entries were not`,
      {
        witnesses: [context.entryWitness('A', id, 'was there before')],
      },
    );
  }
}
