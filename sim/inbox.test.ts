import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Inbox } from './inbox.ts';
import { MESSAGE } from './protocol.ts';

const waiting = (since: number) =>
  ({ kind: MESSAGE, from: 0, detail: 0, payload: null, bytes: since % 7, since }) as const;

test('events are taken in the order in which they came, however many wait', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 20 }), (moves) => {
      const inbox = new Inbox();
      const model: number[] = [];
      let since = 0;
      for (const move of moves) {
        for (let i = 0; i < move; i++) {
          inbox.push(waiting(++since));
          model.push(since);
        }
        for (let i = move; i < 0 && model.length > 0; i++) expect(inbox.take().since).toBe(model.shift());
        expect([inbox.length, inbox.bytes]).toEqual([model.length, model.reduce((sum, one) => sum + (one % 7), 0)]);
      }
      inbox.clear();
      expect([inbox.length, inbox.bytes]).toEqual([0, 0]);
    }),
  );
});
