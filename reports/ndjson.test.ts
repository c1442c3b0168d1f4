import { describe, expect, it } from 'vitest';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';
import type { TracedRun } from '../runs/simulate/result.ts';
import { NdjsonReporter, traceLines } from './ndjson.ts';

/** What a reporter writes. */
function written(report: (reporter: NdjsonReporter) => void): string {
  let text = '';
  report(new NdjsonReporter({ write: (more) => (text += more), note: () => undefined }));
  return text;
}

const runLine = (changes: Parameters<typeof sampleResult>[0] = {}, repro: string | null = null): string =>
  written((reporter) => reporter.runFinished({ result: sampleResult(changes), repro }));

describe('results as lines of JSON', () => {
  it('has the fields of the documented format in their order, and the real time last', () => {
    const fields = Object.keys(JSON.parse(runLine()) as object);
    expect(fields.join(' ')).toBe(
      'version type scenario settings seed verdict violation unmet limit hash events virtualMicros messages elections ' +
        'leaderChanges maxTerm committed ops marks faults faultStrikes steps anySeed drew except file repro wallMillis',
    );
  });

  it('differs between two runs of a seed in wallMillis only', () => {
    const once = runLine({ wallMillis: 1 });
    const again = runLine({ wallMillis: 2.25 });
    expect(once.replace('"wallMillis":1}', '"wallMillis":2.25}')).toBe(again);
  });

  it('has a violation with all its evidence', () => {
    const line = runLine({ verdict: 'violation', violation: sampleViolation() }, 'out/split-vote-1.yaml');
    const { violation, repro } = JSON.parse(line) as { violation: object; repro: string };
    expect(Object.keys(violation).join(' ')).toBe(
      'invariant section at event summary title node witnesses agreement quorums quorumIntersection chain ' +
        'chainTruncated stack others activeFaults',
    );
    expect(repro).toBe('out/split-vote-1.yaml');
  });

  it('has what was not met and the random faults as records', () => {
    const unmet = [{ kind: 'mark', id: 'split-vote', text: 'mark split-vote: not seen' }] as const;
    const faultStrikes = [{ path: 'network', kind: 'loss', injected: 1, strikes: 3 }];
    expect(JSON.parse(runLine({ unmet, faultStrikes }))).toMatchObject({ unmet, faultStrikes });
  });

  it('gives trace events the names of their nodes, and ends with the run', () => {
    const event = {
      kind: 'sent',
      event: 4,
      cause: 2,
      at: 1_500,
      node: 0,
      peer: 2,
      fields: { type: 'RequestVote' },
      text: '⇒ c1 RequestVote',
    } as const;
    const run: TracedRun = {
      result: sampleResult(),
      nodes: ['n1', 'n2'],
      endpoints: ['n1', 'n2', 'c1'],
      events: [event, { ...event, node: -1, peer: -1 }, { ...event, at: 9 }],
    };
    const lines = [...traceLines(run, ({ at }) => at === 1_500)].map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { type: 'trace-event', at: 1_500, event: 4, cause: 2, kind: 'sent', node: 'n1', peer: 'c1' },
      { type: 'trace-event', node: null, peer: null },
      { type: 'run', verdict: 'pass', hash: sampleResult().hash },
    ]);
  });
});
