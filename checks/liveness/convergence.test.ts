import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../core/messages.ts';
import { FakeCluster, n1, n2, n3, request } from '../testing/fake-cluster.ts';
import { livenessFailures } from '../testing/hooks.ts';

const A = request(1, 1);

/** n1 leads term 1; A is committed, which n3 knows if `knowsCommit`. */
function cluster(knowsCommit: boolean): FakeCluster {
  const made = new FakeCluster(3);
  made.elect(n1, [n2]);
  made.write(n1, [n2, n3], A);
  made.replicate(n1, n2);
  if (knowsCommit) made.replicate(n1, n3);
  return made;
}

function configure(made: FakeCluster, changes: Partial<Configuration>, index: number): void {
  made.step(n1, (node) => {
    node.pinnedConfiguration = { configuration: { ...node.configuration, ...changes }, index };
  });
}

describe('a cluster that does not converge', () => {
  test('[Lv1] without a leader fails for that', () => {
    const made = cluster(true);
    made.enterTerm(n1, 2);
    made.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(made)).toEqual(['Lv1: no node leads']);
  });

  test('[Lv3] under a leader fails for what it lacks', () => {
    const made = cluster(true);
    made.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(made)).toEqual(['Lv3: n1 leads term 1, but no write was acknowledged']);
  });
});

describe('[Lv6] ReconfigurationCompletes: in the end', () => {
  test('[Lv6] a joint configuration that is left by itself must be left', () => {
    const made = cluster(true);
    expect(made.checks.unfinishedChange()).toBeNull();
    configure(made, { outgoing: [n1, n2] }, 1);
    expect(made.checks.unfinishedChange()).toBe('n1 has not left the joint configuration of index 1');
    made.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(made)[0]).toBe('Lv6: n1 has not left the joint configuration of index 1');
  });

  test('[Lv6] one that an administrator is to leave may stay', () => {
    const made = cluster(true);
    configure(made, { outgoing: [n1, n2], leavesByItself: false }, 1);
    expect(made.checks.unfinishedChange()).toBeNull();
  });

  test('[Lv6] a configuration must be committed', () => {
    const made = cluster(true);
    configure(made, { learners: [n3] }, 2);
    expect(made.checks.unfinishedChange()).toBe('n1 has not committed the configuration of index 2');
  });

  test('[Lv6] without a leader, a configuration that is not committed may be why', () => {
    const made = cluster(true);
    made.enterTerm(n1, 2);
    expect(made.checks.unfinishedChange()).toBeNull();
    configure(made, { voters: [n2] }, 2);
    expect(made.checks.unfinishedChange()).toContain('no node leads, and n1 uses the configuration of index 2');
  });
});

describe('[Lv11] CommitSpreads', () => {
  test('[Lv11] a follower that has all entries and does not learn for long that they are committed fails', () => {
    const made = cluster(false);
    made.now += 1_000_000;
    made.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(made)[1]).toMatch(
      /^Lv11: n3 still has commitIndex 0, 10\d\d ms after index 1, which its log holds, was committed$/,
    );
  });

  test('[Lv11] one that knows, has crashed, lacks entries or has had no time does not', () => {
    const knows = cluster(true);
    const down = cluster(false);
    down.crash(n3);
    const behind = cluster(false);
    behind.append(n1, request(1, 2));
    const later = cluster(false);
    later.enterTerm(n3, 2);
    for (const made of [knows, down, behind, later]) {
      made.now += 1_000_000;
      made.checks.didNotConverge('no write was acknowledged');
      expect(livenessFailures(made).some((text) => text.startsWith('Lv11'))).toBe(false);
    }
    const early = cluster(false);
    early.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(early)).toHaveLength(1);
  });
});

describe('liveness failures', () => {
  test('are kept once for each property, and only those that are enabled', () => {
    const made = cluster(false);
    configure(made, { outgoing: [n1, n2] }, 1);
    made.now += 1_000_000;
    made.checks.didNotConverge('no write was acknowledged');
    made.checks.didNotConverge('no write was acknowledged');
    expect(livenessFailures(made).map((text) => text.split(':')[0])).toEqual(['Lv6', 'Lv3', 'Lv11']);
    const picky = new FakeCluster(3, { enabled: ['Lv11'] });
    picky.elect(n1, [n2]);
    configure(picky, { outgoing: [n1, n2] }, 0);
    picky.checks.didNotConverge('no write was acknowledged');
    expect(picky.checks.unfinishedChange()).not.toBeNull();
    expect(livenessFailures(picky)).toEqual([]);
  });

  test('say which node failed, and when', () => {
    const made = cluster(false);
    made.now += 1_000_000;
    made.checks.didNotConverge('no write was acknowledged');
    const [first, second] = made.checks.livenessFailures;
    const text = 'n1 leads term 1, but no write was acknowledged';
    expect(first).toEqual({ id: 'Lv3', node: n1, at: made.now, text });
    expect(second).toMatchObject({ id: 'Lv11', node: n3, at: made.now });
    const leaderless = new FakeCluster(3);
    leaderless.checks.didNotConverge('no write was acknowledged');
    expect(leaderless.checks.livenessFailures).toMatchObject([{ id: 'Lv1', node: -1, at: leaderless.now }]);
  });

  test('are no violations', () => {
    const made = cluster(false);
    made.now += 1_000_000;
    made.checks.didNotConverge('no write was acknowledged');
    expect(made.end()).toBeNull();
  });
});
