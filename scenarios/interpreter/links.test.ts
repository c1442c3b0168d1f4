import { expect, test } from 'vitest';
import { bridgeLinks, isolationLinks, linksFromTo, linksTouching, partitionLinks, ringLinks } from './links.ts';
import type { Link } from './links.ts';

const FIVE = { nodes: 5, clients: 0 };

/** Nodes are n1 …, written 1 …; clients follow. */
function written(links: readonly Link[]): string {
  return links.map(([from, to]) => `${from + 1}>${to + 1}`).join(' ');
}

test('a partition cuts every link between nodes of different groups, both ways, and no other', () => {
  const cut = partitionLinks(
    [
      [0, 1],
      [2, 3, 4],
    ],
    [],
    FIVE,
  );
  expect(written(cut)).toBe('1>3 1>4 1>5 2>3 2>4 2>5 3>1 3>2 4>1 4>2 5>1 5>2');
});

test('the nodes that no group of a partition names are together one more group', () => {
  expect(partitionLinks([[0, 1]], [], FIVE)).toEqual(
    partitionLinks(
      [
        [0, 1],
        [2, 3, 4],
      ],
      [],
      FIVE,
    ),
  );
  expect(written(partitionLinks([[0], [1]], [], { nodes: 4, clients: 0 }))).toBe(
    '1>2 1>3 1>4 2>1 2>3 2>4 3>1 3>2 4>1 4>2',
  );
});

test('a client placed beside a node reaches its group only, one that is not placed reaches every node', () => {
  const cut = partitionLinks([[0], [1, 2]], [{ client: 1, beside: [1] }], { nodes: 3, clients: 2 });
  expect(written(cut)).toBe('1>2 1>3 1>5 2>1 3>1 5>1');
});

test('a client placed beside nodes of two groups reaches both', () => {
  const cut = partitionLinks([[0], [1], [2]], [{ client: 0, beside: [0, 2] }], { nodes: 3, clients: 1 });
  expect(cut.filter(([from, to]) => from === 3 || to === 3)).toEqual([
    [1, 3],
    [3, 1],
  ]);
});

test('a client in a group of a partition reaches the nodes of that group only', () => {
  const cut = partitionLinks(
    [
      [0, 3],
      [1, 2],
    ],
    [],
    { nodes: 3, clients: 2 },
  );
  expect(written(cut)).toBe('1>2 1>3 2>1 2>4 3>1 3>4 4>2 4>3');
});

test('an isolated client reaches no node, an isolated node beside it is still reached by other clients', () => {
  expect(written(isolationLinks([2], { nodes: 2, clients: 2 }))).toBe('1>3 2>3 3>1 3>2');
  expect(written(isolationLinks([0, 2], { nodes: 2, clients: 2 }))).toBe('1>2 1>3 2>1 2>3 3>1 3>2');
});

test('isolated nodes reach no other node, not even each other, while clients reach them', () => {
  expect(written(isolationLinks([0, 1], { nodes: 4, clients: 1 }))).toBe('1>2 1>3 1>4 2>1 2>3 2>4 3>1 3>2 4>1 4>2');
});

test('the two sides of a bridge reach each other over its nodes only', () => {
  const cut = bridgeLinks(
    [
      [0, 1],
      [3, 4],
    ],
    [2],
    FIVE,
  );
  expect(written(cut)).toBe('1>4 1>5 2>4 2>5 4>1 4>2 5>1 5>2');
});

test('nodes that a bridge does not name reach neither side directly', () => {
  expect(written(bridgeLinks([[0], [1]], [2], { nodes: 4, clients: 0 }))).toBe('1>2 1>4 2>1 2>4 4>1 4>2');
});

test('each node of a ring reaches its two neighbours, in the order of the ring, and no other node', () => {
  const kept = (ring: number[], nodes: number): string => {
    const cut = ringLinks(ring, { nodes, clients: 0 });
    const everything = linksTouching([...ring], { nodes, clients: 0 });
    return written(everything.filter(([a, b]) => !cut.some(([c, d]) => a === c && b === d)));
  };
  expect(kept([0, 1, 2, 3], 5)).toBe('1>2 1>4 2>1 2>3 3>2 3>4 4>1 4>3');
  expect(kept([0, 2, 1, 3], 4)).toBe('1>3 1>4 2>3 2>4 3>1 3>2 4>1 4>2');
});

test('links from one set to another leave out those from a node to itself', () => {
  expect(written(linksFromTo([0, 1], [1, 2]))).toBe('1>2 1>3 2>3');
});

test('the links that touch a node include those of clients', () => {
  expect(written(linksTouching([1], { nodes: 3, clients: 1 }))).toBe('1>2 2>1 2>3 2>4 3>2 4>2');
});
