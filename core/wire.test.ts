import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Message, NONE } from './messages.ts';
import { ack, appendOf, entriesOf, entryOf, reject, requestOf, requestVoteOf, voteReply } from './testing/messages.ts';
import { bytes, describe, digest, facts, MESSAGE_FIELDS, messageType } from './wire.ts';

function words(message: Message): string {
  const fed: (number | string)[] = [];
  digest(message, { int: (value) => fed.push(value), text: (value) => fed.push(value) });
  return JSON.stringify(fed);
}

const small = fc.nat(4);
const entry = fc.oneof(
  small.map((term) => entriesOf(term)[0]!),
  fc.tuple(small, small, small).map(([term, session, sequence]) => entryOf(term, requestOf(session, sequence))),
);
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.tuple(small, small, small).map(([term, index, last]) => requestVoteOf(term, 0, index, last)),
  fc.tuple(small, fc.boolean()).map(([term, granted]) => voteReply(term, granted)),
  fc
    .tuple(small, small, small, fc.array(entry, { maxLength: 1 }), small)
    .map(([term, index, last, entries, commit]) => appendOf(term, 0, [index, last], entries, commit)),
  fc.tuple(small, small).map(([term, match]) => ack(term, match)),
  fc.tuple(small, small, small).map(([term, rejected, index]) => reject(term, rejected, 0, index)),
);

test('different messages feed different numbers to the event hash', () => {
  fc.assert(
    fc.property(message, message, (one, other) => {
      expect(words(one) === words(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2000 },
  );
});

test('rejections that name different conflicting terms feed different numbers to the event hash', () => {
  expect(words(reject(3, 5, 1, 4))).not.toBe(words(reject(3, 5, 2, 4)));
});

test('entries with and without a request feed different numbers to the event hash', () => {
  const [first, second, third] = entriesOf(1, 2, 3);
  const withRequest = entryOf(1, requestOf(2, 3));
  expect(words(appendOf(3, 0, [0, 0], [first!, second!, third!]))).not.toBe(
    words(appendOf(3, 0, [0, 0], [withRequest])),
  );
});

test('every entry adds its size to the message that carries it', () => {
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const size = (some: typeof entries): number => bytes(appendOf(1, 0, [0, 0], some));
      expect(size(entries) - size([])).toBe(entries.reduce((sum, { bytes }) => sum + bytes, 0));
    }),
  );
  for (const message of [requestVoteOf(1, 0), voteReply(1), ack(1, 1), appendOf(1, 0)])
    expect(bytes(message)).toBeGreaterThan(0);
});

test('messages are named and described in one stable line', () => {
  const lines: [Message, string, string][] = [
    [requestVoteOf(3, 1, 7, 2), 'RequestVote', 'RequestVote T3 last 7/T2'],
    [voteReply(3), 'RequestVoteReply', 'RequestVoteReply T3 granted'],
    [voteReply(3, false), 'RequestVoteReply', 'RequestVoteReply T3 denied'],
    [appendOf(3, 0, [6, 2], [], 5), 'AppendEntries', 'AppendEntries T3 prev 6/T2 commit 5'],
    [appendOf(3, 0, [6, 2], entriesOf(3), 5), 'AppendEntries', 'AppendEntries T3 prev 6/T2 +7 commit 5'],
    [appendOf(3, 0, [6, 2], entriesOf(3, 3, 3), 5), 'AppendEntries', 'AppendEntries T3 prev 6/T2 +7..9 commit 5'],
    [ack(3, 9), 'AppendEntriesReply', 'AppendEntriesReply T3 match 9'],
    [reject(3, 9, 0, 5), 'AppendEntriesReply', 'AppendEntriesReply T3 rejected at 9, conflict from 5'],
    [reject(3, 9, 2, 5), 'AppendEntriesReply', 'AppendEntriesReply T3 rejected at 9, conflict from 5/T2'],
  ];
  for (const [message, type, line] of lines) expect([messageType(message), describe(message)]).toEqual([type, line]);
  expect(NONE).toBe(-1);
});

test('what a message carries is what the table says for its type', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const fields = MESSAGE_FIELDS[messageType(sent) as keyof typeof MESSAGE_FIELDS];
      expect(Object.keys(facts(sent)).toSorted()).toEqual(Object.keys(fields).toSorted());
    }),
  );
});

test('an AppendEntries carries its range, a reply the index that it is about', () => {
  const append = appendOf(3, 0, [6, 2], entriesOf(3, 3), 5);
  expect(facts(append)).toEqual({ term: 3, prevIndex: 6, entries: 2, index: 8, commit: 5 });
  expect(facts(ack(3, 8))).toEqual({ term: 3, success: true, index: 8 });
  expect(facts(reject(3, 6, 0, 4))).toEqual({ term: 3, success: false, index: 6 });
  expect(facts(voteReply(3, false))).toEqual({ term: 3, granted: false });
});
