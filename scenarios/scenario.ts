import type { Drift } from '../sim/clock.ts';
import type { AdminAction } from './actions/admin.ts';
import type { ClientAction } from './actions/client.ts';
import type { ControlAction } from './actions/control.ts';
import type { CutAction } from './actions/cuts.ts';
import type { ClockAction } from './actions/clock.ts';
import type { DiskAction } from './actions/disk.ts';
import type { ElectionAction } from './actions/election.ts';
import type { MessageAction } from './actions/messages.ts';
import type { NetworkAction } from './actions/network.ts';
import type { ProcessAction } from './actions/process.ts';
import type { UpgradeAction } from './actions/upgrade.ts';
import type { WaitAction } from './actions/time.ts';
import type { RaftOptions } from '../core/options.ts';
import type { Distribution } from '../sim/base/distribution.ts';
import type {
  OperationSelection,
  OperationStatus,
  ReadSelection,
  ObservedOperations,
} from '../sim/clients/operation-tally.ts';
import type { Load } from '../sim/clients/workload.ts';
import type { CrashDisk } from '../sim/disk.ts';
import type { LinkConditions } from '../sim/link.ts';
import type { InFlight } from '../sim/network.ts';
import type { SnapshotSpans } from '../sim/plan.ts';
import type { Micros, NodeId } from '../sim/protocol.ts';
import type { GivenParts } from './swarm/swarm.ts';
import type { Problem } from './language/errors.ts';
import type { SettingValue, Settings } from './settings.ts';

export type { AdminAction, AdminExpectation } from './actions/admin.ts';
export type { OperationExpectation } from './actions/client.ts';

/**
 * A scenario in the form that runs: durations in microseconds, names resolved to indices, every default filled in.
 * The loader makes it from YAML; nothing else needs to know how a scenario is spelled.
 */
export interface Scenario {
  readonly name: string;
  /** What a matrix or the command line has put into it, by path; empty if nothing. */
  readonly settings: Settings;
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
  /** What happens at random; null: nothing. */
  readonly chaos: ChaosPlan | null;
  /** What each seed draws before it runs; null: nothing. */
  readonly swarm: SwarmPlan | null;
  /** How long the healed cluster may take to show that it is live; null: it need not. */
  readonly settle: { readonly within: Micros } | null;
  /** Ids of invariants and liveness properties that are not reported: the run goes on as if there were no such check. */
  readonly checks: { readonly except: readonly string[] };
  readonly expect: Expectations;
  readonly limits: Limits;
  /** What a repro file says about its run; null in other scenarios. */
  readonly repro: Repro | null;
  readonly uses: Uses;
  /** What is valid, but hardly what was meant. */
  readonly warnings: readonly Problem[];
  /** The scenario as YAML has it, with the settings in it. */
  readonly written: Readonly<Record<string, SettingValue>>;
}

/** Where a run ends as inconclusive. */
export interface Limits {
  /** Virtual time. */
  readonly time: Micros;
  readonly events: number;
  /** Steps executed, as `ScriptRunner.steps` counts them. */
  readonly steps: number;
  /** Bytes that the run holds, estimated. */
  readonly memory: number;
}

export interface ClusterPlan {
  /** The nodes' names; a node's index is its place here. */
  readonly nodes: readonly string[];
  /**
   * Indices of the members the cluster begins with. Nodes in neither list are on standby: they run, and become members
   * when a step adds them.
   */
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  /** The options of all nodes, checked by the loader. */
  readonly raft: RaftPlan;
  /** Id of a known bug that every node has, or null. */
  readonly mutant: string | null;
  /** What each node runs at the beginning. */
  readonly versions: readonly NodeVersion[];
  /** What is on the disks of nodes that do not start from nothing, by node. */
  readonly disks: ReadonlyMap<NodeId, InitialDisk>;
}

/** The options of the Raft core that the scenario gives; the others have the defaults of the core. */
export type RaftPlan = Partial<RaftOptions>;

/** What one node runs. */
export interface NodeVersion {
  /** All its options. */
  readonly raft: RaftPlan;
  /** Id of a known bug that it has, or null. */
  readonly mutant: string | null;
}

/** A disk written before the run begins: the term, the vote in it, and the terms of the log's entries from index 1. */
export interface InitialDisk {
  readonly term: number;
  readonly votedFor: NodeId | null;
  readonly log: readonly number[];
}

export interface NetworkPlan {
  readonly everyLink: LinkConditions;
  /** Overrides for directed links between nodes; only the keys given differ from `everyLink`. */
  readonly links: readonly { readonly from: NodeId; readonly to: NodeId; readonly plan: Partial<LinkConditions> }[];
  /** What becomes of messages in flight when their link is cut. */
  readonly inFlight: InFlight;
}

export interface DiskPlan {
  readonly fsync: Distribution;
  /** What a crash does to writes that are not durable yet, unless the `crash` step says otherwise. */
  readonly atCrash: CrashDisk;
}

export interface ClockPlan {
  readonly offset: Micros;
  /** Parts per million by which the node's clocks run fast (positive) or slow; a range is drawn from once a run. */
  readonly drift: Drift;
}

export interface ProcessPlan {
  /** Time the node is busy with each event; constant 0: none. */
  readonly service: Distribution;
  /** Time the state machine takes to catch up with what has been committed, each time; constant 0: none. */
  readonly apply: Distribution;
  /** Time the node is busy with each work on a snapshot; constant 0: none. */
  readonly snapshot: SnapshotSpans;
}

export interface ClientsPlan {
  readonly count: number;
  /** The operations that clients issue by themselves from the beginning; null: none. */
  readonly load: Load | null;
  /** How long a client waits for a reply before it tries another node. */
  readonly timeout: Micros;
  /** Attempts after the first; then the operation's outcome is unknown. */
  readonly retries: number;
  /** Operations of one session that may be pending at once; from 1. */
  readonly perSession: number;
  /** The node every client sends to, without following redirects; null: any, following them. */
  readonly at: Selector | null;
}

/** Which nodes a step means; resolved when the step runs. */
export type Selector =
  | { readonly kind: 'node'; readonly node: NodeId }
  /** A client (index from 0), where links and events are meant, and in groups of a partition. */
  | { readonly kind: 'client'; readonly client: number }
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
 * `down`: the nodes that do not run.
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
    | 'down'
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
  readonly after: Distribution | null;
  /** Absolute time (timeline), or null. */
  readonly at: Micros | null;
  /** How long the step may wait to become possible or true; null: the interpreter's default, 10 s. */
  readonly within: Micros | null;
  /** Whether the script goes on without the step if it is not possible or true in time. */
  readonly maySkip: boolean;
  /** How long its fault lasts before it is undone; null: until something else ends it. */
  readonly lasts: Distribution | null;
  /** Whether each run is unmet in which its fault does not strike. */
  readonly mustStrike: boolean;
  /** Name under which the nodes chosen are remembered, without the `$`. */
  readonly as: string | null;
  readonly label: string | null;
  /** The place of the step, such as `script[2]` or `script[1].do[0]`: what a report calls it. */
  readonly path: string;
  /** Line in the file, from 1; 0 if unknown. */
  readonly line: number;
  /** Whose draws it makes: those of an execution of another step. Null: its own. */
  readonly draws: { readonly path: string; readonly repetition: number } | null;
  /** The step as YAML has it. */
  readonly written: Readonly<Record<string, SettingValue>>;
}

/** Faults that are injected at random times, or at random ones of the events of some kind. */
export interface ChaosPlan {
  /** Until then script and timeline are not the end of the run. */
  readonly stop: Micros;
  readonly processes: readonly ChaosProcess[];
}

/** A scenario of which each seed draws what it does not say itself. */
export interface SwarmPlan {
  readonly given: GivenParts;
}

/**
 * One source of faults: each strike executes one of its alternatives, drawn: a step, or several in order. A step that is not
 * possible at once is skipped.
 */
export interface ChaosProcess {
  /** Unique among the processes. */
  readonly name: string;
  /** Its place, such as `chaos.crash`. */
  readonly path: string;
  readonly line: number;
  /** The process as YAML has it. */
  readonly written: Readonly<Record<string, SettingValue>>;
  /** The time from one strike to the next, or the event at which it strikes. */
  readonly when:
    { readonly kind: 'every'; readonly gap: Distribution } | { readonly kind: 'at'; readonly event: EventFilter };
  /** How probable a strike is each time; from 0 to 1. */
  readonly chance: number;
  /** Whether a strike that would leave less than a majority of the voters in service is skipped. */
  readonly keepsMajority: boolean;
  /** Most strikes; null: no limit. */
  readonly times: number | null;
  readonly start: Micros;
  readonly stop: Micros;
  /** At least one, each of at least one step. Several of them may have the path of the process. */
  readonly do: readonly (readonly Step[])[];
}

export type Action =
  | WaitAction
  | ElectionAction
  | AdminAction
  | ProcessAction
  | UpgradeAction
  | CutAction
  | NetworkAction
  | MessageAction
  | DiskAction
  | ClockAction
  | ClientAction
  | ControlAction;

export interface LinkSelector {
  readonly from: Selector;
  readonly to: Selector;
}

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
  /** Each node of `on` uses exactly this configuration; parts that are null may be anything. */
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
  /** So many operations of a selection stand so, since the beginning or the last `count: reset`. */
  readonly operations: {
    readonly of: OperationSelection;
    readonly counts: readonly { readonly status: OperationStatus; readonly min: number; readonly max: number }[];
  } | null;
  /** The values that reads returned since then, one after the other; what is read again at once is not repeated. */
  readonly reads: { readonly of: ReadSelection; readonly values: readonly (string | null)[] } | null;
}

/** What a field of a trace event, or of a message, must be: one of some values, in a range, not some value. */
export interface FieldTest {
  /** Null: any. */
  readonly oneOf: readonly FieldValue[] | null;
  readonly not: FieldValue | null;
  /** Both included; null: no bound. */
  readonly min: FieldValue | null;
  readonly max: FieldValue | null;
}

/** A value as it is written, or `leader`: the term of the leader of the highest term, as it is when the test is made. */
export type FieldValue = string | number | { readonly termOf: 'leader' };

/** Which messages are meant. */
export interface MessageSelector {
  /** Null: of any type. */
  readonly types: readonly string[] | null;
  /** What they must carry. */
  readonly fields: ReadonlyMap<string, FieldTest>;
}

/** A trace event to wait for. */
export interface EventFilter {
  readonly event: string;
  readonly node: Selector | null;
  readonly peer: Selector | null;
  /** The n-th match fires, and every n-th after it; from 1. */
  readonly count: number;
  readonly fields: ReadonlyMap<string, FieldTest>;
}

export interface Expectations {
  readonly verdict: 'pass' | 'violation';
  /** With `violation`: the invariant that must be reported, or null for any. */
  readonly invariant: string | null;
  readonly marks: readonly { readonly name: string; readonly min: number; readonly max: number }[];
  /** Further conditions that must hold when everything is over. */
  readonly conditions: readonly Condition[];
  /** What at least one run of an invocation must show, each of them. */
  readonly anySeed: readonly AnySeedExpectation[];
}

/** What some run must show, all of it together. */
export interface AnySeedExpectation {
  /** A violation of this invariant, or of `any`; null: none is expected. */
  readonly violation: string | null;
  readonly marks: Expectations['marks'];
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

/** What a scenario makes use of: a run watches nothing else. */
export interface Uses {
  /** Whether some `sent` condition reads the counters of sent messages. */
  readonly counters: boolean;
  /** What `operations` and `reads` conditions ask for; null: there are none. */
  readonly operations: ObservedOperations | null;
  /** Kinds of trace events that `on` steps wait for. */
  readonly events: ReadonlySet<string>;
  /** Ids of the known bugs that some node has, or gets by an upgrade; each once. */
  readonly mutants: readonly string[];
  /** The options of every version that some node may run: those of the beginning, and what upgrades make of each. */
  readonly options: readonly RaftPlan[];
  /** Names of the marks it waits for or expects, each once, expectations first. */
  readonly marks: readonly string[];
  /** Faults that the network plan has happen at random, which must occur to be tested. */
  readonly randomFaults: readonly RandomFault[];
}

/** Random loss or duplication of messages. */
export interface RandomFault {
  /** Where the plan says so: `network.loss`, `network.links["n1 -> n2"].loss`. */
  readonly path: string;
  readonly kind: 'loss' | 'duplicate';
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
