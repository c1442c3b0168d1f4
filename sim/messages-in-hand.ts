import type { EndpointId, Micros } from './protocol.ts';

/** A message that has just been sent. */
export interface SentMessage {
  readonly from: EndpointId;
  readonly to: EndpointId;
  readonly kind: number;
  readonly payload: unknown;
  readonly bytes: number;
  readonly cause: number;
  /** Its rows in the queue: from the first up to, and without, the end. There is one for each copy, none if it was stopped. */
  readonly firstRow: number;
  readonly endOfRows: number;
}

/** One copy of a message: whether it is still on its way, and what is to become of it. */
export interface Copy {
  state: 'on its way' | 'arrived' | 'gone';
  isCorrupt: boolean;
  /** How much later it is to arrive than its row in the queue says. */
  delay: Micros;
}

/** A message that a step has hold of. */
export interface MessageInHand extends SentMessage {
  readonly copies: readonly Copy[];
}

/** The copies about which there is something to know before they arrive, by the numbers of their rows in the queue. */
export class Copies {
  private readonly byRow = new Map<number, Copy>();

  get count(): number {
    return this.byRow.size;
  }

  /** The copy of that row, known from here on. */
  at(row: number): Copy {
    let copy = this.byRow.get(row);
    if (copy === undefined) {
      copy = { state: 'on its way', isCorrupt: false, delay: 0 };
      this.byRow.set(row, copy);
    }
    return copy;
  }

  /** The copy of a row that the queue has yielded, no longer known by that row; null: it was not known. */
  take(row: number): Copy | null {
    const copy = this.byRow.get(row) ?? null;
    if (copy !== null) this.byRow.delete(row);
    return copy;
  }

  /** From here on, the copy is that of another row. */
  move(copy: Copy, row: number): void {
    this.byRow.set(row, copy);
  }

  /** Takes hold of a message. */
  hold(message: SentMessage): MessageInHand {
    const { firstRow, endOfRows } = message;
    return { ...message, copies: Array.from({ length: endOfRows - firstRow }, (_, i) => this.at(firstRow + i)) };
  }
}
