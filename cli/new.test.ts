import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledScenarios, schemaPath } from '../runs/load/bundled.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { scaffold } from '../runs/load/new-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-new-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(args: readonly string[], entered?: string | null) {
  const ask = entered === undefined ? null : () => Promise.resolve(entered);
  const io = new RecordingIo(folder, { ask });
  const code = await main(args, io);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

const made = (path: string): string => readFileSync(join(folder, path), 'utf8');

describe('whitewater new', () => {
  it('makes a file that runs as it is, and says how', async () => {
    expect(await whitewater(['new', 'my-scenario'])).toEqual({
      code: 0,
      out: 'my-scenario.yaml is there. What you can do next:\n  whitewater run my-scenario.yaml\n  whitewater run my-scenario.yaml --watch\n  whitewater trace my-scenario.yaml\n',
      err: '',
    });
    expect(made('my-scenario.yaml')).toMatch(/^# yaml-language-server: \$schema=\S+\nname: my-scenario\n/u);
    expect(await whitewater(['lint', 'my-scenario.yaml', '--no-color'])).toMatchObject({
      code: 0,
      out: '✓ 1 scenario, no problems\n',
    });
    expect(await whitewater(['run', 'my-scenario.yaml', '--seeds', '3'])).toMatchObject({ code: 0 });
  });

  it.each([
    ['scenarios/faults/tie.yaml', 'scenarios/faults/tie.yaml'],
    ['tie.yml', 'tie.yml'],
    ['./tie', 'tie.yaml'],
    ['a folder/tie', 'a folder/tie.yaml'],
  ])('takes the path %s, and makes folders that are missing', async (argument, path) => {
    expect(await whitewater(['new', argument])).toMatchObject({ code: 0 });
    expect(made(path)).toContain('\nname: tie\n');
  });

  it('never replaces a file, nor what a link leads to', async () => {
    writeFileSync(join(folder, 'precious.yaml'), 'precious');
    symlinkSync('precious.yaml', join(folder, 'link.yaml'));
    symlinkSync('nowhere', join(folder, 'dangling.yaml'));
    for (const name of ['precious', 'link', 'dangling']) {
      const { code, out, err } = await whitewater(['new', name]);
      expect([code, out]).toEqual([2, '']);
      expect(err).toBe(`whitewater: ${name}.yaml exists, and is left as it is; choose another name\n`);
    }
    expect(made('precious.yaml')).toBe('precious');
    expect(readdirSync(folder).toSorted()).toEqual(['dangling.yaml', 'link.yaml', 'precious.yaml']);
  });

  it.each([
    ['5-nodes', '"5-nodes" is no name for a scenario; expected letters, digits, "-" and "_", the first a letter'],
    ['..', '".." is no name'],
    ['.yaml', '"" is no name'],
    ['', '"" is no name'],
    ['x'.repeat(41), 'at most 40 in all'],
    ['folder/', 'folder/ is a folder; expected a name after it, like folder/my-scenario'],
    ['a\u001b[2J/b', '"a\\u001b[2J/b": a path with characters that are not seen'],
    ['a\u202eb', '"a\\u202eb": a path with characters that are not seen'],
    ['file/b', 'cannot write file/b.yaml: not a directory (ENOTDIR); name another place'],
  ])('refuses %j', async (argument, message) => {
    writeFileSync(join(folder, 'file'), '');
    const { code, err } = await whitewater(['new', argument]);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('without a name asks on a terminal, and is a wrong call elsewhere', async () => {
    expect(await whitewater(['new'], 'asked-for')).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(['asked-for.yaml']);
    expect(await whitewater(['new'], null)).toEqual({ code: 130, out: '', err: '' });
    expect(await whitewater(['new'])).toEqual({
      code: 2,
      out: '',
      err: 'whitewater: a name is missing; expected one like: whitewater new my-scenario\nTry: whitewater new --help\n',
    });
    expect(readdirSync(folder)).toEqual(['asked-for.yaml']);
  });
});

describe('whitewater new --from', () => {
  it('copies a bundled scenario under another name, with its comments', async () => {
    const original = readFileSync(bundledScenarios().find(({ name }) => name === 'split-vote')!.path, 'utf8');
    for (const [name, from] of [
      ['tie', 'split-vote'],
      ['tie-2', 'election/split-vote'],
    ] as const) {
      expect(await whitewater(['new', name, '--from', from])).toMatchObject({ code: 0 });
      const [schema, ...lines] = made(`${name}.yaml`).split('\n');
      expect(schema).toMatch(/^# yaml-language-server: /u);
      expect(lines.join('\n')).toBe(original.replace('name: split-vote', `name: ${name}`));
    }
  });

  it.each([
    ['splt-vote', 'there is no bundled scenario "splt-vote"; did you mean "split-vote"?'],
    ['split-vote.yaml', 'there is no bundled scenario "split-vote.yaml"; did you mean "split-vote"?'],
    ['xyzzy', 'there is no bundled scenario "xyzzy"; the topics are '],
    ['figures', '"figures" is a topic with '],
    ['everybody-crashes', 'the bundled scenario "everybody-crashes" is now called "all-nodes-lose-power-during-write"'],
  ])('refuses %j before anything is asked or made', async (from, message) => {
    const { code, err } = await whitewater(['new', '--from', from], 'tie');
    expect(code).toBe(2);
    expect(err).toContain(`whitewater: --from: ${message}`);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the scenario to begin with', () => {
  const passes = (text: string): void => {
    const scenario = loadScenario(text, 'mine.yaml');
    expect(scenario.warnings).toEqual([]);
    for (let seed = 1; seed <= 50; seed++) expect(simulate(scenario, String(seed)).verdict).toBe('pass');
  };
  const text = scaffold('mine', '/somewhere');
  const undone = (step: string): string => text.replace(/^ {2}# The fault can be undone.*$/mu, `  - ${step}`);

  it.each([
    ['as it is', text],
    ['with five nodes', text.replace('nodes: 3', 'nodes: 5')],
    ['with clients that work by themselves', text.replace(', ops: none', '')],
    ['with a node that is started again', undone('restart: $old')],
    ['with a leader that is cut off', undone('heal: all').replace('- crash: leader', '- isolate: leader')],
    ['with a leader that is paused', undone('resume: $old').replace('- crash: leader', '- pause: leader')],
  ])('passes %s, as its comments say', (_, changed) => passes(changed));

  it('fits into 120 columns', () => {
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it('names the schema by a relative path within the project, and by an absolute one elsewhere', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const schema = (at: string): string => /\$schema=(.*)$/mu.exec(scaffold('mine', at))![1]!;
    expect(schema(resolve(root))).toBe('scenarios/scenario.schema.json');
    expect(schema(join(root, 'docs/examples'))).toBe('../../scenarios/scenario.schema.json');
    expect([schemaPath(), new URL(`file://${schemaPath()!}`).href]).toContain(schema('/'));
  });
});
