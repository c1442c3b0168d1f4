import { RaftChecker } from '../../checks/raft-checker.ts';
import { LIVENESS } from '../../checks/liveness-properties.ts';
import { MUTANTS } from '../../core/mutants/index.ts';
import { DEFAULT_OPTIONS } from '../../core/options.ts';
import type { Scenario, Selector } from '../../scenarios/scenario.ts';
import { createScript, type Script } from '../../scenarios/interpreter/script.ts';
import { mayMean } from '../../scenarios/interpreter/selectors.ts';
import { assert } from '../../sim/base/assert.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import type { Recorder } from '../../sim/observer.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import { WAKE } from '../../sim/base/event-kinds.ts';
import { MessageCounts } from '../../sim/message-counts.ts';
import { explain } from './explain.ts';
import { buildSimulation, probes, SimulatedCluster } from './build-simulation.ts';
import { stepNamed } from './scenario-steps.ts';
import { Reference } from './reference.ts';
import type { RunResult, TracedRun, Verdict } from './result.ts';
import { type RaftSimulation, SimulationEnvironment } from './simulation-environment.ts';

/** How a run is watched; none of it changes what happens. */
export interface SimulateOptions {
  /** Which invariants may be reported; default all. */
  readonly invariants?: readonly string[];
  /**
   * False leaves the checks out, to see what they cost: only for scenarios without conditions and with `settle: off`,
   * which are judged by what the checks see. Default true.
   */
  readonly checks?: boolean;
  /** Freeze every message when it is sent. Slow; finds nodes that change what they sent. Default false. */
  readonly freeze?: boolean;
  /** Takes every observation of the run. */
  readonly record?: (observation: TraceEvent) => void;
}

/**
 * Runs a scenario with a seed. The same pair gives the same result, but for `wallMillis`.
 *
 * @param seed any string; null: the scenario's own
 * @throws TypeError if the seed is not a string
 * @throws Defect if Whitewater itself is broken
 */
export function simulate(program: Scenario, seed: string | null = null, options: SimulateOptions = {}): RunResult {
  const slices = simulateInSlices(program, seed, options);
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

/**
 * Like `simulate`, but comes up for air every few ten thousand events, so that whoever drives it can look around and
 * stop. Slicing changes nothing in the run.
 */
export function* simulateInSlices(
  program: Scenario,
  seed: string | null = null,
  options: SimulateOptions = {},
): Generator<void, RunResult> {
  // From JavaScript a number may come, and 42 is not '42' to a random stream.
  if (seed !== null && typeof seed !== 'string') throw new TypeError('a seed is a string: write "42", not 42');
  const started = performance.now();
  const run = new Run(program, seed ?? program.seed, options);
  yield* run.slices();
  return run.result(performance.now() - started);
}

/** Events between two breaths: some 50 ms. */
const SLICE = 50_000;

/** Runs a scenario with a seed and keeps everything that can be observed. */
export function traceRun(program: Scenario, seed: string | null = null): TracedRun {
  const observations: TraceEvent[] = [];
  const result = simulate(program, seed, { record: (observation) => observations.push(observation) });
  const { nodes } = program.cluster;
  const endpoints = [...nodes];
  for (let client = 1; client <= program.clients.count + probes(program); client++) endpoints.push(`c${client}`);
  return { result, nodes, endpoints, observations };
}

/** How long a healed cluster is watched before it is given another write. */
const PROBE_AGAIN_AFTER: Micros = 1_000_000;

/** One run under way. */
class Run {
  readonly world: RaftSimulation;
  readonly checks: RaftChecker;
  private readonly program: Scenario;
  private readonly seed: string;
  private readonly options: SimulateOptions;
  private readonly script: Script;
  private readonly stage: SimulationEnvironment;
  private readonly unmet: string[] = [];
  private limit: string | null = null;
  /** When the cluster was healed and asked to show that it is alive; −1 before. */
  private settlingSince: Micros = -1;
  private settlePending = '';
  /** Numbers of the writes that are to prove the healed cluster alive. */
  private readonly probes: number[] = [];
  private probedAt: Micros = 0;

  constructor(program: Scenario, seed: string, options: SimulateOptions) {
    this.program = program;
    this.seed = seed;
    this.options = options;
    this.world = buildSimulation(program, seed, options.freeze ?? false);
    const enabled = options.invariants === undefined ? null : new Set(options.invariants);
    const reference = new Reference(program.cluster.raft.sessionTimeout ?? null);
    const promises = { ...DEFAULT_OPTIONS, ...program.cluster.raft };
    this.checks = new RaftChecker(new SimulatedCluster(this.world), reference, enabled, promises);
    this.stage = new SimulationEnvironment(this.world, this.checks, program.clients.count, program.clients.load);
    this.script = createScript(program, this.stage);
    if (program.clients.at !== null) this.world.clients.home = this.homes(program.clients.at);
    if (program.uses.counters) this.world.messageCounts = new MessageCounts();
  }

  toTheEnd(): void {
    for (const breath of this.slices()) void breath;
  }

  *slices(): Generator<void, void> {
    const { world, checks, script, program } = this;
    const { time, events } = program.limits;
    let nextBreath = SLICE;
    world.start(this.options.checks === false ? null : checks, this.recorder());
    if (program.clients.load !== null) world.clients.startLoad(program.clients.load);
    script.advance();
    while (checks.violation === null && !this.isOver()) {
      if (world.event >= events) this.limit = `the limit of ${events} events was reached`;
      else if (world.nextTime > time) this.limit = `the limit of ${time / 1_000_000} s of virtual time was reached`;
      if (this.limit !== null) return;
      const kind = world.step();
      if (world.event >= nextBreath) {
        nextBreath = world.event + SLICE;
        yield;
      }
      if (this.settlingSince < 0 && (kind === WAKE || script.pending)) script.advance();
    }
    if (checks.violation === null) {
      checks.audit(world.clients.failedRequests);
      this.collectUnmet();
    }
    // What explains the rest comes first.
    this.unmet.unshift(...checks.livenessFailures.map(({ id, text }) => `${id} ${LIVENESS.get(id)!.title}: ${text}`));
  }

  result(wallMillis: number): RunResult {
    const { world, checks, program } = this;
    const { network, clients } = world;
    const finding = checks.violation;
    const violation = finding === null ? null : explain(finding, world, this.bug(), (record) => this.again(record));
    const outcomes = this.probes.map((probe) => clients.operation(probe)?.outcome ?? 'pending');
    const probesOk = outcomes.filter((outcome) => outcome === 'ok').length;
    const probesFailed = outcomes.filter((outcome) => outcome === 'fail').length;
    return {
      scenario: program.name,
      file: program.file,
      seed: this.seed,
      verdict: this.verdict(),
      violation,
      unmet: this.unmet,
      limit: this.limit,
      hash: world.hash.digest(),
      events: world.event,
      virtualMicros: world.now,
      messages: {
        sent: network.sent,
        delivered: world.delivered,
        dropped: network.dropped,
        duplicated: network.duplicated,
        bytes: network.bytes,
      },
      elections: checks.elections,
      leaderChanges: checks.leaderChanges,
      maxTerm: checks.maxTerm,
      committed: checks.committed,
      ops: {
        // The writes that prove the cluster alive are nobody's.
        invoked: clients.invoked - outcomes.length,
        ok: clients.ok - probesOk,
        failed: clients.failed - probesFailed,
        unknown: clients.invoked - clients.ok - clients.failed - (outcomes.length - probesOk - probesFailed),
      },
      marks: world.marks.all(),
      faults: this.faultsByKind(),
      randomFaults: this.randomFaults(),
      wallMillis,
    };
  }

  /** Script done, everything healed, and the cluster alive again, or not. */
  private isOver(): boolean {
    const { script, program, world } = this;
    if (!script.done) return false;
    if (program.settle === null) return true;
    if (this.settlingSince < 0) this.beginToSettle();
    if (this.settlePending === '' || world.now >= this.settlingSince + program.settle.within) return true;
    this.settlePending = this.missingForLife();
    return this.settlePending === '';
  }

  private beginToSettle(): void {
    const { world, program } = this;
    this.settlingSince = world.now;
    this.settlePending = 'nothing has happened yet';
    world.clients.stopLoad();
    world.faults.undoAll({ path: 'settle', event: world.event });
    this.writeProbe();
    world.wakeAt(world.now + program.settle!.within);
  }

  private writeProbe(): void {
    const command = Object.freeze({ op: 'put' as const, key: '(settle)', value: 'alive', expected: null });
    this.probedAt = this.world.now;
    this.probes.push(this.world.clients.operate(this.program.clients.count, command, -1));
  }

  /** What a live cluster would have shown by now, in words; empty if it has. */
  private missingForLife(): string {
    const { world, checks } = this;
    const { clients } = world;
    const outcome = clients.operation(this.probes[this.probes.length - 1]!)?.outcome;
    // A probe that was given up says nothing yet: the next one may get through.
    if (outcome === 'fail' || outcome === 'unknown') this.writeProbe();
    if (outcome !== 'ok') return 'a fresh write was not acknowledged';
    if (clients.outstanding > 0) return `${clients.outstanding} client operations are still unanswered`;
    if (checks.converged()) return checks.unfinishedChange() ?? '';
    // A leader elected after the write cannot commit it without an entry of its own term: give it one.
    if (world.now >= this.probedAt + PROBE_AGAIN_AFTER) this.writeProbe();
    return 'the logs have not converged under one leader';
  }

  private collectUnmet(): void {
    const { script, program, world, unmet } = this;
    if (script.failure !== null) {
      unmet.push(`${stepNamed(program, script.failure.path)}: ${script.failure.message}`);
    }
    for (const step of script.neverFired) unmet.push(`never happened: ${step}`);
    if (this.settlePending !== '') {
      const after = `${program.settle!.within / 1_000_000} s after everything healed, `;
      this.checks.didNotConverge(this.settlePending, after);
    }
    for (const { name, min, max } of program.expect.marks) {
      const count = world.marks.count(name);
      if (count < min)
        unmet.push(
          `mark ${name} expected ${min === 1 ? '' : `at least ${min} times, `}but seen ${count === 0 ? 'never' : times(count)}`.replace(
            'expected but',
            'expected, but',
          ),
        );
      if (count > max) unmet.push(`mark ${name} expected at most ${times(max)}, but seen ${times(count)}`);
    }
    for (const condition of program.expect.conditions) {
      const missing = script.unmet(condition);
      if (missing !== null) unmet.push(`at the end: ${missing}`);
    }
    const { invoked, ok } = world.clients;
    if (program.clients.load !== null && invoked > this.probes.length && ok <= this.probes.length) {
      unmet.push(`none of the ${invoked - this.probes.length} operations of the clients succeeded`);
    }
    if (program.expect.verdict === 'violation') {
      unmet.push(
        `a violation${program.expect.invariant === null ? '' : ` of ${program.expect.invariant}`} was expected, but none occurred`,
      );
    }
    this.collectIdleFaults();
  }

  /** A fault that had no effect tested nothing. */
  private collectIdleFaults(): void {
    const effects = new Map<string, { kind: string; path: string; count: number }>();
    for (const { kind, path, effects: count, byChance } of this.world.faults.list) {
      if (byChance) continue;
      const sum = effects.get(`${path}: ${kind}`) ?? { kind, path, count: 0 };
      sum.count += count;
      effects.set(`${path}: ${kind}`, sum);
    }
    for (const { kind, path, count } of effects.values()) {
      if (count === 0) this.unmet.push(`${stepNamed(this.program, path)}: ${kind} had no effect`);
    }
  }

  /** Where clients go that stick to some nodes: each to one of those the selector means at that moment. */
  private homes(at: Selector): (client: number) => NodeId {
    const scope = { cluster: this.stage, recall: () => null };
    return (client) => {
      if (client >= this.program.clients.count) return -1;
      const nodes = this.program.cluster.nodes.map((_name, node) => node).filter((node) => mayMean(at, node, scope));
      return nodes[client % nodes.length] ?? -1;
    };
  }

  private verdict(): Verdict {
    const { violation } = this.checks;
    const { expect } = this.program;
    if (violation !== null) {
      const isExpected =
        expect.verdict === 'violation' && (expect.invariant === null || expect.invariant === violation.invariant);
      return isExpected ? 'pass' : 'violation';
    }
    if (this.limit !== null) return 'inconclusive';
    return this.unmet.length === 0 ? 'pass' : 'unmet';
  }

  private faultsByKind(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { kind } of this.world.faults.list) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  }

  private randomFaults(): Record<string, number> {
    const { program, world } = this;
    const faults: Record<string, number> = {};
    for (const { kind } of program.uses.randomFaults) {
      faults[kind] = kind === 'loss' ? world.network.lost : world.network.duplicated;
    }
    for (const { byChance, path, kind, effects } of world.faults.list) {
      if (byChance) faults[`${path}: ${kind}`] = (faults[`${path}: ${kind}`] ?? 0) + effects;
    }
    return faults;
  }

  private recorder(): Recorder | null {
    const { script } = this;
    // Most runs need none, and then an event costs no question whether somebody listens.
    if (this.options.record === undefined && this.program.uses.events.size === 0) return null;
    const { record } = this.options;
    return {
      wants: (kind) => record !== undefined || script.wants(kind),
      record: (observation) => {
        record?.(observation);
        if (this.settlingSince < 0 && script.wants(observation.kind)) script.observe(observation);
      },
    };
  }

  /** The known bug the nodes run with, in words. */
  private bug(): string | null {
    const { mutant } = this.program.cluster;
    return mutant === null ? null : `known bug ${mutant}: ${MUTANTS.get(mutant)?.statement ?? 'unknown'}`;
  }

  /** The same run once more, for a closer look. */
  private again(record: (observation: TraceEvent) => void): void {
    if (this.options.record !== undefined) return;
    const second = new Run(this.program, this.seed, { ...this.options, record });
    second.toTheEnd();
    assert(
      second.world.hash.digest() === this.world.hash.digest(),
      'a run that was recorded differs from the same run unrecorded',
    );
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
