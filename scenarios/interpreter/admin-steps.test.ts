import { describe, expect, test } from 'vitest';
import type { AdminAction, RaftPlan } from '../scenario.ts';
import {
  add4,
  change,
  forget,
  leaveJoint,
  ledByN1,
  receivers,
  reconfigure,
  snapshot,
  submits,
  transfer,
} from '../testing/admin-requests.ts';
import { FakeEnvironment, members } from '../testing/fake-environment.ts';
import { list, n1, n2, n3, n4, scenarioOf, step, together } from '../testing/sample-steps.ts';

describe('done', () => {
  test('a request is submitted to the leader, and the step waits until it is done', () => {
    const environment = ledByN1();
    const script = submits(environment, change('add', n4), { within: 1_000_000 });
    expect([environment.calls, script.done]).toEqual([[`0ms admin n1 ${add4} script[0]`], false]);
    environment.happens(() => environment.set(0, { members: members([0, 1, 2, 3], { committed: false }) }));
    expect(script.done).toBe(false);
    environment.happens(() => environment.set(0, { members: members([0, 1, 2, 3]) }));
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('a goal that is reached already needs no request', () => {
    const environment = ledByN1();
    expect(submits(environment, change('add', n2)).done).toBe(true);
    expect(environment.calls).toEqual([]);
  });

  test('a leader is waited for', () => {
    const environment = new FakeEnvironment(3);
    submits(environment, transfer(n2));
    environment.runTo(7_000).happens(() => environment.set(0, { role: 'leader', term: 3 }));
    expect(receivers(environment)).toEqual(['7ms n1']);
  });

  test('a new leader receives the request at once, as does the same leader in a newer term', () => {
    const environment = ledByN1();
    submits(environment, change('add', n4));
    environment
      .runTo(5_000)
      .happens(() => environment.set(0, { role: 'follower' }).set(1, { role: 'leader', term: 3 }));
    environment.runTo(6_000).happens(() => environment.set(1, { term: 5 }));
    environment.runTo(7_000).happens(() => environment.set(2, { lastIndex: 4 }));
    expect(receivers(environment)).toEqual(['0ms n1', '5ms n2', '6ms n2']);
  });

  test('a leader that rejected the request receives it again after the longest election timeout', () => {
    const times = (raft: RaftPlan): string[] => {
      const environment = ledByN1();
      environment.onAdmin = () => 'not now';
      submits(environment, change('remove', n2), {}, raft);
      return receivers(environment.runTo(700_000));
    };
    expect(times({})).toEqual(['0ms n1', '300ms n1', '600ms n1']);
    expect(times({ electionTimeout: [100_000, 500_000] })).toEqual(['0ms n1', '500ms n1']);
  });

  test('a leader that carries the request out is left alone, and receives it again when it has aborted it', () => {
    const environment = ledByN1();
    environment.onAdmin = () => {
      environment.set(0, { transferee: 1 });
      return null;
    };
    submits(environment, transfer(n2));
    environment.runTo(1_000_000);
    expect(receivers(environment)).toEqual(['0ms n1']);
    environment.happens(() => environment.set(0, { transferee: null }));
    expect(receivers(environment)).toEqual(['0ms n1', '1000ms n1']);
  });

  test.each<[string, AdminAction, Parameters<typeof members>[1]]>([
    ['a change that is not committed', change('remove', n3), { committed: false }],
    ['a configuration that is joint', change('remove', n3), { outgoing: [0] }],
    ['a departure from a joint configuration', leaveJoint(), { outgoing: [0], committed: false }],
    ['a reconfiguration', { ...reconfigure(n1, null), expect: 'done' }, { outgoing: [0] }],
  ])('%s is pending, and waited for unless the leader has rejected it', (_, action, facts) => {
    for (const reason of [null, 'one change at a time']) {
      const environment = ledByN1().set(0, { members: members([0, 1, 2], { outgoing: [1] }) });
      environment.onAdmin = () => reason;
      submits(environment, action);
      environment.set(0, { members: members([0, 1, 2], facts) });
      expect(receivers(environment.runTo(400_000))).toEqual(reason === null ? ['0ms n1'] : ['0ms n1', '300ms n1']);
    }
  });

  test('a node that catches up as a learner is being added', () => {
    const environment = ledByN1();
    submits(environment, change('add', n4));
    environment.happens(() => environment.set(0, { members: members([0, 1, 2], { learners: [3] }) }));
    expect(receivers(environment.runTo(1_000_000))).toEqual(['0ms n1']);
  });

  test('a paused leader is waited for', () => {
    const environment = ledByN1().set(0, { paused: true });
    const script = submits(environment, change('add', n4));
    expect(receivers(environment.runTo(1_000_000))).toEqual([]);
    environment.happens(() => environment.set(0, { paused: false }));
    expect(receivers(environment)).toEqual(['1000ms n1']);
    environment.happens(() => environment.set(0, { paused: true }));
    environment.runTo(20_000_000);
    expect(script.failure?.message).toBe('expected n4 to be a voter; n1, leader, is paused (after 10s)');
  });

  test('several nodes are changed one after the other', () => {
    const environment = ledByN1();
    const script = submits(environment, change('addLearner', list(n4, n2, n3)), { as: 'who' });
    expect(receivers(environment)).toHaveLength(1);
    environment.happens(() => environment.set(0, { members: members([0], { learners: [3] }) }));
    expect(environment.calls).toHaveLength(2);
    expect(environment.calls[1]).toContain('"node":1');
    environment.happens(() => environment.set(0, { members: members([0, 1, 2], { learners: [3] }) }));
    expect([script.done, receivers(environment)]).toEqual([true, ['0ms n1', '0ms n1']]);
  });

  test('the failure names the obstacle: which node rejected the request, and why', () => {
    const environment = ledByN1();
    environment.onAdmin = () => 'an earlier change is not committed yet';
    const script = submits(environment, change('promote', n4), { within: 1_000_000 });
    environment.runTo(2_000_000);
    expect(script.failure?.message).toBe(
      'expected n4 to be a voter; n1, leader, rejected it: an earlier change is not committed yet (after 1s)',
    );
  });

  test.each<[string, AdminAction, (environment: FakeEnvironment) => void, string]>([
    [
      'no node leads any more',
      change('add', n4),
      (environment) => environment.set(0, { role: 'follower' }),
      'expected n4 to be a voter; no node leads (after 10s)',
    ],
    [
      'the change is not committed',
      change('remove', n3),
      (environment) => environment.set(0, { members: members([0, 1], { committed: false }) }),
      'expected n3 to be no member; n1, leader, has voters n1, n2, not committed (after 10s)',
    ],
    [
      'the target does not win',
      transfer(n3),
      (environment) => environment.set(1, { role: 'leader', term: 9 }),
      'expected n3 to lead; n2 leads term 9 (after 10s)',
    ],
    [
      'a node is down',
      snapshot(n3),
      (environment) => environment.set(2, { up: false }),
      'expected a snapshot on n3; n3 is down (after 10s)',
    ],
    [
      'the configuration stays joint',
      leaveJoint(),
      (environment) => environment.set(0, { members: members([0, 3], { outgoing: [0, 1], learners: [4] }) }),
      'expected a configuration that is not joint; n1, leader, has voters n1, n4, joint with n1, n2, learners n5 (after 10s)',
    ],
  ])('or else %s', (_, action, change, message) => {
    const environment = ledByN1();
    environment.set(0, { members: members([0, 1, 2], { outgoing: [1] }) });
    const script = submits(environment, action);
    environment.happens(() => change(environment));
    environment.runTo(20_000_000);
    expect(script.failure?.message).toBe(message);
  });

  test('a rejection is reported beside the obstacle of the moment', () => {
    const environment = ledByN1();
    environment.onAdmin = () => 'busy';
    const script = submits(environment, transfer(n3));
    environment.happens(() => environment.set(0, { up: false }));
    environment.runTo(20_000_000);
    expect(script.failure?.message).toBe(
      'expected n3 to lead; no node leads; n1, leader, rejected it: busy (after 10s)',
    );
  });
});

describe('rejected', () => {
  test('the node must reject the request', () => {
    const environment = ledByN1();
    environment.onAdmin = () => 'it leads';
    const script = submits(environment, forget(n1, 'rejected'));
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('a request that is accepted fails the step', () => {
    expect(submits(ledByN1(), change('remove', n2, 'rejected')).failure?.message).toBe(
      'expected n1, leader, to reject remove n2; it accepted',
    );
    expect(submits(ledByN1(), forget(n2, 'rejected')).failure?.message).toBe(
      'expected n2 to reject forgetLeader n2; it accepted',
    );
  });

  test('the step waits for the node that is to reject', () => {
    const environment = new FakeEnvironment(3);
    environment.onAdmin = () => 'no';
    const script = submits(environment, transfer(n2, 'rejected'));
    environment.runTo(1_000).happens(() => environment.set(2, { role: 'leader' }));
    expect([receivers(environment), script.done, script.failure]).toEqual([['1ms n3'], true, null]);
    const never = new FakeEnvironment(3);
    const failing = submits(never, transfer(n2, 'rejected'));
    never.runTo(20_000_000);
    expect(failing.failure?.message).toBe('expected a node to submit transfer n2 to; no node leads (after 10s)');
  });
});

describe('submitted', () => {
  test('the request is submitted once, and the step does not wait', () => {
    for (const reason of ['no', null]) {
      const environment = ledByN1();
      environment.onAdmin = () => reason;
      const script = submits(environment, change('add', n4, 'submitted'));
      expect([script.done, script.failure, receivers(environment.runTo(9_000_000))]).toEqual([true, null, ['0ms n1']]);
    }
  });

  test('it is allowed in `together`, where nothing can wait', () => {
    const environment = ledByN1();
    const both = together(step(transfer(n2, 'submitted')), step({ kind: 'crash', nodes: n1, disk: null }));
    expect(environment.start(scenarioOf([step(both)])).failure).toBeNull();
    expect(environment.calls.map((call) => call.split(' ')[1])).toEqual(['admin', 'crash']);
  });
});

describe('pending', () => {
  test('the request is accepted, and not done for 500ms', () => {
    const environment = ledByN1();
    const script = submits(environment, change('add', n4, 'pending'));
    environment.runTo(499_000);
    expect(script.done).toBe(false);
    environment.runTo(500_000);
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('once it is accepted no other node receives it: that one might do it', () => {
    const environment = ledByN1();
    environment.onAdmin = (node) => (node === 0 ? 'not now' : null);
    const script = submits(environment, change('add', n4, 'pending'));
    environment.runTo(5_000).happens(() => environment.set(1, { role: 'leader', term: 3 }));
    environment.runTo(6_000).happens(() => environment.set(2, { role: 'leader', term: 4 }));
    environment.runTo(500_000);
    expect([receivers(environment), script.done, script.failure]).toEqual([['0ms n1', '5ms n2'], true, null]);
  });

  test('it fails as soon as the request is done', () => {
    const environment = ledByN1();
    const script = submits(environment, change('add', n4, 'pending'), { within: 2_000_000 });
    environment.runTo(700_000).happens(() => environment.set(0, { members: members([0, 1, 2, 3]) }));
    expect(script.failure?.message).toBe(
      'expected add n4 to stay pending for 2s; after 700ms it was done: n1, leader, has voters n1, n2, n3, n4',
    );
  });

  test('a goal that is reached from the beginning is not pending', () => {
    expect(submits(ledByN1(), transfer(n1, 'pending')).failure?.message).toBe(
      'expected transfer n1 to stay pending for 500ms; after 0ms it was done: n1 leads term 2',
    );
  });

  test('a request that every node rejected, or that no node could receive, is not pending', () => {
    const declining = ledByN1();
    declining.onAdmin = () => 'n4 is unknown';
    const script = submits(declining, change('add', n4, 'pending'));
    declining.runTo(500_000);
    expect(receivers(declining)).toEqual(['0ms n1', '300ms n1']);
    expect(script.failure?.message).toBe(
      'expected add n4 to stay pending for 500ms; n1, leader, rejected it: n4 is unknown',
    );
    const nobody = new FakeEnvironment(3);
    const unled = submits(nobody, change('add', n4, 'pending'));
    nobody.runTo(500_000);
    expect(unled.failure?.message).toBe('expected add n4 to stay pending for 500ms; no node leads');
  });
});
