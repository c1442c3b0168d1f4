/**
 * The contract between the simulator and a node. Types only: whatever implements `Protocol` can be simulated,
 * Raft or not, this project's or another's.
 *
 * A node is plain data. It never does I/O, reads a clock, draws ambient randomness or awaits: everything it may
 * know arrives as an argument, everything it wants done goes into the caller-owned `out`.
 */

/** Time or a span of time in whole microseconds. Node-local unless a name says otherwise. */
export type Micros = number;

/** A node's index in the cluster, from 0. The node named `n1` in a scenario of unnamed nodes is 0. */
export type NodeId = number;

/**
 * Anything that can send and receive over the simulated network: nodes first (0 … nodes−1), then clients
 * (nodes … nodes+clients−1).
 */
export type EndpointId = number;

/** Work on a snapshot of the state machine: to make one, to read one in order to send it, to put one into place. */
export type SnapshotWork = 'make' | 'read' | 'install';

/** Names a write handed to the disk. Tickets of one incarnation increase by one from 1; 0 names no write. */
export type Ticket = number;

/** Index into `Protocol.timers`. */
export type TimerId = number;

/** A stream of pseudo-random numbers that belongs to one purpose and one subject. */
export interface Random {
  /** A whole number in [0, bound). `bound` is a whole number from 1 to 2^53. */
  below(bound: number): number;
  /** A whole number in [low, high], both ends included. */
  between(low: number, high: number): number;
  /** True with the given probability, from 0 (never) to 1 (always). Always draws once. */
  chance(probability: number): boolean;
}

/** A command to the replicated key-value store. Frozen: nodes may keep and share it. */
export interface Command {
  readonly op: CommandOp;
  readonly key: string;
  /** The value to put or to append, or the new value of a cas; empty for get and delete. */
  readonly value: string;
  /**
   * For a large value that is filled up with dots: what stands before them. Code that needs no more of the value reads this,
   * because a value of which no character has been read takes little memory. Left out: look at the value.
   */
  readonly head?: string;
  /** The value a cas expects to find; null expects the key to be absent, and is what other operations carry. */
  readonly expected: string | null;
}

/** `register` opens a session; the value of its reply is the session's id, a decimal number. */
export type CommandOp = KeyOp | 'register';

/** What can be done to a key. */
export type KeyOp = 'put' | 'get' | 'cas' | 'append' | 'delete';

/** A client's request. The same object travels on every retry, so its sequence number is the same too. */
export interface Request {
  /** The client's endpoint, where the reply goes. */
  readonly client: EndpointId;
  /** The session the sequence number belongs to; 0 for a `register`, which has none yet. */
  readonly session: number;
  /** From 1, increasing by one with each operation of the session; of a `register`, with each of the client. */
  readonly sequence: number;
  /** The lowest sequence number of the session without a reply at its client: older replies need not be kept. */
  readonly firstUnanswered: number;
  readonly command: Command;
}

/** What a node replies. All but `ok` and `unknown` promise that this node did not and will not execute the request. */
export interface Reply {
  readonly status: ReplyStatus;
  /** For `ok`: what a get read (null: absent), what put / append / delete left behind, what a cas found. */
  readonly value: string | null;
  /** For `ok`: whether a cas took place; true for the other operations. */
  readonly applied: boolean;
  /** For `redirect` and `unknown`: the node believed to lead, or −1. */
  readonly leader: NodeId;
}

/**
 * ok: executed exactly once. redirect: send it to `leader`. busy: not accepted; send it again after a pause. unknown:
 * accepted here, but this node no longer knows whether it will be executed (a retry with the same sequence number is
 * safe).
 * refused: not executed, and a retry would be refused again: the session has expired.
 */
export type ReplyStatus = 'ok' | 'redirect' | 'busy' | 'unknown' | 'refused';

export const MESSAGE = 0;
export const TIMER = 1;
export const PERSISTED = 2;
export const APPLIED = 3;
export const REQUEST = 4;
export const ADMIN = 5;
export const FAILED = 6;

/** The kinds of event a node can be stepped with. */
export type StepKind =
  typeof MESSAGE | typeof TIMER | typeof PERSISTED | typeof APPLIED | typeof REQUEST | typeof ADMIN | typeof FAILED;

/** Why a write failed: there is no room left on the disk, or the disk reports an error. */
export type WriteFailure = 'full' | 'error';

/**
 * One event for one node. The simulator reuses the object: a node reads it during the call and does not keep it.
 * Only the fields of its kind are meaningful.
 */
export interface StepEvent<M, A> {
  readonly kind: StepKind;
  /** MESSAGE: the sender. */
  readonly from: NodeId;
  /** MESSAGE: what was sent, shared with the sender: never to be changed. */
  readonly message: M | null;
  /** TIMER: which one fired. */
  readonly timer: TimerId;
  /**
   * PERSISTED: this write, and all before it, are durable. FAILED: this write, and all after it so far, are lost, with what
   * was to be sent after them.
   */
  readonly ticket: Ticket;
  /** FAILED: why. */
  readonly failure: WriteFailure | null;
  /** APPLIED: the state machine may be advanced up to this index. */
  readonly index: number;
  /** REQUEST: that of a client. */
  readonly request: Request | null;
  /** ADMIN: that of an administrator. */
  readonly adminRequest: A | null;
}

/** Where a node puts its effects, and reads its wall clock. Owned by the caller, valid during the call only. */
export interface Out<M, D> {
  /** Hands a write to the disk. Writes become durable in order; a crash loses those that are not. */
  persist(delta: D): Ticket;
  /** Sends a message. With `after`, the simulator holds it until that write is durable, and loses it at a crash. */
  send(to: NodeId, message: M, after?: Ticket): void;
  /** Sets (or moves) a timer to fire when the node's monotonic clock, which `now` is read from, reaches `at`. */
  setTimer(timer: TimerId, at: Micros): void;
  clearTimer(timer: TimerId): void;
  /** Requests that the state machine be advanced up to `index`; an APPLIED event follows. */
  apply(index: number): void;
  /** Reports that the entry at `index` has been executed, and the digest (an int32) of the state it left. */
  applied(index: number, stateHash: number): void;
  /** Reports that the state machine has been replaced by a snapshot of its state after the entry at `index`. */
  restored(index: number, stateHash: number): void;
  /**
   * Reports that this event took work on a snapshot: its effects leave the node, and the process is busy for a while.
   * Returns false if that could not be done, because the disk cannot be read.
   */
  worked(on: SnapshotWork): boolean;
  reply(request: Request, reply: Reply, after?: Ticket): void;
  /** Says why the admin request just received is not carried out. */
  reject(reason: string): void;
  /** Stops the node: nothing else of this event leaves it, and it is down until it is restarted. `reason`: a clause. */
  halt(reason: string): void;
  /** Notes that something happened that cannot be seen from outside. */
  mark(name: string): void;
  /** What the wall clock reads, which may be set at any moment: for timestamps, never for spans. */
  readWallClock(): Micros;
}

/** Receives the contents of a message for the event hash. */
export interface Hasher {
  /** A whole number up to ±2^53. */
  int(value: number): void;
  text(value: string): void;
}

/** What a message or a write carries, by name: plain data for traces and filters. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** How admin requests are named, described and hashed. */
export interface AdminRequests<A> {
  /** Which kind it is, as traces and `on:` filters call it. */
  kind(request: A): string;
  /** A request as a phrase, stable in wording; `name` says what a node is called. */
  describe(request: A, name: (node: NodeId) => string): string;
  /** Feeds a request to the event hash: its kind and its fields. */
  digest(request: A, hasher: Hasher): void;
}

/**
 * A protocol under simulation.
 *
 * S: a node's volatile state. M: messages between nodes. D: one write to the disk. K: the contents of a disk.
 * V: the read-only look that checks take at a state. A: the requests of administrators; `never` for a protocol that
 * takes none.
 */
export interface Protocol<S, M, D, K, V, A = never> {
  readonly name: string;
  /** The names of a node's timers; `setTimer` takes an index into this list. */
  readonly timers: readonly string[];
  /** What a node finds that has never run. */
  freshDisk(id: NodeId): K;
  /** The only way to start a node, and to restart it: what is not on the disk is gone. Must not keep `disk`. */
  boot(id: NodeId, disk: K, now: Micros, random: Random, out: Out<M, D>): S;
  /** Advances the node by one event, in place. Keeps none of its arguments but frozen data inside them. */
  step(state: S, event: StepEvent<M, A>, now: Micros, random: Random, out: Out<M, D>): void;
  /** An independent copy; frozen data may be shared. */
  clone(state: S): S;
  cloneDisk(disk: K): K;
  /** A read-only look at the state. Allocates nothing; may be the state itself. */
  view(state: S): V;
  /** Folds a durable write into the disk. */
  write(disk: K, delta: D): void;
  /**
   * Whether a write can be folded into these contents although writes before it are missing; those that a crash has just
   * lost are `lost`. Left out: always.
   */
  fits?(disk: K, delta: D, lost: readonly D[]): boolean;
  /** What is left of a write that was torn by a crash, or null for nothing. Left out: writes are atomic. */
  tear?(delta: D, random: Random): D | null;
  /**
   * Damages a record, as bit rot does, such that its checksum tells a node that boots. `record`: a kind of the protocol's;
   * `index`: which of them, 0: the last. Returns whether there is such a record. Left out: nothing can be damaged.
   */
  corrupt?(disk: K, record: string, index: number): boolean;
  /** Bytes of memory that a write holds by itself until it is durable, estimated. Left out: none. */
  bytesOfWrite?(delta: D): number;
  /** Feeds a message to the event hash. */
  digest(message: M, hasher: Hasher): void;
  /** The client's request that a message forwards or replies to, if any. Left out: messages between nodes do neither. */
  passesOn?(message: M): Request | null;
  /** The size of a message on the wire, in bytes. */
  bytes(message: M): number;
  /** The name of a message's type, as traces and `sent` conditions call it. */
  messageType(message: M): string;
  /** A message in one line, stable in wording. */
  describe(message: M): string;
  /** What a message carries besides its type. Left out: nothing that a filter could look for. */
  facts?(message: M): Facts;
  /** What the simulator needs to know of admin requests. Left out: nodes take none. */
  readonly admin?: AdminRequests<A>;
  /** A write in one line, stable in wording; `name` says what a node is called. */
  describeWrite(delta: D, name: (node: NodeId) => string): string;
  /** What a write carries; `name` says what a node is called. Left out: nothing that a filter could look for. */
  factsOfWrite?(delta: D, name: (node: NodeId) => string): Facts;
}
