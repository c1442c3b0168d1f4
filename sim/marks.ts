/** Counts how often a named situation occurred in a run. */
export interface Counter {
  count: number;
}

/** The situations of one run by name. */
export class Marks {
  /** Increases with every mark set through `add`. */
  revision = 0;
  private readonly counters = new Map<string, Counter>();

  add(name: string): void {
    this.counter(name).count++;
    this.revision++;
  }

  count(name: string): number {
    return this.counters.get(name)?.count ?? 0;
  }

  /** The counter itself, for places that count often; they do not move `revision`. */
  counter(name: string): Counter {
    let counter = this.counters.get(name);
    if (counter === undefined) {
      counter = { count: 0 };
      this.counters.set(name, counter);
    }
    return counter;
  }

  /** Those that occurred, in the order of their names. */
  all(): Record<string, number> {
    const names = [...this.counters.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const all: Record<string, number> = {};
    for (const name of names) {
      const count = this.count(name);
      if (count > 0) all[name] = count;
    }
    return all;
  }
}
