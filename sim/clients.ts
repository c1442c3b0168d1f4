import { type Distribution, sample } from './distribution.ts';
import type { Command, CommandOp, EndpointId, Micros, NodeId, Random, Reply, Request } from './protocol.ts';
import type { Streams } from './random.ts';

/** What clients do by themselves. */
export interface Load {
  /** Weight of each operation, whole numbers; at least one is above 0. */
  readonly ops: Readonly<Record<CommandOp, number>>;
  /** Number of keys, k1 … kN. */
  readonly keys: number;
  /** Bytes in a written value. */
  readonly valueSize: number;
  /** Closed loop: the pause between a completion and the next operation. Null when `rate` is given. */
  readonly think: Distribution | null;
  /** Open loop: operations per second and client, whether or not earlier ones were answered. */
  readonly rate: number | null;
  /** When the clients begin, from the start of the load. */
  readonly start: Micros;
  /** Operations per client, after which it stops; null: no end. */
  readonly count: number | null;
}

/**
 * ok: executed once, with the recorded reply. fail: certainly not executed. unknown: may have been executed, or may
 * yet be. pending: under way.
 */
export type Outcome = 'pending' | 'ok' | 'fail' | 'unknown';

/** One operation of a client, from its invocation to its completion: a line of the history. */
export interface Operation {
  /** From 1, in the order of invocation over all clients. */
  readonly id: number;
  /** Index of the client, from 0. */
  readonly client: number;
  readonly request: Request;
  readonly invokedAt: Micros;
  /** −1 while pending. */
  completedAt: Micros;
  outcome: Outcome;
  reply: Reply | null;
}

/** What the clients need of the world they live in. */
export interface ClientHost {
  readonly now: Micros;
  readonly nodes: number;
  sendRequest(client: EndpointId, to: NodeId, request: Request): void;
  /** Asks for `wake(client, place, generation)` at that time. */
  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void;
  /** `what`: invoked, retried or completed. */
  noteOperation(what: string, operation: Operation): void;
}

/** What the plan says about all clients. */
export interface ClientSettings {
  readonly count: number;
  /** Further clients, which take no part in a load and only do what they are told. */
  readonly spare: number;
  /** How long a client waits for a reply before it asks again. */
  readonly timeout: Micros;
  /** Attempts after the first; then the outcome is unknown. */
  readonly retries: number;
}

/** One operation at a time, numbered so that a retry can be told from a new request. */
interface Session {
  readonly id: number;
  /** Among the client's sessions. */
  readonly place: number;
  sequence: number;
  operation: Operation | null;
  /** The node asked last. */
  target: NodeId;
  /** Ask only this node; −1: any. */
  only: NodeId;
  attempts: number;
  /** Some attempt may have been executed although nothing came back. */
  ambiguous: boolean;
  /** Between two attempts: nothing is under way. */
  resting: boolean;
  /** Tells a timeout of this attempt from one of an earlier attempt. */
  generation: number;
}

interface Client {
  readonly index: number;
  readonly endpoint: EndpointId;
  readonly random: Random;
  readonly sessions: Session[];
  readonly waiting: { readonly id: number; readonly command: Command; readonly only: NodeId }[];
  /** The node believed to lead, or −1. */
  leader: NodeId;
  issued: number;
  /** Operations the load has issued. */
  loadIssued: number;
  /** Tells a wake-up of this load from one of an earlier load. */
  loadGeneration: number;
  /** Whether a wake-up of the load is on its way. */
  isLoadDue: boolean;
  /** The last value seen of each key, for cas. */
  readonly seen: Map<string, string | null>;
}

/** The place of a wake-up that is the load's and not a session's. */
const LOAD = -1;

/** The clients of a run and the history of what they asked and were told. */
export class Clients {
  readonly history: Operation[] = [];
  /** The only node a client talks to unless told otherwise, −1 for any; null: any, always. Asked with each operation. */
  home: ((client: number) => NodeId) | null = null;
  invoked = 0;
  ok = 0;
  failed = 0;
  unknown = 0;

  private readonly host: ClientHost;
  private readonly settings: ClientSettings;
  private readonly clients: Client[] = [];
  /** Those started by `operate`, which somebody will ask about. */
  private readonly scripted = new Map<number, Operation | null>();
  private load: Load | null = null;
  private nextId = 1;

  constructor(host: ClientHost, settings: ClientSettings, streams: Streams) {
    this.host = host;
    this.settings = settings;
    for (let index = 0; index < settings.count + settings.spare; index++) {
      this.clients.push({
        index,
        endpoint: host.nodes + index,
        random: streams.get('client', index + 1),
        sessions: [],
        waiting: [],
        leader: -1,
        issued: 0,
        loadIssued: 0,
        loadGeneration: 0,
        isLoadDue: false,
        seen: new Map(),
      });
    }
  }

  /** Operations that are neither answered nor given up. */
  get outstanding(): number {
    return this.invoked - this.ok - this.failed - this.unknown + this.queued;
  }

  private get queued(): number {
    let queued = 0;
    for (const client of this.clients) queued += client.waiting.length;
    return queued;
  }

  isIdle(client: number): boolean {
    const { sessions, waiting } = this.clients[client]!;
    return waiting.length === 0 && sessions.every((session) => session.operation === null);
  }

  operation(id: number): Operation | null {
    return this.scripted.get(id) ?? null;
  }

  /** Starts an operation, or queues it behind the client's current one; returns its number. `only` −1: any node. */
  operate(client: number, command: Command, only: NodeId): number {
    const id = this.nextId++;
    this.scripted.set(id, null);
    const owner = this.clients[client]!;
    const session = this.sessionOf(owner, 0);
    if (session.operation === null && owner.waiting.length === 0) this.invoke(owner, session, id, command, only);
    else owner.waiting.push({ id, command, only });
    return id;
  }

  startLoad(load: Load): void {
    this.load = load;
    for (const client of this.clients.slice(0, this.settings.count)) {
      client.loadIssued = 0;
      client.loadGeneration++;
      const first = load.think === null ? this.gap(load, client) : sample(load.think, client.random);
      this.wakeForLoad(client, this.host.now + load.start + first);
    }
  }

  stopLoad(): void {
    this.load = null;
    for (const client of this.clients) client.loadGeneration++;
  }

  /** A wake-up asked for earlier; returns false if nothing is due any more. */
  wake(endpoint: EndpointId, place: number, generation: number): boolean {
    const client = this.clients[endpoint - this.host.nodes]!;
    if (place === LOAD) return this.loadStep(client, generation);
    const session = client.sessions[place]!;
    if (session.operation === null || generation !== session.generation) return false;
    this.attemptIsOver(client, session);
    return true;
  }

  /** A reply has arrived. */
  receive(endpoint: EndpointId, from: NodeId, request: Request, reply: Reply): void {
    const client = this.clients[endpoint - this.host.nodes]!;
    const session = client.sessions.find((candidate) => candidate.operation?.request === request);
    if (session === undefined) return;
    switch (reply.status) {
      case 'ok':
        client.leader = from;
        this.complete(client, session, 'ok', reply);
        return;
      case 'refused':
        this.complete(client, session, session.ambiguous ? 'unknown' : 'fail', reply);
        return;
      case 'redirect':
      case 'unknown':
        // An answer to an earlier attempt says nothing about the one under way.
        if (from !== session.target || session.resting) return;
        if (reply.status === 'unknown') session.ambiguous = true;
        this.lookElsewhere(client, session, reply);
    }
  }

  /**
   * The network made a second copy of a request, or of the answer to one: no answer to one of them speaks for the
   * other, and an old answer may look like one to a later attempt.
   */
  noteDuplicate(request: Request): void {
    const client = this.clients[request.client - this.host.nodes]!;
    const session = client.sessions.find((candidate) => candidate.operation?.request === request);
    if (session !== undefined) session.ambiguous = true;
  }

  private loadStep(client: Client, generation: number): boolean {
    const { load } = this;
    if (load === null || generation !== client.loadGeneration) return false;
    client.isLoadDue = false;
    if (load.count !== null && client.loadIssued >= load.count) return false;
    if (load.think !== null) {
      const session = this.sessionOf(client, 0);
      // A scripted operation has the session: the load goes on when that is done.
      if (session.operation !== null) return false;
      client.loadIssued++;
      this.invoke(client, session, this.nextId++, this.draw(load, client), -1);
      return true;
    }
    client.loadIssued++;
    this.invoke(client, this.idleSession(client), this.nextId++, this.draw(load, client), -1);
    this.wakeForLoad(client, this.host.now + this.gap(load, client));
    return true;
  }

  private invoke(client: Client, session: Session, id: number, command: Command, only: NodeId): void {
    client.issued++;
    session.sequence++;
    session.only = only < 0 && this.home !== null ? this.home(client.index) : only;
    session.attempts = 0;
    session.ambiguous = false;
    session.resting = false;
    const request: Request = Object.freeze({
      client: client.endpoint,
      session: session.id,
      sequence: session.sequence,
      command,
    });
    const operation: Operation = {
      id,
      client: client.index,
      request,
      invokedAt: this.host.now,
      completedAt: -1,
      outcome: 'pending',
      reply: null,
    };
    session.operation = operation;
    this.invoked++;
    this.history.push(operation);
    if (this.scripted.has(id)) this.scripted.set(id, operation);
    this.host.noteOperation('invoked', operation);
    const anyone = client.leader >= 0 ? client.leader : client.random.below(this.host.nodes);
    this.ask(client, session, session.only >= 0 ? session.only : anyone);
  }

  private ask(client: Client, session: Session, target: NodeId): void {
    session.target = target;
    session.resting = false;
    session.generation++;
    this.host.sendRequest(client.endpoint, target, session.operation!.request);
    this.wakeSession(client, session, this.host.now + this.settings.timeout);
  }

  /** No answer came in time, or a pause before the next attempt is over. */
  private attemptIsOver(client: Client, session: Session): void {
    const operation = session.operation!;
    if (!session.resting) {
      session.ambiguous = true;
      session.attempts++;
      if (client.leader === session.target) client.leader = -1;
    }
    if (session.attempts > this.settings.retries || this.isTooLate(operation)) {
      this.complete(client, session, session.ambiguous ? 'unknown' : 'fail', null);
      return;
    }
    const target = session.only >= 0 ? session.only : this.another(client, session.target);
    this.host.noteOperation('retried', operation);
    this.ask(client, session, target);
  }

  private lookElsewhere(client: Client, session: Session, reply: Reply): void {
    if (session.only >= 0) {
      this.complete(client, session, session.ambiguous ? 'unknown' : 'fail', reply);
      return;
    }
    if (this.isTooLate(session.operation!)) {
      this.complete(client, session, session.ambiguous ? 'unknown' : 'fail', reply);
      return;
    }
    client.leader = reply.leader;
    if (reply.leader >= 0 && reply.leader !== session.target) {
      this.ask(client, session, reply.leader);
      return;
    }
    // Nobody leads, as far as this node knows: ask another one after a pause, which is not an attempt.
    const PAUSE_LOW = 10_000;
    const PAUSE_HIGH = 50_000;
    session.resting = true;
    session.generation++;
    this.wakeSession(client, session, this.host.now + client.random.between(PAUSE_LOW, PAUSE_HIGH));
  }

  private isTooLate(operation: Operation): boolean {
    return this.host.now >= operation.invokedAt + this.settings.timeout * (this.settings.retries + 1);
  }

  private complete(client: Client, session: Session, outcome: 'ok' | 'fail' | 'unknown', reply: Reply | null): void {
    const operation = session.operation!;
    operation.outcome = outcome;
    operation.completedAt = this.host.now;
    operation.reply = reply;
    session.operation = null;
    session.generation++;
    if (outcome === 'ok') this.ok++;
    else if (outcome === 'fail') this.failed++;
    else this.unknown++;
    const { command } = operation.request;
    if (outcome === 'ok' && reply !== null) client.seen.set(command.key, reply.value);
    this.host.noteOperation('completed', operation);
    const isFirst = session === client.sessions[0];
    const next = isFirst ? client.waiting.shift() : undefined;
    if (next !== undefined) this.invoke(client, session, next.id, next.command, next.only);
    else if (isFirst) this.thinkOn(client);
  }

  /** Closed loop: the next operation comes after a pause. */
  private thinkOn(client: Client): void {
    const takesPart = client.index < this.settings.count && !client.isLoadDue;
    if (this.load !== null && this.load.think !== null && takesPart) {
      this.wakeForLoad(client, this.host.now + sample(this.load.think, client.random));
    }
  }

  private draw(load: Load, client: Client): Command {
    const op = drawOp(load, client.random);
    const key = `k${client.random.below(load.keys) + 1}`;
    const writes = op === 'put' || op === 'append' || op === 'cas';
    // Every written value is unique, so that a value read tells which write it came from.
    const value = writes ? `c${client.index + 1}.${client.issued + 1}`.padEnd(load.valueSize, '.') : '';
    const expected = op === 'cas' ? (client.seen.get(key) ?? null) : null;
    return Object.freeze({ op, key, value, expected });
  }

  private another(client: Client, than: NodeId): NodeId {
    if (this.host.nodes === 1) return than;
    const drawn = client.random.below(this.host.nodes - 1);
    return drawn >= than ? drawn + 1 : drawn;
  }

  private sessionOf(client: Client, place: number): Session {
    let session = client.sessions[place];
    if (session === undefined) {
      session = {
        id: place * this.clients.length + client.index + 1,
        place,
        sequence: 0,
        operation: null,
        target: -1,
        only: -1,
        attempts: 0,
        ambiguous: false,
        resting: false,
        generation: 0,
      };
      client.sessions.push(session);
    }
    return session;
  }

  private idleSession(client: Client): Session {
    const idle = client.sessions.find((session) => session.operation === null);
    return idle ?? this.sessionOf(client, client.sessions.length);
  }

  private wakeForLoad(client: Client, at: Micros): void {
    client.isLoadDue = true;
    this.host.wakeClient(client.endpoint, at, LOAD, client.loadGeneration);
  }

  private wakeSession(client: Client, session: Session, at: Micros): void {
    this.host.wakeClient(client.endpoint, at, session.place, session.generation);
  }

  /** Open loop: even gaps with full jitter, so that clients do not march in step. */
  private gap(load: Load, client: Client): Micros {
    return client.random.between(1, Math.max(1, Math.round(2_000_000 / load.rate!)));
  }
}

const OPS: readonly CommandOp[] = ['put', 'get', 'cas', 'append', 'delete'];

function drawOp(load: Load, random: Random): CommandOp {
  let total = 0;
  for (const op of OPS) total += load.ops[op];
  let rest = random.below(total);
  for (const op of OPS) {
    if (rest < load.ops[op]) return op;
    rest -= load.ops[op];
  }
  return 'put';
}
