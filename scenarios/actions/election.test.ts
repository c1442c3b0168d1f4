import { expect, test } from 'vitest';
import type { RaftPlan, Step } from '../scenario.ts';
import type { Script } from '../interpreter/script.ts';
import { any, n2, scenarioOf, role, step } from '../testing/sample-steps.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';

function elects(environment: FakeEnvironment, modifiers: Partial<Step> = {}, raft: RaftPlan = {}): Script {
  const scenario = scenarioOf([step({ kind: 'elect', node: n2 }, modifiers)]);
  return environment.start({ ...scenario, cluster: { ...scenario.cluster, raft } });
}

test('elect fires the election timer of its node and waits until it leads', () => {
  const environment = new FakeEnvironment(3);
  const script = elects(environment);
  environment.runTo(100_000);
  expect([environment.calls, script.done]).toEqual([['0ms fireTimer n2 0'], false]);
  environment.happens(() => environment.set(1, { role: 'leader', term: 2 }));
  expect([script.done, script.failure]).toEqual([true, null]);
});

test('elect does nothing if its node leads already', () => {
  const environment = new FakeEnvironment(3).set(1, { role: 'leader' });
  expect(elects(environment).done).toBe(true);
  expect(environment.calls).toEqual([]);
});

test('a node that leads as soon as its timer has fired is elected at that instant', () => {
  const environment = new FakeEnvironment(1 + 1);
  environment.onTimer = (node) => environment.set(node, { role: 'leader' });
  expect(elects(environment).done).toBe(true);
});

test('an election that fails is started again after the longest election timeout', () => {
  const times = (raft: RaftPlan): string[] => {
    const environment = new FakeEnvironment(3);
    elects(environment, {}, raft);
    return environment.runTo(700_000).calls;
  };
  expect(times({})).toEqual(['0ms fireTimer n2 0', '300ms fireTimer n2 0', '600ms fireTimer n2 0']);
  expect(times({ electionTimeout: [100_000, 500_000] })).toEqual(['0ms fireTimer n2 0', '500ms fireTimer n2 0']);
});

test('elect fails after its within, naming the leader instead', () => {
  const environment = new FakeEnvironment(3).set(2, { role: 'leader', term: 4 });
  const script = elects(environment, { within: 1_000_000 });
  environment.runTo(2_000_000);
  expect(script.failure?.message).toBe('expected n2 to lead; n3 leads term 4 (after 1s)');
  expect(elects(new FakeEnvironment(3), { within: 0 }).failure?.message).toBe('expected n2 to lead; no node leads');
});

test('a node that is down is waited for', () => {
  const environment = new FakeEnvironment(3).set(1, { up: false });
  const script = elects(environment);
  environment.runTo(1_000_000).happens(() => environment.set(1, { up: true }));
  expect(environment.calls).toEqual(['1000ms fireTimer n2 0']);
  environment.happens(() => environment.set(1, { up: false }));
  environment.runTo(20_000_000);
  expect(script.failure?.message).toBe('expected n2 to lead; n2 is down (after 10s)');
});

test('a leader of an older term is not elected, and starts another election when it has stepped down', () => {
  const environment = new FakeEnvironment(3).set(1, { role: 'leader', term: 2 }).set(0, { role: 'leader', term: 3 });
  const script = elects(environment);
  expect([environment.calls, script.done]).toEqual([[], false]);
  environment.runTo(5_000).happens(() => environment.set(1, { role: 'follower', term: 3 }));
  expect(environment.calls).toEqual(['5ms fireTimer n2 0']);
});

test('elect draws a node that runs', () => {
  const environment = new FakeEnvironment(3).set(0, { up: false }).set(2, { up: false });
  environment.start(scenarioOf([step({ kind: 'elect', node: any(1) })]));
  expect(environment.calls).toEqual(['0ms fireTimer n2 0']);
});

test('elect waits for a selector that finds nothing', () => {
  const environment = new FakeEnvironment(3);
  const script = environment.start(scenarioOf([step({ kind: 'elect', node: role('candidate') })]));
  environment.happens(() => environment.set(2, { role: 'candidate' }));
  expect(environment.calls).toEqual(['0ms fireTimer n3 0']);
  expect(script.done).toBe(false);
});
