import { test } from 'vitest';
import { writeFileSync } from 'node:fs';
import { jsonSchema } from './schema.ts';
import { referencePage } from './reference.ts';
test('x', () => {
  writeFileSync('docs/scenarios.md', referencePage());
  writeFileSync('scenarios/scenario.schema.json', JSON.stringify(jsonSchema(), null, 2) + '\n');
});
