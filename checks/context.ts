import { describeConfiguration } from '../core/describe.ts';
import type { Configuration } from '../core/messages.ts';
import type { RaftView } from '../core/view.ts';
import { describeRequest } from '../sim/describe-request.ts';
import { type ConfigurationRecord, isMember, isVoter } from './configurations.ts';
import { ApplyHistory } from './history/apply-history.ts';
import type { LivenessFailure, Violation, ViolationWitness } from './violation.ts';
import { Ledger } from './history/ledger.ts';
import { FORGOTTEN, Prefixes } from './history/prefixes.ts';
import { DEFAULT_EXPECTED_OPTIONS, everyNode, type ExpectedCluster } from './expected-options.ts';
import { NodeOptions } from './node-options.ts';
import { type Moment, NodeHistory, ROLE_NAMES } from './history/node-history.ts';
import type { LogHistory } from './history/log-history.ts';
import type { ReferenceMachine, ObservedCluster } from './observed-cluster.ts';

/** The leader of a term, and how it was elected. */
export interface Leadership {
  readonly term: number;
  readonly node: number;
  /** Prefix id of the log with which it was elected; valid as long as that log reaches the floor. */
  readonly tip: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
  readonly event: number;
  readonly at: number;
  /** The voters that elected it. */
  readonly quorum: readonly number[];
}

/** What the report of a violation may carry besides its summary. */
export interface Evidence {
  /** The log index that it is about. Of two violations in one event, that of the lower index is nearer to the cause. */
  readonly index?: number;
  /** What a node has thrown. */
  readonly error?: unknown;
  readonly witnesses?: readonly ViolationWitness[];
  readonly agreement?: number | null;
  readonly quorums?: Violation['quorums'];
}

/**
 * What all checks share: the history of the run (node histories, log prefixes, ledger, leaders), and the reporting.
 * It checks no invariant by itself.
 */
export class CheckContext {
  readonly cluster: ObservedCluster;
  readonly reference: ReferenceMachine;
  readonly options: NodeOptions;
  readonly histories: readonly NodeHistory[];
  readonly prefixes = new Prefixes();
  readonly ledger: Ledger;
  readonly applyHistory = new ApplyHistory();
  /** Every leader of the run by term, deposed and crashed ones included. */
  readonly leaders = new Map<number, Leadership>();
  highestLeaderTerm = 0;
  /** By term: when an entry of it was seen first, and where. */
  readonly firstEntries = new Map<number, Moment & { readonly node: number }>();
  /** All nodes have reached this term. The history of earlier terms is dropped. */
  lowestTerm = 0;
  /** Whether the base of a log has moved since the retention floor was last computed. */
  basesMoved = false;
  /** What the first event that broke an invariant has broken, from the cause to the consequences. */
  readonly violations: Violation[] = [];
  /** The first failure of each liveness property. */
  readonly livenessFailures: LivenessFailure[] = [];
  /** Increases whenever something that a condition may read has changed. */
  revision = 0;
  /** True until all nodes have booted once: until then, logs may hold entries from before the run. */
  isStarting = true;
  private readonly enabled: ReadonlySet<string> | null;
  /** The reading of a clock, whose, and in which event. */
  private localEvent = -1;
  private localNode = -1;
  private localReading = 0;

  constructor(
    cluster: ObservedCluster,
    reference: ReferenceMachine,
    enabled: ReadonlySet<string> | null,
    expected: ExpectedCluster = everyNode(DEFAULT_EXPECTED_OPTIONS),
  ) {
    this.cluster = cluster;
    this.reference = reference;
    this.options = new NodeOptions(expected, cluster.nodes);
    this.enabled = enabled;
    this.ledger = new Ledger(reference);
    const histories: NodeHistory[] = [];
    for (let node = 0; node < cluster.nodes; node++) histories.push(new NodeHistory(node, cluster.nodes));
    this.histories = histories;
  }

  /** What the node's own clock says: several checks ask in one event. */
  localTime(node: number): number {
    const { cluster } = this;
    if (cluster.event === this.localEvent && node === this.localNode) return this.localReading;
    this.localEvent = cluster.event;
    this.localNode = node;
    this.localReading = cluster.localTime(node);
    return this.localReading;
  }

  /** The last configuration known to be committed. */
  get committedConfiguration(): ConfigurationRecord | null {
    return this.prefixes.configuration(this.ledger.prefix(this.ledger.length));
  }

  /** Prefix id of the first `index` entries of a log. Its compacted entries are those that the cluster has committed. */
  prefixAt(log: LogHistory, index: number): number {
    return index >= log.base ? log.at(index) : this.ledger.prefix(index);
  }

  /** Whether the log, or the snapshot that has taken the place of its beginning, has this prefix at `index`. */
  holds(log: LogHistory, index: number, prefix: number): boolean {
    return index <= log.length && this.prefixAt(log, index) === prefix;
  }

  /** Forgets what happened in terms below this one. */
  forgetTermsBelow(term: number): void {
    this.lowestTerm = term;
    const { leaders, firstEntries, histories } = this;
    for (const one of leaders.keys()) if (one < term) leaders.delete(one);
    for (const one of firstEntries.keys()) if (one < term) firstEntries.delete(one);
    for (const { durableIn, grants, forgottenGrants } of histories) {
      for (const one of forgottenGrants.keys()) if (one < term) forgottenGrants.delete(one);
      for (const one of durableIn.keys()) if (one < term) durableIn.delete(one);
      for (const one of grants.keys()) if (one < term) grants.delete(one);
    }
  }

  /**
   * Whether the node may start an election: it votes in its configuration, or did in the one before, as long as the one that
   * removes it is not known to be committed, and may never be. Dissertation §4.2.2.
   */
  mayCampaign({ node, log }: NodeHistory, { configuration, configurationIndex, commitIndex }: RaftView): boolean {
    if (isVoter(configuration, node)) return true;
    const before = configurationIndex > commitIndex ? this.prefixes.configuration(log.tip)?.before : null;
    return before !== undefined && before !== null && isVoter(before, node);
  }

  /** Whether the node is a member of the configuration of any running node, or of the last committed one. */
  isMemberAnywhere(node: number): boolean {
    for (const { view, configuration } of this.histories) {
      if (view !== null && configuration !== null && isMember(configuration, node)) return true;
    }
    const committed = this.committedConfiguration;
    return committed === null || isMember(committed.configuration, node);
  }

  /**
   * An invariant is broken. Only the event that breaks the first one counts, and of each invariant the first report in
   * it. The checks report causes before consequences. But a state machine reports what it has executed only after the
   * snapshot that it took then: so a report about a lower log index, or the same, goes before earlier ones.
   */
  report(invariant: string, node: number, summary: string, evidence: Evidence = {}): void {
    if (this.enabled !== null && !this.enabled.has(invariant)) return;
    const { violations, cluster } = this;
    const [first] = violations;
    if (first !== undefined && first.event !== cluster.event) return;
    if (violations.some((other) => other.invariant === invariant)) return;
    const index = evidence.index ?? null;
    const violation: Violation = {
      index,
      invariant,
      node,
      event: cluster.event,
      at: cluster.now,
      summary,
      witnesses: evidence.witnesses ?? [],
      agreement: evidence.agreement ?? null,
      quorums: evidence.quorums ?? [],
      error: evidence.error ?? null,
    };
    const place = index === null ? -1 : violations.findIndex((other) => other.index !== null && other.index >= index);
    violations.splice(place < 0 ? violations.length : place, 0, violation);
  }

  /**
   * A liveness property was violated. The run continues, since it may break an invariant too.
   *
   * @param node −1: no node in particular
   */
  reportLiveness(id: string, node: number, text: string): void {
    if (this.enabled !== null && !this.enabled.has(id)) return;
    if (this.livenessFailures.some((failure) => failure.id === id)) return;
    this.livenessFailures.push({ id, node, at: this.cluster.now, text });
  }

  name(node: number): string {
    return node < 0 ? 'no node' : this.cluster.nodeName(node);
  }

  /** Describes a configuration: `n1 n2 n3, learners n4`. */
  describeConfiguration(configuration: Configuration): string {
    return describeConfiguration(configuration, (node) => this.name(node));
  }

  /** Describes a node after its last event: `leader of term 3, log up to index 7, commitIndex 5, lastApplied 5`. */
  describeNode({ view, role, term, disk, log, commitIndex, applied }: NodeHistory): string {
    if (view === null) return `down, with a log up to index ${disk.length} on disk`;
    return `${ROLE_NAMES[role]} of term ${term}, log up to index ${log.length}, commitIndex ${commitIndex}, lastApplied ${applied}`;
  }

  /** A witness of the event at hand. */
  present(label: string, node: number, text: string): ViolationWitness {
    return { label, node, event: this.cluster.event, at: this.cluster.now, text };
  }

  get moment(): Moment {
    return { event: this.cluster.event, at: this.cluster.now };
  }

  /** A witness of an earlier event. */
  earlier(label: string, node: number, { event, at }: Moment, text: string): ViolationWitness {
    return { label, node, event, at, text };
  }

  /** Describes the last entry of a prefix: `index 7 {term 3, put x 1}`. */
  describeEntry(prefix: number): string {
    if (prefix === 0) return 'the empty log';
    if (prefix === FORGOTTEN) return 'what all nodes have compacted away';
    const { term, request, configuration } = this.prefixes.entry(prefix);
    let content = 'no-op';
    if (request !== null) content = describeRequest(request);
    else if (configuration !== null) content = `configuration ${this.describeConfiguration(configuration)}`;
    return `index ${this.prefixes.depth(prefix)} {term ${term}, ${content}}`;
  }

  /** Describes the end of the log with which a leader was elected. */
  describeElectionLog({ tip, lastIndex, lastTerm }: Leadership): string {
    return lastIndex > 0 && lastIndex < this.prefixes.floor
      ? `index ${lastIndex} {term ${lastTerm}}`
      : this.describeEntry(tip);
  }

  /** The last entry of a prefix as a witness, from where it was seen first. */
  entryWitness(label: string, prefix: number, what: string): ViolationWitness {
    if (prefix === FORGOTTEN) return this.present(label, -1, `${this.describeEntry(prefix)} ${what}`);
    return {
      label,
      node: this.prefixes.firstNode(prefix),
      event: this.prefixes.firstEvent(prefix),
      at: this.prefixes.firstTime(prefix),
      text: `${this.describeEntry(prefix)} ${what}`,
    };
  }

  /** The commit of an index as a witness. */
  commitWitness(label: string, index: number): ViolationWitness {
    const { ledger } = this;
    if (index < ledger.first) return this.present(label, -1, `index ${index} committed long ago`);
    return {
      label,
      node: ledger.node(index),
      event: ledger.event(index),
      at: ledger.time(index),
      text: `${this.describeEntry(ledger.prefix(index))} committed in term ${ledger.commitTerm(index)} by ${this.name(ledger.node(index))}`,
    };
  }
}
