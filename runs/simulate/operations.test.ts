import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate } from './simulate.ts';

/** Two clients write and read x, one after the other; then what is given. Returns what was not met. */
function unmet(more: string, steps = ''): readonly string[] {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 2, ops: none, timeout: 100ms, retries: 2 }
script:
  - elect: n1
  - read: { key: x, by: c1 }
    expect: { value: null }
  - write: { key: x, value: a, by: c1 }
    expect: ok
  - read: { key: x, by: c1 }
    expect: ok
  - read: { key: x, by: c2 }
    expect: { value: [a, b] }
  - cas: { key: x, expected: b, value: c, by: c2 }
    expect: fail
  - isolate: c2
  - write: { key: y, value: 1, by: c2 }
${steps.replace(/^(?=.)/gmu, '  ')}
  - wait: 1s
expect: ${more}
settle: off
`);
  return simulate(scenario, '1').unmet.map(({ text }) => text);
}

describe('operations', () => {
  test.each([
    '{ operations: { ok: 4, fail: 1, unknown: 1, pending: 0, invoked: 6 } }',
    '{ operations: { ok: { min: 2, max: 3 }, by: c1, key: x } }',
    '{ operations: { ok: 3, op: read, by: [c1, c2] } }',
    '{ operations: { ok: 1, fail: 1, op: [write, cas], key: x } }',
    '{ operations: { unknown: 0, by: c1 } }',
    '[{ operations: { unknown: { min: 1 }, key: y } }, { operations: { ok: { max: 0 }, key: y } }]',
    '[{ everySeed: { operations: { ok: { min: 1 } } } }, { anySeed: { operations: { ok: { min: 1 } } } }]',
  ])('are counted: %s', (expectation) => {
    expect(unmet(expectation)).toEqual([]);
  });

  test.each([
    ['{ ok: { min: 10 }, by: c1 }', 'at least 10 ok operations by c1; 3 ok'],
    ['{ ok: { max: 2 }, unknown: 1 }', 'at most 2 ok and 1 unknown operations; 4 ok, 1 failed, 1 unknown'],
    [
      '{ fail: 0, op: [cas, write], by: [c1, c2], key: x }',
      '0 failed cas or write operations on x by c1, c2; 1 ok, 1 failed',
    ],
    ['{ invoked: 2, by: c1, op: write }', '2 invoked write operations by c1; 1 invoked, 1 ok'],
  ])('that are not as expected are told: %s', (operations, text) => {
    expect(unmet(`{ operations: ${operations} }`)).toEqual([`at the end: expected ${text}`]);
  });

  test('are waited for, from a reset on', () => {
    const steps = `- until: { operations: { pending: 1, by: c2 } }
- heal: all
- count: reset
- expect: { operations: { ok: 0, pending: 1 } }
- until: { operations: { ok: { min: 1 }, op: write, by: c2 }, reads: { key: x, values: [b] } }
  within: 300ms
  otherwise: skip
- write: { key: x, value: b, by: c1 }
- read: { key: x, by: c1 }
- until: { operations: { ok: { min: 1 }, op: write, by: c2 }, reads: { key: x, values: [b] } }`;
    expect(unmet('{ operations: { ok: 3, invoked: 2 }, reads: { key: x, values: [b] } }', steps)).toEqual([]);
  });

  test('of the probes that settle a run do not count', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 1, ops: none }
script:
  - write: { key: x, value: 1 }
    expect: ok
expect: { operations: { ok: 1, invoked: 1 } }
`);
    expect(simulate(scenario, '1').unmet).toEqual([]);
  });
});

describe('reads', () => {
  test.each([
    '{ reads: { key: x, by: c1, values: [null, a] } }',
    '{ reads: { key: x, by: c2, values: [a] } }',
    '{ reads: { key: x, values: [null, a] } }',
  ])('returned these values, one after the other: %s', (expectation) => {
    expect(unmet(expectation)).toEqual([]);
  });

  test.each([
    ['{ key: x, by: c1, values: [a] }', 'reads of x by c1 to return "a"; they returned nothing, then "a"'],
    [
      '{ key: x, values: [null, a, b] }',
      'reads of x to return nothing, then "a", then "b"; they returned nothing, then "a"',
    ],
  ])('that returned others are told: %s', (reads, text) => {
    expect(unmet(`{ reads: ${reads} }`)).toEqual([`at the end: expected ${text}`]);
  });

  test('of which none has succeeded', () => {
    expect(unmet('{ reads: { key: y, values: [1] } }', '- read: { key: y, by: c2 }')).toEqual([
      'at the end: expected reads of y to return "1"; none has succeeded',
    ]);
  });
});

describe('what makes no sense is refused', () => {
  const problem = (expectation: string, clients = '{ count: 2, ops: { put: 1 } }'): string => {
    try {
      loadScenario(`cluster: { nodes: 3 }\nclients: ${clients}\nexpect: ${expectation}\n`);
      return 'nothing';
    } catch (error) {
      return (error as Error).message.split('\n')[0]!;
    }
  };

  test.each([
    ['{ operations: { ok: 1, by: c3 } }', 'operations.by: unknown client "c3"; the clients are c1 to c2'],
    ['{ operations: { ok: 1, by: [c1, n1] } }', 'operations.by[1]: n1 is a node; expected a client'],
    ['{ operations: { ok: 1, by: [c1, c1] } }', 'operations.by[1]: "c1" is listed twice'],
    ['{ operations: { by: c1 } }', 'operations: expected invoked, ok, fail, unknown, pending or several of them'],
    ['{ operations: { ok: { min: 3, max: 1 } } }', 'operations.ok.max: the range is empty'],
    ['{ operations: { ok: 1, op: put } }', 'expected write, read, cas, append, delete, or a list of them, got "put"'],
    ['{ operations: { succeeded: 1 } }', 'unknown key "succeeded"; did you mean "ok"?'],
    ['{ operations: { ok: some } }', 'expected a whole number, or a mapping like { min: 10 }, got "some"'],
    ['{ history: { ok: 3 } }', 'unknown key "history"; did you mean "operations"?'],
    ['{ operations: { ok: 1, op: read } }', 'this cannot come about: no step and no load has such operations'],
    ['{ operations: { ok: { min: 1 }, key: k4 } }', 'no step and no load has such operations on "k4"'],
    ['{ reads: { key: k1, values: [a] } }', 'this cannot come about: no step and no load has such operations on "k1"'],
    ['{ reads: { key: k1 } }', '"values" is missing'],
    [
      '{ reads: { key: k1, values: [a, a] } }',
      'values[1]: "a" follows itself; a value that is read again at once counts once',
    ],
    [
      '{ reads: { key: k1, by: [c1, c2], values: [a] } }',
      'reads.by: expected the name of a client like c1, got a list',
    ],
  ])('%s', (expectation, text) => {
    expect(problem(expectation)).toContain(text);
  });

  test('without clients', () => {
    expect(problem('{ operations: { unknown: 0 } }', '0')).toContain('there are no clients; add');
    expect(problem('{ reads: { key: x, values: [a] } }', '0')).toContain('there are no clients; add');
  });

  test('and not what a load or a step can do', () => {
    expect(problem('{ operations: { ok: { min: 1 }, op: [read, write], key: k3, by: c2 } }')).toBe('nothing');
    expect(problem('{ operations: { ok: 0, op: cas, key: other } }')).toBe('nothing');
  });
});
