import { describe, expect, test } from 'vitest';
import { loadScenario } from './load.ts';
import { ScenarioError } from './errors.ts';

const VOCABULARY = { mutants: [], marks: [], invariants: [], events: [], messageTypes: [] };

/** Errors and warnings of a scenario, each with its path. */
function judged(text: string): { errors: readonly string[]; warnings: readonly string[] } {
  const shown = ({ path, message }: { path: string; message: string }): string => `${path}: ${message}`;
  try {
    return { errors: [], warnings: loadScenario(text, 'a.yaml', VOCABULARY).warnings.map(shown) };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return { errors: error.problems.map(shown), warnings: [] };
  }
}

const scenario = (cluster: string, rest: string): string => `cluster: { nodes: 3${cluster} }\n${rest}`;
const until = (condition: string): string => `script: [{ until: { ${condition} } }]`;

describe('what cannot come about is an error', () => {
  test.each([
    [
      'five leaders of three nodes',
      '',
      until('leaders: 5'),
      'script[0].until.leaders: 5 leaders; the cluster has only 3 nodes',
    ],
    ['four connected nodes of three', '', until('connected: { min: 4 }'), 'script[0].until.connected.min: 4 nodes'],
    [
      'a joint configuration without a reconfigure step',
      '',
      'expect: { mark: joint-entered }',
      'expect.mark: mark joint-entered cannot be seen: only a reconfigure step',
    ],
    [
      'a denied pre-vote without preVote',
      '',
      'expect: { mark: pre-vote-denied }',
      'expect.mark: mark pre-vote-denied cannot be seen: preVote is off',
    ],
    [
      'a snapshot that nothing takes',
      '',
      'expect: { mark: snapshot-taken }',
      'expect.mark: mark snapshot-taken cannot be seen: nothing takes a snapshot',
    ],
    [
      'a read by lease with other reads',
      ', raft: { reads: readIndex }',
      'expect: { mark: lease-read }',
      'expect.mark: mark lease-read cannot be seen: there are no leases',
    ],
    [
      'an expired session without a timeout',
      '',
      until('mark: session-expired'),
      'script[0].until.mark: mark session-expired cannot be seen: sessions need no',
    ],
    [
      'a transfer without a step',
      '',
      'expect: { mark: { name: leadership-transferred } }',
      'expect.mark.name: mark leadership-transferred cannot be seen: no step transfers',
    ],
    [
      'a lost vote without a crash',
      '',
      'expect: { anySeed: { mark: vote-lost } }',
      'expect.anySeed.mark: mark vote-lost cannot be seen: no node goes down',
    ],
    [
      'a torn write that no crash tears',
      '',
      'script: [{ crash: n1 }]\nexpect: { mark: write-torn }',
      'expect.mark: mark write-torn cannot be seen: no crash tears',
    ],
    [
      'a duplicate without duplication',
      '',
      'expect: [{ everySeed: { mark: duplicate-delivered } }]',
      'expect[0].everySeed.mark: mark duplicate-delivered cannot be seen',
    ],
    [
      'a copy of a disk that no step makes',
      '',
      'script: [{ disk: { nodes: n1, backup: old } }, { disk: { nodes: n1, restore: odl } }]',
      'script[1].disk.restore: no step makes a backup "odl"; did you mean "old"?',
    ],
    [
      'a copy of the disk of another node',
      '',
      'script: [{ disk: { nodes: n1, backup: a } }, { disk: { nodes: n2, restore: a } }]',
      'script[1].disk.restore: n2 has no backup "a"; steps make it of the disk of n1 only',
    ],
    [
      'copies of the disks of other nodes',
      '',
      'script: [{ disk: { nodes: n1, backup: a } }, { disk: { nodes: [n1, n2, n3], restore: a } }]',
      'script[1].disk.restore: n2, n3 have no backup "a"; steps make it of the disk of n1 only',
    ],
    [
      'a violation that is not to be reported',
      '',
      'checks: { except: [I3] }\nexpect: { verdict: violation, invariant: I3 }',
      'checks.except[0]: I3 is not to be reported, and "expect" waits',
    ],
  ])('%s', (_title, cluster, rest, message) => {
    expect(judged(scenario(cluster, rest)).errors).toEqual([expect.stringContaining(message)]);
  });
});

describe('what is hardly meant is a warning', () => {
  test.each([
    [
      'a mark of a feature that is off, with a known bug',
      ', mutant: E1',
      'expect: { mark: pre-vote-denied }',
      'expect.mark: mark pre-vote-denied cannot be seen',
    ],
    [
      'a known bug of pre-votes without preVote',
      ', mutant: V1',
      '',
      'cluster.mutant: V1 changes nothing: preVote is off',
    ],
    [
      'a known bug of snapshots that nothing takes',
      ', mutant: S12',
      '',
      'cluster.mutant: S12 changes nothing: nothing takes a snapshot',
    ],
    [
      'a known bug of transfers without one',
      ', mutant: T1',
      '',
      'cluster.mutant: T1 changes nothing: no step transfers',
    ],
    [
      'a known bug of sessions without a timeout',
      ', mutant: K6',
      '',
      'cluster.mutant: K6 changes nothing: sessions need no',
    ],
    [
      'a known bug of priorities where all are the highest',
      ', mutant: E28',
      '',
      'cluster.mutant: E28 changes nothing: every node has priority 3',
    ],
    [
      'an election that is asked of a node of priority 0',
      ', raft: { nodes: { n3: { priority: 0 } } }',
      'script: [{ repeat: 2, do: [{ elect: n3 }] }]',
      'script[0].do[0].elect: n3 has priority 0 and starts no election by its timer; use transfer',
    ],
    [
      'equal logs while many clients write',
      '',
      `clients: { count: 9, think: 1ms }\n${until('converged: true')}`,
      'script[0].until.converged: clients are still writing here',
    ],
    [
      'equal logs in a branch while many clients write',
      '',
      'clients: { count: 1, ops: none }\nscript: [{ load: { rate: 500/s } }, { repeat: 2, do: [{ expect: { converged: true } }] }]',
      'script[1].do[0].expect.converged: clients are still',
    ],
    [
      'equal logs at the end of a run that does not settle',
      '',
      'clients: { count: 9, think: 1ms }\nsettle: off\nexpect: { converged: true }',
      'expect: clients are still writing here',
    ],
    [
      'a wall clock that no node reads',
      '',
      'script: [{ together: [{ clock: { nodes: n1, jump: 1h, of: wall } }] }]',
      'script[0].together[0].clock.of: the change has no effect: no node reads its wall clock; set',
    ],
    [
      'what snapshots cost in a plan without snapshots',
      '',
      'process: { snapshot: { make: 5ms } }',
      'process.snapshot: this has no effect: nothing takes a snapshot; set',
    ],
    [
      'what snapshots cost at one node, without snapshots',
      '',
      'process: { nodes: { n2: { snapshot: { make: 5ms } } } }',
      'process.nodes.n2.snapshot: this has no effect: nothing takes',
    ],
    [
      'what snapshots cost from a step on, without snapshots',
      '',
      'timeline: [{ at: 1s, process: { nodes: all, snapshot: { make: 5ms } } }]',
      'timeline[0].process.snapshot: this has no effect: nothing takes',
    ],
    [
      'an unreadable disk that nothing reads',
      '',
      'script: [{ disk: { nodes: n1, unreadable: true } }]',
      'script[0].disk.unreadable: this has no effect: no node goes down, and nothing takes a snapshot',
    ],
    [
      'a partition of single nodes that leaves one',
      '',
      'script: [{ partition: [n1, n2] }]',
      'script[0].partition: each of these is a side of its own: n1 | n2 | n3; for two sides write [[n1, n2], [others]]',
    ],
    [
      'a partition of single nodes that leaves two',
      ', learners: 1',
      'script: [{ partition: [n1, n4] }]',
      'script[0].partition: each of these is a side of its own: n1 | n4 | n2 n3;',
    ],
  ])('%s', (_title, cluster, rest, message) => {
    expect(judged(scenario(cluster, rest))).toEqual({ errors: [], warnings: [expect.stringContaining(message)] });
  });
});

test('of one node there is no vote that restarts its timer', () => {
  const [one, two] = [1, 2].map((nodes) => judged(`cluster: { nodes: ${nodes}, raft: { voteTimer: durable } }`));
  const message = 'cluster.raft.voteTimer: this has no effect: the only node grants no vote to another';
  expect(one).toEqual({ errors: [], warnings: [message] });
  expect(two).toEqual({ errors: [], warnings: [] });
});

describe('nothing is said of', () => {
  test.each([
    [
      'what snapshots cost beside snapshots',
      ', raft: { nodes: { n1: { snapshotEvery: 5 } } }',
      'process: { snapshot: { make: 5ms } }',
    ],
    [
      'what snapshots cost before a snapshot step',
      '',
      'process: { snapshot: { make: 5ms } }\nscript: [{ process: { nodes: all, snapshot: { make: 1ms } } }, { snapshot: n1 }]',
    ],
    [
      'what snapshots cost after an upgrade',
      '',
      'process: { snapshot: { make: 5ms } }\nscript: [{ upgrade: n1, raft: { snapshotEvery: 5 } }, { restart: n1 }]',
    ],
    ['costs that are reset', '', 'script: [{ process: { nodes: all, snapshot: reset } }]'],
    ['an unreadable disk before a restart', '', 'script: [{ disk: { nodes: n1, unreadable: true } }, { restart: n1 }]'],
    [
      'an unreadable disk of a node that fails to write',
      '',
      'script: [{ disk: { nodes: n1, unreadable: true, fails: 1 } }]',
    ],
    [
      'an unreadable disk with snapshots',
      ', raft: { snapshotEvery: 5 }',
      'script: [{ disk: { nodes: n1, unreadable: true } }]',
    ],
    [
      'a copy of a disk that a step may make',
      '',
      'script: [{ disk: { nodes: n1, backup: a } }, { disk: { nodes: leader, backup: a } }, { disk: { nodes: n2, restore: a } }]',
    ],
    [
      'a copy of one of several disks',
      '',
      'script: [{ disk: { nodes: [n1, n2], backup: a } }, { disk: { nodes: n2, restore: a } }]',
    ],
    ['a disk that is readable again', '', 'script: [{ disk: { nodes: n1, unreadable: false } }]'],
    ['three leaders of three nodes', '', until('leaders: 3')],
    ['a mark that must not be seen', '', 'expect: { mark: { name: pre-vote-denied, max: 0 } }'],
    ['a mark of a feature that is on', ', raft: { preVote: true }', 'expect: { mark: pre-vote-denied }'],
    [
      'a snapshot that a step in a branch takes',
      '',
      'script: [{ maybe: 50%, do: [{ snapshot: n1 }] }]\nexpect: { mark: snapshot-taken }',
    ],
    ['a lost vote with a restart', '', 'script: [{ restart: n1 }]\nexpect: { mark: vote-lost }'],
    ['a lost vote with a full disk', '', 'script: [{ disk: { nodes: n1, full: true } }]\nexpect: { mark: vote-lost }'],
    [
      'a lost vote with a write that fails',
      '',
      'script: [{ disk: { nodes: n1, fails: 1 } }]\nexpect: { mark: vote-lost }',
    ],
    [
      'a lost vote with a disk that is put back',
      '',
      'script: [{ disk: { nodes: n1, backup: a } }, { disk: { nodes: n1, restore: a } }]\nexpect: { mark: vote-lost }',
    ],
    [
      'equal logs after the load',
      '',
      `clients: { count: 9, think: 1ms }\nscript: [{ load: stop }, { until: { converged: true } }]`,
    ],
    ['equal logs after settling', '', 'clients: { count: 9, think: 1ms }\nexpect: { converged: true }'],
    ['equal logs while a client writes now and then', '', `clients: 1\n${until('converged: true')}`],
    ['both clocks of a node', '', 'script: [{ clock: { nodes: n1, jump: 1h } }]'],
    [
      'a wall clock by which sessions expire',
      ', raft: { sessionTimeout: 1s }',
      'script: [{ clock: { nodes: n1, jump: 1h, of: wall } }]',
    ],
    [
      'a wall clock by which a lease is measured',
      ', mutant: R13, raft: { reads: lease, checkQuorum: true }',
      'script: [{ clock: { nodes: n1, jump: 1h, of: wall } }]',
    ],
    [
      'an election of a node of priority 0 that an upgrade raises',
      ', raft: { nodes: { n3: { priority: 0 } } }',
      'script: [{ upgrade: n3, raft: { priority: 1 } }, { restart: n3 }, { elect: n3 }]',
    ],
    [
      'an election of a node of a low priority',
      ', raft: { nodes: { n3: { priority: 1 } } }',
      'script: [{ elect: n3 }]',
    ],
    ['a partition in brackets', '', 'script: [{ partition: [[n1], [n2]] }]'],
    ['a partition of a node and the others', '', 'script: [{ partition: [n1, others] }]'],
    ['a partition of all nodes', '', 'script: [{ partition: [n1, n2, n3] }]'],
  ])('%s', (_title, cluster, rest) => {
    expect(judged(scenario(cluster, rest))).toEqual({ errors: [], warnings: [] });
  });
});
