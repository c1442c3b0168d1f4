import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

function scenario(steps: string): string {
  return `
cluster: { nodes: 3 }
clients: { count: 1, think: 10ms }
script:
  - elect: n1
  - until: { committed: { index: 2 } }
${steps.replace(/^/gmu, '  ')}
settle: off
`;
}

describe('a fault with `for` is undone by itself', () => {
  test.each([
    ['crash: n2', 'restarted'],
    ['pause: n2', 'resumed'],
    ['isolate: n2', 'heal'],
    ['cut: n1 -> n2', 'heal'],
    ['cut: { links: n1 -> n2, types: AppendEntries }', 'heal'],
    ['partition: [[n1, n3], [n2]]', 'heal'],
    ['clog: n1 -> n2', 'release'],
    ['drop: { links: n1 -> n2, types: AppendEntries, count: 1000 }', 'heal'],
    ['hold: { links: n1 -> n2, types: AppendEntries, count: 1000 }', 'heal'],
    ['network: { loss: 50% }', 'network'],
    ['network: { types: AppendEntries, loss: 50% }', 'heal'],
    ['process: { nodes: n2, service: 5ms }', 'slow-process'],
    ['process: { nodes: n2, snapshot: { make: 5ms } }', 'slow-snapshots'],
    ['disk: { nodes: n2, fsync: 50ms }', 'disk-fsync'],
    ['clock: { nodes: n2, drift: 1000ppm }', 'clock'],
    ['clock: { nodes: n2, drift: stopped, of: monotonic }', 'clock'],
    ['clock: { nodes: n2, drift: backwards }', 'clock'],
  ])('%s', (fault, end) => {
    const text = scenario(`- ${fault}\n  for: 300ms\n  label: the fault\n- wait: 100ms`);
    for (const seed of ['1', '2', '3']) {
      const { events, result } = traceRun(loadScenario(text), seed);
      expect(result.unmet).toEqual([]);
      const begun = events.find(({ kind, fields }) => kind === 'step' && fields['path'] === 'script[2]')!;
      const ended = events.find(({ text: words }) => words === 'script[2]: ends after 300ms')!;
      expect(ended.at - begun.at).toBe(300_000);
      const undone = events.find(
        ({ at, cause, kind, fields }) =>
          at === ended.at && cause >= ended.event && (kind === end || fields['fault'] === end),
      );
      expect(undone, end).toBeDefined();
      // The script is not over before.
      expect(events.at(-1)!.at).toBeGreaterThanOrEqual(ended.at);
      expect(result.faultStrikes.length).toBeGreaterThan(0);
    }
  });

  test('of which the length is drawn', () => {
    const text = scenario('- repeat: 20\n  do:\n    - isolate: n2\n      for: 10ms..90ms\n    - wait: 100ms');
    const { events } = traceRun(loadScenario(text), '1');
    const spans = events.flatMap(({ text: words }) => /ends after (\d+)us$/u.exec(words)?.[1] ?? []);
    expect(spans.length).toBeGreaterThan(18);
    expect(new Set(spans).size).toBeGreaterThan(15);
    expect(spans.every((span) => Number(span) >= 10_000 && Number(span) <= 90_000)).toBe(true);
  });

  test('unless something has undone it before', () => {
    const text = scenario(
      '- crash: n2\n  for: 300ms\n- wait: 100ms\n- restart: n2\n- wait: 100ms\n- crash: n2\n- wait: 300ms\n- restart: n2',
    );
    const { events } = traceRun(loadScenario(text), '1');
    expect(events.filter(({ kind }) => kind === 'restarted')).toHaveLength(2);
  });

  test('in the timeline too', () => {
    const text =
      'cluster: { nodes: 3 }\ntimeline:\n  - { at: 1s, isolate: leader, for: 1s, must: strike }\nscript: [ { wait: 3s } ]\n';
    for (const seed of ['1', '2', '3']) expect(simulate(loadScenario(text), seed).verdict).toBe('pass');
  });
});

test('a pause before a step can be drawn', () => {
  const text = scenario('- repeat: 20\n  do:\n    - after: 10ms..90ms\n      expect: { leaders: 1 }');
  const { events, result } = traceRun(loadScenario(text), '1');
  expect(result.unmet).toEqual([]);
  const times = events.filter(({ fields }) => fields['path'] === 'script[2].do[0]').map(({ at }) => at);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  expect(new Set(gaps).size).toBeGreaterThan(15);
  expect(gaps.every((gap) => gap >= 10_000 && gap <= 90_000)).toBe(true);
});

test('`each` executes its steps for each node in turn', () => {
  const text = scenario(
    '- each: [n2, n3, n1]\n  do:\n    - crash: $it\n      for: 100ms\n    - wait: 200ms\n- each: any 2 followers\n  do:\n    - pause: $it\n      for: 1ms',
  );
  const { events, result } = traceRun(loadScenario(text), '1');
  expect(result.unmet).toEqual([]);
  expect(events.filter(({ kind }) => kind === 'crashed').map(({ node }) => node)).toEqual([1, 2, 0]);
  expect(new Set(events.filter(({ kind }) => kind === 'paused').map(({ node }) => node)).size).toBe(2);
});

describe('what makes no sense is refused', () => {
  test.each([
    [
      'wait: 1s\n    for: 2s',
      '"for" goes with faults that can be undone; "wait" is none; "wait" lets time pass, "within" bounds a wait',
    ],
    ['wipe: n1\n    for: 2s', '"for" goes with faults that can be undone; "wipe" is none'],
    ['crash: n1\n    for: 2', 'expected a duration like 150ms'],
    ['crash: $it', '$it is never bound'],
    ['each: [n1, n2]\n    do: [ { crash: $it } ]\n  - crash: $it', '$it is'],
    ['each: 3\n    do: [ { crash: $it } ]', '"each" takes nodes; "repeat" executes steps several times'],
  ])('%s', (step, problem) => {
    expect(() => loadScenario(`cluster: { nodes: 3 }\nscript:\n  - ${step}\n`)).toThrow(problem);
  });
});
