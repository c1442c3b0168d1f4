import { assert } from '../sim/base/assert.ts';
import type { Facts, NodeId, Random } from '../sim/protocol.ts';
import {
  type Configuration,
  type DamagedRecord,
  type Entry,
  type LogWrite,
  NONE,
  type RaftDisk,
  type Snapshot,
  type SnapshotWrite,
  type Write,
} from './messages.ts';
import { describeConfiguration } from './describe.ts';
import { HEADER_BYTES } from './wire.ts';

/** The state before the first entry of a cluster that begins with these members. */
export function emptySnapshot(configuration: Configuration): Snapshot {
  return Object.freeze({
    index: 0,
    term: 0,
    configuration,
    configurationIndex: 0,
    time: 0,
    records: Object.freeze([]),
    bytes: HEADER_BYTES,
  });
}

/** The disk of a node that has never run, in a cluster that begins with these members. */
export function freshDisk(configuration: Configuration): RaftDisk {
  return { term: 0, votedFor: NONE, snapshot: emptySnapshot(configuration), base: 0, baseTerm: 0, log: [], damage: [] };
}

export function cloneDisk(disk: RaftDisk): RaftDisk {
  return { ...disk, log: disk.log.slice() };
}

/** Applies a write that has become durable to the disk. */
export function writeDisk(disk: RaftDisk, write: Write): void {
  switch (write.kind) {
    case 'vote':
      disk.term = write.term;
      disk.votedFor = write.votedFor;
      return;
    case 'log': {
      const kept = write.from - disk.base - 1;
      assert(kept >= 0, 'a log write begins in the compacted part of the log');
      assert(kept <= disk.log.length, 'a log write leaves a gap on the disk');
      if (disk.log.length > kept) disk.log.length = kept;
      for (const entry of write.entries) disk.log.push(entry);
      return;
    }
    case 'snapshot':
      if (write.keepsLog) disk.log.splice(0, write.base - disk.base);
      else disk.log.length = 0;
      disk.snapshot = write.snapshot;
      disk.base = write.base;
      disk.baseTerm = write.baseTerm;
  }
}

/**
 * Whether a write follows on what is on the disk. One that leaves a gap in the log does not, nor does a snapshot beside a log
 * that must hold its last entry and does not, nor what is of a term that the disk does not know yet. Entries do not say which
 * entries they follow on: after a lost write of the log, those that are there may be others, which it was to remove.
 */
export function fitsDisk(disk: RaftDisk, write: Write, lost: readonly Write[]): boolean {
  if (write.kind === 'vote') return true;
  if (lastTermOf(write) > disk.term) return false;
  if (write.kind === 'snapshot' && !write.keepsLog) return true;
  const { base, baseTerm, log } = disk;
  if (lost.some(({ kind }) => kind !== 'vote')) return false;
  if (write.kind === 'log') return write.from > base && write.from <= base + log.length + 1;
  const { index, term } = write.snapshot;
  const last = index === base ? baseTerm : log[index - base - 1]?.term;
  return write.base >= base && last === term;
}

function lastTermOf(write: LogWrite | SnapshotWrite): number {
  return write.kind === 'snapshot' ? write.snapshot.term : (write.entries[write.entries.length - 1]?.term ?? 0);
}

/** Bytes of memory that a pending write holds: its entries are those of the log, a snapshot's records are its own. */
export function bytesOfWrite(write: Write): number {
  if (write.kind === 'log') return write.entries.length * 8;
  return write.kind === 'snapshot' ? footprintOf(write.snapshot) : 0;
}

/** Bytes of memory of a snapshot, estimated. */
export function footprintOf({ records, bytes }: Snapshot): number {
  return records.length * 100 + bytes;
}

/**
 * What a crash leaves of a write that it tears; null: nothing. Of a log write, some of the first entries are left. A
 * single entry, a vote and a snapshot are written completely or not at all: a snapshot replaces the previous one when
 * complete.
 */
export function tearWrite(write: Write, random: Random): Write | null {
  if (write.kind !== 'log' || write.entries.length < 2) return null;
  const left = random.between(1, write.entries.length - 1);
  return { kind: 'log', from: write.from, entries: write.entries.slice(0, left) };
}

/**
 * Damages a record on the disk, as bit rot does: it holds something else than was written to it, and its checksum says so.
 *
 * @param index that of an entry; 0: the last one
 * @returns whether the disk has such a record
 */
export function corruptDisk(disk: RaftDisk, record: string, index: number): boolean {
  const damaged = damagedRecord(disk, record, index);
  if (damaged !== null) disk.damage = [...disk.damage, damaged];
  return damaged !== null;
}

function damagedRecord(disk: RaftDisk, record: string, index: number): DamagedRecord | null {
  const { base, log, snapshot } = disk;
  switch (record) {
    case 'vote':
      disk.votedFor = NONE;
      return { record, index: 0 };
    case 'snapshot':
      if (snapshot.index === 0) return null;
      disk.snapshot = Object.freeze({ ...snapshot, records: Object.freeze(snapshot.records.slice(1)) });
      return { record, index: snapshot.index };
    case 'entry': {
      const at = index === 0 ? log.length - 1 : index - base - 1;
      const entry = log[at];
      if (entry === undefined) return null;
      log[at] = Object.freeze(corruptEntry(entry));
      return { record, index: base + at + 1 };
    }
  }
  return null;
}

/** A command writes another value; of other entries, only the checksum does not fit. */
function corruptEntry(entry: Entry): Entry {
  const { request } = entry;
  if (request === null) return entry;
  const command = Object.freeze({ ...request.command, value: `${request.command.value}~` });
  return { ...entry, request: Object.freeze({ ...request, command }) };
}

/** A write in one line, as traces show it: `log 7..9 of term 3`. */
export function describeWrite(write: Write, name: (node: NodeId) => string): string {
  switch (write.kind) {
    case 'vote':
      return `term ${write.term}, vote ${write.votedFor === NONE ? 'none' : name(write.votedFor)}`;
    case 'snapshot': {
      const rest = write.keepsLog ? `log from ${write.base + 1}` : 'empty log';
      return `snapshot of ${write.snapshot.index}/T${write.snapshot.term}, ${rest}`;
    }
    case 'log': {
      if (write.entries.length === 0) return `log truncated from ${write.from}`;
      const last = write.from + write.entries.length - 1;
      const { term } = write.entries[write.entries.length - 1]!;
      const change = write.entries.findLast(({ configuration }) => configuration !== null)?.configuration;
      const members = change === undefined || change === null ? '' : `, ${describeConfiguration(change, name)}`;
      return `log ${write.from}${last > write.from ? `..${last}` : ''} of term ${term}${members}`;
    }
  }
}

/** What writes carry, by the names of `factsOfWrite`. */
export const WRITE_FIELDS = Object.freeze({
  term: 'number',
  vote: 'text',
  from: 'number',
  to: 'number',
  snapshot: 'number',
} as const);

/**
 * What a write carries, by name. A vote: the `term`, and the node voted `vote` for or none. A log: the indices of its first
 * and its last entry, `from` and `to` (one less than `from` if it only truncates the log), and the term of the last. A
 * snapshot: its index.
 */
export function factsOfWrite(write: Write, name: (node: NodeId) => string): Facts {
  switch (write.kind) {
    case 'vote':
      return { term: write.term, vote: write.votedFor === NONE ? 'none' : name(write.votedFor) };
    case 'snapshot':
      return { snapshot: write.snapshot.index };
    case 'log': {
      const { from, entries } = write;
      const last = entries[entries.length - 1];
      return { from, to: from + entries.length - 1, ...(last !== undefined && { term: last.term }) };
    }
  }
}
