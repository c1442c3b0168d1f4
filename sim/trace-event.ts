import type { EndpointId, Micros } from './protocol.ts';

/**
 * Something that happened, as traces show it and `on:` steps wait for it. One simulator event can lead to several
 * observations; they share its `event` number.
 *
 * Kinds the simulator makes: `sent` (left the sender), `held` (waits for a write), `dropped`, `duplicated`, `delivered`,
 * `timer`, `writing`, `persisted`, `invoked` (a client operation), `completed`, `retried`, `crashed`, `restarted`,
 * `paused`, `resumed`, `fault` (any other scripted disturbance, and its end), `order` (the operator asks something of a
 * node), `declined` (the node says why it does not do it), `restored` (a snapshot replaced a state machine), `registered`
 * (a client's session), `mark` (a situation has come about; observers add marks of theirs). Traces also have `step`: a step of the script begins.
 * Kinds the Raft observer adds: `term-raised`, `candidate`, `vote-granted`, `vote-denied`, `elected`, `stepped-down`,
 * `appended`, `truncated`, `committed`, `applied` and others.
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
  /** Further facts by name, such as `type`, `term`, `index`, `reason`, `timer`, `count`. */
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** The whole in words, stable: what a trace prints. */
  readonly text: string;
}
