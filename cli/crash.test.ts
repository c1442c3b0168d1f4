import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { simulate } from '../runs/simulate/simulate.ts';
import { gapScenario } from '../runs/testing/gap-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { main } from './command-line.ts';
import { RecordingIo } from './testing/recording-io.ts';
import { withMutant } from '../runs/load/with-mutant.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-crash-'));
  writeFileSync(join(folder, 'gap.yaml'), gapScenario(''));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** With seed 2, the nodes have known bug S15, of which only the exception is looked for. */
function runner(scenario: Scenario, seed: string) {
  if (seed !== '2') return simulate(scenario, seed);
  return simulate(withMutant(scenario, 'S15'), seed, { invariants: ['Crash'] });
}

async function whitewater(args: string) {
  const io = new RecordingIo(folder);
  const code = await main(args.split(' '), io, runner);
  return { code, out: io.stdout.text, err: io.stderr.text };
}

test('[Crash] a node that throws fails its seed with exit code 1, and the other seeds go on', async () => {
  const { code, out, err } = await whitewater('run gap.yaml --seeds 3');
  expect([code, err]).toEqual([1, '']);
  expect(out).toContain('✗ gap  2/3');
  expect(out).toContain('NodeCrash  Crash, any program');
  expect(out).toMatch(/n3 threw TypeError: /u);
  expect(out).toMatch(/Thrown at\n {4}applyCommitted \(apply\.ts:\d+:\d+\)\n/u);
  expect(out).toMatch(/Seeds {2}1 violated \| 2 passed \(3\)/u);
  expect(readdirSync(join(folder, 'out'))).toEqual(['gap-2.yaml']);
});

test('[Crash] its repro file replays the same run', async () => {
  await whitewater('run gap.yaml --seeds 3');
  const { code, out } = await whitewater('replay out/gap-2.yaml');
  expect(code).toBe(1);
  expect(out).toMatch(/NodeCrash {2}Crash/u);
  expect(out).toMatch(/✓ Reproduced: same verdict, same hash [0-9a-f]{16}\n$/u);
});

test('[Crash] its line of JSON has the stack', async () => {
  const { out } = await whitewater('run gap.yaml --seeds 2..2 --json');
  const [run] = out.split('\n').map((line) => JSON.parse(line || 'null') as { violation?: { stack: string[] } } | null);
  expect(run).toMatchObject({ verdict: 'violation', violation: { invariant: 'Crash', node: 'n3' } });
  expect(run!.violation!.stack[0]).toMatch(/^applyCommitted/u);
});
