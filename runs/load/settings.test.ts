import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadScenarios as loadText } from '../../scenarios/language/load.ts';
import { settingOf } from '../../scenarios/language/settings.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { yamlOf, type SettingValue } from '../../scenarios/settings.ts';
import { simulate } from '../simulate/simulate.ts';
import { loadScenario, loadScenarios } from './load-scenario.ts';
import { VOCABULARY } from './vocabulary.ts';

interface Template {
  readonly [key: string]: SettingValue;
}

const TEMPLATE: Template = {
  cluster: { nodes: 3, raft: { preVote: false } },
  clients: { count: 2, think: '5ms..20ms' },
  script: [{ until: { leaders: 1 }, within: '5s' }, { crash: 'leader' }, { wait: '300ms' }],
};

/** Some values for some paths of the template. */
const VALUES: Readonly<Record<string, readonly SettingValue[]>> = {
  'cluster.nodes': [1, 5, ['a', 'b', 'c']],
  'cluster.raft.preVote': [true],
  'cluster.raft.electionTimeout': ['200ms..900ms'],
  'cluster.mutant': ['E7'],
  'clients.count': [0, 4],
  'network.loss': ['2%', '0.5%'],
  'network.latency': ['3ms', { normal: ['8ms', '2ms'] }],
  'disk.fsync': ['10ms'],
  'script[2].wait': ['1s', '10ms..20ms'],
  'script[1]': [{ pause: 'leader' }],
  settle: ['off', { within: '60s' }],
};

const SETTINGS = fc
  .tuple(
    ...Object.entries(VALUES).map(([path, values]) =>
      fc.option(fc.constantFrom(...values.map((value) => ({ path, value })))),
    ),
  )
  .map((chosen) => chosen.filter((one) => one !== null))
  .filter(({ length }) => length > 0);

/** The template with a value written into it. */
function written(into: SettingValue, path: readonly string[], value: SettingValue): SettingValue {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(into)) {
    return into.map((item: SettingValue, index) => (String(index) === key ? written(item, rest, value) : item));
  }
  const mapping = (into ?? {}) as Template;
  return { ...mapping, [key]: written(mapping[key] ?? null, rest, value) };
}

const withoutPlaces = (scenario: Scenario) => ({ ...scenario, settings: {}, warnings: [], written: {} });

describe('a run with settings', () => {
  it('has the hash of a run of the file in which they stand, by --set and by a matrix', () => {
    fc.assert(
      fc.property(SETTINGS, fc.nat(1_000), (settings, seed) => {
        const file = settings.reduce<SettingValue>(
          (template, { path, value }) =>
            written(
              template,
              path.split(/[.[\]]+/u).filter((key) => key !== ''),
              value,
            ),
          TEMPLATE,
        );
        const expected = loadScenario(file as Template);
        const hash = simulate(expected, String(seed)).hash;
        const given = settings.map(({ path, value }) => {
          const read = settingOf(`${path}=${yamlOf(value)}`);
          if ('reason' in read) throw new Error(read.reason);
          return read.setting;
        });
        const [set] = loadText(JSON.stringify(TEMPLATE), 'scenario', VOCABULARY, given);
        const matrix = Object.fromEntries(settings.map(({ path, value }) => [path, [value]]));
        const [inMatrix] = loadScenarios({ ...TEMPLATE, matrix });
        expect(withoutPlaces(inMatrix!)).toEqual(withoutPlaces(expected));
        expect(inMatrix!.settings).toEqual(set!.settings);
        expect([set, inMatrix].map((scenario) => simulate(scenario!, String(seed)).hash)).toEqual([hash, hash]);
      }),
      { numRuns: 40 },
    );
  });
});

describe('loadScenarios', () => {
  it('gives one scenario without a matrix', () => {
    expect(loadScenarios('cluster: { nodes: 3 }')).toEqual([loadScenario('cluster: { nodes: 3 }')]);
  });

  it('of an object gives the combinations without lines', () => {
    const scenarios = loadScenarios({ ...TEMPLATE, matrix: { 'cluster.nodes': [3, 5] } });
    expect(scenarios.map(({ script }) => script.map(({ line }) => line))).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});
