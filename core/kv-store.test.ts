import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command, Reply, Request } from '../sim/protocol.ts';
import { KeyValueStore } from './kv-store.ts';
import { requestOf } from './testing/messages.ts';

const KEYS = ['x', 'y', 'xy'];
const text = fc.constantFrom('', 'a', 'b', 'ab', 'ba');
const command: fc.Arbitrary<Command> = fc.record({
  op: fc.constantFrom('put', 'get', 'cas', 'append', 'delete'),
  key: fc.constantFrom(...KEYS),
  value: text,
  expected: fc.option(text),
});
/** Each request comes from one of three sessions, with its next number. */
const requests: fc.Arbitrary<Request[]> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 3 }), command), { maxLength: 30 })
  .map((all) => {
    const last = new Map<number, number>();
    return all.map(([session, command]) => {
      const sequence = (last.get(session) ?? 0) + 1;
      last.set(session, sequence);
      return requestOf(session, sequence, command);
    });
  });

/** What a command does to a plain map, by its definition. */
function naive(values: Map<string, string>, { op, key, value, expected }: Command): Partial<Reply> {
  const before = values.get(key) ?? null;
  switch (op) {
    case 'register':
    case 'get':
      return { value: before, applied: true };
    case 'put':
      values.set(key, value);
      return { value, applied: true };
    case 'append':
      values.set(key, (before ?? '') + value);
      return { value: (before ?? '') + value, applied: true };
    case 'delete':
      values.delete(key);
      return { value: null, applied: true };
    case 'cas':
      if (before === expected) values.set(key, value);
      return { value: before, applied: before === expected };
  }
}

function filled(requests: readonly Request[]): KeyValueStore {
  const store = new KeyValueStore();
  for (const [i, request] of requests.entries()) store.execute(request, i + 1);
  return store;
}

/** Values, and for each session the number of its last request and the reply. */
function contents(requests: readonly Request[]): string {
  const values = new Map<string, string>();
  const sessions = new Map<number, unknown>();
  for (const { command, session, sequence } of requests) {
    const { value, applied } = naive(values, command);
    sessions.set(session, [sequence, applied, value]);
  }
  const sorted = (all: Map<unknown, unknown>): unknown[] => [...all].map((pair) => JSON.stringify(pair)).sort();
  return JSON.stringify([sorted(values), sorted(sessions)]);
}

describe('execute', () => {
  test('put, get, append, delete and cas do what a plain map does', () => {
    fc.assert(
      fc.property(requests, (requests) => {
        const store = new KeyValueStore();
        const values = new Map<string, string>();
        for (const request of requests) {
          expect(store.execute(request, 1)).toEqual({ status: 'ok', leader: -1, ...naive(values, request.command) });
          for (const key of KEYS) expect(store.lookup(key)).toBe(values.get(key) ?? null);
          expect([...store.keys].sort()).toEqual([...values.keys()].sort());
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an empty value is not an absent one', () => {
    const store = filled([requestOf(1, 1, { op: 'put', value: '' })]);
    expect(store.lookup('x')).toBe('');
    expect(store.execute(requestOf(1, 2, { op: 'cas', expected: null, value: 'new' }), 1).applied).toBe(false);
    expect(store.execute(requestOf(1, 3, { op: 'cas', expected: '', value: 'new' }), 1).applied).toBe(true);
  });

  test('a cas that expects nothing creates the key', () => {
    const store = filled([requestOf(1, 1, { op: 'cas', expected: null, value: 'new' })]);
    expect(store.lookup('x')).toBe('new');
  });
});

describe('sessions', () => {
  test('the last reply to a session is repeated exactly, and changes nothing', () => {
    fc.assert(
      fc.property(requests, (requests) => {
        const store = new KeyValueStore();
        for (const request of requests) {
          expect(store.cachedReply(request)).toBe(null);
          const reply = store.execute(request, 1);
          const { hash } = store;
          expect(store.cachedReply(request)).toBe(reply);
          expect(store.hash).toBe(hash);
        }
      }),
    );
  });

  test('sessions are independent, and a reply is not for the session’s next request', () => {
    const store = filled([requestOf(1, 1)]);
    expect(store.cachedReply(requestOf(2, 1))).toBe(null);
    expect(store.cachedReply(requestOf(1, 2))).toBe(null);
  });

  test('a request older than the last of its session has been executed', () => {
    const store = filled([requestOf(1, 1), requestOf(1, 2)]);
    expect(store.cachedReply(requestOf(1, 1))).not.toBe(null);
  });

  test('a request older than the last of its session does not get the reply to the last', () => {
    const store = filled([requestOf(1, 1, { value: 'first' }), requestOf(1, 2, { value: 'second' })]);
    expect(store.cachedReply(requestOf(1, 1, { value: 'first' }))?.value).not.toBe('second');
  });
});

describe('the hash', () => {
  test('is equal exactly when values, sessions and their replies are equal, whatever led to them', () => {
    fc.assert(
      fc.property(requests, requests, (one, other) => {
        expect(filled(one).hash === filled(other).hash).toBe(contents(one) === contents(other));
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on the order in which different keys were written by different sessions', () => {
    const a = requestOf(1, 1, { key: 'x', value: '1' });
    const b = requestOf(2, 1, { key: 'y', value: '2' });
    expect(filled([a, b]).hash).toBe(filled([b, a]).hash);
  });

  test('does not depend on whether a value was put at once or appended to', () => {
    const put = (key: string, op: 'put' | 'append', value: string, sequence: number): Request =>
      requestOf(1, sequence, { key, op, value });
    const inParts = filled([put('x', 'append', 'a', 1), put('x', 'append', 'bc', 2), put('x', 'append', '', 3)]);
    const atOnce = filled([put('x', 'put', 'zzz', 1), put('x', 'put', '', 2), put('x', 'put', 'abc', 3)]);
    expect(inParts.hash).toBe(atOnce.hash);
  });

  test('differs for a key and its value and a longer key with a shorter value', () => {
    const pair = (key: string, value: string): number => filled([requestOf(1, 1, { key, value })]).hash;
    expect(pair('ab', 'c')).not.toBe(pair('a', 'bc'));
    expect(pair('a', '')).not.toBe(pair('', 'a'));
  });

  test('changes with every request, because the session advances', () => {
    fc.assert(
      fc.property(requests, (requests) => {
        const store = new KeyValueStore();
        for (const request of requests) {
          const { hash } = store;
          store.execute(request, 1);
          expect(store.hash).not.toBe(hash);
          expect(store.hash).toBe(store.hash | 0);
        }
      }),
    );
  });

  test('differs for stores whose sessions got different replies', () => {
    const get = requestOf(2, 1, { op: 'get' });
    const put = requestOf(1, 1, { op: 'put' });
    expect(filled([get, put]).cachedReply(get)).not.toEqual(filled([put, get]).cachedReply(get));
    expect(filled([get, put]).hash).not.toBe(filled([put, get]).hash);
  });
});

test('a clone equals the original in every part', () => {
  const store = filled([requestOf(1, 1)]);
  expect(store.clone()).toEqual(store);
});

test('a clone is equal, and independent from there', () => {
  fc.assert(
    fc.property(requests, requests, fc.nat(30), (requests, others, at) => {
      const before = requests.slice(0, at);
      const after = requests.slice(at);
      const store = filled(before);
      const copy = store.clone();
      // The others come from sessions of their own.
      for (const { session, sequence, command } of others) copy.execute(requestOf(session + 10, sequence, command), 1);
      for (const request of after) store.execute(request, 1);
      const separate = filled(requests);
      expect(store.hash).toBe(separate.hash);
      for (const key of KEYS) expect(store.lookup(key)).toBe(separate.lookup(key));
      for (const request of before) expect(copy.cachedReply(request)).not.toBe(null);
      for (const request of after) expect(copy.cachedReply(request)).toBe(null);
    }),
  );
});
