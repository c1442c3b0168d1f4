import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Micros } from '../../sim/protocol.ts';

export type Verdict = 'pass' | 'violation' | 'unmet' | 'inconclusive';

/** The outcome of one run: all that reports need, as plain data. */
export interface RunResult {
  readonly scenario: string;
  /** The scenario's file as given, or null. */
  readonly file: string | null;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly violation: ViolationReport | null;
  /** What was expected and did not come, one sentence each. */
  readonly unmet: readonly string[];
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
  /** Candidacies: how often a node stood for election. */
  readonly elections: number;
  /** Elections of another leader than the one before; the first leader is none. */
  readonly leaderChanges: number;
  readonly maxTerm: number;
  readonly committed: number;
  readonly ops: { readonly invoked: number; readonly ok: number; readonly failed: number; readonly unknown: number };
  readonly marks: Readonly<Record<string, number>>;
  /** Disturbances that took place, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /**
   * Disturbances drawn at random (loss, duplication), by kind: how often they struck in this run. One with 0 over all
   * seeds of an invocation was not tested.
   */
  readonly randomFaults: Readonly<Record<string, number>>;
  /** Real time; the only field that differs between two runs of the same seed. */
  readonly wallMillis: number;
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
  /** Name of the node at which it showed. */
  readonly node: string;
  /** One sentence. */
  readonly summary: string;
  /** The two facts that cannot both be, side by side. */
  readonly witnesses: readonly Witness[];
  /** The last point up to which the witnesses agree, in words; null where that makes no sense. */
  readonly agreement: string | null;
  /** The quorums involved and what they share. */
  readonly quorums: readonly { readonly text: string; readonly nodes: readonly string[] }[];
  readonly quorumIntersection: readonly string[] | null;
  /** The event and those that led to it, newest first; shortened if `chainTruncated`. */
  readonly chain: readonly { readonly event: number; readonly at: Micros; readonly text: string }[];
  readonly chainTruncated: boolean;
  /** Disturbances in force. */
  readonly activeFaults: readonly string[];
}

export interface Witness {
  readonly label: string;
  readonly node: string;
  readonly event: number;
  readonly at: Micros;
  readonly text: string;
}

/** What `trace` shows. */
export interface TracedRun {
  readonly result: RunResult;
  readonly nodes: readonly string[];
  readonly endpoints: readonly string[];
  readonly observations: readonly TraceEvent[];
}

/** Totals over the runs of one invocation. */
export interface Summary {
  /** Runs that were asked for; more than `runs` if the invocation was interrupted. */
  readonly planned: number;
  readonly runs: number;
  readonly passed: number;
  readonly violated: number;
  readonly unmet: number;
  readonly inconclusive: number;
  readonly events: number;
  readonly wallMillis: number;
}
