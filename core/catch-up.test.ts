import { expect, test } from 'vitest';
import { configuration, joint } from './configuration.ts';
import { leader } from './testing/messages.ts';

test('§4.3 a server that was catching up does not end a joint configuration that is to be left on an order', () => {
  const bench = leader({ members: configuration([0, 1, 2]) });
  bench.acknowledge(1, 1);
  expect(bench.admin({ kind: 'change', change: 'add', node: 3 })).toBe(null);
  bench.sync();
  bench.acknowledge(2, 1);
  expect(bench.admin({ kind: 'reconfigure', voters: [0, 1, 4], learners: [3], leave: 'explicit' })).toBe(null);
  bench.sync();
  bench.acknowledge(3, 1, 2, 3, 4);
  expect(bench.node.commitIndex).toBe(3);
  expect(bench.node.configuration).toEqual(joint([0, 1, 4], [0, 1, 2], [3], false));
  expect(bench.admin({ kind: 'leave-joint' })).toBe(null);
  bench.sync();
  bench.acknowledge(4, 1, 2, 3, 4);
  expect(bench.node.configuration).toEqual(configuration([0, 1, 4], [3]));
});
