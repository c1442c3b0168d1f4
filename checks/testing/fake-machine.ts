import { NONE, type Snapshot, type SnapshotRecord } from '../../core/messages.ts';
import type { Micros, Reply, Request } from '../../sim/protocol.ts';
import type { ReferenceMachine } from '../observed-cluster.ts';

export function ok(value: string | null): Reply {
  return { status: 'ok', value, applied: true, leader: NONE };
}

const OUTDATED: Reply = { ...ok(null), status: 'unknown', applied: false };
const EXPIRED: Reply = { ...ok(null), status: 'refused', applied: false };

interface FakeSession {
  active: Micros;
  firstUnanswered: number;
  replies: [number, Reply][];
}

/** All that a `FakeMachine` is. */
interface Contents {
  readonly hash: number;
  readonly time: Micros;
  readonly values: [string, string][];
  readonly sessions: [number, FakeSession][];
}

/** A state machine of a few lines; its hash is a digest of all that was executed. Knows put, append, get and delete. */
export class FakeMachine implements ReferenceMachine {
  hash = 0;
  time: Micros = 0;
  readonly sessionTimeout: Micros | null;
  private readonly values: Map<string, string>;
  private readonly sessions: Map<number, FakeSession>;

  /** With records: the machine that `export` described. */
  constructor(sessionTimeout: Micros | null = null, records: readonly SnapshotRecord[] = []) {
    this.sessionTimeout = sessionTimeout;
    const [first] = records;
    const contents: Partial<Contents> = first?.kind === 'value' ? (JSON.parse(first.value) as Contents) : {};
    this.hash = contents.hash ?? 0;
    this.time = contents.time ?? 0;
    this.values = new Map(contents.values);
    this.sessions = new Map(contents.sessions);
  }

  export(): readonly SnapshotRecord[] {
    if (this.hash === 0 && this.time === 0) return [];
    const { hash, time, values, sessions } = this;
    const contents: Contents = { hash, time, values: [...values], sessions: [...sessions] };
    return [{ kind: 'value', key: '(everything)', value: JSON.stringify(contents), bytes: 100 }];
  }

  digestOf({ records }: Snapshot): number {
    return new FakeMachine(this.sessionTimeout, records).hash;
  }

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  lookup(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  passTime(time: Micros): void {
    this.time = Math.max(this.time, time);
    if (this.sessionTimeout === null) return;
    for (const [id, { active }] of this.sessions) {
      if (active + this.sessionTimeout >= this.time) continue;
      this.sessions.delete(id);
      this.mixIn(`${id} expired;`);
    }
  }

  recordedReply({ session: id, sequence, command }: Request): Reply | null {
    if (command.op === 'register') return null;
    const session = this.sessions.get(id);
    if (session === undefined) return this.sessionTimeout === null ? null : EXPIRED;
    if (sequence < session.firstUnanswered) return OUTDATED;
    return session.replies.find(([one]) => one === sequence)?.[1] ?? null;
  }

  execute({ session, sequence, firstUnanswered, command: { op, key, value } }: Request, index: number): Reply {
    if (op === 'register') {
      this.sessions.set(index, { active: this.time, firstUnanswered: 1, replies: [] });
      this.mixIn(`${index} opened;`);
      return ok(`${index}`);
    }
    const before = this.lookup(key);
    const after = op === 'get' ? before : op === 'delete' ? null : op === 'append' ? (before ?? '') + value : value;
    if (after === null) this.values.delete(key);
    else this.values.set(key, after);
    this.mixIn(`${session}.${sequence} ${key}=${after ?? ''};`);
    const reply = ok(after);
    const { replies } = this.sessions.get(session) ?? { replies: [] };
    this.sessions.set(session, {
      active: this.time,
      firstUnanswered,
      replies: [...replies.filter(([one]) => one >= firstUnanswered), [sequence, reply]],
    });
    return reply;
  }

  private mixIn(text: string): void {
    for (const letter of text) this.hash = (Math.imul(this.hash, 31) + letter.charCodeAt(0)) | 0;
  }
}
