import type { EndpointId, Facts, Micros } from './protocol.ts';

/**
 * Something that happened, as traces show it and `on:` steps wait for it. One simulator event can lead to several trace
 * events; they share its `event` number.
 *
 * The simulator emits the kinds of `SIMULATION_EVENTS`, observers those of a catalogue of their own.
 */
export interface TraceEvent {
  readonly kind: string;
  /** Number of the simulator event this belongs to, from 1. */
  readonly event: number;
  /** Number of the event that caused that one; 0 for the start of the run. */
  readonly cause: number;
  /** Virtual (global) time. */
  readonly at: Micros;
  /** Where it happened: an endpoint, or −1 for the whole cluster. */
  readonly node: EndpointId;
  /** The other end (receiver of `sent`, sender of `delivered`, candidate of `vote-granted`), or −1. */
  readonly peer: EndpointId;
  /** Further facts by name, as the catalogue lists them. */
  readonly fields: TraceFields;
  /** The whole as a phrase, stable: what a trace prints. */
  readonly text: string;
}

export type TraceFields = Facts;

/** What a field holds: a whole number, a word or text, or true or false. */
export type FieldType = 'number' | 'text' | 'flag';

/** A kind of trace event: what it means, and which fields it has besides `node` and `peer`. */
export interface TraceEventKind {
  /** A clause: `a message leaves its sender; peer: the receiver`. */
  readonly statement: string;
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Fields that only some events of the kind have. */
  readonly optional?: Readonly<Record<string, FieldType>>;
  /**
   * It has besides what the message or the write carries, which is the protocol's to say. `traffic`: a message between nodes,
   * or a request or reply of a client.
   */
  readonly carries?: 'message' | 'traffic' | 'write';
  /** Where it happens; `endpoints`: at both. Default: nodes. */
  readonly at?: 'nodes' | 'clients' | 'endpoints';
}

/** Kinds of trace events by name. */
export type TraceCatalogue = Readonly<Record<string, TraceEventKind>>;

/** The fields of an event of this kind. */
export type FieldsOf<K extends TraceEventKind> = ValuesOf<K['fields']> &
  (K extends { readonly optional: infer O extends Readonly<Record<string, FieldType>> }
    ? Partial<ValuesOf<O>>
    : unknown) &
  (K extends { readonly carries: string } ? Facts : unknown);

type ValuesOf<F extends Readonly<Record<string, FieldType>>> = {
  readonly [N in keyof F]: F[N] extends 'number' ? number : F[N] extends 'flag' ? boolean : string;
};

/** Takes the events of one catalogue: a kind or a field that is not in it does not compile. */
export interface TraceSink<C extends TraceCatalogue> {
  /** Whether an event of this kind is recorded. Ask before building a text that costs something. */
  wants(kind: keyof C & string): boolean;
  note<K extends keyof C & string>(
    kind: K,
    node: EndpointId | -1,
    peer: EndpointId | -1,
    fields: FieldsOf<C[K]>,
    text: string,
  ): void;
}

/** What clients send and receive: the types of these messages, and what each carries. */
export const CLIENT_MESSAGE_FIELDS = Object.freeze({
  Request: { sequence: 'number', op: 'text', key: 'text' },
  Reply: { sequence: 'number', op: 'text', key: 'text', status: 'text' },
} as const);

/** Outcome is `pending` until the operation is over. */
const OF_OPERATION = { op: 'text', key: 'text', value: 'text', sequence: 'number', outcome: 'text' } as const;

/** The kinds of trace events that the simulator emits. */
export const SIMULATION_EVENTS = {
  started: { statement: 'the run begins: every node boots', fields: {} },
  sent: { statement: 'a message leaves its sender; peer: the receiver', fields: { type: 'text' }, carries: 'message' },
  held: {
    statement: 'a message waits until a write is durable; peer: the receiver',
    fields: { type: 'text', ticket: 'number' },
    carries: 'message',
  },
  dropped: {
    statement:
      'a message is lost; node: the sender, peer: the receiver; reason: lost, cut, down, dropped (by a step) or corrupt',
    fields: { type: 'text', reason: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  duplicated: {
    statement: 'a message will arrive twice; peer: the receiver',
    fields: { type: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  'held-back': {
    statement: 'a link keeps a message until it is released; node: the sender, peer: the receiver',
    fields: { type: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  delayed: {
    statement: 'a message will arrive late; node: the sender, peer: the receiver',
    fields: { type: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  corrupted: {
    statement: 'a message will arrive corrupt, and its receiver will drop it; node: the sender, peer: the receiver',
    fields: { type: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  delivered: {
    statement: 'a message, a request or a reply arrives; peer: the sender',
    fields: { type: 'text' },
    carries: 'traffic',
    at: 'endpoints',
  },
  handled: {
    statement: 'a node that was paused or busy handles what had waited; since: the event with which that came',
    fields: { since: 'number' },
  },
  busy: {
    statement:
      'a node is busy with a snapshot, and what arrives waits; work: make, read or install, span: for how long, in microseconds',
    fields: { work: 'text', span: 'number' },
  },
  timer: {
    statement:
      'a timer fires; timer: election or heartbeat, of a client timeout, backoff or think; op, key, sequence: of the operation that has waited for a reply',
    fields: { timer: 'text' },
    optional: { op: 'text', key: 'text', sequence: 'number' },
    at: 'endpoints',
  },
  writing: { statement: 'a write is handed to the disk', fields: { ticket: 'number' }, carries: 'write' },
  persisted: { statement: 'a write has become durable', fields: { ticket: 'number' }, carries: 'write' },
  'write-failed': {
    statement:
      'a write fails, and all after it that are not durable are lost with it; reason: full (no room is left) or error',
    fields: { ticket: 'number', reason: 'text' },
    carries: 'write',
  },
  'read-failed': { statement: 'a node cannot read its disk: to start, or to send its snapshot', fields: {} },
  invoked: {
    statement: 'a client begins an operation; node: the client',
    fields: OF_OPERATION,
    at: 'clients',
  },
  retried: {
    statement: 'a client sends its request again; node: the client, peer: the node',
    fields: OF_OPERATION,
    at: 'clients',
  },
  completed: {
    statement:
      'an operation is over; node: the client; outcome: ok, fail or unknown; read: what a get found, if anything',
    fields: OF_OPERATION,
    optional: { read: 'text' },
    at: 'clients',
  },
  registered: {
    statement: 'a client has a session of its own; node: the client',
    fields: { session: 'number' },
    at: 'clients',
  },
  'admin-request': {
    statement: 'an administrator sends a request to a node; request: its kind',
    fields: { request: 'text', path: 'text' },
  },
  'admin-rejected': { statement: 'a node rejects an admin request; reason: why', fields: { reason: 'text' } },
  restored: { statement: 'a snapshot replaces a state machine; index: of its last entry', fields: { index: 'number' } },
  crashed: {
    statement: 'a node goes down; lost: how many unsynced writes',
    fields: { lost: 'number', torn: 'flag' },
  },
  panicked: { statement: 'a node throws instead of handling an event, and goes down', fields: { error: 'text' } },
  halted: {
    statement: 'a node stops by itself, or does not start, and is down; reason: why',
    fields: { reason: 'text' },
  },
  restarted: { statement: 'a node comes back', fields: {} },
  paused: { statement: 'a node stops handling events', fields: {} },
  resumed: { statement: 'a node goes on; waiting: how many events it finds', fields: { waiting: 'number' } },
  fault: { statement: 'any other fault begins or ends; fault: its kind', fields: { fault: 'text' } },
  load: { statement: 'the load of the clients starts or stops; load: start or stop', fields: { load: 'text' } },
  mark: { statement: 'a situation has come about; see Marks', fields: { name: 'text' } },
  step: { statement: 'a step of the script begins, or goes on after a wait', fields: { path: 'text' } },
} as const satisfies TraceCatalogue;

export type SimulationEvents = typeof SIMULATION_EVENTS;
