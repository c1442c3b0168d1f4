/** Sizes by key, and their sum. */
export class Sizes<K> {
  sum = 0;
  private readonly sizes = new Map<K, number>();

  /** How many keys have a size. */
  get count(): number {
    return this.sizes.size;
  }

  /** 0: none. */
  get(key: K): number {
    return this.sizes.get(key) ?? 0;
  }

  set(key: K, size: number): void {
    this.sum += size - this.get(key);
    this.sizes.set(key, size);
  }

  delete(key: K): void {
    if (this.sizes.size === 0) return;
    this.sum -= this.get(key);
    this.sizes.delete(key);
  }

  keepOnly(satisfies: (key: K) => boolean): void {
    for (const key of this.sizes.keys()) if (!satisfies(key)) this.delete(key);
  }
}
