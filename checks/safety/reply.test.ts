import { describe, expect, test } from 'vitest';
import { FORWARD_REPLY } from '../../core/messages.ts';
import { entry, FakeCluster, type FakeClusterOptions, n1, n2, n3, ok, request } from '../testing/fake-cluster.ts';
import { handle } from '../testing/hooks.ts';

const A = request(1, 1);
const B = request(2, 1);

/** n1 leads term 1 and has committed a no-op and two puts, which n2 has too. */
function committed(options: FakeClusterOptions = {}): FakeCluster {
  const cluster = new FakeCluster(3, options);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], null, A, B);
  return cluster;
}

describe('[I29] ExactlyOnce, with sessions', () => {
  const OPEN = request(0, 1, { op: 'register' });

  /** Session 1 is open; it expires with the next entry, which comes late. */
  function expired(): FakeCluster {
    const cluster = new FakeCluster(3, { sessionTimeout: 100 });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2, n3], OPEN, A);
    cluster.step(n1, (node, out) => {
      const late = entry(1, request(1, 2), null, 101);
      node.entries.push(late);
      out.persist({ kind: 'log', from: 3, entries: [late] });
    });
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 3);
    return cluster;
  }

  test('[I29] a request of an expired session that is executed all the same is rejected', () => {
    const cluster = expired();
    cluster.step(n3, (node) => {
      node.entries.push(cluster.node(n1).entries[2]!);
      Object.assign(node, { commitIndex: 3, lastApplied: 3 });
    });
    const { machine } = cluster.node(n3);
    machine.execute(OPEN, 1);
    cluster.checks.applied(n3, 1, machine.hash);
    machine.execute(A, 2);
    cluster.checks.applied(n3, 2, machine.hash);
    machine.execute(request(1, 2), 3);
    cluster.checks.applied(n3, 3, machine.hash);
    expect(cluster.violation).toMatchObject({ invariant: 'I29', node: n3 });
    expect(cluster.violation?.summary).toContain('executed a request of a session that is not open: index 3');
  });

  test('[I29] a rejection is accepted, and so are the replies sent before', () => {
    const cluster = expired();
    cluster.replicate(n1, n2);
    cluster.reply(n1, request(1, 2), { ...ok(null), status: 'refused' });
    cluster.reply(n2, A, ok('1.1'));
    expect(cluster.end()).toBeNull();
  });

  test('[I30] the reply to a registration is the index of its entry, and nothing else', () => {
    const cluster = expired();
    cluster.reply(n1, OPEN, ok('1'));
    expect(cluster.violation).toBeNull();
    for (const wrong of ['2', '9', 'x', null]) {
      const other = expired();
      other.reply(n1, OPEN, ok(wrong));
      expect(other.violation).toMatchObject({ invariant: 'I30', node: n1 });
    }
    const otherClient = expired();
    otherClient.reply(n1, { ...OPEN, client: 7 }, ok('1'));
    expect(otherClient.violation).toMatchObject({ invariant: 'I30', node: n1 });
  });

  test('[I30] several requests in flight each receive their own result', () => {
    const [one, two] = [1, 2].map((sequence) => request(1, sequence, { op: 'append', value: 'a' }, 1));
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], two!, one!);
    cluster.reply(n1, two!, ok('a'));
    cluster.reply(n1, one!, ok('aa'));
    expect(cluster.end()).toBeNull();
    cluster.reply(n1, one!, ok('a'));
    expect(cluster.violation).toMatchObject({ invariant: 'I30', node: n1 });
  });

  test('[I30] gets outside the log are not compared with the log', () => {
    const cluster = new FakeCluster(3, { expected: { reads: 'readIndex' } });
    cluster.reply(n1, request(1, 1, { op: 'get', value: '' }), ok(null));
    expect(cluster.violation).toBeNull();
    cluster.reply(n1, request(1, 1), ok('1.1'));
    expect(cluster.violation?.invariant).toBe('I30');
  });
});

describe('[I30] AckDurable', () => {
  test('[I30] an acknowledgement of what is not committed is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.sync(n1);
    cluster.reply(n1, A, ok('1.1'));
    expect(cluster.violation).toMatchObject({ invariant: 'I30', node: n1 });
    expect(cluster.violation?.summary).toBe(
      'n1 acknowledged "put x 1.1" (session 1, request 1), which is not committed',
    );
  });

  test('[I30] an acknowledgement whose session has only its next request committed is rejected', () => {
    const cluster = committed();
    cluster.reply(n1, request(1, 2), ok('1.2'));
    expect(cluster.violation?.invariant).toBe('I30');
  });

  test('[I30] another result than that of replaying the ledger is rejected', () => {
    const GET = request(3, 1, { op: 'get', value: '' });
    const cluster = committed();
    cluster.write(n1, [n2], GET);
    cluster.reply(n1, GET, ok('1.1'));
    expect(cluster.violation).toMatchObject({ invariant: 'I30', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 replied 1.1 to "get x", but executing it once, at index 4, gives 2.1');
  });

  test('[I30] a cas that is reported as applied, but was not, is rejected', () => {
    const cluster = committed();
    cluster.reply(n1, A, { ...ok('1.1'), applied: false });
    expect(cluster.violation?.invariant).toBe('I30');
  });

  test('[I30] committed requests, acknowledged by any node that has executed them, are accepted', () => {
    const cluster = committed();
    cluster.reply(n1, A, ok('1.1'));
    cluster.elect(n2, [n3]);
    // It is deposed, but what it has executed stays executed.
    cluster.reply(n1, B, ok('2.1'));
    cluster.write(n2, [n3], null);
    cluster.reply(n2, A, ok('1.1'));
    expect(cluster.end()).toBeNull();
  });

  test('[I30] redirects, rejections and unknown outcomes claim nothing', () => {
    const cluster = committed();
    const C = request(7, 1);
    for (const status of ['redirect', 'busy', 'unknown'] as const) cluster.reply(n1, C, { ...ok(null), status });
    expect(cluster.end()).toBeNull();
  });

  test('[I30] a request of a session that has expired, or never was, is refused', () => {
    const cluster = new FakeCluster(3, { sessionTimeout: 100 });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], request(0, 1, { op: 'register' }));
    cluster.step(n1, (node, out) => {
      const late = entry(1, null, null, 101);
      node.entries.push(late);
      out.persist({ kind: 'log', from: 2, entries: [late] });
    });
    cluster.sync(n1);
    cluster.replicate(n1, n2);
    cluster.commit(n1, 2);
    for (const session of [1, 7]) cluster.reply(n1, request(session, 2), { ...ok(null), status: 'refused' });
    expect(cluster.end()).toBeNull();
  });

  test('[I30] a session that is open must not be refused, nor any session where none expires', () => {
    const cluster = new FakeCluster(3, { sessionTimeout: 100 });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], request(0, 1, { op: 'register' }));
    cluster.reply(n1, request(1, 2), { ...ok(null), status: 'refused' });
    expect(cluster.violation).toMatchObject({ invariant: 'I30', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 refused "put x 1.2" because session 1 had expired, but it has not');
    const lasting = committed();
    lasting.reply(n1, request(7, 1), { ...ok(null), status: 'refused' });
    expect(lasting.violation?.invariant).toBe('I30');
  });

  test('[I30] a leader must not reject what it has executed', () => {
    const cluster = committed();
    cluster.reply(n1, A, { ...ok(null), status: 'busy' });
    expect(cluster.violation?.summary).toBe('n1 replied busy to "put x 1.1", but it has executed it, at index 2');
  });

  test('[I30] a leader must not reject what it has appended in its term', () => {
    const cluster = committed();
    const C = request(3, 1);
    cluster.append(n1, C);
    cluster.reply(n1, C, { ...ok(null), status: 'redirect' });
    expect(cluster.violation?.summary).toBe(
      'n1 replied redirect to "put x 3.1", but it has appended it in its term, at index 4',
    );
  });

  // Reported, although the reply is that of another node, which did not lead when the request reached it.
  test('[I30] a leader may relay what another node has replied while it was a follower itself', () => {
    const cluster = committed();
    const reply = { ...ok(null), status: 'redirect' as const };
    handle(cluster, n2, n1, { type: FORWARD_REPLY, term: 1, request: A, reply });
    cluster.reply(n1, A, reply);
    expect(cluster.end()).toBeNull();
  });

  test('[I30] a follower may send the client of an executed request elsewhere', () => {
    const cluster = committed();
    cluster.reply(n2, A, { ...ok(null), status: 'redirect' });
    expect(cluster.end()).toBeNull();
  });

  test('[I30] a client that is told that an executed request has failed is told so wrongly, at once', () => {
    const cluster = committed();
    cluster.checks.completed(A, 'fail');
    expect(cluster.violation?.summary).toBe(
      'request 1 of session 1 was reported to its client as failed, but it was executed',
    );
  });

  test('[I30] a reply to a request that its client no longer waits for is not checked', () => {
    const cluster = committed();
    cluster.write(n1, [n2], request(1, 2));
    cluster.reply(n1, A, ok('1.2'));
    expect(cluster.end()).toBeNull();
  });
});
