import { expect, test } from 'vitest';
import { describeConfiguration } from './describe.ts';

test('a configuration is described by its voters, those it is joint with, and its learners', () => {
  const name = (node: number): string => `n${node + 1}`;
  const configuration = (outgoing: number[], learners: number[]) => ({ voters: [0, 1, 3], outgoing, learners });
  expect(describeConfiguration(configuration([], []), name)).toBe('voters n1, n2, n4');
  expect(describeConfiguration(configuration([], [4]), name)).toBe('voters n1, n2, n4, learners n5');
  expect(describeConfiguration(configuration([0, 1, 2], [4]), name)).toBe(
    'voters n1, n2, n4, joint with n1, n2, n3, learners n5',
  );
});
