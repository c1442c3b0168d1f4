import { describe, expect, test } from 'vitest';
import { FakeCluster, members, n1, n2, n3 } from '../testing/fake-cluster.ts';
import { heartbeat, livenessFailures } from '../testing/hooks.ts';

const MS = 1_000;

/** n1 leads term 1. Heartbeats are due every 50 ms. */
function cluster(): FakeCluster {
  const made = new FakeCluster(3, { enabled: ['Lv18'] });
  made.elect(n1, [n2]);
  return made;
}

/** n1 sends heartbeats to these nodes, for a second. */
function lead(made: FakeCluster, to: readonly number[]): readonly string[] {
  for (let beat = 0; beat < 20; beat++) {
    made.now += 50 * MS;
    made.step(n1, (_node, out) => {
      for (const node of to) out.send(node, heartbeat(made, n1, 0), false);
    });
  }
  return livenessFailures(made);
}

describe('[Lv18] HeartbeatsContinue', () => {
  test('[Lv18] a leader that leaves a member without heartbeats fails', () => {
    const failures = lead(cluster(), [n2]);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/^Lv18: n1 has sent nothing to n3 for \d+ ms, but heartbeats are due every 50 ms$/);
  });

  test('[Lv18] one that sends them to all does not', () => {
    expect(lead(cluster(), [n2, n3])).toEqual([]);
  });

  test('[Lv18] entries and chunks of a snapshot are as good as heartbeats', () => {
    const made = cluster();
    made.write(n1, [n2, n3], null);
    made.snapshot(n1);
    made.sync(n1);
    for (let beat = 0; beat < 20; beat++) {
      made.now += 50 * MS;
      made.offerSnapshot(n1, n3);
      made.offer(n1, n2, 1);
    }
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv18] a node that is no member needs none', () => {
    const made = cluster();
    made.step(n1, (node) => (node.pinnedConfiguration = { configuration: members([n1, n2]), index: 1 }));
    expect(lead(made, [n2])).toEqual([]);
  });

  test('[Lv18] a leader whose clock has gone back has time until the clock has got there again', () => {
    const made = cluster();
    made.behind.add(n1);
    expect(lead(made, [n2])).toEqual([]);
    made.behind.clear();
    expect(lead(made, [n2])).toHaveLength(1);
  });

  test('[Lv18] a clock that jumps again and again proves nothing', () => {
    const made = cluster();
    for (let jump = 1; jump < 20; jump++) {
      made.now += 200 * MS;
      made.adjustments.set(n1, jump);
      made.step(n1, () => undefined);
    }
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv18] a paused leader cannot send any, and has time when it goes on', () => {
    const made = cluster();
    made.pause(n1);
    made.now += 5_000 * MS;
    made.resume(n1);
    expect(lead(made, [n2, n3])).toEqual([]);
  });

  /** A leader that is paused again and again for a second, and handles one event in between. */
  function pausedOften(made: FakeCluster, to: readonly number[]): readonly string[] {
    for (let pause = 0; pause < 5; pause++) {
      made.pause(n1);
      made.now += 1_000 * MS;
      made.resume(n1);
      made.step(n1, (_node, out) => {
        for (const node of to) out.send(node, heartbeat(made, n1, 0), false);
      });
    }
    return livenessFailures(made);
  }

  test('[Lv18] a leader that sends heartbeats in the one event between two pauses is late each time, and on time after it', () => {
    expect(pausedOften(cluster(), [n2, n3])).toEqual([]);
    expect(pausedOften(cluster(), [n2])).toHaveLength(1);
  });
});
