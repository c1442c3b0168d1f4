import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../cli/command-line.ts';
import { RecordingIo } from '../cli/testing/recording-io.ts';
import type { Runner } from '../runs/campaign/campaign.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';

const PAGE = readFileSync(new URL('../docs/json.md', import.meta.url), 'utf8');

/** The fields that the page describes, by type of line. */
const DESCRIBED = new Map(
  PAGE.split(/^## /mu)
    .slice(1)
    .map((section): [string, string[]] => {
      const [type = ''] = section.split('\n');
      return [type, [...section.matchAll(/^\| `([^`]+)` /gmu)].map(([, field = '']) => field)];
    }),
);
DESCRIBED.set('replay', [...DESCRIBED.get('run')!, ...DESCRIBED.get('replay')!]);

/** Fields of which every name is data. */
const BY_NAME = /^(?:(marks|faults|failed|fields|comparison\.recorded\.versions)\.[^.]+|((?:problem\.)?settings)\..+)/u;
const NAMES: Readonly<Record<string, string>> = {
  faults: '{kind}',
  failed: '{kind}',
  settings: '{path}',
  'problem.settings': '{path}',
};

let folder = '';
const printed = new Map<string, Set<string>>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-json-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write(
    'lossy.yaml',
    'cluster: { nodes: 3 }\nnetwork: { loss: 5% }\nclients: { count: 1 }\nscript: [{ crash: any }]\n',
  );
  write('bug.yaml', 'cluster: { nodes: 3, mutant: E1 }\nscript: [{ until: { leaders: 1 } }]\n');
  write('never.yaml', 'cluster: { nodes: 3 }\nscript: [{ until: { leaders: 3 }, within: 1s }]\n');
  write('bad.yaml', 'cluster: { nodes: 3 }\nscript: [{ timeot: n1 }]\n');
  write('idle.yaml', 'cluster: { nodes: 3 }\nscript: [{ until: { leaders: 1 } }, { heal: all }]\n');
  await print('run lossy.yaml bug.yaml never.yaml idle.yaml --seeds 2');
  await print('run idle.yaml lossy.yaml --set cluster.nodes=5');
  await print('run lossy.yaml', sampled({ verdict: 'violation', violation: sampleViolation() }));
  await print('run never.yaml', sampled(LIVENESS_FAILED));
  await print('run never.yaml', unsteady());
  await print('fuzz never.yaml --runs 2');
  await print('fuzz lossy.yaml --runs 1', unsteady());
  await print('merge out/fuzz');
  await print('mutants list');
  await print('mutants run E1 S1 --with never.yaml --runs 2');
  write('known.txt', 'I1\n');
  await print('fuzz never.yaml --runs 1 --known known.txt', () => {
    throw new Error('broken');
  });
  await print('replay out/never-1.yaml');
  await print('replay out/bug-1.yaml', unsteady());
  await print('replay never.yaml');
  const repro = readFileSync(join(folder, 'out/never-1.yaml'), 'utf8');
  write('older.yaml', repro.replace(/whitewater: "[^"]*"/u, 'whitewater: "0.0.1"'));
  await print('replay older.yaml');
  await print('trace bug.yaml');
  await print('lint bad.yaml never.yaml');
  write('old.yaml', 'cluster: { nodes: 3, spares: 1 }\n');
  await print('lint old.yaml --fix');
  write('matrix.yaml', 'cluster: { nodes: 3 }\nmatrix: { cluster.nodes: [3, 5] }\n');
  await print('list matrix.yaml');
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run with everything in `unmet`, `faultStrikes` and the like that there can be. */
const LIVENESS_FAILED: Partial<RunResult> = {
  verdict: 'unmet',
  unmet: [{ kind: 'liveness', id: 'Lv1', path: 'script[0]', node: 'n1', at: 5, text: 'no leader' }],
  faultStrikes: [{ path: 'network', kind: 'loss', injected: 1, strikes: 0 }],
  anySeed: [{ text: 'mark split-vote at least once', met: false }],
  drew: ['cluster 3 voters'],
  except: ['I16'],
};

function sampled(changes: Partial<RunResult>): Runner {
  return ({ name, file }, seed) => sampleResult({ scenario: name, file, seed, ...changes });
}

/** A simulator of which no two runs are equal. */
function unsteady(): Runner {
  let runs = 0;
  return (scenario, seed) => ({ ...simulate(scenario, seed), hash: String(++runs).padStart(16, '0') });
}

async function print(args: string, runner: Runner | null = null): Promise<void> {
  const io = new RecordingIo(folder);
  await main([...args.split(' '), '--json'], io, runner);
  const lines = io.stdout.text.trim().split('\n');
  for (const line of lines) {
    const { version, type, ...fields } = JSON.parse(line) as Record<string, unknown>;
    expect([version, typeof type]).toEqual([3, 'string']);
    const found = printed.get(String(type)) ?? new Set();
    for (const field of fieldsOf(fields, '')) found.add(field);
    printed.set(String(type), found);
  }
}

/** Every field of a value: `a`, `a.b`, `a[]`, `a[].b`. An object that is always there is described by its fields only. */
function fieldsOf(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item: unknown) => innerFields(item, `${path}[]`))];
  if (typeof value === 'object' && value !== null)
    return [path, ...innerFields(value, path)].filter((one) => one !== '');
  return [path];
}

function innerFields(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => fieldsOf(inner, path === '' ? name : `${path}.${name}`));
}

/** The field as the page writes it, with `{name}` for a name that is data. */
function asDescribed(field: string): string {
  return field.replace(BY_NAME, (_match, one?: string, other?: string) => {
    const owner = one ?? other ?? '';
    return `${owner}.${NAMES[owner] ?? '{name}'}`;
  });
}

/** Whether the page describes fields within this one, which then needs no row of its own. */
function hasParts(field: string, described: readonly string[]): boolean {
  return described.some((one) => one.startsWith(`${field}.`));
}

test('docs/json.md describes every type of line there is', () => {
  expect([...printed.keys()].toSorted()).toEqual([...DESCRIBED.keys()].toSorted());
});

test.each([...DESCRIBED])('every field of a line of type %s is described', (type, described) => {
  const found = [...(printed.get(type) ?? [])].map(asDescribed);
  expect(found.filter((field) => !described.includes(field) && !hasParts(field, described))).toEqual([]);
});

test.each([...DESCRIBED])('every field described for lines of type %s occurs', (type, described) => {
  const found = new Set([...(printed.get(type) ?? [])].map(asDescribed));
  // A replay shows runs of every kind; lines of type run show their contents.
  const others = type === 'replay' ? [...printed.get('run')!].map(asDescribed) : [];
  expect(described.filter((field) => !found.has(field) && !others.includes(field))).toEqual([]);
});

test('docs/json.md names the lines of each command', () => {
  for (const type of DESCRIBED.keys()) expect(PAGE).toContain(`[\`${type}\`](#${type})`);
});
