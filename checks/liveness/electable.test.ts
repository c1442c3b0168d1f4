import { describe, expect, test } from 'vitest';
import { DEFAULT_EXPECTED_OPTIONS, type ExpectedCluster } from '../expected-options.ts';
import { FakeCluster, n1, n2, n3 } from '../testing/fake-cluster.ts';
import { livenessFailures } from '../testing/hooks.ts';

const MS = 1_000;

/** Three nodes with these priorities, and the terms of the entries of their logs. */
function cluster(priorities: readonly number[], logs: readonly (readonly number[])[] = [[], [], []]): FakeCluster {
  const of = (node: number) => ({ ...DEFAULT_EXPECTED_OPTIONS, priority: priorities[node]! });
  const expected: ExpectedCluster = { of, possible: priorities.map((_, node) => of(node)) };
  return new FakeCluster(3, { enabled: ['Lv1', 'Lv14'], logs, terms: [1, 1, 1], expectedCluster: expected });
}

/** No leader for so long that any three nodes must have elected one, while these are up. */
function without(made: FakeCluster, ...down: readonly number[]): readonly string[] {
  for (const node of down) made.crash(node);
  const running = [n1, n2, n3].find((node) => !down.includes(node))!;
  for (const until = made.now + 13_000 * MS; made.now < until;) {
    made.now += 50 * MS;
    made.step(running, () => {});
  }
  made.checks.didNotConverge('a write was not acknowledged');
  return livenessFailures(made).map((text) => text.split(':')[0]!);
}

describe('[Lv1] [Lv14] nodes that may be elected', () => {
  test('a node of a priority above 0 must be elected by those of priority 0', () => {
    expect(without(cluster([3, 3, 0]))).toEqual(['Lv14', 'Lv1']);
    expect(without(cluster([3, 3, 0]), n1)).toEqual(['Lv14', 'Lv1']);
  });

  test('nodes of priority 0 owe no leader', () => {
    expect(without(cluster([3, 0, 0]), n1)).toEqual([]);
    expect(without(cluster([0, 0, 0]))).toEqual([]);
  });

  test('nor does a node whose log is behind theirs', () => {
    expect(without(cluster([3, 3, 0], [[1], [], [1]]), n1)).toEqual([]);
    expect(without(cluster([3, 3, 0], [[1], [1], [1]]), n1)).toEqual(['Lv14', 'Lv1']);
    expect(without(cluster([3, 3, 3], [[1], [], [1]]), n1)).toEqual(['Lv14', 'Lv1']);
  });

  test('a lower priority delays, and ends', () => {
    // 40 of the longest waits, of 900 ms each.
    expect(without(cluster([1, 3, 3]))).toEqual(['Lv1']);
  });
});
