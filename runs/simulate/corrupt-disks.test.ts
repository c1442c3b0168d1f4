import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate } from './simulate.ts';

const SEEDS = ['1', '2', '3', '4', '5'];

/** n2 alone has acknowledged the write of x, and its acknowledgement is on its way to n1, when its disk is damaged. */
function acknowledged(corrupt: string, mutant = '', then = ''): string {
  return `
cluster: { nodes: 3${mutant} }
clients: { count: 1, ops: none }
script:
  - elect: n1
  - until: { converged: true }
  - isolate: n3
  - network: { links: n2 -> n1, latency: 100ms }
  - on: { event: sent, node: n2, type: AppendEntriesReply, index: 2 }
    do: [{ disk: { nodes: n2, corrupt: ${corrupt} } }${then}]
  - write: { key: x, value: 1 }
    expect: ok
  - wait: 1s`;
}

describe('what a node has acknowledged before its disk was damaged', () => {
  test.each(['entry', 'vote'])('counts, as the node does not start from a corrupt %s', (record) => {
    const scenario = loadScenario(acknowledged(record));
    expect(SEEDS.map((seed) => simulate(scenario, seed).verdict)).toEqual(SEEDS.map(() => 'pass'));
  });

  test('is what it has lost, once it starts all the same: I34 where I36 is not reported', () => {
    const text = acknowledged('vote', ', mutant: D4', ', { restart: n2 }');
    const scenario = loadScenario(`checks: { except: [I36] }\n${text}`);
    expect(SEEDS.map((seed) => simulate(scenario, seed).violation?.invariant)).toEqual(SEEDS.map(() => 'I34'));
  });
});
