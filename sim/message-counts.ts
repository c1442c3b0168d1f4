/** Counts messages by type, since the beginning or the last reset. */
export class MessageCounts {
  private readonly types = new Map<string, { count: number; bytes: number }>();

  add(type: string, bytes: number): void {
    const counter = this.types.get(type);
    if (counter === undefined) {
      this.types.set(type, { count: 1, bytes });
      return;
    }
    counter.count++;
    counter.bytes += bytes;
  }

  /** Messages of a type; null: of all types. */
  count(type: string | null): number {
    return this.sum(type, 'count');
  }

  bytes(type: string | null): number {
    return this.sum(type, 'bytes');
  }

  reset(): void {
    this.types.clear();
  }

  private sum(type: string | null, what: 'count' | 'bytes'): number {
    let sum = 0;
    for (const [name, counter] of this.types) if (type === null || name === type) sum += counter[what];
    return sum;
  }
}
