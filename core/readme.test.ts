import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { AREAS } from './areas.ts';

const README = read('README.md');

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

function read(file: string): string {
  return readFileSync(path(file), 'utf8');
}

/** The cells of the table under a heading, without its header. */
function table(heading: string): string[][] {
  const section = README.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!;
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);
}

/** A function or class of a file, from its first line to its closing brace, or nothing if the file has none. */
function bodyOf(file: string, name: string): string {
  return new RegExp(`^(?:export )?(?:function|class) ${name}\\b[^]*?^}$`, 'm').exec(read(file))?.[0] ?? '';
}

test.each(table('Figure 2 of the paper, box by box'))('%s is where core/README.md says: %s, %s', (_, file, names) => {
  expect(quoted(names).length).toBeGreaterThan(0);
  for (const name of quoted(names)) expect(bodyOf(quoted(file)[0]!, name)).not.toBe('');
});

const EIGHT_RULES = table('The rules a reader looks for first');

test.each(EIGHT_RULES)('Figure 2, %s: the step stands as a comment in %s, %s', (step, file, name) => {
  const body = bodyOf(quoted(file)[0]!, quoted(name)[0]!);
  expect(body.replace(/\n\s*\/\/ (?!Figure)/g, ' ')).toContain(`// Figure 2, ${step}`);
});

test('core/README.md names the steps of both receivers, the commit rule, higher terms and applying', () => {
  expect(EIGHT_RULES.map(([step]) => step!)).toEqual([
    ...[1, 2, 3, 4, 5].map((step) => `AppendEntries receiver ${step}`),
    ...[1, 2].map((step) => `RequestVote receiver ${step}`),
    'leaders: if there exists an N such that N > commitIndex',
    'all servers: if RPC request or response contains term T > currentTerm',
    'all servers: if commitIndex > lastApplied',
  ]);
});

test('core/README.md lists the areas in their order, with files that exist, on one screen', () => {
  const rows = table('Areas');
  expect(rows.map(([area]) => area)).toEqual(AREAS);
  for (const [, code, checks] of rows) {
    for (const file of quoted(code!)) expect([file, existsSync(path(file))]).toEqual([file, true]);
    for (const file of quoted(checks!)) expect([file, existsSync(path(`../checks/${file}`))]).toEqual([file, true]);
  }
  expect(README.split('\n').length).toBeLessThanOrEqual(61);
});

function filesOf(folder: string): string[] {
  return readdirSync(path(folder)).filter((file) => !file.endsWith('.test.ts'));
}

test('rules/ has a file for each area, and none besides the seams and the table', () => {
  expect(filesOf('rules').toSorted()).toEqual([...AREAS, 'index', 'seams'].map((name) => `${name}.ts`).toSorted());
});

test('mutants/ has no file that is not an area, besides the type and the list, and each makes mutants of its area', () => {
  const files = filesOf('mutants').filter((file) => file !== 'index.ts' && file !== 'mutant.ts');
  for (const file of files) {
    const area = file.replace('.ts', '');
    expect(AREAS).toContain(area);
    expect(read(`mutants/${file}`)).toContain(`= mutantIn('${area}');`);
  }
});
