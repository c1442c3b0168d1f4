import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Distribution } from './base/distribution.ts';
import type { LinkConditions } from './link.ts';
import { type MessageEffect, MessageRule, type SingleEffect } from './message-rule.ts';
import type { MessageInHand } from './messages-in-hand.ts';
import { Wire } from './testing/wire.ts';

const LATENCY: Distribution = { kind: 'uniform', low: 1_000, high: 9_000 };
const AT_ONCE: Partial<LinkConditions> = { latency: { kind: 'constant', value: 1_000 } };

const constant = (value: number): Distribution => ({ kind: 'constant', value });

/** The messages of this wire are strings, and each is its own type. A rule of the link 0 to 1, or of every link. */
function rule(wire: Wire, effect: MessageEffect, which: Partial<Which> = {}): MessageRule {
  const { types = null, nth = 1, count = Infinity, links = [[0, 1]] } = which;
  const matches = ({ type }: { type: string }): boolean => types === null || types.includes(type);
  const fault = wire.fault(effect.kind);
  const made = new MessageRule(
    fault,
    links,
    { text: '', matches },
    effect,
    nth,
    count,
    wire.streams.get('rule', fault),
  );
  wire.network.attach(made);
  return made;
}

interface Which {
  readonly types: readonly string[];
  readonly nth: number;
  readonly count: number;
  readonly links: MessageRule['links'];
}

/** Does something to a message in hand. */
function affect(wire: Wire, message: MessageInHand, effect: SingleEffect): boolean {
  const links = [[message.from, message.to]] as const;
  const none = { text: '', matches: () => false };
  const made = new MessageRule(wire.fault(), links, none, effect, 1, 0, wire.streams.get('hand'));
  return wire.network.affectInHand(message, effect, made, wire.now);
}

test('the n-th and so many after it are taken, over all links of the rule', () => {
  const wire = new Wire('1', AT_ONCE);
  rule(wire, { kind: 'drop' }, { nth: 2, count: 2, links: 'all' });
  const fates = ['a', 'b', 'c', 'd'].map((name, index) => wire.send(name, 0, 1 + (index % 2)));
  expect(fates).toEqual(['sent', 'dropped', 'dropped', 'sent']);
  expect(wire.faults.list[0]).toMatchObject({ effects: 2, holds: 0 });
  expect(wire.marks.count('message-dropped')).toBe(2);
});

test('a rule that takes no further message has ended, one that holds has not before it is released', () => {
  const wire = new Wire('1', AT_ONCE);
  rule(wire, { kind: 'drop' }, { count: 1 });
  rule(wire, { kind: 'hold' }, { count: 1 });
  wire.send('dropped');
  expect(wire.faults.list.map(({ endedAt }) => endedAt)).toEqual([0, -1]);
  expect(wire.send('next')).toBe('sent');
  wire.network.release(0, 1, 'fifo', wire.now);
  expect(wire.faults.list.map(({ endedAt }) => endedAt)).toEqual([0, 0]);
  expect(wire.received()).toEqual(['next']);
});

test('several rules act on one message together, and what stops it counts alone', () => {
  const wire = new Wire('1', AT_ONCE);
  rule(wire, { kind: 'delay', by: constant(500) });
  rule(wire, { kind: 'conditions', latency: constant(3_000), loss: 0, duplicate: 0 });
  rule(wire, { kind: 'delay', by: constant(50) });
  rule(wire, { kind: 'drop' }, { types: ['stopped'] });
  wire.send('late');
  wire.runTo(100_000);
  expect(wire.arrivals.map(({ at }) => at)).toEqual([3_550]);
  expect(wire.send('stopped')).toBe('dropped');
  expect(wire.effects()).toEqual([1, 1, 1, 1]);
});

test('other latencies leave the queue for bandwidth as it is', () => {
  const wire = new Wire('1', { ...AT_ONCE, bandwidth: 100_000 });
  rule(wire, { kind: 'conditions', latency: constant(5_000), loss: 0, duplicate: 0 }, { types: ['b'] });
  // 100 bytes take 1 ms.
  for (const name of ['a', 'b', 'c']) wire.send(name);
  wire.runTo(100_000);
  expect(wire.arrivals.map(({ payload, at }) => [payload, at])).toEqual([
    ['a', 2_000],
    ['c', 4_000],
    ['b', 7_000],
  ]);
});

test('a message that a rule takes shifts no other', () => {
  const effect = fc.constantFrom<MessageEffect>(
    { kind: 'drop' },
    { kind: 'cut' },
    { kind: 'hold' },
    { kind: 'clog' },
    { kind: 'duplicate' },
    { kind: 'corrupt' },
    { kind: 'delay', by: LATENCY },
    { kind: 'conditions', latency: LATENCY, loss: 0.5, duplicate: 0.5 },
  );
  const conditions = { latency: LATENCY, loss: 0.2, duplicate: 0.3 };
  const seed = fc.integer().map(String);
  fc.assert(
    fc.property(seed, fc.array(effect, { minLength: 1, maxLength: 4 }), fc.boolean(), (own, effects, isEverywhere) => {
      const arrivals = [[], effects].map((some) => {
        const wire = new Wire(own, conditions);
        for (const one of some) rule(wire, one, { types: ['taken'], links: isEverywhere ? 'all' : [[0, 1]] });
        for (let i = 0; i < 30; i++) wire.send(i % 3 === 0 ? 'taken' : `other ${i}`);
        wire.runTo(Infinity);
        return wire.arrivals.filter(({ payload }) => payload !== 'taken').map(({ payload, at }) => [payload, at]);
      });
      expect(arrivals[1]).toEqual(arrivals[0]);
    }),
  );
});

test('every message is delivered, dropped, or held until its rule ends', () => {
  const conditions = { latency: LATENCY, loss: 0.2, duplicate: 0.3 };
  const kinds = fc.array(fc.constantFrom('drop', 'hold', 'duplicate', 'corrupt'), { maxLength: 4 });
  fc.assert(
    fc.property(fc.integer().map(String), kinds, (seed, some) => {
      const wire = new Wire(seed, conditions);
      const rules = some.map((kind, index) => rule(wire, { kind }, { nth: 1 + index, count: 5 }));
      for (let i = 0; i < 30; i++) wire.send(i);
      for (const one of rules) wire.network.endRule(one, wire.now);
      wire.runTo(Infinity);
      const { sent, duplicated, dropped } = wire.network;
      expect(wire.arrivals.filter(({ stale }) => !stale).length).toBe(sent + duplicated - dropped);
    }),
  );
});

describe('a message in hand', () => {
  const hand = (wire: Wire, name = 'x'): MessageInHand => wire.network.takeInHand(wire.sendInSight(name));

  test('is dropped, late, damaged, doubled or held as long as it is on its way', () => {
    for (const effect of [
      { kind: 'drop' },
      { kind: 'duplicate' },
      { kind: 'corrupt' },
      { kind: 'hold' },
      { kind: 'delay', by: constant(700) },
    ] as const) {
      const wire = new Wire('1', AT_ONCE);
      const message = hand(wire);
      expect(affect(wire, message, effect)).toBe(true);
      const late = hand(wire, 'late');
      wire.runTo(100_000);
      expect(affect(wire, late, effect)).toBe(false);
      const due = wire.arrivals.filter(({ payload, fate }) => payload === 'x' && fate !== 'nothing');
      const fates = due.map(({ at, fate }) => `${at} ${fate}`);
      const expected = {
        drop: [],
        hold: [],
        duplicate: ['1000 arrives', '1000 arrives'],
        corrupt: ['1000 corrupt'],
        delay: ['1700 arrives'],
      };
      expect(fates).toEqual(expected[effect.kind]);
    }
  });

  test('can have several things done to it, in any order', () => {
    const delay = { kind: 'delay', by: constant(700) } as const;
    const wire = new Wire('1', AT_ONCE);
    const damaged = hand(wire);
    for (const effect of [{ kind: 'corrupt' } as const, delay, delay]) expect(affect(wire, damaged, effect)).toBe(true);
    wire.runTo(2_000);
    // It is late, and can still be reached.
    expect(affect(wire, damaged, delay)).toBe(true);
    wire.runTo(100_000);
    const due = wire.arrivals.filter(({ fate }) => fate !== 'nothing');
    expect(due.map(({ at, fate }) => `${at} ${fate}`)).toEqual(['3100 corrupt']);
    const lost = hand(wire);
    expect([affect(wire, lost, delay), affect(wire, lost, { kind: 'drop' }), affect(wire, lost, delay)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('stays as damaged as a rule has made it', () => {
    const wire = new Wire('1', AT_ONCE);
    rule(wire, { kind: 'corrupt' });
    hand(wire);
    wire.runTo(100_000);
    expect(wire.arrivals.map(({ fate }) => fate)).toEqual(['corrupt']);
  });

  test('is held with all its copies', () => {
    const wire = new Wire('1', { ...AT_ONCE, duplicate: 1 });
    const message = hand(wire);
    affect(wire, message, { kind: 'hold' });
    wire.runTo(5_000);
    wire.network.release(0, 1, 'fifo', wire.now);
    wire.runTo(100_000);
    expect(wire.arrivals.filter(({ stale }) => !stale).map(({ at }) => at)).toEqual([5_000, 5_000]);
  });
});
