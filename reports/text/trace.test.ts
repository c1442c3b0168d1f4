import { describe, expect, it } from 'vitest';
import type { TracedRun } from '../../runs/simulate/result.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { columns } from './layout.ts';
import { sampleResult, sampleViolation } from '../../runs/testing/sample-results.ts';
import { style } from './style.ts';
import { traceText } from './trace.ts';

const plain = style(false);

function seen(event: number, cause: number, at: number, node: number, kind: string, text: string): TraceEvent {
  return { event, cause, at, node, peer: -1, kind, text, fields: {} };
}

const run: TracedRun = {
  result: sampleResult({ virtualMicros: 12_143_000, hash: '6fa118a8bee2d4a0' }),
  nodes: ['n1', 'n2', 'n3'],
  endpoints: ['n1', 'n2', 'n3', 'c1', 'c2'],
  events: [
    seen(1, 0, 0, 0, 'timer', 'election timer fires'),
    seen(1, 0, 0, 0, 'candidate', 'becomes candidate in term 1'),
    seen(2, 1, 1_500, 2, 'vote-granted', 'votes for n1 in term 1'),
    seen(3, 0, 2_000, 1, 'crashed', 'crashed, 1 write lost'),
    seen(4, 0, 2_500, 2, 'paused', 'paused'),
    seen(5, 2, 10_000_000, 4, 'invoked', 'invoked put x 1'),
    seen(6, 0, 10_000_001, -1, 'fault', 'partition: n1 -> n2, n1 -> n3, n2 -> n1, n3 -> n1, n1 -> c1, c1 -> n1 cut'),
    seen(7, 0, 11_000_000, 1, 'restarted', 'restarted'),
    seen(8, 7, 12_143_000, 0, 'held', 'holds AppendEntriesReply T1 match 1 for n3 until it is durable'),
  ],
};

function shown(width: number | null, shows: (event: TraceEvent) => boolean = () => true): string {
  return `\n${[...traceText(run, { width, style: plain, shows })].join('\n')}\n`;
}

describe('a trace', () => {
  it('shows what each node does in its own lane, at 80 columns', () => {
    expect(shown(80)).toMatchInlineSnapshot(`
      "
            time event cause  n1  n2  n3  clients
       0.000000s    #1        n1 election timer fires
                              n1 becomes candidate in term 1
       0.001500s    #2    <1  |   |   n3 votes for n1 in term 1
       0.002000s    #3        |   n2 crashed, 1 write lost
       0.002500s    #4        |       n3 paused
      10.000000s    #5    <2  |       :   c2 invoked put x 1
      10.000001s    #6        == partition: n1 -> n2, n1 -> n3, n2 -> n1, n3 -> n1, n1
                                 -> c1, c1 -> n1 cut
      11.000000s    #7        |   n2 restarted
      12.143000s    #8    <7  n1 holds AppendEntriesReply T1 match 1 for n3 until it
                              |  is durable

      split-vote  seed 1  pass  hash 6fa118a8bee2d4a0  9 trace events
      "
    `);
  });

  it('is one whole line per trace event in a pipe', () => {
    expect(shown(null)).toMatchInlineSnapshot(`
      "
            time event cause  n1   n2   n3   clients
       0.000000s    #1        n1 election timer fires
       0.000000s    #1        n1 becomes candidate in term 1
       0.001500s    #2    <1  |    |    n3 votes for n1 in term 1
       0.002000s    #3        |    n2 crashed, 1 write lost
       0.002500s    #4        |         n3 paused
      10.000000s    #5    <2  |         :    c2 invoked put x 1
      10.000001s    #6        == partition: n1 -> n2, n1 -> n3, n2 -> n1, n3 -> n1, n1 -> c1, c1 -> n1 cut
      11.000000s    #7        |    n2 restarted
      12.143000s    #8    <7  n1 holds AppendEntriesReply T1 match 1 for n3 until it is durable

      split-vote  seed 1  pass  hash 6fa118a8bee2d4a0  9 trace events
      "
    `);
  });

  it('shows which nodes are down even if it does not show their crashes', () => {
    const text = shown(80, ({ kind }) => kind === 'invoked');
    expect(text).toMatchInlineSnapshot(`
      "
            time event cause  n1  n2  n3  clients
      10.000000s    #5    <2  |       :   c2 invoked put x 1

      split-vote  seed 1  pass  hash 6fa118a8bee2d4a0  1 of 9 trace events
      "
    `);
  });

  it('ends with the violation, if there is one', () => {
    const violated = { ...run, result: sampleResult({ verdict: 'violation', violation: sampleViolation() }) };
    const lines = [...traceText(violated, { width: null, style: plain, shows: () => false })];
    expect(lines.at(-2)).toMatch(/^StateMachineSafety \(I4\) broken at 4\.812s, #18204: n4 applied/u);
    expect(lines.at(-1)).toBe('split-vote  seed 1  violation  hash 6fa118a8bee2d4a0  0 of 9 trace events');
  });

  it.each([60, 80, 100, 140])('keeps within %i columns', (width) => {
    for (const line of shown(width).split('\n')) expect(columns(line)).toBeLessThanOrEqual(width);
  });

  it('keeps within 80 columns when there are more nodes than there is room for', () => {
    const nodes = Array.from({ length: 25 }, (_, index) => `n${String(index + 1)}`);
    const crowd = { ...run, nodes, endpoints: nodes };
    for (const line of traceText(crowd, { width: 80, style: plain, shows: () => true })) {
      expect(columns(line)).toBeLessThanOrEqual(80);
    }
  });
});
