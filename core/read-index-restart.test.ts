import { expect, test } from 'vitest';
import { MESSAGE, REQUEST } from '../sim/protocol.ts';
import { READ_INDEX, READ_INDEX_REPLY } from './messages.ts';
import { raft } from './raft.ts';
import { Dice } from './testing/dice.ts';
import { FakeEffects, NO_EVENT, stepFully } from './testing/fake-effects.ts';
import { appendOf, entryOf, requestOf } from './testing/messages.ts';

const PROTOCOL = raft(3, { reads: 'readIndex', readsAtFollowers: true });

test('[R4] a reply to a read from before a restart does not serve one after it', () => {
  const random = new Dice(1);
  const log = [entryOf(5, requestOf(1, 1, { value: 'old' }))];
  /** An incarnation of a follower that requests a read index from its leader. */
  const live = () => {
    const out = new FakeEffects();
    const node = PROTOCOL.boot(0, { ...PROTOCOL.freshDisk(0), term: 5, log }, 0, random, out);
    stepFully(
      PROTOCOL,
      node,
      { ...NO_EVENT, kind: MESSAGE, from: 1, message: appendOf(5, 1, [1, 5], [], 1) },
      0,
      random,
      out,
    );
    stepFully(PROTOCOL, node, { ...NO_EVENT, kind: REQUEST, request: requestOf(2, 1, { op: 'get' }) }, 0, random, out);
    const request = out.sent.at(-1)!.message;
    if (request.type !== READ_INDEX) throw new Error('no ReadIndex');
    const reply = (read: number, readIndex: number) => {
      out.clear();
      const message = { type: READ_INDEX_REPLY, term: 5, read, readIndex } as const;
      stepFully(PROTOCOL, node, { ...NO_EVENT, kind: MESSAGE, from: 1, message }, 0, random, out);
      return out.replies.map(({ reply }) => [reply.status, reply.value]);
    };
    return { read: request.read, reply };
  };
  const before = live();
  const after = live();
  // Since the leader sent that reply, other writes have completed.
  expect(after.reply(before.read, 1)).toEqual([]);
  expect(after.reply(after.read, 1)).toEqual([['ok', 'old']]);
});
