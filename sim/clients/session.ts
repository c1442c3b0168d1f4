import { Heap } from '../base/heap.ts';
import type { Operation } from './operation.ts';
import type { Command, EndpointId, Micros, NodeId, Request } from '../protocol.ts';

/**
 * What the nodes know a client's requests by: operations of a session are numbered, so that a retry can be told apart
 * from a new request. Dissertation §6.3.
 */
export interface Session {
  /** 0 until it is registered. */
  id: number;
  /** Of its last operation; 0: none yet. */
  sequence: number;
  /** In the order of their sequence numbers. */
  readonly pending: Operation[];
  /** The request for its id; null for a session that has had one from the beginning. */
  readonly registration: Request | null;
  /** The nodes have let it expire: no further operation goes into it. */
  expired: boolean;
}

/** Room for one pending operation. A client has as many as its sessions take at once. */
export interface Slot {
  /** Among the client's slots. */
  readonly place: number;
  /** The session whose room it is, by its place among the client's. */
  readonly row: number;
  operation: Operation | null;
  /** The operation's session, which may have expired since it began. */
  session: Session;
  /** The request it waits for: its operation's own, or its session's registration; null: another slot registers the session. */
  request: Request | null;
  /** The node the last attempt went to. */
  target: NodeId;
  /** Attempts go only to this node; −1: any. */
  only: NodeId;
  /** The node the next attempt after a pause goes to; −1: another than the last. */
  next: NodeId;
  attempts: number;
  /** Some attempt may have been executed although nothing came back. */
  ambiguous: boolean;
  /** In the pause between two attempts: nothing is in flight. */
  backingOff: boolean;
  /** When the attempt, or the pause, is over; Infinity: there is neither. And the event in which it began. */
  dueAt: Micros;
  dueSince: number;
  /** When it is woken next, which may be too early: timeouts are rare, so not every attempt schedules a row of its own. */
  wokenAt: Micros;
}

const REGISTER: Command = Object.freeze({ op: 'register', key: '', value: '', expected: null });

/** Whether the slot waits for its session's id, and has not sent its operation's own request yet. */
export function isRegistering(slot: Slot): boolean {
  return slot.request !== null && slot.request === slot.session.registration;
}

/**
 * The next request of a session. Operations that are over count as answered, also those that timed out: their client
 * will not retry them, so the nodes may forget the replies, and execute no late copy of them either.
 */
export function nextRequest(session: Session, client: EndpointId, command: Command): Request {
  const sequence = ++session.sequence;
  const firstUnanswered = session.pending[0]?.request.sequence ?? sequence;
  const request: Request = { client, session: session.id, sequence, firstUnanswered, command };
  return session.id === 0 ? request : Object.freeze(request);
}

/** A session's id has become known: its request can be sent. It stays the same object, by which observers know it. */
export function nameSession(request: Request, id: number): void {
  (request as { session: number }).session = id;
  Object.freeze(request);
}

/** From this many slots on they are found by an index: an open loop has a slot for each of a million pending operations. */
const MANY_SLOTS = 32;

/** Finds the slots of a client that has many. */
class SlotIndex {
  readonly byRequest = new Map<Request, Slot>();
  readonly byOperation = new Map<Operation, Slot>();
  /** All that are free, and some that are not any more. */
  private readonly free = new Heap<Slot>((slot, other) => slot.place < other.place);
  private readonly isListed = new Set<Slot>();

  constructor(slots: readonly Slot[]) {
    for (const slot of slots) {
      if (slot.request !== null) this.byRequest.set(slot.request, slot);
      if (slot.operation === null) this.list(slot);
      else this.byOperation.set(slot.operation, slot);
    }
  }

  /** The slot is free. */
  list(slot: Slot): void {
    if (this.isListed.has(slot)) return;
    this.isListed.add(slot);
    this.free.push(slot);
  }

  /** The first slot that is free. */
  firstFree(): Slot | undefined {
    while (this.free.first !== null && this.free.first.operation !== null) this.isListed.delete(this.free.pop()!);
    return this.free.first ?? undefined;
  }
}

/** The sessions of one client, and the room in them. */
export class Sessions {
  /** `perSession` for each of the sessions, in the same order. */
  readonly slots: Slot[] = [];

  private readonly client: EndpointId;
  private readonly perSession: number;
  /** The ids of sessions that need no registration; null: all need it. */
  private readonly ids: { readonly first: number; readonly step: number } | null;
  /** Open, being registered, or expired and not replaced yet. */
  private readonly sessions: Session[] = [];
  private registrations = 0;
  /** Null while there are few slots. */
  private index: SlotIndex | null = null;

  constructor(client: EndpointId, perSession: number, ids: { readonly first: number; readonly step: number } | null) {
    this.client = client;
    this.perSession = perSession;
    this.ids = ids;
  }

  get isIdle(): boolean {
    if (this.index !== null) return this.index.byOperation.size === 0;
    return this.slots.every((slot) => slot.operation === null);
  }

  /** How many more operations the first session takes. */
  get freeInFirst(): number {
    let free = 0;
    for (let place = 0; place < this.perSession; place++) if (this.slots[place]!.operation === null) free++;
    return free;
  }

  /** Room in the first session, or null. */
  slotInFirst(): Slot | null {
    if (this.sessions.length === 0) return this.add();
    for (let place = 0; place < this.perSession; place++) {
      const slot = this.slots[place]!;
      if (slot.operation === null) return slot;
    }
    return null;
  }

  /** Room in any session: in a further one when all are full. */
  slotInAny(): Slot {
    const { index, slots } = this;
    const free = index === null ? slots.find((slot) => slot.operation === null) : index.firstFree();
    return free ?? this.add();
  }

  /** The slot that waits for a reply to this request. */
  slotOf(request: Request): Slot | undefined {
    if (this.index !== null) return this.index.byRequest.get(request);
    return this.slots.find((slot) => slot.request === request);
  }

  /** The slots of the session's pending operations, the oldest first. */
  slotsOf({ pending }: Session): readonly Slot[] {
    const { index, slots } = this;
    if (index !== null) return pending.map((operation) => index.byOperation.get(operation)!);
    return pending.map((operation) => slots.find((slot) => slot.operation === operation)!);
  }

  /** The slot is for this operation. */
  occupy(slot: Slot, operation: Operation): void {
    slot.operation = operation;
    this.index?.byOperation.set(operation, slot);
  }

  /** The slot waits for a reply to this request. */
  expect(slot: Slot, request: Request): void {
    if (slot.request !== null) this.index?.byRequest.delete(slot.request);
    slot.request = request;
    this.index?.byRequest.set(request, slot);
  }

  /** The slot's operation is over. */
  free(slot: Slot): void {
    const { index } = this;
    const { operation, request } = slot;
    slot.operation = null;
    slot.request = null;
    if (index === null) return;
    if (operation !== null) index.byOperation.delete(operation);
    if (request !== null) index.byRequest.delete(request);
    index.list(slot);
  }

  /** Gives the slot a session for its next operation: a fresh one if the last has expired. */
  enter(slot: Slot): Session {
    if (this.sessions[slot.row]!.expired) this.sessions[slot.row] = this.open(slot.row);
    slot.session = this.sessions[slot.row]!;
    return slot.session;
  }

  private add(): Slot {
    const row = this.sessions.length;
    const session = this.open(row);
    this.sessions.push(session);
    const first = this.slots.length;
    for (let i = 0; i < this.perSession; i++) {
      const slot = freeSlot(first + i, row, session);
      this.slots.push(slot);
      this.index?.list(slot);
    }
    if (this.slots.length >= MANY_SLOTS) this.index ??= new SlotIndex(this.slots);
    return this.slots[first]!;
  }

  private open(row: number): Session {
    const { ids, client } = this;
    const session = { id: 0, sequence: 0, pending: [], registration: null, expired: false };
    if (ids !== null) return { ...session, id: ids.first + row * ids.step };
    const sequence = ++this.registrations;
    const registration = Object.freeze({ client, session: 0, sequence, firstUnanswered: sequence, command: REGISTER });
    return { ...session, registration };
  }
}

function freeSlot(place: number, row: number, session: Session): Slot {
  return {
    place,
    row,
    operation: null,
    session,
    request: null,
    target: -1,
    only: -1,
    next: -1,
    attempts: 0,
    ambiguous: false,
    backingOff: false,
    dueAt: Infinity,
    dueSince: 0,
    wokenAt: Infinity,
  };
}
