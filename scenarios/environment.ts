import type { Distribution } from '../sim/base/distribution.ts';
import type { TraceEvent } from '../sim/trace-event.ts';
import type { AdminRequest } from '../core/admin-request.ts';
import type { KeyOp, EndpointId, Micros, NodeId, Random, Reply, TimerId } from '../sim/protocol.ts';
import type { CrashDisk, LinkPlan, LoadPlan } from './scenario.ts';

/** A pre-candidate is a candidate here. */
export type Role = 'follower' | 'candidate' | 'leader';

/** A configuration as a node has it in force. */
export interface Members {
  readonly voters: readonly NodeId[];
  /** Not empty: joint. */
  readonly outgoing: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Index of its entry; 0: the one the cluster began with. */
  readonly index: number;
  /** Whether the node knows it to be committed. */
  readonly committed: boolean;
}

/**
 * What a running script sees of the cluster, and what it can do to it. The composition in `runs` implements it over
 * the simulator and the checks; the interpreter knows nothing else.
 *
 * Every disturbance takes the step's path (`script[2]`), and is entered in the run's list of faults with it.
 */
export interface Environment {
  readonly now: Micros;
  readonly nodes: number;
  readonly clients: number;
  nodeName(node: NodeId): string;
  endpointName(endpoint: EndpointId): string;
  /** The stream for one purpose, always the same one for the same words. */
  random(...purpose: (string | number)[]): Random;
  sample(distribution: Distribution, random: Random): Micros;
  /** Asks for `ScriptRunner.advance` to be called at this time. */
  wakeAt(at: Micros): void;

  /** Increases whenever something a condition may ask about has changed, and when an operation is completed. */
  readonly revision: number;
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** Of a node that is down: follower. */
  role(node: NodeId): Role;
  term(node: NodeId): number;
  commitIndex(node: NodeId): number;
  lastApplied(node: NodeId): number;
  lastIndex(node: NodeId): number;
  /** Entries the log holds: those compacted away are not counted. */
  logLength(node: NodeId): number;
  /** Of the node's newest snapshot; 0 if it has none. */
  snapshotIndex(node: NodeId): number;
  /** In force on the node; of one that is down, what its disk says. */
  members(node: NodeId): Members;
  /** The node this leader is handing over to, or null. */
  transferee(node: NodeId): NodeId | null;
  /** What the node's state machine holds, or null. */
  value(node: NodeId, key: string): string | null;
  /** Whether the logs of all running nodes are equal, committed and applied to the end, under one leader. */
  converged(): boolean;
  /** Whether messages from one endpoint can reach the other (no cut, both ends running). */
  reaches(from: EndpointId, to: EndpointId): boolean;
  markCount(name: string): number;
  /** Messages between nodes that left their senders since `resetCount`; null type: all. */
  sentCount(type: string | null): number;
  sentBytes(type: string | null): number;
  resetCount(): void;

  fireTimer(node: NodeId, timer: TimerId): void;
  /** Gives an order to a node that is up. Why it declines, or null if it does not. */
  admin(node: NodeId, admin: AdminRequest, path: string): string | null;
  crash(node: NodeId, disk: CrashDisk | null, path: string): void;
  restart(node: NodeId): void;
  pause(node: NodeId, path: string): void;
  resume(node: NodeId): void;
  wipe(node: NodeId, path: string): void;
  /** Null: back to the plan. */
  setService(node: NodeId, service: Distribution | null, path: string): void;
  /** Null: back to the plan. */
  setApply(node: NodeId, apply: Distribution | null, path: string): void;
  /** Cuts directed links; all pairs of one call are one fault. */
  cut(
    links: readonly (readonly [EndpointId, EndpointId])[],
    inFlight: 'keep' | 'drop' | null,
    kind: string,
    path: string,
  ): void;
  heal(links: readonly (readonly [EndpointId, EndpointId])[] | 'all'): void;
  clog(links: readonly (readonly [EndpointId, EndpointId])[], path: string): void;
  release(links: readonly (readonly [EndpointId, EndpointId])[] | 'all', admin: 'fifo' | 'shuffled'): void;
  /** Null links: all links, clients' included. */
  weather(
    links: readonly (readonly [EndpointId, EndpointId])[] | null,
    plan: Partial<LinkPlan> | 'reset',
    path: string,
  ): void;
  stallDisk(node: NodeId, span: Micros, path: string): void;
  setFsync(node: NodeId, fsync: Distribution | 'reset', path: string): void;
  setClock(
    node: NodeId,
    change: { offset: Micros | null; drift: number | null; jump: Micros | null },
    path: string,
  ): void;

  /** Whether the client has no operation under way. */
  isIdle(client: number): boolean;
  /**
   * Starts an operation and returns its number. `to`: the node asked, and no other; null: as the client pleases.
   * Several at once are queued.
   */
  operate(
    client: number,
    operation: { op: KeyOp; key: string; value: string; expected: string | null },
    to: NodeId | null,
  ): number;
  /** Null while it is under way. */
  outcome(operation: number): { readonly status: 'ok' | 'fail' | 'unknown'; readonly reply: Reply | null } | null;
  startLoad(load: LoadPlan | null): void;
  stopLoad(): void;
  /** Notes a step that began, for the trace. */
  note(path: string, text: string): void;
}

/** Why a script stopped short. */
export interface ScriptFailure {
  readonly path: string;
  readonly line: number;
  /** What was expected, and what was there instead. */
  readonly message: string;
}

/** The running script of one run. */
export interface ScriptRunner {
  /** Does everything that is due at this instant. Called at the start, at `wakeAt` times, and after events. */
  advance(): void;
  /** Whether observations of this kind are wanted at all; may change while the script runs. */
  wants(kind: string): boolean;
  /** A wanted observation. What it triggers is done by the next `advance`, which comes before the next event. */
  observe(observation: TraceEvent): void;
  /** Whether `advance` must be called after the event just done. */
  readonly pending: boolean;
  /** Both script and timeline are over. */
  readonly done: boolean;
  /** Why the script stopped short; null while it has not. */
  readonly failure: ScriptFailure | null;
}
