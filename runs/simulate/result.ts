import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { StepCount } from '../../scenarios/interpreter/step-counts.ts';
import type { Settings } from '../../scenarios/settings.ts';

export type Verdict = 'pass' | 'violation' | 'unmet' | 'inconclusive';

/** The outcome of one run: all that reports need, as plain data. */
export interface RunResult {
  readonly scenario: string;
  /** What a matrix or the command line has put into the scenario, by path. */
  readonly settings: Settings;
  /** The scenario's file as given, or null. */
  readonly file: string | null;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly violation: ViolationReport | null;
  /** The expectations that were not met, first those that explain the others. Empty if all were met. */
  readonly unmet: readonly Unmet[];
  /** Why a run is inconclusive; null otherwise. */
  readonly limit: string | null;
  /** 16 hexadecimal digits over every event. */
  readonly hash: string;
  readonly events: number;
  readonly virtualMicros: Micros;
  readonly messages: {
    readonly sent: number;
    readonly delivered: number;
    readonly dropped: number;
    readonly duplicated: number;
    readonly bytes: number;
  };
  /** How often a node became candidate. */
  readonly elections: number;
  /** Elections of a leader other than the one before; the first election is not counted. */
  readonly leaderChanges: number;
  readonly maxTerm: number;
  /** Log entries known to be committed. */
  readonly committed: number;
  /** Operations of clients, by outcome; those without a reply at the end are unknown. */
  readonly ops: { readonly invoked: number; readonly ok: number; readonly failed: number; readonly unknown: number };
  /** How often each situation was seen, by the name of the mark; marks that were not seen are left out. */
  readonly marks: Readonly<Record<string, number>>;
  /** Faults that were injected, by kind, with how many there were. */
  readonly faults: Readonly<Record<string, number>>;
  /** The faults of the scenario, by place and kind, and how often each struck in this run. */
  readonly faultStrikes: readonly FaultStrikes[];
  /** Every step of the scenario in the order of the file, those that it holds after it. */
  readonly steps: readonly StepCount[];
  /** The expectations under `anySeed`, in the order of the file. */
  readonly anySeed: readonly AnySeedResult[];
  /** What the seed drew, in a few lines; empty unless the scenario is a swarm. */
  readonly drew: readonly string[];
  /** Ids of the invariants and liveness properties that were not to be reported. */
  readonly except: readonly string[];
  /** Real time; the only field that differs between two runs of the same seed. */
  readonly wallMillis: number;
}

/**
 * What kind of expectation was not met.
 *
 * - `step`: a step of the script failed, or an `on` step never fired; `path` is the step.
 * - `expectation`: a condition or a verdict in `expect` did not hold at the end; `id` is the expected invariant.
 * - `mark`: a situation in `expect` was seen too seldom or too often; `id` is the mark.
 * - `fault`: a fault that `must` strike did not in this run; `id` is its kind, `path` its step.
 * - `liveness`: a liveness property failed; `id` is the property.
 * - `nothing-happened`: no message, operation, fault or mark occurred in the run, and the scenario expects none.
 */
export type UnmetKind = 'step' | 'expectation' | 'mark' | 'fault' | 'liveness' | 'nothing-happened';

/** One expectation that a run did not meet. Keys that do not apply are left out. */
export interface Unmet {
  readonly kind: UnmetKind;
  /** The mark, property, fault or invariant it is about. */
  readonly id?: string;
  /** The step in the scenario, such as `script[2]`. */
  readonly path?: string;
  /** The node's name. */
  readonly node?: string;
  /** Virtual time at which it was found. */
  readonly at?: Micros;
  /** The whole of it as a sentence for people. Programs read the other keys. */
  readonly text: string;
}

/** What became of a fault of a scenario in one run. One that strikes in no run of an invocation was not tested. */
export interface FaultStrikes {
  /** Where in the scenario it is, such as `network.loss` or `script[2]`; `network`: in several places of the network. */
  readonly path: string;
  /** Such as `loss` or `partition`. */
  readonly kind: string;
  /** How often it was injected: a step may be executed several times, and act on several nodes. */
  readonly injected: number;
  /** How many observable effects it had, such as messages that a cut has stopped. */
  readonly strikes: number;
}

/** Whether one run showed what some run of the invocation has to show. */
export interface AnySeedResult {
  /** What is expected of some run. */
  readonly text: string;
  readonly met: boolean;
}

/** A broken invariant, with everything a report needs to explain it. */
export interface ViolationReport {
  /** Id in the list of invariants, such as `I4`. */
  readonly invariant: string;
  /** Its name, such as `StateMachineSafety`. */
  readonly title: string;
  /** Where the rule is stated, such as `Raft §5.4.3`. */
  readonly section: string;
  readonly at: Micros;
  readonly event: number;
  /** Name of the node where it was found. */
  readonly node: string;
  /** One sentence. */
  readonly summary: string;
  /** The two facts that contradict each other. */
  readonly witnesses: readonly Witness[];
  /** The last point up to which the witnesses agree, as a clause; null where there is none. */
  readonly agreement: string | null;
  /** The quorums involved and what they share. */
  readonly quorums: readonly { readonly text: string; readonly nodes: readonly string[] }[];
  readonly quorumIntersection: readonly string[] | null;
  /** The event and those that led to it, newest first; shortened if `chainTruncated`. */
  readonly chain: readonly { readonly event: number; readonly at: Micros; readonly text: string }[];
  readonly chainTruncated: boolean;
  /** What else the same event has broken, from the cause to the consequences. */
  readonly others: readonly { readonly invariant: string; readonly title: string; readonly summary: string }[];
  /** Where a node has thrown, innermost first, as far as it is the node's own code; empty if none has. */
  readonly stack: readonly string[];
  /** What was wrong with the cluster when it broke: the known bug of the nodes, then the injected faults in force. */
  readonly activeFaults: readonly ActiveFault[];
}

/** A fault that was in force when an invariant broke. */
export interface ActiveFault {
  /** The step that injected it, such as `script[2]`; `cluster.mutant` for a known bug. */
  readonly path: string;
  /** Such as `crash` or `partition`; `mutant` for a known bug. */
  readonly kind: string;
  /** What it acts on, by the names of nodes and clients: one node (`all`: every node), or directed links. */
  readonly target:
    { readonly node: string } | { readonly links: readonly { readonly from: string; readonly to: string }[] | 'all' };
  /** Virtual time at which it began. */
  readonly since: Micros;
  /** The whole of it as a phrase for people, such as `script[2]: crash n1`. Programs read the other keys. */
  readonly text: string;
}

export interface Witness {
  readonly label: string;
  readonly node: string;
  readonly event: number;
  readonly at: Micros;
  readonly text: string;
}

/** A run with everything that happened in it. */
export interface TracedRun {
  readonly result: RunResult;
  /** Names of the nodes, by index. */
  readonly nodes: readonly string[];
  /** Names of nodes, then clients, by the index that trace events use. */
  readonly endpoints: readonly string[];
  /** In the order in which they happened. */
  readonly events: readonly TraceEvent[];
}

/** Totals over the runs of one invocation. */
export interface Summary {
  /** Runs that were requested; more than `runs` if the invocation was interrupted. */
  readonly planned: number;
  readonly runs: number;
  readonly passed: number;
  readonly violated: number;
  readonly unmet: number;
  readonly inconclusive: number;
  /** Scenarios with at least one finished run, by their overall result. */
  readonly scenarios: { readonly passed: number; readonly failed: number; readonly inconclusive: number };
  readonly events: number;
  readonly wallMillis: number;
}
