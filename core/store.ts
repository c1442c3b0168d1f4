import type { Command, Reply, Request } from '../sim/protocol.ts';

/** What a session has asked last, and what it was told. Dissertation §6.3. */
interface SessionRecord {
  sequence: number;
  reply: Reply;
  /** What the record adds to the store's hash. */
  hash: number;
}

/** The answer to a request that its session has left behind. */
const OUTDATED: Reply = Object.freeze({ status: 'unknown', value: null, applied: false, leader: -1 });

/** A value, and its hash before scrambling, which an append can go on from. */
interface Value {
  text: string;
  running: number;
}

/**
 * The replicated state machine: a key-value store with client sessions. It is deterministic: the same requests in the
 * same order lead to the same contents, replies and hash everywhere.
 */
export class KeyValueStore {
  /** Digest of the contents, sessions included: equal contents have equal hashes, however they came about. */
  hash = 0;
  private readonly values = new Map<string, Value>();
  private readonly sessions = new Map<number, SessionRecord>();

  lookup(key: string): string | null {
    return this.values.get(key)?.text ?? null;
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  /**
   * What the session was told, if it has already asked this; null otherwise. Only its last answer is kept: what
   * became of an older request is not known any more.
   */
  answered(request: Request): Reply | null {
    const record = this.sessions.get(request.session);
    if (record === undefined || record.sequence < request.sequence) return null;
    return record.sequence === request.sequence ? record.reply : OUTDATED;
  }

  /** Executes a request and remembers the reply. */
  execute(request: Request): Reply {
    const told = this.perform(request.command);
    const { reply } = told;
    const hash = sessionHash(request.session, request.sequence, told.hash);
    const record = this.sessions.get(request.session);
    if (record === undefined) {
      this.sessions.set(request.session, { sequence: request.sequence, reply, hash });
    } else {
      this.hash = (this.hash - record.hash) | 0;
      record.sequence = request.sequence;
      record.reply = reply;
      record.hash = hash;
    }
    this.hash = (this.hash + hash) | 0;
    return reply;
  }

  clone(): KeyValueStore {
    const copy = new KeyValueStore();
    copy.hash = this.hash;
    for (const [key, { text, running }] of this.values) copy.values.set(key, { text, running });
    for (const [session, record] of this.sessions) copy.sessions.set(session, { ...record });
    return copy;
  }

  private perform({ op, key, value, expected }: Command): Told {
    const current = this.values.get(key);
    const before = current === undefined ? null : current.text;
    const running = current === undefined ? 0 : current.running;
    switch (op) {
      case 'get':
        return { reply: ok(before, true), hash: running };
      case 'put':
        return { reply: ok(value, true), hash: this.put(key, current, value, spread(START, value)) };
      case 'append': {
        const after = (before ?? '') + value;
        const hash = this.put(key, current, after, spread(current?.running ?? START, value));
        return { reply: ok(after, true), hash };
      }
      case 'cas': {
        const matches = before === expected;
        if (matches) this.put(key, current, value, spread(START, value));
        return { reply: ok(before, matches), hash: matches ? running : ~running };
      }
      case 'delete':
        if (current !== undefined) {
          this.hash = (this.hash - pairHash(key, running)) | 0;
          this.values.delete(key);
        }
        return { reply: ok(null, true), hash: 0 };
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

/** What an operation tells its session, and a hash of it. */
interface Told {
  readonly reply: Reply;
  readonly hash: number;
}

function ok(value: string | null, applied: boolean): Reply {
  return { status: 'ok', value, applied, leader: -1 };
}

const START = 0x811c9dc5 | 0;
function spread(running: number, text: string): number {
  for (let i = 0; i < text.length; i++) running = Math.imul(running ^ text.charCodeAt(i), 0x01000193);
  return running;
}

function pairHash(key: string, running: number): number {
  return scramble(Math.imul(spread(START, key), 0x9e3779b1) ^ scramble(running));
}

function sessionHash(session: number, sequence: number, told: number): number {
  return scramble(scramble(Math.imul(session, 0x9e3779b1) ^ Math.imul(sequence, 0x85ebca77)) + told);
}

function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
