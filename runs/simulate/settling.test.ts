import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate } from './simulate.ts';

function verdicts(text: string): string[] {
  const scenario = loadScenario(text);
  return Array.from({ length: 5 }, (_, seed) => {
    const { verdict, unmet } = simulate(scenario, `${seed + 1}`);
    return unmet[0]?.text ?? verdict;
  });
}

const SLOW = 'cluster: { nodes: 3, raft: { electionTimeout: 5s..9s } }\nsettle: { within: 60s }';

describe('a slow cluster that is well is not called dead', () => {
  test.each([
    [
      'a follower that catches up entry by entry',
      `cluster: { nodes: 3, raft: { maxEntriesPerAppend: 1 } }
network: { latency: 1ms..3ms, links: { n1 <-> n3: { latency: 20ms } } }
clients: { count: 8, ops: { put: 1 }, think: 4ms }
script: [{ elect: n1 }, { wait: 5s }]`,
    ],
    ['a probe that takes more than a second', `${SLOW}\nnetwork: { latency: 300ms }`],
    ['a latency of 500 ms', `${SLOW}\nnetwork: { latency: 500ms }`],
    ['an fsync of a second', `${SLOW}\ndisk: { fsync: 1s }`],
    ['a service time of 200 ms', `${SLOW}\nprocess: { service: 200ms }`],
    [
      'election timeouts of minutes',
      'cluster: { nodes: 3, raft: { electionTimeout: 1m..2m, heartbeatInterval: 10s } }',
    ],
    [
      'latencies that steps have changed, and changed again',
      `cluster: { nodes: 3 }
clients: { count: 1 }
script:
  - elect: n1
  - network: { links: all, latency: 2s }
  - wait: 200ms
  - network: { links: n1 <-> n2, latency: 9s }
  - wait: 200ms`,
    ],
    [
      'clocks that drift by extremes',
      `cluster: { nodes: 3 }
clock: { nodes: { n1: { drift: 200000ppm }, n2: { drift: -500000ppm } } }
clients: { count: 2 }
script: [{ wait: 5s }]`,
    ],
  ])('%s', (_name, text) => {
    expect(verdicts(text)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass']);
  });
});

describe('what is missing is named', () => {
  test('the node that lags, how far, and how long it has stood still', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3, mutant: L21 }
clients: { count: 2, think: 20ms }
script:
  - elect: n1
  - isolate: n3
  - wait: 500ms
  - elect: n2
  - wait: 1s
settle: { within: 5s }
`);
    const { unmet } = simulate(scenario, '1');
    const text = unmet.find(({ id }) => id === 'Lv3')?.text;
    expect(text).toMatch(
      /^Lv3 LogsConverge: [\d.]+ s( without progress, [\d.]+ s)? after everything healed, n\d leads term \d+, but the logs have not converged under one leader; n3 shares \d+ of the \d+ entries of n\d, and has not moved for [\d.]+ s$/u,
    );
  });

  test('each client that waits, how long, and the last reply it has had', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3, mutant: T7, raft: { checkQuorum: true, preVote: true } }
script:
  - elect: n1
  - on: { event: sent, node: n1, peer: n2, type: TimeoutNow }
    do: [{ crash: n2 }]
  - transfer: n2
    expect: submitted
  - until: { mark: transfer-aborted }
settle: { within: 5s }
`);
    const text = simulate(scenario, '1').unmet.find(({ id }) => id === 'Lv3')?.text;
    expect(text).toMatch(
      /a fresh write was not acknowledged; c1 has waited [\d.]+ s for "put \(settle\) alive" \(last reply busy from n1\)/u,
    );
  });
});

test('nodes that learn only after everything has healed that a write has failed are up again', () => {
  const load = 'disk: { fsync: 20ms }\nclients: { count: 2, think: 1ms }';
  const fails = '{ disk: { nodes: all, fails: 1 } }, { wait: 5ms }, { pause: all }, { wait: 1s }';
  const script = `script: [{ elect: n1 }, { wait: 500ms }, ${fails}]`;
  expect(new Set(verdicts(`cluster: { nodes: 3 }\n${load}\n${script}`))).toEqual(new Set(['pass']));
});

test('a cluster of which too many nodes do not start owes nothing, and is told so', () => {
  const script = `script:
  - elect: n1
  - until: { converged: true }
  - disk: { nodes: [n2, n3], corrupt: vote }
  - restart: [n2, n3]`;
  expect(new Set(verdicts(`cluster: { nodes: 3 }\nclients: { count: 1 }\n${script}`))).toEqual(
    new Set(['after everything healed, no quorum runs: n2, n3 do not start']),
  );
  expect(new Set(verdicts(`cluster: { nodes: 5 }\nclients: { count: 1 }\n${script}`))).toEqual(new Set(['pass']));
});

test('nodes owe no leader whose configurations have a quorum that runs, but whose votes do not make one', () => {
  // n3 has been removed, and does not know it.
  const removed = `cluster: { nodes: 3 }
clients: { count: 1, ops: none }
script:
  - elect: n1
  - until: { converged: true }
  - isolate: n3
  - remove: n3
  - until: { converged: true, configuration: { voters: [n1, n2], on: n2 } }
  - disk: { nodes: n2, corrupt: vote }`;
  expect(new Set(verdicts(removed))).toEqual(new Set(['after everything healed, no quorum runs: n2 does not start']));
  // n1 alone of those that run has the configuration in which n4 votes, too: it takes three of four votes.
  const promoted = `cluster: { nodes: 3, learners: 1 }
clients: { count: 1, ops: none }
script:
  - elect: n1
  - until: { converged: true }
  - disk: { nodes: n3, corrupt: vote }
  - cut: n1 -> n2
  - promote: n4
    expect: submitted
  - until: { configuration: { voters: [n1, n2, n3, n4], on: n4 } }
    within: 1s
  - disk: { nodes: n4, corrupt: vote }
  - crash: n1
    disk: keep`;
  expect(new Set(verdicts(promoted))).toEqual(
    new Set(['after everything healed, no quorum runs: n3, n4 do not start']),
  );
});

test('a node of a lower priority need not be elected where removed nodes campaign, which raise the terms of the others', () => {
  // n4 alone has the entry that makes it a voter; n2 and n3 do not know that they are removed.
  const scenario = loadScenario(`
cluster: { nodes: 3, learners: 1, raft: { checkQuorum: true, preVote: true, nodes: { n2: { preVote: false }, n3: { preVote: false }, n4: { priority: 1 } } } }
clients: { count: 1, ops: none }
script:
  - elect: n1
  - until: { converged: true }
  - cut: [n1 -> n2]
  - remove: n2
  - cut: [n1 -> n3]
  - remove: n3
  - promote: n4
  - disk: { nodes: n1, stall: 1s }
  - write: { key: x, value: 1 }
  - until: { log: { min: 5, on: n4 } }
  - crash: n1
    disk: lose-all`);
  const { verdict, unmet } = simulate(scenario, '1');
  expect([verdict, unmet.map(({ kind }) => kind)]).toEqual(['unmet', ['expectation']]);
});

test('a cluster in which only nodes of priority 0 can win is told so, and fails no liveness property', () => {
  const scenario = loadScenario(`
cluster: { nodes: 3 }
script:
  - elect: n1
  - upgrade: all
    raft: { priority: 0 }
  - restart: all`);
  const { verdict, unmet } = simulate(scenario, '1');
  expect([verdict, unmet.map(({ kind }) => kind)]).toEqual(['unmet', ['expectation']]);
  expect(unmet[0]!.text).toMatch(
    /^[\d.]+ s without progress, [\d.]+ s after everything healed, no leader can be elected: priorities keep the nodes whose logs can win from starting an election, or from starting it in time$/u,
  );
});
