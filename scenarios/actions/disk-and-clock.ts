import type { Distribution } from '../../sim/base/distribution.ts';
import type { Drift } from '../../sim/clock.ts';
import type { ClocksOfNode } from '../../sim/faults/clock-faults.ts';
import type { Micros } from '../../sim/protocol.ts';
import { adjust, change } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { distributionOrReset } from '../language/distribution.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { key, mapping, needed } from '../language/shapes.ts';
import { drift, duration, flag, signedDuration, text, whole, word } from '../language/values.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';
import { spanOrReset } from './process.ts';

export type DiskAction = {
  readonly kind: 'disk';
  readonly nodes: Selector;
  /** Writes complete only after this much longer; null leaves it. */
  readonly stall: Micros | null;
  /** Fsync from this step on; 'reset' returns to the plan; null leaves it. */
  readonly fsync: Distribution | 'reset' | null;
  /** Whether fsync reports what is not durable; null leaves it. */
  readonly lies: boolean | null;
  /** Whether there is no room left, so that writes fail; null leaves it. */
  readonly full: boolean | null;
  /** Whether it cannot be read; null leaves it. */
  readonly unreadable: boolean | null;
  /** How many of the next writes fail with an error; null leaves it. */
  readonly fails: number | null;
  /** Name of a copy to make, or to put back; null: none. */
  readonly backup: string | null;
  readonly restore: string | null;
};

export type ClockAction = {
  readonly kind: 'clock';
  readonly nodes: Selector;
  /** Which clocks of the nodes. */
  readonly of: ClocksOfNode;
  readonly offset: Micros | null;
  /** Parts per million; a range is drawn from for each node. */
  readonly drift: Drift | null;
  readonly jump: Micros | null;
};

const someWrites = whole('a number of writes like 1', 0, 1_000_000);

export const disk: ActionDefinition<'disk'> = {
  topic: 'disks and clocks',
  strikes: true,
  spellings: [
    spelling('disk', {
      about:
        'Changes how long writes take from here on, whether they succeed, what fsync is worth, or what is on disks. A node whose write fails stops, and is down until a step restarts it. A disk that lies, or is put back, forgets what it has promised to keep: Raft does not promise to survive that.',
      example: 'disk: { nodes: n3, fsync: 50ms }',
      value: mapping(
        'a mapping like { nodes: n3, stall: 2s }',
        {
          nodes: needed(selector, 'Which nodes.'),
          stall: key(duration, 'No write completes for this long.'),
          fsync: key(distributionOrReset, 'How long a write takes from here on, or `reset`.'),
          lies: key(
            flag,
            'Whether writes are reported as durable that a crash loses, unless its `disk` is `keep`. The next honest fsync makes them durable.',
          ),
          full: key(flag, 'Whether there is no room left: writes fail, until there is room again.'),
          unreadable: key(
            flag,
            'Whether it cannot be read: a node does not start, and a leader does not send its snapshot.',
          ),
          fails: key(someWrites, 'How many of the next writes fail with an error; 0: none.'),
          backup: key(text, 'A name for a copy of what is on the disk now.'),
          restore: key(text, 'The copy to put back: the node is taken down first, and finds it when it restarts.'),
        },
        { later: ['corrupt'] },
      ),
      build: ({ nodes: raw, stall, fsync, ...others }, _, place) => {
        const { lies = null, full = null, unreadable = null, fails = null, backup = null, restore = null } = others;
        const at = place.at('disk');
        const nodes = ownSelectorOf(raw, at.at('nodes'));
        const changes = [stall, fsync, ...Object.values(others)];
        if (changes.every((change) => change === undefined) && at.isSound)
          at.problem('nothing to change: expected one of stall, fsync, lies, full, unreadable, fails, backup, restore');
        if (backup !== null) at.scope.uses.backups.add(backup);
        if (restore !== null) at.scope.uses.restores.push({ name: restore, place: at.at('restore') });
        const span = spanOrReset(fsync, at.at('fsync'));
        return {
          kind: 'disk',
          nodes,
          stall: stall ?? null,
          fsync: span,
          lies,
          full,
          unreadable,
          fails,
          backup,
          restore,
        };
      },
    }),
  ],
  describe: ({ nodes }, naming) => `disk ${describeSelector(nodes, naming)}`,
  *perform({ nodes, stall, fsync, lies, full, unreadable, fails, backup, restore }, exec) {
    const { faults } = exec.environment;
    const { disks, processes } = faults;
    yield* adjust(exec, nodes, (node) => {
      if (stall !== null) disks.stallDisk(node, stall, exec.origin);
      if (backup !== null) disks.makeCopy(node, backup, exec.origin);
      const isRestored = restore !== null && disks.hasCopy(node, restore);
      if (isRestored) processes.restoreDisk(node, restore, exec.origin);
      const changes = [
        fsync !== null && disks.setFsync(node, fsync, exec.origin),
        lies !== null && disks.setLies(node, lies, exec.origin),
        full !== null && disks.setFull(node, full, exec.origin),
        unreadable !== null && disks.setUnreadable(node, unreadable, exec.origin),
        fails !== null && disks.failWrites(node, fails, exec.origin),
      ];
      return changes.includes(true) || stall !== null || backup !== null || isRestored;
    });
  },
};

export const clock: ActionDefinition<'clock'> = {
  topic: 'disks and clocks',
  strikes: true,
  spellings: [
    spelling('clock', {
      about:
        'Changes clocks, for good or `for` a time: sets them, moves them, lets them run at another rate, stand still or run backwards.',
      example: 'clock: { nodes: n1, drift: stopped }',
      value: mapping('a mapping like { nodes: n1, jump: 5s }', {
        nodes: needed(selector, 'Which nodes.'),
        offset: key(signedDuration, 'How far ahead of true time the clock is set; negative: behind.'),
        drift: key(drift, 'How much faster it runs from here on; negative: slower; `stopped`, `backwards`.'),
        jump: key(signedDuration, 'By how much it is moved from where it stands.'),
        of: key(
          word('wall', 'monotonic', 'both'),
          'Which clock: the `wall` clock, which gives timestamps, or the `monotonic` one, by which timers and leases go.',
          'both',
        ),
      }),
      build: ({ nodes: raw, offset, drift: ppm, jump, of = 'both' }, _, place) => {
        const at = place.at('clock');
        const nodes = ownSelectorOf(raw, at.at('nodes'));
        if (offset === undefined && ppm === undefined && jump === undefined && at.isSound) {
          at.problem('nothing to change: expected one of offset, drift, jump');
        }
        if (offset !== undefined && jump !== undefined) {
          at.at('jump').problem('"offset" sets the clock, "jump" moves it; expected only one of them', 'key');
        }
        return { kind: 'clock', nodes, of, offset: offset ?? null, drift: ppm ?? null, jump: jump ?? null };
      },
    }),
  ],
  describe: ({ nodes, of }, naming) => `${of === 'both' ? '' : `${of} `}clock ${describeSelector(nodes, naming)}`,
  *perform({ nodes, of, offset, drift: ppm, jump }, exec) {
    const { faults } = exec.environment;
    yield* change(exec, nodes, (node) => faults.clocks.setClock(node, { of, offset, drift: ppm, jump }, exec.origin));
  },
};
