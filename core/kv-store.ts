import { fnv, FNV_START } from '../sim/base/fnv.ts';
import type { Command, Micros, Reply, Request } from '../sim/protocol.ts';
import type { SnapshotRecord } from './messages.ts';

/** The reply to an executed request, and a digest of it. Reused for the session's next request. */
interface MutableReply {
  sequence: number;
  reply: Reply;
  hash: number;
}

/** A client's session, with the replies to its executed requests. Dissertation §6.3. */
interface Session {
  /** Log time of its last request. */
  active: Micros;
  firstUnanswered: number;
  /** Ascending by sequence number, from `firstUnanswered`. */
  readonly replies: MutableReply[];
}

/** The reply to a request before `firstUnanswered`: its reply is no longer kept. */
const OUTDATED: Reply = Object.freeze({ status: 'unknown', value: null, applied: false, leader: -1 });

/** The reply to a request of a session that is not open: it has expired, or never existed. */
const EXPIRED: Reply = Object.freeze({ status: 'refused', value: null, applied: false, leader: -1 });

/** A value, and its hash before scrambling, which an append continues. */
interface Value {
  text: string;
  running: number;
}

/**
 * The replicated state machine: a key-value store with client sessions. It is deterministic: the same requests in the
 * same order lead to the same contents, replies and hash everywhere.
 */
export class KeyValueStore {
  /** Digest of the contents, sessions included: equal contents have equal hashes, regardless of their history. */
  hash = 0;
  /** The latest log time. */
  time: Micros;
  /** Idle log time after which a session expires; null: sessions need no registration and never expire. */
  private readonly sessionTimeout: Micros | null;
  private replyHash = 0;
  private readonly values = new Map<string, Value>();
  /** With a timeout, in the order of their last activity. */
  private readonly sessions = new Map<number, Session>();

  /** With `records`: the store that `export` described. */
  constructor(sessionTimeout: Micros | null = null, records: readonly SnapshotRecord[] = [], time: Micros = 0) {
    this.sessionTimeout = sessionTimeout;
    this.time = time;
    for (const record of records) {
      if (record.kind === 'value') {
        this.values.set(record.key, { text: record.value, running: fnv(FNV_START, record.value) });
      } else {
        const { active, firstUnanswered, replies } = record;
        this.sessions.set(record.session, {
          active,
          firstUnanswered,
          replies: replies.map((reply) => ({ ...reply })),
        });
      }
    }
    for (const [key, { running }] of this.values) this.hash = (this.hash + pairHash(key, running)) | 0;
    for (const [id, session] of this.sessions) {
      this.hash = (this.hash + this.openHash(id, session)) | 0;
      for (const { hash } of session.replies) this.hash = (this.hash + hash) | 0;
    }
  }

  lookup(key: string): string | null {
    return this.values.get(key)?.text ?? null;
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  /** How many keys and open sessions there are. */
  get counts(): { readonly keys: number; readonly sessions: number } {
    return { keys: this.values.size, sessions: this.sessions.size };
  }

  /** Whether the session is open: it has been used, or registered, and has not expired. */
  isOpen(session: number): boolean {
    return this.sessions.has(session);
  }

  /** Log time advances: sessions that have been idle for too long expire, on every node at the same entry. */
  passTime(time: Micros): void {
    if (time <= this.time) return;
    this.time = time;
    if (this.sessionTimeout === null) return;
    for (const [id, session] of this.sessions) {
      if (session.active + this.sessionTimeout >= time) break;
      this.forget(session, Infinity);
      this.hash = (this.hash - this.openHash(id, session)) | 0;
      this.sessions.delete(id);
    }
  }

  /**
   * The reply to a request that must not be executed: the kept one if it was executed before, `unknown` if its client
   * has seen the reply and it is no longer kept, `refused` if its session is not open. Null if it must be executed.
   */
  cachedReply(request: Request): Reply | null {
    if (request.command.op === 'register') return null;
    const session = this.sessions.get(request.session);
    if (session === undefined) return this.sessionTimeout === null ? null : EXPIRED;
    if (request.sequence < session.firstUnanswered) return OUTDATED;
    for (const { sequence, reply } of session.replies) if (sequence === request.sequence) return reply;
    return null;
  }

  /** Executes the request in the entry at `index`, and keeps the reply. */
  execute(request: Request, index: number): Reply {
    if (request.command.op === 'register') return this.register(index);
    const { session: id, sequence, firstUnanswered } = request;
    const reply = this.perform(request.command);
    const hash = replyDigest(id, sequence, this.replyHash);
    const session = this.sessionOf(id);
    const { replies } = session;
    if (firstUnanswered > session.firstUnanswered) session.firstUnanswered = firstUnanswered;
    if (replies.length === 1 && replies[0]!.sequence < session.firstUnanswered) {
      // Nearly always: the session has one pending request. Its record is reused.
      const last = replies[0]!;
      this.hash = (this.hash - last.hash) | 0;
      last.sequence = sequence;
      last.reply = reply;
      last.hash = hash;
    } else {
      this.forget(session, session.firstUnanswered);
      insert(replies, { sequence, reply, hash });
    }
    this.hash = (this.hash + hash) | 0;
    return reply;
  }

  /** The reply to a get that does not go through the log: the session does not keep it. */
  read(key: string): Reply {
    return ok(this.lookup(key), true);
  }

  /** The contents as records of a snapshot. */
  export(): readonly SnapshotRecord[] {
    const records: SnapshotRecord[] = [];
    for (const [key, { text }] of this.values) {
      records.push(Object.freeze({ kind: 'value', key, value: text, bytes: 16 + key.length + text.length }));
    }
    for (const [session, { active, firstUnanswered, replies }] of this.sessions) {
      let bytes = 24;
      for (const { reply } of replies) bytes += 16 + (reply.value?.length ?? 0);
      const copies = Object.freeze(replies.map((cached) => Object.freeze({ ...cached })));
      records.push(Object.freeze({ kind: 'session', session, active, firstUnanswered, replies: copies, bytes }));
    }
    return Object.freeze(records);
  }

  clone(): KeyValueStore {
    const copy = new KeyValueStore(this.sessionTimeout, this.export(), this.time);
    copy.replyHash = this.replyHash;
    return copy;
  }

  private register(index: number): Reply {
    const session = { active: this.time, firstUnanswered: 1, replies: [] };
    this.sessions.set(index, session);
    this.hash = (this.hash + this.openHash(index, session)) | 0;
    return ok(`${index}`, true);
  }

  /** The session of a request that is executed. Its execution counts as activity of the session. */
  private sessionOf(id: number): Session {
    let session = this.sessions.get(id);
    if (session === undefined) {
      session = { active: this.time, firstUnanswered: 1, replies: [] };
      this.sessions.set(id, session);
      this.hash = (this.hash + this.openHash(id, session)) | 0;
    } else if (this.sessionTimeout !== null) {
      this.hash = (this.hash - this.openHash(id, session)) | 0;
      session.active = this.time;
      this.hash = (this.hash + this.openHash(id, session)) | 0;
      // The session with the latest activity comes last.
      this.sessions.delete(id);
      this.sessions.set(id, session);
    }
    return session;
  }

  /** Drops the replies to requests before `sequence`. */
  private forget(session: Session, sequence: number): void {
    const { replies } = session;
    let count = 0;
    while (count < replies.length && replies[count]!.sequence < sequence) {
      this.hash = (this.hash - replies[count]!.hash) | 0;
      count++;
    }
    if (count === replies.length) replies.length = 0;
    else if (count > 0) replies.splice(0, count);
  }

  /** What an open session adds to the hash besides its replies. */
  private openHash(id: number, { active }: Session): number {
    return this.sessionTimeout === null ? 0 : scramble(Math.imul(id, 0x9e3779b1) ^ scramble(active % 0x7fffffff));
  }

  /** Leaves a digest of the reply in `replyHash`. */
  private perform({ op, key, value, expected }: Command): Reply {
    const current = this.values.get(key);
    const before = current === undefined ? null : current.text;
    const running = current === undefined ? 0 : current.running;
    switch (op) {
      case 'register':
      case 'get':
        this.replyHash = running;
        return ok(before, true);
      case 'put':
        this.replyHash = this.put(key, current, value, fnv(FNV_START, value));
        return ok(value, true);
      case 'append': {
        const after = (before ?? '') + value;
        this.replyHash = this.put(key, current, after, fnv(current?.running ?? FNV_START, value));
        return ok(after, true);
      }
      case 'cas': {
        const matches = before === expected;
        if (matches) this.put(key, current, value, fnv(FNV_START, value));
        this.replyHash = matches ? running : ~running;
        return ok(before, matches);
      }
      case 'delete':
        if (current !== undefined) {
          this.hash = (this.hash - pairHash(key, running)) | 0;
          this.values.delete(key);
        }
        this.replyHash = 0;
        return ok(null, true);
    }
  }

  /** Returns the hash of the new value. */
  private put(key: string, current: Value | undefined, text: string, running: number): number {
    if (current === undefined) {
      this.values.set(key, { text, running });
    } else {
      this.hash = (this.hash - pairHash(key, current.running)) | 0;
      current.text = text;
      current.running = running;
    }
    this.hash = (this.hash + pairHash(key, running)) | 0;
    return running;
  }
}

function ok(value: string | null, applied: boolean): Reply {
  return { status: 'ok', value, applied, leader: -1 };
}

/** Inserts a reply in order of sequence, nearly always at the end. */
function insert(replies: MutableReply[], reply: MutableReply): void {
  let place = replies.length;
  while (place > 0 && replies[place - 1]!.sequence > reply.sequence) place--;
  if (place === replies.length) replies.push(reply);
  else replies.splice(place, 0, reply);
}

function pairHash(key: string, running: number): number {
  return scramble(Math.imul(fnv(FNV_START, key), 0x9e3779b1) ^ scramble(running));
}

function replyDigest(session: number, sequence: number, reply: number): number {
  return scramble(scramble(Math.imul(session, 0x9e3779b1) ^ Math.imul(sequence, 0x85ebca77)) + reply);
}

function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** A number that identifies a request by its session, or client, and sequence number. */
export function keyOf({ client, session, sequence }: Request): number {
  return (session === 0 ? -client - 1 : session) * 67108864 + sequence;
}
