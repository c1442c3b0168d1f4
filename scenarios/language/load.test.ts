import { describe, expect, test } from 'vitest';
import { formatProblem, ScenarioError } from './errors.ts';
import { MINORITY_LEADER, SPLIT_VOTE, SWARM, VALID, VOCABULARY, VOTE_LOST } from '../testing/examples.ts';
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
      processes: Array(2).fill({ service: { kind: 'constant', value: 0 }, apply: { kind: 'constant', value: 0 } }),
      clients: { count: 0, load: null, timeout: 500_000, retries: 10, perSession: 1, at: null },
      timeline: [],
      settle: { within: 10_000_000 },
      expect: { verdict: 'pass', invariant: null, marks: [], conditions: [] },
      limits: { time: 600_000_000, events: 10_000_000 },
      repro: null,
      uses: { counters: false, events: new Set(), marks: [], randomFaults: [] },
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
      ['script[0].do[1]', 10, 5_000],
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
      'cluster: { nodes: 2 }\ndisk: { fsync: 1ms, loseUnsynced: all, nodes: { n2: { loseUnsynced: true, tear: true } } }\nclock: { drift: 5ppm, nodes: { n1: { offset: -1s } } }\nprocess: { apply: 2us, nodes: { n1: { service: 1us }, n2: { apply: 3us } } }',
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
      { service: constant(1), apply: constant(2) },
      { service: constant(0), apply: constant(3) },
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

test('an event can happen at a client, named like one', () => {
  const steps = '- on: { event: sent, node: c2, peer: n1 }\n  do: [ { wait: 1ms } ]';
  const [step] = load(inScript(steps)).script;
  expect(step?.action).toMatchObject({
    event: { node: { kind: 'client', client: 1 }, peer: { kind: 'node', node: 0 } },
  });
  expect(mistakes(inScript('- on: { event: sent, node: c9 }\n  do: [ { wait: 1ms } ]'))).toEqual([
    '4:30 script[0].on.node: unknown node "c9"; the nodes are n1, n2, n3',
  ]);
});

describe('what a scenario uses', () => {
  test('is nothing for an empty one', () => {
    expect(load('cluster: { nodes: 1 }').uses).toEqual({
      ...{ counters: false, events: new Set(), marks: [], randomFaults: [] },
    });
  });

  test('is found in steps at any depth, in the timeline and in expectations', () => {
    const { uses } = load(`cluster: { nodes: 3 }
network: { loss: 1%, duplicate: 0%, nodes: { n1: { duplicate: 2% } }, links: { n1 -> n2: { loss: 3% } } }
script:
  - repeat: 2
    do:
      - if: { sent: { max: 3 } }
        do: [ { until: { mark: split-vote } } ]
  - on: elected
    do: [ { on: { event: crashed }, do: [ { until: { mark: { name: leader-change, min: 2 } } } ] } ]
timeline: [ { at: 1s, crash: n1 } ]
expect: [ { mark: log-truncated }, { mark: { name: split-vote, max: 0 } } ]
`);
    expect(uses).toEqual({
      counters: true,
      events: new Set(['elected', 'crashed']),
      marks: ['log-truncated', 'split-vote', 'leader-change'],
      randomFaults: [
        { path: 'network.loss', kind: 'loss' },
        { path: 'network.nodes.n1.duplicate', kind: 'duplicate' },
        { path: 'network.links["n1 -> n2"].loss', kind: 'loss' },
      ],
    });
  });
});

describe('what is not', () => {
  test('a problem is shown with its line and a caret under it', () => {
    const text = SPLIT_VOTE.replace('timeout:', 'timeot:').replace(
      'source: "The Secret Lives of Data, leader election: split vote"\n',
      '',
    );
    const error = thrown(() => loadScenario(text, 'scenarios/elections/split-vote.yaml', VOCABULARY));
    expect(error.code).toBe('scenario-invalid');
    expect(error.problems.map(formatProblem)).toEqual([
      [
        'scenarios/elections/split-vote.yaml:11:5  script[0].timeot: unknown action "timeot"; did you mean "timeout"?',
        '  11 |   - timeot: [n1, n4]',
        '     |     ^^^^^^',
      ].join('\n'),
    ]);
    expect(error.message).toBe(error.problems.map(formatProblem).join('\n'));
  });

  test('everything a later version will have is refused as such', () => {
    expect(mistakes(SWARM)).toEqual(['5:1 chaos: not supported yet: "chaos" is for a later version of the language']);
    expect(mistakes(inScript('- disk: { nodes: n1, full: true }'))).toEqual([
      '4:24 script[0].disk.full: not supported yet: "full" is for a later version of the language',
    ]);
  });

  test('all mistakes are reported, each once, in the order of the file', () => {
    const text = [
      'cluster: { nodes: 3, raft: { electionTimout: 1s } }',
      'network: { latency: 150, loss: 101% }',
      'script:',
      '  - crash: n9',
      '  - wait: soon',
      '    wihtin: 5s',
      '  - until: { leeder: n1 }',
    ].join('\n');
    expect(mistakes(text)).toEqual([
      '1:30 cluster.raft.electionTimout: unknown key "electionTimout"; did you mean "electionTimeout"?',
      '2:21 network.latency: expected a duration like 150ms, a range like 1ms..10ms, or a distribution, got 150; did you mean 150ms?',
      '2:32 network.loss: a probability of 101% is more than 100%',
      '4:12 script[0].crash: unknown node "n9"; the nodes are n1, n2, n3',
      '5:11 script[1].wait: expected a duration like 150ms, a range like 1ms..10ms, or a distribution, got "soon"',
      '6:5 script[1].wihtin: unknown key "wihtin"; expected one of wait, after, label',
      '7:14 script[2].until.leeder: unknown key "leeder"; did you mean "leader"?',
    ]);
  });

  test('mistakes of YAML do not hide those of the language', () => {
    const text =
      'cluster: { nodes: 3 }\nseed: 1\nseed: 2\ntags: !x [a]\nabout: *gone\nscript: [{ crsh: n1 }, *gone, { crash: *gone }]\n';
    expect(mistakes(text)).toEqual([
      '3:1 seed: "seed" is given twice; the first is on line 2',
      '4:7 tags: YAML tags such as "!x" have no meaning in a scenario',
      '5:8 about: no anchor "&gone" is complete before this alias',
      '6:12 script[0].crsh: unknown action "crsh"; did you mean "crash"?',
      '6:24 script[1]: no anchor "&gone" is complete before this alias',
      '6:40 script[2].crash: no anchor "&gone" is complete before this alias',
    ]);
  });

  test('what only follows from another mistake is not reported', () => {
    const wrongCluster =
      'cluster: { nodes: x }\nclients: many\nscript:\n  - crash: n1\n  - write: { key: x, value: 1, by: c1 }\n';
    expect(mistakes(wrongCluster).map((each) => each.split(' ')[1])).toEqual(['cluster.nodes:', 'clients:']);
    expect(mistakes(inScript('- write: { key: x, valu: 1 }'))).toEqual([
      '4:22 script[0].write.valu: unknown key "valu"; did you mean "value"?',
    ]);
    expect(mistakes(`cluster: { nodes: 3 }\nlimits: { time: 5 }\nscript: [{ wait: 1s }]`)).toHaveLength(1);
  });

  test.each<[string, string]>([
    ['', '1:1 : the file holds nothing; a scenario is a mapping with at least "cluster"'],
    ['# later', '1:1 : the file holds nothing; a scenario is a mapping with at least "cluster"'],
    ['- a', '1:1 : expected a scenario: a mapping with at least "cluster", got a list'],
    ['name: x', '1:1 : "cluster" is missing: expected a mapping like { nodes: 3 }'],
    ['cluster: 3', '1:10 cluster: expected a mapping like { nodes: 3 }, got 3; did you mean { nodes: 3 }?'],
    ['cluster:', '1:1 cluster: expected a mapping like { nodes: 3 }, got nothing'],
    [
      'cluster: { nodes: 0 }',
      '1:19 cluster.nodes: expected a number of nodes or a list of names, got 0; the least is 1',
    ],
    ['cluster: { nodes: 1e3 }', '1:19 cluster.nodes: expected a number of nodes or a list of names, got 1e3'],
    ['cluster: { nodes: [a, a] }', '1:23 cluster.nodes[1]: "a" names two nodes'],
    ['cluster: { nodes: [any] }', '1:20 cluster.nodes[0]: "any" cannot be a name: it means something in selectors'],
    ['cluster: { nodes: 3 }\ncluster: { nodes: 5 }', '2:1 cluster: "cluster" is given twice; the first is on line 1'],
    ['cluster: { nodes: 3 }\n---\na: 1', '3:1 : a second document begins here; a scenario is a single one'],
    ['cluster: { nodes: 3, mutant: e8 }', '1:30 cluster.mutant: unknown mutant "e8"; did you mean "E8"?'],
    [
      'cluster: { nodes: 3 }\nseed: 9007199254740993',
      '2:7 seed: the seed 9007199254740993 is not exact as a number; quote it: "9007199254740993"',
    ],
    [
      'cluster: { nodes: 3 }\nsettle: 5s',
      '2:9 settle: expected off, or a mapping like { within: 10s }, got "5s"; did you mean { within: 5s }?',
    ],
    [
      'cluster: { nodes: 3, disks: { n1: { log: [2, 1] } } }',
      '1:46 cluster.disks.n1.log[1]: terms in a log never decrease: 1 after 2',
    ],
    [
      'cluster: { nodes: 3, disks: { n1: { term: 1, log: [2] } } }',
      '1:43 cluster.disks.n1.term: term 1 is less than that of the last entry, 2',
    ],
    [
      'cluster: { nodes: 3, raft: { electionTimeout: 3s..1s } }',
      '1:47 cluster.raft.electionTimeout: the range 3s..1s is empty; did you mean 1s..3s?',
    ],
    [
      'cluster: { nodes: 3 }\nnetwork: { links: { n1 -> n4: { loss: 1% } } }',
      '2:21 network.links["n1 -> n4"]: unknown node "n4"; the nodes are n1, n2, n3',
    ],
    [
      'cluster: { nodes: 3 }\nnetwork: { latency: { choice: { 50%: 1ms } } }',
      '2:31 network.latency.choice: the probabilities of the alternatives sum up to 50%, not to 100%',
    ],
    [
      'cluster: { nodes: 3 }\ndisk: { tear: true, loseUnsynced: false }',
      '2:15 disk.tear: a torn write is one that was lost; "tear: true" goes with "loseUnsynced: true", not false',
    ],
    [
      'cluster: { nodes: 3 }\nclients: { count: 1, think: 1ms, rate: 1/s }',
      '2:34 clients.rate: "think" is for a closed loop, "rate" for an open one; expected only one of them',
    ],
    [
      'cluster: { nodes: 3 }\nclients: { count: 1, ops: none, keys: 1 }',
      '2:33 clients.keys: "keys" has no effect beside "ops: none"',
    ],
    [
      'cluster: { nodes: 3 }\nexpect: { invariant: I1 }',
      '2:11 expect.invariant: "invariant" goes with "verdict: violation"',
    ],
    [
      'cluster: { nodes: 3 }\nexpect: [{ verdict: pass }, { verdict: violation }]',
      '2:29 expect[1]: the verdict is said twice; expected one entry with "verdict"',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 11m, crash: n1 }]',
      '2:18 timeline[0].at: 660s is beyond limits.time, 600s',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ crash: n1 }]',
      '2:12 timeline[0]: "at" is missing: expected a duration like 150ms',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, until: { leaders: 1 } }]',
      '2:22 timeline[0].until: "until" controls the script; the timeline has no such steps',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, wait: 1s }]',
      '2:22 timeline[0].wait: "wait" controls the script; the timeline has no such steps',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, after: 1s, crash: n1 }]',
      '2:22 timeline[0].after: "after" belongs to the script; in the timeline, "at" says when',
    ],
    ['cluster: !x { nodes: 3 }', '1:10 cluster: YAML tags such as "!x" have no meaning in a scenario'],
    ['cluster: { nodes: 3 }\n<<: { seed: 1 }', '2:1 ["<<"]: merge keys ("<<") are not part of the language'],
    ['cluster: { nodes: 3 }\nname: "\\e[2J"', '2:7 name: the escape for U+001B, which no text of a scenario may hold'],
    ['__proto__: 1\ncluster: { nodes: 3 }', '1:1 __proto__: unknown key "__proto__"'],
    ['cluster: { nodes: 3 }\nconstructor: 1', '2:1 constructor: unknown key "constructor"'],
  ])('%j', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  test.each<[string, string | string[]]>([
    ['- {}', '4:5 script[0]: no action; expected one, such as crash or wait, beside nothing'],
    ['- after: 1s', '4:5 script[0]: no action; expected one, such as crash or wait, beside after'],
    ['- kill: n1', '4:5 script[0].kill: unknown action "kill"; did you mean "crash"?'],
    ['- crash: n1\n  restart: n1', '5:5 script[0].restart: a second action "restart" beside "crash"; a step has one'],
    [
      '- partition: [n1, others]\n  disk: tear',
      '5:5 script[0].disk: a second action "disk" beside "partition"; a step has one ("disk" as a modifier goes with crash)',
    ],
    [
      '- crash: n1\n  clients: { c1: n1 }',
      '5:5 script[0].clients: "clients" does not go with "crash"; it goes with partition',
    ],
    ['- wait: 1s\n  within: 2s', '5:5 script[0].within: "within" has nothing to wait for beside "wait"'],
    ['- wait: 1s\n  as: x', '5:5 script[0].as: "as" has nothing to remember: "wait" chooses no nodes'],
    ['- heal: all\n  as: x', '5:5 script[0].as: "as" has nothing to remember: this "heal" chooses no nodes'],
    [
      '- crash: n1\n  at: 1s',
      '5:5 script[0].at: "at" belongs to the timeline; in a script, "after" makes a pause before a step',
    ],
    [
      '- crash: n1, n2',
      '4:12 script[0].crash: expected a node, a word like leader, or a list of them, got "n1, n2"; did you mean [n1, n2]?',
    ],
    ['- crash: Leader', '4:12 script[0].crash: unknown node "Leader"; did you mean "leader"?'],
    ['- crash: c1', '4:12 script[0].crash: c1 is a client; expected a node'],
    ['- crash: any 4', '4:12 script[0].crash: any 4: the cluster has only 3 nodes'],
    [
      '- crash: others',
      '4:12 script[0].crash: "others" means those the other groups of the same step leave; here there are no other groups',
    ],
    ['- crash: $old', '4:12 script[0].crash: $old is never bound; bind it with "as: old" on an earlier step'],
    [
      '- crash: $old\n- crash: n1\n  as: old',
      '4:12 script[0].crash: $old is used before it is bound; a step with "as: old" must come first',
    ],
    [
      '- crash: n1\n  as: older\n- restart: $oldr',
      '6:14 script[1].restart: $oldr is never bound; did you mean "$older"?',
    ],
    ['- elect: followers', '4:12 script[0].elect: expected a single node here; "any" draws one'],
    ['- partition: [[n1, n2], [n2, n3]]', '4:28 script[0].partition[1][0]: "n2" is in two places: group 1 and group 2'],
    ['- partition: [[n1, n1], [n3]]', '4:22 script[0].partition[0][1]: "n1" is listed twice'],
    [
      '- partition: [n1]',
      '4:16 script[0].partition: expected a list of at least two groups like [[n1, n2], [others]], got a list of 1',
    ],
    [
      '- partition: [n1, others]\n  clients: { c3: n1 }',
      '5:16 script[0].clients.c3: unknown client "c3"; the clients are c1 to c2',
    ],
    [
      '- cut: n1 => n2',
      '4:10 script[0].cut: expected a link like n1 -> n2, or a list of links, got "n1 => n2"; did you mean n1 -> n2?',
    ],
    ['- until: { value: ac }', '4:21 script[0].until.value: expected values by key like { x: 8, on: all }, got "ac"'],
    [
      '- on: [elected]\n  do: [ { wait: 1ms } ]',
      '4:9 script[0].on: expected an event like elected, or a mapping like { event: vote-granted, node: n3 }, got a list',
    ],
    ['- heal: [n1, n1 -> n2]', '4:11 script[0].heal: links and nodes in one list; expected one kind only'],
    [
      '- network: { loss: 5%, reset: true }',
      '4:26 script[0].network.reset: "reset" returns to the plan; other changes need a step of their own',
    ],
    ['- clock: { nodes: n1 }', '4:12 script[0].clock: nothing to change: expected one of offset, drift, jump'],
    ['- write: { key: x, value: 1, by: n1 }', '4:36 script[0].write.by: n1 is a node; expected a client'],
    [
      '- load: start',
      '4:11 script[0].load: the clients have "ops: none", so there is no load to start; say which, such as load: { ops: { put: 1 } }',
    ],
    [
      '- until: {}',
      '4:12 script[0].until: an empty mapping; expected one of leaders, leader, role, term, committed, applied, value, configuration, log, snapshot, converged, connected, mark, sent',
    ],
    ['- until: { mark: split-vot }', '4:20 script[0].until.mark: unknown mark "split-vot"; did you mean "split-vote"?'],
    [
      '- until: { sent: { type: RequestVotes, max: 1 } }',
      '4:28 script[0].until.sent.type: unknown message type "RequestVotes"; did you mean "RequestVote"?',
    ],
    [
      '- until: { term: { min: 3, max: 2 } }',
      '4:35 script[0].until.term.max: the range is empty: max 2 is less than min 3',
    ],
    [
      '- maybe: 0.5\n  do: [{ crash: n1 }]',
      '4:12 script[0].maybe: expected a probability like 5%, got 0.5; did you mean 50%?',
    ],
    ['- maybe: 50%\n  then: [{ crash: n1 }]', '5:5 script[0].then: unknown key "then"; did you mean "do"?'],
    ['- repeat: 9', '4:5 script[0]: "do" is missing: expected a list of at least one step'],
    [
      '- repeat: 1000000\n  do: [{ repeat: 2, do: [{ count: reset }] }]',
      '4:5 script[0]: repeats inside repeats: 2000000 times in all; the most is 1000000',
    ],
    [
      '- together: [{ wait: 3s }]',
      '4:16 script[0].together[0]: "wait" waits inside "together", where all steps happen at one instant',
    ],
    [
      '- together: [{ maybe: 50%, do: [{ elect: n1 }] }]',
      '4:34 script[0].together[0].do: a wait inside "together", where all steps happen at one instant',
    ],
    ['- on: electd\n  do: [{ crash: n1 }]', '4:9 script[0].on: unknown event "electd"; did you mean "elected"?'],
    [
      '- on: { event: sent, nod: n1 }\n  do: [{ crash: n1 }]',
      '4:24 script[0].on.nod: unknown field "nod"; did you mean "node"?',
    ],
    [
      '- wait: 6m\n- wait: 4m..9m\n- after: 1us\n  crash: n1',
      '6:5 script[2]: up to here the script waits at least 600.000001s; limits.time is 600s',
    ],
    [
      '- repeat: 100\n  do: [{ wait: 7s }]',
      '4:5 script[0]: up to here the script waits at least 700s; limits.time is 600s',
    ],
  ])('%j', (steps, expected) => {
    expect(mistakes(inScript(steps))).toEqual([expected].flat());
  });

  test('`within` limits a wait and is not a wait, so it does not count against the limit', () => {
    expect(mistakes(inScript('- until: { leaders: 1 }\n  within: 1h'))).toEqual([]);
  });

  test('a name may be used in a trigger before the step that binds it, which comes first when it runs', () => {
    expect(mistakes(inScript('- on: elected\n  do: [{ crash: $x }]\n- pause: n1\n  as: x'))).toEqual([]);
  });

  test('a thousand mistakes are counted, and a hundred reported', () => {
    const { problems } = thrown(() =>
      load(`cluster: { nodes: 3 }\n${Array.from({ length: 1_500 }, (_, i) => `x${i}: 1\n`).join('')}`),
    );
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe('… and 1400 more');
  });
});

function thrown(act: () => unknown): ScenarioError {
  try {
    act();
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
