import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScenarioError } from './errors.ts';
import { loadScenario } from './load.ts';
import { VALID, VOCABULARY } from '../testing/examples.ts';

const RUNS = Number(process.env['WHITEWATER_FUZZ'] ?? 2_000);

/** Words and characters with a meaning in YAML or in the language, to be put where they do not belong. */
const SHARDS = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '#',
    '"',
    "'",
    '&a ',
    '*a',
    '!x ',
    '|\n',
    '>\n',
    '\n',
    '\t',
    ' ',
    '%',
    '@',
    '---\n',
    '...\n',
    '? ',
    '<<: ',
    ',',
  ],
  ...[
    '\u0000',
    '\ud800',
    '\u202e',
    '\ufeff',
    '\r',
    'µ',
    '$',
    '->',
    '<->',
    '..',
    '~',
    'null',
    'true',
    '.inf',
    '-1',
    '0',
    '1e99',
    '9007199254740993',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'n1',
    'n9',
    'c1',
    'leader',
    'others',
    'any 2',
    'any 2 voters',
    'all except n1',
    'learners',
    'none',
    '$old',
    '5ms',
    '5',
    '150%',
    '3s..1s',
    '{}',
    '[]',
    '[[]]',
  ],
  ...[
    'script:\n',
    'do:\n',
    'crash: n1\n',
    'at: 1s\n',
    'after: 1s\n',
    'until: { leaders: 1 }\n',
    'as: x\n',
    'nodes',
    'disk',
    'expect',
    'expect: rejected\n',
    'add: n1\n',
    'times: always\n',
    'standby: 2\n',
    'repeat: 1000000\n',
  ],
];

const edit = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), what: fc.constantFrom(...SHARDS) }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), what: fc.string({ maxLength: 5, unit: 'binary' }) }),
  fc.record({ kind: fc.constant('replaceWord' as const), at: fc.nat(), what: fc.constantFrom(...SHARDS) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('swapLines' as const), at: fc.nat(), other: fc.nat() }),
  fc.record({ kind: fc.constant('copyLine' as const), at: fc.nat(), other: fc.nat() }),
  fc.record({ kind: fc.constant('indent' as const), at: fc.nat(), length: fc.integer({ min: -4, max: 4 }) }),
);

type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

function apply(text: string, change: Edit): string {
  const place = change.at % (text.length + 1);
  const lines = text.split('\n');
  const line = change.at % lines.length;
  switch (change.kind) {
    case 'insert':
      return text.slice(0, place) + change.what + text.slice(place);
    case 'replaceWord': {
      const words = [...text.matchAll(/[\w.%$-]+/gu)];
      const word = words[change.at % Math.max(1, words.length)];
      return word === undefined
        ? text
        : text.slice(0, word.index) + change.what + text.slice(word.index + word[0].length);
    }
    case 'delete':
      return text.slice(0, place) + text.slice(place + change.length);
    case 'swapLines': {
      const other = change.other % lines.length;
      [lines[line], lines[other]] = [lines[other] ?? '', lines[line] ?? ''];
      return lines.join('\n');
    }
    case 'copyLine':
      lines.splice(change.other % lines.length, 0, lines[line] ?? '');
      return lines.join('\n');
    case 'indent':
      lines[line] =
        change.length < 0 ? (lines[line] ?? '').slice(-change.length) : ' '.repeat(change.length) + (lines[line] ?? '');
      return lines.join('\n');
  }
}

test(
  'whatever becomes of a scenario, it loads, or ends in a ScenarioError that points into the file',
  { timeout: 600_000 },
  () => {
    fc.assert(
      fc.property(fc.constantFrom(...VALID), fc.array(edit, { minLength: 1, maxLength: 6 }), (seed, edits) => {
        const text = edits.reduce(apply, seed);
        const lines = text.replace(/^\ufeff/u, '').split('\n');
        try {
          loadScenario(text, 'mutated.yaml', VOCABULARY);
        } catch (error) {
          if (!(error instanceof ScenarioError)) throw error;
          expect(error.problems.length).toBeGreaterThan(0);
          for (const { line, column, length, message, path } of error.problems) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lines.length);
            expect(column).toBeGreaterThanOrEqual(1);
            expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
            expect(length).toBeGreaterThanOrEqual(1);
            expect(message).not.toMatch(/undefined|\[object|NaN|: expected something/u);
            expect(path).not.toMatch(/undefined|\[object/u);
          }
        }
      }),
      { numRuns: RUNS },
    );
  },
);

test('loading twice gives the same scenario', () => {
  for (const text of VALID)
    expect(loadScenario(text, 'a.yaml', VOCABULARY)).toEqual(loadScenario(text, 'a.yaml', VOCABULARY));
});
