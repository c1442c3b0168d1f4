import { assert } from '../sim/assert.ts';
import type { NodeId, Random } from '../sim/protocol.ts';
import { NOBODY, type RaftDisk, type Write } from './messages.ts';

/** What a node finds that has never run. */
export function freshDisk(): RaftDisk {
  return { term: 0, votedFor: NOBODY, log: [] };
}

export function cloneDisk(disk: RaftDisk): RaftDisk {
  return { term: disk.term, votedFor: disk.votedFor, log: disk.log.slice() };
}

/** Folds a durable write into the disk. */
export function writeDisk(disk: RaftDisk, write: Write): void {
  if (write.kind === 'vote') {
    disk.term = write.term;
    disk.votedFor = write.votedFor;
    return;
  }
  assert(write.from <= disk.log.length + 1, 'a log write leaves a gap on the disk');
  if (disk.log.length >= write.from) disk.log.length = write.from - 1;
  for (const entry of write.entries) disk.log.push(entry);
}

/** A torn log write leaves some of its first entries. One entry, or a vote, is written whole or not at all. */
export function tearWrite(write: Write, random: Random): Write | null {
  if (write.kind === 'vote' || write.entries.length < 2) return null;
  const left = random.between(1, write.entries.length - 1);
  return { kind: 'log', from: write.from, entries: write.entries.slice(0, left) };
}

export function describeWrite(write: Write, name: (node: NodeId) => string): string {
  if (write.kind === 'vote') {
    return `term ${write.term}, vote ${write.votedFor === NOBODY ? 'nobody' : name(write.votedFor)}`;
  }
  if (write.entries.length === 0) return `log cut before ${write.from}`;
  const last = write.from + write.entries.length - 1;
  return `log ${write.from}${last > write.from ? `..${last}` : ''} of term ${write.entries[write.entries.length - 1]!.term}`;
}
