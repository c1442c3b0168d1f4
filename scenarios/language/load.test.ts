import { describe, expect, test } from 'vitest';
import { MINORITY_LEADER, SPLIT_VOTE, VALID, VOTE_LOST } from '../testing/examples.ts';
import { loadScenario } from './load.ts';
import { inScript, load, mistakes } from '../testing/load.ts';

describe('what is valid', () => {
  test.each(VALID.map((text) => [/name: (\S+)/u.exec(text)?.[1] ?? text.split('\n')[0], text]))(
    '%s loads',
    (_, text) => {
      expect(mistakes(text ?? '')).toEqual([]);
    },
  );

  test('everything that is left out has its default', () => {
    const { script, ...scenario } = load('cluster: { nodes: 2 }');
    expect(script).toEqual([]);
    expect(scenario).toEqual({
      name: 'a',
      settings: {},
      file: 'scenarios/a.yaml',
      about: null,
      source: null,
      tags: [],
      seed: '1',
      cluster: {
        nodes: ['n1', 'n2'],
        voters: [0, 1],
        learners: [],
        raft: {},
        mutant: null,
        versions: [
          { raft: {}, mutant: null },
          { raft: {}, mutant: null },
        ],
        disks: new Map(),
      },
      network: {
        everyLink: {
          latency: { kind: 'uniform', low: 1_000, high: 10_000 },
          loss: 0,
          duplicate: 0,
          bandwidth: null,
          fifo: false,
        },
        links: [],
        inFlight: 'keep',
      },
      disks: Array(2).fill({ fsync: { kind: 'uniform', low: 500, high: 2_000 }, atCrash: 'lose-unsynced' }),
      clocks: Array(2).fill({ offset: 0, drift: 0 }),
      processes: Array(2).fill({
        service: { kind: 'constant', value: 0 },
        apply: { kind: 'constant', value: 0 },
        snapshot: {
          make: { kind: 'constant', value: 0 },
          read: { kind: 'constant', value: 0 },
          install: { kind: 'constant', value: 0 },
        },
      }),
      clients: { count: 0, load: null, timeout: 500_000, retries: 10, perSession: 1, at: null },
      timeline: [],
      chaos: null,
      swarm: null,
      settle: { within: 12_000_000 },
      checks: { except: [] },
      expect: { verdict: 'pass', invariant: null, marks: [], conditions: [], anySeed: [] },
      limits: { time: 600_000_000, events: 10_000_000, steps: 1_000_000, memory: 750_000_000 },
      repro: null,
      uses: {
        counters: false,
        operations: null,
        events: new Set(),
        marks: [],
        randomFaults: [],
        mutants: [],
        options: [{}],
      },
      warnings: [],
      written: { cluster: { nodes: 2 } },
    });
  });

  test('a number of clients alone gives them the default load', () => {
    expect(load('cluster: { nodes: 1 }\nclients: 3').clients).toMatchObject({
      count: 3,
      load: {
        ops: { put: 1, get: 1, cas: 0, append: 0, delete: 0 },
        keys: 3,
        valueSize: 8,
        think: { kind: 'uniform', low: 10_000, high: 50_000 },
        rate: null,
        start: 0,
        count: null,
      },
    });
  });

  test('clients without operations of their own have no load', () => {
    expect(load('cluster: { nodes: 1 }\nclients: { count: 2, ops: none }').clients.load).toBeNull();
  });

  test('the minority leader becomes its steps', () => {
    const { script } = load(MINORITY_LEADER);
    expect(script.map(({ action, path, line }) => [action.kind, path, line])).toEqual([
      ['elect', 'script[0]', 7],
      ['partition', 'script[1]', 8],
      ['operation', 'script[2]', 10],
      ['until', 'script[3]', 12],
      ['operation', 'script[4]', 14],
      ['heal', 'script[5]', 16],
      ['until', 'script[6]', 17],
    ]);
    expect(script[1]?.action).toEqual({
      kind: 'partition',
      groups: [
        {
          kind: 'list',
          of: [
            { kind: 'node', node: 0 },
            { kind: 'node', node: 1 },
          ],
        },
        { kind: 'list', of: [2, 3, 4].map((node) => ({ kind: 'node', node })) },
      ],
      clients: [
        { client: 0, side: { kind: 'node', node: 1 } },
        { client: 1, side: { kind: 'node', node: 2 } },
      ],
      inFlight: null,
    });
    expect(script[2]?.action).toEqual({
      kind: 'operation',
      op: 'put',
      key: 'x',
      value: '3',
      expected: null,
      by: 0,
      to: { kind: 'node', node: 1 },
      expect: { kind: 'pending' },
    });
    expect(script[3]?.within).toBe(2_000_000);
  });

  test('steps inside steps know their path and line', () => {
    const [on] = load(VOTE_LOST).script;
    if (on?.action.kind !== 'on') throw new Error('expected an on step');
    expect(on.action.event).toEqual({
      event: 'vote-granted',
      node: { kind: 'node', node: 2 },
      peer: null,
      count: 1,
      fields: new Map(),
    });
    expect(on.action.do.map(({ path, line, after }) => [path, line, after])).toEqual([
      ['script[0].do[0]', 8, null],
      ['script[0].do[1]', 10, { kind: 'constant', value: 5_000 }],
    ]);
  });

  test('overrides by link are stronger than those by node, and only hold the keys given', () => {
    const { network } = load(
      'cluster: { nodes: 3 }\nnetwork: { nodes: { n3: { loss: 5%, fifo: true } }, links: { n1 <-> n3: { loss: 10% } } }',
    );
    expect(network.links).toEqual([
      { from: 2, to: 0, plan: { loss: 0.1, fifo: true } },
      { from: 0, to: 2, plan: { loss: 0.1, fifo: true } },
      { from: 2, to: 1, plan: { loss: 0.05, fifo: true } },
      { from: 1, to: 2, plan: { loss: 0.05, fifo: true } },
    ]);
  });

  test('disks, clocks and processes are given per node', () => {
    const { disks, clocks, processes } = load(
      'cluster: { nodes: 2 }\ndisk: { fsync: 1ms, loseUnsynced: all, nodes: { n2: { loseUnsynced: true, tear: true } } }\nclock: { drift: 5ppm, nodes: { n1: { offset: -1s } } }\nprocess: { apply: 2us, snapshot: { make: 4us }, nodes: { n1: { service: 1us, snapshot: { read: 5us } }, n2: { apply: 3us } } }',
    );
    const fsync = { kind: 'constant', value: 1_000 };
    expect(disks).toEqual([
      { fsync, atCrash: 'lose-all' },
      { fsync, atCrash: 'tear' },
    ]);
    expect(clocks).toEqual([
      { offset: -1_000_000, drift: 5 },
      { offset: 0, drift: 5 },
    ]);
    const constant = (value: number) => ({ kind: 'constant', value });
    expect(processes).toEqual([
      {
        service: constant(1),
        apply: constant(2),
        snapshot: { make: constant(4), read: constant(5), install: constant(0) },
      },
      {
        service: constant(0),
        apply: constant(3),
        snapshot: { make: constant(4), read: constant(0), install: constant(0) },
      },
    ]);
  });

  test('the term of an initial disk is that of its last entry unless it is given', () => {
    const { disks } = load(
      'cluster: { nodes: 3, disks: { n1: { log: [1, 1, 4] }, n3: { term: 6, votedFor: n2, log: [] } } }',
    ).cluster;
    expect([...disks]).toEqual([
      [0, { term: 4, votedFor: null, log: [1, 1, 4] }],
      [2, { term: 6, votedFor: 1, log: [] }],
    ]);
  });

  test('a timeline is in the order of its times, and steps keep the path they were written at', () => {
    const { timeline } = load('cluster: { nodes: 3 }\ntimeline:\n  - { at: 2s, crash: n1 }\n  - { at: 1s, crash: n2 }');
    expect(timeline.map(({ at, path }) => [at, path])).toEqual([
      [1_000_000, 'timeline[1]'],
      [2_000_000, 'timeline[0]'],
    ]);
  });

  test('values are the text that was written, whatever YAML takes it for', () => {
    const { script } = load(
      inScript(
        '- write: { key: 1, value: 1.0 }\n- write: { key: true, value: "007" }\n- write: { key: x, value: 0x10 }',
      ),
    );
    expect(script.map(({ action }) => action.kind === 'operation' && [action.key, action.value])).toEqual([
      ['1', '1.0'],
      ['true', '007'],
      ['x', '0x10'],
    ]);
  });

  test('keys of the store may be called as JavaScript calls its own things', () => {
    const { script } = load(inScript('- until: { value: { __proto__: 1, constructor: null } }'));
    const [step] = script;
    expect(
      step?.action.kind === 'until' && step.action.condition.values?.map(({ key, value }) => [key, value]),
    ).toEqual([
      ['__proto__', '1'],
      ['constructor', null],
    ]);
  });

  test('`max: 0` says that a mark must not occur', () => {
    const { marks } = load('cluster: { nodes: 3 }\nexpect: { mark: { name: split-vote, max: 0 } }').expect;
    expect(marks).toEqual([{ name: 'split-vote', min: 0, max: 0 }]);
  });

  test('a byte order mark and line ends of Windows change nothing', () => {
    const [step] = load(`\ufeff${SPLIT_VOTE.replaceAll('\n', '\r\n')}`).script;
    expect(step?.line).toBe(12);
  });

  test('an empty vocabulary knows no unknown words', () => {
    const text = inScript('- until: { mark: anything }\n- on: whatever\n  do: [{ crash: n1 }]');
    const empty = { mutants: [], marks: [], invariants: [], events: [], messageTypes: [] };
    expect(mistakes(text)).toHaveLength(2);
    expect(() => loadScenario(text, 'a.yaml', empty)).not.toThrow();
  });

  test('an ordinary scenario loads in a few milliseconds', () => {
    // A bound far above what is usual (2 ms): it is there for what is quadratic, not for what is slow.
    const text = `cluster: { nodes: 5 }\ntimeline:\n${Array.from({ length: 2_000 }, (_, i) => `  - { at: ${i}ms, crash: n1 }\n`).join('')}`;
    expect(load(text).timeline).toHaveLength(2_000);
  });
});

test.each([
  ['[25%: 1ms, 25%: 5ms, 50%: { normal: [5ms, 1ms] }]', [1, 1, 2]],
  ['[1ms, 5ms, { exponential: 5ms }]', [1, 1, 1]],
])('alternatives can be a list: %s', (choice, weights) => {
  const { everyLink } = load(`cluster: { nodes: 1 }\nnetwork: { latency: { choice: ${choice} } }`).network;
  expect(everyLink.latency).toMatchObject({ kind: 'choice', weights });
});

test.each([
  ['[25%: 1ms, 25%: 5ms]', 'the probabilities of the alternatives sum up to 50%, not to 100%'],
  ['[25%: 1ms, 5ms]', 'some alternatives have a probability, and others have none'],
  ['[{ 25%: 1ms, 75%: 5ms }]', 'expected one alternative, such as 25%: 5ms, got 2 keys'],
  ['[quarter: 1ms]', 'a probability like 5%, got "quarter"'],
])('a list of alternatives is refused: %s', (choice, problem) => {
  const found = mistakes(`cluster: { nodes: 1 }\nnetwork: { latency: { choice: ${choice} } }`);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(problem);
});

test('clients have at most 100,000 operations at once', () => {
  expect(mistakes('cluster: { nodes: 1 }\nclients: { count: 1000, perSession: 101 }')).toEqual([
    '2:37 clients.perSession: 1000 clients with 101 pending operations each; the most is 100000 in all',
  ]);
});

test('an event can happen at a client, named like one', () => {
  const steps = '- on: { event: sent, node: c2, peer: n1 }\n  do: [ { wait: 1ms } ]';
  const [step] = load(inScript(steps)).script;
  expect(step?.action).toMatchObject({
    event: { node: { kind: 'client', client: 1 }, peer: { kind: 'node', node: 0 } },
  });
  expect(mistakes(inScript('- on: { event: sent, node: c9 }\n  do: [ { wait: 1ms } ]'))).toEqual([
    '4:30 script[0].on.node: unknown client "c9"; the clients are c1 to c2',
  ]);
});

describe('what a scenario uses', () => {
  test('is nothing for an empty one', () => {
    expect(load('cluster: { nodes: 1 }').uses).toEqual({
      ...{
        counters: false,
        operations: null,
        events: new Set(),
        marks: [],
        randomFaults: [],
        mutants: [],
        options: [{}],
      },
    });
  });

  test('is found in steps at any depth, in the timeline and in expectations', () => {
    const { uses } = load(`cluster: { nodes: 3 }
network: { loss: 1%, duplicate: 0%, nodes: { n1: { duplicate: 2% } }, links: { n1 -> n2: { loss: 3% } } }
script:
  - repeat: 2
    do:
      - if: { sent: { max: 3 }, operations: { fail: 0, key: y }, reads: { key: k1, values: [a] } }
        do: [ { until: { mark: split-vote } } ]
  - on: elected
    do: [ { on: { event: crashed }, do: [ { until: { mark: { name: leader-change, min: 2 } } } ] } ]
timeline: [ { at: 1s, crash: n1 } ]
clients: 2
expect: [ { operations: { ok: 3 }, reads: { key: k1, by: c1, values: [a, b] } }, { mark: log-truncated }, { mark: { name: split-vote, max: 0 } } ]
`);
    expect(uses).toEqual({
      counters: true,
      operations: {
        keys: new Set(['y']),
        reads: [
          { key: 'k1', client: null, most: 1 },
          { key: 'k1', client: 0, most: 2 },
        ],
      },
      events: new Set(['elected', 'crashed']),
      marks: ['log-truncated', 'split-vote', 'leader-change'],
      randomFaults: [
        { path: 'network.loss', kind: 'loss' },
        { path: 'network.nodes.n1.duplicate', kind: 'duplicate' },
        { path: 'network.links["n1 -> n2"].loss', kind: 'loss' },
      ],
      mutants: [],
      options: [{}],
    });
  });

  test('is found in an expectation alone', () => {
    expect(load('cluster: { nodes: 3 }\nexpect: { sent: { max: 3 } }').uses.counters).toBe(true);
  });
});
