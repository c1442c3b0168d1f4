import { describe, expect, test } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate } from '../simulate/simulate.ts';
import { resolveRun } from './resolve-run.ts';

const SWARM = loadScenario('chaos: swarm');

describe('a resolved run', () => {
  test('gives the same hash and verdict as the swarm that it was drawn from', () => {
    const different: number[] = [];
    for (let seed = 1; seed <= 100; seed++) {
      const { result, again } = resolveRun(SWARM, `${seed}`);
      if (again.hash !== result.hash || again.verdict !== result.verdict) different.push(seed);
    }
    expect(different).toEqual([]);
  });

  test('has nothing left to draw: another seed of the script changes no step', () => {
    const { scenario } = resolveRun(SWARM, '3');
    const kinds = JSON.stringify(scenario.script) + JSON.stringify(scenario.timeline);
    expect(kinds).not.toMatch(/"kind":"(?:maybe|repeat|if|each|any)"/u);
    expect(scenario.swarm).toBeNull();
  });

  test('maybe, repeat, each and if are the steps that were executed, and ranges of time are times', () => {
    const scenario = loadScenario(
      `
cluster: { nodes: 5 }
clients: { count: 1, ops: none }
script:
  - elect: n1
  - maybe: 50%
    do: [{ pause: follower, for: 1ms..90ms }]
    else: [{ crash: any 2 followers, as: old }, { restart: $old, after: 1ms..9ms }]
  - repeat: 2
    do: [{ wait: 1ms..9ms }, { timeout: any }]
  - each: [n2, n3]
    do: [{ isolate: $it, for: 50ms }, { cut: $it -> any }]
  - if: { leader: n9x }
    do: [{ heal: all }]
`.replace('n9x', 'n1'),
    );
    for (let seed = 1; seed <= 20; seed++) {
      const { result, again, text, scenario: made } = resolveRun(scenario, `${seed}`);
      expect(again.hash).toBe(result.hash);
      expect(text).not.toMatch(/maybe|repeat|each|\bif\b|any|follower\b|\d\.\.\d|\$it/u);
      expect(made.script.length).toBeGreaterThan(8);
    }
  });

  test('each firing of an armed step has the number of its match', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 1, think: 5ms }
script:
  - on: { event: committed, node: leader, count: 5 }
    times: 3
    as: it
    do: [{ maybe: 50%, do: [{ isolate: $it, for: 10ms..90ms }], else: [{ pause: any, for: 20ms }] }]
  - wait: 3s
`);
    const { result, again, scenario: made } = resolveRun(scenario, '4');
    expect(again.hash).toBe(result.hash);
    const armed = made.script.flatMap(({ action }) => (action.kind === 'on' ? [action] : []));
    expect(armed.map(({ event, times }) => [event.count, times])).toEqual([
      [5, 1],
      [10, 1],
      [15, 1],
    ]);
  });

  test('draws that go on from message to message stay those of the step', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3 }
clients: { count: 2, think: 5ms }
chaos:
  slow: { every: 300ms..600ms, for: 200ms, do: [{ network: { types: AppendEntries, links: any -> any, loss: 30%, latency: 1ms..40ms } }] }
  late: { every: 200ms..500ms, do: [{ delay: { types: AppendEntriesReply, count: 5, by: 1ms..90ms } }], for: 1s }
  stop: 3s
`);
    const { result, again, text } = resolveRun(scenario, '2');
    expect(again.hash).toBe(result.hash);
    expect(text).toContain('draws: chaos.late.do[0] 1');
  });

  test('what was skipped is left out, and a strike that goes on after the stop is waited for', () => {
    const scenario = loadScenario(`
cluster: { nodes: 3 }
chaos:
  down: { every: 1s, times: 1, do: [{ crash: n1 }] }
  again: { every: 1500ms, times: 1, do: [[{ pause: n2, for: 10ms }, { crash: n1, after: 2s }]] }
  stop: 2s
settle: off
`);
    const { result, again, text } = resolveRun(scenario, '1');
    expect(text.match(/crash/gu)).toHaveLength(1);
    expect([again.hash, again.virtualMicros]).toEqual([result.hash, 3_500_000]);
  });

  test('can be resolved again', () => {
    const once = resolveRun(SWARM, '12');
    const twice = resolveRun(once.scenario, '12');
    expect(twice.again.hash).toBe(simulate(SWARM, '12').hash);
  });
});
