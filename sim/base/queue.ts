/** Bytes of memory of a row, with its payload's objects. */
export const ROW_FOOTPRINT = 250;

/** The sequence number of a row that comes before all others of its time. */
const BEFORE_ALL = -1;

/**
 * The event queue: a 4-ary heap on typed arrays, ordered by (time, sequence number). Ties in time are broken by the
 * order of insertion and by nothing else; rows of `pushFirst` come before the others.
 *
 * An event is a row of small integers and one reference. `pop` copies the row into the queue's own fields, so that
 * nothing is allocated per event (a heap of objects ran at about half the speed).
 */
export class EventQueue {
  /** The row last popped. */
  time = 0;
  kind = 0;
  target = 0;
  from = 0;
  detail = 0;
  cause = 0;
  payload: unknown = null;
  /** Its number, by the order of insertion. */
  sequence = 0;
  /** Size of its payload, as far as it has been given. */
  bytes = 0;
  /** Size of all payloads in the queue. */
  bytesInFlight = 0;

  /** The number of the next row that is pushed. */
  nextSequence = 0;

  private size = 0;
  private times = new Float64Array(256);
  private sequences = new Float64Array(256);
  private slots = new Int32Array(256);

  private kinds = new Uint8Array(256);
  private targets = new Int32Array(256);
  private froms = new Int32Array(256);
  private details = new Int32Array(256);
  /** Numbers of events: 32 bits, so that handing one on allocates nothing. */
  private causes = new Int32Array(256);
  private sizes = new Float64Array(256);
  private payloads: unknown[] = new Array<unknown>(256).fill(null);
  private freeSlots = new Int32Array(256);
  private freeCount = 0;
  private usedSlots = 0;

  get length(): number {
    return this.size;
  }

  /** Bytes of memory that it holds, estimated. */
  get footprint(): number {
    return this.size * ROW_FOOTPRINT + this.bytesInFlight;
  }

  /** Time of the next event; only while `length` is above 0. */
  get nextTime(): number {
    return this.times[0]!;
  }

  /** Returns the number of the row. */
  push(
    time: number,
    kind: number,
    target: number,
    from: number,
    detail: number,
    payload: unknown,
    cause: number,
    bytes = 0,
  ): number {
    const sequence = this.nextSequence++;
    this.insert(time, sequence, kind, target, from, detail, payload, cause, bytes);
    return sequence;
  }

  /** A row of this kind that comes before all others of its time, whenever they are pushed. It has no number. */
  pushFirst(time: number, kind: number): void {
    this.insert(time, BEFORE_ALL, kind, 0, 0, 0, null, 0, 0);
  }

  private insert(
    time: number,
    sequence: number,
    kind: number,
    target: number,
    from: number,
    detail: number,
    payload: unknown,
    cause: number,
    bytes: number,
  ): void {
    if (this.size === this.times.length) this.grow();
    const slot = this.freeCount > 0 ? this.freeSlots[--this.freeCount]! : this.usedSlots++;
    this.kinds[slot] = kind;
    this.targets[slot] = target;
    this.froms[slot] = from;
    this.details[slot] = detail;
    this.causes[slot] = cause;
    this.payloads[slot] = payload;
    this.sizes[slot] = bytes;
    this.bytesInFlight += bytes;
    this.siftUp(this.size++, time, sequence, slot);
  }

  /** Moves the earliest row into the fields; false when the queue is empty. */
  pop(): boolean {
    if (this.size === 0) return false;
    const slot = this.slots[0]!;
    this.time = this.times[0]!;
    this.sequence = this.sequences[0]!;
    this.kind = this.kinds[slot]!;
    this.target = this.targets[slot]!;
    this.from = this.froms[slot]!;
    this.detail = this.details[slot]!;
    this.cause = this.causes[slot]!;
    this.payload = this.payloads[slot];
    this.bytes = this.sizes[slot]!;
    this.bytesInFlight -= this.bytes;
    this.payloads[slot] = null;
    this.freeSlots[this.freeCount++] = slot;
    const last = --this.size;
    if (last > 0) this.siftDown(this.times[last]!, this.sequences[last]!, this.slots[last]!);
    return true;
  }

  private siftUp(hole: number, time: number, sequence: number, slot: number): void {
    const { times, sequences, slots } = this;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      const parentTime = times[parent]!;
      if (parentTime < time || (parentTime === time && sequences[parent]! <= sequence)) break;
      times[hole] = parentTime;
      sequences[hole] = sequences[parent]!;
      slots[hole] = slots[parent]!;
      hole = parent;
    }
    times[hole] = time;
    sequences[hole] = sequence;
    slots[hole] = slot;
  }

  private siftDown(time: number, sequence: number, slot: number): void {
    const { times, sequences, slots, size } = this;
    let hole = 0;
    for (;;) {
      const first = (hole << 2) + 1;
      if (first >= size) break;
      const end = first + 4 < size ? first + 4 : size;
      let least = first;
      let leastTime = times[first]!;
      for (let child = first + 1; child < end; child++) {
        const childTime = times[child]!;
        if (childTime < leastTime || (childTime === leastTime && sequences[child]! < sequences[least]!)) {
          least = child;
          leastTime = childTime;
        }
      }
      if (leastTime > time || (leastTime === time && sequences[least]! > sequence)) break;
      times[hole] = leastTime;
      sequences[hole] = sequences[least]!;
      slots[hole] = slots[least]!;
      hole = least;
    }
    times[hole] = time;
    sequences[hole] = sequence;
    slots[hole] = slot;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    const wider = <T extends Float64Array | Int32Array | Uint8Array>(old: T, next: T): T => {
      next.set(old);
      return next;
    };
    this.times = wider(this.times, new Float64Array(capacity));
    this.sequences = wider(this.sequences, new Float64Array(capacity));
    this.slots = wider(this.slots, new Int32Array(capacity));
    this.kinds = wider(this.kinds, new Uint8Array(capacity));
    this.targets = wider(this.targets, new Int32Array(capacity));
    this.froms = wider(this.froms, new Int32Array(capacity));
    this.details = wider(this.details, new Int32Array(capacity));
    this.causes = wider(this.causes, new Int32Array(capacity));
    this.sizes = wider(this.sizes, new Float64Array(capacity));
    this.freeSlots = wider(this.freeSlots, new Int32Array(capacity));
    while (this.payloads.length < capacity) this.payloads.push(null);
  }
}
