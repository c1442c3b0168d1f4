import { describe, expect, test } from 'vitest';
import type { AppendEntriesReply } from '../../core/messages.ts';
import { LEADER } from '../../core/view.ts';
import { BoundsChecks } from './bounds.ts';
import { CheckContext } from '../context.ts';
import { FakeCluster, FakeMachine, members, n1, n2, n3, request } from '../testing/fake-cluster.ts';
import { DEFAULT_EXPECTED_OPTIONS, everyNode } from '../expected-options.ts';
import { heartbeatReply, livenessFailures, handle } from '../testing/hooks.ts';

describe('[Lv12] WithinBudget: logs', () => {
  /** n1 goes through these states: what it has applied, the index of its snapshot, and the base of its log. */
  function run(
    options: object,
    ...states: (readonly [applied: number, snapshot: number, base: number])[]
  ): readonly string[] {
    const cluster = new FakeCluster(2);
    const context = new CheckContext(
      cluster,
      new FakeMachine(),
      null,
      everyNode({ ...DEFAULT_EXPECTED_OPTIONS, ...options }),
    );
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

  test('[Lv12] one may keep what is on its disk when it boots, until its next snapshot', () => {
    const cluster = new FakeCluster(2);
    const expected = { ...DEFAULT_EXPECTED_OPTIONS, snapshotEvery: 20, snapshotTrailing: 0 };
    const context = new CheckContext(cluster, new FakeMachine(), null, everyNode(expected));
    const checks = new BoundsChecks(context);
    const node = cluster.node(n1);
    const history = context.histories[n1]!;
    const advance = (lastApplied: number): void => {
      Object.assign(node, { lastApplied });
      checks.stepped(history, node, -1, null);
      history.snapshot = node.snapshot;
    };
    Object.assign(node, { snapshot: { ...node.snapshot, index: 20 }, base: 10, lastApplied: 20 });
    history.snapshot = node.snapshot;
    checks.booted(n1, node);
    advance(30);
    expect(context.livenessFailures).toEqual([]);
    Object.assign(node, { snapshot: { ...node.snapshot, index: 40 }, base: 30 });
    advance(40);
    expect(context.livenessFailures.map(({ text }) => text)).toEqual([
      'n1 keeps 10 entries that its snapshot covers, but at most 0 are allowed',
    ]);
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

describe('[Lv12] WithinBudget: searches that do not move', () => {
  const TERM = 3;

  /** n1 leads term 3 with nine entries, and probes n2 after the last. */
  function probing(options: object = {}): FakeCluster {
    const made = new FakeCluster(3, { enabled: ['Lv12'], ...options });
    made.elect(n1, [n3], TERM);
    made.append(n1, ...Array.from({ length: 9 }, () => null));
    made.step(n1, (node) => (node.nextIndex[n2] = 10));
    return made;
  }

  /** n2 rejects the probe after this index, and n1 probes before `next` from then on. */
  function rejected(made: FakeCluster, index: number, next: number, changes: Partial<AppendEntriesReply> = {}): void {
    const reply = { ...heartbeatReply(TERM, 0), rejectedIndex: index, conflictIndex: 1, ...changes };
    handle(made, n2, n1, reply, (node) => (node.nextIndex[n2] = next));
  }

  function repeat(times: number, deed: () => void): void {
    for (let time = 0; time < times; time++) deed();
  }

  test('[Lv12] a leader that is rejected three times at one place, and asks there again, fails', () => {
    const made = probing();
    repeat(2, () => rejected(made, 9, 10));
    expect(livenessFailures(made)).toEqual([]);
    rejected(made, 9, 10);
    expect(livenessFailures(made)).toEqual(['Lv12: n1 asks n2 again after index 9, where it was rejected 3 times']);
  });

  test('[Lv12] so does one that has moved before, one that moves up, and one with several messages in flight', () => {
    const stuck = probing();
    rejected(stuck, 9, 6);
    repeat(3, () => rejected(stuck, 5, 6));
    const up = probing();
    up.step(n1, (node) => (node.nextIndex[n2] = 6));
    rejected(up, 5, 6);
    rejected(up, 5, 7);
    rejected(up, 6, 8);
    const pipelined = probing({ expected: { maxInflight: 8 } });
    repeat(3, () => rejected(pipelined, 9, 10));
    for (const made of [stuck, up, pipelined]) expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv12] one that moves with each rejection, or with every third, does not', () => {
    const made = probing();
    rejected(made, 9, 8);
    rejected(made, 7, 5);
    rejected(made, 4, 3);
    const slow = probing();
    for (const next of [10, 10, 8]) rejected(slow, 9, next);
    for (const next of [8, 8, 5]) rejected(slow, 7, next);
    for (const one of [made, slow]) expect(livenessFailures(one)).toEqual([]);
  });

  test('[Lv12] duplicates of a rejection, and ones of earlier probes, say nothing about the present one', () => {
    const made = probing();
    rejected(made, 9, 6);
    repeat(5, () => rejected(made, 9, 6));
    rejected(made, 5, 4);
    repeat(5, () => rejected(made, 5, 4));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv12] a rejection up to what is known to match says nothing', () => {
    const made = probing();
    made.step(n1, (node) => (node.matchIndex[n2] = 9));
    repeat(5, () => rejected(made, 9, 10));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv12] a rejection where the log of the leader now begins calls for a snapshot', () => {
    const made = probing();
    made.step(n1, (node) => node.compactTo(9));
    repeat(5, () => rejected(made, 9, 10));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv12] a rejection of an earlier membership is not about this one', () => {
    const added = members([n1, n3], { learners: [n2] });
    const again = (memberSince: number): FakeCluster => {
      const made = probing({ configuration: members([n1, n3]) });
      made.reconfigure(n1, added);
      made.step(n1, (node) => (node.nextIndex[n2] = 10));
      repeat(5, () => rejected(made, 9, 10, { memberSince }));
      return made;
    };
    expect(livenessFailures(again(0))).toEqual([]);
    expect(livenessFailures(again(10))).toHaveLength(1);
  });

  test('[Lv12] a rejection of a stale term, or one that reaches a deposed leader, says nothing', () => {
    const stale = probing();
    repeat(5, () => rejected(stale, 9, 10, { term: TERM - 1 }));
    const deposed = probing();
    deposed.enterTerm(n1, TERM + 1);
    repeat(5, () => rejected(deposed, 9, 10));
    for (const made of [stale, deposed]) expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv12] a success, and a restart of the follower, start over', () => {
    const success = probing();
    repeat(2, () => rejected(success, 9, 10));
    handle(success, n2, n1, { ...heartbeatReply(TERM, 0), success: true });
    repeat(2, () => rejected(success, 9, 10));
    const restart = probing();
    repeat(2, () => rejected(restart, 9, 10));
    restart.restart(n2);
    repeat(2, () => rejected(restart, 9, 10));
    for (const made of [success, restart]) expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv12] each follower is searched separately', () => {
    const made = probing();
    made.step(n1, (node) => (node.nextIndex[n3] = 10));
    repeat(2, () => rejected(made, 9, 10));
    repeat(2, () => handle(made, n3, n1, { ...heartbeatReply(TERM, 0), rejectedIndex: 9 }));
    expect(livenessFailures(made)).toEqual([]);
  });
});
