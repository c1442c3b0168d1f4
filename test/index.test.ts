import { expect, test } from 'vitest';
import { INVARIANTS, loadScenario, MARKS, ScenarioError, simulate, traceRun } from '../index.ts';

test('the example of the public API does as it says', () => {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
script:
  - until: { leaders: 1 }
  - crash: leader
  - until: { leaders: 1 }
`);
  const result = simulate(scenario, '42');
  expect(result.verdict).toBe('pass');
  expect(result.hash).toBe(simulate(scenario, '42').hash);
});

test('the example of loadScenario does as it says', () => {
  expect(loadScenario('cluster: { nodes: 3 }', 'quiet.yaml').cluster.nodes).toEqual(['n1', 'n2', 'n3']);
});

test('a mistake in a scenario is an error with its place', () => {
  try {
    loadScenario('cluster: { nodse: 3 }', 'typo.yaml');
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    expect((error as ScenarioError).problems[0]).toMatchObject({ file: 'typo.yaml', line: 1 });
  }
});

test('marks and invariants are listed with what they mean', () => {
  expect(INVARIANTS.get('I1')).toMatchObject({ title: 'ElectionSafety', section: 'Raft §5.2' });
  expect(MARKS.get('split-vote')).toMatch(/^two or more candidates/);
});

test('a trace has the hash of the run it shows, and each observation a cause that lies before it', () => {
  const scenario = loadScenario('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]');
  const { result, events } = traceRun(scenario, '7');
  expect(result.hash).toBe(simulate(scenario, '7').hash);
  expect(events.length).toBeGreaterThan(20);
  for (const { cause, event } of events) expect(cause).toBeLessThan(event);
});
