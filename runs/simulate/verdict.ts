import { anySeedResults } from './any-seed.ts';
import { isExpectedViolation } from './expectations.ts';
import { faultStrikes } from './fault-strikes.ts';
import { pathsOfSteps } from './scenario-steps.ts';
import type { RunResult, Verdict, ViolationReport } from './result.ts';
import type { Run } from './run.ts';

/** The result of a run that has ended. */
export function resultOf(run: Run, violation: ViolationReport | null): Omit<RunResult, 'drew' | 'wallMillis'> {
  const { simulation, checks, scenario, settling } = run;
  const { network, clients } = simulation;
  const probes = settling.probeCounts;
  return {
    scenario: scenario.name,
    settings: scenario.settings,
    file: scenario.file,
    seed: run.seed,
    verdict: verdictOf(run),
    violation,
    unmet: run.unmet,
    limit: run.limit,
    hash: simulation.hash.digest(),
    events: simulation.event,
    virtualMicros: simulation.now,
    messages: {
      sent: network.sent,
      delivered: simulation.delivered,
      dropped: network.dropped,
      duplicated: network.duplicated,
      bytes: network.bytes,
    },
    elections: checks.elections,
    leaderChanges: checks.leaderChanges,
    maxTerm: checks.maxTerm,
    committed: checks.committed,
    ops: {
      invoked: clients.invoked - probes.invoked,
      ok: clients.ok - probes.ok,
      failed: clients.failed - probes.failed,
      unknown: clients.invoked - clients.ok - clients.failed - (probes.invoked - probes.ok - probes.failed),
    },
    marks: simulation.marks.all(),
    faults: faultsByKind(run),
    faultStrikes: faultStrikes(scenario, simulation),
    steps: pathsOfSteps(scenario).map((path) => run.script.counts.of(path)),
    anySeed: anySeedResults(run),
    except: scenario.checks.except,
  };
}

function verdictOf({ checks, scenario: { expect }, limit, unmet }: Run): Verdict {
  const { violation } = checks;
  if (violation !== null) {
    return isExpectedViolation(violation.invariant, expect) ? 'pass' : 'violation';
  }
  if (limit !== null) return 'inconclusive';
  return unmet.length === 0 ? 'pass' : 'unmet';
}

function faultsByKind({ simulation }: Run): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of simulation.faults.list) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
