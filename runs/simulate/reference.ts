import type { ReferenceMachine } from '../../checks/observed-cluster.ts';
import type { Snapshot } from '../../core/messages.ts';
import { KeyValueStore } from '../../core/kv-store.ts';
import type { Command, Micros, Reply, Request } from '../../sim/protocol.ts';
import { Sizes } from './sizes.ts';

/** Bytes of memory of a key, a session, and a link of the chain that a string is after appends. */
const KEY_FOOTPRINT = 150;
const SESSION_FOOTPRINT = 250;
const APPEND_FOOTPRINT = 32;

/** Shorter replies are part of the footprint of their session. */
const LONG_REPLY = 100;

/** A pristine instance of the state machine that the nodes run, for the checks to replay the committed log. */
export class Reference implements ReferenceMachine {
  readonly sessionTimeout: Micros | null;
  private readonly store: KeyValueStore;
  /** By key: memory of a value that appends have made, so that each state machine has its own. Others are shared. */
  private readonly appended = new Sizes<string>();
  /** By session: length of its last reply, where it is long. */
  private readonly replies = new Sizes<number>();

  /** @param sessionTimeout that of the nodes; null: sessions do not expire */
  constructor(sessionTimeout: Micros | null) {
    this.sessionTimeout = sessionTimeout;
    this.store = new KeyValueStore(sessionTimeout);
  }

  get hash(): number {
    return this.store.hash;
  }

  get keys(): readonly string[] {
    return this.store.keys;
  }

  lookup(key: string): string | null {
    return this.store.lookup(key);
  }

  passTime(time: Micros): void {
    this.store.passTime(time);
  }

  recordedReply(request: Request): Reply | null {
    return this.store.cachedReply(request);
  }

  execute(request: Request, index: number): Reply {
    const reply = this.store.execute(request, index);
    this.noteValue(request.command, reply);
    this.noteReply(request.session, reply);
    return reply;
  }

  /** Bytes of memory of a state machine with these contents, estimated. */
  footprint(repliesPerSession: number): number {
    const { keys, sessions } = this.store.counts;
    const texts = this.appended.sum + this.replies.sum * repliesPerSession;
    return keys * KEY_FOOTPRINT + sessions * SESSION_FOOTPRINT * repliesPerSession + texts;
  }

  private noteValue({ op, key, value }: Command, reply: Reply): void {
    if (op === 'append') {
      const before = this.appended.get(key);
      const grown = before === 0 ? (reply.value?.length ?? 0) : before + value.length;
      this.appended.set(key, grown + APPEND_FOOTPRINT);
    } else if (op === 'put' || op === 'delete' || (op === 'cas' && reply.applied)) {
      this.appended.delete(key);
    }
  }

  private noteReply(session: number, { value }: Reply): void {
    const { replies, store } = this;
    if (value === null || value.length < LONG_REPLY) {
      replies.delete(session);
      return;
    }
    replies.set(session, value.length);
    if (replies.count > 2 * store.counts.sessions) replies.keepOnly((one) => store.isOpen(one));
  }

  digestOf({ records, time }: Snapshot): number {
    return new KeyValueStore(this.sessionTimeout, records, time).hash;
  }
}
