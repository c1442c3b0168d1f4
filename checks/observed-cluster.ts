import type { RaftDisk, Snapshot } from '../core/messages.ts';
import type { RaftView } from '../core/view.ts';
import type { Micros, Reply, Request } from '../sim/protocol.ts';
import type { TraceSink } from '../sim/trace-event.ts';
import type { RaftEvents } from './trace-events.ts';

/** The cluster as the checks see it. */
export interface ObservedCluster extends TraceSink<RaftEvents> {
  readonly nodes: number;
  readonly now: Micros;
  readonly event: number;
  /** Null while the node is down. */
  view(node: number): RaftView | null;
  /** What is durable. */
  disk(node: number): RaftDisk;
  nodeName(node: number): string;
  /** What the node's own clock says. */
  localTime(node: number): Micros;
  /** Whether the node is paused, slow, or has events waiting: it may not have noticed yet what time it is. */
  isHeldUp(node: number): boolean;
  mark(name: string): void;
}

/** The state machine that replays the ledger: a pristine instance of the one the nodes run. */
export interface ReferenceMachine {
  readonly hash: number;
  /** Log time after which an idle session expires; null: sessions open by themselves and never expire. */
  readonly sessionTimeout: Micros | null;
  /** Log time goes on, as in the entry that is executed next. */
  passTime(time: Micros): void;
  /** What the request has been told, null if it is to be executed. */
  recordedReply(request: Request): Reply | null;
  /** Executes the request in the entry at `index`. */
  execute(request: Request, index: number): Reply;
  /** The hash of a pristine machine that holds what this snapshot says. */
  digestOf(snapshot: Snapshot): number;
  lookup(key: string): string | null;
  readonly keys: readonly string[];
}
