import { describe, expect, test } from 'vitest';
import { type Configuration, FORWARD, FORWARD_REPLY, READ_INDEX, READ_INDEX_REPLY } from '../../core/messages.ts';
import { FakeCluster, n1, n2, n3, n4, n5, ok, request } from '../testing/fake-cluster.ts';
import {
  acknowledge,
  heartbeatReply,
  deliverRequest,
  invoke,
  invokeGet,
  sendHeartbeats,
  heartbeat,
  receiveHeartbeatReply,
} from '../testing/hooks.ts';

const A = request(1, 1);
const B = request(2, 1);

/** n1 leads term 1 and has committed A (x is 1.1) at index 1, which its client knows. */
function cluster(
  reads: 'log' | 'readIndex' | 'lease',
  { nodes = 3, enabled }: { nodes?: number; enabled?: string } = {},
): FakeCluster {
  const made = new FakeCluster(nodes, { expected: { reads }, ...(enabled !== undefined && { enabled: [enabled] }) });
  const followers = nodes === 3 ? [n2] : [n2, n3];
  made.elect(n1, nodes === 1 ? [] : followers);
  invoke(made, A);
  made.write(n1, nodes === 1 ? [] : followers, A);
  acknowledge(made, n1, A, '1.1');
  return made;
}

/** n1 leads five nodes with this configuration. */
function goesBy(changes: Partial<Configuration>): FakeCluster {
  const made = cluster('readIndex', { nodes: 5, enabled: 'I32' });
  const configuration = { voters: [], outgoing: [], learners: [], leavesByItself: true, ...changes };
  made.step(n1, (node) => (node.pinnedConfiguration = { configuration, index: 0 }));
  return made;
}

/** n2 leads term 2 and has committed B (x is 2.1) at index 2; n1 does not know. */
function deposed(made: FakeCluster): FakeCluster {
  made.elect(n2, [n3], 2);
  invoke(made, B);
  made.write(n2, [n3], B);
  return made;
}

describe('[I31] Linearizable', () => {
  test('[I31] a reply from before what was acknowledged before the request is rejected', () => {
    const made = deposed(cluster('readIndex'));
    acknowledge(made, n2, B, '2.1');
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I31', node: n1, witnesses: [{ node: n2 }, { node: n1 }] });
    expect(made.violation?.summary).toBe(
      'n1 replied to "get x" from the state after index 1, although index 2 had been acknowledged before it was invoked',
    );
  });

  test('[I31] a reply from before what was acknowledged only after the request is accepted', () => {
    const made = cluster('readIndex', { enabled: 'I31' });
    const get = invokeGet(made, 3);
    deposed(made);
    acknowledge(made, n2, B, '2.1');
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I31] what a read has seen, a later read must see', () => {
    const made = deposed(cluster('readIndex', { enabled: 'I31' }));
    const first = invokeGet(made, 3);
    deliverRequest(made, n2, first);
    acknowledge(made, n2, first, '2.1');
    const second = invokeGet(made, 4);
    deliverRequest(made, n1, second);
    made.reply(n1, second, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I31', node: n1 });
  });

  test('[I31] a value that the key did not hold is rejected', () => {
    const made = cluster('readIndex', { enabled: 'I31' });
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('0.0'));
    expect(made.violation?.summary).toBe('n1 replied 0.0 to "get x", but after index 1 the value is 1.1');
  });

  test('[I31] a value that is overwritten in the event of the reply is accepted', () => {
    const made = cluster('lease');
    const get = invokeGet(made, 3);
    invoke(made, B);
    deliverRequest(made, n1, get);
    made.write(n1, [n2], B);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test.each([
    ['put', 'new', null, 'new'],
    ['append', '+', null, '1.1+'],
    ['delete', '', null, null],
    ['cas', 'new', '1.1', 'new'],
    ['cas', 'new', 'other', '1.1'],
  ] as const)('[I31] after %s of "%s" (expecting %s), a read finds %s', (op, value, expected, found) => {
    for (const replied of [found, 'else']) {
      const made = cluster('lease');
      made.write(n1, [n2], invoke(made, request(2, 1, { op, value, expected })));
      const get = invokeGet(made, 3);
      deliverRequest(made, n1, get);
      made.reply(n1, get, ok(replied));
      expect(made.violation?.invariant ?? null).toBe(replied === found ? null : 'I31');
    }
  });

  test('[I31] an acknowledgement of what was executed before it was requested is rejected', () => {
    const made = cluster('log');
    invoke(made, A);
    made.reply(n1, A, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I31', node: n1 });
    expect(made.violation?.summary).toContain('which has not been executed since it was invoked');
  });

  test('[I31] a second reply to a pending operation, and one to a complete operation, are accepted', () => {
    const made = cluster('log');
    invoke(made, B);
    made.write(n1, [n2], B);
    made.reply(n1, B, ok('2.1'));
    acknowledge(made, n1, B, '2.1');
    made.reply(n1, B, ok('2.1'));
    expect(made.end()).toBeNull();
  });

  test('[I31] an operation that failed does not raise the floor', () => {
    const made = deposed(cluster('readIndex', { enabled: 'I31' }));
    made.checks.completed(B, 'unknown');
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I30] a get that goes through the log must be committed, and one outside it need not', () => {
    const beside = cluster('lease');
    const get = invokeGet(beside, 3);
    deliverRequest(beside, n1, get);
    beside.reply(n1, get, ok('1.1'));
    expect(beside.end()).toBeNull();
    const through = cluster('log');
    through.reply(n1, invokeGet(through, 3), ok('1.1'));
    expect(through.violation).toMatchObject({ invariant: 'I30' });
  });
});

describe('[I32] ReadIndexValid: what was committed when the request arrived', () => {
  /** The request arrives at n1 after, or before, n2 has committed index 2; n1 replies from index 1. */
  function read(isBefore: boolean): FakeCluster {
    const made = cluster('lease', { enabled: 'I32' });
    const get = invokeGet(made, 3);
    if (isBefore) deliverRequest(made, n1, get);
    deposed(made);
    if (!isBefore) deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    return made;
  }

  test('[I32] a reply without what was committed before the request arrived is rejected', () => {
    expect(read(false).violation).toMatchObject({ invariant: 'I32', node: n1 });
    expect(read(false).violation?.summary).toBe(
      'n1 replied to "get x" from a state without index 2, which had been committed when the request arrived',
    );
  });

  test('[I32] a reply without what was committed after the request arrived is accepted', () => {
    expect(read(true).end()).toBeNull();
  });

  test('[I32] a value that was overwritten before the request arrived is rejected, whatever the node has applied since', () => {
    const made = cluster('lease', { enabled: 'I32' });
    const get = invokeGet(made, 3);
    made.write(n1, [n2], invoke(made, B));
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I32' });
  });

  test('[I32] after a restart, the arrival of the request after the crash counts', () => {
    const made = cluster('lease', { enabled: 'I32' });
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.restart(n1);
    deposed(made);
    deliverRequest(made, n1, get);
    made.commit(n1, 1);
    made.reply(n1, get, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I32', node: n1 });
  });
});

describe('[I32] ReadIndexValid: a leader that a quorum has confirmed', () => {
  /** A request arrives at the leader n1 between two heartbeat rounds; n1 receives these replies, and replies itself. */
  function read(made: FakeCluster, ...replies: (readonly [from: number, round: number])[]): FakeCluster {
    const followers = [n2, n3, n4, n5].slice(0, made.nodes - 1);
    const get = invokeGet(made, 3);
    sendHeartbeats(made, n1, 1, followers);
    deliverRequest(made, n1, get);
    sendHeartbeats(made, n1, 2, followers);
    for (const [from, round] of replies) receiveHeartbeatReply(made, n1, from, round);
    made.reply(n1, get, ok('1.1'));
    return made;
  }

  test('[I32] a reply without any confirmation is rejected', () => {
    const { violation } = read(cluster('readIndex'));
    expect(violation).toMatchObject({ invariant: 'I32', node: n1, quorums: [{ nodes: [n1] }] });
    expect(violation?.summary).toBe(
      'n1 replied to "get x" as leader of term 1, but no quorum has confirmed that since the request arrived',
    );
  });

  test('[I32] a round that began before the request arrived confirms nothing, and the next one does', () => {
    expect(read(cluster('readIndex'), [n2, 1]).violation).toMatchObject({ invariant: 'I32' });
    expect(read(cluster('readIndex'), [n2, 2]).end()).toBeNull();
    expect(read(cluster('readIndex'), [n2, 1], [n3, 2]).end()).toBeNull();
  });

  test('[I32] a round that never began confirms nothing', () => {
    expect(read(cluster('readIndex'), [n2, 3]).violation).toMatchObject({ invariant: 'I32' });
  });

  test('[I32] a round that begins in the event of the arrival confirms it', () => {
    const made = cluster('readIndex');
    const get = invokeGet(made, 3);
    made.step(n1, (_node, out) => {
      made.checks.requested(n1, get);
      out.send(n2, heartbeat(made, n1, 1), false);
    });
    receiveHeartbeatReply(made, n1, n2, 1);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I32] a minority confirms nothing: of five, two must reply besides the leader', () => {
    const five = (): FakeCluster => cluster('readIndex', { nodes: 5 });
    expect(read(five(), [n2, 2]).violation).toMatchObject({ invariant: 'I32' });
    expect(read(five(), [n2, 2], [n2, 2], [n3, 1]).violation).toMatchObject({ invariant: 'I32' });
    expect(read(five(), [n2, 2], [n3, 2]).end()).toBeNull();
  });

  test('[I32] learners confirm nothing, and neither does a leader that is no voter', () => {
    const learners = goesBy({ voters: [n1, n2, n3], learners: [n4, n5] });
    expect(read(learners, [n4, 2], [n5, 2]).violation).toMatchObject({ invariant: 'I32' });
    const leaving = goesBy({ voters: [n2, n3] });
    expect(read(leaving, [n2, 2]).violation).toMatchObject({ invariant: 'I32' });
  });

  test('[I32] while joint, both majorities confirm', () => {
    const joint = (): FakeCluster => goesBy({ voters: [n1, n4, n5], outgoing: [n1, n2, n3] });
    expect(read(joint(), [n4, 2], [n5, 2]).violation).toMatchObject({ invariant: 'I32' });
    expect(read(joint(), [n4, 2], [n2, 2]).end()).toBeNull();
  });

  test('[I32] the only voter needs no confirmation', () => {
    const made = cluster('readIndex', { nodes: 1 });
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I32] what the only voter knew when the request arrived holds although others vote when it replies', () => {
    const made = goesBy({ voters: [n1] });
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    const configuration = { voters: [n2, n3], outgoing: [n1], learners: [], leavesByItself: true };
    made.step(n1, (node) => (node.pinnedConfiguration = { configuration, index: 0 }));
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
    const late = invokeGet(made, 4);
    deliverRequest(made, n1, late);
    made.reply(n1, late, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I32' });
  });

  test('[I32] replies to an earlier leadership confirm nothing', () => {
    const made = cluster('readIndex', { enabled: 'I32' });
    made.enterTerm(n1, 2);
    made.elect(n1, [n2], 3);
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    sendHeartbeats(made, n1, 1, [n2]);
    made.step(n1, () => made.checks.delivered(n2, n1, heartbeatReply(1, 1)));
    made.reply(n1, get, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I32' });
  });

  test('[I32] with leases, no confirmation is required', () => {
    expect(read(cluster('lease')).end()).toBeNull();
  });
});

describe('[I32] ReadIndexValid: followers', () => {
  /** A request arrives at n3, and n1 sends it a read index, with or without having confirmed that it leads. */
  function follow(made: FakeCluster, isConfirmed: boolean): FakeCluster {
    made.replicate(n1, n3);
    const get = invokeGet(made, 3);
    deliverRequest(made, n3, get);
    made.step(n1, () => made.checks.delivered(n3, n1, { type: READ_INDEX, term: 1, read: 1 }));
    sendHeartbeats(made, n1, 1, [n2, n3]);
    if (isConfirmed) receiveHeartbeatReply(made, n1, n2, 1);
    made.send(n1, n3, { type: READ_INDEX_REPLY, term: 1, read: 1, readIndex: 1 });
    made.reply(n3, get, ok('1.1'));
    return made;
  }

  test('[I32] a follower with a read index of an unconfirmed leader is rejected', () => {
    const { violation } = follow(cluster('readIndex'), false);
    expect(violation).toMatchObject({ invariant: 'I32', node: n3 });
    expect(violation?.summary).toContain(
      'since the request arrived it has received no read index of a confirmed leader',
    );
  });

  test('[I32] a follower with a read index of a confirmed leader is accepted', () => {
    expect(follow(cluster('readIndex'), true).end()).toBeNull();
  });

  test('[I32] a follower with a read index of the only voter is accepted', () => {
    const made = goesBy({ voters: [n1], learners: [n2, n3, n4, n5] });
    expect(follow(made, false).end()).toBeNull();
  });

  /** n3, which has applied nothing, forwards the request to n1, which replies with this. */
  function forward(replied: string): FakeCluster {
    const made = cluster('readIndex');
    const get = invokeGet(made, 3);
    deliverRequest(made, n3, get);
    made.step(n1, () => made.checks.delivered(n3, n1, { type: FORWARD, term: 1, request: get }));
    sendHeartbeats(made, n1, 1, [n2]);
    receiveHeartbeatReply(made, n1, n2, 1);
    made.send(n1, n3, { type: FORWARD_REPLY, term: 1, request: get, reply: ok(replied) });
    if (made.violation === null) made.reply(n3, get, ok(replied));
    return made;
  }

  test('[I31] a reply that was relayed is checked against the state of the node that gave it', () => {
    expect(forward('1.1').end()).toBeNull();
    expect(forward('0.0').violation).toMatchObject({ invariant: 'I31', node: n1 });
  });

  test('[I31] a follower that replies something else than it received is checked against its own state', () => {
    const made = forward('1.1');
    const get = invokeGet(made, 4);
    deliverRequest(made, n3, get);
    made.send(n1, n3, { type: FORWARD_REPLY, term: 1, request: get, reply: { ...ok('1.1'), status: 'busy' } });
    made.reply(n3, get, ok(null));
    expect(made.violation).toMatchObject({ invariant: 'I31', node: n3 });
  });
});

describe('[I33] LeaseExclusive', () => {
  test('[I33] a reply by lease after a later leader has committed something is rejected', () => {
    const made = deposed(cluster('lease'));
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.violation).toMatchObject({ invariant: 'I33', node: n1 });
    expect(made.violation?.summary).toBe(
      'n1 replied to "get x" by its lease of term 1, although the leader of term 2 had committed entries',
    );
  });

  test('[I33] a reply after a later leader was elected, but before it has committed anything, is accepted', () => {
    const made = cluster('lease');
    made.elect(n2, [n3], 2);
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I33] a request that arrived while the lease was valid may be answered later', () => {
    const made = cluster('lease');
    const get = invokeGet(made, 3);
    deliverRequest(made, n1, get);
    deposed(made);
    made.reply(n1, get, ok('1.1'));
    expect(made.end()).toBeNull();
  });

  test('[I33] a read index for a follower counts as a reply', () => {
    const made = deposed(cluster('lease'));
    made.step(n1, (_node, out) => {
      made.checks.delivered(n3, n1, { type: READ_INDEX, term: 1, read: 1 });
      out.send(n3, { type: READ_INDEX_REPLY, term: 1, read: 1, readIndex: 1 });
    });
    expect(made.violation).toMatchObject({ invariant: 'I33', node: n1 });
  });

  test('[I33] a leader may reply at any time that it has no read index', () => {
    const made = deposed(cluster('lease'));
    made.step(n1, (_node, out) => {
      made.checks.delivered(n3, n1, { type: READ_INDEX, term: 1, read: 1 });
      out.send(n3, { type: READ_INDEX_REPLY, term: 1, read: 1, readIndex: -1 });
    });
    expect(made.end()).toBeNull();
  });
});
