import { describe, expect, test } from 'vitest';
import { loadScenario, type ScenarioObject } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

const CLUSTER = { cluster: { nodes: 5 }, clients: { count: 2, ops: { put: 1 } } };

function scenarioOf(chaos: object, more: ScenarioObject = {}) {
  return loadScenario({ ...CLUSTER, ...more, chaos });
}

/** When each step was executed, and what traces call it, of the steps whose path begins so. */
function strikesOf(path: string, chaos: object, more: ScenarioObject = {}, seed = '1') {
  const { events } = traceRun(scenarioOf(chaos, more), seed);
  return events.flatMap(({ kind, at, text, fields }) => {
    const isOwn = kind === 'step' && String(fields['path']).startsWith(path) && !text.includes('ends after');
    return isOwn ? [{ at, text }] : [];
  });
}

describe('chaos by the clock', () => {
  test('strikes with gaps of the range, and lasts until its stop', () => {
    const strikes = strikesOf('chaos.crash', { crash: { every: '1s..2s' }, stop: '20s' });
    const times = [0, ...strikes.map(({ at }) => at)];
    const gaps = times.slice(1).map((at, index) => at - times[index]!);
    expect(strikes.length).toBeGreaterThan(8);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2_000_000);
    expect(times.at(-1)).toBeLessThan(20_000_000);
    const { virtualMicros } = simulate(scenarioOf({ pause: { every: '9s' }, stop: '20s' }, { settle: 'off' }), '1');
    expect(virtualMicros).toBe(20_000_000);
  });

  test('begins and ends at the times of the process, after so many strikes at most', () => {
    const bounded = strikesOf('chaos.pause', { pause: { every: '100ms', start: '3s', stop: '4s' } });
    expect(bounded.map(({ at }) => at / 100_000)).toEqual([31, 32, 33, 34, 35, 36, 37, 38, 39]);
    expect(strikesOf('chaos.pause', { pause: { every: '100ms', times: 3 } })).toHaveLength(3);
  });

  test('a process that is added or left out shifts no other', () => {
    const alone = strikesOf('chaos.isolate', { isolate: { every: '200ms..1s' } });
    const together = strikesOf('chaos.isolate', {
      crash: { every: '1s..2s' },
      isolate: { every: '200ms..1s' },
      loss: { every: '2s' },
    });
    expect(together).toEqual(alone);
  });

  test('takes each of its steps now and then, with a chance as often as that says', () => {
    const chaos = { mine: { every: '100ms', do: [{ pause: 'n1' }, { pause: 'n2' }], for: '10ms' }, stop: '20s' };
    const [one, two] = ['chaos.mine.do[0]', 'chaos.mine.do[1]'].map((path) => strikesOf(path, chaos).length);
    expect(one! + two!).toBe(199);
    expect(Math.abs(one! - two!)).toBeLessThan(60);
    const seldom = strikesOf('chaos.pause', { pause: { every: '100ms', chance: '20%', for: '10ms' }, stop: '20s' });
    expect(seldom.length).toBeGreaterThan(15);
    expect(seldom.length).toBeLessThan(70);
  });

  test('what cannot be done is skipped and counted, and ends nothing', () => {
    const scenario = scenarioOf({
      mine: { every: '500ms', do: [{ pause: 'n1' }] },
      crash: { every: '1s', on: 'n2' },
    });
    const { steps, verdict, unmet } = simulate(scenario, '1');
    const paused = steps.find(({ path }) => path === 'chaos.mine.do[0]')!;
    expect(paused).toMatchObject({ executed: 19, idle: 18 });
    expect(steps.find(({ path }) => path === 'chaos.crash')!.executed).toBe(9);
    expect({ verdict, unmet }).toEqual({ verdict: 'pass', unmet: [] });
  });

  test('goes on when a step of the script has failed', () => {
    const script = [{ until: { leader: 'none' }, after: '2s', within: '100ms' }];
    const after = strikesOf('chaos.pause', { pause: { every: '1s' } }, { script }).filter(({ at }) => at > 3_000_000);
    expect(after).toHaveLength(6);
  });

  test('with max: minority, a majority of the voters is always left', () => {
    const most = (max: object): number => {
      const chaos = { crash: { every: '100ms..400ms', for: '500ms..3s', ...max }, stop: '20s' };
      const { events } = traceRun(scenarioOf(chaos), '3');
      let down = 0;
      let worst = 0;
      for (const { kind } of events) {
        if (kind === 'crashed') worst = Math.max(worst, ++down);
        if (kind === 'restarted') down--;
      }
      return worst;
    };
    expect(most({})).toBeGreaterThan(2);
    expect(most({ max: 'minority' })).toBe(2);
  });

  test('with max: minority, nodes that are cut off or paused count, too', () => {
    const chaos = {
      isolate: { every: '300ms', for: '2s', max: 'minority' },
      pause: { every: '350ms', for: '2s', max: 'minority' },
      stop: '20s',
    };
    const { events } = traceRun(scenarioOf(chaos), '2');
    const out = new Set<number>();
    let worst = 0;
    for (const { kind, node } of events) {
      if (kind === 'paused') worst = Math.max(worst, out.add(node).size);
      if (kind === 'resumed') out.delete(node);
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThanOrEqual(2);
    const { steps } = simulate(scenarioOf(chaos), '2');
    expect(steps.every(({ executed, idle }) => idle > 0 && idle < executed)).toBe(true);
  });
});

describe('chaos at events', () => {
  test('strikes where the event happens, before the next one', () => {
    const { events } = traceRun(scenarioOf({ votes: { at: 'vote-granted', times: 3, do: ['crash'] } }), '1');
    const crashes = events.filter(({ kind }) => kind === 'crashed');
    const votes = events.filter(({ kind }) => kind === 'vote-granted');
    expect(crashes).toHaveLength(3);
    expect(crashes.map(({ node, at }) => [node, at])).toEqual(votes.slice(0, 3).map(({ node, at }) => [node, at]));
  });

  test('a single message can be late, while those after it are not', () => {
    const chaos = {
      late: {
        at: { event: 'sent', type: 'AppendEntries' },
        chance: '2%',
        do: [{ delay: { by: '1s' } }],
      },
    };
    const result = simulate(scenarioOf(chaos), '1');
    expect(result.marks['message-delayed']).toBeGreaterThan(3);
    expect(result.marks['message-reordered']).toBeGreaterThan(0);
  });

  test('that never happen make no run unmet', () => {
    const result = simulate(scenarioOf({ never: { at: 'truncated', do: ['crash'] } }), '1');
    expect(result.unmet).toEqual([]);
  });

  test('strikes only between its start and its stop', () => {
    const chaos = { at: { at: 'timer', start: '2s', stop: '3s', chance: '50%', do: [{ pause: '$it' }], for: '1ms' } };
    const times = strikesOf('chaos.at.do', chaos).map(({ at }) => at);
    expect(times.length).toBeGreaterThan(2);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(2_000_000);
    expect(Math.max(...times)).toBeLessThan(3_000_000);
  });
});

describe('a strike of several steps', () => {
  const chaos = {
    own: {
      every: '2s',
      times: 1,
      do: [
        [
          { crash: 'n1', as: 'gone' },
          { pause: 'n1' },
          { restart: '$gone', after: '300ms' },
          { elect: 'n2', within: '1s' },
        ],
      ],
    },
    other: { every: '500ms', do: [{ pause: 'n3' }], for: '10ms' },
    stop: '4s',
  };

  test('executes them in order, skips what is not possible, and puts off no other strike', () => {
    const own = strikesOf('chaos.own', chaos);
    expect(own.map(({ at, text }) => [at, text.replace(/ goes on$/u, '')]).slice(0, 4)).toEqual([
      [2_000_000, 'chaos.own.do[0][0]: crash n1'],
      [2_000_000, 'chaos.own.do[0][1]: pause n1'],
      [2_300_000, 'chaos.own.do[0][2]: restart $gone'],
      [2_300_000, 'chaos.own.do[0][3]: elect n2'],
    ]);
    expect(strikesOf('chaos.other', chaos).map(({ at }) => at / 500_000)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const { steps } = simulate(scenarioOf(chaos), '1');
    expect(steps.find(({ path }) => path === 'chaos.own.do[0][1]')).toMatchObject({ executed: 1, idle: 1 });
  });
});
