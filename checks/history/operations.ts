import type { Request } from '../../sim/protocol.ts';

/** A request that is about to be handled by a node: what was true at that moment. */
export interface Arrival {
  readonly node: number;
  readonly event: number;
  /** Entries the cluster had committed. */
  readonly committed: number;
  /** The highest term in which a leader had committed something. */
  readonly committedTerm: number;
  /** Term of the node, and whether it led. */
  readonly term: number;
  readonly led: boolean;
}

/** An operation that its client has begun and that is not over yet. */
export class Operation {
  /** The highest index that any operation stood at which was acknowledged before this one began. */
  readonly floor: number;
  /** Index of its entry, or of the state it was answered from; −1: neither yet. */
  index = -1;
  /** Whether it stands in the ledger. */
  executed = false;
  /** A get outside the log: the first time each node was asked. */
  arrivals: Arrival[] | null = null;
  /** A get that was passed on: who has been handed which answers for its client. */
  relays: { readonly to: number; readonly value: string | null }[] | null = null;
  /** The node the client was last sent on to, by a node in which term, and how often in a row this led nowhere. */
  sentTo = -1;
  sentIn = 0;
  hops = 0;

  constructor(floor: number) {
    this.floor = floor;
  }

  wasRelayedTo(node: number, answer: string | null): boolean {
    return this.relays !== null && this.relays.some(({ to, value }) => to === node && value === answer);
  }
}

/** The operations under way. Whatever is asked and answered for one carries the same object, its request. */
export class Operations {
  /** The highest index that an acknowledged operation stands at. */
  floor = 0;
  private readonly pending = new Map<Request, Operation>();

  begin(request: Request): void {
    this.pending.set(request, new Operation(this.floor));
  }

  /** Undefined for one that is over. */
  find(request: Request): Operation | undefined {
    return this.pending.get(request);
  }

  end(request: Request, acknowledged: boolean): void {
    const operation = this.pending.get(request);
    if (operation === undefined) return;
    if (acknowledged) this.floor = Math.max(this.floor, operation.index);
    this.pending.delete(request);
  }

  /** The lowest floor of all: floors rise, so it is that of the operation under way for longest. */
  get lowestFloor(): number {
    for (const { floor } of this.pending.values()) return floor;
    return this.floor;
  }

  get count(): number {
    return this.pending.size;
  }
}
