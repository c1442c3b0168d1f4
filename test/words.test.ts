import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { RENAMED } from '../scenarios/language/renamed.ts';

const SCRIPT = join(import.meta.dirname, '../.ci/words.mjs');

interface Row {
  readonly word: string;
  readonly where: 'identifier' | 'yaml' | 'prose';
  readonly write: string;
}

interface WordsLint {
  readonly WORDS: readonly Row[];
  findOldWords(file: string, text: string): readonly { readonly line: number; readonly row: Row }[];
}

const { WORDS, findOldWords } = (await import(pathToFileURL(SCRIPT).href)) as WordsLint;

const rowsFor = (where: Row['where']): readonly [string, Row][] =>
  WORDS.filter((row) => row.where === where).map((row) => [row.word, row]);

/** The lines at which a row's word is found. */
function linesOf(row: Row, file: string, text: string): readonly number[] {
  return findOldWords(file, text).flatMap((found) => (found.row === row ? [found.line] : []));
}

describe('an old name is found in code, and the nearest other name accepted', () => {
  test.each(rowsFor('identifier'))('%s', (word, row) => {
    const isWhole = word.startsWith('=');
    const name = isWhole ? word.slice(1) : `next${word.charAt(0).toUpperCase()}${word.slice(1)}`;
    const declared = (one: string): string => `\nexport const one = 1;\nexport function call(${one}: number) {}\n`;
    expect(linesOf(row, 'core/a.ts', declared(name))).toEqual([3]);
    expect(linesOf(row, 'core/a.ts', `\n\nclass One { readonly #${name} = 1; }\n`)).toEqual([3]);
    if (!isWhole) expect(linesOf(row, 'a.mjs', `const NEXT_${word.toUpperCase()} = 1;`)).toEqual([1]);
    expect(linesOf(row, 'core/a.ts', declared(`${name}ish`))).toEqual([]);
    expect(linesOf(row, 'core/a.ts', `import '${name}'; // ${name}\n`)).toEqual([]);
  });
});

describe('an old word of the language is found in a scenario, and the nearest other word accepted', () => {
  test.each(rowsFor('yaml'))('%s', (word, row) => {
    const step = (one: string): string => `name: one\nscript:\n  - ${one}: { nodes: all }\n  - until: ${one}\n`;
    expect(linesOf(row, 'a.yaml', step(word))).toEqual([3, 4]);
    expect(linesOf(row, 'a.yaml', step(`${word}-ish`))).toEqual([]);
    expect(linesOf(row, 'a.yaml', `name: one\nabout: >-\n  The word\n  ${word} in a text.\n# ${word}\n`)).toEqual([]);
  });
});

describe('an old word is found in prose, and the nearest other word accepted', () => {
  test.each(rowsFor('prose'))('%s', (word, row) => {
    const broken = word.replace(/ /gu, '\n * ');
    expect(linesOf(row, 'docs/a.md', `One\n\nThe ${word}, on the third line.\n`)).toEqual([3]);
    expect(linesOf(row, 'a.ts', `\n/**\n * The ${broken}, in a comment.\n */\n`)).toEqual([3]);
    expect(linesOf(row, 'a.ts', `f(\n  // The ${word.replace(/ /gu, '\n  // ')}\n);\n`)).toEqual([2]);
    expect(linesOf(row, 'a.ts', `try {\n} catch {\n  // ${word}\n}\n`)).toEqual([3]);
    expect(linesOf(row, 'a.ts', `throw new Error(\n  'The ${word} of it');`)).toEqual([2]);
    expect(linesOf(row, 'a.ts', `throw new Error(\`\${one}: The\n${word} of \${it}\`);`)).toEqual([2]);
    expect(linesOf(row, 'a.yaml', `name: one\n# The ${word.replace(/ /gu, '\n# ')} of it.\n`)).toEqual([2]);
    expect(linesOf(row, 'a.yaml', `about: >-\n  The ${word.replace(/ /gu, '\n  ')} of it.\n`)).toEqual([2]);
    expect(linesOf(row, 'docs/a.md', `The ${word}ish, the un${word}, the pre-${word}, the ${word}-like.\n`)).toEqual(
      [],
    );
    expect(linesOf(row, 'a.ts', `const one = /${word}/u;\n`)).toEqual([]);
  });

  test('whatever its case', () => {
    expect(findOldWords('a.md', 'Greetings.').map(({ row }) => row.word)).toEqual(['greetings']);
  });
});

test('terms of others and quotations may contain an old word', () => {
  const quotes = [
    'The language server, a language-server, single-server changes.',
    'Figure 2, all servers: if commitIndex > lastApplied.',
    'A minority of slow servers need not impact performance.',
  ];
  expect(quotes.flatMap((text) => findOldWords('docs/a.md', text))).toEqual([]);
  expect(findOldWords('docs/a.md', 'The server, two servers.')).toHaveLength(2);
});

test('every renamed word of the language is a row, but for one that is still used in another meaning', () => {
  const words = new Set(rowsFor('yaml').map(([word]) => word));
  const missing = RENAMED.filter(({ kind, old }) => ['key', 'word', 'mark', 'event'].includes(kind) && !words.has(old));
  expect(missing.map(({ kind, old }) => `${kind} ${old}`)).toEqual(['key order', 'event order']);
  for (const { old, new: current } of RENAMED.filter(({ kind }) => kind === 'mark')) {
    expect(rowsFor('yaml').find(([word]) => word === old)?.[1].write).toBe(current);
  }
});

test('every row says what to write, and no two rows are the same', () => {
  expect(WORDS.filter(({ write }) => write === '')).toEqual([]);
  expect(new Set(WORDS.map(({ word, where }) => `${where} ${word}`)).size).toBe(WORDS.length);
});

test('no file of the repository holds an old word', () => {
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});
