import type { Distribution } from '../sim/base/distribution.ts';
import type { MemberChange } from '../core/admin-request.ts';
import type { KeyOp, Micros, NodeId } from '../sim/protocol.ts';

/**
 * A scenario in the form that runs: durations in microseconds, names resolved to indices, every default filled in.
 * The loader makes it from YAML; nothing else needs to know how a scenario is spelled.
 */
export interface Scenario {
  readonly name: string;
  /** Path of the file it came from, as given; null for a scenario given as text. */
  readonly file: string | null;
  readonly about: string | null;
  readonly source: string | null;
  readonly tags: readonly string[];
  /** The seed used when none is given on the command line. */
  readonly seed: string;
  readonly cluster: ClusterPlan;
  readonly network: NetworkPlan;
  /** One plan per node. */
  readonly disks: readonly DiskPlan[];
  readonly clocks: readonly ClockPlan[];
  readonly processes: readonly ProcessPlan[];
  readonly clients: ClientsPlan;
  readonly script: readonly Step[];
  readonly timeline: readonly Step[];
  /** How long the healed cluster may take to show that it is alive; null: not asked. */
  readonly settle: { readonly within: Micros } | null;
  readonly expect: Expectations;
  readonly limits: { readonly time: Micros; readonly events: number };
  /** What a repro file promises about its run; null in other scenarios. */
  readonly repro: Repro | null;
}

export interface ClusterPlan {
  /** The nodes' names; a node's index is its place here. */
  readonly nodes: readonly string[];
  /** Indices of the members the cluster begins with; nodes in neither list run, and belong to it only when added. */
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** Options of the Raft core, checked by the loader; those left out have the core's defaults. */
  readonly raft: RaftPlan;
  /** Id of a known bug to run with, or null. */
  readonly mutant: string | null;
  /** What is on the disks of nodes that do not start from nothing, by node. */
  readonly disks: ReadonlyMap<NodeId, InitialDisk>;
}

/** Structurally the options of `core`, all optional. */
export interface RaftPlan {
  readonly electionTimeout?: readonly [Micros, Micros];
  readonly heartbeatInterval?: Micros;
  readonly noop?: boolean;
  readonly preVote?: boolean;
  readonly checkQuorum?: boolean;
  readonly maxEntriesPerAppend?: number;
  readonly maxBytesPerAppend?: number | null;
  readonly maxInflight?: number;
  readonly maxInflightBytes?: number | null;
  readonly maxUncommittedBytes?: number | null;
  readonly snapshotEvery?: number | null;
  readonly snapshotBytes?: number | null;
  readonly snapshotTrailing?: number | null;
  readonly snapshotChunk?: number;
  readonly reads?: 'log' | 'readIndex' | 'lease';
  readonly readsAtFollowers?: boolean;
  /** A fraction: 0.01 is 10,000 ppm. */
  readonly clockDriftBound?: number;
  readonly forwarding?: boolean;
  readonly sessionTimeout?: Micros | null;
}

/** A disk written before the run begins: the term, the vote in it, and the terms of the log's entries from index 1. */
export interface InitialDisk {
  readonly term: number;
  readonly votedFor: NodeId | null;
  readonly log: readonly number[];
}

export interface NetworkPlan {
  readonly everyLink: LinkPlan;
  /** Overrides for directed links between nodes; only the keys given differ from `everyLink`. */
  readonly links: readonly { readonly from: NodeId; readonly to: NodeId; readonly plan: Partial<LinkPlan> }[];
  /** What happens to messages on their way when their link is cut. */
  readonly inFlight: 'keep' | 'drop';
}

export interface LinkPlan {
  readonly latency: Distribution;
  /** Probability, 0 to 1. */
  readonly loss: number;
  /** Probability, 0 to 1, that a message arrives twice. */
  readonly duplicate: number;
  /** Bytes per second; null: unlimited. */
  readonly bandwidth: number | null;
  /** Whether messages of a link keep their order. */
  readonly fifo: boolean;
}

export interface DiskPlan {
  readonly fsync: Distribution;
  /** What a crash does to writes that are not durable yet, unless the `crash` step says otherwise. */
  readonly atCrash: CrashDisk;
}

/**
 * keep: every pending write survives. lose-unsynced: a drawn suffix of them is lost, at least the newest.
 * lose-all: all of them. tear: as lose-unsynced, and the oldest lost one is torn.
 */
export type CrashDisk = 'keep' | 'lose-unsynced' | 'lose-all' | 'tear';

export interface ClockPlan {
  readonly offset: Micros;
  /** Parts per million by which the node's clock runs fast (positive) or slow. */
  readonly drift: number;
}

export interface ProcessPlan {
  /** Time the node is busy with each event; constant 0: none. */
  readonly service: Distribution;
  /** Time the state machine takes to catch up with what has been committed, each time; constant 0: none. */
  readonly apply: Distribution;
}

export interface ClientsPlan {
  readonly count: number;
  /** Whether the clients issue operations by themselves from the beginning. */
  readonly load: LoadPlan | null;
  /** How long a client waits for a reply before it tries another node. */
  readonly timeout: Micros;
  /** Attempts after the first before an operation's outcome is given up as unknown. */
  readonly retries: number;
  /** Operations of one session that may be under way at once; from 1. */
  readonly perSession: number;
  /** The node every client talks to first, and goes back to, without following redirects; null: any, following them. */
  readonly at: Selector | null;
}

export interface LoadPlan {
  /** Weight of each operation; at least one is above 0. */
  readonly ops: Readonly<Record<KeyOp, number>>;
  /** Number of keys, k1 … kN. */
  readonly keys: number;
  /** Bytes in a written value. */
  readonly valueSize: number;
  /** Closed loop: the pause between a completion and the next operation. Null when `rate` is given. */
  readonly think: Distribution | null;
  /** Open loop: operations per second and client, whether or not earlier ones were answered. */
  readonly rate: number | null;
  /** When the clients begin, from the start of the load. */
  readonly start: Micros;
  /** Operations per client, after which it stops; null: no end. */
  readonly count: number | null;
}

/** Which nodes a step means; resolved when the step runs. */
export type Selector =
  | { readonly kind: 'node'; readonly node: NodeId }
  | RoleSelector
  | AnySelector
  /** `all except n1`: what `of` finds or draws without these. */
  | { readonly kind: 'except'; readonly of: RoleSelector | AnySelector; readonly except: readonly Selector[] }
  /** `$old`: remembered with `as`. */
  | { readonly kind: 'remembered'; readonly name: string }
  | { readonly kind: 'list'; readonly of: readonly Selector[] };

/**
 * `leader`: the live leader of the highest term. `followers`: the live voters that follow; `follower`: one of them,
 * drawn. `voters`, `learners`: those of the configuration of the live leader, or else of the newest one known.
 * `minority` / `majority`: a drawn set of voters, of the largest size below, the smallest size above, half of them.
 * `others`: the nodes no other group of the same step names.
 */
export interface RoleSelector {
  readonly kind: 'role';
  readonly role:
    | 'leader'
    | 'candidate'
    | 'follower'
    | 'followers'
    | 'learners'
    | 'voters'
    | 'all'
    | 'minority'
    | 'majority'
    | 'others';
}

/** `any 2 followers`: `count` nodes, drawn. */
export interface AnySelector {
  readonly kind: 'any';
  readonly count: number;
  readonly of: 'all' | 'followers' | 'voters' | 'learners';
}

/** One step of a script or timeline. */
export interface Step {
  readonly action: Action;
  /** A pause before the step (script), or null. */
  readonly after: Micros | null;
  /** Absolute time (timeline), or null. */
  readonly at: Micros | null;
  /** How long the step may wait to become possible or true; null: the interpreter's default, 10 s. */
  readonly within: Micros | null;
  /** Name under which the nodes chosen are remembered, without the `$`. */
  readonly as: string | null;
  readonly label: string | null;
  /** Where the step stands, such as `script[2]` or `script[1].do[0]`: what a report calls it. */
  readonly path: string;
  /** Line in the file, from 1; 0 if unknown. */
  readonly line: number;
}

export type Action =
  | { readonly kind: 'wait'; readonly span: Distribution }
  | { readonly kind: 'timeout'; readonly nodes: Selector }
  | { readonly kind: 'elect'; readonly node: Selector }
  /** Has the leader hand over to the node, until that leads. */
  | { readonly kind: 'transfer'; readonly to: Selector; readonly expect: AdminExpectation }
  /** Has nodes forget who leads. */
  | { readonly kind: 'forgetLeader'; readonly nodes: Selector; readonly expect: AdminExpectation }
  | { readonly kind: 'snapshot'; readonly nodes: Selector; readonly expect: AdminExpectation }
  /** Has the leader change the membership, one node after the other. */
  | {
      readonly kind: 'change';
      readonly change: MemberChange;
      readonly nodes: Selector;
      readonly expect: AdminExpectation;
    }
  /** Null learners: as they are, without those that become voters. */
  | {
      readonly kind: 'reconfigure';
      readonly voters: Selector;
      readonly learners: Selector | null;
      readonly leave: 'auto' | 'explicit';
      readonly expect: AdminExpectation;
    }
  | { readonly kind: 'leaveJoint'; readonly expect: AdminExpectation }
  | { readonly kind: 'crash'; readonly nodes: Selector; readonly disk: CrashDisk | null }
  | { readonly kind: 'restart'; readonly nodes: Selector }
  | { readonly kind: 'pause'; readonly nodes: Selector }
  | { readonly kind: 'resume'; readonly nodes: Selector }
  | { readonly kind: 'wipe'; readonly nodes: Selector }
  | {
      readonly kind: 'slowProcess';
      readonly nodes: Selector;
      /** From here on; 'reset' goes back to the plan; null leaves it. */
      readonly service: Distribution | 'reset' | null;
      readonly apply: Distribution | 'reset' | null;
    }
  | {
      readonly kind: 'partition';
      readonly groups: readonly Selector[];
      /** Client index (from 0) and the node on whose side it stands. Others reach every node. */
      readonly clients: readonly { readonly client: number; readonly side: Selector }[];
      readonly inFlight: 'keep' | 'drop' | null;
    }
  | { readonly kind: 'isolate'; readonly nodes: Selector; readonly inFlight: 'keep' | 'drop' | null }
  /** Directed; both ways are two pairs. */
  | {
      readonly kind: 'cut';
      readonly links: readonly LinkSelector[];
      readonly inFlight: 'keep' | 'drop' | null;
    }
  /** Two groups that reach each other only through the bridge's nodes. */
  | { readonly kind: 'bridge'; readonly groups: readonly [Selector, Selector]; readonly over: Selector }
  /** Each node of the list reaches only its two neighbours. */
  | { readonly kind: 'ring'; readonly nodes: Selector }
  | { readonly kind: 'clog'; readonly links: readonly LinkSelector[] }
  | { readonly kind: 'release'; readonly links: readonly LinkSelector[] | null; readonly order: 'fifo' | 'shuffled' }
  /** Ends cuts: all, those that touch the nodes, or those of the links. */
  | {
      readonly kind: 'heal';
      readonly what: { readonly nodes: Selector } | { readonly links: readonly LinkSelector[] } | 'all';
    }
  /** Changes links from here on; null links: all; 'reset' goes back to the plan. */
  | {
      readonly kind: 'weather';
      readonly links: readonly LinkSelector[] | null;
      readonly plan: Partial<LinkPlan> | 'reset';
    }
  | {
      readonly kind: 'disk';
      readonly nodes: Selector;
      /** Writes complete only after this much longer; null leaves it. */
      readonly stall: Micros | null;
      /** Fsync from here on; 'reset' goes back to the plan; null leaves it. */
      readonly fsync: Distribution | 'reset' | null;
    }
  | {
      readonly kind: 'clock';
      readonly nodes: Selector;
      readonly offset: Micros | null;
      readonly drift: number | null;
      readonly jump: Micros | null;
    }
  | {
      readonly kind: 'operation';
      readonly op: KeyOp;
      readonly key: string;
      readonly value: string;
      readonly expected: string | null;
      /** Client index from 0; null: the first that is idle. */
      readonly by: number | null;
      /** Node asked, sticking to it; null: as the client pleases, following redirects. */
      readonly to: Selector | null;
      /** What must become of it. null: the step does not wait. */
      readonly expect: OperationExpectation | null;
    }
  | { readonly kind: 'load'; readonly load: LoadPlan | 'start' | 'stop' }
  /** Starts the `sent` conditions' counters from zero. */
  | { readonly kind: 'count' }
  | { readonly kind: 'until'; readonly condition: Condition }
  | { readonly kind: 'expect'; readonly condition: Condition }
  | { readonly kind: 'repeat'; readonly times: number; readonly do: readonly Step[] }
  | {
      readonly kind: 'maybe';
      readonly probability: number;
      readonly do: readonly Step[];
      readonly else: readonly Step[];
    }
  | { readonly kind: 'if'; readonly condition: Condition; readonly do: readonly Step[]; readonly else: readonly Step[] }
  | { readonly kind: 'together'; readonly do: readonly Step[] }
  /** Fires so many times; null: whenever the event happens. */
  | { readonly kind: 'on'; readonly event: EventFilter; readonly times: number | null; readonly do: readonly Step[] };

/** An action that an operator asks of nodes, who may decline it. */
export type AdminAction = Extract<Action, { readonly expect: AdminExpectation }>;

export interface LinkSelector {
  readonly from: Selector;
  readonly to: Selector;
}

/**
 * done: the step waits until what was ordered has come about, and repeats the order to new leaders. declined: the node
 * must refuse. asked: the step gives the order once and does not wait. pending: a node accepts, and it has not come
 * about when `within` (or 500 ms) has passed.
 */
export type AdminExpectation = 'done' | 'declined' | 'asked' | 'pending';

/** `pending`: still unanswered when `within` (or 500 ms) has passed. */
export type OperationExpectation =
  { readonly kind: 'ok' | 'pending' | 'fail' } | { readonly kind: 'value'; readonly value: string | null };

/** All parts that are not null must hold. */
export interface Condition {
  /** Exactly this many live leaders (stale ones included). */
  readonly leaders: number | null;
  readonly leader: { readonly kind: 'none' } | { readonly kind: 'in'; readonly nodes: Selector } | null;
  readonly roles: readonly { readonly nodes: Selector; readonly role: 'leader' | 'candidate' | 'follower' }[] | null;
  readonly term: { readonly of: Selector; readonly min: number; readonly max: number } | null;
  /** Commit index of each node of `on`, and how far it has applied the log. */
  readonly committed: { readonly min: number; readonly max: number; readonly on: Selector } | null;
  readonly applied: { readonly min: number; readonly max: number; readonly on: Selector } | null;
  readonly values: readonly { readonly key: string; readonly value: string | null; readonly on: Selector }[] | null;
  /** The configuration in force on each node of `on` is exactly this; null parts do not matter. */
  readonly configuration: {
    readonly voters: Selector | null;
    readonly learners: Selector | null;
    readonly joint: boolean | null;
    readonly on: Selector;
  } | null;
  /** Entries in the log of each node of `on`; those compacted away do not count. */
  readonly log: { readonly min: number; readonly max: number; readonly on: Selector } | null;
  /** The index of the snapshot of each node of `on` is at least this. */
  readonly snapshot: { readonly index: number; readonly on: Selector } | null;
  /** All nodes that run have equal logs, all committed and applied, and one leader leads them. */
  readonly converged: boolean | null;
  /** Some set of at least `min` running nodes in which each pair can exchange messages. */
  readonly connected: { readonly min: number } | null;
  readonly mark: { readonly name: string; readonly min: number } | null;
  readonly sent: {
    readonly type: string | null;
    readonly min: number;
    readonly max: number;
    readonly bytes: number | null;
  } | null;
}

/** An observation to wait for. Fields are compared as text; `node` and `peer` are selectors. */
export interface EventFilter {
  readonly event: string;
  readonly node: Selector | null;
  readonly peer: Selector | null;
  /** The n-th match fires, and every n-th after it; from 1. */
  readonly count: number;
  readonly fields: ReadonlyMap<string, string>;
}

export interface Expectations {
  readonly verdict: 'pass' | 'violation';
  /** With `violation`: the invariant that must be reported, or null for any. */
  readonly invariant: string | null;
  readonly marks: readonly { readonly name: string; readonly min: number; readonly max: number }[];
  /** Further conditions that must hold when everything is over. */
  readonly conditions: readonly Condition[];
}

export interface Repro {
  readonly verdict: string;
  readonly invariant: string | null;
  /** What the run did not meet; empty in files that do not say. */
  readonly unmet: readonly RecordedUnmet[];
  readonly hash: string;
  readonly events: number;
  /** Versions that made it, by name (`whitewater`, `engine`). */
  readonly versions: Readonly<Record<string, string>>;
}

/** An expectation that the recorded run did not meet; null where the file does not say. */
export interface RecordedUnmet {
  readonly kind: string;
  readonly id: string | null;
  readonly path: string | null;
  readonly node: string | null;
  readonly at: Micros | null;
  readonly text: string | null;
}
