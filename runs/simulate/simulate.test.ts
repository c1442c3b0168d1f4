import { describe, expect, test } from 'vitest';
import { EVENTS } from '../load/events.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

function run(text: string, seed = '1'): ReturnType<typeof simulate> {
  return simulate(loadScenario(text), seed);
}

describe('the verdict', () => {
  test('is pass for a run that is safe, alive and as expected', () => {
    expect(run('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]')).toMatchObject({
      verdict: 'pass',
      unmet: [],
    });
  });

  test('is violation for a broken invariant, with what a report needs', () => {
    const { verdict, violation } = run(`
cluster: { nodes: 3, mutant: E1 }
script: [{ until: { leaders: 1 } }]
`);
    expect(verdict).toBe('violation');
    expect(violation).toMatchObject({ invariant: 'I16', title: 'SendAfterPersist', section: 'Raft Figure 2' });
    expect(violation!.chain.at(0)!.event).toBe(violation!.event);
  });

  test('is pass for a violation that was expected, and unmet if it does not come', () => {
    const bug = (mutant: string): string => `
cluster: { nodes: 3${mutant} }
script: [{ until: { leaders: 1 } }]
expect: { verdict: violation, invariant: I16 }
`;
    expect(run(bug(', mutant: E1')).verdict).toBe('pass');
    expect(run(bug(''))).toMatchObject({
      verdict: 'unmet',
      unmet: ['a violation of I16 was expected, but none occurred'],
    });
  });

  test('is violation if another invariant breaks than the one expected', () => {
    const result = run(`
cluster: { nodes: 3, mutant: E1 }
script: [{ until: { leaders: 1 } }]
expect: { verdict: violation, invariant: I4 }
`);
    expect(result.verdict).toBe('violation');
  });

  test('is unmet if a fault of the script had no effect', () => {
    const result = run(`
cluster: { nodes: 3 }
script:
  - until: { leaders: 1 }
  - together:
      - isolate: n1
      - heal: all
`);
    expect(result.verdict).toBe('unmet');
    expect(result.unmet.join()).toMatch(/isolate had no effect/);
  });

  test('is unmet if an `on` step never fired', () => {
    const result = run(`
cluster: { nodes: 3 }
script:
  - on: { event: crashed }
    do: [{ restart: all }]
  - until: { leaders: 1 }
`);
    expect(result.unmet.join()).toMatch(/never happened.*crashed/);
  });

  test('is unmet if the healed cluster does not come to life', () => {
    const result = run(`
cluster: { nodes: 3, raft: { electionTimeout: 10ms..11ms, heartbeatInterval: 5ms } }
network: { latency: 100ms }
script: [{ wait: 1s }]
settle: { within: 3s }
`);
    expect(result.verdict).toBe('unmet');
    expect(result.unmet.join()).toMatch(/Lv\d \w+: 3 s after everything healed/);
  });

  test('is inconclusive if a limit comes first', () => {
    const limited = (limits: string): string =>
      `cluster: { nodes: 3 }\nscript: [{ until: { leaders: 3 }, within: 50s }]\nlimits: ${limits}`;
    expect(run(limited('{ events: 100 }'))).toMatchObject({ verdict: 'inconclusive', events: 100 });
    expect(run(limited('{ time: 2s }'))).toMatchObject({
      verdict: 'inconclusive',
      limit: expect.stringContaining('2 s'),
    });
  });
});

describe('clients with a place of their own', () => {
  const at = (place: string): string => `
cluster: { nodes: 3 }
clients: { count: 2, at: ${place}, ops: { put: 1 }, think: 5ms }
script: [{ elect: n1 }, { wait: 500ms }]
`;

  test('ask that node and no other', () => {
    const { observations, endpoints } = traceRun(loadScenario(at('n2')));
    const requests = observations.filter(({ kind, fields }) => kind === 'delivered' && fields['type'] === 'Request');
    const asked = new Set(requests.filter(({ peer }) => endpoints[peer] !== 'c3').map(({ node }) => node));
    expect([...asked]).toEqual([1]);
  });

  test('are served if it leads, and refused if it does not', () => {
    expect(run(at('n1')).ops.ok).toBeGreaterThan(20);
    expect(run(at('n2')).ops).toMatchObject({ ok: 0 });
    expect(run(at('leader')).ops.ok).toBeGreaterThan(20);
  });
});

test('loss that was configured is counted over the seeds, and need not strike in each', () => {
  const result = run('cluster: { nodes: 3 }\nnetwork: { loss: 0.001% }\nscript: [{ until: { leaders: 1 } }]');
  expect(result).toMatchObject({ verdict: 'pass', randomFaults: { loss: 0 } });
});

test('the write that proves the cluster alive is not counted as a client’s', () => {
  expect(run('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]')).toMatchObject({
    ops: { invoked: 0, ok: 0, failed: 0, unknown: 0 },
    committed: 2,
  });
});

describe('filters of `on:` steps', () => {
  const on = (filter: string): string => `
cluster: { nodes: 3 }
script:
  - on: { ${filter} }
    do: [{ wait: 1ms }]
  - until: { leaders: 1 }
`;

  test('know the fields of each kind of event', () => {
    expect(() => loadScenario(on('event: sent, typ: RequestVote'))).toThrow(
      /"sent" has no field "typ"; did you mean "type"\?/u,
    );
    expect(() => loadScenario(on('event: committed, foo: 3'))).toThrow(
      /"committed" has no field "foo"; expected one of node, peer, count, index, term, role/u,
    );
    expect(run(on('event: sent, type: RequestVote, count: 2')).verdict).toBe('pass');
  });

  test('know every field there is to see', () => {
    const { observations } = traceRun(loadScenario(on('event: elected')));
    for (const { kind, fields } of observations) {
      if (kind === 'step') continue;
      expect(
        [kind, ...Object.keys(fields)].filter(
          (word) => word !== kind && !Object.hasOwn(EVENTS.get(kind)!.fields, word),
        ),
      ).toEqual([]);
    }
  });
});
