import { describe, expect, test } from 'vitest';
import type { TraceEvent } from '../../sim/trace-event.ts';
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

  test('names the faults in force at a violation by step, kind, target and time', () => {
    const { violation } = run(`
cluster: { nodes: [a, b, c, d], mutant: E1 }
script:
  - crash: d
  - wait: 1ms
  - partition: [[a], [others]]
  - wait: 1ms
  - network: { loss: 1% }
  - until: { leaders: 1 }
`);
    expect(violation!.activeFaults).toMatchObject([
      { path: 'cluster.mutant', kind: 'mutant', target: { node: 'all' }, since: 0 },
      { path: 'script[0]', kind: 'crash', target: { node: 'd' }, since: 0, text: 'script[0]: crash d' },
      {
        path: 'script[2]',
        kind: 'partition',
        target: { links: expect.arrayContaining([{ from: 'a', to: 'b' }]) },
        since: 1_000,
      },
      { path: 'script[4]', kind: 'network', target: { links: 'all' }, since: 2_000 },
    ]);
  });

  test('names what is nearest to the cause, and beside it what else the event has broken', () => {
    // The store executes a request twice, and a snapshot of the wrong state is taken at once.
    const { violation } = run(`
cluster: { nodes: 3, mutant: K1, raft: { snapshotEvery: 1 } }
network: { loss: 20% }
clients: { count: 3, timeout: 100ms }
script: [{ elect: n1 }, { wait: 5s }]
`);
    expect(violation).toMatchObject({ invariant: 'I29', title: 'ExactlyOnce' });
    expect(violation!.others).toMatchObject([{ invariant: 'I27', title: 'SnapshotFaithful' }]);
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
      unmet: [{ kind: 'expectation', id: 'I16', text: 'expected a violation of I16, found none' }],
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

  test('is unmet if a fault had no effect that must strike, and names step, nodes, repetition and time', () => {
    const isolated = (must: string) =>
      run(`
cluster: { nodes: 3 }
script:
  - until: { leaders: 1 }
  - repeat: 2
    do:
      - together:
          - isolate: n1
${must}
          - heal: all
`);
    expect(isolated('')).toMatchObject({ verdict: 'pass' });
    const result = isolated('            must: strike');
    expect(result.verdict).toBe('unmet');
    expect(result.unmet).toMatchObject([
      {
        kind: 'fault',
        id: 'isolate',
        path: 'script[1].do[0].together[0]',
        text: expect.stringMatching(
          /^script\[1\]\.do\[0\]\.together\[0\] \(line 8\) must strike, and had no effect: isolate n1 \| n2 n3 \(repetition 1, at 0\.\d+ s\), isolate n1 \| n2 n3 \(repetition 2, at 0\.\d+ s\)$/u,
        ),
      },
    ]);
  });

  test('says nothing of faults that did not strike beside a step that failed', () => {
    const script = '[{ until: { leaders: 2 }, within: 1s }, { pause: n1, must: strike }]';
    expect(run(`cluster: { nodes: 3 }\nscript: ${script}`).unmet.map(({ kind }) => kind)).toEqual(['step']);
  });

  test('is unmet if a step was not reached whose fault must strike', () => {
    const script = '[{ if: { leaders: 3 }, do: [{ pause: n1, must: strike }] }, { until: { leaders: 1 } }]';
    expect(run(`cluster: { nodes: 3 }\nscript: ${script}`).unmet).toEqual([
      { kind: 'fault', path: 'script[0].do[0]', text: 'script[0].do[0] (line 2) must strike, and was not reached' },
    ]);
  });

  test('is unmet if an `on` step never fired', () => {
    const result = run(`
cluster: { nodes: 3 }
script:
  - on: { event: crashed }
    do: [{ restart: all }]
  - until: { leaders: 1 }
`);
    expect(result.unmet).toEqual([
      { kind: 'step', path: 'script[0]', text: 'script[0] (line 4) never fired: crashed not seen' },
    ]);
  });

  test('is unmet if the healed cluster does not recover', () => {
    const result = run(`
cluster: { nodes: 3, raft: { electionTimeout: 10ms..11ms, heartbeatInterval: 5ms } }
network: { latency: 100ms }
script: [{ wait: 1s }]
settle: { within: 3s }
`);
    expect(result.verdict).toBe('unmet');
    const [first] = result.unmet;
    expect(first).toMatchObject({ kind: 'liveness', id: expect.stringMatching(/^Lv\d+$/u) });
    expect(first!.text).toMatch(/^Lv\d+ \w+: 3 s without progress, 3.2 s after everything healed/u);
  });

  test('is unmet if a mark is seen too seldom or too often', () => {
    const marked = (mark: string): ReturnType<typeof simulate> =>
      run(`cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]\nexpect: { mark: ${mark} }`);
    expect(marked('split-vote').unmet).toEqual([
      { kind: 'mark', id: 'split-vote', text: 'mark split-vote: not seen, expected at least once' },
    ]);
    expect(marked('{ name: leader-elected, max: 0 }').unmet).toEqual([
      { kind: 'mark', id: 'leader-elected', text: 'mark leader-elected: seen once, expected never' },
    ]);
  });

  test('does not hang on whether an operation of the clients succeeds, which is judged over all seeds', () => {
    const result = run(`
cluster: { nodes: 3 }
clients: { count: 2, think: 5ms }
script: [{ crash: any 2 }, { wait: 500ms }]
settle: off
`);
    expect(result).toMatchObject({ verdict: 'pass', ops: { ok: 0 } });
  });

  test('is unmet if nothing happened at all', () => {
    expect(run('cluster: { nodes: 3 }\nsettle: off').unmet).toMatchObject([{ kind: 'nothing-happened' }]);
    expect(run('cluster: { nodes: 3 }\nsettle: off\nexpect: { leader: none }').verdict).toBe('pass');
    expect(run('cluster: { nodes: 3 }\nsettle: off\nscript: [{ until: { leaders: 1 } }]').verdict).toBe('pass');
    const alone = 'cluster: { nodes: 1 }\nsettle: off\nscript: [{ wait: 1s }]';
    expect(run(alone).verdict).toBe('pass');
  });

  test('is inconclusive if a limit comes first', () => {
    const limited = (limits: string): string =>
      `cluster: { nodes: 3 }\nscript: [{ until: { leaders: 3 }, within: 50s }]\nlimits: ${limits}`;
    expect(run(limited('{ events: 100 }'))).toMatchObject({ verdict: 'inconclusive', events: 100 });
    expect(run(limited('{ time: 2s }'))).toMatchObject({
      verdict: 'inconclusive',
      limit: 'the limit of 2 s of virtual time was reached (limits.time raises it)',
    });
  });

  test.for([
    'clients: { count: 4, ops: { put: 1 }, valueSize: 1MB, think: 1ms }',
    'clients: { count: 4, ops: { append: 1 }, keys: 1, valueSize: 100kB, think: 1ms }',
    'clients: { count: 10, ops: { put: 1 }, keys: 1000, rate: 1000/s }\nnetwork: { latency: 1h }',
    'clients: { count: 1, ops: { put: 1 }, rate: 1000/s }\ndisk: { fsync: 1h }',
    'clients: { count: 9, ops: { append: 1 }, rate: 1000/s, valueSize: 10kB }\nprocess: { service: 1s }',
  ])('is inconclusive if what it keeps outgrows its limit: %s', (load) => {
    const text = `cluster: { nodes: 3 }\n${load}\nscript: [{ wait: 9m }]\nlimits: { memory: 20MB }`;
    const { verdict, limit, events } = run(text);
    expect(verdict).toBe('inconclusive');
    expect(limit).toBe('the limit of 20 MB of memory was reached (limits.memory raises it)');
    expect(events).toBe(run(text).events);
  });

  test('memory is no limit for a run that compacts its logs', () => {
    const text = (raft: string): string => `
cluster: { nodes: 3, raft: { ${raft} } }
clients: { count: 4, ops: { put: 2, get: 1, append: 1 }, think: 1ms }
script: [{ repeat: 60, do: [{ delete: { key: k1 } }, { delete: { key: k2 } }, { delete: { key: k3 } }, { wait: 1s }] }]
limits: { memory: 3MB }`;
    expect(run(text('snapshotEvery: 100')).verdict).toBe('pass');
    expect(run(text('noop: true')).verdict).toBe('inconclusive');
  });

  test.for([
    'repeat: 1000, do: [{ repeat: 1000, do: [{ count: reset }] }]',
    'together: [{ repeat: 1000000, do: [{ count: reset }] }]',
    'on: delivered, times: always, do: [{ repeat: 100000, do: [{ count: reset }] }]',
    'on: delivered, times: always, do: [{ until: { leaders: 3 }, within: 9m }]',
    'repeat: 20000, do: [{ on: { event: timer, node: n1 }, do: [{ crash: n1 }] }, { on: delivered, do: [{ wait: 9m }] }]',
  ])('is inconclusive if steps have no end: %s', (steps) => {
    const { verdict, limit } = run(
      `cluster: { nodes: 3 }\nscript: [{ ${steps} }, { wait: 9m }]\nlimits: { steps: 20000 }`,
    );
    expect(verdict).toBe('inconclusive');
    expect(limit).toBe('the limit of 20000 steps was reached (limits.steps raises it)');
  });
});

describe('clients with a place of their own', () => {
  const at = (place: string): string => `
cluster: { nodes: 3 }
clients: { count: 2, at: ${place}, ops: { put: 1 }, think: 5ms }
script: [{ elect: n1 }, { wait: 500ms }]
`;

  test('send their requests to that node and no other', () => {
    const { events, endpoints } = traceRun(loadScenario(at('n2')));
    const requests = events.filter(({ kind, fields }) => kind === 'delivered' && fields['type'] === 'Request');
    const receivers = new Set(requests.filter(({ peer }) => endpoints[peer] !== 'c3').map(({ node }) => node));
    expect([...receivers]).toEqual([1]);
  });

  test('are served if it leads, and redirected if it does not', () => {
    expect(run(at('n1')).ops.ok).toBeGreaterThan(20);
    expect(run(at('n2')).ops).toMatchObject({ ok: 0 });
    expect(run(at('leader')).ops.ok).toBeGreaterThan(20);
  });
});

test('random loss is counted for each run, and a run without any passes', () => {
  const result = run('cluster: { nodes: 3 }\nnetwork: { loss: 0.001% }\nscript: [{ until: { leaders: 1 } }]');
  expect(result).toMatchObject({ verdict: 'pass', faultStrikes: [{ path: 'network.loss', kind: 'loss', strikes: 0 }] });
});

test('the write that proves the cluster alive is not counted as an operation', () => {
  expect(run('cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }]')).toMatchObject({
    ops: { invoked: 0, ok: 0, failed: 0, unknown: 0 },
    committed: 2,
  });
});

describe('filters of `on:` steps', () => {
  const on = (filter: string): string => `
cluster: { nodes: 3 }
clients: { count: 1, ops: none }
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
  });

  test.each([
    ['event: sent, type: RequestVote, entries: 1', /RequestVote carries no "entries", but term, index/u],
    ['event: sent, type: Request', /unknown message type "Request"/u],
    ['event: sent, entries: some', /expected a whole number or a range like 5\.\.9 for "entries", got "some"/u],
    ['event: sent, term: follower', /expected a whole number, a range like 5\.\.9, or leader for "term"/u],
    ['event: persisted, vote: n9', /unknown node "n9"/u],
    ['event: sent, granted: maybe', /expected true or false for "granted", got "maybe"/u],
    ['event: sent, granted: { min: 1 }', /"granted" is not a number, and has neither "min" nor "max"/u],
    ['event: sent, entries: { min: 3, max: 2 }', /the range is empty: 3 is more than 2/u],
    ['event: sent, index: 9..5', /the range is empty: 9 is more than 5/u],
    ['event: sent, entries: { least: 3 }', /unknown key "least"/u],
    ['event: sent, status: ok', /"sent" has no field "status"; expected one of node, peer, count, type, term/u],
    [
      'event: delivered, foo: 1',
      /"delivered" has no field "foo"; expected one of node, .*, sequence, op, key, status/u,
    ],
    ['event: completed, node: c1, status: ok', /"completed" has no field "status"; did you mean "outcome"\?/u],
    ['event: completed, outcome: done', /unknown outcome "done"; expected one of ok, fail, unknown/u],
    ['event: invoked, op: write', /unknown op "write"; did you mean "put"\?/u],
    ['event: delivered, type: Reply, status: [ok, fail]', /unknown status "fail"/u],
    ['event: delayed, type: Repli', /unknown message type "Repli"; did you mean "Reply"/u],
    ['event: invoked, node: [c1, n1]', /"invoked" happens at clients; expected one like c1/u],
    ['event: retried, node: leader', /"retried" happens at clients; expected one like c1/u],
    ['event: elected, node: c1', /"elected" happens at nodes, and not at a client/u],
    ['event: delivered, type: [AppendEntries, Repli]', /unknown message type "Repli"; did you mean "Reply"/u],
  ])('refuse filters that nothing can fit: %s', (filter, problem) => {
    expect(() => loadScenario(on(filter))).toThrow(problem);
  });

  test.each([
    ['event: sent, type: AppendEntries, entries: { min: 1 }, prevIndex: 0, term: leader', true],
    ['event: sent, type: AppendEntries, entries: { not: 0 }, index: 1..2', true],
    ['event: sent, type: AppendEntries, term: { min: 90 }', false],
    ['event: sent, type: [RequestVoteReply, RequestPreVoteReply], granted: true', true],
    ['event: delivered, node: c1, type: Reply, op: put, status: ok', true],
    ['event: persisted, from: 1, to: { min: 1 }', true],
    ['event: persisted, term: 9, vote: n1', false],
    ['event: applied, index: 1, term: 1', true],
    ['event: committed, index: { min: 2 }, term: { max: leader }', true],
  ])('look at what messages and writes carry: %s', (filter, fires) => {
    const text = `
cluster: { nodes: 3 }
clients: { count: 1, ops: { put: 1 }, operations: 3 }
script:
  - on: { ${filter} }
    do: [{ count: reset }]
  - until: { committed: { index: 4 } }
settle: off
`;
    for (const seed of ['1', '2', '3']) {
      const { unmet } = simulate(loadScenario(text), seed);
      expect(unmet.map(({ kind }) => kind)).toEqual(fires ? [] : ['step']);
    }
  });

  test('count the matches', () => {
    expect(run(on('event: sent, type: RequestVote, count: 2')).verdict).toBe('pass');
  });

  test('know every field that trace events have', () => {
    const { events } = traceRun(loadScenario(on('event: elected')));
    for (const { kind, fields } of events) {
      if (kind === 'step') continue;
      expect(
        [kind, ...Object.keys(fields)].filter(
          (word) => word !== kind && !Object.hasOwn(EVENTS.get(kind)!.fields, word),
        ),
      ).toEqual([]);
    }
  });
});

describe('a recorded run', () => {
  const BUG = loadScenario(`
cluster: { nodes: 3, mutant: E1 }
script: [{ until: { leaders: 1 } }]
`);

  test('explains a violation by the same chain of causes as one that is not recorded', () => {
    const { chain } = simulate(BUG, '1').violation!;
    expect(chain.length).toBeGreaterThan(1);
    expect(traceRun(BUG, '1').result.violation!.chain).toEqual(chain);
  });

  test('records each trace event once', () => {
    const recorded: TraceEvent[] = [];
    simulate(BUG, '1', { record: (event) => recorded.push(event) });
    expect(recorded).toEqual(traceRun(BUG, '1').events);
    const elections = recorded.filter(({ kind, node }) => kind === 'candidate' && node === recorded[0]!.node);
    expect(new Set(elections.map(({ event }) => event)).size).toBe(elections.length);
    for (const [place, { event }] of recorded.entries()) {
      if (place > 0) expect(event).toBeGreaterThanOrEqual(recorded[place - 1]!.event);
    }
  });
});

describe('a wrong argument is a TypeError that says what was expected', () => {
  const scenario = loadScenario('cluster: { nodes: 3 }');
  const called =
    (...args: readonly unknown[]) =>
    (): unknown =>
      (simulate as (...given: readonly unknown[]) => unknown)(...args);

  test.each([
    [['cluster: { nodes: 3 }'], 'scenario: expected a Scenario, as loadScenario returns it, got a string'],
    [[{ cluster: { nodes: 3 } }], 'scenario: expected a Scenario, as loadScenario returns it, got an object'],
    [[undefined], 'scenario: expected a Scenario, as loadScenario returns it, got undefined'],
    [[scenario, 42], "seed: expected a string or null, got a number: write '42' instead of 42"],
    [[scenario, { freeze: true }], 'seed: expected a string or null, got an object'],
    [[scenario, '1', 'I1'], "options: expected an object like { invariants: ['I1'] }, got a string"],
    [[scenario, '1', []], "options: expected an object like { invariants: ['I1'] }, got an array"],
    [
      [scenario, '1', { invariant: ['I1'] }],
      'options: there is no option "invariant"; expected some of invariants, checks',
    ],
    [
      [JSON.parse(JSON.stringify(scenario))],
      'scenario: expected a Scenario, as loadScenario returns it, got an object',
    ],
    [
      [scenario, '1', { invariants: 'I1' }],
      "options.invariants: expected a list of ids like ['I1', 'I4'], got a string",
    ],
    [[scenario, '1', { invariants: ['I0'] }], 'options.invariants: there is no invariant or liveness property "I0"'],
    [[scenario, '1', { invariants: [1] }], "options.invariants: expected ids like 'I1', got a number"],
    [[scenario, '1', { freeze: 1 }], 'options.freeze: expected true or false, got a number'],
    [[scenario, '1', { record: [] }], 'options.record: expected a function that takes a trace event, got an array'],
  ])('%#: %s', (args, message) => {
    expect(called(...args)).toThrow(TypeError);
    expect(called(...args)).toThrow(message);
  });
});
