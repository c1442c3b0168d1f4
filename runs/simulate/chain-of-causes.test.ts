import { expect, test } from 'vitest';
import type { Recorder } from '../../sim/observer.ts';
import { chainOfCauses, type ChainOfCauses } from './chain-of-causes.ts';

interface Happening {
  readonly cause: number;
  readonly texts: readonly string[];
}

/** The chain of the last event of a run that consists of these; counts how many texts were built for it. */
function chainOf(run: readonly Happening[]): ChainOfCauses & { readonly built: number } {
  let built = 0;
  function* again({ begin, wants, record }: Recorder): Generator<void, void> {
    for (const [place, { cause, texts }] of run.entries()) {
      const event = place + 1;
      begin?.(event, cause);
      for (const text of texts) {
        if (!wants('any')) continue;
        built++;
        record({ kind: 'any', event, cause, at: event * 10, node: -1, peer: -1, fields: {}, text });
      }
      yield;
    }
  }
  const steps = chainOfCauses(run.length, again, String);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { ...step.value, built };
  }
}

const says = (cause: number, ...texts: readonly string[]): Happening => ({ cause, texts });

test('a chain has the first text of each event that led to the last one, the newest first', () => {
  const { chain, truncated } = chainOf([says(0, 'a'), says(1, 'b', 'more of b'), says(0, 'aside'), says(2, 'd')]);
  expect(chain).toEqual([
    { event: 4, at: 40, text: 'd' },
    { event: 2, at: 20, text: 'b' },
    { event: 1, at: 10, text: 'a' },
  ]);
  expect(truncated).toBe(false);
});

test('texts are built for the events of the chain alone', () => {
  const run = Array.from({ length: 1_000 }, (_, place) => says(place === 999 ? 5 : Math.min(place, 4), `${place}`));
  expect(chainOf(run).built).toBe(6);
});

test('an event that repeats itself is in the chain once, as it was last', () => {
  const { chain } = chainOf([says(0, 'start'), says(1, 'tick'), says(2, 'tick'), says(3, 'tick'), says(4, 'end')]);
  expect(chain.map(({ event }) => event)).toEqual([5, 4, 1]);
});

test('a chain is cut off after twelve events, and says so', () => {
  const run = (length: number) => Array.from({ length }, (_, place) => says(place, `${place}`));
  expect([chainOf(run(12)).chain.length, chainOf(run(12)).truncated]).toEqual([12, false]);
  expect(chainOf(run(13))).toMatchObject({
    truncated: true,
    chain: { length: 12, 0: { event: 13 }, 11: { event: 2 } },
  });
});

test('events that show nothing link their cause and their effect', () => {
  expect(chainOf([says(0, 'a'), says(1), says(2, 'c')]).chain.map(({ text }) => text)).toEqual(['c', 'a']);
});
