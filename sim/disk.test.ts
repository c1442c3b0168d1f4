import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Defect } from './base/assert.ts';
import { type CrashDisk, Disk, type PendingWrite } from './disk.ts';
import type { Distribution } from './base/distribution.ts';
import type { Random } from './protocol.ts';
import { Streams } from './base/random.ts';

/** Writes append words. */
const KEEPING = {
  write: (contents: string[], word: string): void => void contents.push(word),
  cloneDisk: (contents: string[]): string[] => contents.slice(),
};
/** A torn word loses its end. */
const WORDS = {
  ...KEEPING,
  tear: (word: string, random: Random): string => word.slice(0, random.below(word.length)),
};
const UNTORN = { ...KEEPING, tear: (word: string): string => `${word}~` };
const ATOMIC = KEEPING;
const MODES: readonly CrashDisk[] = ['keep', 'lose-unsynced', 'lose-all', 'tear'];

function makeDisk(
  seed: string,
  fsync: Distribution = { kind: 'uniform', low: 0, high: 10_000 },
  protocol: typeof ATOMIC & { readonly fits?: (contents: string[], word: string) => boolean } = WORDS,
): Disk<string, string[]> {
  const streams = new Streams(seed);
  return new Disk<string, string[]>(protocol, [], fsync, streams.get('disk', 0), streams.get('disk-crash', 0));
}

/** Takes words w1 … wN and lets the first ones become durable. */
function fill(disk: Disk<string, string[]>, words: number, durable: number): string[] {
  const taken = Array.from({ length: words }, (_, i) => `word${i + 1}`);
  for (const word of taken) disk.take(word);
  for (let ticket = 1; ticket <= durable; ticket++) disk.complete(ticket);
  return taken;
}

/** What is held back until the write is durable, each with its receiver. */
function heldBy({ heldFor, held, heldCount }: PendingWrite<string>): [number, unknown][] {
  return Array.from({ length: heldCount }, (_, i) => [heldFor[i]!, held[i]]);
}

const filled = fc.nat(12).chain((words) => fc.tuple(fc.constant(words), fc.nat(words)));
const fsync: fc.Arbitrary<Distribution> = fc.oneof(
  fc.record({ kind: fc.constant('constant' as const), value: fc.nat(1000) }),
  fc.record({ kind: fc.constant('uniform' as const), low: fc.nat(100), high: fc.integer({ min: 100, max: 50_000 }) }),
  fc.record({ kind: fc.constant('exponential' as const), mean: fc.nat(10_000) }),
);

describe('writes', () => {
  test('a write is never durable before the one ahead of it, whatever their latencies and stalls', () => {
    const issue = fc.record({ after: fc.nat(5000), fsync, stall: fc.oneof(fc.constant(0), fc.nat(20_000)) });
    fc.assert(
      fc.property(fc.string(), fc.array(issue, { maxLength: 40 }), (seed, issues) => {
        const disk = makeDisk(seed);
        let now = 0;
        let last = 0;
        let stalledUntil = 0;
        for (const { after, fsync, stall } of issues) {
          now += after;
          disk.fsync = fsync;
          if (stall > 0) {
            stalledUntil = now + stall;
            disk.stalledUntil = stalledUntil;
          }
          disk.take('w');
          const done = disk.completion(now);
          expect(done).toBeGreaterThanOrEqual(Math.max(now, last, stalledUntil));
          last = done;
        }
      }),
    );
  });

  test('a write that waits for no write takes its own fsync', () => {
    const disk = makeDisk('1', { kind: 'constant', value: 700 });
    expect([disk.completion(1000), disk.completion(1100), disk.completion(5000)]).toEqual([1700, 1800, 5700]);
  });

  test('tickets count from 1 and everything up to the completed one is durable, in order', () => {
    fc.assert(
      fc.property(filled, ([words, durable]) => {
        const disk = makeDisk('1');
        const taken = fill(disk, words, durable);
        expect(disk.contents).toEqual(taken.slice(0, durable));
        expect(disk.lastTicket).toBe(words);
        expect(disk.durableTicket).toBe(durable);
        for (let ticket = 0; ticket <= words; ticket++) expect(disk.isDurable(ticket)).toBe(ticket <= durable);
      }),
    );
  });

  test('completing a write out of order is a defect', () => {
    const disk = makeDisk('1');
    fill(disk, 3, 0);
    expect(() => disk.complete(2)).toThrow(Defect);
  });

  test('thousands of writes in one pending queue keep their order and what they hold', () => {
    const disk = makeDisk('1');
    let done = 0;
    for (let ticket = 1; ticket <= 5000; ticket++) {
      expect(disk.take(`w${ticket}`)).toBe(ticket);
      disk.hold(ticket, ticket, `held by ${ticket}`);
      if (ticket > 700) {
        const write = disk.complete(++done);
        expect([write.delta, heldBy(write)]).toEqual([`w${done}`, [[done, `held by ${done}`]]]);
      }
    }
    expect(disk.contents).toEqual(Array.from({ length: done }, (_, i) => `w${i + 1}`));
  });
});

describe('holding back', () => {
  test('what is held comes out with its write, in the order it was held', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.nat(9)), { maxLength: 40 }), (holds) => {
        const disk = makeDisk('1');
        fill(disk, 6, 0);
        for (const [i, [ticket, to]] of holds.entries()) disk.hold(ticket, to, i);
        for (let ticket = 1; ticket <= 6; ticket++) {
          const expected = [...holds.entries()].filter(([, [of]]) => of === ticket).map(([i, [, to]]) => [to, i]);
          expect(heldBy(disk.complete(ticket))).toEqual(expected);
        }
      }),
    );
  });

  test('a row that is used again holds nothing of what it held before', () => {
    const disk = makeDisk('1');
    for (let ticket = 1; ticket <= 40; ticket++) {
      disk.take(`w${ticket}`);
      if (ticket % 3 === 0) disk.hold(ticket, 5, `of w${ticket}`);
      const write = disk.complete(ticket);
      expect(write.delta).toBe(`w${ticket}`);
      expect(heldBy(write)).toEqual(ticket % 3 === 0 ? [[5, `of w${ticket}`]] : []);
    }
  });

  test('waiting for a write that was never issued is a defect', () => {
    const disk = makeDisk('1');
    disk.take('a');
    expect(() => disk.hold(2, 0, 'x')).toThrow(Defect);
  });

  test('a crash loses what was held', () => {
    const disk = makeDisk('1');
    disk.take('a');
    disk.hold(1, 0, 'x');
    disk.crash('keep');
    expect(disk.take('b')).toBe(1);
    expect(heldBy(disk.complete(1))).toEqual([]);
  });
});

describe('a crash', () => {
  test('never loses what was durable, and keeps of the rest what its mode says', () => {
    fc.assert(
      fc.property(fc.string(), filled, fc.constantFrom(...MODES), (seed, [words, durable], mode) => {
        const disk = makeDisk(seed);
        const taken = fill(disk, words, durable);
        const { lost, torn } = disk.crash(mode);
        const kept = words - lost;
        const whole = disk.contents.slice(0, kept);
        expect(whole).toEqual(taken.slice(0, kept));
        expect(kept).toBeGreaterThanOrEqual(durable);
        expect(disk.contents.length).toBe(kept + (torn ? 1 : 0));
        if (mode === 'keep') expect(lost).toBe(0);
        if (mode === 'lose-all') expect(lost).toBe(words - durable);
        if (mode === 'lose-unsynced' && words > durable) expect(lost).toBeGreaterThan(0);
        expect(torn).toBe(mode === 'tear' && words > durable);
        if (torn) {
          const firstLost = taken[kept]!;
          const rest = disk.contents[kept]!;
          expect(firstLost.startsWith(rest) && rest !== firstLost).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('over many seeds, lose-unsynced loses one write, all of them, and everything between', () => {
    const lost = new Set<number>();
    for (let seed = 1; seed <= 100; seed++) {
      const disk = makeDisk(String(seed));
      fill(disk, 4, 0);
      lost.add(disk.crash('lose-unsynced').lost);
    }
    expect(lost).toEqual(new Set([1, 2, 3, 4]));
  });

  test('writes are atomic for a protocol that tears nothing', () => {
    const disk = makeDisk('1', { kind: 'constant', value: 0 }, ATOMIC);
    fill(disk, 3, 0);
    const { lost, torn } = disk.crash('tear');
    expect(torn).toBe(false);
    expect(disk.contents.length).toBe(3 - lost);
  });

  test('a restarted disk numbers its tickets from 1 and waits for no write from before', () => {
    const disk = makeDisk('1', { kind: 'constant', value: 1_000_000 });
    disk.take('a');
    disk.completion(0);
    disk.crash('lose-all');
    disk.fsync = { kind: 'constant', value: 10 };
    expect(disk.take('b')).toBe(1);
    expect(disk.completion(500)).toBe(510);
    expect(disk.isDurable(0)).toBe(true);
    expect(disk.isDurable(1)).toBe(false);
  });

  function latenciesAfter(mode: CrashDisk | null, protocol: typeof ATOMIC | typeof WORDS): number[] {
    const disk = makeDisk('1', { kind: 'uniform', low: 0, high: 1_000_000 }, protocol);
    fill(disk, 5, 2);
    if (mode !== null) disk.crash(mode);
    return Array.from({ length: 10 }, (_, i) => disk.completion(i * 2_000_000));
  }

  test('its mode shifts no later fsync latency of a protocol whose tearing draws nothing', () => {
    const latencies = MODES.map((mode) => latenciesAfter(mode, UNTORN));
    for (const other of latencies) expect(other).toEqual(latencies[0]);
  });

  test('its mode shifts no later fsync latency of a protocol whose tearing draws', () => {
    expect(latenciesAfter('tear', WORDS)).toEqual(latenciesAfter('lose-unsynced', WORDS));
  });

  test('it shifts no later fsync latency against a run without it', () => {
    expect(latenciesAfter('lose-unsynced', WORDS)).toEqual(latenciesAfter(null, WORDS));
  });
});

describe('a write that fails', () => {
  test('takes those after it along when the node is told, and completes none meanwhile', () => {
    const disk = makeDisk('1');
    disk.fullBy = 4;
    fill(disk, 3, 0);
    expect(disk.fails).toBe(true);
    expect(disk.fail(1)).toEqual({ delta: 'word1', failure: 'full', by: 4 });
    expect([disk.isStuck, disk.isDurable(1)]).toEqual([true, false]);
    disk.admitFailure();
    expect([disk.isStuck, disk.isDurable(3), disk.footprint]).toEqual([false, true, 0]);
    disk.fullBy = 0;
    disk.take('next');
    disk.complete(4);
    expect(disk.contents).toEqual(['next']);
  });

  test('makes a later one that does not follow on what is there a record of nothing', () => {
    const follows = (contents: string[], word: string): boolean => Number(word) === contents.length + 1;
    const disk = makeDisk('1', undefined, { ...ATOMIC, fits: follows });
    disk.failing = 1;
    disk.take('1');
    disk.fail(1);
    disk.admitFailure();
    for (const word of ['2', '1', '2']) disk.take(word);
    disk.complete(2);
    disk.complete(3);
    expect(disk.contents).toEqual(['1']);
    expect(disk.crash('keep').lost).toBe(0);
    expect(disk.contents).toEqual(['1', '2']);
  });
});

describe('a disk that lies', () => {
  test('loses what it has reported as durable since, up to the next honest fsync', () => {
    const disk = makeDisk('1');
    fill(disk, 2, 2);
    disk.liesBy = 7;
    disk.take('a');
    disk.complete(3);
    expect(disk.contents).toEqual(['word1', 'word2', 'a']);
    expect(disk.crash('lose-all')).toEqual({ lost: 0, torn: false, wentBackBy: 7 });
    expect(disk.contents).toEqual(['word1', 'word2']);
  });

  test('loses nothing if only the process ends, or if an honest fsync has followed', () => {
    const kept = makeDisk('1');
    kept.liesBy = 7;
    fill(kept, 2, 2);
    expect(kept.crash('keep').wentBackBy).toBe(0);
    expect(kept.contents).toEqual(['word1', 'word2']);
    const honest = makeDisk('1');
    honest.liesBy = 7;
    fill(honest, 2, 2);
    honest.liesBy = 0;
    honest.take('a');
    honest.complete(3);
    expect(honest.crash('lose-all').wentBackBy).toBe(0);
    expect(honest.contents).toEqual(['word1', 'word2', 'a']);
  });
});

describe('a copy of a disk', () => {
  test('is put back as it was made, as often as wanted', () => {
    const disk = makeDisk('1');
    fill(disk, 2, 1);
    disk.makeCopy('a');
    expect(disk.restore('a')).toBe(false);
    disk.complete(2);
    expect(disk.restore('a')).toBe(true);
    expect(disk.contents).toEqual(['word1']);
    disk.contents.push('later');
    disk.changes++;
    expect(disk.restore('a')).toBe(true);
    expect(disk.contents).toEqual(['word1']);
    expect([disk.hasCopy('a'), disk.hasCopy('b')]).toEqual([true, false]);
  });
});

test('a crash that reorders keeps any subset of the unsynced writes', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const disk = makeDisk(`${seed}`);
    fill(disk, 4, 1);
    const { lost } = disk.crash('reorder');
    expect(disk.contents[0]).toBe('word1');
    expect(disk.contents.length).toBe(4 - lost);
    seen.add(disk.contents.slice(1).join(' '));
  }
  expect(seen.size).toBe(8);
});

test('a crash that reorders keeps no write that does not follow on what is there', () => {
  const numbers = {
    write: (contents: string[], word: string): void => void contents.push(word),
    cloneDisk: (contents: string[]): string[] => contents.slice(),
    fits: (contents: string[], word: string): boolean => word === `word${contents.length + 1}`,
  };
  const seen = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const disk = makeDisk(`${seed}`, { kind: 'constant', value: 1 }, numbers);
    fill(disk, 5, 1);
    disk.crash('reorder');
    expect(disk.contents).toEqual(disk.contents.map((_, place) => `word${place + 1}`));
    seen.add(disk.contents.length);
  }
  expect([...seen].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
});
