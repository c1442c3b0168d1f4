import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as api from '../index.ts';
import { type Example, examplesOf, runExample } from './doc-examples.ts';

const { exports, examples } = examplesOf(fileURLToPath(new URL('../index.ts', import.meta.url)));

describe('the public API', () => {
  test('is a small deliberate list', () => {
    expect(exports.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'ActiveFault',
      'EVENTS',
      'EventKind',
      'FaultStrikes',
      'INVARIANTS',
      'Invariant',
      'LIVENESS',
      'MARKS',
      'MUTANTS',
      'Mutant',
      'Problem',
      'RunResult',
      'Scenario',
      'ScenarioError',
      'ScenarioObject',
      'SettingValue',
      'Settings',
      'SimulateOptions',
      'TraceEvent',
      'TracedRun',
      'Unmet',
      'UnmetKind',
      'Verdict',
      'ViolationReport',
      'Witness',
      'formatProblem',
      'loadScenario',
      'loadScenarios',
      'simulate',
      'traceRun',
    ]);
  });

  test.each(exports)('%s has an example, in its own comment or in that of a type it is used with', (name) => {
    expect(examples.filter(({ code }) => new RegExp(`\\b${name}\\b`, 'u').test(code))).not.toEqual([]);
  });

  test.each(examples.map((example): [string, Example] => [example.name, example]))(
    'the example of %s does as it says',
    (_name, example) => {
      const compared = runExample(example, api, (found, stated, line) => expect(found, line).toEqual(stated));
      expect(compared).toBeGreaterThan(0);
    },
  );
});

describe('the lists', () => {
  const { INVARIANTS, LIVENESS, MARKS, EVENTS, MUTANTS } = api;

  test.each(Object.entries({ INVARIANTS, LIVENESS, MARKS, EVENTS, MUTANTS }))(
    '%s maps each id to an entry with that id and a statement',
    (_name, list: ReadonlyMap<string, unknown>) => {
      expect(list.size).toBeGreaterThan(5);
      for (const [id, entry] of list) {
        expect(entry).toMatchObject({ id, statement: expect.stringMatching(/.{10}/u) });
      }
    },
  );
});

describe('loadScenario', () => {
  const { formatProblem, loadScenario, ScenarioError } = api;

  const problemsOf = (source: api.ScenarioObject): string[] => {
    try {
      loadScenario(source);
      return [];
    } catch (error) {
      expect(error).toBeInstanceOf(ScenarioError);
      return (error as api.ScenarioError).problems.map(formatProblem);
    }
  };

  test('reports a mistake in a text with its line and column', () => {
    expect(() => loadScenario('cluster: { nodse: 3 }', 'typo.yaml')).toThrow(/^typo\.yaml:1:12 {2}cluster\.nodse: /u);
  });

  test('loads an object as the same scenario as its text', () => {
    const text = `
name: three
cluster: { nodes: 3 }
clients: { count: 1, ops: none }
script:
  - elect: n2
  - maybe: 50%
    do: [{ write: { key: x, value: 3 } }]
    else: [{ wait: 10ms }]
timeline:
  - { at: 1s, crash: leader }
`;
    const object = {
      name: 'three',
      cluster: { nodes: 3 },
      clients: { count: 1, ops: 'none' },
      script: [
        { elect: 'n2' },
        { maybe: '50%', do: [{ write: { key: 'x', value: 3 } }], else: [{ wait: '10ms' }], label: undefined },
      ],
      timeline: [{ at: '1s', crash: 'leader' }],
    };
    const withoutLines = (scenario: api.Scenario): unknown =>
      JSON.parse(JSON.stringify(scenario, (key, value: unknown) => (key === 'line' ? 0 : value)));
    expect(JSON.parse(JSON.stringify(loadScenario(object)))).toEqual(withoutLines(loadScenario(text, 'scenario')));
  });

  test('reports every mistake in an object with its path', () => {
    expect(problemsOf({ cluster: { nodes: 3 }, seed: [1], script: [{ wait: 5 }, { crash: 'n9' }] })).toEqual([
      expect.stringMatching(/^scenario {2}seed: expected /u),
      expect.stringMatching(/^scenario {2}script\[0\]\.wait: expected a duration/u),
      expect.stringMatching(/^scenario {2}script\[1\]\.crash: .*"n9"/u),
    ]);
  });

  test('refuses in an object what no text could hold', () => {
    const loop: Record<string, unknown> = { cluster: { nodes: 3 } };
    loop['again'] = { loop };
    expect(problemsOf(loop)).toEqual(['scenario  again.loop: this object contains itself']);
    expect(problemsOf({ cluster: { nodes: NaN }, script: [undefined, () => 1], about: new Date(0) })).toEqual([
      'scenario  cluster.nodes: expected a finite number, got NaN',
      'scenario  script[0]: expected a value, got undefined',
      'scenario  script[1]: expected text, a number, a list or an object, got a function',
      'scenario  about: expected a plain object, got an instance of a class',
    ]);
  });

  test.each([
    [[42], 'source: expected the text of a scenario, or a scenario as an object, got a number'],
    [[null], 'source: expected the text of a scenario, or a scenario as an object, got null'],
    [[[]], 'source: expected the text of a scenario, or a scenario as an object, got an array'],
    [[loadScenario('cluster: { nodes: 3 }')], 'got a Scenario, which is loaded already'],
    [['cluster: { nodes: 3 }', { file: 'a.yaml' }], 'file: expected a path or a name, got an object'],
  ])('refuses a wrong argument: %#', (args, message) => {
    const load = (): unknown => (loadScenario as (...given: readonly unknown[]) => unknown)(...args);
    expect(load).toThrow(TypeError);
    expect(load).toThrow(message);
  });
});

test('a trace has the hash of the run it shows, and each trace event a cause that lies before it', () => {
  const scenario = api.loadScenario('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]');
  const { result, events } = api.traceRun(scenario, '7');
  expect(result.hash).toBe(api.simulate(scenario, '7').hash);
  expect(events.length).toBeGreaterThan(20);
  for (const { cause, event } of events) expect(cause).toBeLessThan(event);
});
