import { expect, test } from 'vitest';
import { drawnScenario } from '../load/drawn-scenario.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { simulate, traceRun } from './simulate.ts';

const SWARM = loadScenario('chaos: swarm');

test('what a seed draws of a swarm, written out, runs as the swarm does', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { text } = drawnScenario(SWARM, `${seed}`)!;
    expect(simulate(loadScenario(text), `${seed}`).hash).toBe(simulate(SWARM, `${seed}`).hash);
  }
});

test('the result says what was drawn, and a trace names the nodes that were', () => {
  const { result, nodes, endpoints } = traceRun(SWARM, '4');
  expect(result.drew[0]).toContain(`${nodes.length} voters`);
  expect(endpoints.slice(0, nodes.length)).toEqual(nodes);
  expect(simulate(loadScenario('cluster: { nodes: 3 }'), '1').drew).toEqual([]);
});

test('nothing is reported of a correct core', () => {
  const reported: string[] = [];
  for (let seed = 1; seed <= 150; seed++) {
    const { verdict, violation, unmet } = simulate(SWARM, `${seed}`);
    if (verdict !== 'pass') reported.push(`seed ${seed}: ${violation?.summary ?? unmet[0]?.text ?? verdict}`);
  }
  expect(reported).toEqual([]);
});
