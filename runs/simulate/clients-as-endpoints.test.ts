import { expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate } from './simulate.ts';

/** The steps, with two clients, after n1 has been elected. Returns what was not met, of seeds 1 to 5. */
function unmet(steps: string): readonly string[] {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 2, ops: none, timeout: 100ms, retries: 20 }
script:
  - elect: n1
  - until: { converged: true }
${steps.replace(/^/gmu, '  ')}
settle: off
`);
  return ['1', '2', '3', '4', '5'].flatMap((seed) => simulate(scenario, seed).unmet.map(({ text }) => text));
}

test('a reply that is lost to one client: the write is executed, and its retry is answered', () => {
  expect(
    unmet(`- cut: n1 -> c1
- write: { key: x, value: 1, by: c1, to: n1 }
  expect: pending
- expect: { value: { x: 1, on: n1 } }
- write: { key: y, value: 2, by: c2, to: n1 }
  expect: ok
- heal: n1 -> c1
- until: { value: { x: 1, on: all } }`),
  ).toEqual([]);
});

test('an isolated client reaches no node, and others do', () => {
  expect(
    unmet(`- isolate: c1
- write: { key: x, value: 1, by: c1 }
  expect: pending
- write: { key: x, value: 2, by: c2 }
  expect: ok
- heal: c1
- write: { key: y, value: 3, by: c1, to: n1 }
  expect: ok
  within: 5s`),
  ).toEqual([]);
});

test('a client in a group of a partition is on that side', () => {
  expect(
    unmet(`- partition: [[n1, c1], [others]]
- write: { key: x, value: 1, by: c1, to: n1 }
  expect: pending
- elect: n2
- write: { key: x, value: 2, by: c2, to: n2 }
  expect: ok
- read: { key: x, by: c1, to: n2 }
  expect: pending
- heal: all`),
  ).toEqual([]);
});

test('what happens to an operation of a client is an event that steps wait for', () => {
  const fires = (event: string, times = 1): string =>
    `- on: { ${event} }\n  times: ${times}\n  do: [{ count: reset }]\n`;
  expect(
    unmet(`- write: { key: y, value: 1, by: c2 }
  expect: ok
${fires('event: invoked, node: c1, op: put, key: x, sequence: 1')}\
${fires('event: timer, node: c1, timer: timeout, op: put, key: x, sequence: 1', 3)}\
${fires('event: retried, node: c1, peer: n1, op: put, key: x, sequence: 1', 3)}\
${fires('event: delivered, node: c1, peer: n1, type: Reply, op: put, key: x, status: ok')}\
${fires('event: completed, node: c1, op: put, key: x, outcome: ok')}\
${fires('event: completed, node: [c1, c2], op: get, read: 3, outcome: ok')}\
- cut: n1 -> c1
- write: { key: x, value: 3, by: c1, to: n1 }
- after: 350ms
  heal: all
- read: { key: x, by: c1 }
  expect: { value: [2, 3] }
  within: 5s`),
  ).toEqual([]);
});

test('a read that finds nothing has not read any value', () => {
  const seen = unmet(`- on: { event: completed, op: get, read: { not: 3 } }
  do: [{ count: reset }]
- read: { key: x, by: c1 }
  expect: { value: null }`);
  expect(seen).toHaveLength(5);
  expect(seen[0]).toContain('never fired: completed, op get, read not 3 not seen');
});

test('what cannot be is refused', () => {
  const problems = (step: string) => {
    try {
      loadScenario(`cluster: { nodes: 3 }\nclients: 2\nscript:\n${step}`);
      return null;
    } catch (error) {
      return (error as Error).message.split('\n')[0];
    }
  };
  expect(problems('  - cut: c1 -> c2')).toContain('clients exchange no messages with each other');
  expect(problems('  - cut: c1 -> c3')).toContain('unknown client "c3"; the clients are c1 to c2');
  expect(problems('  - crash: c1')).toContain('c1 is a client; expected a node');
  expect(problems('  - ring: [n1, n2, n3, c1]')).toContain('c1 is a client; expected a node');
  expect(problems('  - partition: [[n1, c1], [others]]\n    clients: { c1: n1 }')).toContain(
    'c1 is in a group already',
  );
});
