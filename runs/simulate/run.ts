import { INVARIANTS } from '../../checks/invariants.ts';
import { LIVENESS } from '../../checks/liveness-properties.ts';
import { RaftChecker } from '../../checks/raft-checker.ts';
import { createScript, type Script } from '../../scenarios/interpreter/script.ts';
import { mayMean } from '../../scenarios/interpreter/selectors.ts';
import type { Limits, Scenario, Selector } from '../../scenarios/scenario.ts';
import { assert } from '../../sim/base/assert.ts';
import { WAKE } from '../../sim/base/event-kinds.ts';
import { OperationTally } from '../../sim/clients/operation-tally.ts';
import { MessageCounts } from '../../sim/message-counts.ts';
import type { Recorder } from '../../sim/observer.ts';
import type { NodeId } from '../../sim/protocol.ts';
import { buildSimulation, SimulatedCluster } from './build-simulation.ts';
import { chainOfCauses } from './chain-of-causes.ts';
import { explain } from './explain.ts';
import { footprintOfRun } from './footprint.ts';
import { unmetBesideViolation, unmetExpectations } from './expectations.ts';
import { Reference } from './reference.ts';
import type { RunResult, Unmet, ViolationReport } from './result.ts';
import { Settling } from './settling.ts';
import type { RunOptions } from './simulate.ts';
import { type RaftSimulation, SimulationEnvironment } from './simulation-environment.ts';
import { resultOf } from './verdict.ts';
import { expectedCluster, RaftVersions } from './versions.ts';

/** Events between two yields. */
const SLICE = 128;

/** The memory that a run holds is estimated after so many events, or when so many bytes have been produced. */
const EVENTS_BETWEEN_ESTIMATES = 1_000;
const BYTES_BETWEEN_ESTIMATES = 16_000_000;

/** Ids of the checks that report, out of those that are asked for; null: all. */
function enabledChecks(asked: readonly string[] | null, except: readonly string[]): ReadonlySet<string> | null {
  if (asked === null && except.length === 0) return null;
  const all = asked ?? [...INVARIANTS.keys(), ...LIVENESS.keys()];
  return new Set(all.filter((id) => !except.includes(id)));
}

/** One run in progress: the simulated cluster, the checks that observe it, and the script that acts on it. */
export class Run {
  readonly scenario: Scenario;
  readonly seed: string;
  readonly simulation: RaftSimulation;
  readonly checks: RaftChecker;
  readonly script: Script;
  readonly settling: Settling;
  /** Whether the checks observe the run. */
  readonly isChecked: boolean;
  /** Which limit ended the run; null if none did. */
  limit: string | null = null;
  unmet: readonly Unmet[] = [];
  private readonly options: RunOptions;
  private readonly listener: Recorder | null;
  private readonly environment: SimulationEnvironment;
  private readonly reference: Reference;
  /** The event, and the bytes invoked and sent, after which the memory that the run holds is estimated again. */
  private nextEstimate = { event: 0, bytes: 0 };

  /** @param listener takes the trace events of the run; default: the function of the options */
  constructor(scenario: Scenario, seed: string, options: RunOptions, listener: Recorder | null = null) {
    this.scenario = scenario;
    this.seed = seed;
    this.options = options;
    this.listener = listener ?? (options.record === undefined ? null : { wants: () => true, record: options.record });
    this.isChecked = options.checks !== false;
    const versions = new RaftVersions(scenario.cluster, options.rulesOf);
    this.simulation = buildSimulation(scenario, versions, seed, options.freeze ?? false);
    const enabled = enabledChecks(options.invariants ?? null, scenario.checks.except);
    this.reference = new Reference(scenario.cluster.raft.sessionTimeout ?? null);
    const expected = expectedCluster(scenario, (node) => versions.optionsOf(this.simulation.protocolOf(node)));
    this.checks = new RaftChecker(new SimulatedCluster(this.simulation), this.reference, enabled, expected);
    const { count, load, at } = scenario.clients;
    this.environment = new SimulationEnvironment(this.simulation, versions, this.checks, count, load);
    this.script = createScript(scenario, this.environment, options.recording ?? null);
    const within = scenario.settle?.within ?? null;
    this.settling = new Settling(this.simulation, this.checks, count, within);
    if (at !== null) this.simulation.clients.home = this.homes(at);
    if (scenario.uses.counters) this.simulation.messageCounts = new MessageCounts();
    const { operations } = scenario.uses;
    if (operations !== null) this.simulation.clients.tally = new OperationTally(count, operations);
  }

  /** Runs to the end, and yields after a few events or steps. */
  *slices(): Generator<void, void> {
    const { simulation, checks, script, scenario, settling } = this;
    let untilYield = SLICE;
    simulation.start(this.isChecked ? checks : null, this.recorder());
    if (scenario.clients.load !== null) simulation.clients.startLoad(scenario.clients.load);
    yield* this.performSteps();
    while (this.limit === null && !checks.isBroken && !this.isOver()) {
      this.limit = this.limitReached();
      if (this.limit === null && --untilYield === 0) {
        untilYield = SLICE;
        this.limit = this.limitAtThisInstant();
        yield;
      }
      if (this.limit !== null) return;
      const kind = simulation.step();
      if (!settling.hasBegun && (kind === WAKE || script.pending)) yield* this.performSteps();
    }
    if (checks.violation !== null) {
      this.unmet = unmetBesideViolation(this);
      return;
    }
    if (this.limit !== null) return;
    yield* checks.audit(simulation.clients.failedRequests);
    this.unmet = unmetExpectations(this);
  }

  /** Lets the script do what is due at this instant, unless a limit is reached meanwhile. */
  private *performSteps(): Generator<void, void> {
    while (!this.script.advance()) {
      this.limit = this.limitAtThisInstant();
      if (this.limit !== null) return;
      yield;
    }
  }

  /** The result of a run that has ended; explaining a violation takes another run. */
  *result(): Generator<void, Omit<RunResult, 'drew' | 'wallMillis'>> {
    return resultOf(this, yield* this.explanation());
  }

  private *explanation(): Generator<void, ViolationReport | null> {
    const { violation, otherViolations } = this.checks;
    if (violation === null) return null;
    const { simulation, scenario } = this;
    const again = (recorder: Recorder): Generator<void, void> => this.runAgain(recorder);
    const causes = yield* chainOfCauses(violation.event, again, (endpoint) => simulation.endpointName(endpoint));
    return explain(violation, otherViolations, simulation, scenario.cluster, causes);
  }

  /** The same run, recorded: recording each run from the start would slow down all that pass. */
  private *runAgain(recorder: Recorder): Generator<void, void> {
    const { recording: _, ...options } = this.options;
    const again = new Run(this.scenario, this.seed, options, recorder);
    yield* again.slices();
    assert(
      again.simulation.hash.digest() === this.simulation.hash.digest(),
      'a run that was recorded differs from the same run unrecorded',
    );
  }

  /** Whether script and timeline are done and the healed cluster is alive again, or has had its time. */
  private isOver(): boolean {
    return this.script.done && this.settling.isOver();
  }

  /** Looked at before each event. */
  private limitReached(): string | null {
    const { time, events } = this.scenario.limits;
    if (this.simulation.event >= events) return limitText(`${events} events`, 'events');
    return this.simulation.nextTime > time ? limitText(`${time / 1_000_000} s of virtual time`, 'time') : null;
  }

  /** Looked at now and then: the limits that a run can reach without time passing. */
  private limitAtThisInstant(): string | null {
    const { events, steps, memory } = this.scenario.limits;
    if (this.simulation.event >= events) return limitText(`${events} events`, 'events');
    if (this.script.steps >= steps) return limitText(`${steps} steps`, 'steps');
    return this.isOutOfMemory() ? limitText(`${describeBytes(memory)} of memory`, 'memory') : null;
  }

  /** What the run holds grows with its events, and with the values that clients send. */
  private isOutOfMemory(): boolean {
    const { simulation, checks, script, reference, nextEstimate, scenario } = this;
    const bytes = simulation.produced;
    if (simulation.event < nextEstimate.event && bytes < nextEstimate.bytes) return false;
    nextEstimate.event = simulation.event + EVENTS_BETWEEN_ESTIMATES;
    nextEstimate.bytes = bytes + BYTES_BETWEEN_ESTIMATES;
    const repliesPerSession = scenario.clients.perSession;
    return footprintOfRun({ simulation, checks, script, reference, repliesPerSession }) >= scenario.limits.memory;
  }

  /** The node of each client that keeps to some nodes: one of those the selector means at that moment. */
  private homes(at: Selector): (client: number) => NodeId {
    const scope = { cluster: this.environment, recall: () => null };
    return (client) => {
      if (client >= this.scenario.clients.count) return -1;
      const nodes = this.scenario.cluster.nodes.map((_name, node) => node).filter((node) => mayMean(at, node, scope));
      return nodes[client % nodes.length] ?? -1;
    };
  }

  private recorder(): Recorder | null {
    const { script, settling, listener } = this;
    // Most runs need none, and then no event costs the question whether anything listens.
    if (listener === null && this.scenario.uses.events.size === 0) return null;
    return {
      begin: (event, cause) => listener?.begin?.(event, cause),
      wants: (kind) => listener?.wants(kind) === true || script.wants(kind),
      record: (event) => {
        listener?.record(event);
        if (!settling.hasBegun && script.wants(event.kind)) script.observe(event);
      },
    };
  }
}

/** `1 GB`, `1.5 MB`. */
function describeBytes(bytes: number): string {
  const [unit, size] =
    bytes >= 1_000_000_000 ? ['GB', 1_000_000_000] : bytes >= 1_000_000 ? ['MB', 1_000_000] : ['B', 1];
  return `${bytes / size} ${unit}`;
}

function limitText(limit: string, key: keyof Limits): string {
  return `the limit of ${limit} was reached (limits.${key} raises it)`;
}
