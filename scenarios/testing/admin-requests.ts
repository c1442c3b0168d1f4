import type { Script } from '../interpreter/script.ts';
import type { AdminAction, AdminExpectation, RaftPlan, Selector, Step } from '../scenario.ts';
import { FakeEnvironment, members } from './fake-environment.ts';
import { scenarioOf, step } from './sample-steps.ts';

export const transfer = (to: Selector, expected: AdminExpectation = 'done'): AdminAction => ({
  ...{ kind: 'transfer', to, expect: expected },
});

type Change = Extract<AdminAction, { kind: 'change' }>;

export const change = (word: Change['change'], nodes: Selector, expected: AdminExpectation = 'done'): AdminAction => ({
  ...{ kind: 'change', change: word, nodes, expect: expected },
});

export const snapshot = (nodes: Selector, expected: AdminExpectation = 'done'): AdminAction => ({
  ...{ kind: 'snapshot', nodes, expect: expected },
});

export const forget = (nodes: Selector, expected: AdminExpectation = 'done'): AdminAction => ({
  ...{ kind: 'forgetLeader', nodes, expect: expected },
});

export const leaveJoint = (expected: AdminExpectation = 'done'): AdminAction => ({
  kind: 'leaveJoint',
  expect: expected,
});

export const reconfigure = (voters: Selector, learners: Selector | null): AdminAction => ({
  ...{ kind: 'reconfigure', voters, learners, leave: 'auto', expect: 'submitted' },
});

export function submits(
  environment: FakeEnvironment,
  action: AdminAction,
  modifiers: Partial<Step> = {},
  raft: RaftPlan = {},
): Script {
  const scenario = scenarioOf([step(action, modifiers)]);
  return environment.start({ ...scenario, cluster: { ...scenario.cluster, raft } });
}

/** `n1` leads; `n4` and `n5` belong to no configuration. */
export function ledByN1(): FakeEnvironment {
  const environment = new FakeEnvironment(5).set(0, { role: 'leader', term: 2 });
  for (let node = 0; node < 5; node++) environment.set(node, { members: members([0, 1, 2]) });
  return environment;
}

/** When each request was submitted, and to which node: `0ms n1`. */
export function receivers(environment: FakeEnvironment): string[] {
  return environment.calls
    .filter((call) => call.includes(' admin '))
    .map((call) => call.replace(/ admin (\S+).*/u, ' $1'));
}

export const add4 = '{"kind":"change","change":"add","node":3}';
