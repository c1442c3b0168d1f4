import { LEADER, type LogView } from '../core/view.ts';
import type { CheckContext } from './context.ts';
import type { Shadow } from './shadow.ts';
import { DiskLog } from './disk-log.ts';

/** Watches logs, in memory and on disk: I2, I5, I7 (on disk), I12 (when a disk is cut back), I15, I18. */
export class LogChecks {
  private readonly context: CheckContext;
  private readonly diskLog = new DiskLog();

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** The node's log in memory has changed. */
  syncLog(shadow: Shadow, log: LogView): void {
    const { context } = this;
    const { prefixes } = context;
    const before = shadow.log.length;
    const kept = shadow.log.agreement(log, prefixes);
    if (kept < before) this.cut(shadow, kept);
    for (let index = kept + 1; index <= log.lastIndex; index++) this.append(shadow, log, index);
    shadow.log.remember(log);
    const view = shadow.view!;
    if (log.lastIndex > 0 && log.entry(log.lastIndex).term > view.term) {
      context.report(
        'I15',
        shadow.node,
        `${context.name(shadow.node)} holds an entry of term ${log.entry(log.lastIndex).term} while its current term is ${view.term}`,
      );
    }
    if (log.lastIndex > kept && context.watched.wants('appended')) {
      const text = `appended ${kept + 1}${log.lastIndex > kept + 1 ? `..${log.lastIndex}` : ''} of term ${log.entry(log.lastIndex).term}`;
      context.watched.note(
        'appended',
        shadow.node,
        -1,
        { index: log.lastIndex, term: log.entry(log.lastIndex).term },
        text,
      );
    }
  }

  /** A write has become durable (or a crash has decided what is). */
  syncDisk(shadow: Shadow): void {
    const { context, diskLog } = this;
    const disk = context.watched.disk(shadow.node);
    if (disk.term < shadow.diskTerm) {
      context.report(
        'I7',
        shadow.node,
        `the durable term of ${context.name(shadow.node)} went from ${shadow.diskTerm} back to ${disk.term}`,
      );
    }
    shadow.diskTerm = disk.term;
    shadow.diskVote = disk.votedFor;
    diskLog.entries = disk.log;
    if (!shadow.disk.isCurrent(diskLog)) this.diskLogChanged(shadow);
    const longest = shadow.durableIn.get(disk.term) ?? -1;
    if (shadow.disk.length > longest) shadow.durableIn.set(disk.term, shadow.disk.length);
  }

  private diskLogChanged(shadow: Shadow): void {
    const { context, diskLog } = this;
    const before = shadow.disk.length;
    const kept = shadow.disk.agreement(diskLog, context.prefixes);
    shadow.disk.cut(kept);
    for (let index = kept + 1; index <= diskLog.lastIndex; index++) {
      shadow.disk.push(this.intern(shadow, shadow.disk.tip, diskLog, index, context.beginning));
    }
    shadow.disk.remember(diskLog);
    if (kept < before) this.diskCutBack(shadow);
  }

  private cut(shadow: Shadow, kept: number): void {
    const { context } = this;
    const view = shadow.view!;
    const { prefixes, watched } = context;
    const first = shadow.log.at(kept + 1);
    if (shadow.role === LEADER && view.role === LEADER && shadow.term === view.term) {
      context.report(
        'I5',
        shadow.node,
        `${context.name(shadow.node)}, leader of term ${view.term}, gave up entries of its own log from index ${kept + 1}`,
        {
          witnesses: [context.entryWitness('A', first, 'was in the log of the leader')],
          agreement: kept,
        },
      );
    }
    if (kept < shadow.commit) {
      context.report(
        'I6',
        shadow.node,
        `${context.name(shadow.node)} gave up index ${kept + 1}, which it had committed`,
        {
          witnesses: [context.entryWitness('A', first, 'was committed')],
          agreement: kept,
        },
      );
    }
    watched.mark('log-truncated');
    for (let index = kept + 1; index <= shadow.log.length; index++) {
      if (prefixes.entry(shadow.log.at(index)).request !== null) {
        watched.mark('write-rolled-back');
        break;
      }
    }
    if (watched.wants('truncated')) {
      watched.note(
        'truncated',
        shadow.node,
        -1,
        { index: kept + 1, count: shadow.log.length - kept },
        `log cut from ${shadow.log.length} back to ${kept}`,
      );
    }
    shadow.log.cut(kept);
  }

  private append(shadow: Shadow, log: LogView, index: number): void {
    const { context } = this;
    const view = shadow.view!;
    const mayCreate = view.role === LEADER && log.entry(index).term === view.term;
    shadow.log.push(this.intern(shadow, shadow.log.tip, log, index, mayCreate || context.beginning));
  }

  private intern(shadow: Shadow, parent: number, log: LogView, index: number, mayCreate: boolean): number {
    const { context } = this;
    const { prefixes, watched } = context;
    const entry = log.entry(index);
    const known = prefixes.find(parent, entry);
    if (known !== 0) return known;
    const id = prefixes.add(parent, entry, shadow.node, watched.event, watched.now);
    const rival = prefixes.rival(id);
    if (rival !== 0) {
      context.report('I2', shadow.node, `two different logs end in index ${index}, term ${entry.term}`, {
        witnesses: [
          context.entryWitness('A', rival, `first at ${context.name(prefixes.firstNode(rival))}`),
          context.entryWitness('B', id, `at ${context.name(shadow.node)}`),
        ],
        agreement: prefixes.agreement(rival, id),
      });
    }
    if (entry.term < prefixes.term(parent)) {
      context.report(
        'I15',
        shadow.node,
        `in the log of ${context.name(shadow.node)}, term ${prefixes.term(parent)} at index ${index - 1} is followed by term ${entry.term}`,
      );
    }
    if (!mayCreate) this.strayEntry(shadow, id);
    return id;
  }

  /** An entry turned up that no leader of its term has ever had at this place. */
  private strayEntry(shadow: Shadow, id: number): void {
    const { context } = this;
    const term = context.prefixes.term(id);
    const leader = context.leaders.get(term);
    context.report(
      'I18',
      shadow.node,
      `${context.name(shadow.node)} holds an entry of term ${term} that ${leader === undefined ? 'has no leader' : `${context.name(leader.node)}, leader of that term, never had there`}`,
      { witnesses: [context.entryWitness('A', id, `at ${context.name(shadow.node)}`)] },
    );
  }

  /** A disk lost entries: no leader of the node's term may still count on them. */
  private diskCutBack(shadow: Shadow): void {
    const { context } = this;
    const leadership = context.leaders.get(shadow.effectiveTerm);
    if (leadership === undefined || leadership.node === shadow.node) return;
    const leader = context.shadows[leadership.node]!;
    if (leader.view === null || leader.view.role !== LEADER || leader.view.term !== leadership.term) return;
    const match = leader.match[shadow.node]!;
    if (match > shadow.disk.length || shadow.disk.at(match) !== leader.log.at(match)) {
      context.report(
        'I12',
        shadow.node,
        `${context.name(shadow.node)} no longer has durably what ${context.name(leader.node)}, leader of term ${leadership.term}, counts on up to index ${match}`,
      );
    }
  }
}
