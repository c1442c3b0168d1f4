import type { TraceEvent } from './trace-event.ts';
import type { NodeId, Reply, Request } from './protocol.ts';

/**
 * Watches a run from outside: the simulator calls it at each point where a property could break. It reads states and
 * disks through the simulation and changes nothing.
 */
export interface Observer<M, A = never> {
  /** Whether a property has been broken: what follows may make no sense any more. */
  readonly isBroken: boolean;
  /** The node has just booted (from its disk), for the first time or again. */
  booted(node: NodeId): void;
  crashed(node: NodeId): void;
  /** The node has thrown this instead of taking the event; `crashed` follows. Nothing of the event has left it. */
  panicked(node: NodeId, error: unknown): void;
  /** The disk of a node that is down, or goes down, has lost what it held as durable: it is empty, or as it was before. */
  wiped(node: NodeId): void;
  /** The node has handled an event; its effects have not left it yet. */
  stepped(node: NodeId): void;
  /**
   * The node's state machine has been replaced by that of a snapshot of its state after the entry at `index`. Follows
   * the `stepped` or `booted` of the event it happened in, and goes before what was `applied` on top of it.
   */
  restored(node: NodeId, index: number, stateHash: number): void;
  /** The node has executed the entry at `index`. */
  applied(node: NodeId, index: number, stateHash: number): void;
  /** The message leaves its sender now. */
  sent(from: NodeId, to: NodeId, message: M): void;
  /** A write has become durable. */
  persisted(node: NodeId): void;
  /** The reply leaves the node now. */
  replied(node: NodeId, request: Request, reply: Reply): void;
  /** A timer of the node has been made due at once, from outside. */
  timerForced(node: NodeId): void;
  /** The node is about to handle the message: it has waited in the node's inbox, if that was paused or busy. */
  delivered(from: NodeId, to: NodeId, message: M): void;
  /** The node is about to handle the client's request. */
  requested(node: NodeId, request: Request): void;
  /** The node is about to handle the admin request. */
  adminRequested(node: NodeId, request: A): void;
  /**
   * A client begins an operation. All its attempts carry this same object; what it says of its session is 0 until that
   * is registered, which is before it is first sent. Registrations are no operations.
   */
  invoked(request: Request): void;
  /**
   * An operation is over. `ok`: executed, as `reply` says. `fail`: certainly not executed. `unknown`: its client waits no
   * longer; it may be executed yet. `reply` is the last one that counted, or null.
   */
  completed(request: Request, outcome: 'ok' | 'fail' | 'unknown', reply: Reply | null): void;
}

/** Takes the trace events of a run. */
export interface Recorder {
  /** An event begins, and was caused by that one: every event of the run, in the order of their numbers from 1. */
  begin?(event: number, cause: number): void;
  wants(kind: string): boolean;
  record(event: TraceEvent): void;
}
