import { describeDamage } from '../../core/describe.ts';
import type { RaftDisk, Snapshot } from '../../core/messages.ts';
import type { RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import type { LogHistory } from '../history/log-history.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Checks that a node begins with what is on its disk: I36. Raft Figure 2, persistent state. */
export class BootChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** The node has booted from this disk, which must be sound. Returns whether it is. */
  isSound(node: number, { damage }: RaftDisk): boolean {
    const [first] = damage;
    if (first === undefined) return true;
    const { context } = this;
    context.report(
      'I36',
      node,
      `${context.name(node)} booted although the checksum of ${describeDamage(first)} does not fit`,
    );
    return false;
  }

  /** The node has booted. Its log and its disk have been synced. */
  booted(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { log, disk, diskTerm, diskVote, diskSnapshot, node } = history;
    const differences = [
      ...(view.term === diskTerm ? [] : [`in term ${view.term}, but the term on its disk is ${diskTerm}`]),
      ...(view.votedFor === diskVote
        ? []
        : [
            `with a vote for ${context.name(view.votedFor)}, but the vote on its disk is for ${context.name(diskVote)}`,
          ]),
      ...(isSameSnapshot(view.snapshot, diskSnapshot)
        ? []
        : [`with a snapshot of index ${view.snapshot.index}, but that on its disk is of index ${diskSnapshot!.index}`]),
      ...(log.equals(disk)
        ? this.changedEntry(disk, view)
        : [
            `with a log of ${log.base + 1}..${log.length}, but that on its disk is of ${disk.base + 1}..${disk.length}`,
          ]),
    ];
    const [difference] = differences;
    if (difference === undefined) return;
    const end = context.describeEntry(disk.tip);
    context.report('I36', node, `${context.name(node)} booted ${difference}`, {
      witnesses: [
        context.present('A', node, `on disk: term ${diskTerm}, vote for ${context.name(diskVote)}, log ends in ${end}`),
        context.present('B', node, `in memory: log ends in ${context.describeEntry(log.tip)}`),
      ],
    });
  }

  private changedEntry(disk: LogHistory, view: RaftView): string[] {
    const index = disk.firstDifference(view.log, this.context.prefixes);
    return index === 0 ? [] : [`with another entry at index ${index} than on its disk`];
  }
}

function isSameSnapshot(a: Snapshot, b: Snapshot | null): boolean {
  return a === b || (b !== null && a.index === b.index && a.term === b.term && a.bytes === b.bytes);
}
