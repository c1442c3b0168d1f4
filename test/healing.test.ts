import { expect, test } from 'vitest';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';

/** Faults whose effects would outlast their end by far, if healing only turned back the knob. */
const LASTING: readonly [string, string][] = [
  ['a stalled disk', 'disk: { nodes: all, stall: 60s }'],
  ['a slow fsync', 'disk: { nodes: all, fsync: 60s }'],
  ['a slow process', 'process: { nodes: all, service: 60s }'],
  ['a delay on links that keep the order of messages', 'network: { latency: 60s, fifo: true }'],
  ['a bandwidth of ten bytes a second', 'network: { bandwidth: 10B/s }'],
  ['a clock that jumped back', 'clock: { nodes: all, jump: -60s }'],
  ['a clock that jumped ahead', 'clock: { nodes: all, jump: 60s }'],
  ['a clock that stands still', 'clock: { nodes: all, drift: stopped }'],
  ['a clock that runs backwards', 'clock: { nodes: all, drift: backwards }'],
  ['a clock at a tenth of its rate', 'clock: { nodes: all, drift: -900000ppm }'],
];

test.for(LASTING)('a cluster makes progress within seconds after %s', ([, step]) => {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 2, think: 5ms }
script:
  - until: { leaders: 1 }
  - ${step}
  - wait: 1s
settle: { within: 5s }
`);
  for (const seed of ['1', '2', '3']) {
    const { verdict, unmet } = simulate(scenario, seed);
    expect(unmet.filter(({ kind }) => kind === 'liveness')).toEqual([]);
    expect(verdict).not.toBe('violation');
  }
});

test('a cluster makes progress after clocks that went back, whatever its nodes remember of them', () => {
  // After leader contact an hour later than now, nodes would deny pre-votes and ignore candidates for an hour.
  const scenario = loadScenario(`
cluster: { nodes: 3, raft: { preVote: true, checkQuorum: true } }
clients: { count: 2, think: 5ms }
script:
  - until: { leaders: 1 }
  - clock: { nodes: all, jump: 1h }
  - until: { mark: { name: leader-elected, min: 2 } }
  - wait: 200ms
  - clock: { nodes: all, jump: -1h }
  - crash: leader
  - timeout: all
  - wait: 20s
settle: { within: 5s }
`);
  for (const seed of ['1', '2', '3', '4', '5']) {
    const { verdict, unmet } = simulate(scenario, seed);
    expect(unmet).toEqual([]);
    expect(verdict).toBe('pass');
  }
});

test('a node that was wiped and stays away is no violation', () => {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 1, think: 5ms }
script:
  - elect: n1
  - wait: 200ms
  - wipe: n3
  - wait: 500ms
settle: off
`);
  expect(simulate(scenario)).toMatchObject({ verdict: 'pass' });
});

test('a node that comes back from a wiped disk and votes under its old name is a violation', () => {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
script: [{ elect: n1 }, { wait: 200ms }, { wipe: n3 }, { restart: n3 }, { timeout: n3 }]
`);
  expect(simulate(scenario)).toMatchObject({ verdict: 'violation', violation: { invariant: 'I34' } });
});
