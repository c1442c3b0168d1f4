import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import type { Scenario } from '../../scenarios/scenario.ts';
import { loadScenario, loadScenarios } from '../load/load-scenario.ts';
import {
  type CampaignFile,
  describeCampaign,
  differenceOf,
  fingerprintOf,
  parseCampaign,
  replayCommand,
} from './campaign-file.ts';
import { type Shard, WHOLE } from './plan.ts';
import type { BatchResults, FailureRecord } from './records.ts';
import { ResultFolder } from './result-folder.ts';

const scenario = loadScenario({ name: 'one', cluster: { nodes: 3 } });
const PLACE = { firstSeed: 1, shard: WHOLE };
const WORDS = { arguments: ['one.yaml'], settings: [], except: [], runs: 100, timeMillis: null, bail: null };
const loadedFrom = (one: Scenario) => {
  const file = { path: '/one.yaml', shown: 'one.yaml', argument: 'one.yaml', topic: '', isBundled: false };
  return { scenario: one, file };
};
const CAMPAIGN = describeCampaign([loadedFrom(scenario)], PLACE, WORDS);

let cwd = '';
beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'whitewater-results-'))));
afterEach(() => rmSync(cwd, { recursive: true }));

const results = () => join(cwd, 'out/results.ndjson');

function failure(batch: number): FailureRecord {
  const place = {
    batch,
    run: batch * 25,
    scenario: 'one',
    seed: '1',
    kind: 'violation',
    signature: 'I1-123456',
  } as const;
  return { type: 'failure', ...place, summary: 'two leaders', hash: 'f', event: 1, stack: [], repro: null };
}

function batchOf(batch: number, failures: readonly FailureRecord[] = []): BatchResults {
  const sums = {
    runs: 25,
    passed: 25 - failures.length,
    failed: {},
    events: 9,
    virtualMicros: 8,
    marks: {},
    faults: {},
  };
  return { failures, difference: null, batch: { type: 'batch', batch, ...sums } };
}

function begun(campaign: CampaignFile = CAMPAIGN): ResultFolder {
  const folder = new ResultFolder('out/', cwd);
  folder.lock();
  folder.describe(campaign);
  folder.unlock();
  return folder;
}

const numbers = (folder: ResultFolder, shard: Shard = WHOLE) =>
  [...folder.batches({ shard })].map(({ batch, failures }) => [batch.batch, failures.length]);

describe('a folder of results', () => {
  it('gives back what was put into it', () => {
    const folder = begun();
    folder.commit(batchOf(0, [failure(0)]), 12.3);
    folder.commit(batchOf(1), 4);
    expect(folder.campaign()).toEqual(CAMPAIGN);
    const [first, second] = [...folder.batches(CAMPAIGN)];
    expect(first).toMatchObject(batchOf(0, [failure(0)]));
    expect(second).toMatchObject(batchOf(1));
    expect(second!.end).toBe(statSync(results()).size);
    expect(readFileSync(join(cwd, 'out/times.ndjson'), 'utf8')).toBe(
      '{"batch":0,"wallMillis":12}\n{"batch":1,"wallMillis":4}\n',
    );
  });

  it('leaves out what follows the last batch, torn or whole, and can cut it off', () => {
    for (const rest of [
      '{"type":"batch","ba',
      `${JSON.stringify(failure(2))}\n`,
      `${JSON.stringify(failure(2))}\n{"t`,
    ]) {
      const folder = begun();
      folder.commit(batchOf(0), 1);
      const size = statSync(results()).size;
      folder.commit(batchOf(1), 1);
      appendFileSync(results(), rest);
      expect(numbers(folder)).toEqual([[0, 0], [1, 0]]); // prettier-ignore
      folder.cutAfter(size, 1);
      expect(numbers(folder)).toEqual([[0, 0]]);
      expect(readFileSync(join(cwd, 'out/times.ndjson'), 'utf8')).toBe('{"batch":0,"wallMillis":1}\n');
      folder.commit(batchOf(1), 1);
      expect(numbers(folder)).toEqual([[0, 0], [1, 0]]); // prettier-ignore
      rmSync(join(cwd, 'out'), { recursive: true });
    }
  });

  it('tells damage in the middle, and batches that are missing, by line or number', () => {
    const folder = begun();
    folder.commit(batchOf(0), 1);
    appendFileSync(results(), '{"type":"batch"}\n');
    folder.commit(batchOf(1), 1);
    expect(() => numbers(folder)).toThrow('out/results.ndjson is damaged: line 2 is no result of a campaign');
    writeFileSync(results(), '');
    folder.commit(batchOf(1), 1);
    expect(() => numbers(folder)).toThrow('expected batch 0, found batch 1');
    expect(numbers(folder, { index: 2, of: 3 })).toEqual([[1, 0]]);
  });

  it('is free if nothing is there', () => {
    const folder = new ResultFolder('out', cwd);
    expect(folder.isFree).toBe(true);
    mkdirSync(join(cwd, 'out'));
    expect(folder.isFree).toBe(true);
    // What a process that was killed has not finished.
    writeFileSync(join(cwd, 'out/campaign.json.abc.draft'), '{');
    expect(folder.isFree).toBe(true);
    rmSync(join(cwd, 'out/campaign.json.abc.draft'));
    folder.describe(CAMPAIGN);
    expect(folder.isFree).toBe(false);
    expect(readdirSync(join(cwd, 'out')).toSorted()).toEqual(['campaign.json']);
    expect(numbers(folder)).toEqual([]);
    writeFileSync(join(cwd, 'file'), '');
    expect(new ResultFolder('file', cwd).isFree).toBe(false);
  });

  it('is of one process at a time', () => {
    const folder = begun();
    folder.lock();
    // Of this process itself, the lock may be left over from before it.
    folder.lock();
    writeFileSync(join(cwd, 'out/lock'), `${String(process.ppid)}\n`);
    expect(() => folder.lock()).toThrow(
      `process ${String(process.ppid)} is at work in out; wait until it ends, or remove out/lock`,
    );
  });

  it('says what is wrong with a folder that holds no campaign', () => {
    mkdirSync(join(cwd, 'out'));
    const folder = new ResultFolder('out/', cwd);
    expect(() => folder.campaign()).toThrow('out holds no campaign: out/campaign.json is not there');
    for (const text of ['{', '[]', 'null', JSON.stringify({ ...CAMPAIGN, shard: null }), '{"format":1}']) {
      writeFileSync(join(cwd, 'out/campaign.json'), text);
      expect(() => folder.campaign()).toThrow('out/campaign.json does not describe a campaign');
    }
    expect(parseCampaign(JSON.stringify(CAMPAIGN))).toEqual(CAMPAIGN);
  });
});

it('a failing run is shown again by its repro file, or else by its scenario with settings and seed', () => {
  const [set] = loadScenarios({ name: 'one', cluster: { nodes: 3 }, matrix: { 'cluster.nodes': [5] } });
  const changed = { ...set!, checks: { except: ['I1', 'Lv1'] } };
  const campaign = describeCampaign([scenario, changed].map(loadedFrom), PLACE, WORDS);
  expect(replayCommand(campaign, 'out', { ...failure(0), run: 2 })).toBe('whitewater run one.yaml --seed 1');
  expect(replayCommand(campaign, 'out', { ...failure(0), run: 3, seed: '9' })).toBe(
    'whitewater run one.yaml --set cluster.nodes=5 --except I1,Lv1 --seed 9',
  );
  expect(replayCommand(campaign, 'out', { ...failure(0), repro: 'repros/I1-123456.yaml' })).toBe(
    'whitewater replay out/repros/I1-123456.yaml',
  );
});

describe('two campaigns', () => {
  const other = (changes: Partial<CampaignFile>) => differenceOf(CAMPAIGN, { ...CAMPAIGN, ...changes });

  it('are the same one wherever its file is, whichever shard, and however far it goes', () => {
    expect(other({ runs: 5, timeMillis: 6, bail: 7, shard: { index: 2, of: 3 } })).toBeNull();
    const moved = { ...scenario, file: 'elsewhere.yaml' };
    expect(fingerprintOf(moved)).toBe(fingerprintOf(scenario));
  });

  it('differ by anything that changes a run', () => {
    expect(other({ engine: 'f' })).toBe('the engine of Whitewater');
    expect(other({ engine: 'f', whitewater: '9' })).toContain('versions 0.1.0 and 9');
    expect(other({ firstSeed: 2 })).toBe('the first seeds 1 and 2');
    const scenarios = loadScenarios({
      name: 'one',
      cluster: { nodes: 3 },
      disk: { loseUnsynced: 'all' },
      matrix: { 'network.latency': ['1ms', '2ms'] },
    });
    expect(new Set([scenario, ...scenarios].map(fingerprintOf)).size).toBe(3);
    const changed = describeCampaign([loadedFrom({ ...scenario, checks: { except: ['I1'] } })], PLACE, WORDS);
    expect(differenceOf(CAMPAIGN, changed)).toBe('the contents of scenario one');
    const two = [scenario, scenario].map(loadedFrom);
    expect(differenceOf(CAMPAIGN, describeCampaign(two, PLACE, WORDS))).toBe('scenario 2: none and one');
  });
});
