import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Dice } from './testing/dice.ts';
import { RandomCluster } from './testing/random-cluster.ts';
import { drawSetup, readingSetup } from './testing/setup.ts';

const seed = fc.nat();
const size = fc.integer({ min: 1, max: 5 });

/** A cluster with random settings, after some turns. */
function drawn(seed: number, turns: number): RandomCluster {
  const dice = new Dice(seed);
  const cluster = new RandomCluster(drawSetup(dice.between(1, 6), dice), seed);
  cluster.run(turns);
  return cluster;
}

/** A cluster that is read from outside the log while nodes are cut off and come back. */
function reading(seed: number, turns: number): RandomCluster {
  const dice = new Dice(seed);
  const cluster = new RandomCluster(readingSetup(dice.between(3, 5), dice), seed);
  cluster.run(turns);
  return cluster;
}

test('Raft Figure 3 holds at every turn, with lost, late, duplicated and frozen messages, slow disks and crashed nodes', () => {
  const seen = { elections: 0, commits: 0, crashes: 0, completed: 0 };
  fc.assert(
    fc.property(size, seed, fc.integer({ min: 1, max: 2500 }), (nodes, seed, turns) => {
      const cluster = new RandomCluster(nodes, seed);
      cluster.run(turns);
      expect(cluster.broken).toEqual([]);
      seen.elections += cluster.claims.leaders.size;
      seen.commits += Math.max(0, cluster.claims.committed.length - 1);
      seen.crashes += cluster.crashes;
      seen.completed += cluster.clients.completed;
    }),
    { numRuns: 100 },
  );
  // The turns were not spent on nothing.
  expect(seen.elections).toBeGreaterThan(200);
  expect(seen.commits).toBeGreaterThan(1000);
  expect(seen.crashes).toBeGreaterThan(100);
  expect(seen.completed).toBeGreaterThan(500);
});

test('it also holds with any options, snapshots, membership changes, transfers, reads and sessions', () => {
  const seen = { elections: 0, commits: 0, restored: 0, joint: 0, expired: 0, reads: 0 };
  fc.assert(
    fc.property(seed, fc.integer({ min: 1, max: 3000 }), (seed, turns) => {
      const cluster = drawn(seed, turns);
      expect(cluster.broken).toEqual([]);
      seen.elections += cluster.claims.leaders.size;
      seen.commits += Math.max(0, cluster.claims.committed.length - 1);
      seen.restored += cluster.restored;
      seen.joint += cluster.claims.joint.size;
      seen.expired += cluster.clients.expired;
      seen.reads += cluster.clients.reads;
    }),
    { numRuns: 800 },
  );
  expect(seen.elections).toBeGreaterThan(1000);
  expect(seen.commits).toBeGreaterThan(8000);
  expect(seen.restored).toBeGreaterThan(100);
  expect(seen.joint).toBeGreaterThan(50);
  expect(seen.expired).toBeGreaterThan(200);
  expect(seen.reads).toBeGreaterThan(2000);
});

test('§6.4 reads without the log are never stale, although leaders are cut off, come back and transfer leadership', () => {
  const seen = { reads: 0, leases: 0, followers: 0, leaders: 0 };
  fc.assert(
    fc.property(seed, (seed) => {
      const cluster = reading(seed, 12_000);
      expect(cluster.broken).toEqual([]);
      seen.reads += cluster.clients.reads;
      seen.leases += cluster.marks.get('lease-read') ?? 0;
      seen.followers += cluster.marks.get('follower-read') ?? 0;
      seen.leaders += cluster.claims.leaders.size;
    }),
    { numRuns: 100 },
  );
  expect(seen.reads).toBeGreaterThan(1500);
  expect(seen.leases).toBeGreaterThan(500);
  expect(seen.followers).toBeGreaterThan(100);
  expect(seen.leaders).toBeGreaterThan(300);
});

test('when faults end, a leader is elected, a client gets a reply, and all members agree', () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 1, max: 3000 }), (seed, turns) => {
      const cluster = drawn(seed, turns);
      expect(cluster.settle(30)).toBe(true);
      expect(cluster.broken).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('every request is executed at most once, however often and wherever it is sent', () => {
  fc.assert(
    fc.property(seed, fc.boolean(), (seed, isPlain) => {
      const cluster = isPlain ? new RandomCluster(3, seed) : drawn(seed, 0);
      cluster.run(1500);
      for (const { node } of cluster.machines) {
        const words = (node?.lookup('x') ?? '').split(' ').filter((word) => word !== '');
        expect(new Set(words).size).toBe(words.length);
      }
    }),
    { numRuns: 100 },
  );
});

test('the same seed gives the same run', () => {
  const trail = (seed: number): unknown => {
    const { claims, inFlight, marks, rejections } = drawn(seed, 1500);
    return [claims.committed, claims.hashes, claims.leaders, inFlight, marks, rejections];
  };
  expect(trail(1)).toEqual(trail(1));
  expect(trail(1)).not.toEqual(trail(2));
});
