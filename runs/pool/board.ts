/** Numbers that a worker keeps on the board: its thread, the run it is at, and a count that grows with each run. */
const FIELDS = 3;
const THREAD = 0;
const RUN = 1;
const BEAT = 2;

/** What a worker is at. */
export interface Position {
  readonly thread: number;
  /** The number of the run; null: none has begun. */
  readonly run: number | null;
  /** Grows with each run that begins: as long as it stays, the same run is going on. */
  readonly beat: number;
}

/**
 * Memory that the workers share with the main thread, with a place for each worker. A worker that hangs, or has ended, can say
 * nothing any more; the board says which run it was at.
 */
export class Board {
  /** What is passed to the workers. */
  readonly memory: Int32Array<SharedArrayBuffer>;

  constructor(memory: Int32Array<SharedArrayBuffer>) {
    this.memory = memory;
  }

  static for(workers: number): Board {
    return new Board(new Int32Array(new SharedArrayBuffer(workers * FIELDS * Int32Array.BYTES_PER_ELEMENT)));
  }

  /** A task begins at a place: no run of it has begun. */
  clear(place: number): void {
    Atomics.store(this.memory, place * FIELDS + THREAD, -1);
    Atomics.store(this.memory, place * FIELDS + RUN, 0);
    Atomics.add(this.memory, place * FIELDS + BEAT, 1);
  }

  /** A run begins. @param run from 0 */
  begin(place: number, thread: number, run: number): void {
    Atomics.store(this.memory, place * FIELDS + THREAD, thread);
    Atomics.store(this.memory, place * FIELDS + RUN, run + 1);
    Atomics.add(this.memory, place * FIELDS + BEAT, 1);
  }

  at(place: number): Position {
    const run = Atomics.load(this.memory, place * FIELDS + RUN);
    return {
      thread: Atomics.load(this.memory, place * FIELDS + THREAD),
      run: run === 0 ? null : run - 1,
      beat: Atomics.load(this.memory, place * FIELDS + BEAT),
    };
  }
}
