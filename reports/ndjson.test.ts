import { describe, expect, it } from 'vitest';
import { observationLines, runLine, summaryLine } from './ndjson.ts';
import { sampleResult, sampleViolation } from '../runs/testing/sample-results.ts';

describe('results as lines of JSON', () => {
  it('has the fields of the documented format in their order, and the real time last', () => {
    const fields = Object.keys(JSON.parse(runLine(sampleResult(), null)) as object);
    expect(fields.join(' ')).toBe(
      'scenario seed verdict violation unmet hash events virtualMicros messages elections leaderChanges maxTerm ' +
        'committed ops marks faults limit file repro wallMillis',
    );
  });

  it('differs between two runs of a seed in wallMillis only', () => {
    const once = runLine(sampleResult({ wallMillis: 1 }), null);
    const again = runLine(sampleResult({ wallMillis: 2.25 }), null);
    expect(once.replace('"wallMillis":1}', '"wallMillis":2.25}')).toBe(again);
  });

  it('tells a violation with all its evidence', () => {
    const line = runLine(sampleResult({ verdict: 'violation', violation: sampleViolation() }), 'out/split-vote-1.yaml');
    const { violation, repro } = JSON.parse(line) as { violation: object; repro: string };
    expect(Object.keys(violation).join(' ')).toBe(
      'invariant section at event summary title node witnesses agreement quorums quorumIntersection chain ' +
        'chainTruncated activeFaults',
    );
    expect(repro).toBe('out/split-vote-1.yaml');
  });

  it('ends with a summary', () => {
    const summary = {
      runs: 3,
      planned: 3,
      passed: 1,
      violated: 1,
      unmet: 1,
      inconclusive: 0,
      events: 99,
      wallMillis: 12.6,
    };
    expect(summaryLine(summary)).toBe(
      '{"summary":{"runs":3,"planned":3,"passed":1,"violated":1,"unmet":1,"inconclusive":0,"events":99,"wallMillis":13}}\n',
    );
  });

  it('gives observations the names of their places', () => {
    const observation = {
      kind: 'sent',
      event: 4,
      cause: 2,
      at: 1_500,
      node: 0,
      peer: 2,
      fields: { type: 'RequestVote' },
      text: '⇒ c1 RequestVote',
    };
    const run = {
      result: sampleResult(),
      nodes: ['n1', 'n2'],
      endpoints: ['n1', 'n2', 'c1'],
      observations: [observation, { ...observation, node: -1, peer: -1 }],
    } as const;
    expect([...observationLines(run)].map((line) => line.slice(0, 70))).toEqual([
      '{"at":1500,"event":4,"cause":2,"kind":"sent","node":"n1","peer":"c1","',
      '{"at":1500,"event":4,"cause":2,"kind":"sent","node":null,"peer":null,"',
    ]);
  });
});
