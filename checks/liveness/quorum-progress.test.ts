import { describe, expect, test } from 'vitest';
import { FOLLOWER } from '../../core/view.ts';
import { FakeCluster, n1, n2, n3, ok, request } from '../testing/fake-cluster.ts';
import { deliverRequest, livenessFailures } from '../testing/hooks.ts';

const MS = 1_000;
const A = request(1, 1);
const ALL = [n1, n2, n3];

/** Time goes on for nodes that handle something every 50 ms. */
function pass(made: FakeCluster, span: number, act: () => void = () => {}): readonly string[] {
  for (const until = made.now + span; made.now < until;) {
    made.now += 50 * MS;
    act();
    made.step(n1, () => {});
  }
  return livenessFailures(made);
}

function cluster(...enabled: string[]): FakeCluster {
  return new FakeCluster(3, { enabled });
}

function block(made: FakeCluster, from: number, to: number): void {
  made.blocked.add(`${from} ${to}`);
  made.faultRevision++;
}

describe('[Lv14] QuorumElects', () => {
  test('[Lv14] a quorum that works and elects no leader for forty election timeouts fails', () => {
    expect(pass(cluster('Lv14'), 13_000 * MS)[0]).toMatch(
      /^Lv14: n1 n2 n3 work and reach each other, but have elected no leader for \d+ ms$/,
    );
    expect(pass(cluster('Lv14'), 11_000 * MS)).toEqual([]);
  });

  test('[Lv14] also while another node is down, or cut off in both directions', () => {
    const down = cluster('Lv14');
    down.crash(n3);
    expect(pass(down, 13_000 * MS)[0]).toContain('n1 n2 work');
    const cut = cluster('Lv14');
    for (const node of [n1, n2]) {
      block(cut, n3, node);
      block(cut, node, n3);
    }
    expect(pass(cut, 13_000 * MS)[0]).toContain('n1 n2 work');
  });

  test('[Lv14] but not while a node can be heard that does not hear, nor with stalled disks or fresh faults', () => {
    const half = cluster('Lv14');
    for (const node of [n1, n2]) block(half, node, n3);
    expect(pass(half, 13_000 * MS)).toEqual([]);
    const stalled = cluster('Lv14');
    for (const node of [n2, n3]) stalled.stalled.add(node);
    expect(pass(stalled, 13_000 * MS)).toEqual([]);
    // Its timers wait until the clock gets there again, and that ends by itself.
    const behind = cluster('Lv14');
    behind.behind.add(n3);
    expect(pass(behind, 13_000 * MS)).toEqual([]);
    behind.behind.clear();
    expect(pass(behind, 14_000 * MS)).toHaveLength(1);
    const busy = cluster('Lv14');
    expect(pass(busy, 13_000 * MS, () => void busy.faultRevision++)).toEqual([]);
  });

  test('[Lv14] a leader in between is enough', () => {
    const made = cluster('Lv14');
    pass(made, 7_000 * MS);
    made.elect(n1, [n2]);
    made.step(n1, (node) => (node.role = FOLLOWER));
    expect(pass(made, 7_000 * MS)).toEqual([]);
  });
});

describe('[Lv15] LeaderCommits', () => {
  /** n1 leads and has an entry that is not committed. */
  function stuck(): FakeCluster {
    const made = cluster('Lv15');
    made.elect(n1, ALL.slice(1));
    made.append(n1, A);
    return made;
  }

  test('[Lv15] a leader whose entry does not move for ten election timeouts fails', () => {
    expect(pass(stuck(), 5_000 * MS)[0]).toMatch(
      /^Lv15: n1 leads term 1, and n1 n2 n3 work and reach each other, but index 1 is not committed, and nothing has moved for \d+ ms$/,
    );
    expect(pass(stuck(), 2_500 * MS)).toEqual([]);
  });

  test('[Lv15] also if its own disk is stuck, and not if those of a majority are', () => {
    const own = stuck();
    own.stalled.add(n1);
    own.faultRevision++;
    expect(pass(own, 5_000 * MS)).toHaveLength(1);
    const others = stuck();
    others.stalled.add(n1).add(n2);
    others.faultRevision++;
    expect(pass(others, 5_000 * MS)).toEqual([]);
  });

  test('[Lv15] one that commits, or has nothing to commit, does not', () => {
    const made = cluster('Lv15');
    made.elect(n1, ALL.slice(1));
    made.write(n1, [n2], A);
    expect(pass(made, 5_000 * MS)).toEqual([]);
  });

  test('[Lv15] an entry of an earlier term waits for one of its own', () => {
    const made = new FakeCluster(3, { enabled: ['Lv15'], logs: [[1], [1], [1]], terms: [1, 1, 1] });
    made.elect(n1, ALL.slice(1), 2);
    expect(pass(made, 5_000 * MS)).toEqual([]);
  });
});

describe('[Lv19] RequestsGetReplies', () => {
  function leading(): FakeCluster {
    const made = cluster('Lv19');
    made.elect(n1, ALL.slice(1));
    return made;
  }

  test('[Lv19] a request without a reply, while a quorum works, fails', () => {
    const made = leading();
    pass(made, 1_000 * MS);
    deliverRequest(made, n1, A);
    expect(pass(made, 5_000 * MS)[0]).toMatch(
      /^Lv19: n1 has not replied to "put x 1.1" for \d+ ms, although a quorum works$/,
    );
  });

  test('[Lv19] any reply will do, and a crash ends the obligation', () => {
    const replied = leading();
    deliverRequest(replied, n1, A);
    replied.reply(n1, A, { ...ok(null), status: 'unknown' });
    expect(pass(replied, 6_000 * MS)).toEqual([]);
    const crashed = leading();
    deliverRequest(crashed, n2, A);
    crashed.restart(n2);
    expect(pass(crashed, 6_000 * MS)).toEqual([]);
  });

  test('[Lv19] busy for ever is no reply, and busy with an ok in between is', () => {
    const busy = (made: FakeCluster, alsoOk: boolean): readonly string[] => {
      let count = 0;
      return pass(made, 8_000 * MS, () => {
        const isOk = alsoOk && ++count % 10 === 0;
        made.reply(n1, A, { ...ok(null), status: isOk ? 'ok' : 'busy' });
      });
    };
    expect(busy(leading(), false)[0]).toMatch(/^Lv19: n1 has replied busy to every request for \d+ ms/);
    expect(busy(leading(), true)).toEqual([]);
  });

  test('[Lv19] without a quorum that works, no node has to reply', () => {
    const made = leading();
    for (const node of [n2, n3]) made.crash(node);
    deliverRequest(made, n1, A);
    expect(pass(made, 6_000 * MS)).toEqual([]);
  });

  test('[Lv19] a node that holds back what it sends until a stalled disk has its term has time until the stall is over', () => {
    const stall = (made: FakeCluster, node: number): FakeCluster => {
      made.stalled.add(node);
      made.faultRevision++;
      return made;
    };
    const waits = stall(leading(), n3);
    waits.startElection(n3, 1);
    deliverRequest(waits, n3, A);
    expect(pass(waits, 6_000 * MS)).toEqual([]);
    // The stall ends by itself, and the write with it.
    waits.stalled.clear();
    waits.sync(n3);
    expect(pass(waits, 3_000 * MS)).toEqual([]);
    expect(pass(waits, 3_000 * MS)[0]).toContain('Lv19: n3 has not replied');
    // With its term on the disk, it need not wait; nor need a leader.
    for (const node of [n2, n1]) {
      const made = stall(leading(), node);
      deliverRequest(made, node, A);
      expect(pass(made, 6_000 * MS)).toHaveLength(1);
    }
  });
});
