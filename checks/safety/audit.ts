import type { CheckContext } from '../context.ts';
import { FORGOTTEN, sameEntry } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';

/**
 * The full look at the end of a run, at everything the incremental checks rely on: whole logs against their shadows,
 * and committed prefixes against the ledger. Finds what was changed behind an unchanged tail.
 */
export function audit(context: CheckContext): void {
  for (const shadow of context.shadows) {
    auditLog(context, shadow);
    auditDisk(context, shadow);
  }
}

function auditLog(context: CheckContext, shadow: NodeHistory): void {
  const { view } = shadow;
  if (view === null) return;
  const name = context.name(shadow.node);
  for (let index = shadow.log.base + 1; index <= shadow.log.length; index++) {
    const id = shadow.log.at(index);
    if (id === FORGOTTEN) continue;
    const isThere = index > view.log.base && index <= view.log.lastIndex;
    if (isThere && sameEntry(view.log.entry(index), context.prefixes.entry(id))) continue;
    const committed = index <= shadow.commit;
    context.report(
      committed ? 'I6' : 'I2',
      shadow.node,
      `index ${index} in the log of ${name} was changed behind later entries`,
      {
        witnesses: [context.entryWitness('A', id, 'stood there before')],
      },
    );
  }
  if (shadow.applied !== view.lastApplied) {
    context.report(
      'I10',
      shadow.node,
      `${name} says it has applied up to ${view.lastApplied}, but it executed up to ${shadow.applied}`,
    );
  }
  if (shadow.commit > shadow.log.length) {
    context.report(
      'I6',
      shadow.node,
      `${name} has committed up to ${shadow.commit}, but its log ends at ${shadow.log.length}`,
    );
    return;
  }
  const known = Math.min(shadow.commit, context.ledger.length);
  const mine = context.prefixAt(shadow.log, known);
  if (mine !== FORGOTTEN && mine !== context.ledger.prefix(known)) {
    context.report('I6', shadow.node, `the committed log of ${name} is not that of the cluster up to index ${known}`);
  }
}

function auditDisk(context: CheckContext, shadow: NodeHistory): void {
  const { log, base } = context.watched.disk(shadow.node);
  for (let index = shadow.disk.base + 1; index <= shadow.disk.length; index++) {
    const id = shadow.disk.at(index);
    const entry = log[index - base - 1];
    if (id === FORGOTTEN || (entry !== undefined && sameEntry(entry, context.prefixes.entry(id)))) continue;
    context.report(
      'I2',
      shadow.node,
      `index ${index} on the disk of ${context.name(shadow.node)} was changed behind later entries`,
      {
        witnesses: [context.entryWitness('A', id, 'stood there before')],
      },
    );
  }
}
