import type { Moment } from './node-history.ts';
import { RingBuffer } from './ring-buffer.ts';

/** For each index: the log prefix that was applied there first, by which node, and when. */
export class ApplyHistory {
  private readonly prefixes = new RingBuffer(1);
  private readonly nodes = new RingBuffer(1);
  private readonly events = new RingBuffer(1);
  private readonly times = new RingBuffer(1);

  /** The lowest index that no node has applied yet. */
  get end(): number {
    return this.prefixes.end;
  }

  /** Whether the first application of this index is remembered. */
  knows(index: number): boolean {
    return index >= this.prefixes.first && index < this.prefixes.end;
  }

  prefix(index: number): number {
    return this.prefixes.at(index);
  }

  node(index: number): number {
    return this.nodes.at(index);
  }

  moment(index: number): Moment {
    return { event: this.events.at(index), at: this.times.at(index) };
  }

  push(prefix: number, node: number, event: number, at: number): void {
    this.prefixes.push(prefix);
    this.nodes.push(node);
    this.events.push(event);
    this.times.push(at);
  }

  /** Indices that are remembered. */
  get size(): number {
    return this.prefixes.end - this.prefixes.first;
  }

  forgetBefore(index: number): void {
    for (const column of [this.prefixes, this.nodes, this.events, this.times]) column.forgetBefore(index);
  }
}
