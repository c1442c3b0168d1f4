import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Scenario } from '../scenarios/scenario.ts';
import { loadScenarios } from '../runs/load/load-files.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

/** Mutated files; WHITEWATER_FUZZ sets another number. */
const RUNS = Number(process.env['WHITEWATER_FUZZ'] ?? 1_000);

const LIBRARY = loadScenarios([fileURLToPath(new URL('../scenarios/library', import.meta.url))]).scenarios.map(
  ({ text }) => text!,
);
const folder = mkdtempSync(join(tmpdir(), 'whitewater-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Mutation = (text: string) => string;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const byteFlipped = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, mask]): Mutation => (text) => {
  const bytes = Buffer.from(text);
  const index = Math.floor(at * bytes.length);
  bytes[index] = bytes[index]! ^ mask;
  return bytes.toString('utf8');
});

const lineMoved = fc.tuple(place, place).map(([from, to]): Mutation => (text) => {
  const lines = text.split('\n');
  const [line] = lines.splice(Math.floor(from * lines.length), 1);
  lines.splice(Math.floor(to * lines.length), 0, line!);
  return lines.join('\n');
});

const lineLost = place.map((at): Mutation => (text) => {
  const lines = text.split('\n');
  lines.splice(Math.floor(at * lines.length), 1);
  return lines.join('\n');
});

/** Exchanges two values, numbers or words of the file. */
const valuesSwapped = fc.tuple(place, place).map(([one, other]): Mutation => (text) => {
  const values = [...text.matchAll(/[\w.$%-]+/g)];
  const [a, b] = [one, other].map((at) => values[Math.floor(at * values.length)]!).sort((x, y) => x.index - y.index);
  if (a === undefined || b === undefined || a.index === b.index) return text;
  const between = text.slice(a.index + a[0].length, b.index);
  return text.slice(0, a.index) + b[0] + between + a[0] + text.slice(b.index + b[0].length);
});

const numberChanged = fc
  .tuple(place, fc.constantFrom('0', '1', '2', '7', '100', '999', '0.5', '10000000'))
  .map(([at, number]): Mutation => (text) => {
    const numbers = [...text.matchAll(/\d+/g)];
    const found = numbers[Math.floor(at * numbers.length)];
    if (found === undefined) return text;
    return text.slice(0, found.index) + number + text.slice(found.index + found[0].length);
  });

const mutated = fc
  .tuple(
    fc.constantFrom(...LIBRARY),
    fc.array(fc.oneof(byteFlipped, lineMoved, lineLost, valuesSwapped, numberChanged), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, mutations]) => mutations.reduce((changed, mutation) => mutation(changed), text));

/** The simulator with a lower limit of events: a mutated file can run for hours. */
function briefly(scenario: Scenario, seed: string): ReturnType<typeof simulate> {
  return simulate(
    { ...scenario, limits: { ...scenario.limits, events: Math.min(scenario.limits.events, 5_000) } },
    seed,
  );
}

test('a mutated scenario ends in an exit code from 0 to 5, and the output says why', { timeout: 600_000 }, async () => {
  const codes = new Map<number, number>();
  let serial = 0;
  await fc.assert(
    fc.asyncProperty(mutated, async (text) => {
      const file = join(folder, `mutated-${++serial}.yaml`);
      writeFileSync(file, text);
      const io = new RecordingIo(folder);
      const code = await main(['run', file, '--out', join(folder, 'out')], io, briefly);
      rmSync(file, { force: true });
      codes.set(code, (codes.get(code) ?? 0) + 1);
      expect([0, 1, 2, 3, 4, 5], `${io.stderr.text}\n${text}`).toContain(code);
      const words = code === 2 ? io.stderr.text : io.stdout.text;
      expect(words.trim().length).toBeGreaterThan(20);
      // A mistake is reported with its place.
      if (code === 2) expect(words).toMatch(/:\d+:\d+ /u);
    }),
    { numRuns: RUNS, seed: 2 },
  );
  // The test covers both: files that are refused, and files that run.
  expect(codes.get(0) ?? 0).toBeGreaterThan(RUNS / 100);
  expect(codes.get(2) ?? 0).toBeGreaterThan(RUNS / 10);
});
