import { LIVENESS } from '../../checks/liveness-properties.ts';
import type { Expectations } from '../../scenarios/scenario.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { Unmet } from './result.ts';
import type { Run } from './run.ts';
import { stepNamed } from './scenario-steps.ts';

/** Everything expected of a run that was not met, liveness failures first: they explain the rest. */
export function unmetExpectations(run: Run): readonly Unmet[] {
  reportUnsettled(run);
  return [
    ...livenessFailures(run),
    ...failedSteps(run),
    ...marks(run),
    ...conditions(run),
    ...load(run),
    ...expectedViolation(run),
    ...idleFaults(run),
    ...nothingHappened(run),
  ];
}

/** A cluster that did not settle fails a liveness property; the checks know which. */
function reportUnsettled({ checks, settling, scenario: { settle } }: Run): void {
  if (settle === null || settling.pending === '') return;
  checks.didNotConverge(settling.details, settling.after);
}

/** A failure of a liveness property, with the node and the time where the check knows them. */
interface Failure {
  readonly id: string;
  readonly text: string;
  /** −1: the cluster as a whole. */
  readonly node?: NodeId | -1;
  readonly at?: Micros;
}

/** The liveness properties that failed: if a violation has ended the run, no other unmet expectation counts. */
export function livenessFailures({ checks, simulation }: Run): Unmet[] {
  return checks.livenessFailures.map(({ id, text, node = -1, at }: Failure) => ({
    kind: 'liveness',
    id,
    ...(node === -1 ? {} : { node: simulation.nodeName(node) }),
    ...(at === undefined ? {} : { at }),
    text: `${id} ${LIVENESS.get(id)!.title}: ${text}`,
  }));
}

function failedSteps({ script, scenario }: Run): Unmet[] {
  const { failure } = script;
  const failed: Unmet[] =
    failure === null
      ? []
      : [{ kind: 'step', path: failure.path, text: `${stepNamed(scenario, failure.path)}: ${failure.message}` }];
  const unfired = script.neverFired.map(({ path, text }): Unmet => ({
    kind: 'step',
    path,
    text: `${stepNamed(scenario, path)} never fired: ${text}`,
  }));
  return [...failed, ...unfired];
}

function marks({ scenario, simulation }: Run): Unmet[] {
  return scenario.expect.marks.flatMap((expected): Unmet[] => {
    const text = unmetMark(expected, simulation.marks.count(expected.name));
    return text === null ? [] : [{ kind: 'mark', id: expected.name, text }];
  });
}

function unmetMark({ name, min, max }: Expectations['marks'][number], count: number): string | null {
  const seen = count === 0 ? 'not seen' : `seen ${times(count)}`;
  if (count > max) return `mark ${name}: ${seen}, expected ${max === 0 ? 'never' : `at most ${times(max)}`}`;
  if (count < min) return `mark ${name}: ${seen}, expected ${min === 1 ? 'at least once' : `at least ${times(min)}`}`;
  return null;
}

function conditions({ scenario, script }: Run): Unmet[] {
  return scenario.expect.conditions.flatMap((condition): Unmet[] => {
    const missing = script.unmet(condition);
    return missing === null ? [] : [{ kind: 'expectation', text: `at the end: ${missing}` }];
  });
}

function load({ scenario, simulation, settling }: Run): Unmet[] {
  const probes = settling.probeCounts;
  const invoked = simulation.clients.invoked - probes.invoked;
  if (scenario.clients.load === null || invoked === 0 || simulation.clients.ok > probes.invoked) return [];
  return [{ kind: 'load', text: `none of the ${invoked} operations of the clients succeeded` }];
}

function expectedViolation({ scenario, checks }: Run): Unmet[] {
  const { verdict, invariant } = scenario.expect;
  // The audit at the end can find one.
  if (verdict !== 'violation' || checks.violation !== null) return [];
  if (invariant === null) return [{ kind: 'expectation', text: 'expected a violation, found none' }];
  const text = `expected a violation of ${invariant}, found none`;
  return [{ kind: 'expectation', id: invariant, text }];
}

/** A fault that had no effect tested nothing. One step may inject several of a kind: one effect is enough. */
function idleFaults({ scenario, simulation }: Run): Unmet[] {
  const steps = new Map<string, Map<string, number>>();
  for (const { kind, path, effects, byChance } of simulation.faults.list) {
    if (byChance) continue;
    const kinds = steps.get(path) ?? new Map<string, number>();
    kinds.set(kind, (kinds.get(kind) ?? 0) + effects);
    steps.set(path, kinds);
  }
  return [...steps].flatMap(([path, kinds]) =>
    [...kinds]
      .filter(([, effects]) => effects === 0)
      .map(([id]): Unmet => ({ kind: 'fault', id, path, text: `${stepNamed(scenario, path)}: ${id} had no effect` })),
  );
}

/** A run that can have shown nothing, because there was nothing in it to see. */
function nothingHappened({ isChecked, scenario, simulation }: Run): Unmet[] {
  const { expect } = scenario;
  const expectsSomething = expect.verdict === 'violation' || expect.marks.length > 0 || expect.conditions.length > 0;
  const { network, clients, faults } = simulation;
  const isEmpty =
    network.sent === 0 &&
    clients.invoked === 0 &&
    faults.list.length === 0 &&
    Object.keys(simulation.marks.all()).length === 0;
  // Without the checks no mark is set: a single node elects itself unseen.
  if (!isChecked || expectsSomething || !isEmpty) return [];
  return [
    {
      kind: 'nothing-happened',
      text: 'nothing happened: no leader was elected, and no message, client operation or fault occurred',
    },
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
