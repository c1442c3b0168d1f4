import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allVoters } from './configuration.ts';
import { cloneDisk, describeWrite, emptySnapshot, freshDisk, writeDisk } from './disk.ts';
import { Log } from './log.ts';
import type { RaftDisk, SnapshotWrite } from './messages.ts';
import { appendOf, chunkOf, entriesOf, entryOf, requestOf, valueOf } from './testing/messages.ts';
import { termsOf, TestNode } from './testing/node.ts';
import { bytes, describe as describeMessage } from './wire.ts';

const terms = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 20 })
  .map((all) => all.toSorted((a, b) => a - b));

describe('a log that is compacted', () => {
  test('gives for every index from its base on what the whole log gives', () => {
    fc.assert(
      fc.property(terms, fc.nat(20), (terms, at) => {
        const whole = new Log(entriesOf(...terms));
        const base = Math.min(at, terms.length);
        const log = new Log(entriesOf(...terms));
        log.compactTo(base);
        expect([log.base, log.lastIndex, log.lastTerm]).toEqual([base, whole.lastIndex, whole.lastTerm]);
        for (let index = 0; index <= terms.length + 1; index++) {
          expect(log.has(index)).toBe(index >= base && index <= terms.length);
          if (index >= base && index <= terms.length) expect(log.term(index)).toBe(whole.term(index));
        }
        for (let index = base + 1; index <= terms.length; index++) {
          expect(log.firstOfTerm(index)).toBe(Math.max(base + 1, whole.firstOfTerm(index)));
          expect(log.slice(index, terms.length + 1)).toEqual(whole.slice(index, terms.length + 1));
        }
        for (let term = 0; term <= 6; term++) {
          const last = whole.lastOfTerm(term);
          expect(log.lastOfTerm(term)).toBe(last > base ? last : 0);
        }
      }),
    );
  });

  test('is compacted once: to go back changes nothing', () => {
    const log = new Log(entriesOf(1, 1, 2, 2));
    log.compactTo(3);
    log.compactTo(2);
    expect([log.base, log.term(3), log.lastIndex]).toEqual([3, 2, 4]);
  });

  test('cannot be compacted beyond its end, nor truncated before its beginning', () => {
    const log = new Log(entriesOf(1, 1));
    expect(() => {
      log.compactTo(3);
    }).toThrow();
    log.compactTo(1);
    expect(() => {
      log.truncateFrom(1);
    }).toThrow();
  });

  test('a clone keeps its base, and is independent of the original', () => {
    const log = new Log(entriesOf(1, 1, 2));
    log.compactTo(1);
    const copy = log.clone();
    log.compactTo(3);
    expect([copy.base, copy.lastIndex, copy.term(1), copy.term(3)]).toEqual([1, 3, 1, 2]);
  });
});

describe('a disk', () => {
  const snapshot = { ...emptySnapshot(allVoters(3)), index: 3, term: 1 };
  const written = (log: number[]): RaftDisk => ({ ...freshDisk(allVoters(3)), log: entriesOf(...log) });
  const write = (changes: Partial<SnapshotWrite>): SnapshotWrite => ({
    kind: 'snapshot',
    snapshot,
    base: 3,
    baseTerm: 1,
    keepsLog: true,
    ...changes,
  });

  test('loses the beginning of its log to a snapshot, and keeps the rest', () => {
    const disk = written([1, 1, 1, 2]);
    writeDisk(disk, write({}));
    expect(disk).toMatchObject({ snapshot, base: 3, baseTerm: 1, log: entriesOf(2) });
    writeDisk(disk, { kind: 'log', from: 5, entries: entriesOf(2) });
    writeDisk(disk, { kind: 'log', from: 4, entries: entriesOf(3) });
    expect(disk.log).toEqual(entriesOf(3));
  });

  test('keeps entries before the snapshot as far as the write says', () => {
    const disk = written([1, 1, 1, 2]);
    writeDisk(disk, write({ base: 2 }));
    expect([disk.base, disk.log]).toEqual([2, entriesOf(1, 2)]);
  });

  test('loses all of its log to a snapshot that does not match it', () => {
    const disk = written([1, 1, 1, 1, 1, 1]);
    writeDisk(disk, write({ keepsLog: false }));
    expect([disk.base, disk.log]).toEqual([3, []]);
  });

  test('rejects a log write that begins in the compacted part', () => {
    const disk = written([1, 1, 1, 2]);
    writeDisk(disk, write({}));
    expect(() => {
      writeDisk(disk, { kind: 'log', from: 3, entries: entriesOf(1) });
    }).toThrow();
  });

  test('a clone is independent of the original', () => {
    const disk = written([1, 1, 1, 2]);
    const copy = cloneDisk(disk);
    writeDisk(disk, write({}));
    expect([copy.base, copy.log.length, copy.snapshot.index]).toEqual([0, 4, 0]);
  });

  test('snapshot writes are described in one stable line', () => {
    const name = String;
    expect(describeWrite(write({ base: 2 }), name)).toBe('snapshot of 3/T1, log from 3');
    expect(describeWrite(write({ keepsLog: false }), name)).toBe('snapshot of 3/T1, empty log');
  });
});

test('a node that restarts after any of its writes has a log that fits its snapshot', () => {
  const step = fc.record({ count: fc.integer({ min: 1, max: 4 }), commits: fc.boolean(), trailing: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), fc.nat(3), (steps, snapshotTrailing) => {
      const node = new TestNode({ nodes: 3, disk: { term: 1 }, options: { snapshotEvery: 3, snapshotTrailing } });
      const disk: RaftDisk = { ...node.protocol.freshDisk(0), term: 1 };
      let sequence = 0;
      for (const { count, commits } of steps) {
        const last = node.state.log.lastIndex;
        const entries = Array.from({ length: count }, () => entryOf(1, requestOf(1, ++sequence)));
        const commit = commits ? last + count : node.state.commitIndex;
        node.receive(1, appendOf(1, 1, [last, last === 0 ? 0 : 1], entries, commit));
        for (const write of node.out.writes) {
          writeDisk(disk, write);
          const { state } = new TestNode({ nodes: 3, disk: cloneDisk(disk) });
          expect(state.log.base).toBeLessThanOrEqual(state.snapshot.index);
          expect(state.snapshot.index).toBeLessThanOrEqual(state.log.lastIndex);
          expect(termsOf(state).length).toBe(state.log.lastIndex - state.log.base);
        }
      }
      const { state } = new TestNode({ nodes: 3, disk });
      expect(state.log.lastIndex).toBe(node.state.log.lastIndex);
    }),
  );
});

test('a chunk of a snapshot is as big as its records, and is described in one stable line', () => {
  const empty = chunkOf(2, 1, [7, 2]);
  const records = [valueOf('x', 'abc'), valueOf('yy', '')];
  expect(bytes({ ...empty, records }) - bytes(empty)).toBe(records[0]!.bytes + records[1]!.bytes);
  expect(describeMessage(empty)).toMatch(/^InstallSnapshot T2 .*7\/T2/);
});
