import { sample } from '../base/distribution.ts';
import { type Load, drawCommand, drawGap } from './workload.ts';
import type { Operation } from './operation.ts';
import type { OperationTally } from './operation-tally.ts';
import type { Command, EndpointId, Micros, NodeId, Random, Reply, Request } from '../protocol.ts';
import type { Streams } from '../base/random.ts';
import type { ClientHost, ClientSettings } from './client-host.ts';
import { type Session, Sessions, type Slot, isRegistering, nameSession, nextRequest } from './session.ts';

export type { Load } from './workload.ts';
export type { Operation, Outcome } from './operation.ts';

interface Client {
  readonly index: number;
  readonly endpoint: EndpointId;
  readonly random: Random;
  /** Scripts and closed loops use the first. */
  readonly sessions: Sessions;
  readonly waiting: { readonly id: number; readonly command: Command; readonly only: NodeId }[];
  /** The node believed to lead, or −1. */
  leader: NodeId;
  issued: number;
  /** Operations the load has issued. */
  loadIssued: number;
  /** Tells a wake-up of this load from one of an earlier load. */
  loadGeneration: number;
  /** Wake-ups of the load that are scheduled: one for each loop in its pause. */
  loadDue: number;
  /** The last value seen of each key, for cas. */
  readonly seen: Map<string, string | null>;
}

/** Bytes of memory of the room for an operation, of an operation that is kept, and of a value that was seen. */
const SLOT_FOOTPRINT = 250;
const OPERATION_FOOTPRINT = 400;
const SEEN_FOOTPRINT = 60;

/** The place of a wake-up that is the load's and not a slot's. */
const LOAD = -1;

/** The clients of a run: their requests, their retries and what became of their operations. */
export class Clients {
  /** Every operation, in the order of invocation, if the settings ask for it. */
  readonly history: Operation[] = [];
  /** Requests that failed: according to the replies they were certainly not executed. */
  readonly failedRequests: Request[] = [];
  /** The only node a client sends to unless a step says otherwise, −1 for any; null: any, always. Called with each operation. */
  home: ((client: number) => NodeId) | null = null;
  /** Counts operations, if anything asks for that. */
  tally: OperationTally | null = null;
  invoked = 0;
  ok = 0;
  failed = 0;
  unknown = 0;
  /** Characters of the keys and values of all operations. */
  invokedText = 0;

  private readonly host: ClientHost;
  private readonly settings: ClientSettings;
  private readonly perSession: number;
  private readonly registers: boolean;
  private readonly clients: Client[] = [];
  /** Those started by `operate`, whose outcome a script may want to know. */
  private readonly scripted = new Map<number, Operation | null>();
  private load: Load | null = null;
  private nextId = 1;
  /** Characters of keys and values that are kept: of pending, failed and scripted operations, and of values seen. */
  private keptText = 0;
  /** Keys of which a client has seen a value. */
  private seenCount = 0;

  constructor(host: ClientHost, settings: ClientSettings, streams: Streams) {
    this.host = host;
    this.settings = settings;
    this.perSession = settings.perSession ?? 1;
    this.registers = settings.register ?? false;
    for (let index = 0; index < settings.count + settings.spare; index++) {
      const ids = this.registers ? null : { first: index + 1, step: settings.count + settings.spare };
      this.clients.push({
        index,
        endpoint: host.nodes + index,
        random: streams.get('client', index + 1),
        sessions: new Sessions(host.nodes + index, this.perSession, ids),
        waiting: [],
        leader: -1,
        issued: 0,
        loadIssued: 0,
        loadGeneration: 0,
        loadDue: 0,
        seen: new Map(),
      });
    }
  }

  /** Operations that are pending or queued. */
  get outstanding(): number {
    return this.invoked - this.ok - this.failed - this.unknown + this.queued;
  }

  /** The operations that are pending, by client. */
  get pending(): readonly Operation[] {
    return this.clients.flatMap(({ sessions }) =>
      sessions.slots.flatMap(({ operation }) => (operation === null ? [] : [operation])),
    );
  }

  /** Bytes of memory that the clients hold, estimated. */
  get footprint(): number {
    let slots = 0;
    for (const { sessions } of this.clients) slots += sessions.slots.length;
    const operations = this.outstanding + this.failedRequests.length + this.scripted.size + this.history.length;
    const tally = this.tally?.footprint ?? 0;
    const seen = this.seenCount * SEEN_FOOTPRINT + this.keptText;
    return slots * SLOT_FOOTPRINT + operations * OPERATION_FOOTPRINT + seen + tally;
  }

  private get queued(): number {
    let queued = 0;
    for (const client of this.clients) queued += client.waiting.length;
    return queued;
  }

  isIdle(client: number): boolean {
    const { sessions, waiting } = this.clients[client]!;
    return waiting.length === 0 && sessions.isIdle;
  }

  operation(id: number): Operation | null {
    return this.scripted.get(id) ?? null;
  }

  /** Starts an operation, or queues it behind the client's current ones; returns its number. `only` −1: any node. */
  operate(client: number, command: Command, only: NodeId): number {
    const id = this.nextId++;
    this.scripted.set(id, null);
    const owner = this.clients[client]!;
    const slot = owner.waiting.length === 0 ? owner.sessions.slotInFirst() : null;
    if (slot !== null) this.invoke(owner, slot, id, command, only);
    else owner.waiting.push({ id, command, only });
    return id;
  }

  /** Whether the load still issues operations. */
  get isLoaded(): boolean {
    const { load, clients } = this;
    return load !== null && (load.count === null || clients.some(({ loadIssued }) => loadIssued < load.count!));
  }

  startLoad(load: Load): void {
    this.load = load;
    for (const client of this.clients.slice(0, this.settings.count)) {
      client.loadIssued = 0;
      client.loadGeneration++;
      client.loadDue = 0;
      const begins = this.host.now + load.start;
      if (load.think === null) {
        this.wakeForLoad(client, begins + drawGap(load.rate!, client.random));
        continue;
      }
      for (let loop = 0; loop < this.perSession; loop++) {
        this.wakeForLoad(client, begins + sample(load.think, client.random));
      }
    }
  }

  stopLoad(): void {
    this.load = null;
    for (const client of this.clients) client.loadGeneration++;
  }

  /**
   * A wake-up that was scheduled in the event `since`; returns false if nothing is due any more, in which case no event
   * begins.
   */
  wake(endpoint: EndpointId, place: number, generation: number, since: number): boolean {
    const client = this.clients[endpoint - this.host.nodes]!;
    if (place === LOAD) return this.loadStep(client, generation, since);
    const slot = client.sessions.slots[place]!;
    const { now } = this.host;
    // An earlier wake-up has taken its place.
    if (now !== slot.wokenAt) return false;
    slot.wokenAt = Infinity;
    if (slot.dueAt > now) {
      if (slot.dueAt < Infinity) this.wakeUp(client, slot);
      return false;
    }
    const timer = slot.backingOff ? 'backoff' : 'timeout';
    this.host.beginClientEvent(endpoint, timer, slot.dueSince, slot.operation!.request);
    this.onSlotTimer(client, slot);
    return true;
  }

  /** A reply has arrived. */
  receive(endpoint: EndpointId, from: NodeId, request: Request, reply: Reply): void {
    const client = this.clients[endpoint - this.host.nodes]!;
    const slot = client.sessions.slotOf(request);
    if (slot === undefined) return;
    slot.operation!.lastStatus = reply.status;
    slot.operation!.lastFrom = from;
    switch (reply.status) {
      case 'ok':
        client.leader = from;
        if (isRegistering(slot)) this.registered(client, slot.session, reply);
        else this.complete(client, slot, 'ok', reply);
        return;
      case 'refused':
        slot.session.expired = this.registers && !isRegistering(slot);
        this.abort(client, slot, reply);
        return;
      case 'redirect':
      case 'unknown':
      case 'busy':
        // A reply to an earlier attempt says nothing about the one in flight.
        if (from !== slot.target || slot.backingOff) return;
        if (reply.status === 'unknown') markAmbiguous(slot);
        if (this.isPastDeadline(slot.operation!)) this.abort(client, slot, reply);
        else if (reply.status === 'busy') this.backOff(client, slot, from);
        else this.followRedirect(client, slot, reply);
    }
  }

  /**
   * The network made a second copy of a request, or of the reply to one: a reply to one copy says nothing about the
   * other, and an old reply may look like one to a later attempt.
   */
  noteDuplicate(request: Request): void {
    const client = this.clients[request.client - this.host.nodes]!;
    const slot = client.sessions.slotOf(request);
    if (slot !== undefined) markAmbiguous(slot);
  }

  private loadStep(client: Client, generation: number, since: number): boolean {
    const { load } = this;
    if (load === null || generation !== client.loadGeneration) return false;
    client.loadDue--;
    if (load.count !== null && client.loadIssued >= load.count) return false;
    const slot = load.think === null ? client.sessions.slotInAny() : client.sessions.slotInFirst();
    // Scripted operations have taken all the room: the load goes on when one of them is done.
    if (slot === null) return false;
    this.host.beginClientEvent(client.endpoint, 'think', since, null);
    client.loadIssued++;
    this.invoke(client, slot, this.nextId++, drawCommand(load, client), -1);
    if (load.think === null) this.wakeForLoad(client, this.host.now + drawGap(load.rate!, client.random));
    return true;
  }

  private invoke(client: Client, slot: Slot, id: number, command: Command, only: NodeId): void {
    client.issued++;
    const session = client.sessions.enter(slot);
    const operation: Operation = {
      id,
      client: client.index,
      request: nextRequest(session, client.endpoint, command),
      invokedAt: this.host.now,
      completedAt: -1,
      outcome: 'pending',
      reply: null,
      lastStatus: null,
      lastFrom: -1,
    };
    client.sessions.occupy(slot, operation);
    session.pending.push(operation);
    slot.only = only < 0 && this.home !== null ? this.home(client.index) : only;
    slot.ambiguous = false;
    this.invoked++;
    const length = lengthOf(command);
    this.keptText += length;
    this.invokedText += length;
    this.tally?.invoked(operation);
    if (this.settings.history === true) this.history.push(operation);
    if (this.scripted.has(id)) this.scripted.set(id, operation);
    this.host.noteOperation('invoked', operation, -1);
    if (session.id !== 0) this.startAttempts(client, slot, operation.request);
    else if (!client.sessions.slotsOf(session).some(isRegistering))
      this.startAttempts(client, slot, session.registration!);
  }

  /** The first attempt at a request: the slot's own, or the registration of its session. */
  private startAttempts(client: Client, slot: Slot, request: Request): void {
    client.sessions.expect(slot, request);
    slot.attempts = 0;
    const anyone = client.leader >= 0 ? client.leader : client.random.below(this.host.nodes);
    this.attempt(client, slot, slot.only >= 0 ? slot.only : anyone);
  }

  private attempt(client: Client, slot: Slot, target: NodeId): void {
    slot.target = target;
    slot.next = -1;
    slot.backingOff = false;
    this.host.sendRequest(client.endpoint, target, slot.request!);
    this.wakeSlot(client, slot, this.host.now + this.settings.timeout);
  }

  /** No reply came in time, or the pause before the next attempt is over. */
  private onSlotTimer(client: Client, slot: Slot): void {
    const operation = slot.operation!;
    if (!slot.backingOff) {
      markAmbiguous(slot);
      slot.attempts++;
      if (client.leader === slot.target) client.leader = -1;
    }
    if (slot.attempts > this.settings.retries || this.isPastDeadline(operation)) {
      this.abort(client, slot, null);
      return;
    }
    const elsewhere = slot.next >= 0 ? slot.next : this.anotherNode(client, slot.target);
    const target = slot.only >= 0 ? slot.only : elsewhere;
    this.host.beginRetry();
    this.host.noteOperation('retried', operation, target);
    this.attempt(client, slot, target);
  }

  private followRedirect(client: Client, slot: Slot, reply: Reply): void {
    if (slot.only >= 0) {
      this.abort(client, slot, reply);
      return;
    }
    client.leader = reply.leader;
    if (reply.leader >= 0 && reply.leader !== slot.target) this.attempt(client, slot, reply.leader);
    // The node knows no leader: try another one.
    else this.backOff(client, slot, -1);
  }

  /** Tries again after a pause, which does not count as an attempt. `next` −1: another node than the last. */
  private backOff(client: Client, slot: Slot, next: NodeId): void {
    const PAUSE_LOW = 10_000;
    const PAUSE_HIGH = 50_000;
    slot.next = next;
    slot.backingOff = true;
    this.wakeSlot(client, slot, this.host.now + client.random.between(PAUSE_LOW, PAUSE_HIGH));
  }

  private isPastDeadline(operation: Operation): boolean {
    return this.host.now >= operation.invokedAt + this.settings.timeout * (this.settings.retries + 1);
  }

  /** The session has its id: the operations that waited for it are sent. A second registration stays unused. */
  private registered(client: Client, session: Session, { value }: Reply): void {
    const id = Number(value);
    // A node that knows no id has not registered anything: another attempt follows when no reply comes in time.
    if (!(id > 0)) return;
    session.id = id;
    this.host.noteSession(client.endpoint, id);
    const waiting = client.sessions.slotsOf(session);
    for (const { operation } of waiting) nameSession(operation!.request, id);
    for (const slot of waiting) {
      if (this.isPastDeadline(slot.operation!)) this.abort(client, slot, null);
      else this.startAttempts(client, slot, slot.operation!.request);
    }
  }

  /** The operation that was registering the session is over: the oldest one that waits for it goes on with that. */
  private continueRegistration(client: Client, session: Session): void {
    const slot = client.sessions.slotsOf(session)[0];
    if (slot === undefined) return;
    client.sessions.expect(slot, session.registration!);
    if (this.isPastDeadline(slot.operation!)) this.abort(client, slot, null);
    else this.startAttempts(client, slot, session.registration!);
  }

  private abort(client: Client, slot: Slot, reply: Reply | null): void {
    this.complete(client, slot, slot.ambiguous ? 'unknown' : 'fail', reply);
  }

  private complete(client: Client, slot: Slot, outcome: 'ok' | 'fail' | 'unknown', reply: Reply | null): void {
    const { session } = slot;
    const operation = slot.operation!;
    this.noteKept(operation, outcome, reply);
    const wasRegistering = session.id === 0;
    operation.outcome = outcome;
    operation.completedAt = this.host.now;
    operation.reply = reply;
    if (session.pending.length === 1) session.pending.length = 0;
    else session.pending.splice(session.pending.indexOf(operation), 1);
    client.sessions.free(slot);
    slot.dueAt = Infinity;
    this.count(client, operation);
    this.tally?.completed(operation);
    this.host.noteOperation('completed', operation, -1);
    if (wasRegistering) this.continueRegistration(client, session);
    if (slot.row !== 0) return;
    const next = client.waiting.shift();
    if (next !== undefined) this.invoke(client, slot, next.id, next.command, next.only);
    else this.scheduleNext(client);
  }

  private count(client: Client, { outcome, request, reply }: Operation): void {
    if (outcome === 'ok') {
      this.ok++;
      if (reply !== null) this.see(client, request.command.key, reply.value);
    } else if (outcome === 'fail') {
      this.failed++;
      this.failedRequests.push(request);
    } else {
      this.unknown++;
    }
  }

  private see({ seen }: Client, key: string, value: string | null): void {
    const before = seen.get(key);
    if (before === undefined) this.seenCount++;
    this.keptText += (value?.length ?? 0) - (before?.length ?? 0);
    seen.set(key, value);
  }

  /** The operation is over: what it says is kept if it failed, or if a script may ask for it. */
  private noteKept({ id, request }: Operation, outcome: 'ok' | 'fail' | 'unknown', reply: Reply | null): void {
    if (this.scripted.has(id)) this.keptText += reply?.value?.length ?? 0;
    else if (outcome !== 'fail') this.keptText -= lengthOf(request.command);
  }

  /** Closed loop: the next operation comes after a pause, in each loop of its own. */
  private scheduleNext(client: Client): void {
    if (this.load === null || this.load.think === null || client.index >= this.settings.count) return;
    // Each loop either has a pending operation or a wake-up that will start one.
    if (client.loadDue >= client.sessions.freeInFirst) return;
    this.wakeForLoad(client, this.host.now + sample(this.load.think, client.random));
  }

  private anotherNode(client: Client, than: NodeId): NodeId {
    if (this.host.nodes === 1) return than;
    const drawn = client.random.below(this.host.nodes - 1);
    return drawn >= than ? drawn + 1 : drawn;
  }

  private wakeForLoad(client: Client, at: Micros): void {
    client.loadDue++;
    this.host.wakeClient(client.endpoint, at, LOAD, client.loadGeneration);
  }

  private wakeSlot(client: Client, slot: Slot, at: Micros): void {
    slot.dueAt = at;
    slot.dueSince = this.host.event;
    if (slot.wokenAt > at) this.wakeUp(client, slot);
  }

  private wakeUp(client: Client, slot: Slot): void {
    slot.wokenAt = slot.dueAt;
    this.host.wakeClient(client.endpoint, slot.dueAt, slot.place, 0);
  }
}

function lengthOf({ key, value, expected }: Command): number {
  return key.length + value.length + (expected?.length ?? 0);
}

/** The request may be executed after all. Not so the operation behind a registration: it has not been sent yet. */
function markAmbiguous(slot: Slot): void {
  if (!isRegistering(slot)) slot.ambiguous = true;
}
