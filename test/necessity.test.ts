import { describe, expect, test } from 'vitest';
import { MUTANTS } from '../core/mutants/index.ts';
import { hunt } from '../runs/fuzz/mutant-hunt.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { bundledScenarios } from '../runs/load/bundled.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { EXCEPTIONS } from './necessity-exceptions.ts';
import type { Exception } from './necessity-exceptions.ts';
import { judgeFaults, summarize } from './necessity-of-faults.ts';
import type { JudgedFault } from './necessity-of-faults.ts';
import { singleFaults } from './single-faults.ts';

const SEEDS = 4;

const load = (rest: string) => loadScenario(`name: small\ncluster: { nodes: 3 }\n${rest}`);

/** The paths of the faults of a scenario that are necessary, and of the others. */
function necessityOf(rest: string): { readonly necessary: readonly string[]; readonly idle: readonly string[] } {
  const judged = judgeFaults(load(rest), SEEDS, [], []);
  const paths = (isNecessary: boolean) =>
    judged.filter((fault) => fault.isNecessary === isNecessary).map(({ path }) => path);
  return { necessary: paths(true), idle: paths(false) };
}

describe('a fault is necessary', () => {
  test('if a run is unmet without it, and not if nothing is expected of it', () => {
    const script = `
script:
  - until: { leaders: 1 }
  - isolate: follower
  - wait: 50ms
  - heal: all
  - isolate: leader
  - until: { mark: leader-change }
    within: 5s`;
    expect(necessityOf(script)).toEqual({ necessary: ['script[4]'], idle: ['script[1]'] });
  });

  test('if a mark that all runs show is gone without it', () => {
    const script = `
script:
  - until: { leaders: 1 }
  - isolate: leader
    for: 1s
  - wait: 2s`;
    expect(judgeFaults(load(script), SEEDS)).toMatchObject([
      {
        isNecessary: true,
        why: expect.stringMatching(/^mark [a-z-]+: in all 4 runs, and in 0 without it$/u) as string,
        text: 'script[1] (line 6): isolate leader',
      },
    ]);
  });

  test('if an invariant breaks only with it', () => {
    const script = `
expect: { verdict: violation, invariant: I8 }
script:
  - elect: n1
  - wipe: n3
    otherwise: skip
  - crash: n2
  - restart: n3
  - timeout: n3
  - wait: 1s
settle: off`;
    expect(judgeFaults(load(script), 1).map(({ path }) => path)).toEqual(['script[1]', 'script[2]']);
  });

  test('if it is a random fault of the network plan that a mark tells of; the others stay as they are', () => {
    const plan = `
network: { loss: 0.01%, links: { n1 <-> n2: { duplicate: 100% } } }
script:
  - elect: n1
  - wait: 500ms
expect: { mark: duplicate-delivered }`;
    expect(necessityOf(plan)).toEqual({ necessary: ['network.links["n1 <-> n2"].duplicate'], idle: ['network.loss'] });
  });

  describe('if known bugs show that it is missing', () => {
    // A node restarts with everything that it had; without the crash it goes on, and nothing differs.
    const script = `
script:
  - elect: n1
  - until: { converged: true }
  - cut: n1 -> n3
    for: 1ms
  - crash: n2
  - restart: n2
    after: 5ms
  - wait: 100ms`;
    const judgedWith = (bugs: readonly string[], exceptions: readonly Exception[] = []) =>
      judgeFaults(
        load(script),
        SEEDS,
        exceptions,
        bugs.map((id) => MUTANTS.get(id)!),
      ).filter(({ isNecessary }) => isNecessary);

    test('a bug that most runs catch, and few without it', () => {
      const why = 'bug E19: caught by 4 of 4 runs, and by 0 without it';
      expect(judgedWith(['E19'])).toMatchObject([{ path: 'script[3]', why }]);
    });

    test('but no bug that no run catches, and none that the runs catch without it, too', () => {
      expect(judgedWith(['E7', 'C9'])).toEqual([]);
    });

    test('but no bug that few runs catch', () => {
      const steps = '[{ crash: n2 }, { restart: n2, after: 5ms }]';
      const script = `script: [{ elect: n1 }, { until: { converged: true } }, { maybe: 50%, do: ${steps} }]`;
      const bug = MUTANTS.get('E19')!;
      expect(hunt(bug, [load(script)], SEEDS)).toMatchObject({ expected: true });
      expect(judgeFaults(load(script), SEEDS, [], [bug]).map(({ isNecessary }) => isNecessary)).toEqual([false]);
    });

    test('but none is tried for an exception', () => {
      const exception = { scenario: 'small', path: 'script[3]', reason: 'The crash must do no harm.' };
      expect(judgedWith(['E19'], [exception])).toEqual([]);
      expect(judgedWith(['E19'], [{ ...exception, path: 'script[2]' }])).toHaveLength(1);
    });

    test('but none is tried where a violation is expected', () => {
      const violation = 'expect: { verdict: violation, invariant: I16 }\ncluster: { nodes: 3, mutant: E22 }';
      const unsafe = loadScenario(`name: unsafe\n${violation}${script}`);
      const judged = judgeFaults(unsafe, SEEDS, [], [MUTANTS.get('E19')!]);
      expect(judged.map(({ isNecessary }) => isNecessary)).toEqual([false, false]);
    });
  });

  test('inside repeat, each, if, together and on, and in the timeline', () => {
    const script = `
script:
  - until: { leaders: 1 }
  - repeat: 2
    do:
      - crash: leader
        as: old
      - until: { leaders: 1 }
      - restart: $old
  - each: [n1, n2]
    do: [{ pause: $it, for: 1ms }]
  - if: { leaders: 1 }
    do: [{ pause: n1, for: 1ms }]
    else: [{ pause: n2, for: 1ms }]
  - together: [{ pause: n3, for: 1ms }]
  - on: { event: elected }
    do: [{ pause: n2, for: 1ms }]
  - isolate: leader
  - wait: 2s
expect: { mark: { name: leader-change, min: 3 } }`;
    expect(necessityOf(script)).toEqual({
      necessary: ['script[1].do[0]', 'script[6]'],
      idle: ['script[2].do[0]', 'script[3].do[0]', 'script[3].else[0]', 'script[4].together[0]', 'script[5].do[0]'],
    });
    const timeline = 'timeline: [{ at: 1s, isolate: leader }]\nexpect: { mark: leader-change }';
    expect(necessityOf(`${timeline}\nscript: [{ wait: 3s }]`)).toEqual({ necessary: ['timeline[0]'], idle: [] });
  });
});

describe('in the place of a fault', () => {
  /** The run of a scenario without its first fault. */
  const runWithout = (rest: string) => simulate(singleFaults(load(rest))[0]!.takeOut(), '1');

  test('a step waits for the nodes that it would choose, and `as` remembers them', () => {
    const script = `
script:
  - isolate: leader
    as: old
    must: strike
  - expect: { leader: $old }
  - heal: $old`;
    expect(runWithout(script)).toMatchObject({ verdict: 'pass', faults: {} });
  });

  test.each(['$old', 'n1', '[n1, n2]', 'all', 'down'])('no node is down that `restart: %s` would start', (nodes) => {
    const script = `
script:
  - elect: n1
  - crash: n1
    as: old
  - restart: ${nodes}
    after: 10ms
  - expect: { leader: n1 }`;
    expect(runWithout(script)).toMatchObject({ verdict: 'pass', faults: {} });
  });

  test('the restart of a node that is down for another reason is not touched', () => {
    const script = `
script:
  - elect: n1
  - crash: n1
  - crash: n2
  - restart: [n1, n2]
  - until: { converged: true }
settle: off`;
    expect(runWithout(script)).toMatchObject({ verdict: 'pass', faults: { crash: 1 } });
  });

  test('the restart of another node, which stops it first, is not touched', () => {
    const script = `
script:
  - elect: n1
  - crash: n2
    for: 1ms
  - restart: n1
  - until: { leaders: 0 }
  - until: { leaders: 1 }`;
    expect(runWithout(script).verdict).toBe('pass');
  });
});

test('steps that only return to the plan are no faults', () => {
  const script = `
script:
  - network: reset
  - network: { links: n1 -> n2, reset: true }
  - disk: { nodes: n1, fsync: reset }
  - process: { nodes: n1, service: reset, apply: reset }
  - process: { nodes: n1, service: reset, apply: 1ms }
  - heal: all`;
  expect(singleFaults(load(script)).map(({ path }) => path)).toEqual(['script[4]']);
});

describe('exceptions', () => {
  const fault = (path: string, isNecessary: boolean): JudgedFault => ({
    scenario: 's',
    path,
    text: path,
    isNecessary,
    why: '',
  });
  const exception = (path: string) => ({ scenario: 's', path, reason: 'The source tells of it.' });

  test('explain the faults that are not necessary; one for a necessary fault, or for none, is not needed', () => {
    const judged = [fault('script[0]', true), fault('script[1]', false), fault('script[2]', false)];
    const { unexplained, excepted, stale } = summarize(judged, ['script[0]', 'script[1]', 'script[9]'].map(exception));
    expect(excepted.map(({ path }) => path)).toEqual(['script[1]']);
    expect(unexplained.map(({ path }) => path)).toEqual(['script[2]']);
    expect(stale.map(({ path }) => path)).toEqual(['script[0]', 'script[9]']);
  });

  test('are at most a tenth of the faults', () => {
    const necessary = Array.from({ length: 9 }, (_, index) => fault(`script[${index}]`, true));
    const isTooMany = (idle: readonly string[]) =>
      summarize([...necessary, ...idle.map((path) => fault(path, false))], idle.map(exception)).hasTooManyExceptions;
    expect([isTooMany(['timeline[0]']), isTooMany(['timeline[0]', 'timeline[1]'])]).toEqual([false, true]);
  });

  test('are for scenarios of the library, each once, with a reason in a sentence', () => {
    const names = bundledScenarios().map(({ name }) => name);
    const keys = EXCEPTIONS.map(({ scenario, path }) => `${scenario} ${path}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { scenario, reason } of EXCEPTIONS) {
      expect(names).toContain(scenario);
      expect(reason).toMatch(/^[A-Z].{20,}\.$/su);
    }
  });
});
