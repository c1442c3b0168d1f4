import { basename, dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { AREAS } from '../core/areas.ts';
import { MUTANTS } from '../core/mutants/index.ts';
import { findScenarios, readScenario } from '../scenarios/files.ts';
import type { Action, Scenario, Step } from '../scenarios/scenario.ts';
import { expectsViolation } from '../runs/fuzz/expects-violation.ts';
import { hunt } from '../runs/fuzz/mutant-hunt.ts';
import type { RunResult } from '../runs/simulate/result.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';

const FOLDER = fileURLToPath(new URL('../scenarios/library', import.meta.url));
const FILES = findScenarios([FOLDER]).filter((file) => dirname(file) !== FOLDER);
const LIBRARY = new Map(FILES.map((file) => [relative(FOLDER, file), readScenario(file, VOCABULARY)]));
/** Topics of scenarios that are about several areas. */
const THEMES = ['clocks', 'crashes', 'figures', 'network', 'partition', 'swarms'];
const SEEDS = 10;

const named = (file: string): Scenario => {
  const scenario = LIBRARY.get(file);
  if (scenario === undefined) throw new Error(`the library has no ${file}`);
  return scenario;
};

test('the library has scenarios of every area of Raft, and of the themes that cross them', () => {
  const topics = new Set([...LIBRARY.keys()].map((file) => dirname(file)));
  expect([...topics].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    [...AREAS, ...THEMES].toSorted((a, b) => (a < b ? -1 : 1)),
  );
});

test('no two scenarios have the same name', () => {
  const names = [...LIBRARY.values()].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each([...LIBRARY])('%s', (file, scenario) => {
  test('is named after its file, has an about and a source, and expects a mark or a violation, or is a swarm', () => {
    expect(scenario.name).toBe(basename(file, '.yaml'));
    expect(scenario.about?.length).toBeGreaterThan(40);
    expect(scenario.source?.length).toBeGreaterThan(5);
    expect(scenario.tags.length).toBeGreaterThan(0);
    const expectsMark = scenario.expect.marks.some(({ min }) => min > 0);
    expect(expectsViolation(scenario) || expectsMark || scenario.swarm !== null).toBe(true);
  });

  test(`passes with seeds 1 to ${SEEDS}`, () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = simulate(scenario, `${seed}`);
      if (result.verdict !== 'pass') failures.push(`seed ${seed}: ${outcomeText(result)}`);
    }
    expect(failures).toEqual([]);
  });
});

describe('a scenario whose fault is taken away is unmet', () => {
  test('a split vote without a second candidate', () => {
    expectUnmet(without('election/split-vote.yaml', 'timeout'), 'split-vote');
  });

  test('a minority leader without a partition', () => {
    expectUnmet(without('partition/minority-leader.yaml', 'partition'), 'pending');
  });

  test('a fast backtracking when no node was cut off', () => {
    expectUnmet(without('replication/diverged-log-repaired-in-few-messages.yaml', 'isolate'), 'fast-backtracking');
  });

  test('a torn write on a disk that tears nothing', () => {
    const careful = replaced('durability/torn-write.yaml', (action) =>
      action.kind === 'crash' ? { ...action, disk: 'keep' } : action,
    );
    expectUnmet(careful, 'write-torn');
  });

  test('crashes of new leaders that are no crashes', () => {
    expectUnmet(without('election/three-leaders-crash-when-elected.yaml', 'crash'), 'leader-elected');
  });

  test('a network that delivers everything once', () => {
    const scenario = named('network/every-message-duplicated.yaml');
    const { network } = scenario;
    const reliable = { ...network, everyLink: { ...network.everyLink, duplicate: 0 } };
    expectUnmet({ ...scenario, network: reliable }, 'duplicate-delivered');
  });

  test('an append with a reply to the first attempt', () => {
    expectUnmet(without('sessions/retried-append-executed-once.yaml', 'on'), 'request-committed-twice');
  });

  test('a slow clock that is right', () => {
    expectUnmet(without('clocks/leader-with-slow-clock-replaced.yaml', 'clock'), 'leader');
  });

  test('Figure 7 with empty disks', () => {
    const scenario = named('figures/figure-7.yaml');
    expectUnmet({ ...scenario, cluster: { ...scenario.cluster, disks: new Map() } }, 'vote-denied-by-log');
  });
});

test.each([...MUTANTS.values()].map((mutant) => [mutant.id, mutant.statement, mutant] as const))(
  '%s is caught by the library: %s',
  (_id, _title, mutant) => {
    expect(hunt(mutant, [...LIBRARY.values()], 3)).toMatchObject({ expected: true });
  },
);

function expectUnmet(scenario: Scenario, because: string): void {
  const result = simulate(scenario, '1');
  expect(outcomeText(result)).toMatch(/^unmet/u);
  expect(outcomeText(result)).toContain(because);
}

function outcomeText({ verdict, violation, limit, unmet }: RunResult): string {
  return `${verdict} ${violation === null ? '' : `${violation.invariant}: ${violation.summary}`}${limit ?? ''}${unmet.map(({ text }) => text).join('; ')}`;
}

/** A scenario of the library with no step of this kind. */
function without(file: string, kind: Action['kind']): Scenario {
  return replaced(file, (action) => (action.kind === kind ? null : action));
}

/** A scenario of the library with its actions changed, those of nested steps too; null: left out. */
function replaced(file: string, change: (action: Action) => Action | null): Scenario {
  const scenario = named(file);
  return { ...scenario, script: changed(scenario.script, change), timeline: changed(scenario.timeline, change) };
}

function changed(steps: readonly Step[], change: (action: Action) => Action | null): readonly Step[] {
  return steps.flatMap((step) => {
    const action = change('do' in step.action ? { ...step.action, do: changed(step.action.do, change) } : step.action);
    return action === null ? [] : [{ ...step, action }];
  });
}
