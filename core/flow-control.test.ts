import { describe, expect, test } from 'vitest';
import { APPEND_ENTRIES, type AppendEntries } from './messages.ts';
import { PROBE, REPLICATE, SNAPSHOT } from './progress.ts';
import { TestNode, type TestNodeOptions, ack, appendTo, entriesOf, reject, requestOf } from './testing/node.ts';
import { HEARTBEAT } from './node.ts';

/** A leader of three, with this log before its no-op; n2 has acknowledged everything, n3 nothing. */
function leading(options: TestNodeOptions['options'] = {}, log: number[] = []): TestNode {
  const bench = new TestNode({ nodes: 3, options, disk: { term: 1, log: entriesOf(...log) } });
  bench.lead();
  bench.acknowledge(log.length + 1, 1);
  return bench;
}

/** First and last index of the AppendEntries with entries that the last event sent to n2. */
function batches(bench: TestNode): [number, number][] {
  return bench
    .sentTo(1)
    .filter((message): message is AppendEntries => message.type === APPEND_ENTRIES && message.entries.length > 0)
    .map(({ prevLogIndex, entries }) => [prevLogIndex + 1, prevLogIndex + entries.length]);
}

describe('a follower that replicates', () => {
  test('§10.2.1 is sent entries without waiting for the answers to those before, up to a number of messages', () => {
    const bench = leading({ maxInflight: 3 });
    const sent = [1, 2, 3, 4, 5].map((session) => {
      bench.ask(requestOf(session, 1));
      return batches(bench);
    });
    expect(sent).toEqual([[[2, 2]], [[3, 3]], [[4, 4]], [], []]);
    bench.acknowledge(2, 1);
    expect(batches(bench)).toEqual([[5, 6]]);
  });

  test('an answer to a later message answers for those before', () => {
    const bench = leading({ maxInflight: 3 });
    for (let session = 1; session <= 5; session++) bench.ask(requestOf(session, 1));
    bench.acknowledge(4, 1);
    expect([batches(bench), bench.node.progress[1]!.inflight]).toEqual([[[5, 6]], 1]);
  });

  test('is sent no more once enough bytes are under way, but always one message', () => {
    const bench = leading({ maxInflight: 100, maxInflightBytes: 50 });
    const big = { value: 'v'.repeat(100) };
    bench.ask(requestOf(1, 1, big));
    expect(batches(bench)).toEqual([[2, 2]]);
    bench.ask(requestOf(2, 1, big));
    expect(batches(bench)).toEqual([]);
    bench.acknowledge(2, 1);
    expect(batches(bench)).toEqual([[3, 3]]);
  });

  test('that rejects is felt for again, one message at a time', () => {
    const bench = leading({ maxInflight: 3 });
    for (let session = 1; session <= 4; session++) bench.ask(requestOf(session, 1));
    // The first of three was lost.
    bench.receive(1, reject(2, 2, 0, 2));
    expect([bench.node.progress[1]!.state, batches(bench)]).toEqual([PROBE, [[2, 5]]]);
    bench.receive(1, reject(2, 3, 0, 2));
    expect(batches(bench)).toEqual([]);
    bench.acknowledge(5, 1);
    expect(bench.node.progress[1]!.state).toBe(REPLICATE);
  });

  test('whose answers fail to come is sent everything that was under way again', () => {
    const bench = leading({ maxInflight: 3 });
    for (let session = 1; session <= 3; session++) bench.ask(requestOf(session, 1));
    bench.now += 60_000;
    bench.fire(HEARTBEAT);
    expect([bench.node.progress[1]!.state, batches(bench)]).toEqual([PROBE, [[2, 4]]]);
  });

  test('is greeted meanwhile with what it is known to have, so that greetings that overtake entries do no harm', () => {
    const bench = leading({ maxInflight: 3 });
    bench.ask(requestOf(1, 1));
    bench.now += 10_000;
    bench.fire(HEARTBEAT);
    expect(appendTo(bench, 1)).toMatchObject({ prevLogIndex: 1, entries: [] });
  });
});

describe('a follower that is probed', () => {
  test('is sent one message, and no more before it answers', () => {
    const bench = leading({ maxInflight: 8 });
    expect(bench.node.progress[2]!.state).toBe(PROBE);
    for (let session = 1; session <= 3; session++) {
      bench.ask(requestOf(session, 1));
      expect(bench.sentTo(2)).toEqual([]);
    }
    bench.acknowledge(1, 2);
    expect(bench.node.progress[2]!.state).toBe(REPLICATE);
    expect(bench.sentTo(2)).toMatchObject([{ prevLogIndex: 1 }]);
  });
});

describe('a follower that needs a snapshot', () => {
  test('is sent no entries until it has it, or has caught up in another way', () => {
    const bench = leading({ snapshotTrailing: 0, maxInflight: 8 }, [1, 1, 1]);
    bench.admin({ kind: 'snapshot' });
    bench.receive(2, reject(2, 3, 0, 1));
    expect(bench.node.progress[2]!.state).toBe(SNAPSHOT);
    bench.ask(requestOf(1, 1));
    expect(bench.sentTo(2)).toEqual([]);
    bench.acknowledge(4, 2);
    expect([bench.node.progress[2]!.state, bench.node.progress[2]!.snapshot]).toEqual([PROBE, null]);
    expect(bench.sentTo(2)).toMatchObject([{ prevLogIndex: 4 }]);
  });
});

describe('the size of a message', () => {
  test('entries up to a number of bytes, and always one', () => {
    const bench = leading({ maxBytesPerAppend: 40 }, [1, 1, 1, 1, 1]);
    bench.receive(2, reject(2, 5, 0, 1));
    // Entries of 16 bytes.
    expect(appendTo(bench, 2).entries.length).toBe(2);
    const small = leading({ maxBytesPerAppend: 1 }, [1, 1, 1, 1, 1]);
    small.receive(2, reject(2, 5, 0, 1));
    expect(appendTo(small, 2).entries.length).toBe(1);
  });
});

describe('the leader’s own limit', () => {
  const LIMITED = { maxUncommittedBytes: 100 };

  test('it takes no requests while too much is uncommitted, but always one', () => {
    const bench = leading(LIMITED);
    bench.ask(requestOf(1, 1, { value: 'v'.repeat(500) }));
    expect([bench.replies, bench.node.log.lastIndex]).toEqual([[], 2]);
    bench.ask(requestOf(2, 1));
    expect([bench.replies.map(({ status }) => status), bench.node.log.lastIndex]).toEqual([['busy'], 2]);
  });

  test('what is committed does not count any more', () => {
    const bench = leading(LIMITED);
    for (let session = 1; session <= 10; session++) {
      bench.ask(requestOf(session, 1, { value: 'v'.repeat(50) }));
      expect(bench.node.log.lastIndex).toBe(session + 1);
      bench.commit(1);
      expect([bench.replies.length, bench.node.uncommittedBytes]).toEqual([1, 0]);
    }
  });

  test('a retry of what is under way is not turned away', () => {
    const bench = leading(LIMITED);
    const request = requestOf(1, 1, { value: 'v'.repeat(500) });
    bench.ask(request);
    bench.ask(request);
    expect(bench.replies).toEqual([]);
    bench.commit(1);
    expect(bench.replies.map(({ status }) => status)).toEqual(['ok']);
  });

  test('a new leadership begins with nothing of its own uncommitted but its no-op', () => {
    const bench = leading(LIMITED);
    bench.ask(requestOf(1, 1, { value: 'v'.repeat(500) }));
    bench.receive(2, ack(3, 0));
    bench.lead();
    expect(bench.node.uncommittedBytes).toBe(16);
    bench.commit(1);
    expect(bench.node.uncommittedBytes).toBe(0);
  });
});
