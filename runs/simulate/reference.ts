import type { ReferenceMachine } from '../../checks/observed-cluster.ts';
import type { Snapshot } from '../../core/messages.ts';
import { KeyValueStore } from '../../core/kv-store.ts';
import type { Micros, Reply, Request } from '../../sim/protocol.ts';

/** A pristine instance of the state machine that the nodes run, for the checks to replay the committed log. */
export class Reference implements ReferenceMachine {
  readonly sessionTimeout: Micros | null;
  private readonly store: KeyValueStore;

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
    return this.store.execute(request, index);
  }

  digestOf({ records, time }: Snapshot): number {
    return new KeyValueStore(this.sessionTimeout, records, time).hash;
  }
}
