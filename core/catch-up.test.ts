import { expect, test } from 'vitest';
import { configuration, joint } from './configuration.ts';
import { leader } from './testing/node.ts';

test('§4.3 a member that was catching up does not end a joint configuration that is to be left explicitly', () => {
  const node = leader({ members: configuration([0, 1, 2]) });
  node.acknowledge(1, 1);
  expect(node.admin({ kind: 'change', change: 'add', node: 3 })).toBe(null);
  node.sync();
  node.acknowledge(2, 1);
  expect(node.admin({ kind: 'reconfigure', voters: [0, 1, 4], learners: [3], leave: 'explicit' })).toBe(null);
  node.sync();
  node.acknowledge(3, 1, 2, 3, 4);
  expect(node.state.commitIndex).toBe(3);
  expect(node.state.configuration).toEqual(joint([0, 1, 4], [0, 1, 2], [3], false));
  expect(node.admin({ kind: 'leave-joint' })).toBe(null);
  node.sync();
  node.acknowledge(4, 1, 2, 3, 4);
  expect(node.state.configuration).toEqual(configuration([0, 1, 4], [3]));
});
