import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';

let folder = '';

/** A simulator that violates in some runs, in three ways. */
function runner({ name, file, settings }: Scenario, seed: string) {
  const result = sampleResult({ scenario: name, file, settings, seed, events: Number(seed) });
  const way = Object.entries({ one: 14, two: 21, three: 45 }).find(([, every]) => Number(seed) % every === 0)?.[0];
  if (way === undefined) return result;
  return { ...result, verdict: 'violation' as const, violation: sampleViolation({ summary: `n1 broke ${way}` }) };
}

async function whitewater(args: string) {
  const io = new RecordingIo(folder);
  const code = await main(args.split(' '), io, runner);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-merge-'));
  writeFileSync(join(folder, 'a.yaml'), 'cluster: { nodes: 3 }\nclients: 1\n');
  writeFileSync(join(folder, 'b.yaml'), 'cluster: { nodes: 5 }\nclients: 1\n');
  await whitewater('fuzz a.yaml b.yaml --runs 410 --out whole');
  for (const shard of [1, 2, 3]) {
    await whitewater(`fuzz a.yaml b.yaml --runs 410 --shard ${String(shard)}/3 --out s${String(shard)}`);
  }
});

afterAll(() => rmSync(folder, { recursive: true }));

it('the shards of a campaign give what it gives as a whole: results, repro files, table and exit code', async () => {
  const { code, out } = await whitewater('merge s3 s1 s2 --out all');
  expect(code).toBe(1);
  expect(read('all/results.ndjson')).toBe(read('whole/results.ndjson'));
  const repros = readdirSync(join(folder, 'whole/repros'));
  expect([repros.length, readdirSync(join(folder, 'all/repros'))]).toEqual([3, repros]);
  for (const file of repros) {
    expect(read(`all/repros/${file}`)).toBe(read(`whole/repros/${file}`).replace('whole/', 'all/'));
    expect(out).toContain(`whitewater replay all/repros/${file}`);
  }
  expect(out).toContain('(410)');
  expect(read('all/times.ndjson').trim().split('\n')).toHaveLength(Math.ceil(410 / 25));
  // It can go on as if it had never been divided.
  await whitewater('fuzz --resume all --runs 500');
  cpSync(join(folder, 'whole'), join(folder, 'longer'), { recursive: true });
  await whitewater('fuzz --resume longer --runs 500');
  expect(read('all/results.ndjson')).toBe(read('longer/results.ndjson'));
});

it('shards that are missing are named', async () => {
  const { code, out } = await whitewater('merge s3 --out third');
  expect([code, out]).toEqual([1, expect.stringContaining('Missing shards: 1, 2\nIncomplete: 125 of 410 runs.\n')]);
  const json = await whitewater('merge s1 s3 --out thirds --json');
  expect(JSON.parse(json.out)).toMatchObject({ type: 'campaign', missingShards: [2], jobs: null });
});

it('known failures fail nothing', async () => {
  writeFileSync(join(folder, 'known.txt'), 'I4\n');
  expect((await whitewater('merge s1 s2 s3 --out known --known known.txt')).code).toBe(0);
});

it.each([
  ['s1 s1', 's1 and s1 are the same shard, 1/3'],
  ['s1 whole', 's1 and whole are not of one campaign: they differ in the numbers of shards, 3 and 1'],
  ['s1 other', 's1 and other are not of one campaign: they differ in the first seeds 1 and 2'],
  ['s1 short', 's1 and short are not of one campaign: they differ in the numbers of runs, 410 and 30'],
  ['s1 nowhere', 'nowhere holds no campaign: nowhere/campaign.json is not there'],
  ['s1 s2 s3 --out whole', '--out: something is in whole already'],
  ['torn', 'torn/results.ndjson is damaged: line 2 is no result of a campaign'],
])('merge %s is refused', async (args, message) => {
  rmSync(join(folder, 'torn'), { recursive: true, force: true });
  cpSync(join(folder, 's1'), join(folder, 'torn'), { recursive: true });
  writeFileSync(join(folder, 'torn/results.ndjson'), read('s1/results.ndjson').replace('\n', '\n{"x":1}\n'));
  await whitewater('fuzz a.yaml b.yaml --runs 410 --shard 2/3 --seed 2 --out other');
  await whitewater('fuzz a.yaml b.yaml --runs 30 --shard 2/3 --out short');
  const before = read('whole/results.ndjson');
  const { code, err, out } = await whitewater(`merge ${args}`);
  expect([code, out, err]).toEqual([2, '', expect.stringContaining(message)]);
  expect(read('whole/results.ndjson')).toBe(before);
});
