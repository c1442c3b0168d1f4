/** The values of a key, each with the index of the entry that wrote it, ascending. */
interface KeyHistory {
  readonly indexes: number[];
  /** Null: absent. */
  readonly values: (string | null)[];
}

/**
 * The values each key has had, by index of the committed log. Values that no pending read may return any more are
 * dropped, so that memory does not grow with the run.
 */
export class ValueHistory {
  /** How many values are kept, and their length in all. */
  kept = 0;
  length = 0;
  private readonly histories = new Map<string, KeyHistory>();

  /**
   * The entry at `index` has written this value to the key.
   *
   * @param oldest the lowest index that a check may use from here on
   */
  put(key: string, value: string | null, index: number, oldest: number): void {
    let history = this.histories.get(key);
    if (history === undefined) {
      history = { indexes: [0], values: [null] };
      this.histories.set(key, history);
    }
    const { indexes, values } = history;
    let gone = 0;
    while (gone + 1 < indexes.length && indexes[gone + 1]! <= oldest) gone++;
    if (gone > 0) {
      indexes.splice(0, gone);
      for (const old of values.splice(0, gone)) this.length -= old?.length ?? 0;
      this.kept -= gone;
    }
    this.kept++;
    this.length += value?.length ?? 0;
    indexes.push(index);
    values.push(value);
  }

  /** What the key held after the entry at `index`. */
  at(key: string, index: number): string | null {
    const history = this.histories.get(key);
    if (history === undefined) return null;
    let place = history.indexes.length - 1;
    while (place > 0 && history.indexes[place]! > index) place--;
    return history.values[place]!;
  }

  /** Whether the key held the value after any of the entries from index `from` to index `to`. */
  held(key: string, value: string | null, from: number, to: number): boolean {
    const history = this.histories.get(key);
    if (history === undefined) return value === null;
    const { indexes, values } = history;
    let place = indexes.length - 1;
    while (place > 0 && indexes[place]! > to) place--;
    while (values[place] !== value && place > 0 && indexes[place]! > from) place--;
    return values[place] === value;
  }

  /** How many values are kept of the key. */
  count(key: string): number {
    return this.histories.get(key)?.indexes.length ?? 0;
  }
}
