import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cluster } from './testing-cluster.ts';

const size = fc.integer({ min: 1, max: 5 });
const seed = fc.nat();

test('Raft Figure 3 holds at every turn, whatever is lost, late, twice, slow or down, and with all messages frozen', () => {
  const seen = { elections: 0, commits: 0, crashes: 0, answers: 0 };
  fc.assert(
    fc.property(size, seed, fc.integer({ min: 1, max: 2500 }), (nodes, seed, turns) => {
      const cluster = new Cluster(nodes, seed);
      cluster.run(turns);
      expect(cluster.broken).toEqual([]);
      seen.elections += cluster.leaders.size;
      seen.commits += Math.max(0, cluster.committed.length - 1);
      seen.crashes += cluster.crashes;
      seen.answers += cluster.answered;
    }),
    { numRuns: 100 },
  );
  // The turns were not spent on nothing.
  expect(seen.elections).toBeGreaterThan(200);
  expect(seen.commits).toBeGreaterThan(1000);
  expect(seen.crashes).toBeGreaterThan(100);
  expect(seen.answers).toBeGreaterThan(500);
});

test('every request is executed at most once, however often it was asked and wherever', () => {
  fc.assert(
    fc.property(size, seed, (nodes, seed) => {
      const cluster = new Cluster(nodes, seed);
      cluster.run(1500);
      for (const { node } of cluster.machines) {
        const words = (node?.lookup('x') ?? '').split(' ').filter((word) => word !== '');
        expect(new Set(words).size).toBe(words.length);
      }
    }),
    { numRuns: 40 },
  );
});

test('the same seed gives the same run', () => {
  const trail = (seed: number): unknown => {
    const cluster = new Cluster(3, seed);
    cluster.run(800);
    return [cluster.committed, cluster.hashes, cluster.leaders, cluster.flying];
  };
  expect(trail(1)).toEqual(trail(1));
  expect(trail(1)).not.toEqual(trail(2));
});
