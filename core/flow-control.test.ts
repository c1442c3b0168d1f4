import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, type AppendEntries } from './messages.ts';
import { HEARTBEAT } from './node.ts';
import { PROBE, REPLICATE, SNAPSHOT } from './progress.ts';
import { ack, entriesOf, reject, requestOf } from './testing/messages.ts';
import { appendTo, TestNode, type TestNodeOptions } from './testing/node.ts';

/** A leader of three, with this log before its no-op; n2 has acknowledged everything, n3 nothing. */
function leading(options: TestNodeOptions['options'] = {}, log: number[] = []): TestNode {
  const node = new TestNode({ nodes: 3, options, disk: { term: 1, log: entriesOf(...log) } });
  node.lead();
  node.acknowledge(log.length + 1, 1);
  return node;
}

/** First and last index of the AppendEntries with entries that the last event sent to n2. */
function batches(node: TestNode): [number, number][] {
  return node
    .sentTo(1)
    .filter((message): message is AppendEntries => message.type === APPEND_ENTRIES && message.entries.length > 0)
    .map(({ prevLogIndex, entries }) => [prevLogIndex + 1, prevLogIndex + entries.length]);
}

describe('a follower that replicates', () => {
  test('§10.2.1 gets entries without waiting for the replies to earlier ones, up to a number of messages', () => {
    const node = leading({ maxInflight: 3 });
    const sent = [1, 2, 3, 4, 5].map((session) => {
      node.request(requestOf(session, 1));
      return batches(node);
    });
    expect(sent).toEqual([[[2, 2]], [[3, 3]], [[4, 4]], [], []]);
    node.acknowledge(2, 1);
    expect(batches(node)).toEqual([[5, 6]]);
  });

  test('a reply to a later message acknowledges the earlier ones', () => {
    const node = leading({ maxInflight: 3 });
    for (let session = 1; session <= 5; session++) node.request(requestOf(session, 1));
    node.acknowledge(4, 1);
    expect([batches(node), node.state.progress[1]!.inflight]).toEqual([[[5, 6]], 1]);
  });

  test('gets no more once enough bytes are in flight, but always one message', () => {
    const node = leading({ maxInflight: 100, maxInflightBytes: 50 });
    const big = { value: 'v'.repeat(100) };
    node.request(requestOf(1, 1, big));
    expect(batches(node)).toEqual([[2, 2]]);
    node.request(requestOf(2, 1, big));
    expect(batches(node)).toEqual([]);
    node.acknowledge(2, 1);
    expect(batches(node)).toEqual([[3, 3]]);
  });

  test('that rejects is probed again, one message at a time', () => {
    const node = leading({ maxInflight: 3 });
    for (let session = 1; session <= 4; session++) node.request(requestOf(session, 1));
    // The first of three was lost.
    node.receive(1, reject(2, 2, 0, 2));
    expect([node.state.progress[1]!.state, batches(node)]).toEqual([PROBE, [[2, 5]]]);
    node.receive(1, reject(2, 3, 0, 2));
    expect(batches(node)).toEqual([]);
    node.acknowledge(5, 1);
    expect(node.state.progress[1]!.state).toBe(REPLICATE);
  });

  test('whose replies are lost gets everything that was in flight again', () => {
    const node = leading({ maxInflight: 3 });
    for (let session = 1; session <= 3; session++) node.request(requestOf(session, 1));
    node.now += 60_000;
    node.fire(HEARTBEAT);
    expect([node.state.progress[1]!.state, batches(node)]).toEqual([PROBE, [[2, 4]]]);
  });

  test('gets heartbeats with a prevLogIndex that it is known to have, so that reordered heartbeats do no harm', () => {
    const node = leading({ maxInflight: 3 });
    node.request(requestOf(1, 1));
    node.now += 10_000;
    node.fire(HEARTBEAT);
    expect(appendTo(node, 1)).toMatchObject({ prevLogIndex: 1, entries: [] });
  });
});

describe('a follower that is probed', () => {
  test('gets one message, and no more before it replies', () => {
    const node = leading({ maxInflight: 8 });
    expect(node.state.progress[2]!.state).toBe(PROBE);
    for (let session = 1; session <= 3; session++) {
      node.request(requestOf(session, 1));
      expect(node.sentTo(2)).toEqual([]);
    }
    node.acknowledge(1, 2);
    expect(node.state.progress[2]!.state).toBe(REPLICATE);
    expect(node.sentTo(2)).toMatchObject([{ prevLogIndex: 1 }]);
  });
});

describe('a follower that needs a snapshot', () => {
  test('gets no entries until it has the snapshot, or has caught up without it', () => {
    const node = leading({ snapshotTrailing: 0, maxInflight: 8 }, [1, 1, 1]);
    node.admin({ kind: 'snapshot' });
    node.receive(2, reject(2, 3, 0, 1));
    expect(node.state.progress[2]!.state).toBe(SNAPSHOT);
    node.request(requestOf(1, 1));
    expect(node.sentTo(2)).toEqual([]);
    node.acknowledge(4, 2);
    expect([node.state.progress[2]!.state, node.state.progress[2]!.snapshot]).toEqual([PROBE, null]);
    expect(node.sentTo(2)).toMatchObject([{ prevLogIndex: 4 }]);
  });
});

describe('the size of a message', () => {
  test('entries up to a number of bytes, and always one', () => {
    const node = leading({ maxBytesPerAppend: 40 }, [1, 1, 1, 1, 1]);
    node.receive(2, reject(2, 5, 0, 1));
    // Entries of 16 bytes.
    expect(appendTo(node, 2).entries.length).toBe(2);
    const small = leading({ maxBytesPerAppend: 1 }, [1, 1, 1, 1, 1]);
    small.receive(2, reject(2, 5, 0, 1));
    expect(appendTo(small, 2).entries.length).toBe(1);
  });
});

describe('the leader’s own limit', () => {
  const LIMITED = { maxUncommittedBytes: 100 };

  test('it accepts no requests while too much is uncommitted, but always one', () => {
    const node = leading(LIMITED);
    node.request(requestOf(1, 1, { value: 'v'.repeat(500) }));
    expect([node.replies, node.state.log.lastIndex]).toEqual([[], 2]);
    node.request(requestOf(2, 1));
    expect([node.replies.map(({ status }) => status), node.state.log.lastIndex]).toEqual([['busy'], 2]);
  });

  test('what is committed does not count any more', () => {
    const node = leading(LIMITED);
    for (let session = 1; session <= 10; session++) {
      node.request(requestOf(session, 1, { value: 'v'.repeat(50) }));
      expect(node.state.log.lastIndex).toBe(session + 1);
      node.commit(1);
      expect([node.replies.length, node.state.uncommittedBytes]).toEqual([1, 0]);
    }
  });

  test('a retry of a pending request is not rejected', () => {
    const node = leading(LIMITED);
    const request = requestOf(1, 1, { value: 'v'.repeat(500) });
    node.request(request);
    node.request(request);
    expect(node.replies).toEqual([]);
    node.commit(1);
    expect(node.replies.map(({ status }) => status)).toEqual(['ok']);
  });

  test('a new leadership begins with nothing uncommitted of its own but its no-op', () => {
    const node = leading(LIMITED);
    node.request(requestOf(1, 1, { value: 'v'.repeat(500) }));
    node.receive(2, ack(3, 0));
    node.lead();
    expect(node.state.uncommittedBytes).toBe(16);
    node.commit(1);
    expect(node.state.uncommittedBytes).toBe(0);
  });
});
