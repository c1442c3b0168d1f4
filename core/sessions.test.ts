import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Request } from '../sim/protocol.ts';
import { KeyValueStore } from './kv-store.ts';
import { requestOf } from './testing/messages.ts';

const TIMEOUT = 100;

/** What happens to a store, one entry after the other: time passes, then a request is executed. */
interface Happening {
  readonly passed: number;
  readonly kind: 'register' | 'ask' | 'retry';
  readonly place: number;
  readonly value: string;
}

const happening: fc.Arbitrary<Happening> = fc.record({
  passed: fc.constantFrom(0, 0, 30, 60, 101),
  kind: fc.constantFrom('register', 'ask', 'ask', 'retry'),
  place: fc.nat(5),
  value: fc.constantFrom('a', 'b'),
});

function opening(sequence: number): Request {
  return requestOf(0, sequence, { op: 'register', key: '', value: '' });
}

/** Applies what happens as a node does. Returns whether each request was executed. */
function live(store: KeyValueStore, happenings: readonly Happening[], from = 0, opened: number[] = []): boolean[] {
  return happenings.map(({ passed, kind, place, value }, i) => {
    const index = from + i + 1;
    store.passTime(store.time + passed);
    if (kind === 'register') {
      opened.push(Number(store.execute(opening(index), index).value));
      return true;
    }
    const session = opened[place % Math.max(1, opened.length)] ?? 999;
    const sequence = kind === 'retry' ? 1 : index;
    const request = { ...requestOf(session, sequence, { op: 'append', value }), firstUnanswered: 1 };
    if (store.cachedReply(request) !== null) return false;
    store.execute(request, index);
    return true;
  });
}

describe('sessions that expire', () => {
  test('open by registration, under the index of its entry, and not by themselves', () => {
    const store = new KeyValueStore(TIMEOUT);
    expect(store.cachedReply(requestOf(7, 1))?.status).toBe('refused');
    expect(store.execute(opening(1), 7)).toMatchObject({ status: 'ok', value: '7' });
    expect([store.cachedReply(requestOf(7, 1)), store.isOpen(7)]).toEqual([null, true]);
  });

  test('stay open for the timeout after their last request, and no longer', () => {
    const store = new KeyValueStore(TIMEOUT);
    store.execute(opening(1), 1);
    store.passTime(TIMEOUT);
    expect(store.isOpen(1)).toBe(true);
    store.execute(requestOf(1, 1), 2);
    store.passTime(2 * TIMEOUT);
    expect(store.isOpen(1)).toBe(true);
    store.passTime(2 * TIMEOUT + 1);
    expect([store.isOpen(1), store.cachedReply(requestOf(1, 1))?.status]).toEqual([false, 'refused']);
  });

  test('expire in the order of their last use, not of opening', () => {
    const store = new KeyValueStore(TIMEOUT);
    for (let id = 1; id <= 3; id++) store.execute(opening(id), id);
    store.passTime(60);
    store.execute(requestOf(1, 1), 4);
    store.passTime(101);
    expect([1, 2, 3].map((id) => store.isOpen(id))).toEqual([true, false, false]);
  });

  test('leave nothing behind: the hash is that of a store that never had them', () => {
    const store = new KeyValueStore(TIMEOUT);
    const empty = store.hash;
    store.execute(opening(1), 1);
    store.execute(requestOf(1, 1, { op: 'get' }), 2);
    expect(store.hash).not.toBe(empty);
    store.passTime(TIMEOUT + 1);
    expect(store.hash).toBe(empty);
  });

  test('time does not go back', () => {
    const store = new KeyValueStore(TIMEOUT);
    store.passTime(500);
    store.passTime(200);
    expect(store.time).toBe(500);
  });
});

describe('the replies of a session', () => {
  test('are kept for every request without a reply at its client, whatever their order', () => {
    const store = new KeyValueStore();
    const ask = (sequence: number, firstUnanswered: number): Request => ({
      ...requestOf(1, sequence, { op: 'append', value: `${sequence}` }),
      firstUnanswered,
    });
    for (const sequence of [3, 1, 2]) store.execute(ask(sequence, 1), sequence);
    expect([1, 2, 3].map((sequence) => store.cachedReply(ask(sequence, 1))?.value)).toEqual(['31', '312', '3']);
    store.execute(ask(4, 3), 4);
    expect([1, 2, 3, 4, 5].map((sequence) => store.cachedReply(ask(sequence, 3))?.status)).toEqual([
      'unknown',
      'unknown',
      'ok',
      'ok',
      undefined,
    ]);
  });

  test('are not dropped again when an older request names a lower sequence', () => {
    const store = new KeyValueStore();
    store.execute({ ...requestOf(1, 5), firstUnanswered: 5 }, 1);
    store.execute({ ...requestOf(1, 6), firstUnanswered: 2 }, 2);
    expect(store.cachedReply(requestOf(1, 4))?.status).toBe('unknown');
  });
});

test('an exported store that is read back behaves as the original: values, sessions, expiry and hash', () => {
  const happenings = fc.array(happening, { maxLength: 20 });
  fc.assert(
    fc.property(happenings, happenings, fc.boolean(), (before, after, expires) => {
      const store = new KeyValueStore(expires ? TIMEOUT : null);
      const opened: number[] = [];
      live(store, before, 0, opened);
      const copy = new KeyValueStore(expires ? TIMEOUT : null, store.export(), store.time);
      expect(copy.hash).toBe(store.hash);
      expect(live(copy, after, before.length, [...opened])).toEqual(live(store, after, before.length, [...opened]));
      expect([copy.hash, copy.lookup('x'), copy.export()]).toEqual([store.hash, store.lookup('x'), store.export()]);
    }),
    { numRuns: 300 },
  );
});

test('a snapshot is the same on every node, and says how big it is', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 20 }), fc.nat(20), (happenings, at) => {
      const opened: number[] = [];
      const straight = new KeyValueStore(TIMEOUT);
      live(straight, happenings);
      let restored = new KeyValueStore(TIMEOUT);
      live(restored, happenings.slice(0, at), 0, opened);
      restored = new KeyValueStore(TIMEOUT, restored.export(), restored.time);
      live(restored, happenings.slice(at), Math.min(at, happenings.length), opened);
      expect(restored.export()).toEqual(straight.export());
      for (const { bytes } of straight.export()) expect(bytes).toBeGreaterThan(0);
    }),
  );
});
