import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadScenarios } from '../runs/load/load-scenario.ts';
import { simulate } from '../runs/simulate/simulate.ts';
import type { Scenario } from '../scenarios/scenario.ts';

const PAGE = readFileSync(new URL('../docs/scenarios.md', import.meta.url), 'utf8');
const SEEDS = 100;

interface Example {
  /** The heading above it. */
  readonly heading: string;
  readonly yaml: string;
}

/** What an example that is not a whole scenario needs around it. */
interface Context {
  readonly cluster?: string;
  readonly clients?: string;
  /** Steps before it. */
  readonly before?: string;
  /** Steps after it. */
  readonly after?: string;
}

const EXAMPLES: readonly Example[] = [...PAGE.matchAll(/^#+ (.*)$|^```yaml\n([^]*?)^```$/gmu)].reduce(
  ({ heading, found }, [, title, yaml]) =>
    title === undefined
      ? { heading, found: [...found, { heading, yaml: yaml ?? '' }] }
      : { heading: title.replaceAll('`', ''), found },
  { heading: '', found: [] as readonly Example[] },
).found;

/** A cluster of five that n1 leads, under load. */
const USUAL: Required<Context> = {
  cluster: '{ nodes: 5 }',
  clients: '{ count: 2, think: 5ms..20ms }',
  before: '- elect: n1',
  after: '- wait: 300ms',
};

const STANDBY = '{ nodes: 3, standby: 2 }';
const IDLE = '{ count: 2, ops: none }';

/** Contexts of examples that the usual one does not fit, by heading. */
const CONTEXTS: Readonly<Record<string, Context>> = {
  restart: { before: '- elect: n1\n- crash: any\n  as: old' },
  resume: { before: '- elect: n1\n- pause: leader\n  as: old\n- wait: 100ms' },
  add: { cluster: STANDBY },
  addLearner: { cluster: STANDBY },
  promote: { cluster: '{ nodes: 3, learners: 1 }' },
  reconfigure: { cluster: STANDBY },
  leaveJoint: { cluster: STANDBY, before: '- elect: n1\n- reconfigure: { voters: [n1, n2, n4], leave: explicit }' },
  release: { before: '- elect: n1\n- clog: n1 -> n2\n- wait: 100ms' },
  heal: { before: '- elect: n1\n- isolate: n1\n- wait: 100ms' },
  write: { clients: IDLE },
  read: { clients: IDLE },
  cas: { clients: IDLE },
  append: { clients: IDLE },
  delete: { clients: IDLE },
  // Raft does not promise to survive the wipe of a member.
  wipe: { cluster: '{ nodes: 2, standby: 1 }' },
  until: { before: '- elect: n1\n- crash: [n1, n2]' },
  on: { before: '', after: '- elect: n1\n- elect: n2' },
  Conditions: {
    cluster: '{ nodes: 5, raft: { snapshotEvery: 50, snapshotTrailing: 0 } }',
    before:
      '- elect: n3\n- reconfigure: { voters: [n3, n4, n5], learners: none }\n' +
      '- until: { snapshot: { index: 50, on: leader } }',
  },
  Events: { after: '- crash: n2\n- wait: 2s' },
  count: { after: '- until: { sent: { min: 10 } }' },
};

const READ_BY_C2 = '- read: { key: x, by: c2 }\n  expect: ok';

/** Contexts of expectations, which come true in no usual run. */
const EXPECTED: readonly (readonly [about: string, Context])[] = [
  [
    'mark: log-truncated',
    {
      clients: '{ count: 2, think: 5ms..20ms, at: n1 }',
      before: '- elect: n1\n- until: { committed: { index: 9, on: n1 } }\n- isolate: n1',
      after: '- wait: 1s',
    },
  ],
  [
    'values: [null, a, b]',
    {
      clients: IDLE,
      before: [
        ...['- elect: n1', READ_BY_C2],
        ...['- write: { key: x, value: a, by: c1 }\n  expect: ok', READ_BY_C2, READ_BY_C2],
        ...['- write: { key: x, value: b, by: c1 }\n  expect: ok', READ_BY_C2],
      ].join('\n'),
    },
  ],
  ['verdict: violation', { cluster: '{ nodes: 5, mutant: E21 }', before: '- timeout: [n1, n3]' }],
];

function contextOf({ heading, yaml }: Example): Required<Context> {
  const expected = EXPECTED.find(([about]) => yaml.includes(about))?.[1];
  return { ...USUAL, ...CONTEXTS[heading], ...(heading === 'Expectations' && expected) };
}

/** The scenario that runs the example. */
function scenarioOf(example: Example): string {
  const { yaml } = example;
  if (/^(?:name|cluster):/mu.test(yaml)) return yaml;
  const { cluster, clients, before, after } = contextOf(example);
  const steps = [before, yaml.startsWith('- ') ? yaml.trimEnd() : '', after].filter((some) => some !== '');
  const script = steps.join('\n').replace(/^/gmu, '  ');
  const rest = yaml.startsWith('- ') ? '' : yaml;
  return `cluster: ${cluster}\nclients: ${clients}\n${rest}script:\n${script}\n`;
}

function failuresOf(scenario: Scenario): string[] {
  const failed: string[] = [];
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { verdict, unmet, violation, limit } = simulate(scenario, String(seed));
    if (verdict !== 'pass')
      failed.push(
        `seed ${seed}: ${verdict}: ${violation?.invariant ?? limit ?? unmet.map(({ text }) => text).join('; ')}`,
      );
  }
  return failed;
}

test.each(EXAMPLES.map((example, index) => [index + 1, example.heading, example] as const))(
  `example %i of docs/scenarios.md, under "%s", passes for seeds 1 to ${String(SEEDS)}`,
  (_index, _heading, example) => {
    const text = scenarioOf(example);
    const failed = loadScenarios(text, 'example.yaml').flatMap((scenario) => failuresOf(scenario));
    expect(failed.slice(0, 3), `${String(failed.length)} of ${String(SEEDS)} seeds fail\n${text}`).toEqual([]);
  },
);
