import { describe, expect, test } from 'vitest';
import { inScript, load, mistakes } from '../testing/load.ts';

describe('members of the cluster, and requests to them', () => {
  test('learners and nodes on standby are named after the voters, and neither vote', () => {
    const { cluster } = load('cluster: { nodes: 3, learners: 2, standby: [x] }');
    expect([cluster.nodes, cluster.voters, cluster.learners]).toEqual([
      ['n1', 'n2', 'n3', 'n4', 'n5', 'x'],
      [0, 1, 2],
      [3, 4],
    ]);
    expect(load('cluster: { nodes: [a, b], standby: 1 }').cluster).toMatchObject({
      nodes: ['a', 'b', 'n3'],
      voters: [0, 1],
      learners: [],
    });
  });

  test('options of Raft are in bytes, microseconds and fractions', () => {
    const options =
      'snapshotBytes: 4kB, sessionTimeout: 30s, clockDriftBound: 20000ppm, maxInflight: 8, reads: readIndex';
    expect(load(`cluster: { nodes: 3, raft: { ${options} } }`).cluster.raft).toEqual({
      snapshotBytes: 4_000,
      sessionTimeout: 30_000_000,
      clockDriftBound: 0.02,
      maxInflight: 8,
      reads: 'readIndex',
    });
  });

  test('admin requests name the request, the nodes and the expected outcome', () => {
    const text = [
      '- transfer: n3',
      '- addLearner: [n1, n2]\n  expect: rejected',
      '- reconfigure: { voters: followers, learners: none, leave: explicit }\n  expect: pending',
      '- reconfigure: { voters: n1 }',
      '- leaveJoint: now\n  expect: submitted',
    ].join('\n');
    const [n1, n2, n3] = [0, 1, 2].map((node) => ({ kind: 'node', node }));
    expect(load(inScript(text)).script.map(({ action }) => action)).toEqual([
      { kind: 'transfer', to: n3, expect: 'done' },
      { kind: 'change', change: 'addLearner', nodes: { kind: 'list', of: [n1, n2] }, expect: 'rejected' },
      {
        kind: 'reconfigure',
        voters: { kind: 'role', role: 'followers' },
        learners: { kind: 'list', of: [] },
        leave: 'explicit',
        expect: 'pending',
      },
      { kind: 'reconfigure', voters: n1, learners: null, leave: 'auto', expect: 'done' },
      { kind: 'leaveJoint', expect: 'submitted' },
    ]);
  });

  test('a group of nodes may leave some of them out', () => {
    const { script } = load(inScript('- crash: all except n1 and leader\n- cut: leader -> any 2 voters except n2'));
    const leader = { kind: 'role', role: 'leader' };
    expect(script.map(({ action }) => action)).toEqual([
      {
        kind: 'crash',
        nodes: { kind: 'except', of: { kind: 'role', role: 'all' }, except: [{ kind: 'node', node: 0 }, leader] },
        disk: null,
      },
      {
        kind: 'cut',
        links: [
          {
            from: leader,
            to: {
              kind: 'except',
              of: { kind: 'any', count: 2, of: 'voters' },
              except: [{ kind: 'node', node: 1 }],
            },
          },
        ],
        messages: null,
        inFlight: null,
      },
    ]);
  });

  test('indices have a least, a most, or both', () => {
    const { script } = load(
      inScript('- until: { committed: { max: 5 }, applied: { index: 2 }, log: { max: 9, on: n1 } }'),
    );
    const [step] = script;
    const all = { kind: 'role', role: 'all' };
    expect(step?.action.kind === 'until' && step.action.condition).toMatchObject({
      committed: { min: 0, max: 5, on: all },
      applied: { min: 2, max: Number.MAX_SAFE_INTEGER, on: all },
      log: { min: 0, max: 9, on: { kind: 'node', node: 0 } },
    });
  });

  test('a trigger fires once, so many times, or always', () => {
    const steps = ['', '\n  times: 3', '\n  times: always'].map(
      (times) => `- on: elected\n  do: [{ crash: n1 }]${times}`,
    );
    const times = load(inScript(steps.join('\n'))).script.map(({ action }) => action.kind === 'on' && action.times);
    expect(times).toEqual([1, 3, null]);
  });
});

describe('is refused', () => {
  test.each<[string, string]>([
    ['cluster: { nodes: 3, voters: 3 }', '1:22 cluster.voters: unknown key "voters"; did you mean "nodes"?'],
    ['cluster: { nodes: [n4, n5], learners: 2 }', '1:39 cluster.learners: "n4" names two nodes'],
    ['cluster: { nodes: 2, standby: [n2] }', '1:32 cluster.standby[0]: "n2" names two nodes'],
    ['cluster: { nodes: 60, learners: 41, standby: 5 }', '1:33 cluster.learners: 101 nodes; the most is 100'],
    [
      'cluster: { nodes: 3, raft: { reads: lease, checkQuorum: yes } }',
      '1:57 cluster.raft.checkQuorum: expected true or false, got "yes"; did you mean true?',
    ],
    ['cluster: { nodes: 60, standby: 41 }', '1:32 cluster.standby: 101 nodes; the most is 100'],
    [
      'cluster: { nodes: [learner] }',
      '1:20 cluster.nodes[0]: "learner" cannot be a name: it means something in selectors',
    ],
    [
      'cluster: { nodes: 3, learners: -1 }\nscript: [{ crash: n7 }]',
      '1:32 cluster.learners: expected a number of nodes or a list of names, got -1; the least is 0',
    ],
    [
      'cluster: { nodes: 3, raft: { reads: lease } }',
      '1:37 cluster.raft.reads: a lease rests on leader stickiness; add "checkQuorum: true", or use readIndex',
    ],
    [
      'cluster: { nodes: 3, raft: { heartbeatInterval: 300ms } }',
      '1:49 cluster.raft.heartbeatInterval: every election timeout ends before a heartbeat arrives; expected a heartbeat interval shorter than the election timeout',
    ],
    [
      'cluster: { nodes: 3, raft: { electionTimeout: 20ms..50ms } }',
      '1:47 cluster.raft.electionTimeout: every election timeout ends before a heartbeat arrives; expected a heartbeat interval shorter than the election timeout',
    ],
    [
      'cluster: { nodes: 3, raft: { readsAtFollowers: true } }',
      '1:30 cluster.raft.readsAtFollowers: with "reads: log" every read goes through the leader; add "reads: readIndex" or "reads: lease"',
    ],
    [
      'cluster: { nodes: 3, raft: { reads: leese, readsAtFollowers: true } }',
      '1:37 cluster.raft.reads: expected one of log, readIndex, lease, got "leese"; did you mean "lease"?',
    ],
    [
      'cluster: { nodes: 3, raft: { clockDriftBound: 600000ppm } }',
      '1:47 cluster.raft.clockDriftBound: expected a bound like 10000ppm, got "600000ppm"; the most is 500000ppm',
    ],
    [
      'cluster: { nodes: 3, raft: { clockDriftBound: -1ppm } }',
      '1:47 cluster.raft.clockDriftBound: expected a bound like 10000ppm, got "-1ppm"; the least is 0ppm: a bound holds for clocks that are slow as for those that are fast',
    ],
    [
      'cluster: { nodes: 3, raft: { clockDriftBound: 20000 } }',
      '1:47 cluster.raft.clockDriftBound: expected a bound like 10000ppm, got 20000; did you mean 20000ppm?',
    ],
    [
      'cluster: { nodes: 3, raft: { snapshotChunk: 0B } }',
      '1:45 cluster.raft.snapshotChunk: a size must be more than 0',
    ],
    [
      'cluster: { nodes: 3, raft: { leaseReads: true } }',
      '1:30 cluster.raft.leaseReads: unknown key "leaseReads"; did you mean "reads"?',
    ],
    [
      'cluster: { nodes: 3, raft: { maxInflight: 0 } }',
      '1:43 cluster.raft.maxInflight: expected a number of messages, got 0; the least is 1',
    ],
    [
      'cluster: { nodes: 3 }\nclients: { count: 1, perSession: 0 }',
      '2:34 clients.perSession: expected a number of operations, got 0; the least is 1',
    ],
  ])('%j', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  test.each<[string, string | string[]]>([
    ['- transfer: followers', '4:15 script[0].transfer: expected a single node here; "any" draws one'],
    [
      '- add: n4\n  expect: ok',
      [
        '4:10 script[0].add: unknown node "n4"; the nodes are n1, n2, n3',
        '5:13 script[0].expect: expected one of done, rejected, pending, submitted, got "ok"',
      ],
    ],
    [
      '- crash: n1\n  expect: done',
      '5:5 script[0].expect: a second action "expect" beside "crash"; a step has one ("expect" as a modifier goes with transfer, forgetLeader, add, addLearner, promote, remove, reconfigure, leaveJoint, snapshot, write, read, cas, append, delete)',
    ],
    ['- addLerner: n1', '4:5 script[0].addLerner: unknown action "addLerner"; did you mean "addLearner"?'],
    ['- leaveJoint: true', '4:17 script[0].leaveJoint: expected now, got true'],
    [
      '- reconfigure: { voters: [n1, n2], learners: [n2] }',
      '4:49 script[0].reconfigure.learners[0]: "n2" is in two places: the voters and the learners',
    ],
    [
      '- reconfigure: { learners: n1 }',
      '4:18 script[0].reconfigure: "voters" is missing: expected a node, a word like leader, or a list of them',
    ],
    [
      '- forgetLeader: n1\n  expect: pending',
      '5:13 script[0].expect: nodes forget at once or reject the request; nothing stays pending',
    ],
    [
      '- process: { nodes: n1 }',
      '4:14 script[0].process: nothing to change: expected service, apply, snapshot or several of them',
    ],
    [
      '- crash: leader except n1',
      '4:12 script[0].crash: expected a word for several nodes before "except", like all or followers, got "leader"',
    ],
    [
      '- crash: all except any 2',
      '4:12 script[0].crash: expected nodes that are not drawn after "except" in "all except any 2", got "any 2"',
    ],
    ['- crash: all except n9', '4:12 script[0].crash: unknown node "n9"; the nodes are n1, n2, n3'],
    ['- crash: learner', '4:12 script[0].crash: unknown node "learner"; did you mean "learners"?'],
    [
      '- until: { configuration: { voters: majority } }',
      '4:39 script[0].until.configuration.voters: a configuration has exactly these nodes; expected names or words that do not draw nodes',
    ],
    [
      '- until: { configuration: { on: n1 } }',
      '4:29 script[0].until.configuration: expected voters, learners, joint or several of them',
    ],
    ['- until: { committed: { on: n1 } }', '4:25 script[0].until.committed: expected index, max or both'],
    [
      '- until: { committed: { index: 3, max: 2 } }',
      '4:42 script[0].until.committed.max: the range is empty: max 2 is less than index 3',
    ],
    [
      '- until: { committed: 3 }',
      '4:25 script[0].until.committed: expected a mapping like { index: 3, on: all }, got 3; did you mean { index: 3 }?',
    ],
    [
      '- on: elected\n  times: 0\n  do: [{ crash: n1 }]',
      '5:12 script[0].times: expected a number of times, or always, got 0; the least is 1',
    ],
    [
      '- together: [{ snapshot: n1 }]',
      '4:16 script[0].together[0]: "snapshot" waits, unless it has "expect: submitted", inside "together", where all steps happen at one instant',
    ],
    [
      '- together: [{ add: n1, expect: pending }]',
      '4:16 script[0].together[0]: "add" waits, unless it has "expect: submitted", inside "together", where all steps happen at one instant',
    ],
    [
      '- repeat: 1201\n  do: [{ transfer: n1, expect: pending }]',
      '4:5 script[0]: up to here the script waits at least 600.5s; limits.time is 600s',
    ],
  ])('%j', (text, expected) => {
    expect(mistakes(inScript(text))).toEqual([expected].flat());
  });
});
