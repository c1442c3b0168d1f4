import type { Entry } from '../core/messages.ts';
import type { Request } from '../sim/protocol.ts';

/**
 * Every distinct log prefix seen in a run, interned to a small integer: a tree whose paths from the root are logs. Two
 * logs agree up to an index exactly if they have the same prefix id there, so comparing whole logs is comparing two
 * numbers. Id 0 is the empty log.
 */
export class Prefixes {
  private readonly entries: (Entry | null)[] = [null];
  private readonly parents: number[] = [0];
  private readonly depths: number[] = [0];
  private readonly firstChild: number[] = [0];
  private readonly nextSibling: number[] = [0];
  /** By index: the prefix interned last that ends there, and through `nextAtDepth` the others. */
  private readonly lastAtDepth: number[] = [0];
  private readonly nextAtDepth: number[] = [0];
  private readonly nodes: number[] = [-1];
  private readonly events: number[] = [0];
  private readonly times: number[] = [0];

  /** The log `parent` with this entry after it; 0 if nobody has had it yet. */
  find(parent: number, entry: Entry): number {
    let child = this.firstChild[parent]!;
    while (child !== 0 && !sameEntry(this.entries[child]!, entry)) child = this.nextSibling[child]!;
    return child;
  }

  /** Interns a log that `find` did not know, as first seen at this node. */
  add(parent: number, entry: Entry, node: number, event: number, at: number): number {
    const id = this.entries.length;
    const depth = this.depths[parent]! + 1;
    this.entries.push(entry);
    this.parents.push(parent);
    this.depths.push(depth);
    this.firstChild.push(0);
    this.nextSibling.push(this.firstChild[parent]!);
    this.firstChild[parent] = id;
    this.nextAtDepth.push(this.lastAtDepth[depth] ?? 0);
    this.lastAtDepth[depth] = id;
    this.nodes.push(node);
    this.events.push(event);
    this.times.push(at);
    return id;
  }

  /** Another prefix that ends in the same index and term, or 0: there must be none (Log Matching). */
  rival(id: number): number {
    const term = this.term(id);
    let other = this.nextAtDepth[id]!;
    while (other !== 0 && this.term(other) !== term) other = this.nextAtDepth[other]!;
    return other;
  }

  entry(id: number): Entry {
    return this.entries[id]!;
  }

  /** Term of the last entry; 0 for the empty log. */
  term(id: number): number {
    return id === 0 ? 0 : this.entries[id]!.term;
  }

  /** Length of the log. */
  depth(id: number): number {
    return this.depths[id]!;
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
    while (this.depths[id]! > depth) id = this.parents[id]!;
    return id;
  }

  /** Length of the longest common prefix. */
  agreement(a: number, b: number): number {
    a = this.ancestor(a, this.depths[b]!);
    b = this.ancestor(b, this.depths[a]!);
    while (a !== b) {
      a = this.parents[a]!;
      b = this.parents[b]!;
    }
    return this.depths[a]!;
  }
}

/** Nodes of one implementation share entries, so that the reference decides; others are compared by content. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true;
  if (a.term !== b.term) return false;
  return a.request === b.request || (a.request !== null && b.request !== null && sameRequest(a.request, b.request));
}

function sameRequest(a: Request, b: Request): boolean {
  const { op, key, value, expected } = a.command;
  return (
    a.session === b.session &&
    a.sequence === b.sequence &&
    op === b.command.op &&
    key === b.command.key &&
    value === b.command.value &&
    expected === b.command.expected
  );
}
