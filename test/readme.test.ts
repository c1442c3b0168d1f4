import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../cli/command-line.ts';
import { RecordingIo } from '../cli/testing/recording-io.ts';
import * as api from '../index.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { runExample } from './doc-examples.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** The first block of code in a language; of none if it is empty. */
function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'mu').exec(README)?.[1] ?? '';
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-readme-'));
  cpSync(join(ROOT, 'docs/examples'), join(folder, 'docs/examples'), { recursive: true });
  writeFileSync(join(folder, 'my-scenario.yaml'), block('yaml'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(args: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const io = new RecordingIo(folder);
  const code = await main(args, io);
  return { code, out: io.stdout.text.replaceAll(`${folder}/`, ''), errors: io.stderr.text };
}

test('the scenario of the README passes for seeds 1 to 100', () => {
  const scenario = loadScenario(block('yaml'), 'readme.yaml');
  for (let seed = 1; seed <= 100; seed++) expect(simulate(scenario, String(seed)).verdict).toBe('pass');
});

test('the code of the README gives what it says', () => {
  const compared = runExample({ name: 'README', code: block('ts') }, api, (found, stated) =>
    expect(found).toEqual(stated),
  );
  expect(compared).toBe(1);
});

test('the mistake that the README shows is reported so', async () => {
  const shown = /^```\n(my-scenario\.yaml:[^]*?)^```$/mu.exec(README)![1]!;
  writeFileSync(join(folder, 'my-scenario.yaml'), 'name: mine\ncluster: { nodes: 4 }\nscript:\n  - timeot: [n1, n4]\n');
  const { code, out } = await whitewater(['lint', 'my-scenario.yaml']);
  writeFileSync(join(folder, 'my-scenario.yaml'), block('yaml'));
  expect(code).toBe(2);
  expect(out).toContain(shown);
});

describe('the commands of the README work', () => {
  const commands = [...README.matchAll(/^npx whitewater (.*?) +#/gmu)].map(([, words = '']) => words);

  test.each(commands)('whitewater %s', async (words) => {
    const args = words.replace(/--seeds \S+/u, '--seeds 2').split(' ');
    const { code, errors } = await whitewater(args);
    // The picture is of a violation, and the replay repeats it.
    expect([code, errors]).toEqual([words.includes('longer-log-elected') ? 1 : 0, '']);
  });

  test('there are some', () => expect(commands.length).toBeGreaterThan(5));
});
