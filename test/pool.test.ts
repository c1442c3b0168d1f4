import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Campaign, type RunMade, wantedRuns } from '../runs/campaign/campaign.ts';
import { seedCount, type Seeds } from '../runs/campaign/seeds.ts';
import type { BatchExecutor } from '../runs/fuzz/executor.ts';
import { InProcessExecutor } from '../runs/fuzz/executor.ts';
import { runCampaign } from '../runs/fuzz/fuzz.ts';
import { type FuzzPlan, WHOLE } from '../runs/fuzz/plan.ts';
import type { BatchOutcome } from '../runs/fuzz/run-batch.ts';
import { PoolExecutor } from '../runs/pool/pool-executor.ts';
import { PooledRuns } from '../runs/pool/pooled-runs.ts';
import { workerFile } from '../runs/pool/worker-file.ts';
import { type ThreadLimits, WorkerPool } from '../runs/pool/worker-pool.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';

const ROOT = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(ROOT, 'node_modules/.cache-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The module of the threads, made from the sources as the build makes it. */
const SIMULATING = join(folder, 'simulating.mjs');
/** One with a simulator that misbehaves for some seeds. */
const MISBEHAVING = join(folder, 'misbehaving.mjs');

beforeAll(async () => {
  const options = { bundle: true, platform: 'node', format: 'esm', absWorkingDir: ROOT, logLevel: 'error' } as const;
  const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
  await build({ ...options, banner, entryPoints: ['runs/pool/worker.ts'], outfile: SIMULATING });
  const contents = `
import { workerData } from 'node:worker_threads';
import { sampleResult } from './runs/testing/sample-results.ts';
import { workerOf } from './runs/pool/work.ts';
export const work = workerOf(workerData[1], (scenario, seed) => {
  if (seed === '7' || seed === '33') for (;;);
  if (seed === '9') process.exit(3);
  if (seed === '11') throw new RangeError('eleven');
  const full = [];
  if (seed === '60') for (;;) full.push(new Array(1_000_000).fill(full.length));
  return sampleResult({ scenario: scenario.name, seed, verdict: seed === '12' ? 'unmet' : 'pass' });
});
`;
  const stdin = { contents, resolveDir: ROOT, loader: 'ts' } as const;
  await build({ ...options, banner, stdin, outfile: MISBEHAVING });
});

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const executor of running.splice(0)) await executor.close();
});

async function pool(
  file: string,
  plan: FuzzPlan,
  jobs: number,
  given: Partial<ThreadLimits> = {},
): Promise<PoolExecutor> {
  const executor = await PoolExecutor.start(file, plan, { jobs, timeout: 60_000, heap: 100, ...given });
  running.push(executor);
  return executor;
}

/** What a campaign commits, in order. */
async function campaign(executor: BatchExecutor, runs: number): Promise<BatchOutcome[]> {
  const committed: BatchOutcome[] = [];
  const limits = { runs, isTimeOver: () => false, isEnough: () => false };
  const commit = (outcome: BatchOutcome): void => void committed.push(outcome);
  const interrupted = new Promise<void>(() => undefined);
  await runCampaign({ shard: WHOLE, from: 0, executor, limits, commit, interrupted });
  return committed;
}

describe('worker threads', () => {
  const scenarios = ['E1', 'C4', null].map((mutant) =>
    loadScenario({
      name: `bug-${String(mutant)}`,
      cluster: { nodes: 3, ...(mutant === null ? {} : { mutant }) },
      network: { latency: '1ms..20ms', loss: '10%' },
      clients: 2,
      script: [{ until: { leaders: 1 } }, { crash: 'leader', as: 'old' }, { wait: '300ms' }, { restart: '$old' }],
    }),
  );
  const plan = { scenarios, firstSeed: 1, shard: WHOLE };
  const facts = ({ wallMillis: _real, firsts, ...rest }: BatchOutcome) => ({
    ...rest,
    firsts: [...firsts].map(([id, result]) => [id, { ...result, wallMillis: 0 }]),
  });

  it('give what this process gives, whatever their number, whole results and all', { timeout: 60_000 }, async () => {
    const expected = (await campaign(new InProcessExecutor(plan, null), 160)).map(facts);
    expect(expected.flatMap(({ failures }) => failures).length).toBeGreaterThan(20);
    for (const jobs of [1, 2, 4]) {
      const found = (await campaign(await pool(SIMULATING, plan, jobs), 160)).map(facts);
      expect(JSON.stringify(found)).toBe(JSON.stringify(expected));
    }
  });

  it('have a module in the built package only', () => {
    // In the sources it is TypeScript, which threads cannot load.
    expect(workerFile()).toBeNull();
  });
});

describe('runs that come to no end', () => {
  const plan = { scenarios: [loadScenario({ name: 'one', cluster: { nodes: 3 } })], firstSeed: 1, shard: WHOLE };

  it('are failures of their own, and the others of their batch count once', { timeout: 60_000 }, async () => {
    const committed = await campaign(await pool(MISBEHAVING, plan, 2, { timeout: 2_000 }), 100);
    const failures = committed.flatMap((outcome) => outcome.failures);
    expect(failures.map(({ seed, kind, summary }) => [seed, kind, summary])).toEqual([
      ['7', 'hung', 'one took longer than 2 s'],
      ['9', 'died', 'one ended its worker with exit code 3'],
      ['11', 'defect', 'RangeError: eleven'],
      ['12', 'unmet', 'a limit was reached'],
      ['33', 'hung', 'one took longer than 2 s'],
      ['60', 'died', expect.stringMatching(/^one ended its worker: .*memory/u)],
    ]);
    expect(failures[0]!.signature).toBe(failures[4]!.signature);
    expect(committed.map(({ batch }) => [batch.batch, batch.runs, batch.passed])).toEqual([
      [0, 25, 21],
      [1, 25, 24],
      [2, 25, 24],
      [3, 25, 25],
    ]);
  });

  it('are not those of a thread that takes a while to begin', { timeout: 60_000 }, async () => {
    const plan = { scenarios: [loadScenario({ cluster: { nodes: 3 } })], firstSeed: 1, shard: WHOLE };
    // No module is loaded in a millisecond.
    const executor = await pool(SIMULATING, plan, 1, { timeout: 1 });
    const { failures } = await executor.run({ batch: 1, first: 0, runs: 3 });
    for (const { kind } of failures) expect(kind).toBe('hung');
  });

  it('hold up one thread, and not the others', { timeout: 60_000 }, async () => {
    const executor = await pool(MISBEHAVING, plan, 2, { timeout: 2_000 });
    const hanging = executor.run({ batch: 0, first: 6, runs: 1 });
    for (let batch = 1; batch <= 20; batch++) {
      const outcome = await executor.run({ batch, first: 100 + batch, runs: 1 });
      expect(outcome.batch.passed).toBe(1);
    }
    expect((await hanging).failures[0]!.kind).toBe('hung');
  });

  it('are ended by close, without an outcome', { timeout: 60_000 }, async () => {
    const executor = await pool(MISBEHAVING, plan, 1);
    let hasEnded = false;
    void executor.run({ batch: 0, first: 6, runs: 1 }).finally(() => (hasEnded = true));
    await executor.close();
    await new Promise((resume) => setImmediate(resume));
    expect(hasEnded).toBe(false);
  });
});

describe('the runs of `whitewater run`, made in threads', () => {
  const scenarios = ['one', 'two'].map((name) => loadScenario({ name, cluster: { nodes: 3 } }));

  async function pooled(file: string, jobs: number, seeds: Seeds): Promise<{ runs: RunMade[]; campaign: Campaign }> {
    const limits = { jobs, timeout: null, heap: 100 };
    const workers = await WorkerPool.start(file, scenarios, limits);
    const source = new PooledRuns(workers, wantedRuns(scenarios, seeds), 2 * seedCount(seeds));
    running.push(source);
    const runs: RunMade[] = [];
    const campaign = new Campaign(scenarios, seeds, {
      take: () => {
        const made = source.take();
        if (made !== null) runs.push(made);
        return made;
      },
      arrival: () => source.arrival(),
    });
    for (const step of campaign.steps()) if (step.kind === 'wait') await step.until;
    return { runs, campaign };
  }

  it('are those of this process, in its order', { timeout: 60_000 }, async () => {
    const seeds: Seeds = { kind: 'range', first: 1, last: 70 };
    const here = new Campaign(scenarios, seeds);
    const expected: string[] = [];
    for (const step of here.steps())
      if (step.kind === 'run') expected.push(`${step.result.scenario} ${step.result.hash}`);
    for (const jobs of [2, 3]) {
      const { runs, campaign } = await pooled(SIMULATING, jobs, seeds);
      const found = runs.map((made) => ('result' in made ? `${made.result.scenario} ${made.result.hash}` : 'error'));
      // The first run of each scenario is there twice.
      expect(found.filter((hash, at) => hash !== found[at - 1])).toEqual(expected);
      expect(campaign.exitCode()).toBe(here.exitCode());
    }
  });

  it('throw what the simulator throws, at their place', { timeout: 60_000 }, async () => {
    await expect(pooled(MISBEHAVING, 2, { kind: 'range', first: 10, last: 30 })).rejects.toThrow('eleven');
    await expect(pooled(MISBEHAVING, 2, { kind: 'range', first: 8, last: 30 })).rejects.toThrow(
      'run 2 ended its worker with exit code 3',
    );
  });
});

it('a module that cannot be loaded is a defect, not a run that failed', { timeout: 60_000 }, async () => {
  const plan = { scenarios: [loadScenario({ cluster: { nodes: 3 } })], firstSeed: 1, shard: WHOLE };
  const executor = await pool(join(tmpdir(), 'nowhere.mjs'), plan, 1);
  await expect(executor.run({ batch: 0, first: 0, runs: 1 })).rejects.toThrow('nowhere.mjs');
});
