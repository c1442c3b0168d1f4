import { describe, expect, it } from 'vitest';
import type { BatchResults, FailureKind, FailureRecord } from './records.ts';
import { FuzzTally } from './tally.ts';

function failure(run: number, signature: string, kind: FailureKind = 'violation'): FailureRecord {
  const place = { batch: 0, run, scenario: 'one', seed: String(run) };
  return { type: 'failure', ...place, kind, signature, summary: '', hash: null, event: null, stack: [], repro: null };
}

function batchOf(...failures: FailureRecord[]): BatchResults {
  const failed: Partial<Record<FailureKind, number>> = {};
  for (const { kind } of failures) failed[kind] = (failed[kind] ?? 0) + 1;
  const seen = { marks: { 'split-vote': [3, 2] as const }, faults: { crash: [0, 0] as const } };
  const sums = { runs: 25, passed: 25 - failures.length, failed, events: 100, virtualMicros: 1_000 };
  return { failures, difference: null, batch: { type: 'batch', batch: 0, ...sums, ...seen } };
}

const tallyOf = (isKnown: (signature: string) => boolean, ...batches: BatchResults[]): FuzzTally => {
  const tally = new FuzzTally(isKnown);
  for (const batch of batches) tally.add(batch);
  return tally;
};

const none = () => false;

describe('the tally of a campaign', () => {
  it('adds up batches', () => {
    const tally = tallyOf(none, batchOf(), batchOf(failure(3, 'I1-1')));
    expect(tally).toMatchObject({ batches: 2, runs: 50, passed: 49, events: 200, virtualMicros: 2_000 });
    expect([tally.marks, tally.faults]).toEqual([{ 'split-vote': [6, 4] }, { crash: [0, 0] }]);
  });

  it('lists signatures from the worst kind and the most runs, each with its first run', () => {
    const tally = tallyOf(
      none,
      batchOf(failure(1, 'mark-1', 'unmet'), failure(2, 'mark-1', 'unmet'), failure(3, 'I1-1')),
      batchOf(failure(26, 'I2-1'), failure(27, 'I2-1'), failure(28, 'hung-1', 'hung')),
    );
    expect(tally.signatures.map(({ signature, runs, first }) => [signature, runs, first.run])).toEqual([
      ['hung-1', 1, 28],
      ['I2-1', 2, 26],
      ['I1-1', 1, 3],
      ['mark-1', 2, 1],
    ]);
  });

  it.each<[number, FailureKind[]]>([
    [0, []],
    [5, ['inconclusive']],
    [3, ['inconclusive', 'unmet']],
    [1, ['unmet', 'violation']],
    [70, ['violation', 'hung']],
    [70, ['died']],
    [70, ['defect', 'violation']],
  ])('has exit code %i with %j', (code, kinds) => {
    expect(tallyOf(none, batchOf(...kinds.map((kind, run) => failure(run, kind, kind)))).exitCode()).toBe(code);
  });

  it('has exit code 4 if two runs of a seed differ', () => {
    const hashes = ['1', '2'] as const;
    const place = { batch: 0, run: 0, scenario: 'one', seed: '1' };
    const unsteady = {
      ...batchOf(failure(1, 'I1-1')),
      difference: { type: 'not-reproducible', ...place, hashes } as const,
    };
    expect(tallyOf(none, unsteady, batchOf()).exitCode()).toBe(4);
  });

  it('does not fail for failures that are known', () => {
    const tally = tallyOf((id) => id === 'I1-1', batchOf(failure(1, 'I1-1'), failure(2, 'mark-1', 'unmet')));
    expect(tally.exitCode()).toBe(3);
    expect(tally.newFailures).toBe(1);
    expect([tally.newSignatures, tally.knownSignatures].map((list) => list.map(({ signature }) => signature))).toEqual([
      ['mark-1'],
      ['I1-1'],
    ]);
    expect(tallyOf(() => true, batchOf(failure(1, 'I1-1'))).exitCode()).toBe(0);
  });

  it('takes no more room for a million runs than for a thousand', () => {
    const tally = tallyOf(none);
    for (let batch = 0; batch < 200; batch++) {
      const runs = Array.from({ length: 25 }, (_, at) => batch * 25 + at);
      tally.add(batchOf(...runs.map((run) => failure(run, `I1-${run}`))));
    }
    expect(tally.signatures).toHaveLength(1_000);
    expect([tally.newFailures, tally.unlisted]).toEqual([5_000, 4_000]);
  });
});
