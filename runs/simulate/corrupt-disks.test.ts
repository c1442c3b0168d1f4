import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

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

test('a record that is not there cannot be damaged, and the trace says so', () => {
  const steps = '{ disk: { nodes: n2, corrupt: snapshot } }, { disk: { nodes: n2, corrupt: entry, index: 9 } }';
  const { events } = traceRun(
    loadScenario(`cluster: { nodes: 3 }\nscript: [{ elect: n1 }, { until: { converged: true } }, ${steps}]`),
    '1',
  );
  expect(events.filter(({ fields }) => fields['fault'] === 'disk-corrupt').map(({ text }) => text)).toEqual([
    'no such snapshot on the disk to damage',
    'no such entry 9 on the disk to damage',
  ]);
});

test('a node that halts in its run stops, one that finds a corrupt record does not start', () => {
  const texts = (steps: string): readonly string[] => {
    const script = `[{ elect: n1 }, { until: { converged: true } }, ${steps}]`;
    const scenario = `cluster: { nodes: 3 }\nclients: { count: 1, ops: none }\nscript: ${script}`;
    const { events } = traceRun(loadScenario(scenario), '1');
    return events.filter(({ kind }) => kind === 'halted').map(({ text }) => text);
  };
  expect(texts('{ disk: { nodes: n1, full: true } }, { write: { key: x, value: 1 } }, { wait: 50ms }')).toEqual([
    'stops: its disk is full',
  ]);
  expect(texts('{ disk: { nodes: n2, corrupt: entry, index: 1 } }, { restart: n2 }')[0]).toBe(
    'does not start: the checksum of entry 1 does not fit',
  );
});
