import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-look-'));
  const scenario = (path: string, text: string) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  scenario(
    'scenarios/elections/calm.yaml',
    'about: Nothing happens, and that is all there is to say about it.\ncluster: { nodes: 3 }\n',
  );
  scenario('scenarios/elections/crowd.yaml', 'cluster: { nodes: 11 }\n');
  scenario('scenarios/faults/crash.yaml', 'cluster: { nodes: 3 }\nscript:\n  - crash: leader\n  - wait: 1s\n');
  scenario('bad/one.yaml', 'cluster: { nodes: 3 }\nscript:\n  - timeot: n1\n  - crash: n9\n');
  scenario('bad/two.yaml', 'cluster: [\n');
  scenario('doubtful.yaml', 'cluster: { nodes: 3 }\nscript:\n  - partition: [n1, n2]\n  - wait: 1s\n');
  scenario('bug.yaml', 'cluster: { nodes: 3, mutant: L12 }\nscript: [{ elect: n1 }]\n');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function whitewater(args: string, options: { isTTY?: boolean; columns?: number } = {}) {
  const io = new RecordingIo(folder, options);
  const code = await main(args.split(' '), io);
  return { code, out: io.stdout.text.replaceAll(`${folder}/`, ''), err: io.stderr.text.replaceAll(`${folder}/`, '') };
}

/** The lines of JSON that show trace events. */
function traceEvents<T>(out: string): T[] {
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T & { readonly type: string });
  return lines.filter(({ type }) => type === 'trace-event');
}

describe('whitewater list', () => {
  it('shows the scenarios of the usual folder by topic', async () => {
    const { code, out } = await whitewater('list');
    expect(code).toBe(0);
    expect(`\n${out}`).toMatchInlineSnapshot(`
      "
      elections  2 scenarios
        calm    3 nodes  Nothing happens, and that is all there is to say about it.
        crowd  11 nodes

      faults  1 scenario
        crash   3 nodes
      "
    `);
  });

  it('prints JSON', async () => {
    const lines = (await whitewater('list --json')).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { name: 'calm', topic: 'elections', nodes: 3, mutant: null, seed: '1', file: 'scenarios/elections/calm.yaml' },
      { name: 'crowd', topic: 'elections', nodes: 11 },
      { name: 'crash', topic: 'faults', nodes: 3 },
    ]);
  });
});

describe('whitewater lint', () => {
  it('warns of what is valid but hardly meant, which is no mistake', async () => {
    const { code, out } = await whitewater('lint doubtful.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/^doubtful\.yaml:3:16 {2}script\[0\]\.partition: warning: each of these is a side of its own/u);
    expect(out).toContain('1 scenario, no problems, 1 warning');
    expect((await whitewater('lint doubtful.yaml --json')).out).toMatch(/"severity":"warning".*\n.*"warnings":1/u);
  });

  it('warns once before a run too, on stderr, and not with --quiet', async () => {
    const warned = async (options: string): Promise<number[]> => {
      const { out, err } = await whitewater(`run doubtful.yaml --seeds 3 ${options}`.trim());
      return [out, err].map((text) => text.split('warning:').length - 1);
    };
    expect([await warned(''), await warned('--json'), await warned('--quiet')]).toEqual([
      [0, 1],
      [0, 1],
      [0, 0],
    ]);
  });

  it('prints every problem of every file, and exits with 2', async () => {
    const { code, out, err } = await whitewater('lint scenarios bad nowhere.yaml');
    expect([code, err]).toEqual([2, '']);
    expect(out).toContain('bad/one.yaml:3:5  script[0].timeot: unknown action "timeot"; did you mean "timeout"?');
    expect(out).toContain('bad/one.yaml:4:');
    expect(out).toContain('bad/two.yaml:');
    expect(out).toContain('nowhere.yaml:1:1  no such file or directory');
    expect(out.trim().split('\n').at(-1)).toMatch(/^✗ \d+ problems in 3 files; 3 other files without$/u);
  });

  it('says that there are no problems, except with --quiet', async () => {
    expect(await whitewater('lint')).toEqual({
      code: 0,
      out: '✓ 3 scenarios, no problems\n',
      err: 'whitewater: no scenarios named: using those in ./scenarios\n',
    });
    expect(await whitewater('lint --quiet')).toEqual({ code: 0, out: '', err: '' });
  });

  it('rewrites renamed words with --fix, and says which', async () => {
    const path = join(folder, 'old.yaml');
    writeFileSync(path, 'cluster: { nodes: 3, spares: 1 } # spares\nscript:\n  - weather: reset\n');
    expect(await whitewater('lint old.yaml')).toMatchObject({ code: 2 });
    const { code, out } = await whitewater('lint old.yaml --fix');
    expect([code, out]).toEqual([
      0,
      'old.yaml:1  "spares" is now "standby"\nold.yaml:3  "weather" is now "network"\n✓ 1 scenario, no problems\n',
    ]);
    expect(readFileSync(path, 'utf8')).toBe(
      'cluster: { nodes: 3, standby: 1 } # spares\nscript:\n  - network: reset\n',
    );
    expect(await whitewater('lint old.yaml --fix --quiet')).toMatchObject({ code: 0, out: '' });
  });

  it('repairs with --fix what needs no guess, says what, and leaves the rest', async () => {
    const path = join(folder, 'wrong.yaml');
    const wrong = (write: string): string =>
      `cluster: { nodes: 3 } # three\nclients: 1\nscript:\n${write}  - wait: 150\n`;
    writeFileSync(path, wrong('  - put: { key: x }\n  - write: { key: x } # x\n    value: 1\n  - wait: 1 sec\n'));
    const { code, out } = await whitewater('lint wrong.yaml --fix --no-color');
    expect(code).toBe(2);
    expect(out.split('\n').slice(0, 2)).toEqual([
      'wrong.yaml:6  "script[1].value" is now "script[1].write.value"',
      'wrong.yaml:6  wait: 1 sec is now wait: 1s',
    ]);
    expect(out).toContain('wrong.yaml:7:11  script[3].wait: expected ');
    const text = readFileSync(path, 'utf8');
    expect(text).toBe(wrong('  - put: { key: x }\n  - write: { key: x, value: 1 } # x\n  - wait: 1s\n'));
    expect((await whitewater('lint wrong.yaml --fix --no-color')).out).not.toContain('is now');
    expect(readFileSync(path, 'utf8')).toBe(text);
    const json = 'cluster: { Nodes: 3 }\n';
    writeFileSync(path, json);
    expect((await whitewater('lint wrong.yaml --fix --json')).out).toMatch(
      /"type":"lint-fix",.*"old":"Nodes","new":"nodes"\}\n/u,
    );
    rmSync(path);
  });

  it('rewrites without arguments only what is in ./scenarios', async () => {
    const text = 'cluster: { nodes: 3, spares: 1 }\n';
    const other = join(folder, 'docker.yaml');
    const own = join(folder, 'scenarios', 'old.yaml');
    for (const path of [other, own]) writeFileSync(path, text);
    expect(await whitewater('lint --fix')).toMatchObject({ code: 0 });
    expect([other, own].map((path) => readFileSync(path, 'utf8'))).toEqual([text, text.replace('spares', 'standby')]);
    rmSync(own);
    rmSync(other);
  });

  it('prints JSON, a line per problem', async () => {
    const { code, out } = await whitewater('lint bad/one.yaml --json');
    expect(code).toBe(2);
    const [first] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(first).toMatchObject({ file: 'bad/one.yaml', line: 3, column: 5, length: 6, path: 'script[0].timeot' });
  });
});

describe('whitewater schema', () => {
  it('prints a JSON Schema', async () => {
    const { code, out } = await whitewater('schema');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: 'Whitewater scenario', type: 'object' });
  });
});

describe('whitewater trace', () => {
  it('leaves out kinds, and checks that are not to report', async () => {
    const verdict = async (except: string): Promise<unknown> => {
      const { out } = await whitewater(`trace bug.yaml --json ${except}`.trim());
      const last = JSON.parse(out.trim().split('\n').at(-1)!) as { violation: { invariant: string } | null };
      return [last.violation?.invariant ?? null, out.includes('"kind":"sent"')];
    };
    expect(await verdict('')).toEqual(['I16', true]);
    expect(await verdict('--except I16,sent')).toEqual([null, false]);
    expect(await verdict('--except I16 --except sent')).toEqual([null, false]);
  });

  const crash = 'trace scenarios/faults/crash.yaml';

  it('shows only the kinds that --kind lists', async () => {
    const { code, out } = await whitewater(`${crash} --kind elected,crashed`);
    expect(code).toBe(0);
    const rows = out.split('\n\n')[0]?.split('\n').slice(1) ?? [];
    expect(rows.length).toBeGreaterThan(1);
    for (const row of rows) expect(row).toMatch(/ n\d (?:elected leader of term \d|crashed)/u);
  });

  it('shows only a span of time, some nodes, and not the kinds that --except lists', async () => {
    const { out } = await whitewater(`${crash} --json --from 100ms --to 0.5s --node n1,n2 --except sent,timer`);
    const seen = traceEvents<{ at: number; node: string | null; kind: string }>(out);
    expect(seen.length).toBeGreaterThan(1);
    for (const { at, node, kind } of seen) {
      expect(at).toBeGreaterThanOrEqual(100_000);
      expect(at).toBeLessThanOrEqual(500_000);
      expect(['n1', 'n2', null]).toContain(node);
      expect(['sent', 'timer']).not.toContain(kind);
    }
  });

  it('shows an event and its chain of causes', async () => {
    const { out } = await whitewater(`${crash} --json --kind elected`);
    const { event } = JSON.parse(out.slice(0, out.indexOf('\n'))) as { event: number };
    const { out: causes } = await whitewater(`${crash} --json --causes ${String(event)}`);
    const chain = traceEvents<{ event: number; cause: number }>(causes);
    expect(chain.at(-1)?.event).toBe(event);
    const events = [...new Set(chain.map((one) => one.event))];
    // Each event of the chain is the cause of the next.
    for (const [place, one] of events.entries()) {
      if (place > 0) expect(chain.find((link) => link.event === one)?.cause).toBe(events[place - 1]);
    }
    expect(events.length).toBeGreaterThan(3);
    expect((await whitewater(`${crash} --causes 99999999`)).err).toContain(
      '--causes: the run has no trace of event 99999999',
    );
  });

  it('is the same for the same seed, and differs for another', async () => {
    const [a, b, c] = [
      await whitewater(`${crash} --seed 5`),
      await whitewater(`${crash} --seed 5`),
      await whitewater(`${crash} --seed 6`),
    ];
    expect(a).toEqual(b);
    expect(a.out).not.toBe(c.out);
  });

  it.each([80, 100, 160])('keeps within a terminal of %i columns, whatever the scenario', async (columns) => {
    for (const file of ['scenarios/faults/crash.yaml', 'scenarios/elections/crowd.yaml']) {
      const { out } = await whitewater(`trace ${file} --no-color`, { isTTY: true, columns });
      for (const line of out.split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
    }
  });
});
