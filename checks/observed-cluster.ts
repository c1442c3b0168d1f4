import type { RaftDisk, Snapshot } from '../core/messages.ts';
import type { RaftView } from '../core/view.ts';
import type { Micros, Reply, Request } from '../sim/protocol.ts';
import type { TraceSink } from '../sim/trace-event.ts';
import type { RaftEvents } from './trace-events.ts';

/** The cluster as the checks observe it. Node numbers are 0 to `nodes` − 1. */
export interface ObservedCluster extends TraceSink<RaftEvents> {
  readonly nodes: number;
  readonly now: Micros;
  readonly event: number;
  /** Null while the node is down. */
  view(node: number): RaftView | null;
  /** What is durable. */
  disk(node: number): RaftDisk;
  nodeName(node: number): string;
  /** What the node's own clock says: the monotonic one, by which its timers go. */
  localTime(node: number): Micros;
  /** Whether the node is paused, slow, or has pending events: it may not have read its clock for a while. */
  isHeldUp(node: number): boolean;
  /** How often the node's clock has been adjusted: its timers may have moved with it. */
  clockAdjustments(node: number): number;
  /** Whether the node's clock reads less than it has read before, since the node booted. */
  isClockBehind(node: number): boolean;
  /** Increases whenever a fault begins or ends: the following may have changed then. */
  readonly faultRevision: number;
  /** Whether the node is up and not paused. */
  isActive(node: number): boolean;
  /** How long an active node takes at most to apply; Infinity: its clock is wrong, or events keep it busy. */
  processDelay(node: number): Micros;
  /** How long a write of the node takes at most; Infinity: its disk is stalled. */
  fsyncDelay(node: number): Micros;
  /** Whether nothing gets through from one node to the other. */
  isBlocked(from: number, to: number): boolean;
  /** How long a message takes at most; Infinity: it may be lost, or has to wait for others. */
  linkDelay(from: number, to: number): Micros;
  /** Records that a situation occurred: an id of `marks.ts`. */
  mark(name: string): void;
}

/** The state machine that replays the ledger: a separate instance of the one the nodes run. */
export interface ReferenceMachine {
  readonly hash: number;
  /** Log time after which an idle session expires; null: sessions open by themselves and never expire. */
  readonly sessionTimeout: Micros | null;
  /** Log time advances to the time of the entry that is executed next. */
  passTime(time: Micros): void;
  /** The reply recorded for the request; null if the request is to be executed. */
  recordedReply(request: Request): Reply | null;
  /** Executes the request in the entry at `index`. */
  execute(request: Request, index: number): Reply;
  /** The hash of a machine restored from this snapshot. */
  digestOf(snapshot: Snapshot): number;
  lookup(key: string): string | null;
  readonly keys: readonly string[];
}
