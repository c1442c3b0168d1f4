import { expect, test } from 'vitest';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { simulate, traceRun } from '../runs/simulate/simulate.ts';

const PLAN = `
cluster: { nodes: 5 }
network: { latency: 1ms..10ms, loss: 1% }
clients: { count: 3, think: 5ms..50ms }
settle: off
`;

/** Nodes and moments are drawn: each seed gives other faults. */
const DRAWN = `${PLAN}
script:
  - until: { leaders: 1 }
  - repeat: 3
    do:
      - wait: 50ms..300ms
      - crash: any
        as: down
      - wait: 50ms..300ms
      - isolate: follower
      - wait: 50ms..300ms
      - restart: $down
      - heal: all
      - pause: any 2
        as: still
      - wait: 20ms..100ms
      - resume: $still
  - wait: 200ms
`;

/** The faults of a run as steps with exact times and nodes, as they stand in a trace. */
function writtenOut(seed: string): { text: string; hash: string; faults: number } {
  const { result, events, nodes } = traceRun(loadScenario(DRAWN), seed);
  const steps: string[] = [];
  for (const { kind, at, node, text } of events) {
    const name = nodes[node];
    if (kind === 'crashed') steps.push(`{ at: ${at}us, crash: ${name} }`);
    if (kind === 'restarted') steps.push(`{ at: ${at}us, restart: ${name} }`);
    if (kind === 'paused') steps.push(`{ at: ${at}us, pause: ${name} }`);
    if (kind === 'resumed') steps.push(`{ at: ${at}us, resume: ${name} }`);
    if (kind === 'fault' && text.startsWith('isolate') && !text.endsWith('ends'))
      steps.push(`{ at: ${at}us, isolate: ${/(?:^isolate |\| )(n\d)(?: \||$)/u.exec(text)![1]} }`);
    if (kind === 'fault' && text === 'heal all links') steps.push(`{ at: ${at}us, heal: all }`);
  }
  return {
    text: `${PLAN}timeline:\n${steps.map((step) => `  - ${step}\n`).join('')}script: [{ wait: ${result.virtualMicros}us }]\n`,
    hash: result.hash,
    faults: steps.length,
  };
}

test('a run with drawn faults, written out as steps with exact times and nodes, has the same hash', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const { text, hash, faults } = writtenOut(String(seed));
    expect(faults).toBeGreaterThan(10);
    const { hash: again } = simulate(loadScenario(text), String(seed));
    expect([seed, again]).toEqual([seed, hash]);
  }
});
