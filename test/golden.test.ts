import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findScenarios, readScenario } from '../scenarios/files.ts';
import { simulate, traceRun } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';

/**
 * What runs looked like when they were pinned. A change of these hashes is a change of what every user's seed means:
 * pin them again (WHITEWATER_UPDATE=1) only where behaviour was meant to change.
 */
const PINNED = fileURLToPath(new URL('golden/hashes.json', import.meta.url));
const FOLDER = fileURLToPath(new URL('../scenarios/library', import.meta.url));
const FILES = findScenarios([FOLDER]).filter((file) => dirname(file) !== FOLDER);
const SEEDS = ['1', '2', 'white water'];

const update = process.env['WHITEWATER_UPDATE'] === '1';

test('the same scenario and seed give the hash that was pinned', () => {
  const hashes: Record<string, Record<string, string>> = {};
  for (const file of FILES) {
    const scenario = readScenario(file, VOCABULARY);
    hashes[relative(FOLDER, file)] = Object.fromEntries(SEEDS.map((seed) => [seed, simulate(scenario, seed).hash]));
  }
  if (update) writeFileSync(PINNED, `${JSON.stringify(hashes, null, 2)}\n`);
  expect(hashes).toEqual(JSON.parse(readFileSync(PINNED, 'utf8')));
});

describe('transcripts', () => {
  test.each([
    'election/split-vote.yaml',
    'partition/minority-leader.yaml',
    'durability/unsynced-vote-lost-in-crash.yaml',
  ])('the transcript of %s, seed 1, is the one that was pinned', async (name) => {
    const scenario = readScenario(`${FOLDER}/${name}`, VOCABULARY);
    const { events, endpoints, result } = traceRun(scenario, '1');
    const lines = events.map(({ at, event, cause, node, kind, text }) =>
      [at, `#${event}`, `<${cause}`, endpoints[node] ?? '*', kind, text].join(' '),
    );
    const transcript = [...lines, `${result.verdict} ${result.hash}`, ''].join('\n');
    await expect(transcript).toMatchFileSnapshot(`golden/${basename(name, '.yaml')}.txt`);
  });
});

test('freezing every message changes nothing, since no code changes a message after it was sent', () => {
  for (const file of FILES) {
    const scenario = readScenario(file, VOCABULARY);
    expect(simulate(scenario, '1', { freeze: true }).hash).toBe(simulate(scenario, '1').hash);
  }
});

test('neither checks nor a recorder change what happens', () => {
  for (const file of FILES.filter((_file, index) => index % 5 === 0)) {
    const scenario = { ...readScenario(file, VOCABULARY) };
    expect(traceRun(scenario, '3').result.hash).toBe(simulate(scenario, '3').hash);
  }
});

test('two runs in one process do not disturb each other', () => {
  const [first, second] = FILES.map((file) => readScenario(file, VOCABULARY));
  const alone = simulate(first!, '5').hash;
  simulate(second!, '6');
  expect(simulate(first!, '5').hash).toBe(alone);
});
