import { expect, test } from 'vitest';
import { Disk } from './disk.ts';
import { Effects, Envelope } from './effects.ts';
import type { Request } from './protocol.ts';
import { Streams } from './base/random.ts';

type StringEffects = Effects<string, string, string[]>;

function begun(): { out: StringEffects; disk: Disk<string, string[]> } {
  const disk = new Disk<string, string[]>(
    { write: (contents, word) => void contents.push(word), cloneDisk: (contents) => contents.slice() },
    [],
    { kind: 'constant', value: 0 },
    new Streams('1').get('disk', 0),
    new Streams('1').get('disk-crash', 0),
  );
  const out: StringEffects = new Effects();
  out.begin(disk, () => 0);
  return { out, disk };
}

const request: Request = {
  client: 5,
  session: 1,
  sequence: 1,
  firstUnanswered: 1,
  command: { op: 'get', key: 'x', value: '', expected: null },
};

test('writes are numbered on from what the disk was given before', () => {
  const { out, disk } = begun();
  expect([out.persist('a'), out.persist('b')]).toEqual([1, 2]);
  out.end();
  out.begin(disk, () => 0);
  expect([out.firstTicket, out.persist('c')]).toEqual([3, 3]);
});

test('sends and replies keep their order and what they wait for; a reply goes to the client that asked', () => {
  const { out } = begun();
  out.send(1, 'first');
  out.reply(request, { status: 'redirect', value: null, applied: false, leader: 2 }, 4);
  out.send(2, 'last', 7);
  expect(out.sendCount).toBe(3);
  expect(out.sendTo).toEqual([1, 5, 2]);
  expect(out.sendAfter).toEqual([0, 4, 7]);
  expect(out.sendWhat[1]).toBeInstanceOf(Envelope);
});

test('of several calls of apply the highest index counts', () => {
  const { out } = begun();
  for (const index of [3, 7, 5]) out.apply(index);
  expect(out.applyTo).toBe(7);
});

test('clearing a timer is setting it to never', () => {
  const { out } = begun();
  out.setTimer(1, 500);
  out.clearTimer(0);
  expect([out.timerIds, out.timerTimes]).toEqual([
    [1, 0],
    [500, Infinity],
  ]);
});

test('the end of a step leaves nothing for the next one', () => {
  const { out } = begun();
  out.persist('a');
  out.send(1, 'm');
  out.setTimer(0, 1);
  out.apply(1);
  out.restored(1, 2);
  out.applied(1, 2);
  out.reject('no');
  out.mark('x');
  out.end();
  const { writeCount, sendCount, timerCount, applyTo, appliedCount, markCount } = out;
  expect([writeCount, sendCount, timerCount, applyTo, appliedCount, markCount]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([out.restoredIndex, out.rejection]).toEqual([-1, null]);
});

test('the end of a step lets go of messages and writes, so that they can be collected', () => {
  const { out } = begun();
  out.persist('a');
  out.send(1, 'm');
  out.end();
  expect([...out.sendWhat, ...out.writes].filter((what) => what !== null && what !== undefined)).toEqual([]);
});
