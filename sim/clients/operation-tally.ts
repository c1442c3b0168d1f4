import type { Operation } from './operation.ts';
import type { KeyOp } from '../protocol.ts';

/**
 * How many operations were begun, how many of them ended how, and how many are not over. As steps expect it: a cas that found
 * another value has failed.
 */
export type OperationStatus = 'invoked' | 'ok' | 'fail' | 'unknown' | 'pending';

/** Operations of some clients (indices from 0), of some kinds, on one key; null: of all. */
export interface OperationSelection {
  readonly clients: readonly number[] | null;
  readonly ops: readonly KeyOp[] | null;
  readonly key: string | null;
}

/** The reads of a key by one client, or by all together. */
export interface ReadSelection {
  readonly key: string;
  /** From 0; null: all. */
  readonly client: number | null;
}

/** What a tally is asked for; it keeps nothing else. */
export interface ObservedOperations {
  /** The keys that selections name. */
  readonly keys: ReadonlySet<string>;
  /** `most`: how many of the values that were read, one after the other, are compared with something. */
  readonly reads: readonly (ReadSelection & { readonly most: number })[];
}

/** The values that reads returned, in the order in which the reads ended. What is read again at once is not repeated. */
export interface ReadValues {
  /** The first of them; null: the key was absent. */
  readonly values: readonly (string | null)[];
  /** How many there are. */
  readonly count: number;
}

const OPS: readonly KeyOp[] = ['put', 'get', 'cas', 'append', 'delete'];

/** Stands for all keys, all clients or all kinds. */
const ALL = 0;

type Counts = Record<OperationStatus, number>;

/** Bytes of memory of the counts of one combination, and of a value that was read. */
const COUNTS_FOOTPRINT = 150;
const VALUE_FOOTPRINT = 50;

class ReadSequence implements ReadValues {
  readonly values: (string | null)[] = [];
  count = 0;
  private readonly kept: number;
  private last: string | null | undefined = undefined;

  constructor(kept: number) {
    this.kept = kept;
  }

  add(value: string | null): void {
    if (value === this.last) return;
    this.last = value;
    if (this.count++ < this.kept) this.values.push(value);
  }

  reset(): void {
    this.values.length = 0;
    this.count = 0;
    this.last = undefined;
  }
}

/**
 * Counts operations by client, kind and key, since the beginning or the last reset. An operation costs O(1): it counts for its
 * own client, kind and key, and for all of each. So does a look at one combination.
 */
export class OperationTally {
  private readonly clients: number;
  /** The places of the keys that are asked for, from 1. */
  private readonly keys: ReadonlyMap<string, number>;
  private readonly counts = new Map<number, Counts>();
  private readonly reads = new Map<string, Map<number | null, ReadSequence>>();

  /** @param clients how many; operations of further ones do not count */
  constructor(clients: number, { keys, reads }: ObservedOperations) {
    this.clients = clients;
    this.keys = new Map([...keys].map((key, place) => [key, place + 1]));
    for (const { key, client } of reads) {
      // One more than is compared, so that what came instead can be told.
      const most = Math.max(...reads.filter((one) => one.key === key && one.client === client).map((one) => one.most));
      const byClient = this.reads.get(key) ?? new Map<number | null, ReadSequence>();
      this.reads.set(key, byClient.set(client, new ReadSequence(most + 1)));
    }
  }

  /** Bytes of memory, estimated. */
  get footprint(): number {
    let values = 0;
    for (const byClient of this.reads.values()) for (const { values: kept } of byClient.values()) values += kept.length;
    return this.counts.size * COUNTS_FOOTPRINT + values * VALUE_FOOTPRINT;
  }

  invoked(operation: Operation): void {
    this.change(operation, (counts) => {
      counts.invoked++;
      counts.pending++;
    });
  }

  completed(operation: Operation): void {
    const { client, outcome, reply, request } = operation;
    if (client >= this.clients || outcome === 'pending') return;
    const { op, key } = request.command;
    const status = outcome === 'ok' && op === 'cas' && reply?.applied === false ? 'fail' : outcome;
    this.change(operation, (counts) => {
      counts[status]++;
      counts.pending--;
    });
    if (op !== 'get' || status !== 'ok' || reply === null) return;
    const sequences = this.reads.get(key);
    sequences?.get(client)?.add(reply.value);
    sequences?.get(null)?.add(reply.value);
  }

  count({ clients, ops, key }: OperationSelection, status: OperationStatus): number {
    const keyPlace = key === null ? ALL : this.keys.get(key)!;
    let sum = 0;
    for (const client of clients?.map((one) => one + 1) ?? [ALL]) {
      for (const op of ops?.map((one) => OPS.indexOf(one) + 1) ?? [ALL])
        sum += this.counts.get(this.place(keyPlace, client, op))?.[status] ?? 0;
    }
    return sum;
  }

  readValues({ key, client }: ReadSelection): ReadValues {
    return this.reads.get(key)!.get(client)!;
  }

  /** Counts from here on. Operations that are pending still are. */
  reset(): void {
    for (const counts of this.counts.values()) Object.assign(counts, { invoked: 0, ok: 0, fail: 0, unknown: 0 });
    for (const byClient of this.reads.values()) for (const sequence of byClient.values()) sequence.reset();
  }

  private change({ client, request: { command } }: Operation, change: (counts: Counts) => void): void {
    if (client >= this.clients) return;
    const op = OPS.indexOf(command.op as KeyOp) + 1;
    const key = this.keys.get(command.key) ?? ALL;
    for (const keyPlace of key === ALL ? [ALL] : [ALL, key]) {
      for (const clientPlace of [ALL, client + 1]) {
        for (const opPlace of [ALL, op]) change(this.at(this.place(keyPlace, clientPlace, opPlace)));
      }
    }
  }

  private at(place: number): Counts {
    let counts = this.counts.get(place);
    if (counts === undefined) {
      counts = { invoked: 0, ok: 0, fail: 0, unknown: 0, pending: 0 };
      this.counts.set(place, counts);
    }
    return counts;
  }

  private place(key: number, client: number, op: number): number {
    return (key * (this.clients + 1) + client) * (OPS.length + 1) + op;
  }
}
