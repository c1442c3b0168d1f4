import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Defect } from '../sim/base/assert.ts';
import { allVoters } from './configuration.ts';
import { describeDamage } from './describe.ts';
import {
  cloneDisk,
  corruptDisk,
  describeWrite,
  emptySnapshot,
  factsOfWrite,
  fitsDisk,
  freshDisk,
  tearWrite,
  writeDisk,
} from './disk.ts';
import { type LogWrite, NONE, type RaftDisk, type VoteWrite } from './messages.ts';
import { Dice } from './testing/dice.ts';
import { entriesOf, entryOf, requestOf, valueOf } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';

const entries = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }).map((terms) => entriesOf(...terms));
const voteWrite: fc.Arbitrary<VoteWrite> = fc.record({
  kind: fc.constant('vote' as const),
  term: fc.nat(9),
  votedFor: fc.integer({ min: -1, max: 4 }),
});
/** `place` is an index of the current log, at most one beyond its end. */
const step = fc.oneof(voteWrite, fc.record({ kind: fc.constant('log' as const), place: fc.nat(1000), entries }));
const THREE = allVoters(3);

type Step = VoteWrite | { kind: 'log'; place: number; entries: LogWrite['entries'] };

function writeAt(disk: RaftDisk, step: Step): VoteWrite | LogWrite {
  if (step.kind === 'vote') return step;
  return { kind: 'log', from: 1 + (step.place % (disk.log.length + 1)), entries: step.entries };
}

test('a fresh disk holds term 0, no vote and no entries, and each node has its own', () => {
  expect(freshDisk(THREE)).toMatchObject({ term: 0, votedFor: NONE, base: 0, baseTerm: 0, log: [] });
  expect(freshDisk(THREE).snapshot).toMatchObject({ index: 0, term: 0, configuration: THREE, records: [] });
  expect(freshDisk(THREE).log).not.toBe(freshDisk(THREE).log);
});

test('applying writes gives what a naive model holds: entries by index, and the last term and vote', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const disk = freshDisk(THREE);
      const model = { term: 0, votedFor: NONE, entries: new Map<number, unknown>() };
      for (const step of steps) {
        const write = writeAt(disk, step);
        writeDisk(disk, write);
        if (write.kind === 'vote') {
          model.term = write.term;
          model.votedFor = write.votedFor;
        } else {
          for (const index of [...model.entries.keys()]) if (index >= write.from) model.entries.delete(index);
          for (const [i, entry] of write.entries.entries()) model.entries.set(write.from + i, entry);
        }
        expect([disk.term, disk.votedFor]).toEqual([model.term, model.votedFor]);
        expect(disk.log.length).toBe(model.entries.size);
        for (const [i, entry] of disk.log.entries()) expect(entry).toBe(model.entries.get(i + 1));
      }
    }),
  );
});

test('a log write that would leave a gap is a defect', () => {
  const disk = freshDisk(THREE);
  expect(() => writeDisk(disk, { kind: 'log', from: 2, entries: entriesOf(1) })).toThrow(Defect);
});

test('a clone of a disk is independent of the original', () => {
  const disk = freshDisk(THREE);
  writeDisk(disk, { kind: 'log', from: 1, entries: entriesOf(1, 1) });
  const copy = cloneDisk(disk);
  writeDisk(disk, { kind: 'log', from: 1, entries: [] });
  writeDisk(disk, { kind: 'vote', term: 5, votedFor: 1 });
  expect(copy).toEqual({ ...freshDisk(THREE), log: entriesOf(1, 1) });
});

test('a torn log write of several entries leaves some of the first, never all', () => {
  const lengths = new Set<number>();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), entries, fc.nat(), (from, entries, seed) => {
      const rest = tearWrite({ kind: 'log', from, entries }, new Dice(seed)) as LogWrite | null;
      const left = rest === null ? 0 : rest.entries.length;
      if (entries.length === 5) lengths.add(left);
      expect(left).toBeLessThan(Math.max(1, entries.length));
      expect(left > 0).toBe(entries.length > 1);
      if (rest !== null) expect(rest).toEqual({ kind: 'log', from, entries: entries.slice(0, left) });
    }),
    { numRuns: 500 },
  );
  expect(lengths).toEqual(new Set([1, 2, 3, 4]));
});

test('a vote is written completely or not at all', () => {
  fc.assert(
    fc.property(voteWrite, fc.nat(), (write, seed) => {
      expect(tearWrite(write, new Dice(seed))).toBe(null);
    }),
  );
});

test('writes are described in one stable line', () => {
  const name = (node: number): string => `n${node + 1}`;
  expect(describeWrite({ kind: 'vote', term: 3, votedFor: NONE }, name)).toBe('term 3, vote none');
  expect(describeWrite({ kind: 'vote', term: 3, votedFor: 1 }, name)).toBe('term 3, vote n2');
  expect(describeWrite({ kind: 'log', from: 4, entries: entriesOf(2) }, name)).toBe('log 4 of term 2');
  expect(describeWrite({ kind: 'log', from: 4, entries: entriesOf(2, 2, 3) }, name)).toBe('log 4..6 of term 3');
  expect(describeWrite({ kind: 'log', from: 4, entries: [] }, name)).toBe('log truncated from 4');
});

test('a write carries its vote, its indices, or the index of its snapshot', () => {
  const name = (node: number): string => `n${node + 1}`;
  expect(factsOfWrite({ kind: 'vote', term: 3, votedFor: 1 }, name)).toEqual({ term: 3, vote: 'n2' });
  expect(factsOfWrite({ kind: 'vote', term: 3, votedFor: NONE }, name)).toEqual({ term: 3, vote: 'none' });
  expect(factsOfWrite({ kind: 'log', from: 4, entries: entriesOf(2, 3) }, name)).toEqual({ from: 4, to: 5, term: 3 });
  expect(factsOfWrite({ kind: 'log', from: 4, entries: [] }, name)).toEqual({ from: 4, to: 3 });
});

describe('a snapshot that keeps the log', () => {
  const disk = (...terms: number[]): RaftDisk => ({ ...freshDisk(THREE), term: 2, log: entriesOf(...terms) });
  const snapshot = Object.freeze({ ...emptySnapshot(THREE), index: 3, term: 2 });
  const keeping = { kind: 'snapshot' as const, snapshot, base: 0, baseTerm: 0, keepsLog: true };

  test('fits only beside a log that holds its last entry', () => {
    expect(fitsDisk(disk(1, 1, 2, 2), keeping, [])).toBe(true);
    expect(fitsDisk(disk(1, 1), keeping, [])).toBe(false);
    expect(fitsDisk(disk(1, 1, 1, 1), keeping, [])).toBe(false);
    expect(fitsDisk({ ...disk(2), base: 3, baseTerm: 2 }, { ...keeping, base: 3, baseTerm: 2 }, [])).toBe(true);
    expect(fitsDisk({ ...disk(2), base: 3, baseTerm: 2 }, keeping, [])).toBe(false);
  });

  test('fits always if it does not keep it', () => {
    expect(fitsDisk(disk(1), { ...keeping, base: 3, baseTerm: 2, keepsLog: false }, [])).toBe(true);
  });
});

test('entries fit only where no write of the log before them is lost: what is there may be what that was to remove', () => {
  const disk = { ...freshDisk(THREE), term: 2, log: entriesOf(1, 1, 1, 1, 1) };
  const overwriting = { kind: 'log' as const, from: 3, entries: entriesOf(2, 2, 2) };
  const following = { kind: 'log' as const, from: 6, entries: entriesOf(2) };
  const vote = { kind: 'vote' as const, term: 2, votedFor: 1 };
  expect(fitsDisk(disk, following, [])).toBe(true);
  expect(fitsDisk(disk, following, [vote])).toBe(true);
  expect(fitsDisk(disk, following, [overwriting])).toBe(false);
  expect(fitsDisk(disk, vote, [overwriting])).toBe(true);
  expect(fitsDisk(disk, { ...following, from: 8 }, [])).toBe(false);
});

test('what is of a term that is not on the disk fits only after the write of that term', () => {
  const disk = { ...freshDisk(THREE), term: 1, log: entriesOf(1) };
  const appended = { kind: 'log' as const, from: 2, entries: entriesOf(2) };
  const snapshot = Object.freeze({ ...emptySnapshot(THREE), index: 3, term: 2 });
  const installed = { kind: 'snapshot' as const, snapshot, base: 3, baseTerm: 2, keepsLog: false };
  expect([appended, installed].map((write) => fitsDisk(disk, write, []))).toEqual([false, false]);
  const later = { ...disk, term: 2 };
  expect([appended, installed].map((write) => fitsDisk(later, write, []))).toEqual([true, true]);
  expect(fitsDisk(disk, { ...appended, entries: [] }, [])).toBe(true);
});

describe('a corrupt record', () => {
  const disk = (): RaftDisk => ({ ...freshDisk(THREE), term: 3, votedFor: 1, log: [...entriesOf(1, 1), WRITTEN] });
  const WRITTEN = entryOf(3, requestOf(1, 1, { op: 'put', value: 'kept' }));

  test('holds something else than was written, and is named as damaged', () => {
    const damaged = disk();
    expect(corruptDisk(damaged, 'entry', 0)).toBe(true);
    expect(damaged.log[2]!.request!.command.value).not.toBe('kept');
    expect(WRITTEN.request!.command.value).toBe('kept');
    expect(corruptDisk(damaged, 'vote', 0)).toBe(true);
    expect([damaged.term, damaged.votedFor]).toEqual([3, NONE]);
    expect(damaged.damage.map(describeDamage)).toEqual(['entry 3', 'its term and vote']);
  });

  test('is there only if the disk has such a record', () => {
    const damaged = disk();
    const places = [1, 3, 4].map((index) => corruptDisk(damaged, 'entry', index));
    expect(places).toEqual([true, true, false]);
    expect(corruptDisk(damaged, 'snapshot', 0)).toBe(false);
    expect(corruptDisk(freshDisk(THREE), 'entry', 0)).toBe(false);
    expect(corruptDisk(damaged, 'superblock', 0)).toBe(false);
  });

  test('in a snapshot leaves the snapshot of others as it is', () => {
    const snapshot = Object.freeze({ ...emptySnapshot(THREE), index: 5, records: Object.freeze([valueOf('x', '1')]) });
    const damaged = { ...freshDisk(THREE), snapshot };
    expect(corruptDisk(damaged, 'snapshot', 0)).toBe(true);
    expect([damaged.snapshot.records.length, snapshot.records.length]).toEqual([0, 1]);
    expect(describeDamage(damaged.damage[0]!)).toBe('its snapshot of 5');
  });

  test('is kept in a copy of the disk, and is not on the original if it comes later', () => {
    const original = disk();
    const copy = cloneDisk(original);
    corruptDisk(copy, 'entry', 1);
    expect([original.damage, cloneDisk(copy).damage.length]).toEqual([[], 1]);
    expect(original.log[0]).toEqual(entriesOf(1)[0]);
  });

  test.each(['vote', 'entry'])('keeps a node from starting (%s)', (record) => {
    const damaged = disk();
    corruptDisk(damaged, record, 0);
    const { out } = new TestNode({ nodes: 3, disk: damaged });
    expect(out.halts).toEqual([`the checksum of ${record === 'vote' ? 'its term and vote' : 'entry 3'} does not fit`]);
  });
});
