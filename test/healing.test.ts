import { expect, test } from 'vitest';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';

/** Disturbances whose effects would outlast their end by far, if healing only turned back the knob. */
const LASTING: readonly [string, string][] = [
  ['a stalled disk', 'disk: { nodes: all, stall: 60s }'],
  ['a slow fsync', 'disk: { nodes: all, fsync: 60s }'],
  ['a slow process', 'process: { nodes: all, service: 60s }'],
  ['weather on links that keep their order', 'network: { latency: 60s, fifo: true }'],
  ['a bandwidth of next to nothing', 'network: { bandwidth: 10B/s }'],
  ['a clock that jumped back', 'clock: { nodes: all, jump: -60s }'],
  ['a clock that jumped ahead', 'clock: { nodes: all, jump: 60s }'],
  ['a clock that stands almost still', 'clock: { nodes: all, drift: -900000ppm }'],
];

test.for(LASTING)('a cluster comes to life within seconds after %s', ([, step]) => {
  const program = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 2, think: 5ms }
script:
  - until: { leaders: 1 }
  - ${step}
  - wait: 1s
settle: { within: 5s }
`);
  for (const seed of ['1', '2', '3']) {
    const { verdict, unmet } = simulate(program, seed);
    expect(unmet.filter(({ kind }) => kind === 'liveness')).toEqual([]);
    expect(verdict).not.toBe('violation');
  }
});

test('a node that was wiped and stays away is no violation', () => {
  const program = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 1, think: 5ms }
script:
  - elect: n1
  - wait: 200ms
  - wipe: n3
  - wait: 500ms
settle: off
`);
  expect(simulate(program)).toMatchObject({ verdict: 'pass' });
});

test('a node that comes back from a wiped disk and votes under its old name is a violation', () => {
  const program = loadScenario(`
cluster: { nodes: 3 }
script: [{ elect: n1 }, { wait: 200ms }, { wipe: n3 }, { restart: n3 }, { timeout: n3 }]
`);
  expect(simulate(program)).toMatchObject({ verdict: 'violation', violation: { invariant: 'I34' } });
});
