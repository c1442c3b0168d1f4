import type { DiskRecord } from '../../core/messages.ts';
import { describeDistribution, describeSpan, type Distribution } from '../../sim/base/distribution.ts';
import type { Micros } from '../../sim/protocol.ts';
import { adjust } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { distributionOrReset } from '../language/distribution.ts';
import type { Place } from '../language/place.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { key, mapping, needed } from '../language/shapes.ts';
import { duration, flag, text, whole, word } from '../language/values.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';
import { spanOrReset } from './process.ts';

/** What is null stays as it is. */
export type DiskAction = {
  readonly kind: 'disk';
  readonly nodes: Selector;
  /** Writes complete only after this much longer. */
  readonly stall: Micros | null;
  /** Fsync from this step on; 'reset' returns to the plan. */
  readonly fsync: Distribution | 'reset' | null;
  /** Whether fsync reports what is not durable. */
  readonly lies: boolean | null;
  /** Whether there is no room left, so that writes fail. */
  readonly full: boolean | null;
  /** Whether it cannot be read. */
  readonly unreadable: boolean | null;
  /** How many of the next writes fail with an error. */
  readonly fails: number | null;
  /** The kind of record to damage, and the index of the entry, 0 for the last. */
  readonly corrupt: { readonly record: DiskRecord; readonly index: number } | null;
  /** Name of a copy to make, or to put back. */
  readonly backup: string | null;
  readonly restore: string | null;
};

const someWrites = whole('a number of writes like 1', 0, 1_000_000);
const someIndex = whole('an index like 5', 1, Number.MAX_SAFE_INTEGER);

export const disk: ActionDefinition<'disk'> = {
  topic: 'disks and clocks',
  strikes: true,
  spellings: [
    spelling('disk', {
      about:
        'Changes how long writes take from here on, whether they succeed, what fsync is worth, or what is on disks. A node whose write fails stops, and is down until a step restarts it; one that finds a corrupt record does not start. A disk that lies, or is put back, forgets what it has promised to keep: Raft does not promise to survive that.',
      example: 'disk: { nodes: n3, fsync: 50ms }',
      value: mapping('a mapping like { nodes: n3, stall: 2s }', {
        nodes: needed(selector, 'Which nodes.'),
        stall: key(duration, 'No write completes for this long.'),
        fsync: key(distributionOrReset, 'How long a write takes from here on, or `reset`.'),
        lies: key(
          flag,
          'Whether writes are reported as durable that a crash loses, unless its `disk` is `keep`. The next honest fsync makes them durable.',
        ),
        full: key(flag, 'Whether there is no room left: writes fail, until there is room again.'),
        fails: key(someWrites, 'How many of the next writes fail with an error; 0: none.'),
        unreadable: key(
          flag,
          'Whether it cannot be read: a node does not start, and a leader does not send its snapshot.',
        ),
        corrupt: key(
          word('entry', 'vote', 'snapshot'),
          'The record to damage: an entry of the log, term and vote, or the snapshot. The node is taken down first, and finds it when it restarts.',
        ),
        index: key(someIndex, 'Which entry is damaged. Default: the last one on the disk.'),
        backup: key(text, 'A name for a copy of what is on the disk now.'),
        restore: key(text, 'The copy to put back: the node is taken down first, and finds it when it restarts.'),
      }),
      build: ({ nodes: raw, stall, fsync, corrupt, index, ...others }, _, place) => {
        const { lies = null, full = null, fails = null, unreadable = null, backup = null, restore = null } = others;
        const at = place.at('disk');
        const nodes = ownSelectorOf(raw, at.at('nodes'));
        const changes = [stall, fsync, corrupt, ...Object.values(others)];
        if (changes.every((change) => change === undefined) && index === undefined && at.isSound) {
          const expected = 'stall, fsync, lies, full, fails, unreadable, corrupt, backup, restore';
          at.problem(`nothing to change: expected one of ${expected}`);
        }
        if (backup !== null) at.scope.uses.backups.push({ name: backup, nodes });
        if (restore !== null) at.scope.uses.restores.push({ name: restore, nodes, place: at.at('restore') });
        const span = spanOrReset(fsync, at.at('fsync'));
        const failing = { lies, full, fails, unreadable, corrupt: corruptOf(corrupt, index, at) };
        return { kind: 'disk', nodes, stall: stall ?? null, fsync: span, ...failing, backup, restore };
      },
    }),
  ],
  describe: (action, naming) => `disk ${describeSelector(action.nodes, naming)} (${describeChanges(action)})`,
  *perform({ nodes, stall, fsync, lies, full, fails, unreadable, corrupt, backup, restore }, exec) {
    const { origin } = exec;
    const { disks, processes } = exec.environment.faults;
    yield* adjust(exec, nodes, (node) => {
      if (stall !== null) disks.stallDisk(node, stall, origin);
      if (backup !== null) disks.makeCopy(node, backup, origin);
      const isRestored = restore !== null && disks.hasCopy(node, restore);
      if (isRestored) processes.restoreDisk(node, restore, origin);
      const changes = [
        corrupt !== null && processes.corruptDisk(node, corrupt.record, corrupt.index, origin),
        fsync !== null && disks.setFsync(node, fsync, origin),
        lies !== null && disks.setLies(node, lies, origin),
        full !== null && disks.setFull(node, full, origin),
        unreadable !== null && disks.setUnreadable(node, unreadable, origin),
        fails !== null && disks.failWrites(node, fails, origin),
      ];
      return changes.includes(true) || stall !== null || backup !== null || isRestored;
    });
  },
};

/** `full`, `fsync 20ms, not lying`, `corrupt entry 5` */
function describeChanges({
  stall,
  fsync,
  lies,
  full,
  fails,
  unreadable,
  corrupt,
  backup,
  restore,
}: DiskAction): string {
  const named = (name: string, value: string | number | null): string[] => (value === null ? [] : [`${name} ${value}`]);
  const flagged = (yes: string, no: string, value: boolean | null): string[] =>
    value === null ? [] : [value ? yes : no];
  const record = corrupt === null ? null : `${corrupt.record}${corrupt.index === 0 ? '' : ` ${corrupt.index}`}`;
  return [
    ...named('stall', stall === null ? null : describeSpan(stall)),
    ...named('fsync', fsync === null || fsync === 'reset' ? fsync : describeDistribution(fsync)),
    ...flagged('lying', 'not lying', lies),
    ...flagged('full', 'not full', full),
    ...named('fails', fails),
    ...flagged('unreadable', 'readable', unreadable),
    ...named('corrupt', record),
    ...named('backup', backup),
    ...named('restore', restore),
  ].join(', ');
}

/** An index belongs to a corrupt entry. */
function corruptOf(record: DiskRecord | undefined, index: number | undefined, at: Place): DiskAction['corrupt'] {
  if (index !== undefined && record !== 'entry') {
    at.at('index').problem('only an entry has an index; expected it beside corrupt: entry', 'key');
  }
  return record === undefined ? null : { record, index: index ?? 0 };
}
