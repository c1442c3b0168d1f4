import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './queue.ts';

interface Row {
  readonly time: number;
  readonly kind: number;
  readonly target: number;
  readonly from: number;
  readonly detail: number;
  readonly payload: unknown;
  readonly cause: number;
}

function push(queue: EventQueue, row: Row): void {
  queue.push(row.time, row.kind, row.target, row.from, row.detail, row.payload, row.cause);
}

function popped(queue: EventQueue): Row | null {
  if (!queue.pop()) return null;
  const { time, kind, target, from, detail, payload, cause } = queue;
  return { time, kind, target, from, detail, payload, cause };
}

/** How many slots still refer to a payload. */
function referred(queue: EventQueue): number {
  return queue['payloads'].filter((payload) => payload !== null).length;
}

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const row: fc.Arbitrary<Row> = fc.record({
  // Few distinct times, so that ties are common, and some beyond 32 bits.
  time: fc.oneof(fc.nat(5), fc.nat(1000), fc.nat(Number.MAX_SAFE_INTEGER)),
  kind: fc.nat(255),
  target: int32,
  from: int32,
  detail: int32,
  payload: fc.string().map((text) => ({ text })),
  cause: fc.nat(0x7fffffff),
});

test('the size of what is in the queue is the sum of what went in and has not come out', () => {
  const step = fc.oneof(fc.nat(1_000_000), fc.constant('pop' as const));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 1_000 }), (steps) => {
      const queue = new EventQueue();
      const naive: number[] = [];
      for (const [time, step] of steps.entries()) {
        if (step === 'pop') {
          if (queue.pop()) expect(queue.bytes).toBe(naive.shift());
        } else {
          queue.push(time, 0, 0, 0, 0, null, 0, step);
          naive.push(step);
        }
        expect(queue.bytesInFlight).toBe(naive.reduce((sum, bytes) => sum + bytes, 0));
      }
    }),
  );
});

test('rows come out in the order of a naive list sorted by time, then insertion, whatever is pushed in between', () => {
  const step = fc.oneof({ weight: 3, arbitrary: row }, { weight: 2, arbitrary: fc.constant('pop' as const) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const queue = new EventQueue();
      const naive: Row[] = [];
      const popBoth = (): void => {
        const expected = naive.shift() ?? null;
        if (expected !== null) expect(queue.nextTime).toBe(expected.time);
        expect(popped(queue)).toEqual(expected);
      };
      for (const step of steps) {
        if (step === 'pop') {
          popBoth();
          continue;
        }
        push(queue, step);
        // Array.prototype.sort is stable, which is the rule for ties.
        naive.push(step);
        naive.sort((a, b) => a.time - b.time);
        expect(queue.length).toBe(naive.length);
      }
      while (naive.length > 0) popBoth();
      expect(queue.length).toBe(0);
      expect(queue.pop()).toBe(false);
    }),
    { numRuns: 200 },
  );
});

test('rows of the same time come out first in, first out, even when slots are used again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 600 }), fc.nat(600), (count, early) => {
      const queue = new EventQueue();
      for (let i = 0; i < early; i++) queue.push(i % 3, 0, i, 0, 0, null, 0);
      for (let i = 0; i < early; i++) queue.pop();
      for (let i = 0; i < count; i++) queue.push(7, 0, i, 0, 0, null, 0);
      for (let i = 0; i < count; i++) {
        expect(queue.pop()).toBe(true);
        expect(queue.target).toBe(i);
      }
    }),
    { numRuns: 50 },
  );
});

test('growing in the middle of a run keeps every row and its contents', () => {
  const queue = new EventQueue();
  const times: number[] = [];
  for (let i = 0; i < 5000; i++) {
    const time = (i * 7919) % 1009;
    times.push(time);
    queue.push(time, i % 256, i, -i, i * 2, i, i * 3);
    if (i % 3 === 0) {
      const least = times.indexOf(Math.min(...times.filter((value) => value >= 0)));
      expect(queue.pop() && queue.target).toBe(least);
      times[least] = Infinity;
    }
  }
  while (queue.pop()) {
    const i = queue.target;
    expect([queue.time, queue.kind, queue.from, queue.detail, queue.payload, queue.cause]).toEqual([
      (i * 7919) % 1009,
      i % 256,
      -i,
      i * 2,
      i,
      i * 3,
    ]);
    times[i] = Infinity;
  }
  expect(times.every((time) => time === Infinity)).toBe(true);
});

test('the queue refers to the payloads of waiting rows and to no others', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 30 }), (changes) => {
      const queue = new EventQueue();
      for (const change of changes) {
        for (let i = 0; i < change; i++) queue.push(i % 5, 0, 0, 0, 0, {}, 0);
        for (let i = 0; i > change; i--) queue.pop();
        expect(referred(queue)).toBe(queue.length);
      }
    }),
    { numRuns: 100 },
  );
});

test('a queue that never holds many rows at a time never grows', () => {
  const queue = new EventQueue();
  for (let i = 0; i < 100_000; i++) {
    queue.push(i, 0, i, 0, 0, null, 0);
    if (queue.length > 100) queue.pop();
  }
  expect(queue['times'].length).toBe(256);
  expect(queue['payloads'].length).toBe(256);
});

test('a row of pushFirst comes before all others of its time, whenever they were pushed, and shifts no number', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 200 }), (pushes) => {
      const queue = new EventQueue();
      for (const [time, isFirst] of pushes) {
        if (isFirst) queue.pushFirst(time, 1);
        else queue.push(time, 0, 0, 0, 0, null, 0);
      }
      const rows: [number, boolean, number][] = [];
      while (queue.pop()) rows.push([queue.time, queue.kind === 1, queue.sequence]);
      const others = pushes
        .filter(([, isFirst]) => !isFirst)
        .map(([time], sequence) => [time, false, sequence] as const);
      const firsts = pushes.filter(([, isFirst]) => isFirst).map(([time]) => [time, true, -1] as const);
      const expected = [...others, ...firsts].toSorted(
        ([time, , sequence], [later, , other]) => time - later || sequence - other,
      );
      expect(rows).toEqual(expected);
    }),
  );
});
