import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

/** What a file name and an argument can hold: it would clear the screen, begin a line and turn the rest around. */
const EVIL = '\u001b[2J\u009b2J\u202e\u2066\ufeff\u200f\u2028\r\nx';
/** What a text in a scenario can hold. */
const TEXT = String.raw`"a\u202eb\u2066c\u200ed\ufeffe\u2028f\ng\th"`;
/** What is printed without colours: visible characters, blanks and line ends. */
const PRINTED = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*$/u;

let folder = '';
const FILE = `f${EVIL}.yaml`;
const BAD = `bad${EVIL}.yaml`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-hostile-'));
  mkdirSync(join(folder, `topic${EVIL}`));
  mkdirSync(join(folder, `empty${EVIL}`));
  const scenario = [
    `about: ${TEXT}`,
    `source: ${TEXT}`,
    `tags: [${TEXT}]`,
    `seed: ${TEXT}`,
    'cluster: { nodes: 3 }',
    'clients: { count: 1, ops: none }',
    'script:',
    `  - write: { key: ${TEXT}, value: ${TEXT} }`,
    `    label: ${TEXT}`,
    `  - until: { value: { ${TEXT}: z } }`,
    `    label: ${TEXT}`,
    '    within: 1s',
    'expect:',
    `  - value: { ${TEXT}: ${TEXT}, on: all }`,
    '',
  ].join('\n');
  writeFileSync(join(folder, FILE), scenario);
  writeFileSync(join(folder, `topic${EVIL}`, FILE), scenario);
  const repro = `repro: { verdict: unmet, hash: "${'0'.repeat(16)}", events: 1, versions: { ${TEXT}: ${TEXT} } }\n`;
  writeFileSync(join(folder, `repro${EVIL}.yaml`), scenario + repro);
  const wrong = [
    `cluster: { nodes: 3, ${TEXT}: 1, mutant: ${TEXT}, spares: 1 }`,
    'script:',
    `  - crash: ${TEXT}`,
    `  - ${TEXT}: n1`,
    '  - crash: n\u202e1 # \u2028 \u061c \u00ad',
    `  - &a\u202eb wait: 1s`,
    '  - *c\u202ed',
    `expect: { mark: ${TEXT} }`,
    '',
  ].join('\n');
  writeFileSync(join(folder, BAD), wrong);
  writeFileSync(join(folder, `other${EVIL}.yaml`), `a\u202e: "\n`);
  writeFileSync(join(folder, `latin${EVIL}.yaml`), new Uint8Array([0xe9]));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(argv: readonly string[], options: object) {
  const io = new RecordingIo(folder, options);
  const code = await main(argv, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

/** Every command, with arguments from the hand of an enemy, and its exit code. */
const CALLS: readonly (readonly [number, readonly string[]])[] = [
  [3, ['run', FILE]],
  [3, ['run', FILE, '--seed', `s${EVIL}`]],
  [3, ['run', FILE, `topic${EVIL}`, '--seeds', '3']],
  [3, ['run', FILE, '--out', `out${EVIL}`]],
  [2, ['run', BAD]],
  [2, ['run', '.']],
  [2, ['run', `empty${EVIL}`]],
  [2, ['run', `latin${EVIL}.yaml`]],
  [2, ['run', `nothing${EVIL}`]],
  [2, ['run', `f${EVIL}.yml`]],
  [2, ['run', `topic${EVIL}y`]],
  [2, ['run', FILE, '--seeds', EVIL]],
  [2, ['run', FILE, '--out', `${FILE}/${EVIL}`]],
  [2, ['run', FILE, `--x${EVIL}`]],
  [2, [`x${EVIL}`]],
  [0, ['list', FILE, `topic${EVIL}`]],
  [2, ['list', BAD]],
  [0, ['lint', FILE]],
  [2, ['lint', '.']],
  [2, ['lint', '--fix', BAD]],
  [0, ['trace', FILE]],
  [0, ['trace', FILE, '--seed', EVIL]],
  [2, ['trace', FILE, '--node', `n${EVIL}`]],
  [2, ['trace', FILE, '--kind', `k${EVIL}`]],
  [2, ['trace', FILE, '--from', EVIL]],
  [2, ['trace', FILE, '--causes', EVIL]],
  [2, ['trace', FILE, '--width', EVIL]],
  [2, ['trace', '.']],
  [3, ['replay', FILE]],
  [4, ['replay', `repro${EVIL}.yaml`]],
  [2, ['replay', BAD]],
  [2, ['schema', EVIL]],
];

describe('text from files and arguments does not reach the terminal raw', () => {
  it.each(CALLS)('%#: exit code %i of %j', async (code, argv) => {
    for (const options of [{}, { isTTY: true, columns: 80, env: { NO_COLOR: '1' } }]) {
      const { out, err, code: found } = await whitewater(argv, options);
      expect(found).toBe(code);
      expect((out + err).length).toBeGreaterThan(20);
      // Progress on a terminal is drawn over itself.
      const lines = (out + err.replace(/\r[^\r\n]*\u001b\[K/gu, '')).split('\n');
      for (const line of lines) expect(line).toMatch(PRINTED);
    }
  });

  it('nor is it lost: it is shown as escapes', async () => {
    const { out } = await whitewater(['run', FILE], {});
    expect(out).toContain(String.raw`seed a\u202eb\u2066c\u200ed\ufeffe\u2028f\u000ag\u0009h`);
    expect(out).toContain(String.raw`f\u001b[2J\u009b2J\u202e`);
    expect(out).toContain(String.raw`"a\u202eb\u2066c\u200ed\ufeffe\u2028f\u000ag\u0009h"`);
    const { out: problems } = await whitewater(['lint', BAD], {});
    expect(problems).toContain(String.raw`n\u202e1`);
  });

  it('nor into what a repro file says of its run', () => {
    const files = readdirSync(join(folder, 'out'));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) {
      const text = readFileSync(join(folder, 'out', file), 'utf8');
      const [head = ''] = text.split('\n\n');
      const recorded = text.slice(text.indexOf('\nseed: '));
      for (const line of [...head.split('\n'), ...recorded.split('\n')]) expect(line).toMatch(PRINTED);
      expect(file).toMatch(/^[\w.-]+$/u);
    }
  });

  it('and as JSON it is as it was', async () => {
    for (const argv of [
      ['run', FILE, '--json'],
      ['trace', FILE, '--json'],
      ['list', FILE, '--json'],
      ['replay', FILE, '--json'],
      ['lint', FILE, BAD, '--json'],
    ]) {
      const { out, err } = await whitewater(argv, {});
      const lines = out.trimEnd().split('\n');
      for (const line of lines) expect(JSON.parse(line)).toMatchObject({ version: 3 });
      expect(argv[0] === 'trace' || out.includes(JSON.stringify(EVIL).slice(1, -1))).toBe(true);
      for (const line of err.split('\n')) expect(line).toMatch(PRINTED);
    }
  });
});
