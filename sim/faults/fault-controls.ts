import type { ClockChange, Links } from '../world.ts';
import type { CrashDisk } from '../disk.ts';
import type { Distribution } from '../base/distribution.ts';
import type { LinkConditions } from '../network.ts';
import type { Micros, NodeId, TimerId } from '../protocol.ts';

/** What has a fault injected: a step of the script, and the trace event with which that step began or went on. */
export interface Origin {
  /** Such as `script[2]`. */
  readonly path: string;
  /** Number of an event that has happened: the cause of what is done. */
  readonly event: number;
}

/**
 * Everything that can be done to a cluster from outside, besides what clients and administrators ask. Each call is an
 * event of its own, caused by its origin. `reset` goes back to what the plan says.
 */
export interface FaultControls {
  /** The timer is due at once. */
  fireTimer(node: NodeId, timer: TimerId, origin: Origin): void;
  /** Null: the disk loses what the plan says. */
  crash(node: NodeId, disk: CrashDisk | null, origin: Origin): void;
  /** Boots a node that is down, from what its disk holds. */
  restart(node: NodeId, origin: Origin): void;
  pause(node: NodeId, origin: Origin): void;
  resume(node: NodeId, origin: Origin): void;
  /** Takes the node down and leaves it an empty disk. */
  wipe(node: NodeId, origin: Origin): void;
  setService(node: NodeId, service: Distribution | 'reset', origin: Origin): void;
  setApply(node: NodeId, apply: Distribution | 'reset', origin: Origin): void;
  /** Cuts directed links; all of one call are one fault. Null: messages in flight are kept or dropped as the plan says. */
  cut(links: Links, inFlight: 'keep' | 'drop' | null, kind: CutKind, origin: Origin): void;
  heal(links: Links | 'all', origin: Origin): void;
  clog(links: Links, origin: Origin): void;
  release(links: Links | 'all', order: 'fifo' | 'shuffled', origin: Origin): void;
  setLinks(links: Links | 'all', change: Partial<LinkConditions> | 'reset', origin: Origin): void;
  /** Writes issued from now on start only after `span`. */
  stallDisk(node: NodeId, span: Micros, origin: Origin): void;
  setFsync(node: NodeId, fsync: Distribution | 'reset', origin: Origin): void;
  setClock(node: NodeId, change: ClockChange, origin: Origin): void;
}

/** What a set of cuts is called. */
export type CutKind = 'partition' | 'isolate' | 'bridge' | 'ring' | 'cut';
