import { expect, test } from 'vitest';
import { describeLinks } from './describe-links.ts';

type Pair = [number, number];

const name = (endpoint: number): string => (endpoint < 4 ? `n${endpoint + 1}` : `c${endpoint - 3}`);
const both = (a: number, b: number): Pair[] => [
  [a, b],
  [b, a],
];

test('links that keep sides apart are told as sides', () => {
  const links = [...both(0, 2), ...both(0, 3), ...both(1, 2), ...both(1, 3)];
  expect(describeLinks(links, 4, name)).toBe('n1 n2 | n3 n4');
});

test('clients on a side do not change how the sides are told', () => {
  const links = [...both(0, 2), ...both(0, 3), ...both(1, 2), ...both(1, 3), ...both(4, 0)];
  expect(describeLinks(links, 4, name)).toBe('n1 n2 | n3 n4');
});

test('an isolated node is a side of its own', () => {
  expect(describeLinks([...both(2, 0), ...both(2, 1), ...both(2, 3)], 4, name)).toBe('n1 n2 n4 | n3');
});

test('a bridge is no partition: its links are told one by one', () => {
  const links = [...both(0, 3), ...both(1, 3)];
  expect(describeLinks(links, 4, name)).toBe('n1 <-> n4, n2 <-> n4');
});

test('a one-way cut is told with its direction', () => {
  expect(describeLinks([[1, 0]], 4, name)).toBe('n2 -> n1');
});
