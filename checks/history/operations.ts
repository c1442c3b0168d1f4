import type { Request } from '../../sim/protocol.ts';

/** The arrival of a request at a node, with the state of the cluster at that moment. */
export interface Arrival {
  readonly node: number;
  readonly event: number;
  /** Entries the cluster had committed. */
  readonly committed: number;
  /** The highest term in which a leader had committed something. */
  readonly committedTerm: number;
  /** Term of the node. */
  readonly term: number;
  /** Whether the node led that term. */
  readonly led: boolean;
}

/** An operation that its client has invoked and that is not complete yet. */
export class Operation {
  /** The highest index of any operation that was acknowledged before this one was invoked. */
  readonly floor: number;
  /** Index of its entry, or of the state that its reply came from; −1: neither yet. */
  index = -1;
  /** Whether it is in the ledger. */
  executed = false;
  /** Of a get outside the log: its first arrival at each node. */
  arrivals: Arrival[] | null = null;
  /** Of a get that was forwarded: the replies that went back to the nodes that forwarded it. */
  relays: { readonly to: number; readonly value: string | null }[] | null = null;
  /** The node to which the client was redirected last; −1: to none yet. */
  redirectedTo = -1;
  /** The term of the node that redirected it. */
  redirectedIn = 0;
  /** Fruitless redirects in a row. */
  redirects = 0;

  constructor(floor: number) {
    this.floor = floor;
  }

  wasRelayedTo(node: number, reply: string | null): boolean {
    return this.relays !== null && this.relays.some(({ to, value }) => to === node && value === reply);
  }
}

/** The pending operations, by request: all messages about an operation carry the same request object. */
export class Operations {
  /** The highest index of any acknowledged operation. */
  floor = 0;
  private readonly pending = new Map<Request, Operation>();

  begin(request: Request): void {
    this.pending.set(request, new Operation(this.floor));
  }

  /** Undefined for one that is complete. */
  find(request: Request): Operation | undefined {
    return this.pending.get(request);
  }

  end(request: Request, acknowledged: boolean): void {
    const operation = this.pending.get(request);
    if (operation === undefined) return;
    if (acknowledged) this.floor = Math.max(this.floor, operation.index);
    this.pending.delete(request);
  }

  /** The lowest floor of all pending operations: floors rise, so it is that of the oldest. */
  get lowestFloor(): number {
    for (const { floor } of this.pending.values()) return floor;
    return this.floor;
  }

  get count(): number {
    return this.pending.size;
  }
}
