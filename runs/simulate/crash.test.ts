import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MUTANTS } from '../../core/mutants/index.ts';
import type { Mutant } from '../../core/mutants/mutant.ts';
import { RULES, type Rules } from '../../core/rules/index.ts';
import { Campaign } from '../campaign/campaign.ts';
import { loadScenario } from '../load/load-scenario.ts';
import type { RunResult } from './result.ts';
import { simulate, traceRun } from './simulate.ts';
import { gapScenario } from '../testing/gap-scenario.ts';
import { withMutant } from '../load/with-mutant.ts';

const GAP = loadScenario(gapScenario(', mutant: S15'));

const RESTART = loadScenario(`
cluster: { nodes: 3 }
script:
  - elect: n1
  - crash: n2
  - restart: n2
  - until: { leaders: 1 }
`);

/** Bugs that throw, while the tests of this file run. */
const registered = MUTANTS as Map<string, Mutant>;
const THROWING: Readonly<Record<string, Partial<Rules>>> = {
  'a step': {
    grantVote: () => {
      throw new RangeError('no ballot');
    },
  },
  'a restart': {
    diskAtRestart: (disk) => {
      if (disk.term > 0) throw new RangeError('no ballot');
      return disk;
    },
  },
  'a step, without an error,': {
    grantVote: () => {
      throw 'no ballot' as unknown as Error;
    },
  },
  'a recursion': {
    grantVote(this: Rules, self, request) {
      return this.grantVote(self, request);
    },
  },
};

beforeAll(() => {
  for (const [id, replaced] of Object.entries(THROWING)) {
    const rules = { ...RULES, ...replaced };
    registered.set(id, { id, area: 'election', statement: 'it throws', violates: ['Crash'], rules });
  }
});

afterAll(() => {
  for (const id of Object.keys(THROWING)) registered.delete(id);
});

function thrownIn(where: string): RunResult {
  return simulate(withMutant(RESTART, where), '1');
}

describe('a node that throws', () => {
  test('[Crash] is a violation, with the stack, the states of the nodes and the chain of causes', () => {
    const { verdict, violation, unmet } = simulate(GAP, '1', { invariants: ['Crash'] });
    expect([verdict, unmet]).toEqual(['violation', []]);
    expect(violation).toMatchObject({ invariant: 'Crash', title: 'NodeCrash', section: 'any program', node: 'n3' });
    expect(violation!.summary).toMatch(/^n3 threw TypeError: /u);
    expect(violation!.stack[0]).toMatch(/^applyCommitted \(apply\.ts:\d+:\d+\)$/u);
    expect(violation!.stack.join('\n')).not.toMatch(/[\\/]|node-runtime|NodeRuntime/u);
    expect(violation!.witnesses.map(({ node }) => node)).toEqual(['n3', 'n1', 'n2']);
    expect(violation!.witnesses[0]!.text).toBe('follower of term 1, log up to index 6, commitIndex 6, lastApplied 0');
    expect(violation!.chain[0]).toMatchObject({
      event: violation!.event,
      text: expect.stringContaining('AppendEntries'),
    });
    expect(violation!.activeFaults).toMatchObject([{ path: 'cluster.mutant' }]);
  });

  test('[Crash] is told only where nothing else was broken before: its cause is', () => {
    expect(simulate(GAP, '1').violation).toMatchObject({ invariant: 'I22', stack: [] });
  });

  test.each([
    ['a step', 'n2 threw RangeError: no ballot'],
    ['a restart', 'n2 threw RangeError: no ballot'],
  ])('[Crash] in %s is a violation with its stack', (where, summary) => {
    const { verdict, violation } = thrownIn(where);
    expect([verdict, violation?.invariant]).toEqual(['violation', 'Crash']);
    expect(violation!.summary.replace(/^n\d/u, 'n2')).toBe(summary);
    expect(violation!.stack[0]).toMatch(/^Object\.\w+ \(crash\.test\.ts:\d+:\d+\)$/u);
  });

  test('[Crash] in a step, without an error, is a violation without a stack', () => {
    const { verdict, violation } = thrownIn('a step, without an error,');
    expect([verdict, violation?.invariant, violation?.stack]).toEqual(['violation', 'Crash', []]);
    expect(violation!.summary).toMatch(/^n\d threw no ballot$/u);
  });

  test('[Crash] in a recursion without an end is a violation with the innermost frames', () => {
    const { verdict, violation } = thrownIn('a recursion');
    expect([verdict, violation?.invariant]).toEqual(['violation', 'Crash']);
    expect(violation!.summary).toMatch(/^n\d threw RangeError: /u);
    expect(violation!.stack.length).toBeLessThanOrEqual(20);
  });

  test('is a trace event, after that of the event that it could not handle', () => {
    const { result, events } = traceRun(withMutant(RESTART, 'a step'), '1');
    const place = events.findIndex(({ kind }) => kind === 'panicked');
    expect(events[place]).toMatchObject({ event: result.violation!.event, fields: { error: 'RangeError: no ballot' } });
    expect(events[place - 1]).toMatchObject({ event: result.violation!.event, kind: 'delivered' });
  });

  test('is the same run each time', () => {
    expect({ ...thrownIn('a step'), wallMillis: 0 }).toEqual({ ...thrownIn('a step'), wallMillis: 0 });
  });

  test('ends its own run: other seeds go on, and the exit code is that of a violation', () => {
    const campaign = new Campaign([RESTART], { kind: 'range', first: 1, last: 5 }, (scenario, seed) =>
      simulate(seed === '2' ? withMutant(scenario, 'a step') : scenario, seed),
    );
    const seeds = [...campaign.steps()].flatMap((step) => (step.kind === 'run' ? [step.result.seed] : []));
    expect(seeds).toEqual(['1', '2', '3', '4', '5']);
    expect(campaign.tallies[0]).toMatchObject({ verdicts: { pass: 4, violation: 1 }, failingSeeds: ['2'] });
    expect(campaign.exitCode()).toBe(1);
  });

  test('[Crash] can be what a scenario expects', () => {
    const expecting = loadScenario('cluster: { nodes: 3 }\nexpect: { verdict: violation, invariant: Crash }');
    expect(simulate(withMutant(expecting, 'a step'), '1').verdict).toBe('pass');
    expect(simulate(expecting, '1').unmet).toMatchObject([{ kind: 'expectation', id: 'Crash' }]);
  });
});
