import type { ClientTimer } from '../tracer.ts';
import type { EndpointId, Micros, NodeId, Request } from '../protocol.ts';
import type { Operation } from './operation.ts';

/** What the clients need of the simulation. */
export interface ClientHost {
  readonly now: Micros;
  /** Number of the current event. */
  readonly event: number;
  readonly nodes: number;
  sendRequest(client: EndpointId, to: NodeId, request: Request): void;
  /** Asks for `wake(client, place, generation)` at that time. */
  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void;
  /** A wake-up is due: the event that it is begins, caused by that one. `request`: that of the operation it is about, or null. */
  beginClientEvent(client: EndpointId, timer: ClientTimer, cause: number, request: Request | null): void;
  /** A retry begins: an event of its own, caused by the current one. */
  beginRetry(): void;
  /** `to`: the node that a request is sent to again, −1 for none. */
  noteOperation(what: 'invoked' | 'retried' | 'completed', operation: Operation, to: NodeId | -1): void;
  /** The client has had a session registered. */
  noteSession(client: EndpointId, session: number): void;
}

/** What the plan says about all clients. */
export interface ClientSettings {
  readonly count: number;
  /** Further clients, which take no part in a load: only `operate` makes them act. */
  readonly spare: number;
  /** How long a client waits for a reply before it tries again. */
  readonly timeout: Micros;
  /** Attempts after the first; then the outcome is unknown. */
  readonly retries: number;
  /** Operations of one session that may be pending at once; from 1. Default 1. */
  readonly perSession?: number;
  /** Whether a session begins with a `register` request, as the nodes expect it of sessions that expire. Default false. */
  readonly register?: boolean;
  /** Whether all operations are kept until the end, which takes memory without bound. Default false. */
  readonly history?: boolean;
}
