import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { VOCABULARY } from './language/examples.ts';
import { ACTIONS } from './language/steps.ts';
import { loadScenario } from './load.ts';
import { referencePage } from './reference.ts';

const FILE = new URL('../docs/scenarios.md', import.meta.url);

test('docs/scenarios.md is what the schema says (to update it: WHITEWATER_UPDATE=1 npx vitest run scenarios/)', () => {
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(FILE, referencePage());
  expect(readFileSync(FILE, 'utf8')).toBe(referencePage());
});

test('the example at its top is a scenario that loads', () => {
  const example = /```yaml\n([^]*?)```/u.exec(referencePage())?.[1] ?? '';
  expect(loadScenario(example, 'example.yaml', VOCABULARY).name).toBe('stale-leader');
});

test.each(ACTIONS.map(({ key, example }) => [key, example]))(
  'the example of %s is a step that loads',
  (key, example) => {
    const step = example.replace(/\n/gu, '\n    ');
    const names = ['old', 'voter', 'winner'].filter(
      (name) => example.includes(`$${name}`) && !example.includes(`as: ${name}`),
    );
    const before = names.map((name) => `  - pause: any\n    as: ${name}\n`).join('');
    const text = `cluster: { nodes: 5 }\nclients: 2\nscript:\n${before}  - ${step}\n`;
    expect(loadScenario(text, 'a.yaml', VOCABULARY).script.at(-1)?.action.kind).toBe(
      { write: 'operation', read: 'operation', cas: 'operation', append: 'operation', delete: 'operation' }[key] ?? key,
    );
  },
);

test('every action and every top-level key has its place', () => {
  const page = referencePage();
  for (const { key } of ACTIONS) expect(page).toContain(`### \`${key}\``);
});
