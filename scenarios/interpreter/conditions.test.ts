import { describe, expect, test } from 'vitest';
import type { Condition, Selector } from '../scenario.ts';
import { allHold, describeCondition, explainCondition, nodesOfCondition, partsOf } from './conditions.ts';
import { any, condition, except, list, n1, n2, n3, n4, n5, remembered, role } from '../testing/sample-steps.ts';
import { FakeEnvironment, members } from '../testing/fake-environment.ts';

/** Five nodes of which n2 leads term 4. */
function cluster(): FakeEnvironment {
  return new FakeEnvironment(5).set(1, { role: 'leader', term: 4 });
}

const scopeOf = (environment: FakeEnvironment) => ({
  cluster: environment,
  recall: (name: string) => (name === 'old' ? [1] : null),
});

function holds(environment: FakeEnvironment, parts: Partial<Condition>): boolean {
  return allHold(partsOf(condition(parts)), scopeOf(environment));
}

function explain(environment: FakeEnvironment, parts: Partial<Condition>): string {
  return explainCondition(condition(parts), scopeOf(environment));
}

/** Both faces: the cluster that satisfies a condition, and how one that does not is explained. */
function check(parts: Partial<Condition>, good: FakeEnvironment, bad: FakeEnvironment, explanation: string): void {
  expect(holds(good, parts)).toBe(true);
  expect(explain(good, parts)).toBe('');
  expect(holds(bad, parts)).toBe(false);
  expect(explain(bad, parts)).toBe(explanation);
}

/** At least an index, on these nodes. */
const from = (min: number, on: Selector) => ({ min, max: Number.MAX_SAFE_INTEGER, on });

describe('leaders', () => {
  test('leaders counts live leaders, stale ones included', () => {
    const stale = cluster().set(4, { role: 'leader', term: 2 });
    check({ leaders: 1 }, cluster(), stale, 'expected 1 leader; n2 leads term 4, n5 leads term 2');
    check({ leaders: 2 }, stale, cluster(), 'expected 2 leaders; n2 leads term 4');
    check({ leaders: 1 }, stale.set(4, { up: false }), new FakeEnvironment(3), 'expected 1 leader; no node leads');
  });

  test('leader means the one of the highest term', () => {
    const wanted = { leader: { kind: 'in', nodes: list(n3, n4, n5) } } as const;
    const moved = cluster().set(3, { role: 'leader', term: 5 });
    check(wanted, moved, cluster(), 'expected leader in n3, n4, n5; n2 leads term 4');
    check(
      { leader: { kind: 'in', nodes: n2 } },
      cluster(),
      new FakeEnvironment(2),
      'expected leader n2; no node leads',
    );
  });

  test('leader none requires that no live node leads', () => {
    check({ leader: { kind: 'none' } }, new FakeEnvironment(3), cluster(), 'expected no leader; n2 leads term 4');
  });

  test('a remembered name is shown with the nodes it means', () => {
    const wanted = { leader: { kind: 'in', nodes: remembered('old') } } as const;
    check(wanted, cluster(), new FakeEnvironment(3), 'expected leader in $old (n2); no node leads');
  });
});

describe('nodes', () => {
  test('role', () => {
    const wanted = {
      roles: [
        { nodes: n1, role: 'follower' },
        { nodes: list(n2, n3), role: 'candidate' },
      ],
    } as const;
    const good = new FakeEnvironment(3).set(1, { role: 'candidate' }).set(2, { role: 'candidate' });
    check(wanted, good, cluster(), 'expected role candidate of n2, n3; n2 is leader, n3 is follower');
  });

  test('a node that is down has no role and no value', () => {
    const down = new FakeEnvironment(3).set(0, { up: false });
    expect(explain(down, { roles: [{ nodes: n1, role: 'follower' }] })).toBe(
      'expected role follower of n1; n1 is down',
    );
    expect(explain(down, { values: [{ key: 'x', value: null, on: n1 }] })).toBe('expected no x on n1; n1 is down');
  });

  test('term', () => {
    const wanted = { term: { of: n2, min: 3, max: 4 } };
    check(wanted, cluster(), cluster().set(1, { term: 5 }), 'expected term 3 to 4 of n2; n2 is in term 5');
    const atLeast = { term: { of: n1, min: 2, max: Infinity } };
    check(atLeast, cluster().set(0, { term: 2 }), cluster(), 'expected term at least 2 of n1; n1 is in term 1');
    const atMost = { term: { of: n2, min: 0, max: 3 } };
    check(atMost, new FakeEnvironment(2), cluster(), 'expected term at most 3 of n2; n2 is in term 4');
  });

  test('committed and applied hold for every node', () => {
    const good = cluster().set(0, { commitIndex: 7, lastApplied: 7 }).set(2, { commitIndex: 5, lastApplied: 6 });
    const bad = cluster().set(0, { commitIndex: 7, lastApplied: 7 }).set(2, { commitIndex: 4, lastApplied: 3 });
    const on = list(n1, n3);
    check({ committed: from(5, on) }, good, bad, 'expected index 5 committed on n1, n3; n3 committed 4');
    check({ applied: from(5, on) }, good, bad, 'expected index 5 applied on n1, n3; n3 applied 3');
  });

  test('committed and applied may have a most', () => {
    const at = (commitIndex: number): FakeEnvironment => cluster().set(0, { commitIndex, lastApplied: commitIndex });
    const most = { min: 0, max: 5, on: n1 };
    check({ committed: most }, at(5), at(6), 'expected index at most 5 committed on n1; n1 committed 6');
    check({ applied: most }, at(5), at(6), 'expected index at most 5 applied on n1; n1 applied 6');
    check({ applied: { ...most, min: 3 } }, at(3), at(2), 'expected index 3 to 5 applied on n1; n1 applied 2');
  });

  test('log counts the entries that are there, snapshot looks at the newest one', () => {
    const at = (logLength: number, snapshotIndex: number): FakeEnvironment =>
      cluster().set(0, { logLength, lastIndex: 90, snapshotIndex });
    const log = { min: 2, max: 9, on: n1 };
    check({ log }, at(9, 0), at(10, 0), 'expected 2 to 9 entries in the log of n1; n1 has 10');
    check({ log }, at(2, 0), at(1, 0), 'expected 2 to 9 entries in the log of n1; n1 has 1');
    const snapshot = { index: 50, on: n1 };
    check({ snapshot }, at(0, 50), at(0, 49), 'expected a snapshot of index 50 on n1; n1 has one of 49');
    expect(explain(cluster(), { snapshot })).toBe('expected a snapshot of index 50 on n1; n1 has none');
  });

  test('configuration requires exactly these members, on the leader unless others are named', () => {
    const has = (...facts: Parameters<typeof members>): FakeEnvironment =>
      cluster().set(1, { members: members(...facts) });
    const wanted = (parts: Partial<NonNullable<Condition['configuration']>>): Partial<Condition> => ({
      configuration: { voters: null, learners: null, joint: null, on: role('leader'), ...parts },
    });
    const good = has([0, 1, 3], { learners: [4] });
    const voters = list(n1, n2, n4);
    check(
      wanted({ voters }),
      good,
      has([0, 1]),
      'expected configuration voters n1, n2, n4 on leader; n2 has voters n1, n2',
    );
    expect(holds(has([0, 1, 2, 3]), wanted({ voters }))).toBe(false);
    check(
      wanted({ learners: n5 }),
      good,
      has([0, 1, 3], { learners: [2, 4] }),
      'expected configuration learners n5 on leader; n2 has voters n1, n2, n4, learners n3, n5',
    );
    check(
      wanted({ learners: list() }),
      has([0]),
      good,
      'expected configuration learners none on leader; n2 has voters n1, n2, n4, learners n5',
    );
    const joint = has([0], { outgoing: [1] });
    check(
      wanted({ joint: true }),
      joint,
      good,
      'expected configuration joint on leader; n2 has voters n1, n2, n4, learners n5',
    );
    check(
      wanted({ joint: false, voters: n1 }),
      has([0]),
      joint,
      'expected configuration not joint, voters n1 on leader; n2 has voters n1, joint with n2',
    );
    expect(explain(new FakeEnvironment(3), wanted({ voters }))).toBe(
      'expected configuration voters n1, n2, n4 on leader; no node leads',
    );
  });

  test('nodes can be required to use the configuration of the leader', () => {
    const wanted = {
      configuration: { voters: role('voters'), learners: null, joint: null, on: except(role('all'), n5) },
    };
    const environment = cluster().set(4, { members: members([0]) });
    expect(holds(environment, wanted)).toBe(true);
    environment.set(2, { members: members([2]) });
    expect(explain(environment, wanted)).toBe(
      'expected configuration voters voters on all except n5; n3 has voters n3',
    );
  });

  test('value', () => {
    const environment = (x: string): FakeEnvironment =>
      new FakeEnvironment(2).set(0, { values: { x: '8' } }).set(1, { values: { x } });
    const wanted = { values: [{ key: 'x', value: '8', on: role('all') }] };
    check(wanted, environment('8'), environment('3'), 'expected x = 8 on all; n2 has x = 3');
    expect(explain(new FakeEnvironment(2), wanted)).toBe('expected x = 8 on all; n1 has no x, n2 has no x');
  });

  test('a majority that satisfies is enough, and conditions draw nothing', () => {
    const wanted = { applied: from(1, role('majority')) };
    const applied = (...nodes: number[]): FakeEnvironment => {
      const environment = new FakeEnvironment(5);
      for (const node of nodes) environment.set(node, { lastApplied: 1 });
      return environment;
    };
    const bad = applied(0, 3);
    check(
      wanted,
      applied(0, 3, 4),
      bad,
      'expected index 1 applied on majority; n2 applied 0, n3 applied 0, n5 applied 0',
    );
    expect(holds(applied(2, 4), { applied: from(1, any(2)) })).toBe(true);
    expect(bad.streams.size).toBe(0);
  });

  test('no condition holds on nodes that are not there', () => {
    const wanted = { committed: from(0, role('leader')) };
    check(wanted, cluster(), new FakeEnvironment(3), 'expected index 0 committed on leader; no node leads');
  });
});

describe('the cluster', () => {
  test('converged', () => {
    const good = cluster();
    good.isConverged = true;
    const bad = new FakeEnvironment(2).set(0, { lastIndex: 3, commitIndex: 2, lastApplied: 1 }).set(1, { up: false });
    check({ converged: true }, good, bad, 'expected convergence; no node leads; n1 log to 3, committed 2, applied 1');
    check({ converged: false }, bad, good, 'expected no convergence; all running nodes agree');
  });

  test('connected requires a set of running nodes in which every pair reaches each other both ways', () => {
    // A ring of five: neighbours reach each other, so no three do.
    const ring = cluster();
    for (const [a, b] of [
      [0, 2],
      [0, 3],
      [1, 3],
      [1, 4],
      [2, 4],
    ])
      ring.cutLinks.add(`${a} ${b}`);
    check({ connected: { min: 3 } }, cluster(), ring, 'expected 3 connected nodes; at most 2 (n1, n2)');
    ring.cutLinks.delete('0 2');
    ring.cutLinks.add('2 0');
    expect(holds(ring, { connected: { min: 3 } })).toBe(false);
    ring.cutLinks.delete('2 0');
    check(
      { connected: { min: 3 } },
      ring,
      cluster().set(0, { up: false }).set(1, { paused: true }).set(4, { up: false }),
      'expected 3 connected nodes; at most 2 (n3, n4)',
    );
    const gone = new FakeEnvironment(1).set(0, { up: false });
    check({ connected: { min: 1 } }, cluster(), gone, 'expected 1 connected nodes; no node runs');
  });

  test('connected is decided at once for a hundred nodes, however they are cut', () => {
    // Threes that cannot reach each other inside: 3 to the power of 33 sets of which each pair can.
    const threes = new FakeEnvironment(99);
    for (let node = 0; node < 99; node += 3) {
      for (const link of [`${node} ${node + 1}`, `${node} ${node + 2}`, `${node + 1} ${node + 2}`])
        threes.cutLinks.add(link);
    }
    expect(holds(threes, { connected: { min: 33 } })).toBe(true);
    expect(holds(threes, { connected: { min: 34 } })).toBe(false);
  });

  test('mark', () => {
    const seen = (count: number): FakeEnvironment => {
      const environment = new FakeEnvironment(1);
      environment.marks.set('split-vote', count);
      return environment;
    };
    const wanted = (min: number) => ({ mark: { name: 'split-vote', min } });
    check(wanted(1), seen(1), seen(0), 'expected mark split-vote; it was not seen');
    check(wanted(3), seen(3), seen(2), 'expected mark split-vote 3 times; seen 2 of 3 times');
  });

  test('sent', () => {
    const sent = (count: number, bytes: number): FakeEnvironment => {
      const environment = new FakeEnvironment(1);
      environment.sent.set('AppendEntries', { count, bytes });
      environment.sent.set('all', { count, bytes });
      return environment;
    };
    const between = { sent: { type: 'AppendEntries', min: 2, max: 4, bytes: null } };
    check(between, sent(4, 0), sent(5, 0), 'expected 2 to 4 AppendEntries sent; 5 sent');
    check(between, sent(2, 0), sent(1, 0), 'expected 2 to 4 AppendEntries sent; 1 sent');
    const small = { sent: { type: null, min: 0, max: Infinity, bytes: 100 } };
    check(
      small,
      sent(9, 100),
      sent(1, 101),
      'expected at least 0 messages sent of at most 100 bytes; 1 sent, 101 bytes',
    );
    const silence = { sent: { type: null, min: 0, max: 0, bytes: null } };
    check(silence, new FakeEnvironment(1), sent(1, 1), 'expected 0 messages sent; 1 sent');
  });

  test('operations are counted by status, client, kind and key', () => {
    const counted = (facts: Record<string, number>): FakeEnvironment => {
      const environment = new FakeEnvironment(3, 2);
      for (const [which, count] of Object.entries(facts)) environment.operations.set(which, count);
      return environment;
    };
    const max = Number.MAX_SAFE_INTEGER;
    const of = { clients: [0, 1], ops: ['put', 'get'], key: 'x' } as const;
    const ten = { operations: { of, counts: [{ status: 'ok', min: 10, max }] } } as const;
    const these = '0,1 put,get x';
    check(
      ten,
      counted({ [`${these} invoked`]: 10, [`${these} ok`]: 10 }),
      counted({ [`${these} invoked`]: 12, [`${these} ok`]: 9, [`${these} pending`]: 3 }),
      'expected at least 10 ok write or read operations on x by c1, c2; 9 ok, 3 pending',
    );
    const any = { clients: null, ops: null, key: null };
    const ended = [
      { status: 'fail', min: 0, max: 0 },
      { status: 'invoked', min: 2, max: 5 },
    ] as const;
    check(
      { operations: { of: any, counts: ended } },
      counted({ 'any any any invoked': 2 }),
      new FakeEnvironment(3, 2),
      'expected 0 failed and 2 to 5 invoked operations; none was invoked',
    );
  });

  test('reads are exactly these values, one after the other', () => {
    const read = (...values: (string | null)[]): FakeEnvironment => {
      const environment = new FakeEnvironment(3, 2);
      environment.reads.set('x 1', values);
      return environment;
    };
    const wanted = { reads: { of: { key: 'x', client: 1 }, values: [null, 'a'] } };
    check(
      wanted,
      read(null, 'a'),
      read(null, 'a', null, 'a', 'b'),
      'expected reads of x by c2 to return nothing, then "a"; they returned nothing, then "a", then nothing, and 2 more',
    );
    check(
      wanted,
      read(null, 'a'),
      read(null),
      'expected reads of x by c2 to return nothing, then "a"; they returned nothing',
    );
    check(wanted, read(null, 'a'), read(), 'expected reads of x by c2 to return nothing, then "a"; none has succeeded');
  });
});

describe('whole conditions', () => {
  test('all parts must hold, and only those that do not are explained', () => {
    const wanted = { leaders: 1, converged: true, mark: { name: 'split-vote', min: 1 } };
    expect(explain(cluster(), { ...wanted, converged: null })).toBe('expected mark split-vote; it was not seen');
    expect(describeCondition(condition(wanted), scopeOf(cluster()))).toBe(
      '1 leader and convergence and mark split-vote',
    );
    expect(explain(new FakeEnvironment(1), { leaders: 1, mark: { name: 'split-vote', min: 1 } })).toBe(
      'expected 1 leader; no node leads; expected mark split-vote; it was not seen',
    );
  });

  test('a condition is about the leader it requires, or else about the nodes of its first selector', () => {
    const about = (parts: Partial<Condition>) => nodesOfCondition(condition(parts), scopeOf(cluster()));
    expect(about({ leaders: 1 })).toEqual([1]);
    expect(about({ converged: true })).toEqual([1]);
    expect(about({ leader: { kind: 'in', nodes: role('all') }, applied: from(0, n1) })).toEqual([1]);
    expect(about({ log: from(0, list(n5, n3)) })).toEqual([2, 4]);
    expect(about({ snapshot: { index: 1, on: n4 }, log: from(0, n5) })).toEqual([4]);
    expect(about({ values: [{ key: 'x', value: '1', on: list(n5, n3) }] })).toEqual([2, 4]);
    expect(nodesOfCondition(condition({ leader: { kind: 'none' } }), scopeOf(new FakeEnvironment(3)))).toEqual([]);
  });
});
