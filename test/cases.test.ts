import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { main } from '../cli/command-line.ts';
import { RecordingIo } from '../cli/testing/recording-io.ts';

const FOLDER = fileURLToPath(new URL('cases', import.meta.url));

const out = mkdtempSync(join(tmpdir(), 'whitewater-cases-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Small scenarios of which a report once said what was not so, or nothing, and what it must say. */
interface Case {
  /** Options of `whitewater run`. Default: 50 seeds. */
  readonly options?: string;
  readonly exitCode: number;
  /** What stands in the report, line breaks aside. */
  readonly says?: readonly string[];
  readonly warns?: readonly string[];
  readonly saysNot?: readonly string[];
}

const CASES: Readonly<Record<string, readonly Case[]>> = {
  'converged-under-load': [
    {
      exitCode: 3,
      says: ['expected convergence; clients are still writing; stop them first with load: stop; n1 leads term 1'],
      warns: ['script[2].until.converged: warning: clients are still writing here'],
    },
  ],
  'drop-one-message': [{ exitCode: 0, says: ['drop script[1] (line 6) struck in 50 of 50 runs'] }],
  'hold-the-message-at-hand': [{ exitCode: 0, says: ['hold script[1].do[0] (line 8) struck in 50 of 50 runs'] }],
  'equal-alternatives': [
    {
      exitCode: 2,
      warns: [
        '"25%" is given twice; the first is on line 3; alternatives with equal probabilities are a list, like [25%: 1ms, 25%: 5ms, 50%: 20ms]',
      ],
      saysNot: ['sum up to'],
    },
  ],
  'expected-other-invariant': [
    { exitCode: 1, says: ['expected a violation of I3, got I16', 'SendAfterPersist I16'] },
    {
      options: '--seed 1 --except I16 --except I14',
      exitCode: 3,
      says: ['expected a violation of I3, found none', 'not checked I16, I14'],
    },
    {
      options: '--except i16',
      exitCode: 2,
      warns: ['there is no invariant or liveness property "i16"; did you mean "I16"?'],
    },
  ],
  'nothing-happened': [{ exitCode: 3, says: ['nothing happened: no leader was elected, nothing was asked'] }],
  'random-pause-of-an-idle-node': [
    {
      exitCode: 3,
      says: ['50/50', 'pause script[3].do[0] (line 9) struck in none of 50 runs', '50 passed'],
      saysNot: ['isolate script[1]'],
    },
  ],
  'restart-of-running-nodes': [
    {
      exitCode: 0,
      says: ['crash script[1] (line 6) struck in 50 of 50 runs', 'crash script[3] (line 8) struck in 50 of 50 runs'],
    },
    { options: '--seed 1', exitCode: 0, says: ['faults crash 3'] },
  ],
};

test('each case has an expectation', () => {
  const names = readdirSync(FOLDER).map((file) => file.replace(/\.yaml$/u, ''));
  expect(names.toSorted()).toEqual(Object.keys(CASES).toSorted());
});

const ROWS = Object.entries(CASES).flatMap(([name, cases]) =>
  cases.map((one) => [name, one.options ?? '', one] as const),
);

test.each(ROWS)('%s %s is as its head says', async (name, _options, { options, exitCode, says, warns, saysNot }) => {
  const io = new RecordingIo(FOLDER);
  const words = `run ${name}.yaml --out ${out} ${options ?? '--seeds 50'}`.trim().split(' ');
  const code = await main(words, io);
  const [shown, err] = [io.stdout.text, io.stderr.text].map((text) => text.replace(/\s+/gu, ' '));
  for (const sentence of says ?? []) expect(shown).toContain(sentence);
  for (const sentence of saysNot ?? []) expect(shown).not.toContain(sentence);
  for (const sentence of warns ?? []) expect(err).toContain(sentence);
  expect(code).toBe(exitCode);
});
