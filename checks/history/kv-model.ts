import type { Command, Micros, Request } from '../../sim/protocol.ts';
import { SequenceSet } from './sequence-set.ts';

/** The part of a reply that depends on the state. */
export interface ModelReply {
  readonly value: string | null;
  readonly applied: boolean;
}

/** A request that was executed, and its result. */
export interface Executed {
  readonly sequence: number;
  readonly reply: ModelReply;
  readonly index: number;
  /** The last index at which the request is in the ledger again; 0: it is there once. */
  repeatedAt: number;
}

export const EXECUTED = 0;
/** The request had been executed, or its client no longer waited for it, when it was committed again. */
export const REPEATED = 1;
/** Its session was not open. */
export const REJECTED = 2;

export type Outcome = typeof EXECUTED | typeof REPEATED | typeof REJECTED;

/** A client's session. */
class Session {
  active: Micros;
  firstUnanswered = 1;
  /** Ascending by sequence number, from `firstUnanswered`. */
  readonly results: Executed[] = [];
  /** The sequence numbers of all requests that were ever executed. */
  readonly executed = new SequenceSet();

  constructor(active: Micros) {
    this.active = active;
  }

  result(sequence: number): Executed | undefined {
    let place = this.results.length - 1;
    while (place >= 0 && this.results[place]!.sequence > sequence) place--;
    const found = this.results[place];
    return found?.sequence === sequence ? found : undefined;
  }

  remember(executed: Executed, firstUnanswered: number): void {
    const { results } = this;
    this.executed.add(executed.sequence);
    if (firstUnanswered > this.firstUnanswered) {
      this.firstUnanswered = firstUnanswered;
      let count = 0;
      while (count < results.length && results[count]!.sequence < firstUnanswered) count++;
      if (count === results.length) results.length = 0;
      else results.splice(0, count);
    }
    let place = results.length;
    while (place > 0 && results[place - 1]!.sequence > executed.sequence) place--;
    if (place === results.length) results.push(executed);
    else results.splice(place, 0, executed);
  }
}

/**
 * A second, independent implementation of the key-value store and its sessions, as plain as possible. The nodes' own
 * state machine replays the ledger too, for its hashes; replies are checked against this one, so that a bug of the store
 * does not confirm itself. Dissertation §6.3.
 */
export class KvModel {
  /** Sessions that have expired so far. */
  expired = 0;
  private readonly sessionTimeout: Micros | null;
  private time: Micros = 0;
  private readonly values = new Map<string, string>();
  /** With a timeout, in the order of their last activity. */
  private readonly sessions = new Map<number, Session>();

  constructor(sessionTimeout: Micros | null) {
    this.sessionTimeout = sessionTimeout;
  }

  /** The entry at `index`, with this log time, holds this request. */
  execute(request: Request, index: number): Outcome {
    if (request.command.op === 'register') {
      this.sessions.set(index, new Session(this.time));
      return EXECUTED;
    }
    const session = this.open(request.session);
    if (session === null) return REJECTED;
    const before = session.result(request.sequence);
    if (before !== undefined) before.repeatedAt = index;
    if (before !== undefined || request.sequence < session.firstUnanswered) return REPEATED;
    const reply = this.perform(request.command);
    session.remember({ sequence: request.sequence, reply, index, repeatedAt: 0 }, request.firstUnanswered);
    this.touch(request.session, session);
    return EXECUTED;
  }

  /** Log time advances, and idle sessions expire. */
  passTime(time: Micros): void {
    if (time <= this.time) return;
    this.time = time;
    if (this.sessionTimeout === null) return;
    for (const [id, { active }] of this.sessions) {
      if (active + this.sessionTimeout >= time) break;
      this.sessions.delete(id);
      this.expired++;
    }
  }

  /** The result of the request; undefined if it was never executed, null if it has been dropped. */
  reply({ session: id, sequence }: Request): Executed | null | undefined {
    const session = this.sessions.get(id);
    // A session that is not open may have expired, and its results with it.
    if (session === undefined) return this.sessionTimeout === null ? undefined : null;
    return session.result(sequence) ?? (sequence < session.firstUnanswered ? null : undefined);
  }

  /** Whether the session has been used, or registered, and has not expired. */
  isOpen(session: number): boolean {
    return this.sessions.has(session);
  }

  /** Whether the request was executed; false, too, if its session has expired. */
  hasExecuted({ session, sequence }: Request): boolean {
    return this.sessions.get(session)?.executed.has(sequence) ?? false;
  }

  private open(id: number): Session | null {
    let session = this.sessions.get(id);
    if (session !== undefined) return session;
    if (this.sessionTimeout !== null) return null;
    session = new Session(this.time);
    this.sessions.set(id, session);
    return session;
  }

  private touch(id: number, session: Session): void {
    session.active = this.time;
    if (this.sessionTimeout === null) return;
    // The session that was active last comes last.
    this.sessions.delete(id);
    this.sessions.set(id, session);
  }

  private perform({ op, key, value, expected }: Command): ModelReply {
    const held = this.values.get(key) ?? null;
    switch (op) {
      case 'register':
      case 'get':
        return { value: held, applied: true };
      case 'put':
        return this.hold(key, value);
      case 'append':
        return this.hold(key, (held ?? '') + value);
      case 'delete':
        this.values.delete(key);
        return { value: null, applied: true };
      case 'cas':
        if (held === expected) this.values.set(key, value);
        return { value: held, applied: held === expected };
    }
  }

  private hold(key: string, value: string): ModelReply {
    this.values.set(key, value);
    return { value, applied: true };
  }
}
