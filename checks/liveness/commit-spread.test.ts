import { describe, expect, test } from 'vitest';
import type { AppendEntries } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER } from '../../core/view.ts';
import { entry, FakeCluster, type FakeNode, members, n1, n2, n3, request } from '../testing/fake-cluster.ts';
import { handle, heartbeat, livenessFailures } from '../testing/hooks.ts';

const A = request(1, 1);
const B = request(2, 1);
const ONLY = { enabled: ['Lv11'] };

/** n1 leads term 1 and has committed three entries with n3; n2 has the first `held` of them and has committed none. */
function cluster(held: number, options: object = ONLY): FakeCluster {
  const made = new FakeCluster(3, options);
  made.elect(n1, [n3]);
  made.append(n1, null, A, B);
  made.sync(n1);
  made.replicate(n1, n3);
  if (held > 0) made.accept(n2, made.offer(n1, n2, 0, held));
  made.sync(n2);
  made.commit(n1, 3);
  return made;
}

/** n2 follows n1, has the entries of the message, and ends with this commitIndex. */
function accepts(made: FakeCluster, message: AppendEntries, commitIndex: number): readonly string[] {
  handle(made, n1, n2, message, (node) => {
    follows(node, message);
    node.entries.splice(message.prevLogIndex - node.base, Infinity, ...message.entries);
    node.commitIndex = commitIndex;
  });
  return livenessFailures(made);
}

function follows(node: FakeNode, { term, leader }: AppendEntries): void {
  Object.assign(node, { role: FOLLOWER, term, leader });
}

describe('[Lv11] CommitSpreads', () => {
  test('[Lv11] a heartbeat that is accepted without committing fails', () => {
    const made = cluster(3);
    expect(accepts(made, heartbeat(made, n1, 0), 0)).toEqual([
      'Lv11: n2 accepted AppendEntries up to index 3 with leaderCommit 3, but its commitIndex stays at 0',
    ]);
  });

  test('[Lv11] one that commits only a part fails, and one that commits all does not', () => {
    const some = cluster(3);
    expect(accepts(some, heartbeat(some, n1, 0), 2)).toHaveLength(1);
    const all = cluster(3);
    expect(accepts(all, heartbeat(all, n1, 0), 3)).toEqual([]);
  });

  test('[Lv11] entries that are accepted without committing them fail', () => {
    const made = cluster(1);
    expect(accepts(made, made.offer(n1, n2, 1), 0)).toEqual([
      'Lv11: n2 accepted AppendEntries up to index 3 with leaderCommit 3, but its commitIndex stays at 0',
    ]);
  });

  test('[Lv11] the last new entry bounds what must be committed', () => {
    const low = cluster(1);
    expect(accepts(low, low.offer(n1, n2, 1, 2), 1)).toEqual([
      'Lv11: n2 accepted AppendEntries up to index 2 with leaderCommit 3, but its commitIndex stays at 1',
    ]);
    const enough = cluster(1);
    expect(accepts(enough, enough.offer(n1, n2, 1, 2), 2)).toEqual([]);
  });

  test('[Lv11] so does the last entry before an empty message, though the log of the follower is longer', () => {
    const probe = (made: FakeCluster): AppendEntries => ({
      ...heartbeat(made, n1, 0),
      prevLogIndex: 1,
      prevLogTerm: 1,
    });
    const made = cluster(3);
    handle(made, n1, n2, probe(made), (node) => {
      follows(node, probe(made));
      node.commitIndex = 1;
    });
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv11] leaderCommit bounds what must be committed', () => {
    const made = cluster(1);
    expect(accepts(made, { ...made.offer(n1, n2, 1), leaderCommit: 2 }, 2)).toEqual([]);
    const late = cluster(1);
    expect(accepts(late, { ...late.offer(n1, n2, 1), leaderCommit: 2 }, 1)).toHaveLength(1);
  });

  test('[Lv11] a follower that truncates a conflict commits what replaces it', () => {
    const conflicting = (): FakeCluster => {
      const made = new FakeCluster(3, { ...ONLY, logs: [[1], [1, 2], [1]], terms: [3, 3, 3] });
      made.elect(n1, [n3], 4);
      made.write(n1, [n3], A);
      return made;
    };
    const late = conflicting();
    expect(accepts(late, late.offer(n1, n2, 1), 1)).toHaveLength(1);
    const made = conflicting();
    expect(accepts(made, made.offer(n1, n2, 1), 2)).toEqual([]);
  });

  test('[Lv11] a message that ends before the log of the follower begins commits nothing', () => {
    const made = cluster(3);
    made.step(n2, (node, out) => {
      follows(node, heartbeat(made, n1, 0));
      node.commitIndex = 3;
      out.apply(3);
    });
    made.snapshot(n2);
    const old = made.offer(n1, n2, 0, 2);
    handle(made, n1, n2, old, (node) => follows(node, old));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv11] a message that is rejected commits nothing', () => {
    const short = cluster(1);
    handle(short, n1, n2, heartbeat(short, n1, 0), (node) => follows(node, heartbeat(short, n1, 0)));
    expect(livenessFailures(short)).toEqual([]);
    const other = new FakeCluster(3, {
      ...ONLY,
      logs: [
        [1, 3],
        [1, 2],
        [1, 3],
      ],
      terms: [3, 3, 3],
    });
    other.elect(n1, [n3], 4);
    other.write(n1, [n3], A);
    const probe = { ...heartbeat(other, n1, 0), prevLogIndex: 2, prevLogTerm: 3 };
    handle(other, n1, n2, probe, (node) => follows(node, probe));
    expect(livenessFailures(other)).toEqual([]);
  });

  test('[Lv11] a message of a stale term commits nothing', () => {
    const made = cluster(3);
    const stale = heartbeat(made, n1, 0);
    made.enterTerm(n2, 2);
    handle(made, n1, n2, stale);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv11] a candidate that steps down for the leader of its term commits like any follower', () => {
    const candidate = (): FakeCluster => {
      const made = cluster(3);
      made.step(n2, (node) => Object.assign(node, { role: CANDIDATE, votedFor: n2 }));
      return made;
    };
    const late = candidate();
    expect(accepts(late, heartbeat(late, n1, 0), 0)).toHaveLength(1);
    const made = candidate();
    expect(accepts(made, heartbeat(made, n1, 0), 3)).toEqual([]);
    // One that stays candidate has not accepted it.
    const stubborn = candidate();
    handle(stubborn, n1, n2, heartbeat(stubborn, n1, 0));
    expect(livenessFailures(stubborn)).toEqual([]);
  });

  test('[Lv11] a learner commits like any follower', () => {
    const learner = { ...ONLY, configuration: members([n1, n3], { learners: [n2] }) };
    const late = cluster(3, learner);
    expect(accepts(late, heartbeat(late, n1, 0), 0)).toHaveLength(1);
    const made = cluster(3, learner);
    expect(accepts(made, heartbeat(made, n1, 0), 3)).toEqual([]);
  });

  test('[Lv11] a commitIndex beyond that of the leader is kept', () => {
    const made = cluster(3);
    const old = { ...heartbeat(made, n1, 0), leaderCommit: 1 };
    expect(accepts(made, old, 3)).toEqual([]);
  });

  test('[Lv11] an event that is no message does not fail', () => {
    const made = cluster(3);
    made.step(n2, (node) => node.entries.push(entry(1)));
    expect(livenessFailures(made)).toEqual([]);
  });
});
