import type { AdminRequest } from '../core/admin-request.ts';
import type { Distribution } from '../sim/base/distribution.ts';
import type { OperationSelection, OperationStatus, ReadSelection, ReadValues } from '../sim/clients/operation-tally.ts';
import type { Load } from '../sim/clients/workload.ts';
import type { Origin } from '../sim/faults/fault-log.ts';
import type { FaultControls } from '../sim/faults/injector.ts';
import type { EndpointId, KeyOp, Micros, NodeId, Random, Reply } from '../sim/protocol.ts';
import type { TraceEvent } from '../sim/trace-event.ts';
import type { VersionChange } from './actions/upgrade.ts';

export type { Origin } from '../sim/faults/fault-log.ts';
export type { FaultControls } from '../sim/faults/injector.ts';

/** A pre-candidate is a candidate here. */
export type Role = 'follower' | 'candidate' | 'leader';

/** A configuration as a node uses it. */
export interface Members {
  readonly voters: readonly NodeId[];
  /** The voters of the old configuration while the configuration is joint; otherwise empty. */
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Index of its log entry; 0: the configuration the cluster began with. */
  readonly index: number;
  /** Whether the node knows that it is committed. */
  readonly committed: boolean;
}

/** What conditions and selectors read of the cluster. Reading changes nothing. */
export interface ClusterView {
  readonly now: Micros;
  readonly nodes: number;
  /** All of them, ascending: conditions look at them too often to make a list each time. */
  readonly everyNode: readonly NodeId[];
  nodeName(node: NodeId): string;
  endpointName(endpoint: EndpointId): string;
  /** Increases whenever something that a condition reads has changed, and when an operation completes. */
  readonly revision: number;
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** A node that is down counts as a follower. */
  role(node: NodeId): Role;
  term(node: NodeId): number;
  commitIndex(node: NodeId): number;
  lastApplied(node: NodeId): number;
  lastIndex(node: NodeId): number;
  /** Number of entries in the log; compacted entries are not counted. */
  logLength(node: NodeId): number;
  /** Index of the node's newest snapshot; 0 if it has none. */
  snapshotIndex(node: NodeId): number;
  /** The configuration the node uses; for a node that is down, the one on its disk. */
  members(node: NodeId): Members;
  /** The target of the leadership transfer that this leader has in progress, or null. */
  transferee(node: NodeId): NodeId | null;
  /** The value in the node's state machine, or null. */
  value(node: NodeId, key: string): string | null;
  /** Whether the logs of all running nodes are equal, committed and applied to the end, under one leader. */
  converged(): boolean;
  /** Whether messages from one endpoint can reach the other: both run, and the link is not cut. */
  reaches(from: EndpointId, to: EndpointId): boolean;
  markCount(name: string): number;
  /** Whether clients issue operations by themselves. */
  readonly isLoaded: boolean;
  /** Messages that nodes sent to nodes since `resetCounters`; null type: all. */
  sentCount(type: string | null): number;
  /** Bytes of those messages. */
  sentBytes(type: string | null): number;
  /** Operations of the clients that scripts can use, since `resetCounters`; of a selection that the scenario makes. */
  operationCount(selection: OperationSelection, status: OperationStatus): number;
  /** What their reads returned, since then; of a selection that the scenario makes. */
  readValues(selection: ReadSelection): ReadValues;
}

/** An operation on one key, as a step describes it. */
export interface OperationRequest {
  readonly op: KeyOp;
  readonly key: string;
  readonly value: string;
  readonly expected: string | null;
}

/** What became of an operation. */
export interface OperationOutcome {
  readonly status: 'ok' | 'fail' | 'unknown';
  readonly reply: Reply | null;
}

/** The clients a script can use; numbered from 0. */
export interface ClientControls {
  readonly count: number;
  /** The first client that has nothing to do; null: all are busy. */
  firstIdle(): number | null;
  /**
   * Starts an operation and returns its number. `to`: the only node to send it to; null: the client chooses, and
   * follows redirects. Operations of one client that start at once are queued.
   */
  operate(client: number, operation: OperationRequest, to: NodeId | null, origin: Origin): number;
  /** Null while the operation is pending. */
  outcome(operation: number): OperationOutcome | null;
  /** Null: the load of the plan. */
  startLoad(load: Load | null, origin: Origin): void;
  stopLoad(origin: Origin): void;
}

/**
 * The port through which a running script reads the cluster and acts on it. The composition in `runs` implements it
 * over the simulator and the checks; the interpreter knows nothing else.
 *
 * Every call that acts takes an `Origin`: the step's path (`script[2]`), under which faults are reported, and the
 * number of the event that is the cause of what the call does.
 */
export interface Environment extends ClusterView {
  readonly faults: FaultControls;
  readonly clients: ClientControls;
  /** Submits a request to a node that is up. Returns why the node rejects it, or null if it accepts it. */
  admin(node: NodeId, request: AdminRequest, origin: Origin): string | null;
  /** Has the node run another version from its next boot on. Returns false if that is what it would run anyway. */
  upgrade(node: NodeId, change: VersionChange, origin: Origin): boolean;
  /** Sets the counters of sent messages and of operations to zero. */
  resetCounters(): void;

  /** Number of the last event, from 0. */
  readonly event: number;
  /**
   * Numbers the beginning of a step, or its continuation after a wait, as an event, and returns the number.
   *
   * @param cause number of the event that caused the step to begin; 0: the start of the run
   */
  step(path: string, text: string, cause: number): number;
  /** The random stream for one purpose: the same words give the same stream. */
  random(...purpose: (string | number)[]): Random;
  sample(distribution: Distribution, random: Random): Micros;
  /** Has `ScriptRunner.advance` called at this time. */
  wakeAt(at: Micros): void;
}

/** Why a script stopped early. */
export interface ScriptFailure {
  readonly path: string;
  readonly line: number;
  /** What was expected, and what was found instead. */
  readonly message: string;
}

/** The running script of one run. */
export interface ScriptRunner {
  /**
   * Executes what is due at this instant. Called at the start, at `wakeAt` times, and after events.
   *
   * @returns whether that is all; if not, it has paused after some steps so that the caller can look at limits, and must
   *   be called again before the next event
   */
  advance(): boolean;
  /**
   * Steps executed so far. Where more than ten steps wait, or are armed for an event, ten looks of the others count as one
   * step.
   */
  readonly steps: number;
  /** Whether the script waits for trace events of this kind; may change while the script runs. */
  wants(kind: string): boolean;
  /** Takes a trace event the script waits for. The next `advance`, which comes before the next event, does what it triggers. */
  observe(event: TraceEvent): void;
  /** Whether `advance` must be called after the event just done. */
  readonly pending: boolean;
  /** Whether both script and timeline have ended. */
  readonly done: boolean;
  /** Why the script stopped early; null while it has not. */
  readonly failure: ScriptFailure | null;
}
