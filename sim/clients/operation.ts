import type { Micros, NodeId, Reply, ReplyStatus, Request } from '../protocol.ts';

/**
 * ok: executed once, with the recorded reply. fail: certainly not executed. unknown: may have been executed, or may
 * yet be. pending: not over.
 */
export type Outcome = 'pending' | 'ok' | 'fail' | 'unknown';

/** One operation of a client, from its invocation to its completion: a line of the history. */
export interface Operation {
  /** From 1, in the order in which operations were started, over all clients. */
  readonly id: number;
  /** Index of the client, from 0. */
  readonly client: number;
  /** Its session is 0 until that has been registered; it is frozen before it is sent. */
  readonly request: Request;
  readonly invokedAt: Micros;
  /** −1 while pending. */
  completedAt: Micros;
  outcome: Outcome;
  reply: Reply | null;
  /** What the last reply that arrived said, whether it counted or not, and who sent it; null and −1: none has arrived. */
  lastStatus: ReplyStatus | null;
  lastFrom: NodeId;
}
