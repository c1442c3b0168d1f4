import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { main } from '../cli/command-line.ts';
import { RecordingIo } from '../cli/testing/recording-io.ts';
import { KnownFailures } from '../runs/fuzz/known.ts';
import { SIGNATURE_WORDS } from '../runs/fuzz/signature.ts';

const PAGE = readFileSync(new URL('../docs/fuzzing.md', import.meta.url), 'utf8');
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const blocks = (language: string): string[] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'gmu'))].map(([, text = '']) => text);

/** The page is of a scenario of your own, with a bug that some runs show. */
const MINE = `
cluster: { nodes: 5, mutant: E21 }
network: { latency: 1ms..20ms }
script: [{ until: { leaders: 1 } }, { isolate: leader }, { wait: 400ms }]
`;

const folder = mkdtempSync(join(tmpdir(), 'whitewater-fuzzing-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the commands of docs/fuzzing.md work, one after the other', () => {
  writeFileSync(join(folder, 'my.yaml'), MINE);
  writeFileSync(join(folder, 'known.txt'), blocks('text')[0]!);
  const commands = blocks('sh').flatMap((block) =>
    [...block.matchAll(/^npx whitewater (.*?)(?: +#.*)?$/gmu)].map(([, words = '']) => words),
  );

  test('there are some', () => expect(commands.length).toBeGreaterThan(8));

  test.each(commands)('whitewater %s', async (words) => {
    const io = new RecordingIo(folder);
    // Looking for known bugs needs a scenario without one.
    if (words.startsWith('mutants run')) writeFileSync(join(folder, 'my.yaml'), MINE.replace(', mutant: E21', ''));
    const code = await main(words.split(' '), io);
    expect([0, 1, 3], io.stderr.text).toContain(code);
    const out = /--(?:out|resume) (\S+)/u.exec(words)?.[1];
    if (out !== undefined) {
      expect(existsSync(join(folder, out, 'results.ndjson'))).toBe(true);
      expect(io.stdout.text).toContain(`Results  ${out}`);
    }
  });
});

test('docs/fuzzing.md names everything that a signature can begin with', () => {
  for (const word of SIGNATURE_WORDS) expect(PAGE).toContain(`| \`${word}-…\``);
});

test('the file of known failures of docs/fuzzing.md is one', () => {
  const known = KnownFailures.parse(blocks('text')[0]!, 'known.txt');
  expect(known.unused).toEqual(['I14-3f9a2c', 'Lv1']);
});

test('the workflow of docs/fuzzing.md runs each shard, and merges them', () => {
  const { jobs } = parse(blocks('yaml')[0]!) as { jobs: Record<string, { steps: { run?: string }[] }> };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
  expect(commands.filter((command) => command.startsWith('npx whitewater'))).toEqual([
    expect.stringMatching(/^npx whitewater fuzz .*--shard \$\{\{ matrix\.shard \}\}\/4 --out shard \|\| true$/u),
    expect.stringContaining('npx whitewater merge shards/*'),
  ]);
});

test('the README leads to docs/fuzzing.md', () => expect(README).toContain('(docs/fuzzing.md)'));
