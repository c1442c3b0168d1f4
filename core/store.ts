import type { Command, Reply, Request } from '../sim/protocol.ts';

/** What a session has asked last, and what it was told. Dissertation §6.3. */
interface SessionRecord {
  sequence: number;
  reply: Reply;
}

/**
 * The replicated state machine: a key-value store with client sessions. It is deterministic: the same requests in the
 * same order lead to the same contents, replies and hash everywhere.
 */
export class KeyValueStore {
  /** Digest of the contents, sessions included: equal contents have equal hashes, however they came about. */
  hash = 0;
  private readonly values = new Map<string, string>();
  private readonly sessions = new Map<number, SessionRecord>();

  lookup(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  /** What the session was told, if it has already asked this; null otherwise. */
  answered(request: Request): Reply | null {
    const record = this.sessions.get(request.session);
    return record !== undefined && record.sequence >= request.sequence ? record.reply : null;
  }

  /** Executes a request and remembers the reply. */
  execute(request: Request): Reply {
    const reply = this.perform(request.command);
    const record = this.sessions.get(request.session);
    if (record === undefined) {
      this.sessions.set(request.session, { sequence: request.sequence, reply });
    } else {
      this.hash = (this.hash - sessionHash(request.session, record.sequence)) | 0;
      record.sequence = request.sequence;
      record.reply = reply;
    }
    this.hash = (this.hash + sessionHash(request.session, request.sequence)) | 0;
    return reply;
  }

  clone(): KeyValueStore {
    const copy = new KeyValueStore();
    copy.hash = this.hash;
    for (const [key, value] of this.values) copy.values.set(key, value);
    for (const [session, { sequence, reply }] of this.sessions) copy.sessions.set(session, { sequence, reply });
    return copy;
  }

  private perform({ op, key, value, expected }: Command): Reply {
    const before = this.values.get(key);
    switch (op) {
      case 'get':
        return ok(before ?? null, true);
      case 'put':
        this.put(key, before, value);
        return ok(value, true);
      case 'append': {
        const after = (before ?? '') + value;
        this.put(key, before, after);
        return ok(after, true);
      }
      case 'cas': {
        const matches = (before ?? null) === expected;
        if (matches) this.put(key, before, value);
        return ok(before ?? null, matches);
      }
      case 'delete':
        if (before !== undefined) {
          this.hash = (this.hash - pairHash(key, before)) | 0;
          this.values.delete(key);
        }
        return ok(null, true);
    }
  }

  private put(key: string, before: string | undefined, after: string): void {
    if (before !== undefined) this.hash = (this.hash - pairHash(key, before)) | 0;
    this.values.set(key, after);
    this.hash = (this.hash + pairHash(key, after)) | 0;
  }
}

function ok(value: string | null, applied: boolean): Reply {
  return { status: 'ok', value, applied, leader: -1 };
}

function pairHash(key: string, value: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ 0x10000, 0x01000193);
  for (let i = 0; i < value.length; i++) h = Math.imul(h ^ value.charCodeAt(i), 0x01000193);
  return scramble(h);
}

function sessionHash(session: number, sequence: number): number {
  return scramble(Math.imul(session, 0x9e3779b1) ^ Math.imul(sequence, 0x85ebca77));
}

function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
