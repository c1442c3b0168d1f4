import { expect, it } from 'vitest';
import { FuzzTally } from '../runs/fuzz/tally.ts';
import { FuzzProgress, progressText } from './fuzz-progress.ts';
import { RecordingIo } from './testing/recording-io.ts';

function tallyOf(runs: number, failures: number): FuzzTally {
  const tally = new FuzzTally();
  const place = {
    batch: 0,
    scenario: 'one',
    seed: '1',
    kind: 'violation',
    summary: '',
    hash: null,
    event: null,
  } as const;
  const failure = (run: number) =>
    ({ type: 'failure', ...place, run, signature: 'I1-1', stack: [], repro: null }) as const;
  const sums = {
    runs,
    passed: runs - failures,
    failed: { violation: failures },
    events: 1,
    virtualMicros: 1,
    faults: {},
  };
  tally.add({
    failures: Array.from({ length: failures }, (_, run) => failure(run)),
    difference: null,
    batch: { type: 'batch', batch: 0, ...sums, marks: { 'split-vote': [1, 1] } },
  });
  return tally;
}

it('the progress of a campaign is how much is done, how fast, what failed, and what is left', () => {
  const pace = { before: 0, planned: 10_000, millis: null };
  expect(progressText(tallyOf(2_000, 0), pace, 10_000)).toBe('2,000/10,000 runs  200 runs/s  1 mark  40.0s left');
  expect(progressText(tallyOf(500, 14), { before: 300, planned: null, millis: 60_000 }, 20_000)).toBe(
    '500 runs  10 runs/s  14 failed, 1 signature  1 mark  40.0s left',
  );
});

it('a terminal has a line that is drawn anew and erased, and a pipe none before half a minute is over', () => {
  const pace = { before: 0, planned: 100, millis: null };
  const terminal = new RecordingIo('/', { isTTY: true, columns: 30 });
  const progress = new FuzzProgress(terminal, true, pace);
  progress.update(tallyOf(50, 0));
  progress.update(tallyOf(75, 0));
  progress.clear();
  expect(terminal.stderr.text).toMatch(/^\r50\/100 runs {2}[^\r]{1,20}\u001b\[K\r\u001b\[K$/u);
  const pipe = new RecordingIo('/');
  new FuzzProgress(pipe, true, pace).update(tallyOf(50, 0));
  new FuzzProgress(terminal, false, pace).update(tallyOf(50, 0));
  expect([pipe.stderr.text, terminal.stderr.text.includes('75/100')]).toEqual(['', false]);
});
