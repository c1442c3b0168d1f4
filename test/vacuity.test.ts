import { describe, expect, test } from 'vitest';
import { describeGap } from '../reports/gap.ts';
import { Campaign } from '../runs/campaign/campaign.ts';
import { MARKS } from '../checks/marks.ts';
import { MUTANTS } from '../core/mutants/index.ts';
import { bundledScenarios } from '../runs/load/bundled.ts';
import { loadScenario } from '../runs/load/load-scenario.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { readScenario } from '../scenarios/files.ts';
import { missing, NEEDED_BY_MARKS, NEEDED_BY_MUTANTS } from '../scenarios/language/features.ts';
import { withMutant } from '../runs/load/with-mutant.ts';

/** What an invocation of one scenario says besides its verdicts. */
function invoke(text: string, seeds: number): { exitCode: number; gaps: readonly string[]; unmet: readonly string[] } {
  const campaign = new Campaign([loadScenario(text)], { kind: 'range', first: 1, last: seeds });
  const unmet: string[] = [];
  for (const step of campaign.steps()) {
    if (step.kind === 'run') unmet.push(...step.result.unmet.map(({ text: sentence }) => sentence));
  }
  const [tally] = campaign.tallies;
  return {
    exitCode: campaign.exitCode(),
    gaps: tally!.gaps.map((gap) => describeGap(gap, tally!)),
    unmet: [...new Set(unmet)],
  };
}

const three = (script: string, more = ''): string =>
  `cluster: { nodes: 3 }\n${more}script:\n  - until: { leaders: 1 }\n${script}`;
const isolateIdly = '  - together: [{ isolate: n1 }, { heal: all }]\n';

/** Scenario, number of seeds, and what no run has shown. */
type Row = readonly [title: string, text: string, seeds: number, gaps: readonly string[]];

const STRIKES: readonly Row[] = [
  [
    'a cut that is healed at once',
    three(isolateIdly),
    5,
    ['isolate script[1].together[0] (line 4) struck in none of 5 runs'],
  ],
  [
    'a cut that is healed at once, with one seed',
    three(isolateIdly),
    1,
    ['isolate script[1].together[0] (line 4) did not strike in the one run, with seed 1; try more seeds: --seeds 20'],
  ],
  ['a cut between two drawn nodes', three('  - cut: n1 <-> n2\n  - wait: 200ms\n'), 10, []],
  [
    'a pause of a drawn node that is resumed at once',
    three('  - together: [{ pause: any, as: p }, { resume: $p }]\n'),
    5,
    ['pause script[1].together[0] (line 4) struck in none of 5 runs'],
  ],
  [
    'a loss that loses nothing',
    three('', 'network: { loss: 0.0001% }\n'),
    3,
    ['loss network.loss struck in none of 3 runs'],
  ],
  [
    'a loss of a step that loses nothing',
    three('  - network: { loss: 0.0001% }\n  - wait: 100ms\n'),
    3,
    ['network script[1] (line 4) struck in none of 3 runs'],
  ],
  ['a loss that is taken away', three('  - network: { loss: 50% }\n  - wait: 1s\n  - network: { loss: 0% }\n'), 3, []],
  [
    'a clock set to what it shows',
    three('  - clock: { nodes: n1, offset: 0ms }\n'),
    3,
    ['clock script[1] (line 4) struck in none of 3 runs'],
  ],
  [
    'a drift that is that of the plan',
    three('  - clock: { nodes: all, drift: 200ppm }\n', 'clock: { drift: 200ppm }\n'),
    3,
    ['clock script[1] (line 5) struck in none of 3 runs'],
  ],
  [
    'a latency that is that of the plan',
    three('  - network: { latency: 1ms..10ms }\n  - wait: 100ms\n'),
    3,
    ['network script[1] (line 4) struck in none of 3 runs'],
  ],
  [
    'a stall of a disk without writes',
    three('  - wait: 1s\n  - disk: { nodes: n1, stall: 1ms }\n  - wait: 100ms\n'),
    3,
    ['disk-stall script[2] (line 5) struck in none of 3 runs'],
  ],
];

const NOTHING_TO_DO: readonly Row[] = [
  [
    'resume of a running node',
    three('  - resume: n1\n'),
    4,
    ['resume script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  ['heal without a cut', three('  - heal: all\n'), 4, ['heal script[1] (line 4) had nothing to do in all 4 runs']],
  [
    'heal of another link',
    three('  - cut: n1 <-> n2\n  - wait: 1s\n  - heal: n1 -> n3\n'),
    4,
    ['heal script[3] (line 6) had nothing to do in all 4 runs'],
  ],
  [
    'release without a clog',
    three('  - release: all\n'),
    4,
    ['release script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'a reset of links as planned',
    three('  - network: reset\n'),
    4,
    ['network script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'a reset of disks as planned',
    three('  - disk: { nodes: all, fsync: reset }\n'),
    4,
    ['disk script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'a reset of processes as planned',
    three('  - process: { nodes: all, service: reset }\n'),
    4,
    ['process script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'transfer to the leader',
    three('  - transfer: leader\n'),
    4,
    ['transfer script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  ['transfer to a node that leads in some runs', three('  - transfer: n1\n    within: 2s\n'), 10, []],
  ['add of a member', three('  - add: n1\n'), 4, ['add script[1] (line 4) had nothing to do in all 4 runs']],
  [
    'remove of a node on standby',
    three('  - remove: s\n').replace('nodes: 3', 'nodes: 3, standby: [s]'),
    4,
    ['remove script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  ['elect of the leader, which only has to lead', three('  - elect: leader\n'), 4, []],
  [
    'restart of what is down, if nothing is',
    three('  - restart: down\n'),
    4,
    ['restart script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'a step that is skipped',
    three('  - until: { leaders: 2 }\n    within: 10ms\n    otherwise: skip\n'),
    4,
    ['until script[1] (line 4) had nothing to do in all 4 runs'],
  ],
  [
    'a branch that is never taken',
    three('  - if: { leader: none }\n    do: [{ wait: 1ms }]\n'),
    4,
    ['wait script[1].do[0] (line 5) was reached in none of 4 runs'],
  ],
  [
    'an alternative that is never taken',
    three('  - maybe: 100%\n    do: [{ wait: 1ms }]\n    else: [{ crash: n1 }, { wait: 1s }]\n'),
    4,
    ['crash script[1].else[0] (line 6) was reached in none of 4 runs'],
  ],
  [
    'branches that are taken by chance',
    three('  - maybe: 50%\n    do: [{ wait: 1ms }]\n    else: [{ wait: 2ms }]\n'),
    10,
    [],
  ],
  [
    'a branch that chance left out of the one run',
    three('  - maybe: 50%\n    do: [{ wait: 1ms }]\n    else: [{ wait: 2ms }]\n'),
    1,
    [
      expect.stringMatching(
        /^wait script\[1\]\.(do|else)\[0\] \(line \d\) was not reached in the one run, with seed 1/u,
      ),
    ],
  ],
  [
    'clients of which no operation succeeds',
    'cluster: { nodes: 3 }\nclients: { count: 2, think: 5ms }\nscript: [{ crash: any 2 }, { wait: 500ms }]\nsettle: off\n',
    4,
    [expect.stringMatching(/^none of the [\d,]+ operations of the clients succeeded in all 4 runs$/u)],
  ],
];

describe('what no run shows ends the invocation with exit code 3', () => {
  test.each([...STRIKES, ...NOTHING_TO_DO])('%s', (_title, text, seeds, gaps) => {
    expect(invoke(text, seeds)).toEqual({ exitCode: gaps.length === 0 ? 0 : 3, gaps, unmet: [] });
  });
});

test('beside a run that failed, nothing is said of faults and steps', () => {
  const { gaps, unmet, exitCode } = invoke(three(`${isolateIdly}  - until: { leaders: 2 }\n    within: 1ms\n`), 3);
  expect([gaps, unmet.length > 0, exitCode]).toEqual([[], true, 3]);
});

test('faults and steps that a violation cut short are not judged', () => {
  const bug =
    'cluster: { nodes: 3, mutant: E1 }\nexpect: { verdict: violation, invariant: I16 }\nscript: [{ until: { leaders: 1 } }, { heal: all }]\n';
  expect(invoke(bug, 3)).toEqual({ exitCode: 0, gaps: [], unmet: [] });
});

/** `expect:` of a scenario with some mutant, seeds, exit code, and what is said. */
const EXPECTATIONS: readonly (readonly [string, string, string | null, number, number, readonly string[]])[] = [
  ['a mark that some run shows', '{ anySeed: { mark: message-reordered } }', null, 40, 0, []],
  [
    'a mark that no run shows',
    '{ anySeed: { mark: { name: leader-elected, min: 90 } } }',
    null,
    3,
    3,
    ['expected with some seed mark leader-elected at least 90 times: seen in none of 3 runs'],
  ],
  ['a condition that some run meets', '{ anySeed: { leader: n1 } }', null, 20, 0, []],
  [
    'a condition and a mark that no run shows at once',
    '{ anySeed: { leader: none, mark: leader-elected } }',
    null,
    3,
    3,
    ['expected with some seed mark leader-elected at least once and at the end no leader: seen in none of 3 runs'],
  ],
  ['a violation that some run shows', '{ anySeed: { violation: I16 } }', 'E1', 3, 0, []],
  ['any violation', '{ anySeed: { violation: any } }', 'E1', 3, 0, []],
  [
    'a violation that no run shows',
    '{ anySeed: { violation: I16 } }',
    null,
    3,
    3,
    ['expected with some seed a violation of I16: seen in none of 3 runs'],
  ],
  [
    'another violation than the one some run must show',
    '{ anySeed: { violation: I4 } }',
    'E1',
    3,
    1,
    [
      'expected a violation of I4 with some seed, got I16',
      'expected with some seed a violation of I4: seen in none of 3 runs',
    ],
  ],
  ['a violation of every run', '{ everySeed: { violation: I16 } }', 'E1', 3, 0, []],
  [
    'another violation than that of every run',
    '{ everySeed: { violation: I4 } }',
    'E1',
    3,
    1,
    ['expected a violation of I4, got I16'],
  ],
  [
    'a mark of every run that is missing',
    '{ everySeed: { mark: { name: leader-elected, min: 9 } } }',
    null,
    2,
    3,
    ['mark leader-elected: seen once, expected at least 9 times'],
  ],
  ['a condition of every run', '[{ everySeed: { converged: true } }, { anySeed: { leader: n2 } }]', null, 20, 0, []],
];

test.each(EXPECTATIONS)('expect: %s', (_title, expected, mutant, seeds, code, said) => {
  const cluster = `cluster: { nodes: 3${mutant === null ? '' : `, mutant: ${mutant}`} }`;
  const { exitCode, gaps, unmet } = invoke(
    `${cluster}\nscript: [{ until: { leaders: 1 } }]\nexpect: ${expected}`,
    seeds,
  );
  expect([exitCode, [...unmet, ...gaps]]).toEqual([code, said]);
});

describe('features that marks and known bugs need', () => {
  const library = bundledScenarios().map(({ path }) => readScenario(path, VOCABULARY));
  const sound = library.filter(({ cluster }) => cluster.mutant === null);

  test('are those of marks and known bugs that exist', () => {
    expect([...NEEDED_BY_MARKS.keys()].filter((mark) => !MARKS.has(mark))).toEqual([]);
    expect([...NEEDED_BY_MUTANTS.keys()].filter((mutant) => !MUTANTS.has(mutant))).toEqual([]);
  });

  test('no mark is seen in a scenario of the library without its feature', () => {
    const wrong = sound.flatMap((scenario) =>
      Object.keys(simulate(scenario).marks)
        .filter((mark) => missing(NEEDED_BY_MARKS.get(mark), scenario) !== null)
        .map((mark) => `${scenario.name}: ${mark}`),
    );
    expect(wrong).toEqual([]);
  });

  test.each([...NEEDED_BY_MUTANTS])('%s changes no run without its feature', (mutant, feature) => {
    const without = sound.filter(
      (scenario) => missing(feature, scenario) !== null && scenario.expect.verdict === 'pass',
    );
    expect(without.length).toBeGreaterThan(10);
    for (const scenario of without.slice(0, 10)) {
      const broken = withMutant(scenario, mutant);
      expect(simulate(broken).hash).toBe(simulate(scenario).hash);
    }
  });
});
