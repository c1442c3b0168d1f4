import { LIVENESS } from '../../checks/liveness-properties.ts';
import type { Expectations } from '../../scenarios/scenario.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import { isViolationOfAnySeed } from './any-seed.ts';
import { unmetMark } from './expected-marks.ts';
import { missedStrikes } from './must-strike.ts';
import type { Unmet } from './result.ts';
import type { Run } from './run.ts';
import { stepNamed } from './scenario-steps.ts';

/** Everything expected of a run that was not met, first what explains the rest: liveness failures and failed steps. */
export function unmetExpectations(run: Run): readonly Unmet[] {
  const failures = [...unsettled(run), ...livenessFailures(run), ...failedSteps(run)];
  return [
    ...failures,
    // A fault after a step that failed could not strike.
    ...(failures.length === 0 ? missedStrikes(run) : []),
    ...marks(run),
    ...conditions(run),
    ...expectedViolation(run),
    ...nothingHappened(run),
  ];
}

/**
 * A cluster that did not settle fails a liveness property, which the checks know. It owes nothing if no quorum runs, because
 * nodes have refused to start, or if priorities keep it from electing a leader.
 */
function unsettled({ checks, settling, scenario: { settle } }: Run): Unmet[] {
  if (settle === null || settling.pending === '') return [];
  const missing = checks.missingQuorum();
  if (missing !== null) return [{ kind: 'expectation', text: `after everything healed, ${missing}` }];
  checks.didNotConverge(settling.details, settling.after);
  if (checks.mayHaveLeader()) return [];
  const why = 'priorities keep the nodes whose logs can win from starting an election, or from starting it in time';
  return [{ kind: 'expectation', text: `${settling.after}no leader can be elected: ${why}` }];
}

/** What was not met beside a violation, which has ended the run: no other expectation counts. */
export function unmetBesideViolation(run: Run): readonly Unmet[] {
  return [...otherViolation(run), ...livenessFailures(run)];
}

/** An invariant that was expected to break where another did. */
function otherViolation({ scenario: { expect }, checks }: Run): Unmet[] {
  const broken = checks.violation!.invariant;
  const { verdict, invariant, anySeed } = expect;
  if (isExpectedViolation(broken, expect)) return [];
  const expected = verdict === 'violation' && invariant !== null ? [{ id: invariant, where: '' }] : [];
  const inSome = anySeed.flatMap(({ violation: id }) => (id === null ? [] : [{ id, where: ' with some seed' }]));
  return [...expected, ...inSome].map(({ id, where }): Unmet => {
    return { kind: 'expectation', id, text: `expected a violation of ${id}${where}, got ${broken}` };
  });
}

/** Whether a scenario expects that this invariant breaks. */
export function isExpectedViolation(broken: string, { verdict, invariant, anySeed }: Expectations): boolean {
  const isExpected = verdict === 'violation' && (invariant === null || invariant === broken);
  return isExpected || isViolationOfAnySeed(broken, anySeed);
}

/** A failure of a liveness property, with the node and the time where the check knows them. */
interface Failure {
  readonly id: string;
  readonly text: string;
  /** −1: the cluster as a whole. */
  readonly node?: NodeId | -1;
  readonly at?: Micros;
}

/** The liveness properties that failed. */
function livenessFailures({ checks, simulation }: Run): Unmet[] {
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

function conditions({ scenario, script }: Run): Unmet[] {
  return scenario.expect.conditions.flatMap((condition): Unmet[] => {
    const missing = script.unmet(condition);
    return missing === null ? [] : [{ kind: 'expectation', text: `at the end: ${missing}` }];
  });
}

function expectedViolation({ scenario, checks }: Run): Unmet[] {
  const { verdict, invariant } = scenario.expect;
  // The audit at the end can find one.
  if (verdict !== 'violation' || checks.violation !== null) return [];
  if (invariant === null) return [{ kind: 'expectation', text: 'expected a violation, found none' }];
  const text = `expected a violation of ${invariant}, found none`;
  return [{ kind: 'expectation', id: invariant, text }];
}

/** A run that can have shown nothing, because there was nothing in it to see. */
function nothingHappened({ isChecked, scenario, simulation }: Run): Unmet[] {
  const { expect } = scenario;
  const { verdict, marks, conditions, anySeed } = expect;
  const expectsSomething = verdict === 'violation' || [marks, conditions, anySeed].some(({ length }) => length > 0);
  const { clients, faults } = simulation;
  const isEmpty =
    clients.invoked === 0 &&
    faults.list.every(({ effects }) => effects === 0) &&
    simulation.marks.count('leader-elected') === 0;
  // Without the checks no mark is set: a single node elects itself unseen.
  if (!isChecked || expectsSomething || !isEmpty) return [];
  return [
    {
      kind: 'nothing-happened',
      text: 'nothing happened: no leader was elected, nothing was asked and no fault struck',
    },
  ];
}
