import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../cli/command-line.ts';
import { RecordingIo } from '../cli/testing/recording-io.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { terminalPicture, textOf } from './terminal-picture.ts';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));
const SCENARIO = 'docs/examples/longer-log-elected.yaml';
const COMMAND = `whitewater run ${SCENARIO}`;
const PICTURE = join(DOCS, 'violation.svg');
const COLUMNS = 80;
const LABEL =
  'A run in a terminal: the invariant Leader Completeness is violated. The report shows both witnesses and the causes.';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-picture-'));
  cpSync(join(DOCS, 'examples'), join(folder, 'docs/examples'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the command prints, and its exit code. The time that a run takes is the same each time. */
async function run(environment: Readonly<Record<string, string>>): Promise<{ code: number; lines: string[] }> {
  const io = new RecordingIo(folder, { isTTY: true, columns: COLUMNS, env: environment });
  const [, ...args] = COMMAND.split(' ');
  rmSync(join(folder, 'out'), { recursive: true, force: true });
  const code = await main(args, io, (scenario, seed) => ({ ...simulate(scenario, seed), wallMillis: 20 }));
  // Where the folder of a command is that of its process, paths are shown as they were given.
  return { code, lines: io.stdout.text.replace(`${folder}/`, '').trimEnd().split('\n') };
}

test('[I3] docs/violation.svg is the output of the command it shows', async () => {
  const coloured = await run({ FORCE_COLOR: '1' });
  const picture = terminalPicture([`$ npx ${COMMAND}`, ...coloured.lines], COLUMNS, LABEL);
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(PICTURE, picture);
  expect(readFileSync(PICTURE, 'utf8')).toBe(picture);

  const { code, lines } = await run({ NO_COLOR: '1' });
  expect(code).toBe(1);
  expect(lines).toContain('  LeaderCompleteness  I3, Raft §5.4.3');
  expect(textOf(picture)).toEqual([`$ npx ${COMMAND}`, ...lines.filter((line) => line !== '')]);
});

test('the scenario of docs/violation.svg passes without the known bug', () => {
  const text = readFileSync(join(DOCS, 'examples/longer-log-elected.yaml'), 'utf8');
  const scenario = loadScenario(text.replace(', mutant: E7', ''), 'without.yaml');
  for (let seed = 1; seed <= 100; seed++) expect(simulate(scenario, String(seed)).verdict).toBe('pass');
});
