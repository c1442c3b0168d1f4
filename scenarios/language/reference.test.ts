import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VOCABULARY } from '../testing/examples.ts';
import { FORMS } from '../actions/index.ts';
import { loadScenario } from './load.ts';
import { referencePage } from './reference.ts';

const FILE = new URL('../../docs/scenarios.md', import.meta.url);

/** What several words of the language become alike. */
const KINDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(['write', 'read', 'cas', 'append', 'delete'].map((word) => [word, 'operation'])),
  ...Object.fromEntries(['drop', 'delay', 'hold', 'duplicate', 'corrupt'].map((word) => [word, 'message'])),
  ...Object.fromEntries(['add', 'addLearner', 'promote', 'remove'].map((word) => [word, 'change'])),
};

test('docs/scenarios.md is what the schema says (to update it: WHITEWATER_UPDATE=1 npx vitest run scenarios/)', () => {
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(FILE, referencePage());
  expect(readFileSync(FILE, 'utf8')).toBe(referencePage());
});

test('the example at its top is a scenario that loads', () => {
  const example = /```yaml\n([^]*?)```/u.exec(referencePage())?.[1] ?? '';
  expect(loadScenario(example, 'example.yaml', VOCABULARY).name).toBe('stale-leader');
});

const PIECES = [...referencePage().matchAll(/```yaml\n((?:cluster:|- )[^]*?)```/gu)]
  .map(([, text = '']) => text)
  // Steps that use what is remembered elsewhere stand beside their actions, and are tested there.
  .filter((text) => !/\$(?:old|voter)/u.test(text) || text.includes('as: old'));

test.each(PIECES.map((text, index) => [index + 1, text] as const))(
  'piece %i of YAML that it shows loads',
  (_, text) => {
    const steps = text.replace(/^/gmu, '  ');
    const scenario = text.startsWith('- ') ? `cluster: { nodes: 5 }\nclients: 2\nscript:\n${steps}` : text;
    expect(loadScenario(scenario, 'a.yaml', VOCABULARY).script.length).toBeGreaterThan(0);
  },
);

test.each(FORMS.map(({ key, example }) => [key, example]))('the example of %s is a step that loads', (key, example) => {
  const step = example.replace(/\n/gu, '\n    ');
  const names = ['old', 'voter', 'winner'].filter(
    (name) => example.includes(`$${name}`) && !example.includes(`as: ${name}`),
  );
  const before = names.map((name) => `  - pause: any\n    as: ${name}\n`).join('');
  const text = `cluster: { nodes: 5 }\nclients: 2\nscript:\n${before}  - ${step}\n`;
  expect(loadScenario(text, 'a.yaml', VOCABULARY).script.at(-1)?.action.kind).toBe(KINDS[key] ?? key);
});

test('every action and every top-level key has its place', () => {
  const page = referencePage();
  for (const { key } of FORMS) expect(page).toContain(`### \`${key}\``);
});
