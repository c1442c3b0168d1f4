import { expect, test } from 'vitest';
import type { Action, Selector } from '../scenario.ts';
import { definitionOf } from '../actions/index.ts';
import { describeSpan } from '../../sim/base/distribution.ts';
import { describeEvent } from './describe.ts';
import {
  any,
  condition,
  count,
  crash,
  except,
  fieldsAre,
  list,
  n1,
  n2,
  n3,
  on,
  remembered,
  repeat,
  role,
  step,
  together,
  until,
  wait,
} from '../testing/sample-steps.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';

const naming = new FakeEnvironment(5);
const operation = { kind: 'operation', op: 'put', key: 'x', value: '8', expected: null, by: 0, expect: null } as const;
const links = [
  { from: n1, to: role('others') },
  { from: n2, to: n1 },
];
const reconfigure = (learners: Selector | null): Action => ({
  ...{ kind: 'reconfigure', voters: n1, learners, leave: 'auto', expect: 'done' },
});
const drawn = (span: Extract<Action, { kind: 'wait' }>['span']): Action => ({ kind: 'wait', span });

test.each([
  [0, '0ms'],
  [250, '250us'],
  [1_500, '1500us'],
  [150_000, '150ms'],
  [1_500_000, '1.5s'],
  [60_000_000, '60s'],
])('a span of %i µs is written %s', (span, text) => {
  expect(describeSpan(span)).toBe(text);
});

test.each<[string, Action]>([
  ['wait 2s', wait(2_000_000)],
  ['wait 1ms..5ms', drawn({ kind: 'uniform', low: 1_000, high: 5_000 })],
  ['wait exponential 5ms', drawn({ kind: 'exponential', mean: 5_000 })],
  [
    'wait choice of 1ms, 2ms',
    drawn({
      kind: 'choice',
      weights: [1, 1],
      of: [
        { kind: 'constant', value: 1_000 },
        { kind: 'constant', value: 2_000 },
      ],
    }),
  ],
  ['crash any 2 followers', crash(any(2, 'followers'))],
  ['elect $old', { kind: 'elect', node: remembered('old') }],
  [
    'partition n1, leader | others',
    { kind: 'partition', groups: [list(n1, role('leader')), role('others')], clients: [], inFlight: null },
  ],
  ['crash any 1 voters except n1 and leader', crash(except(any(1, 'voters'), n1, role('leader')))],
  ['transfer n3', { kind: 'transfer', to: n3, expect: 'done' }],
  ['forgetLeader followers', { kind: 'forgetLeader', nodes: role('followers'), expect: 'done' }],
  ['snapshot n1', { kind: 'snapshot', nodes: n1, expect: 'submitted' }],
  ['addLearner n1, n2', { kind: 'change', change: 'addLearner', nodes: list(n1, n2), expect: 'done' }],
  ['reconfigure voters n1', reconfigure(null)],
  ['reconfigure voters n1, learners none', reconfigure(list())],
  ['leaveJoint', { kind: 'leaveJoint', expect: 'done' }],
  ['bridge n1 | n2 over n3', { kind: 'bridge', groups: [n1, n2], over: n3 }],
  ['cut n1 -> others, n2 -> n1', { kind: 'cut', links, messages: null, inFlight: null }],
  ['network all', { kind: 'network', links: null, messages: null, conditions: 'reset' }],
  ['heal all', { kind: 'heal', what: 'all' }],
  ['heal n1', { kind: 'heal', what: { nodes: n1 } }],
  ['heal n1 -> others, n2 -> n1', { kind: 'heal', what: { links } }],
  ['put x', { ...operation, to: null }],
  ['put x at leader', { ...operation, to: role('leader') }],
  ['load stop', { kind: 'load', load: 'stop' }],
  ['repeat 9 times', repeat(9)],
  ['maybe 7%', { kind: 'maybe', probability: 0.07, do: [], else: [] }],
  ['on elected at n1', on('elected', { node: n1 })],
  ['until', until({})],
  ['if', { kind: 'if', condition: condition({}), do: [], else: [] }],
  ['together', together(step(count))],
  ['count', count],
])('%s', (text, action) => {
  expect(definitionOf(action).describe(action, naming)).toBe(text);
});

test('an event is described with everything its filter requires', () => {
  const fields = fieldsAre({ type: 'RequestVote', term: 4 });
  expect(describeEvent({ event: 'sent', node: n1, peer: role('leader'), count: 1, fields }, naming)).toBe(
    'sent at n1, peer leader, type RequestVote, term 4',
  );
});
