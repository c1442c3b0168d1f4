import { expect, test, describe } from 'vitest';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

const SEEDS = ['1', '2', '3', '4', '5'];

/** Three nodes, n1 elected, and these steps. */
function scenario(steps: string, more = ''): string {
  return `
cluster: { nodes: 3 }
clients: { count: 2, ops: { put: 1 }, think: 20ms }
${more}
script:
  - elect: n1
  - until: { committed: { index: 3 } }
${steps.replace(/^/gmu, '  ')}
`;
}

function traced(text: string, seed = '1'): { events: readonly TraceEvent[]; unmet: readonly string[] } {
  const { events, result } = traceRun(loadScenario(text), seed);
  expect(result.verdict).not.toBe('violation');
  return { events, unmet: result.unmet.map((one) => one.text) };
}

function is(event: TraceEvent, kind: string, from: number, to: number, type?: string): boolean {
  return (
    event.kind === kind &&
    event.node === from &&
    event.peer === to &&
    (type ?? event.fields['type']) === event.fields['type']
  );
}

const [n1, n2, n3] = [0, 1, 2];

test('the third AppendEntries with entries is lost, heartbeats pass', () => {
  const text = scenario(`- drop: { links: n1 -> n3, types: AppendEntries, entries: { min: 1 }, nth: 3 }
- wait: 1s`);
  for (const seed of SEEDS) {
    const { events, unmet } = traced(text, seed);
    expect(unmet).toEqual([]);
    const armed = events.findIndex(({ kind, fields }) => kind === 'fault' && fields['fault'] === 'drop');
    const after = events.slice(armed);
    const sent = after.filter((event) => is(event, 'sent', n1, n3, 'AppendEntries') && event.fields['entries'] !== 0);
    const dropped = after.filter((event) => event.kind === 'dropped');
    expect(dropped).toHaveLength(1);
    expect(dropped[0]).toMatchObject({
      at: sent[2]!.at,
      peer: n3,
      fields: { reason: 'dropped', entries: sent[2]!.fields['entries'] },
    });
  }
});

test('a lost message changes no draw: everything sent before it is the same, and so are the latencies of other links', () => {
  const steps = '- wait: 100ms\n- expect: { term: { min: 0 } }\n- wait: 300ms';
  const drop = 'drop: { links: n1 -> n3, types: AppendEntries }';
  const without = scenario(steps);
  const withDrop = scenario(steps.replace('expect: { term: { min: 0 } }', drop));
  for (const seed of SEEDS) {
    const a = traced(without, seed).events.filter(({ kind }) => kind === 'sent');
    const b = traced(withDrop, seed).events;
    const { at } = b.find(({ kind, fields }) => kind === 'dropped' && fields['reason'] === 'dropped')!;
    const before = (events: readonly TraceEvent[]): string[] =>
      events.filter((event) => event.kind === 'sent' && event.at < at).map(({ text, at: when }) => `${when} ${text}`);
    expect(before(b)).toEqual(before(a));
    expect(before(b).length).toBeGreaterThan(10);
  }
});

test('a vote arrives two seconds later', () => {
  const text = `
cluster: { nodes: 3 }
script:
  - delay: { links: n2 -> n1, types: RequestVoteReply, by: 2s }
  - timeout: n1
  - wait: 3s
settle: off
`;
  const { events } = traced(text);
  const sent = events.find((event) => is(event, 'sent', n2, n1, 'RequestVoteReply'))!;
  const delivered = events.find((event) => is(event, 'delivered', n1, n2, 'RequestVoteReply'))!;
  expect(delivered.at - sent.at).toBeGreaterThanOrEqual(2_001_000);
  expect(delivered.at - sent.at).toBeLessThanOrEqual(2_010_000);
  expect(events.filter(({ kind }) => kind === 'delayed')).toHaveLength(1);
});

describe('the message that fired the step', () => {
  const filter = 'event: sent, node: n1, peer: n3, type: AppendEntries, entries: { min: 1 }';
  const armed = (step: string): string => scenario(`- on: { ${filter} }\n  do: [ ${step} ]\n- wait: 1s`);

  test('is lost', () => {
    for (const seed of SEEDS) {
      const { events, unmet } = traced(armed('{ drop: message, must: strike }'), seed);
      expect(unmet).toEqual([]);
      const lost = events.filter(({ kind, fields }) => kind === 'dropped' && fields['reason'] === 'dropped');
      expect(lost).toHaveLength(1);
      const sent = events.find(
        (event) => is(event, 'sent', n1, n3) && event.text.includes(lost[0]!.text.slice(5, 40)),
      )!;
      expect(lost[0]!.at).toBe(sent.at);
    }
  });

  test('is held until it is released', () => {
    const { events, unmet } = traced(armed('{ hold: message }, { wait: 300ms }, { release: n1 -> n3 }'));
    expect(unmet).toEqual([]);
    const held = events.find(({ kind }) => kind === 'held-back')!;
    const arrival = events.find(
      (event) =>
        is(event, 'delivered', n3, n1) &&
        event.at > held.at &&
        event.fields['index'] === held.fields['index'] &&
        event.fields['prevIndex'] === held.fields['prevIndex'],
    )!;
    expect(arrival.at - held.at).toBeGreaterThanOrEqual(0);
    expect(
      events.some(
        ({ at, kind, fields }) => at === held.at + 300_000 && kind === 'fault' && fields['fault'] === 'release',
      ),
    ).toBe(true);
  });

  test('arrives twice, late or corrupt', () => {
    expect(traced(armed('{ duplicate: message }')).events.filter(({ kind }) => kind === 'duplicated')).toHaveLength(1);
    expect(traced(armed('{ delay: { by: 200ms } }')).events.filter(({ kind }) => kind === 'delayed')).toHaveLength(1);
    const { events } = traced(armed('{ corrupt: message }'));
    const marked = events.find(({ kind }) => kind === 'corrupted')!;
    const lost = events.filter(({ kind, fields }) => kind === 'dropped' && fields['reason'] === 'corrupt');
    expect(lost).toHaveLength(1);
    expect(lost[0]!.at).toBeGreaterThan(marked.at);
  });

  test('is out of reach when it has arrived', () => {
    const { unmet } = traced(armed('{ wait: 500ms }, { drop: message, must: strike }'));
    expect(unmet.join()).toContain('drop');
  });
});

test('messages of a type are lost, cut, slow, doubled and held, others are not', () => {
  const others = (events: readonly TraceEvent[]): boolean =>
    events.some((event) => is(event, 'delivered', n2, n1, 'AppendEntries') && event.at > 1_000_000);
  for (const step of [
    'network: { links: n1 -> n3, types: [AppendEntries], entries: { min: 1 }, loss: 100% }',
    'cut: { links: n1 -> n3, types: AppendEntries, entries: { min: 1 } }',
    'clog: { links: n1 -> n3, types: AppendEntries, entries: { min: 1 } }',
  ]) {
    const { events, unmet } = traced(scenario(`- ${step}\n  must: strike\n- wait: 2s`));
    expect(unmet).toEqual([]);
    const begun = events.find(
      ({ kind, fields }) => kind === 'fault' && ['network', 'cut', 'clog'].includes(String(fields['fault'])),
    )!.at;
    const during = events.filter(({ at }) => at > begun + 20_000 && at < begun + 2_000_000);
    expect(
      during.filter((event) => is(event, 'delivered', n3, n1, 'AppendEntries') && event.fields['entries'] !== 0),
    ).toEqual([]);
    expect(during.some((event) => is(event, 'delivered', n3, n1, 'AppendEntries'))).toBe(true);
    expect(others(events)).toBe(true);
  }
  const { events } = traced(
    scenario(
      '- network: { links: n1 -> n2, types: AppendEntries, duplicate: 100%, latency: 30ms }\n- wait: 1s\n- network: reset',
    ),
  );
  expect(events.filter((event) => is(event, 'duplicated', n1, n2)).length).toBeGreaterThan(10);
  expect(events.filter((event) => is(event, 'duplicated', n1, n3))).toEqual([]);
});

test('what a cut or clogged link holds in flight arrives when it is healed or released, in the order asked for', () => {
  for (const [fault, end] of [
    ['cut: n1 -> n3\n  inFlight: hold', 'heal: n1 -> n3'],
    ['clog: n1 -> n3\n  inFlight: hold', 'release: n1 -> n3\n  order: reversed'],
  ]) {
    const text = scenario(`- on: { event: sent, node: n1, peer: n3, type: AppendEntries }
  do:
    - ${fault!.replace('\n', '\n    ')}
    - wait: 500ms
    - ${end!.replace('\n', '\n    ')}
- wait: 1s`);
    for (const seed of SEEDS) {
      const { events, unmet } = traced(text, seed);
      expect(unmet).toEqual([]);
      const begun = events.find(
        ({ kind, fields }) => kind === 'fault' && ['cut', 'clog'].includes(String(fields['fault'])),
      )!;
      const arrivals = events.filter((event) => is(event, 'delivered', n3, n1) && event.at > begun.at);
      expect(arrivals[0]!.at).toBe(begun.at + 500_000);
      expect(arrivals.filter(({ at }) => at === arrivals[0]!.at).length).toBeGreaterThan(0);
    }
  }
});

test('faults that concern single messages are undone when the cluster settles', () => {
  const text = scenario(`- drop: { types: AppendEntriesReply, count: 1000000 }
- hold: { links: n1 -> n2, types: AppendEntries, count: 100 }
- cut: { links: n2 -> n1, types: RequestVoteReply }
- network: { types: AppendEntries, latency: 40ms }
- delay: { types: AppendEntries, links: n1 -> n3, by: 1ms..9ms, count: 1000 }
- wait: 2s`);
  for (const seed of SEEDS) expect(simulate(loadScenario(text), seed).verdict).toBe('pass');
});

test('the reply to one client is lost', () => {
  const text = `
cluster: { nodes: 3 }
clients: { count: 2, ops: none, timeout: 100ms }
script:
  - elect: n1
  - until: { converged: true }
  - drop: { links: n1 -> c1, types: Reply, op: put }
    must: strike
  - write: { key: x, value: 1, by: c1, to: n1 }
    expect: ok
  - write: { key: y, value: 1, by: c2, to: n1 }
    expect: ok
`;
  for (const seed of SEEDS) {
    const { events, unmet } = traced(text, seed);
    expect(unmet).toEqual([]);
    expect(events.filter(({ kind, node }) => kind === 'retried' && node === 3)).toHaveLength(1);
    expect(events.filter(({ kind, node }) => kind === 'retried' && node === 4)).toHaveLength(0);
  }
});

describe('what makes no sense is refused', () => {
  test.each([
    ['drop: message', 'this means the message that fired the steps of an `on: sent`, and here there is none'],
    ['delay: { by: 1s }', 'this means the message that fired the steps of an `on: sent`'],
    ['drop: { type: AppendEntries }', 'unknown key "type"; did you mean "types"?'],
    ['drop: { types: AppendEntry }', 'unknown message type "AppendEntry"; did you mean "AppendEntries"?'],
    ['drop: { types: [RequestVote, TimeoutNow], entries: 1 }', 'RequestVote or TimeoutNow carries no "entries"'],
    ['drop: all', 'expected message, or a mapping like { links: n1 -> n3, types: AppendEntries }, got "all"'],
    ['network: { types: AppendEntries, bandwidth: 1kB/s }', 'a bandwidth is for all messages of a link'],
    ['network: { types: AppendEntries, reset: true }', '"reset" returns to the plan for all messages'],
    ['cut: { types: AppendEntries }', '"links" is missing'],
    ['cut: { links: n1 -> n2, types: AppendEntries }\n    inFlight: drop', '"inFlight" is for links as a whole'],
  ])('%s', (step, problem) => {
    expect(() => loadScenario(`cluster: { nodes: 3 }\nscript:\n  - ${step}\n`)).toThrow(problem);
  });
});
