import type { RaftDisk } from '../../core/messages.ts';
import { LEADER, type LogView, type RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import type { MembershipChecks } from './membership.ts';
import { FORGOTTEN } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';
import { DiskLog, type LogHistory } from '../history/log-history.ts';

/**
 * Checks logs, in memory and on disk: I2, I5, I6 (truncations), I7 (on disk), I12 (when a disk loses entries), I15, I18,
 * I27 (where a log begins).
 */
export class LogChecks {
  private readonly context: CheckContext;
  private readonly membership: MembershipChecks;
  private readonly diskLog = new DiskLog();
  private lastTerm = 0;

  constructor(context: CheckContext, membership: MembershipChecks) {
    this.context = context;
    this.membership = membership;
  }

  /** The node's log in memory has changed. */
  syncLog(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { log } = view;
    if (log.base !== history.log.base) this.moveBase(history, log);
    const kept = history.log.agreement(log, context.prefixes);
    if (kept < history.log.length) this.cut(history, view, kept);
    for (let index = kept + 1; index <= log.lastIndex; index++) this.append(history, view, index);
    history.log.remember(log);
    const lastTerm = log.term(log.lastIndex);
    if (lastTerm > view.term) {
      context.report(
        'I15',
        history.node,
        `${context.name(history.node)} holds an entry of term ${lastTerm} while its current term is ${view.term}`,
      );
    }
    if (log.lastIndex > kept && context.cluster.wants('appended')) {
      const text = `appended ${kept + 1}${log.lastIndex > kept + 1 ? `..${log.lastIndex}` : ''} of term ${lastTerm}`;
      context.cluster.note('appended', history.node, -1, { index: log.lastIndex, term: lastTerm }, text);
    }
  }

  /** The node has restarted with the log of its disk. Returns whether it has lost entries that it had before. */
  reboot(history: NodeHistory, view: RaftView): boolean {
    const mine = history.log;
    const { length, tip } = mine;
    if (view.log.base !== mine.base) mine.copy(history.disk);
    if (view.log.base !== mine.base) this.restart(history, mine, view.log);
    mine.cut(mine.agreement(view.log, this.context.prefixes));
    this.syncLog(history, view);
    return mine.length < length || (length >= mine.base && mine.at(length) !== tip);
  }

  /** A write has become durable, or a crash has decided which writes are. */
  syncDisk(history: NodeHistory, disk: RaftDisk): void {
    const { context, diskLog } = this;
    if (disk.term < history.diskTerm) {
      context.report(
        'I7',
        history.node,
        `the durable term of ${context.name(history.node)} went from ${history.diskTerm} back to ${disk.term}`,
      );
    }
    history.diskTerm = disk.term;
    history.diskVote = disk.votedFor;
    diskLog.show(disk);
    if (!history.disk.isCurrent(diskLog)) this.diskLogChanged(history);
    const longest = history.durableIn.get(disk.term) ?? -1;
    if (history.disk.length > longest) history.durableIn.set(disk.term, history.disk.length);
  }

  private diskLogChanged(history: NodeHistory): void {
    const { context, diskLog } = this;
    const before = history.disk.length;
    let isCut = false;
    if (diskLog.base !== history.disk.base) isCut = !this.rebase(history, history.disk, diskLog);
    const kept = history.disk.agreement(diskLog, context.prefixes);
    history.disk.cut(kept);
    for (let index = kept + 1; index <= diskLog.lastIndex; index++) {
      history.disk.push(this.intern(history, history.disk.tip, diskLog, index, context.isStarting));
    }
    history.disk.remember(diskLog);
    if (isCut || kept < before) this.diskTruncated(history);
  }

  /** The base of the log in memory has moved: entries were compacted away, or a snapshot was installed. */
  private moveBase(history: NodeHistory, log: LogView): void {
    const { context } = this;
    const mine = history.log;
    const { length, tip } = mine;
    if (this.rebase(history, mine, log)) {
      if (log.base <= history.commitIndex) context.cluster.mark('log-compacted');
      return;
    }
    // The snapshot contradicts the log: nothing of the log stays after the last common entry.
    const agreed = context.prefixes.agreement(tip, mine.tip);
    if (tip !== FORGOTTEN && agreed < Math.min(log.base, length)) this.truncated(history, tip, agreed);
  }

  /** Moves the base of a shadow log to that of its log. Returns whether the entries after it may still be the same. */
  private rebase(history: NodeHistory, mine: LogHistory, log: LogView): boolean {
    const { base } = log;
    this.context.basesMoved = true;
    if (base >= mine.base && base <= mine.length) {
      const own = mine.at(base);
      if (own === FORGOTTEN || this.context.prefixes.term(own) === log.term(base)) {
        mine.compactTo(base);
        return true;
      }
    }
    this.restart(history, mine, log);
    return false;
  }

  /** Restarts a shadow log for a log of which only the index and term of its base are known. */
  private restart(history: NodeHistory, mine: LogHistory, log: LogView): void {
    const { context } = this;
    const { prefixes, cluster } = context;
    const { base } = log;
    const term = log.term(base);
    let id = prefixes.ending(base, term);
    if (id === FORGOTTEN && base >= prefixes.floor) {
      if (!context.isStarting) {
        const summary = `the log of ${context.name(history.node)} begins after index ${base}, term ${term}, which no node has ever had`;
        context.report('I27', history.node, summary);
      }
      const { configuration, configurationIndex } = cluster.disk(history.node).snapshot;
      const record = { configuration, index: configurationIndex, before: null };
      id = prefixes.adopt(base, term, record, history.node, cluster.event, cluster.now);
    }
    mine.restartAt(base, id);
  }

  private cut(history: NodeHistory, view: RaftView, kept: number): void {
    const { context } = this;
    const first = history.log.at(kept + 1);
    if (history.role === LEADER && view.role === LEADER && history.term === view.term) {
      context.report(
        'I5',
        history.node,
        `${context.name(history.node)}, leader of term ${view.term}, removed entries of its own log from index ${kept + 1}`,
        {
          witnesses: [context.entryWitness('A', first, 'was in its log')],
          agreement: kept,
        },
      );
    }
    if (kept < history.commitIndex) {
      context.report(
        'I6',
        history.node,
        `${context.name(history.node)} removed index ${kept + 1}, which it had committed`,
        {
          witnesses: [context.entryWitness('A', first, 'was committed')],
          agreement: kept,
        },
      );
    }
    this.truncated(history, history.log.tip, kept);
    history.log.cut(kept);
  }

  /** A running node has truncated the log with this tip: only the entries up to `kept` are left. */
  private truncated({ node }: NodeHistory, tip: number, kept: number): void {
    const { cluster, prefixes } = this.context;
    const length = prefixes.depth(tip);
    cluster.mark('log-truncated');
    if ((prefixes.configuration(tip)?.index ?? 0) > kept) cluster.mark('configuration-rolled-back');
    for (let id = tip; prefixes.depth(id) > Math.max(kept, prefixes.floor); id = prefixes.parent(id)) {
      if (prefixes.entry(id).request === null) continue;
      cluster.mark('write-rolled-back');
      break;
    }
    if (!cluster.wants('truncated')) return;
    const text = `removed ${kept + 1}${length > kept + 1 ? `..${length}` : ''} from the log`;
    cluster.note('truncated', node, -1, { index: kept + 1, count: length - kept }, text);
  }

  private append(history: NodeHistory, view: RaftView, index: number): void {
    const { context } = this;
    const { log } = view;
    const entry = log.entry(index);
    const isLeading = view.role === LEADER || (history.role === LEADER && history.term === view.term);
    const creates = isLeading && entry.term === view.term;
    const id = this.intern(history, history.log.tip, log, index, creates || context.isStarting);
    history.log.push(id);
    if (creates && entry.configuration !== null && !context.isStarting) this.membership.appended(history, view, id);
  }

  private intern(history: NodeHistory, parent: number, log: LogView, index: number, mayCreate: boolean): number {
    const { context } = this;
    const { prefixes, cluster } = context;
    if (index < prefixes.floor) return FORGOTTEN;
    // Entries below the floor have been dropped.
    const from = index === prefixes.floor ? FORGOTTEN : parent;
    const entry = log.entry(index);
    const known = prefixes.find(from, entry);
    if (known !== 0) return known;
    const id = prefixes.add(from, entry, history.node, cluster.event, cluster.now);
    if (entry.term !== this.lastTerm) this.newTerm(history, entry.term);
    const rival = prefixes.rival(id);
    if (rival !== 0) {
      context.report('I2', history.node, `two different logs end in index ${index}, term ${entry.term}`, {
        witnesses: [
          context.entryWitness('A', rival, `first at ${context.name(prefixes.firstNode(rival))}`),
          context.entryWitness('B', id, `at ${context.name(history.node)}`),
        ],
        agreement: prefixes.agreement(rival, id),
      });
    }
    if (entry.term < prefixes.term(from)) {
      context.report(
        'I15',
        history.node,
        `in the log of ${context.name(history.node)}, term ${prefixes.term(from)} at index ${index - 1} is followed by term ${entry.term}`,
      );
    }
    if (!mayCreate && from !== FORGOTTEN) this.reportForeignEntry(history, id);
    return id;
  }

  private newTerm(history: NodeHistory, term: number): void {
    const { firstEntries, moment } = this.context;
    this.lastTerm = term;
    if (!firstEntries.has(term)) firstEntries.set(term, { ...moment, node: history.node });
  }

  /** I18: an entry has appeared that no leader of its term has ever had at this index. */
  private reportForeignEntry(history: NodeHistory, id: number): void {
    const { context } = this;
    const term = context.prefixes.term(id);
    const leader = context.leaders.get(term);
    context.report(
      'I18',
      history.node,
      `${context.name(history.node)} holds an entry of term ${term}, ${leader === undefined ? 'which has no leader' : `but ${context.name(leader.node)}, leader of that term, never had it there`}`,
      { witnesses: [context.entryWitness('A', id, `at ${context.name(history.node)}`)] },
    );
  }

  /** I12: a disk has lost entries, which the leader of the node's term must not have counted. */
  private diskTruncated(history: NodeHistory): void {
    const { context } = this;
    const leadership = context.leaders.get(history.effectiveTerm);
    if (leadership === undefined || leadership.node === history.node) return;
    const leader = context.histories[leadership.node]!;
    if (leader.view === null || leader.view.role !== LEADER || leader.view.term !== leadership.term) return;
    if (leader.configuration !== null && !isMember(leader.configuration, history.node)) return;
    const match = leader.matchIndex[history.node]!;
    if (!context.holds(history.disk, match, context.prefixAt(leader.log, match))) {
      context.report(
        'I12',
        history.node,
        `${context.name(history.node)} lost durable entries that ${context.name(leader.node)}, leader of term ${leadership.term}, has counted up to matchIndex ${match}`,
      );
    }
  }
}
