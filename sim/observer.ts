import type { Observation } from './observation.ts';
import type { NodeId, Reply, Request } from './protocol.ts';

/**
 * Watches a run from outside: the simulator calls it at each point where a property could break. It reads states and
 * disks through the world and changes nothing.
 */
export interface Observer<M> {
  /** Whether a property has been broken: what follows may make no sense any more. */
  readonly isBroken: boolean;
  /** The node has just booted (from its disk), for the first time or again. */
  booted(node: NodeId): void;
  crashed(node: NodeId): void;
  /** The disk of a node that is down has been emptied. */
  wiped(node: NodeId): void;
  /** The node has handled an event; its effects have not left it yet. */
  stepped(node: NodeId): void;
  /** The node has executed the entry at `index`. */
  applied(node: NodeId, index: number, stateHash: number): void;
  /** The message leaves its sender now. */
  sent(from: NodeId, to: NodeId, message: M): void;
  /** A write has become durable. */
  persisted(node: NodeId): void;
  /** The reply leaves the node now. */
  replied(node: NodeId, request: Request, reply: Reply): void;
}

/** Takes the observations of a run that are worth a line in a trace. */
export interface Recorder {
  wants(kind: string): boolean;
  record(observation: Observation): void;
}
