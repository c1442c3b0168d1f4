const CAPACITY = 64;

/**
 * Numbers by index, for a range of indices that grows at its end and whose beginning can be forgotten: the number of
 * index i is at i modulo the length of the array, which is a power of two.
 */
export class RingBuffer {
  /** The lowest index that is kept. */
  first: number;
  /** The index after the last. */
  end: number;
  private numbers = new Float64Array(CAPACITY);

  constructor(first: number) {
    this.first = first;
    this.end = first;
  }

  /** The number of an index that is kept. */
  at(index: number): number {
    return this.numbers[index & (this.numbers.length - 1)]!;
  }

  push(value: number): void {
    if (this.end - this.first === this.numbers.length) this.widen();
    this.numbers[this.end++ & (this.numbers.length - 1)] = value;
  }

  forgetBefore(index: number): void {
    this.first = Math.min(Math.max(this.first, index), this.end);
  }

  private widen(): void {
    const wider = new Float64Array(this.numbers.length * 2);
    for (let index = this.first; index < this.end; index++) wider[index & (wider.length - 1)] = this.at(index);
    this.numbers = wider;
  }
}
