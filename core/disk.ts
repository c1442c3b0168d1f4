import { assert } from '../sim/base/assert.ts';
import type { NodeId, Random } from '../sim/protocol.ts';
import { type Configuration, NONE, type RaftDisk, type Snapshot, type Write } from './messages.ts';
import { describeConfiguration, HEADER_BYTES } from './wire.ts';

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

/** What a node finds that has never run, in a cluster that begins with these members. */
export function freshDisk(configuration: Configuration): RaftDisk {
  return { term: 0, votedFor: NONE, snapshot: emptySnapshot(configuration), base: 0, baseTerm: 0, log: [] };
}

export function cloneDisk(disk: RaftDisk): RaftDisk {
  return { ...disk, log: disk.log.slice() };
}

/** Folds a durable write into the disk. */
export function writeDisk(disk: RaftDisk, write: Write): void {
  switch (write.kind) {
    case 'vote':
      disk.term = write.term;
      disk.votedFor = write.votedFor;
      return;
    case 'log': {
      const kept = write.from - disk.base - 1;
      assert(kept >= 0, 'a log write reaches into what has been compacted');
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
 * A torn log write leaves some of its first entries. One entry, or a vote, is written whole or not at all; so is a
 * snapshot, which takes the place of the one before only when it is complete.
 */
export function tearWrite(write: Write, random: Random): Write | null {
  if (write.kind !== 'log' || write.entries.length < 2) return null;
  const left = random.between(1, write.entries.length - 1);
  return { kind: 'log', from: write.from, entries: write.entries.slice(0, left) };
}

export function describeWrite(write: Write, name: (node: NodeId) => string): string {
  switch (write.kind) {
    case 'vote':
      return `term ${write.term}, vote ${write.votedFor === NONE ? 'nobody' : name(write.votedFor)}`;
    case 'snapshot': {
      const rest = write.keepsLog ? `log from ${write.base + 1} on` : 'log emptied';
      return `snapshot of ${write.snapshot.index}/T${write.snapshot.term}, ${rest}`;
    }
    case 'log': {
      if (write.entries.length === 0) return `log cut before ${write.from}`;
      const last = write.from + write.entries.length - 1;
      const { term } = write.entries[write.entries.length - 1]!;
      const change = write.entries.findLast(({ configuration }) => configuration !== null)?.configuration;
      const members = change === undefined || change === null ? '' : `, ${describeConfiguration(change, name)}`;
      return `log ${write.from}${last > write.from ? `..${last}` : ''} of term ${term}${members}`;
    }
  }
}
