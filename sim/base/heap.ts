/** A binary heap: the item that goes before all others is found at once, and taken out in O(log n). */
export class Heap<T> {
  #items: T[] = [];
  readonly #goesBefore: (item: T, other: T) => boolean;

  /** @param goesBefore a strict order, in which no two items are equal */
  constructor(goesBefore: (item: T, other: T) => boolean) {
    this.#goesBefore = goesBefore;
  }

  get length(): number {
    return this.#items.length;
  }

  /** The item that goes before all others; null: there is none. */
  get first(): T | null {
    return this.#items[0] ?? null;
  }

  push(item: T): void {
    const items = this.#items;
    let place = items.length;
    items.push(item);
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!this.#goesBefore(item, items[above]!)) break;
      items[place] = items[above]!;
      place = above;
    }
    items[place] = item;
  }

  /** Takes out the first item; null: there is none. */
  pop(): T | null {
    const items = this.#items;
    const first = this.first;
    const last = items.pop();
    if (first === null || last === undefined || items.length === 0) return first;
    let place = 0;
    for (;;) {
      let below = place * 2 + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && this.#goesBefore(items[below + 1]!, items[below]!)) below++;
      if (!this.#goesBefore(items[below]!, last)) break;
      items[place] = items[below]!;
      place = below;
    }
    items[place] = last;
    return first;
  }

  /** Drops the items that do not satisfy this. */
  keepOnly(satisfies: (item: T) => boolean): void {
    const items = this.#items;
    this.#items = [];
    for (const item of items) if (satisfies(item)) this.push(item);
  }
}
