import { describe, expect, test } from 'vitest';
import type { AdminAction, Selector } from '../scenario.ts';
import {
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
import { any, list, n1, n2, n3, n4, scenarioOf, remembered, role, step } from '../testing/sample-steps.ts';

describe('when a request is done', () => {
  const reached = (action: AdminAction, change: (environment: FakeEnvironment) => void): boolean => {
    const environment = ledByN1();
    environment.set(0, { members: members([1, 2, 3], { outgoing: [0], learners: [4] }) });
    const script = submits(environment, action);
    if (script.done) throw new Error('nothing was waited for');
    environment.happens(() => change(environment));
    return script.done;
  };
  const inForce = (action: AdminAction, ...facts: Parameters<typeof members>): boolean =>
    reached(action, (environment) => environment.set(0, { members: members(...facts) }));

  test('a transfer: the target leads in the highest term', () => {
    expect(reached(transfer(n2), (environment) => environment.set(1, { role: 'leader', term: 3 }))).toBe(true);
    expect(reached(transfer(n2), (environment) => environment.set(1, { role: 'leader', term: 1 }))).toBe(false);
  });

  test('a change: the leader has it committed, in a configuration that is not joint', () => {
    for (const word of ['add', 'promote'] as const) {
      expect(inForce(change(word, n1), [0, 1])).toBe(true);
      expect(inForce(change(word, n1), [0, 1], { committed: false })).toBe(false);
      expect(inForce(change(word, n1), [0, 1], { outgoing: [1] })).toBe(false);
      expect(inForce(change(word, n1), [1], { learners: [0] })).toBe(false);
    }
    expect(inForce(change('addLearner', n1), [1], { learners: [0] })).toBe(true);
    expect(inForce(change('addLearner', n1), [0])).toBe(true);
    expect(inForce(change('addLearner', n1), [1])).toBe(false);
    expect(inForce(change('remove', n1), [1, 2])).toBe(true);
    expect(inForce(change('remove', n1), [1], { outgoing: [0] })).toBe(false);
    expect(inForce(change('remove', n1), [1], { learners: [0] })).toBe(false);
  });

  test('a reconfiguration: exactly these voters, and these learners if any are named', () => {
    const to = (learners: Selector | null): AdminAction => ({
      ...{ kind: 'reconfigure', voters: list(n2, n1), learners, leave: 'auto', expect: 'done' },
    });
    expect(inForce(to(null), [0, 1], { learners: [2] })).toBe(true);
    expect(inForce(to(n3), [0, 1], { learners: [2] })).toBe(true);
    expect(inForce(to(list()), [0, 1], { learners: [2] })).toBe(false);
    expect(inForce(to(n3), [0, 1])).toBe(false);
    expect(inForce(to(null), [0, 1, 2])).toBe(false);
    expect(inForce(to(null), [0])).toBe(false);
    expect(inForce(to(null), [0, 1], { outgoing: [0] })).toBe(false);
    expect(inForce(to(null), [0, 1], { committed: false })).toBe(false);
  });

  test('a reconfiguration with `leave: explicit`: the joint configuration is committed', () => {
    const action: AdminAction = {
      ...{ kind: 'reconfigure', voters: list(n1, n2), learners: null, leave: 'explicit', expect: 'done' },
    };
    expect(inForce(action, [0, 1], { outgoing: [1, 2, 3] })).toBe(true);
    expect(inForce(action, [0, 1], { outgoing: [1, 2, 3], committed: false })).toBe(false);
    expect(inForce(action, [0, 1])).toBe(false);
  });

  test('leaving a joint configuration: another one is committed', () => {
    expect(inForce(leaveJoint(), [0, 1])).toBe(true);
    expect(inForce(leaveJoint(), [0, 1], { committed: false })).toBe(false);
  });

  test('a snapshot: there is a newer one than before, or one of all that has been applied', () => {
    const takes = (facts: Parameters<FakeEnvironment['set']>[1]): boolean => {
      const environment = new FakeEnvironment(3).set(0, { snapshotIndex: 5, lastApplied: 9 });
      const script = submits(environment, snapshot(n1));
      environment.happens(() => environment.set(0, facts));
      return script.done;
    };
    expect(takes({ snapshotIndex: 8 })).toBe(true);
    expect(takes({ lastApplied: 5 })).toBe(true);
    expect(takes({ lastApplied: 10 })).toBe(false);
    expect(takes({ snapshotIndex: 8, up: false })).toBe(false);
  });

  test('a node that has applied nothing has taken no snapshot', () => {
    const environment = new FakeEnvironment(3);
    expect(submits(environment, snapshot(n1)).done).toBe(false);
    expect(receivers(environment)).toEqual(['0ms n1']);
  });
});

describe('what is requested', () => {
  const requested = (action: AdminAction): string[] => {
    const environment = ledByN1().set(0, { members: members([0, 1, 2], { learners: [3, 4] }) });
    submits(environment, action);
    return environment.calls;
  };

  test('a transfer, a snapshot, forgetting, leaving', () => {
    expect(requested(transfer(n2, 'submitted'))).toEqual(['0ms admin n1 {"kind":"transfer","to":1} script[0]']);
    expect(requested(snapshot(n2, 'submitted'))).toEqual(['0ms admin n2 {"kind":"snapshot"} script[0]']);
    expect(requested(forget(list(n2, n3)))).toEqual([
      '0ms admin n2 {"kind":"forget-leader"} script[0]',
      '0ms admin n3 {"kind":"forget-leader"} script[0]',
    ]);
    expect(requested(leaveJoint('submitted'))).toEqual(['0ms admin n1 {"kind":"leave-joint"} script[0]']);
  });

  test('learners that are not named stay, but for those that become voters', () => {
    const to = (learners: Selector | null): string[] =>
      requested({ kind: 'reconfigure', voters: list(n1, n4), learners, leave: 'explicit', expect: 'submitted' });
    expect(to(null)).toEqual([
      '0ms admin n1 {"kind":"reconfigure","voters":[0,3],"learners":[4],"leave":"explicit"} script[0]',
    ]);
    expect(to(list())[0]).toContain('"learners":[]');
    expect(to(role('others'))[0]).toContain('"learners":[1,2,4]');
  });

  test('only nodes that there is something to do for are drawn', () => {
    expect(requested(change('add', any(2), 'submitted')).map((call) => /"node":(\d)/u.exec(call)?.[1])).toEqual([
      '3',
      '4',
    ]);
    expect(requested(change('promote', any(1, 'learners'), 'submitted'))).toHaveLength(1);
  });

  test('nodes that are down do not receive what the others can do', () => {
    const environment = ledByN1().set(1, { up: false });
    submits(environment, forget(role('all')));
    expect(receivers(environment)).toEqual(['0ms n1', '0ms n3', '0ms n4', '0ms n5']);
  });

  test('no node is a voter and a learner: the more precise word has the node', () => {
    expect(requested(reconfigure(n1, role('voters')))[0]).toContain('"voters":[0],"learners":[1,2]');
  });

  test('the leadership is transferred to a running node', () => {
    const environment = ledByN1().set(1, { up: false }).set(2, { up: false }).set(3, { up: false });
    submits(environment, transfer({ kind: 'except', of: any(1), except: [n1] }, 'submitted'));
    expect(environment.calls[0]).toContain('"to":4');
  });

  test.each<[string, AdminAction]>([
    ['forgetLeader', forget(list(n3, n2))],
    ['add', change('add', list(n3, n2))],
    ['reconfigure', reconfigure(list(n3, n2), null)],
  ])('%s remembers the nodes chosen', (_, action) => {
    const environment = ledByN1();
    environment.start(scenarioOf([step(action, { as: 'them' }), step({ kind: 'pause', nodes: remembered('them') })]));
    expect(environment.calls.filter((call) => call.includes('pause'))).toEqual([
      '0ms pause n3 script[1]',
      '0ms pause n2 script[1]',
    ]);
  });

  test('transfer remembers its target', () => {
    const environment = ledByN1();
    const steps = [step(transfer(n2, 'submitted'), { as: 'new' }), step({ kind: 'pause', nodes: remembered('new') })];
    environment.start(scenarioOf(steps));
    expect(environment.calls[1]).toBe('0ms pause n2 script[1]');
  });
});
