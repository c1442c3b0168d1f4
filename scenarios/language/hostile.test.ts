import { Session } from 'node:inspector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ScenarioError } from './errors.ts';
import { loadScenario } from './load.ts';
import { VOCABULARY } from '../testing/examples.ts';

const SOUND = 'cluster: { nodes: 3 }\n';

/** Counts the blocks of code that are executed: a measure of work that does not depend on the machine or its load. */
const counter = new Session();
beforeAll(() => {
  counter.connect();
  counter.post('Profiler.enable');
  counter.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});
afterAll(() => counter.disconnect());

/** Blocks executed since the last call. */
function takeWork(): number {
  let work = 0;
  counter.post('Profiler.takePreciseCoverage', (error, { result }) => {
    if (error !== null) throw error;
    for (const { functions } of result)
      for (const { ranges } of functions) for (const { count } of ranges) work += count;
  });
  return work;
}

/** Nine levels of ten aliases each: a billion values, in a few hundred bytes. */
const BOMB = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  .concat(Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i}, `.repeat(10)}]`))
  .join('\n');

/** Sixteen times 28 steps inside each other, each rung holding the one before. */
const LADDER = ['script:', '- &a0 { crash: n1 }']
  .concat(
    Array.from({ length: 16 }, (_, i) => `- &a${i + 1} ${'{ repeat: 1, do: ['.repeat(28)}*a${i}${'] }'.repeat(28)}`),
  )
  .join('\n');

test.each<[string, string, RegExp]>([
  ['aliases that stand for a billion values', BOMB, /aliases stand for more than 10,000 values in all/],
  ['aliases that nest ever deeper', LADDER, /nested deeper than 64 levels with what this alias stands for/],
  ['an alias inside its own anchor', `${SOUND}tags: &a [*a]`, /no anchor "&a" is complete before this alias/],
  ['10 MB', '#'.repeat(10_000_000), /too big: 10,000,000 characters/],
  ['a million keys', 'a: 1\n'.repeat(200_000), /more than 100,000 YAML tokens, reached on line 14286/],
  ['a million commas', `[${','.repeat(900_000)}`, /more than 100,000 YAML tokens/],
  ['20,000 open brackets', '['.repeat(20_000), /nested deeper than 64 levels/],
  ['20,000 open braces', '{a: '.repeat(20_000), /nested deeper than 64 levels/],
  ['20,000 nested lists', '- '.repeat(20_000), /nested deeper than 64 levels/],
  [
    '1,300 nested mappings',
    Array.from({ length: 1_300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    /nested deeper than 64 levels/,
  ],
  ['a NUL byte', `${SOUND}name: a\u0000b`, /control character U\+0000: not a text file/],
  ['an ESC', '\u001b[2J', /control character U\+001B: not a text file/],
  ['a lone surrogate', `${SOUND}about: \ud800`, /half of a surrogate pair U\+D800/],
  ['an escaped lone surrogate', `${SOUND}about: "\\ud800"`, /the escape for U\+D800/],
  ['a line of a million letters', `${SOUND}about: [${'x'.repeat(900_000)}]`, /expected text, got a list/],
  ['a key of a million letters', `${SOUND}? ${'x'.repeat(900_000)}\n: 1`, /unknown key "xxx/],
  [
    'a word of a million letters',
    `${SOUND}script: [{ crash: ${'x'.repeat(900_000)} }]`,
    /expected a node, .* got 900000 characters/,
  ],
  [
    'a number of a million digits',
    `${SOUND}seed: ${'9'.repeat(900_000)}`,
    /expected a seed.* got 900000 characters; the most is 200/,
  ],
  [
    'a duration of a million digits',
    `${SOUND}script: [{ wait: ${'9'.repeat(900_000)}s }]`,
    /expected a duration.* got 900001 characters/,
  ],
  [
    'a line of ten thousand mistakes',
    `{ ${Array.from({ length: 10_000 }, (_, i) => `x${i}: 1`).join(', ')} }`,
    /and 9901 more/,
  ],
  [
    'a link of a million letters',
    `${SOUND}network: { links: { ? ${'n'.repeat(400_000)} -> ${'n'.repeat(400_000)} : {} } }`,
    /expected a link/,
  ],
  [
    'a probability of a million digits',
    `${SOUND}network: { latency: { choice: { ? ${'9'.repeat(900_000)} : 1ms } } }`,
    /expected a probability/,
  ],
  ['a million blanks', `${SOUND}script: [{ wait: "1${' '.repeat(900_000)}ms" }]`, /expected a duration/],
  ['a million wrong steps', `${SOUND}script: [${'x, '.repeat(24_000)}]`, /expected a step/],
  ['infinity', 'cluster: { nodes: .inf }', /got \.inf/],
  ['no number', 'cluster: { nodes: .nan }', /got \.nan/],
  ['more than a number can hold', 'cluster: { nodes: 1e400 }', /got 1e400/],
  ['a negative number', 'cluster: { nodes: -1 }', /the least is 1/],
  ['an unknown directive', `%FOO\n---\n${SOUND}`, /unknown directive %FOO/],
  ['a key that is a list', `${SOUND}? [a]\n: b`, /a key must be a plain word/],
  ['a key that is missing', `${SOUND}: b`, /a key is missing before ":"/],
  ['an unclosed string', `${SOUND}name: "abc`, /not valid YAML/],
  ['a tab for indentation', `cluster:\n\tnodes: 3`, /not valid YAML: tabs are not allowed as indentation/],
])('%s: a clear error after work in proportion to the text', (_, text, expected) => {
  takeWork();
  let thrown: unknown = null;
  try {
    loadScenario(text, 'hostile.yaml', VOCABULARY);
  } catch (error) {
    thrown = error;
  }
  const work = takeWork();
  expect(thrown).toBeInstanceOf(ScenarioError);
  const error = thrown as ScenarioError;
  expect(error.message).toMatch(expected);
  expect(error.message.length).toBeLessThan(60_000);
  for (const { excerpt } of error.problems) for (const line of excerpt) expect(line.length).toBeLessThan(200);
  expect(work).toBeGreaterThan(100);
  expect(work).toBeLessThan(10_000 + 500 * text.length);
});

test('a nesting just within the limit is read', () => {
  const deep = `${'['.repeat(30)}${']'.repeat(30)}`;
  expect(() => loadScenario(`${SOUND}tags: ${deep}`, 'a.yaml', VOCABULARY)).toThrow(
    /tags\[0\]: expected text, got a list/,
  );
});

test.each([
  ['directive', (long: string) => `%${long}\n---\n${SOUND}`],
  ['anchor', (long: string) => `${SOUND}name: *${long}`],
  ['head of a block', (long: string) => `${SOUND}name: |${long}\n  a\n`],
  ['tag', (long: string) => `${SOUND}name: !${long} a`],
  ['key', (long: string) => `${SOUND}${long}: a`],
])('a %s of a megabyte is not printed', (_, text) => {
  let message = '';
  try {
    loadScenario(text('a'.repeat(900_000)), 'a.yaml', VOCABULARY);
  } catch (error) {
    message = (error as ScenarioError).message;
  }
  expect(message).toContain('aaa…');
  expect(message.length).toBeLessThan(500);
});

test('what is invisible cannot disguise a message', () => {
  // A right-to-left override would show the rest of the line backwards.
  const text = `${SOUND}na\u202eme: x`;
  expect(() => loadScenario(text, 'a.yaml', VOCABULARY)).toThrow(/unknown key "na\\u202eme"/);
});
