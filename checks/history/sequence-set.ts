/**
 * A set of integers that are mostly consecutive, kept as runs: a set without gaps takes the same memory however large
 * it is.
 */
export class SequenceSet {
  /** First and last of each run, ascending; between two runs at least one number is missing. */
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];

  get runs(): number {
    return this.firsts.length;
  }

  has(number: number): boolean {
    const run = this.runBefore(number);
    return run >= 0 && this.lasts[run]! >= number;
  }

  add(number: number): void {
    const { firsts, lasts } = this;
    const run = this.runBefore(number);
    if (run >= 0 && lasts[run]! >= number) return;
    const follows = run >= 0 && lasts[run] === number - 1;
    const precedes = firsts[run + 1] === number + 1;
    if (follows && precedes) {
      lasts.splice(run, 1);
      firsts.splice(run + 1, 1);
    } else if (follows) {
      lasts[run] = number;
    } else if (precedes) {
      firsts[run + 1] = number;
    } else {
      firsts.splice(run + 1, 0, number);
      lasts.splice(run + 1, 0, number);
    }
  }

  /** The last run that begins at or before the number, −1 if there is none. Nearly always the last of all. */
  private runBefore(number: number): number {
    const { firsts } = this;
    let above = firsts.length;
    if (above === 0 || firsts[above - 1]! <= number) return above - 1;
    let below = -1;
    while (above - below > 1) {
      const middle = (above + below) >>> 1;
      if (firsts[middle]! <= number) below = middle;
      else above = middle;
    }
    return below;
  }
}
