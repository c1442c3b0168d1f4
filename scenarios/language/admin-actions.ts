import type { MemberChange } from '../../core/admin-request.ts';
import type { AdminExpectation } from '../scenario.ts';
import { action } from './action.ts';
import type { ActionSpec } from './action.ts';
import type { Place } from './place.ts';
import { selector, selectorOrNone } from './selector-words.ts';
import type { RawSelector } from './selector-words.ts';
import { checkDisjoint, oneNodeOf, ownSelectorOf, selectorOf } from './selectors.ts';
import { key, mapping, needed } from './shapes.ts';
import { word } from './values.ts';

const modifiers = {
  expect: key(
    word('done', 'declined', 'pending', 'asked'),
    'What must become of it: `done` (the step waits, and repeats the order to new leaders), `declined` (at once), `pending` (accepted, but not done `within` 500ms), or `asked` (the step does not wait).',
    'done',
  ),
};

interface OrderModifiers {
  readonly expect?: AdminExpectation | undefined;
  readonly within?: unknown;
}

function expectationOf({ expect = 'done' }: OrderModifiers): AdminExpectation {
  return expect;
}

/** Has the leader change the membership by one node, or by one after the other. */
function change(kind: MemberChange, about: string, example: string): ActionSpec {
  return action('membership', kind, {
    about,
    example,
    value: selector,
    modifiers,
    build: (nodes, more, place) => ({
      kind: 'change',
      change: kind,
      nodes: ownSelectorOf(nodes, place.at(kind)),
      expect: expectationOf(more),
    }),
  });
}

const configuration = mapping('a mapping like { voters: [n1, n2, n4] }', {
  voters: needed(selector, 'Who votes.'),
  learners: key(selectorOrNone, 'Who receives the log without voting; `none`.', 'as before, without the voters'),
  leave: key(
    word('auto', 'explicit'),
    '`explicit`: both configurations count until a `leaveJoint` step; `auto`: until the leader has committed that they do.',
    'auto',
  ),
});

/** What an operator asks of nodes: hand over the leadership, change the members, take a snapshot. */
export const adminActions: readonly ActionSpec[] = [
  action('elections', 'transfer', {
    about: 'Has the leader hand over to a node, until that leads.',
    example: 'transfer: n3\nwithin: 2s',
    value: selector,
    modifiers,
    build: (to, more, place) => ({
      kind: 'transfer',
      to: oneNodeOf(to, place.at('transfer')),
      expect: expectationOf(more),
    }),
  }),
  action('elections', 'forgetLeader', {
    about: 'Has followers forget who leads, as if they had not heard from a leader for long.',
    example: 'forgetLeader: followers',
    value: selector,
    modifiers,
    build: (nodes, more, place) => {
      const { expect } = more;
      if (expect === 'pending') place.at('expect').problem('nodes forget at once or decline; there is nothing pending');
      return {
        kind: 'forgetLeader',
        nodes: ownSelectorOf(nodes, place.at('forgetLeader')),
        expect: expectationOf(more),
      };
    },
  }),
  change('add', 'Has the leader add voters, one after the other; each catches up with the log first.', 'add: n4'),
  change('addLearner', 'Has the leader add nodes that receive the log without voting.', 'addLearner: [n4, n5]'),
  change('promote', 'Has the leader make voters of learners.', 'promote: n4\nwithin: 2s'),
  change('remove', 'Has the leader remove members, itself perhaps.', 'remove: leader\nas: gone'),
  action('membership', 'reconfigure', {
    about:
      'Has the leader change to any other configuration, through a joint one in which the majorities of both count; directly, if one voter at most comes or goes and `leave` is not `explicit`. Newcomers vote at once: to let them catch up first, make them learners.',
    example: 'reconfigure: { voters: [n1, n4, n5], learners: none }\nexpect: done',
    value: configuration,
    modifiers,
    build: ({ voters, learners, leave = 'auto' }, more, place) => {
      const at = place.at('reconfigure');
      checkMembers(voters, learners, at);
      return {
        kind: 'reconfigure',
        voters: selectorOf(voters, at.at('voters')),
        learners: learners === undefined ? null : selectorOf(learners, at.at('learners')),
        leave,
        expect: expectationOf(more),
      };
    },
  }),
  action('membership', 'leaveJoint', {
    about: 'Has the leader leave the joint configuration that `leave: explicit` stays in.',
    example: 'leaveJoint: now',
    value: word('now'),
    modifiers,
    chooses: false,
    build: (_value, more) => ({ kind: 'leaveJoint', expect: expectationOf(more) }),
  }),
  action('snapshots', 'snapshot', {
    about: 'Has nodes take a snapshot of all they have applied, and compact their logs.',
    example: 'snapshot: n1',
    value: selector,
    modifiers,
    build: (nodes, more, place) => ({
      kind: 'snapshot',
      nodes: ownSelectorOf(nodes, place.at('snapshot')),
      expect: expectationOf(more),
    }),
  }),
];

/** A node votes or is a learner, not both. */
function checkMembers(voters: RawSelector, learners: RawSelector | 'none' | undefined, place: Place): void {
  if (learners === undefined || learners === 'none') return;
  checkDisjoint([
    { raw: voters, place: place.at('voters'), called: 'the voters' },
    { raw: learners, place: place.at('learners'), called: 'the learners' },
  ]);
}
