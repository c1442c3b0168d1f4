import { describe, expect, test } from 'vitest';
import { LEADER } from '../../core/view.ts';
import { BoundsChecks } from './bounds.ts';
import { CheckContext } from '../context.ts';
import { FakeCluster, FakeMachine, n1, n2, request } from '../testing/fake-cluster.ts';
import { DEFAULT_EXPECTED_OPTIONS } from '../expected-options.ts';
import { heartbeatReply, livenessFailures, handle } from '../testing/hooks.ts';

describe('[Lv12] WithinBudget: logs', () => {
  /** n1 goes through these states: what it has applied, the index of its snapshot, and the base of its log. */
  function run(
    options: object,
    ...states: (readonly [applied: number, snapshot: number, base: number])[]
  ): readonly string[] {
    const cluster = new FakeCluster(2);
    const context = new CheckContext(cluster, new FakeMachine(), null, { ...DEFAULT_EXPECTED_OPTIONS, ...options });
    const checks = new BoundsChecks(context);
    const node = cluster.node(n1);
    for (const [lastApplied, index, base] of states) {
      const snapshot = { ...node.snapshot, index };
      Object.assign(node, { lastApplied, snapshot, base });
      checks.stepped(context.histories[n1]!, node, -1, null);
    }
    return context.livenessFailures.map(({ text }) => text);
  }

  test('[Lv12] a node that takes no snapshot although it has applied enough entries fails', () => {
    const steps = [10, 20, 30, 40, 50].map((applied) => [applied, 0, 0] as const);
    expect(run({ snapshotEvery: 20 }, ...steps)).toEqual([
      'n1 has applied 50 entries since its last snapshot, but one is due every 20',
    ]);
  });

  test('[Lv12] one that applies many entries at once can take its snapshot only then', () => {
    expect(run({ snapshotEvery: 20 }, [10, 0, 0], [500, 0, 0], [510, 510, 490])).toEqual([]);
  });

  test('[Lv12] one that keeps more of the log than allowed fails', () => {
    expect(run({ snapshotEvery: 20, snapshotTrailing: 5 }, [20, 20, 14])).toEqual([
      'n1 keeps 6 entries that its snapshot covers, but at most 5 are allowed',
    ]);
    expect(run({ snapshotEvery: 20, snapshotTrailing: 5 }, [20, 20, 15])).toEqual([]);
    expect(run({ snapshotEvery: 20 }, [20, 20, 0])).toEqual([]);
    expect(run({ snapshotEvery: 20 }, [21, 21, 0])).toHaveLength(1);
  });

  test('[Lv12] where snapshots are not taken by count, logs may grow', () => {
    expect(run({}, ...[10, 20, 30, 40].map((applied) => [applied * 100, 0, 0] as const))).toEqual([]);
  });
});

describe('[Lv12] WithinBudget: backtracking', () => {
  /** n1 leads this term. n2 rejects its entries again and again, and these are its values of nextIndex after that. */
  function refused(term: number, ...next: number[]): FakeCluster {
    const made = new FakeCluster(3, { enabled: ['Lv12'] });
    made.elect(n1, [n2], term);
    for (const index of next) {
      handle(
        made,
        n2,
        n1,
        { ...heartbeatReply(term, 0), success: index === 0 },
        (node) => (node.nextIndex[n2] = Math.max(1, index)),
      );
    }
    return made;
  }

  test('[Lv12] more steps back than there are terms fail', () => {
    expect(livenessFailures(refused(2, 9, 8, 7, 6))).toEqual([
      'Lv12: n1 backtracked 4 times to find where the log of n2 matches, in a log of at most 2 terms',
    ]);
    expect(livenessFailures(refused(2, 9, 8, 7))).toEqual([]);
    expect(livenessFailures(refused(4, 9, 8, 7, 6, 5))).toEqual([]);
  });

  test('[Lv12] rejections that change nothing are no steps', () => {
    expect(livenessFailures(refused(2, 9, 9, 8, 8, 7, 7))).toEqual([]);
  });

  test('[Lv12] after a success, or a step forward, the search starts over', () => {
    expect(livenessFailures(refused(2, 9, 8, 7, 0, 6, 5, 4))).toEqual([]);
    expect(livenessFailures(refused(2, 9, 8, 7, 30, 8, 7))).toEqual([]);
  });

  test('[Lv12] a follower that restarts without the end of its log starts the search over', () => {
    const made = refused(2, 9, 8, 7);
    made.restart(n2);
    handle(made, n2, n1, heartbeatReply(2, 0), (node) => (node.nextIndex[n2] = 6));
    expect(livenessFailures(made)).toEqual([]);
    expect(made.node(n1).role).toBe(LEADER);
  });

  test('[Lv12] each leadership searches separately', () => {
    const made = refused(2, 9, 8, 7);
    made.enterTerm(n1, 3);
    made.elect(n1, [n2], 4);
    made.append(n1, request(1, 1));
    for (const index of [6, 5, 4, 3, 2])
      handle(made, n2, n1, heartbeatReply(4, 0), (node) => (node.nextIndex[n2] = index));
    expect(livenessFailures(made)).toEqual([]);
  });
});
