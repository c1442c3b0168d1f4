import type { Seen } from './records.ts';

/** Adds up how often things were seen, and in how many runs, by name. */
export class SeenCounts {
  readonly #counts = new Map<string, Seen>();

  add(name: string, [total, runs]: Seen): void {
    const [before, runsBefore] = this.#counts.get(name) ?? [0, 0];
    this.#counts.set(name, [before + total, runsBefore + runs]);
  }

  addAll(counts: Readonly<Record<string, Seen>>): void {
    for (const [name, seen] of Object.entries(counts)) this.add(name, seen);
  }

  /** By name, in alphabetical order, so that the same counts make the same text. */
  get all(): Readonly<Record<string, Seen>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
