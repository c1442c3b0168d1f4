import { describe, expect, test } from 'vitest';
import { illegalStep, isMember, isVoter, sameConfiguration } from './configurations.ts';
import { members } from './testing/fake-cluster.ts';

const JOINT = members([1, 2], { outgoing: [0, 1], learners: [4] });

describe('a configuration', () => {
  test('has voters on both sides while joint, and learners that are members only', () => {
    expect([0, 1, 2, 3, 4].map((node) => isVoter(JOINT, node))).toEqual([true, true, true, false, false]);
    expect([0, 1, 2, 3, 4].map((node) => isMember(JOINT, node))).toEqual([true, true, true, false, true]);
  });

  test('is the same as one of the same members, and as no other', () => {
    expect(sameConfiguration(JOINT, members([1, 2], { outgoing: [0, 1], learners: [4] }))).toBe(true);
    const others = [
      members([1, 2], { outgoing: [0, 1] }),
      members([1, 2], { learners: [4] }),
      members([1, 3], { outgoing: [0, 1], learners: [4] }),
      { ...JOINT, leavesByItself: false },
    ];
    for (const other of others) expect(sameConfiguration(JOINT, other)).toBe(false);
  });
});

describe('a step from one configuration to the next', () => {
  test.each([
    ['one voter comes', members([0, 1]), members([0, 1, 2]), null],
    ['one voter goes', members([0, 1]), members([0]), null],
    ['a learner becomes a voter', members([0], { learners: [1] }), members([0, 1]), null],
    ['a voter becomes a learner', members([0, 1]), members([0], { learners: [1] }), null],
    ['nothing changes', members([0, 1]), members([0, 1]), null],
    ['into a joint one', members([0, 1]), members([2, 3], { outgoing: [0, 1] }), null],
    ['out of a joint one', members([2, 3], { outgoing: [0, 1] }), members([2, 3]), null],
    ['one comes and one goes', members([0, 1]), members([0, 2]), 'it adds or removes 2 voters at once'],
    ['the last goes', members([0]), members([]), 'it has no voters'],
    [
      'into a joint one of other voters',
      members([0, 1]),
      members([2], { outgoing: [0] }),
      'its outgoing voters differ from the voters before it',
    ],
    ['from joint to joint', JOINT, members([1, 3], { outgoing: [1, 2] }), 'the one before it is joint, too'],
    ['out of a joint one, back', JOINT, members([0, 1]), 'its voters differ from those of the joint one before it'],
  ])('%s', (_what, before, next, reason) => {
    expect(illegalStep(before, next)).toBe(reason);
  });
});
