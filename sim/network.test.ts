import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Defect } from './base/assert.ts';
import type { Distribution } from './base/distribution.ts';
import type { LinkConditions } from './link.ts';
import { Wire } from './testing/wire.ts';

const seed = fc.string({ maxLength: 4 });
const range = fc.tuple(fc.nat(20_000), fc.nat(20_000)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const gaps = fc.array(fc.nat(3000), { minLength: 1, maxLength: 60 });
const UNIFORM: Distribution = { kind: 'uniform', low: 0, high: 50_000 };

describe('latency', () => {
  test('a message arrives within the latency range, once, at the other end', () => {
    fc.assert(
      fc.property(seed, range, gaps, (seed, [low, high], gaps) => {
        const wire = new Wire(seed, { latency: { kind: 'uniform', low, high } });
        const sentAt: number[] = [];
        for (const gap of gaps) {
          wire.now += gap;
          sentAt.push(wire.now);
          expect(wire.send(sentAt.length - 1, 2, 3)).toBe('sent');
        }
        const received = wire.received() as number[];
        expect(received.toSorted((a, b) => a - b)).toEqual(sentAt.map((_, i) => i));
        for (const { at, from, to, payload } of wire.arrivals) {
          expect([from, to]).toEqual([2, 3]);
          expect(at - sentAt[payload as number]!).toBeGreaterThanOrEqual(low);
          expect(at - sentAt[payload as number]!).toBeLessThanOrEqual(high);
        }
      }),
    );
  });

  test('a uniform latency reaches both ends of its range', () => {
    const wire = new Wire('1', { latency: { kind: 'uniform', low: 3, high: 5 } });
    for (let i = 0; i < 100; i++) wire.send(i);
    wire.runTo(10);
    expect(new Set(wire.arrivals.map(({ at }) => at))).toEqual(new Set([3, 4, 5]));
  });

  test('a mixture draws its latencies from all of its parts', () => {
    const constant = (value: number): Distribution => ({ kind: 'constant', value });
    const wire = new Wire('1', { latency: { kind: 'choice', weights: [1, 1], of: [constant(1), constant(9)] } });
    for (let i = 0; i < 50; i++) wire.send(i);
    wire.runTo(10);
    expect(new Set(wire.arrivals.map(({ at }) => at))).toEqual(new Set([1, 9]));
  });

  test('an endpoint that sends to itself is a defect', () => {
    expect(() => new Wire('1').send('x', 2, 2)).toThrow(Defect);
  });
});

describe('order', () => {
  test('a fifo link keeps the order of sending, whatever the latencies', () => {
    fc.assert(
      fc.property(seed, gaps, (seed, gaps) => {
        const wire = new Wire(seed, { latency: UNIFORM, fifo: true });
        for (const [i, gap] of gaps.entries()) {
          wire.now += gap;
          wire.send(i);
        }
        expect(wire.received()).toEqual(gaps.map((_, i) => i));
        expect(wire.marks.count('message-reordered')).toBe(0);
      }),
    );
  });

  test('any other link reorders messages, and marks it exactly when it happens', () => {
    let reordered = 0;
    fc.assert(
      fc.property(seed, gaps, (seed, gaps) => {
        const wire = new Wire(seed, { latency: UNIFORM });
        for (const [i, gap] of gaps.entries()) {
          wire.now += gap;
          wire.send(i);
        }
        const received = wire.received();
        const inOrder = received.every((payload, i) => payload === i);
        expect(wire.marks.count('message-reordered') === 0).toBe(inOrder);
        if (!inOrder) reordered++;
      }),
    );
    expect(reordered).toBeGreaterThan(0);
  });
});

describe('loss and duplication', () => {
  test('what is lost does not arrive, everything else arrives once, and the counters agree', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(100), (seed, loss, count) => {
        const wire = new Wire(seed, { loss });
        const fates = Array.from({ length: count }, (_, i) => wire.send(i));
        const through = [...fates.keys()].filter((i) => fates[i] === 'sent');
        expect(wire.received()).toEqual(through);
        const { sent, dropped, lost, duplicated, bytes } = wire.network;
        expect({ sent, dropped, lost, duplicated, bytes }).toEqual({
          sent: count,
          dropped: count - through.length,
          lost: count - through.length,
          duplicated: 0,
          bytes: 100 * count,
        });
        if (loss === 0) expect(through.length).toBe(count);
        if (loss === 1) expect(through.length).toBe(0);
      }),
    );
  });

  test('messages are lost about as often as the conditions say', () => {
    const wire = new Wire('1', { loss: 0.2 });
    for (let i = 0; i < 20_000; i++) wire.send(i);
    expect(Math.abs(wire.network.lost / 20_000 - 0.2)).toBeLessThan(0.01);
  });

  test('a duplicated message arrives twice, the second copy marked as one', () => {
    fc.assert(
      fc.property(seed, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(60), (seed, duplicate, count) => {
        const wire = new Wire(seed, { duplicate, latency: UNIFORM });
        const fates = Array.from({ length: count }, (_, i) => wire.send(i));
        wire.runTo(Infinity);
        for (let i = 0; i < count; i++) {
          const copies = wire.arrivals.filter(({ payload }) => payload === i).map(({ copy }) => copy);
          expect(copies.toSorted()).toEqual(fates[i] === 'duplicated' ? [false, true] : [false]);
        }
        expect(wire.network.duplicated).toBe(fates.filter((fate) => fate === 'duplicated').length);
      }),
    );
  });
});

describe('bandwidth', () => {
  test('messages leave one after the other, each taking its bytes divided by the bandwidth', () => {
    const message = fc.record({ gap: fc.nat(3000), bytes: fc.integer({ min: 1, max: 5000 }) });
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 10_000_000 }),
        fc.array(message, { maxLength: 30 }),
        (bandwidth, messages) => {
          const wire = new Wire('1', { bandwidth, latency: { kind: 'constant', value: 77 } });
          let free = 0;
          const expected: number[] = [];
          for (const [i, { gap, bytes }] of messages.entries()) {
            wire.now += gap;
            wire.send(i, 0, 1, bytes);
            free = Math.max(free, wire.now) + Math.ceil((bytes * 1_000_000) / bandwidth);
            expected.push(free + 77);
          }
          wire.runTo(Infinity);
          expect(wire.arrivals.map(({ at }) => at)).toEqual(expected);
        },
      ),
    );
  });

  test('one link does not wait for another', () => {
    const wire = new Wire('1', { bandwidth: 1000 });
    wire.send('slow', 0, 1, 1000);
    wire.send('other way', 1, 0, 1);
    wire.send('other end', 0, 2, 1);
    expect(wire.received()).toEqual(['other way', 'other end', 'slow']);
  });
});

describe('cuts', () => {
  test('a cut stops one direction until it heals, and counts what it stopped', () => {
    const wire = new Wire('1');
    wire.network.cut(0, 1, wire.fault('cut'), 'keep');
    expect([wire.network.isCut(0, 1), wire.network.isCut(1, 0)]).toEqual([true, false]);
    expect(wire.send('stopped')).toBe('cut');
    expect(wire.send('other way', 1, 0)).toBe('sent');
    expect(wire.send('elsewhere', 0, 2)).toBe('sent');
    wire.network.heal(0, 1, 'all', 7);
    expect(wire.send('healed')).toBe('sent');
    expect(wire.received()).toEqual(['other way', 'elsewhere', 'healed']);
    expect(wire.faults.list[0]).toMatchObject({ effects: 1, endedAt: 7 });
  });

  test.each(['keep', 'drop'] as const)('messages in flight at a cut: %s', (inFlight) => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 1000 } });
    wire.send('in flight');
    wire.send('elsewhere', 0, 2);
    wire.network.cut(0, 1, wire.fault('cut'), inFlight);
    expect(wire.received()).toEqual(inFlight === 'keep' ? ['in flight', 'elsewhere'] : ['elsewhere']);
    expect(wire.effects()).toEqual([inFlight === 'keep' ? 0 : 1]);
    expect(wire.network.dropped).toBe(inFlight === 'keep' ? 0 : 1);
  });

  test('a message dropped in flight stays lost when the link heals before it would have arrived', () => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 1000 } });
    wire.send('in flight');
    wire.network.cut(0, 1, wire.fault('cut'), 'drop');
    wire.network.heal(0, 1, 'all', 5);
    wire.send('after');
    expect(wire.received()).toEqual(['after']);
  });

  test('a cut that dropped a message in flight has had an effect, even if it healed before the arrival', () => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 1000 } });
    wire.send('in flight');
    wire.network.cut(0, 1, wire.fault('cut'), 'drop');
    wire.network.heal(0, 1, 'all', 5);
    wire.received();
    expect(wire.effects()).toEqual([1]);
  });

  test('a link cut again while cut ends both faults when it heals', () => {
    const wire = new Wire('1');
    wire.network.cut(0, 1, wire.fault('cut'), 'keep');
    wire.network.cut(0, 1, wire.fault('partition'), 'keep');
    wire.network.heal(0, 1, 'all', 5);
    expect(wire.faults.list.map(({ endedAt }) => endedAt)).toEqual([5, 5]);
  });
});

describe('clogs', () => {
  test('a clogged link holds everything until it is released, and then lets go in order', () => {
    fc.assert(
      fc.property(seed, fc.nat(30), (seed, count) => {
        const wire = new Wire(seed, { latency: UNIFORM });
        wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
        for (let i = 0; i < count; i++) expect(wire.send(i)).toBe('clogged');
        wire.runTo(1_000_000);
        expect(wire.arrivals).toEqual([]);
        wire.network.release(0, 1, 'fifo', wire.now);
        expect(wire.received()).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(wire.arrivals.every(({ at }) => at === 1_000_000)).toBe(true);
        expect(wire.faults.list[0]).toMatchObject({ effects: count, endedAt: 1_000_000 });
        expect(wire.send('after')).toBe('sent');
      }),
    );
  });

  test('shuffled, everything arrives once and at once, in some other order', () => {
    let moved = 0;
    fc.assert(
      fc.property(seed, fc.nat(30), (seed, count) => {
        const wire = new Wire(seed);
        wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
        const sent = Array.from({ length: count }, (_, i) => i);
        for (const i of sent) wire.send(i);
        wire.network.release(0, 1, 'shuffled', 5);
        const received = wire.received() as number[];
        expect(received.toSorted((a, b) => a - b)).toEqual(sent);
        if (received.some((payload, i) => payload !== i)) moved++;
      }),
    );
    expect(moved).toBeGreaterThan(0);
  });

  test('a shuffle can bring any message to the front', () => {
    const front = new Set<unknown>();
    for (let seed = 1; seed <= 100; seed++) {
      const wire = new Wire(String(seed));
      wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
      for (let i = 0; i < 5; i++) wire.send(i);
      wire.network.release(0, 1, 'shuffled', 0);
      front.add(wire.received()[0]);
    }
    expect(front).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test('only the clogged direction is held', () => {
    const wire = new Wire('1');
    wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
    wire.send('held');
    wire.send('back', 1, 0);
    expect(wire.received()).toEqual(['back']);
  });

  test('a released fifo link keeps the order against messages that were in flight before the clog', () => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 1000 }, fifo: true });
    wire.send('first');
    wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
    wire.send('second');
    wire.network.release(0, 1, 'fifo', wire.now);
    expect(wire.received()).toEqual(['first', 'second']);
  });

  test('a release that arrives before a message in flight says so', () => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 1000 } });
    wire.send('first');
    wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
    wire.send('second');
    wire.network.release(0, 1, 'fifo', wire.now);
    expect(wire.received()).toEqual(['second', 'first']);
    expect(wire.marks.count('message-reordered')).toBe(1);
  });

  test('a cut that drops what is in flight drops what a clog holds', () => {
    const wire = new Wire('1');
    wire.network.clog(0, 1, wire.fault('clog'), 'keep', wire.now);
    wire.send('held');
    wire.network.cut(0, 1, wire.fault('cut'), 'drop');
    wire.network.release(0, 1, 'fifo', wire.now);
    expect(wire.received()).toEqual([]);
  });
});

describe('link conditions', () => {
  test('each link begins with its own conditions, changes alone, and a reset brings its own back', () => {
    const own = (from: number, to: number): Partial<LinkConditions> => ({
      latency: { kind: 'constant', value: 100 * (from + 1) + to },
    });
    const wire = new Wire('1', own);
    const ping = (): number[] => {
      const start = wire.now;
      wire.arrivals.length = 0;
      wire.send('a', 0, 1);
      wire.send('b', 1, 0);
      wire.send('c', 2, 3);
      wire.runTo(start + 100_000);
      return ['a', 'b', 'c'].map((name) => wire.arrivals.find(({ payload }) => payload === name)!.at - start);
    };
    expect(ping()).toEqual([101, 200, 303]);
    wire.network.setConditions(0, 1, { latency: { kind: 'constant', value: 9000 } }, wire.fault('network'), wire.now);
    expect(ping()).toEqual([9000, 200, 303]);
    wire.network.setConditions(0, 1, 'reset', 0, wire.now);
    expect(ping()).toEqual([101, 200, 303]);
    expect(wire.faults.list[0]).toMatchObject({ effects: 1, endedAt: 100_000 * 2 });
  });

  test('a change leaves alone what it does not name', () => {
    const wire = new Wire('1', { loss: 1 });
    wire.network.setConditions(0, 1, { duplicate: 1 }, wire.fault('network'), 0);
    expect(wire.send('x')).toBe('lost');
    wire.network.setConditions(0, 1, { loss: 0 }, wire.fault('network'), 0);
    expect(wire.send('y')).toBe('duplicated');
    wire.network.setConditions(0, 1, 'reset', 0, 0);
    expect(wire.send('z')).toBe('lost');
  });

  test('messages in flight keep the latency they left with', () => {
    const wire = new Wire('1', { latency: { kind: 'constant', value: 500 } });
    wire.send('before');
    wire.network.setConditions(0, 1, { latency: { kind: 'constant', value: 1 } }, wire.fault('network'), 0);
    wire.send('after');
    expect(wire.received()).toEqual(['after', 'before']);
  });

  test('a change that loses or delays a message has had an effect', () => {
    const wire = new Wire('1');
    wire.network.setConditions(0, 1, { loss: 1 }, wire.fault('network'), 0);
    wire.network.setConditions(1, 0, { latency: UNIFORM }, wire.fault('network'), 0);
    wire.send('lost');
    wire.send('late', 1, 0);
    expect(wire.effects()).toEqual([1, 1]);
  });

  test('a change that could lose messages, but lost none, has had no effect', () => {
    const wire = new Wire('1');
    wire.network.setConditions(0, 1, { loss: 0.000001 }, wire.fault('network'), 0);
    for (let i = 0; i < 10; i++) expect(wire.send(i)).toBe('sent');
    expect(wire.effects()).toEqual([0]);
  });

  test('a change that could duplicate messages, but duplicated none, has had no effect', () => {
    const wire = new Wire('1');
    wire.network.setConditions(0, 1, { duplicate: 0.000001 }, wire.fault('network'), 0);
    for (let i = 0; i < 10; i++) expect(wire.send(i)).toBe('sent');
    expect(wire.effects()).toEqual([0]);
  });
});

describe('independence', () => {
  const conditions: Partial<LinkConditions> = { latency: UNIFORM, loss: 0.2, duplicate: 0.2 };
  const deed = fc.record({
    what: fc.constantFrom('send', 'cut', 'drop', 'heal', 'clog', 'fifo', 'shuffled', 'storm', 'reset'),
    from: fc.nat(3),
    over: fc.integer({ min: 1, max: 3 }),
  });

  function act(wire: Wire, what: string, from: number, to: number): void {
    const { network, now } = wire;
    if (what === 'send') wire.send(`from ${from} to ${to}`, from, to);
    else if (what === 'cut') network.cut(from, to, wire.fault(), 'keep');
    else if (what === 'drop') network.cut(from, to, wire.fault(), 'drop');
    else if (what === 'heal') network.heal(from, to, 'all', now);
    else if (what === 'clog') network.clog(from, to, wire.fault(), 'keep', now);
    else if (what === 'fifo' || what === 'shuffled') network.release(from, to, what, now);
    else if (what === 'storm') network.setConditions(from, to, { loss: 0.5, duplicate: 0.5 }, wire.fault(), now);
    else network.setConditions(from, to, 'reset', 0, now);
  }

  /** What becomes of ten messages on the link 0 → 1 while faults strike other links. */
  function fatesBeside(seed: string, deeds: readonly { what: string; from: number; over: number }[]): unknown {
    const wire = new Wire(seed, conditions);
    for (let i = 0; i < 10; i++) {
      const deed = deeds[i];
      if (deed !== undefined) {
        const to = (deed.from + deed.over) % 4;
        if (deed.from !== 0 || to !== 1) act(wire, deed.what, deed.from, to);
      }
      wire.now += 1000;
      wire.send(i, 0, 1);
    }
    wire.runTo(Infinity);
    return wire.arrivals.filter(({ from, to }) => from === 0 && to === 1);
  }

  test('nothing done to one link, faults and messages alike, shifts a draw on another', () => {
    fc.assert(
      fc.property(seed, fc.array(deed, { maxLength: 10 }), (seed, deeds) => {
        expect(fatesBeside(seed, deeds)).toEqual(fatesBeside(seed, []));
      }),
      { numRuns: 200 },
    );
  });

  test('the two directions of a link draw from streams of their own', () => {
    const wire = new Wire('1', { latency: UNIFORM });
    for (let i = 0; i < 5; i++) {
      wire.send('there', 0, 1);
      wire.send('back', 1, 0);
    }
    wire.runTo(Infinity);
    const times = (name: string): number[] =>
      wire.arrivals.filter(({ payload }) => payload === name).map(({ at }) => at);
    expect(times('there')).not.toEqual(times('back'));
  });
});
