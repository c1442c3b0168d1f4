import type { RaftDisk } from '../../core/messages.ts';
import { LEADER, type LogView, type RaftView } from '../../core/view.ts';
import { isMember } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { DiskLog } from '../history/disk-log.ts';
import type { MembershipChecks } from './membership.ts';
import { FORGOTTEN } from '../history/prefixes.ts';
import type { NodeHistory } from '../history/node-history.ts';
import type { LogHistory } from '../history/log-history.ts';

/** Watches logs, in memory and on disk: I2, I5, I7 (on disk), I12 (when a disk is cut back), I15, I18. */
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
  syncLog(shadow: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { log } = view;
    if (log.base !== shadow.log.base) this.moveBase(shadow, log);
    const kept = shadow.log.agreement(log, context.prefixes);
    if (kept < shadow.log.length) this.cut(shadow, view, kept);
    for (let index = kept + 1; index <= log.lastIndex; index++) this.append(shadow, view, index);
    shadow.log.remember(log);
    const lastTerm = log.term(log.lastIndex);
    if (lastTerm > view.term) {
      context.report(
        'I15',
        shadow.node,
        `${context.name(shadow.node)} holds an entry of term ${lastTerm} while its current term is ${view.term}`,
      );
    }
    if (log.lastIndex > kept && context.watched.wants('appended')) {
      const text = `appended ${kept + 1}${log.lastIndex > kept + 1 ? `..${log.lastIndex}` : ''} of term ${lastTerm}`;
      context.watched.note('appended', shadow.node, -1, { index: log.lastIndex, term: lastTerm }, text);
    }
  }

  /** The node has come back with the log of its disk. Returns whether entries that it had before are not there. */
  reboot(shadow: NodeHistory, view: RaftView): boolean {
    const mine = shadow.log;
    const { length, tip } = mine;
    if (view.log.base !== mine.base) mine.copy(shadow.disk);
    if (view.log.base !== mine.base) this.restart(shadow, mine, view.log);
    mine.cut(mine.agreement(view.log, this.context.prefixes));
    this.syncLog(shadow, view);
    return mine.length < length || (length >= mine.base && mine.at(length) !== tip);
  }

  /** A write has become durable (or a crash has decided what is). */
  syncDisk(shadow: NodeHistory, disk: RaftDisk): void {
    const { context, diskLog } = this;
    if (disk.term < shadow.diskTerm) {
      context.report(
        'I7',
        shadow.node,
        `the durable term of ${context.name(shadow.node)} went from ${shadow.diskTerm} back to ${disk.term}`,
      );
    }
    shadow.diskTerm = disk.term;
    shadow.diskVote = disk.votedFor;
    diskLog.show(disk);
    if (!shadow.disk.isCurrent(diskLog)) this.diskLogChanged(shadow);
    const longest = shadow.durableIn.get(disk.term) ?? -1;
    if (shadow.disk.length > longest) shadow.durableIn.set(disk.term, shadow.disk.length);
  }

  private diskLogChanged(shadow: NodeHistory): void {
    const { context, diskLog } = this;
    const before = shadow.disk.length;
    let isCut = false;
    if (diskLog.base !== shadow.disk.base) isCut = !this.rebase(shadow, shadow.disk, diskLog);
    const kept = shadow.disk.agreement(diskLog, context.prefixes);
    shadow.disk.cut(kept);
    for (let index = kept + 1; index <= diskLog.lastIndex; index++) {
      shadow.disk.push(this.intern(shadow, shadow.disk.tip, diskLog, index, context.beginning));
    }
    shadow.disk.remember(diskLog);
    if (isCut || kept < before) this.diskCutBack(shadow);
  }

  /** The log in memory begins somewhere else: entries were compacted away, or a snapshot was installed. */
  private moveBase(shadow: NodeHistory, log: LogView): void {
    const { context } = this;
    const mine = shadow.log;
    const { length, tip } = mine;
    if (this.rebase(shadow, mine, log)) {
      if (log.base <= shadow.commit) context.watched.mark('log-compacted');
      return;
    }
    // What the snapshot contradicts is gone, and all that followed it.
    const agreed = context.prefixes.agreement(tip, mine.tip);
    if (tip !== FORGOTTEN && agreed < Math.min(log.base, length)) this.givenUp(shadow, tip, agreed);
  }

  /** Lets a shadow begin where its log does. Returns whether the entries after that may still be the same. */
  private rebase(shadow: NodeHistory, mine: LogHistory, log: LogView): boolean {
    const { base } = log;
    this.context.basesMoved = true;
    if (base >= mine.base && base <= mine.length) {
      const own = mine.at(base);
      if (own === FORGOTTEN || this.context.prefixes.term(own) === log.term(base)) {
        mine.compactTo(base);
        return true;
      }
    }
    this.restart(shadow, mine, log);
    return false;
  }

  /** The shadow of a log that is known by the index and term it begins after. */
  private restart(shadow: NodeHistory, mine: LogHistory, log: LogView): void {
    const { context } = this;
    const { prefixes, watched } = context;
    const { base } = log;
    const term = log.term(base);
    let id = prefixes.ending(base, term);
    if (id === FORGOTTEN && base >= prefixes.floor) {
      if (!context.beginning) {
        const summary = `the log of ${context.name(shadow.node)} begins after index ${base}, term ${term}, which nobody has ever had`;
        context.report('I27', shadow.node, summary);
      }
      const { configuration, configurationIndex } = watched.disk(shadow.node).snapshot;
      const record = { configuration, index: configurationIndex, before: null };
      id = prefixes.adopt(base, term, record, shadow.node, watched.event, watched.now);
    }
    mine.restartAt(base, id);
  }

  private cut(shadow: NodeHistory, view: RaftView, kept: number): void {
    const { context } = this;
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
    this.givenUp(shadow, shadow.log.tip, kept);
    shadow.log.cut(kept);
  }

  /** Of the log with this tip, only the entries up to `kept` are left. */
  private givenUp({ node }: NodeHistory, tip: number, kept: number): void {
    const { watched, prefixes } = this.context;
    const length = prefixes.depth(tip);
    watched.mark('log-truncated');
    if ((prefixes.configuration(tip)?.index ?? 0) > kept) watched.mark('configuration-rolled-back');
    for (let id = tip; prefixes.depth(id) > Math.max(kept, prefixes.floor); id = prefixes.parent(id)) {
      if (prefixes.entry(id).request === null) continue;
      watched.mark('write-rolled-back');
      break;
    }
    if (!watched.wants('truncated')) return;
    const text = `log cut from ${length} back to ${kept}`;
    watched.note('truncated', node, -1, { index: kept + 1, count: length - kept }, text);
  }

  private append(shadow: NodeHistory, view: RaftView, index: number): void {
    const { context } = this;
    const { log } = view;
    const entry = log.entry(index);
    const isLeading = view.role === LEADER || (shadow.role === LEADER && shadow.term === view.term);
    const creates = isLeading && entry.term === view.term;
    const id = this.intern(shadow, shadow.log.tip, log, index, creates || context.beginning);
    shadow.log.push(id);
    if (creates && entry.configuration !== null && !context.beginning) this.membership.appended(shadow, view, id);
  }

  private intern(shadow: NodeHistory, parent: number, log: LogView, index: number, mayCreate: boolean): number {
    const { context } = this;
    const { prefixes, watched } = context;
    if (index < prefixes.floor) return FORGOTTEN;
    // Nothing is known any more of what came before the floor.
    const from = index === prefixes.floor ? FORGOTTEN : parent;
    const entry = log.entry(index);
    const known = prefixes.find(from, entry);
    if (known !== 0) return known;
    const id = prefixes.add(from, entry, shadow.node, watched.event, watched.now);
    if (entry.term !== this.lastTerm) this.newTerm(shadow, entry.term);
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
    if (entry.term < prefixes.term(from)) {
      context.report(
        'I15',
        shadow.node,
        `in the log of ${context.name(shadow.node)}, term ${prefixes.term(from)} at index ${index - 1} is followed by term ${entry.term}`,
      );
    }
    if (!mayCreate && from !== FORGOTTEN) this.strayEntry(shadow, id);
    return id;
  }

  private newTerm(shadow: NodeHistory, term: number): void {
    const { firstEntries, moment } = this.context;
    this.lastTerm = term;
    if (!firstEntries.has(term)) firstEntries.set(term, { ...moment, node: shadow.node });
  }

  /** An entry turned up that no leader of its term has ever had at this place. */
  private strayEntry(shadow: NodeHistory, id: number): void {
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
  private diskCutBack(shadow: NodeHistory): void {
    const { context } = this;
    const leadership = context.leaders.get(shadow.effectiveTerm);
    if (leadership === undefined || leadership.node === shadow.node) return;
    const leader = context.shadows[leadership.node]!;
    if (leader.view === null || leader.view.role !== LEADER || leader.view.term !== leadership.term) return;
    if (leader.configuration !== null && !isMember(leader.configuration, shadow.node)) return;
    const match = leader.match[shadow.node]!;
    if (!context.holds(shadow.disk, match, context.prefixAt(leader.log, match))) {
      context.report(
        'I12',
        shadow.node,
        `${context.name(shadow.node)} no longer has durably what ${context.name(leader.node)}, leader of term ${leadership.term}, counts on up to index ${match}`,
      );
    }
  }
}
