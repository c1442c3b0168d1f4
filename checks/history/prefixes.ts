import type { Configuration, Entry } from '../../core/messages.ts';
import type { Request } from '../../sim/protocol.ts';
import { type ConfigurationRecord, sameConfiguration } from '../configurations.ts';

/** The id of any log that ends below the floor: its entries have been dropped. */
export const FORGOTTEN = -1;

const CAPACITY = 256;

/**
 * Every distinct log prefix seen in a run, interned to a small integer: a tree whose paths from the root are logs. Two
 * logs agree up to an index exactly if they have the same prefix id there, so comparing whole logs is comparing two
 * numbers. Id 0 is the empty log.
 *
 * What all nodes have compacted away can be forgotten: the ids of prefixes shorter than `floor` are used again then.
 */
export class Prefixes {
  /** Length of the shortest prefixes that are kept; 0: nothing has been dropped. */
  floor = 0;
  /** How many are remembered, the empty log included. */
  count = 1;
  /** Size of their last entries. */
  bytes = 0;
  private readonly entries: (Entry | null)[] = [null];
  private readonly configurations: (ConfigurationRecord | null)[] = [null];
  private parents = new Int32Array(CAPACITY);
  private depths = new Int32Array(CAPACITY);
  private firstChild = new Int32Array(CAPACITY);
  private nextSibling = new Int32Array(CAPACITY);
  /** Links the prefixes that end at the same index, from the one interned last; of a free id: the next free one. */
  private nextAtDepth = new Int32Array(CAPACITY);
  /** By index modulo its length: the prefix interned last that ends there. */
  private lastAtDepth = new Int32Array(CAPACITY);
  private nodes = new Int32Array(CAPACITY).fill(-1);
  private events = new Float64Array(CAPACITY);
  private times = new Float64Array(CAPACITY);
  private deepest = 0;
  private firstFree = 0;
  private used = 1;

  /** Sets the initial configuration of the cluster. */
  begin(configuration: Configuration): void {
    this.configurations[0] = { configuration, index: 0, before: null };
  }

  /** The log `parent` with this entry after it; 0 if no node has had it yet. */
  find(parent: number, entry: Entry): number {
    if (parent === FORGOTTEN) return this.findAtFloor(entry);
    let child = this.firstChild[parent]!;
    while (child !== 0 && !sameEntry(this.entries[child]!, entry)) child = this.nextSibling[child]!;
    return child;
  }

  /** Interns a log that `find` did not know, as first seen at this node. */
  add(parent: number, entry: Entry, node: number, event: number, at: number): number {
    const depth = this.depth(parent) + 1;
    return this.intern(parent, depth, entry, this.configurationAfter(parent, entry, depth), node, event, at);
  }

  /** Interns a log of which only the index and the term of the last entry are known, and the configuration. */
  adopt(index: number, term: number, record: ConfigurationRecord, node: number, event: number, at: number): number {
    const entry: Entry = { term, request: null, configuration: null, time: 0, bytes: 0 };
    return this.intern(FORGOTTEN, index, entry, record, node, event, at);
  }

  /**
   * Another prefix that ends in the same index and term, or 0: there must be none (Log Matching). Only prefixes of which
   * the entries before are known count.
   */
  rival(id: number): number {
    const { parents, nextAtDepth } = this;
    if (parents[id] === FORGOTTEN) return 0;
    const term = this.term(id);
    let other = nextAtDepth[id]!;
    while (other !== 0 && (this.term(other) !== term || parents[other] === FORGOTTEN)) other = nextAtDepth[other]!;
    return other;
  }

  /** The prefix that ends in this index and term, or FORGOTTEN if none is known. */
  ending(index: number, term: number): number {
    if (index === 0) return 0;
    if (index < this.floor || index > this.deepest) return FORGOTTEN;
    let id = this.lastAtDepth[index & (this.lastAtDepth.length - 1)]!;
    while (id !== 0 && this.term(id) !== term) id = this.nextAtDepth[id]!;
    return id === 0 ? FORGOTTEN : id;
  }

  entry(id: number): Entry {
    return this.entries[id]!;
  }

  /** The configuration in force in a node with this log; null where it has been dropped. */
  configuration(id: number): ConfigurationRecord | null {
    return id === FORGOTTEN ? null : this.configurations[id]!;
  }

  /** Term of the last entry; 0 for the empty log, and where it has been dropped. */
  term(id: number): number {
    return id <= 0 ? 0 : this.entries[id]!.term;
  }

  /** Length of the log. */
  depth(id: number): number {
    return id === FORGOTTEN ? this.floor - 1 : this.depths[id]!;
  }

  parent(id: number): number {
    return this.parents[id]!;
  }

  firstNode(id: number): number {
    return this.nodes[id]!;
  }

  firstEvent(id: number): number {
    return this.events[id]!;
  }

  firstTime(id: number): number {
    return this.times[id]!;
  }

  /** The first `depth` entries of the log. */
  ancestor(id: number, depth: number): number {
    while (id !== FORGOTTEN && this.depths[id]! > depth) id = this.parents[id]!;
    return id;
  }

  /** Length of the longest common prefix; the floor, for logs that differ below it. */
  agreement(a: number, b: number): number {
    a = this.ancestor(a, this.depth(b));
    b = this.ancestor(b, this.depth(a));
    while (a !== b) {
      if (a === 0 || b === 0) return 0;
      a = this.ancestor(a, this.depth(a) - 1);
      b = this.ancestor(b, this.depth(b) - 1);
    }
    return this.depth(a);
  }

  /** Forgets all prefixes shorter than `floor`, except the empty log. Those of that length lose their parents. */
  forgetBelow(floor: number): void {
    if (floor > this.deepest) return;
    for (let depth = Math.max(1, this.floor); depth < floor; depth++) {
      const place = depth & (this.lastAtDepth.length - 1);
      let id = this.lastAtDepth[place]!;
      this.lastAtDepth[place] = 0;
      while (id !== 0) {
        const next = this.nextAtDepth[id]!;
        this.free(id);
        id = next;
      }
    }
    this.floor = floor;
    this.firstChild[0] = 0;
    let id = this.lastAtDepth[floor & (this.lastAtDepth.length - 1)]!;
    for (; id !== 0; id = this.nextAtDepth[id]!) {
      this.parents[id] = FORGOTTEN;
      this.nextSibling[id] = 0;
    }
  }

  private intern(
    parent: number,
    depth: number,
    entry: Entry,
    record: ConfigurationRecord | null,
    node: number,
    event: number,
    at: number,
  ): number {
    const id = this.take();
    this.bytes += entry.bytes;
    this.entries[id] = entry;
    this.configurations[id] = record;
    this.parents[id] = parent;
    this.depths[id] = depth;
    this.firstChild[id] = 0;
    this.nextSibling[id] = 0;
    if (parent !== FORGOTTEN) {
      this.nextSibling[id] = this.firstChild[parent]!;
      this.firstChild[parent] = id;
    }
    while (depth > this.deepest) this.deepen();
    const place = depth & (this.lastAtDepth.length - 1);
    this.nextAtDepth[id] = this.lastAtDepth[place]!;
    this.lastAtDepth[place] = id;
    this.nodes[id] = node;
    this.events[id] = event;
    this.times[id] = at;
    return id;
  }

  private configurationAfter(parent: number, { configuration }: Entry, index: number): ConfigurationRecord | null {
    const before = this.configuration(parent);
    if (configuration === null) return before;
    return { configuration, index, before: before === null ? null : before.configuration };
  }

  private findAtFloor(entry: Entry): number {
    let id = this.lastAtDepth[this.floor & (this.lastAtDepth.length - 1)]!;
    while (id !== 0 && !sameEntry(this.entries[id]!, entry)) id = this.nextAtDepth[id]!;
    return id;
  }

  private take(): number {
    this.count++;
    if (this.firstFree !== 0) {
      const id = this.firstFree;
      this.firstFree = this.nextAtDepth[id]!;
      return id;
    }
    if (this.used === this.parents.length) this.widen();
    this.entries.push(null);
    this.configurations.push(null);
    return this.used++;
  }

  private free(id: number): void {
    this.count--;
    this.bytes -= this.entries[id]!.bytes;
    this.entries[id] = null;
    this.configurations[id] = null;
    this.nextAtDepth[id] = this.firstFree;
    this.firstFree = id;
  }

  private deepen(): void {
    const { lastAtDepth } = this;
    this.deepest++;
    if (this.deepest - this.floor < lastAtDepth.length) {
      lastAtDepth[this.deepest & (lastAtDepth.length - 1)] = 0;
      return;
    }
    const wider = new Int32Array(lastAtDepth.length * 2);
    for (let depth = this.floor; depth < this.deepest; depth++) {
      wider[depth & (wider.length - 1)] = lastAtDepth[depth & (lastAtDepth.length - 1)]!;
    }
    this.lastAtDepth = wider;
  }

  private widen(): void {
    this.parents = widened(this.parents);
    this.depths = widened(this.depths);
    this.firstChild = widened(this.firstChild);
    this.nextSibling = widened(this.nextSibling);
    this.nextAtDepth = widened(this.nextAtDepth);
    this.nodes = widened(this.nodes);
    const { events, times } = this;
    this.events = new Float64Array(events.length * 2);
    this.events.set(events);
    this.times = new Float64Array(times.length * 2);
    this.times.set(times);
  }
}

function widened(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(numbers.length * 2);
  wider.set(numbers);
  return wider;
}

/** Nodes of one implementation share entries, so that the reference nearly always decides; others are compared. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true;
  if (a.term !== b.term || a.time !== b.time) return false;
  return sameRequests(a.request, b.request) && sameConfigurations(a.configuration, b.configuration);
}

function sameRequests(a: Request | null, b: Request | null): boolean {
  return a === b || (a !== null && b !== null && sameRequest(a, b));
}

function sameConfigurations(a: Configuration | null, b: Configuration | null): boolean {
  return a === b || (a !== null && b !== null && sameConfiguration(a, b));
}

function sameRequest(a: Request, b: Request): boolean {
  const { op, key, value, expected } = a.command;
  return (
    a.session === b.session &&
    a.sequence === b.sequence &&
    (a.command.op !== 'register' || a.client === b.client) &&
    op === b.command.op &&
    key === b.command.key &&
    value === b.command.value &&
    expected === b.command.expected
  );
}
