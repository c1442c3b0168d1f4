import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { findScenarios } from '../files.ts';
import { VALID } from '../testing/examples.ts';
import { FORMS } from '../actions/index.ts';
import { jsonSchema, schemaFile } from './schema.ts';

const FILE = new URL('../scenario.schema.json', import.meta.url);

test('scenario.schema.json is what the schema says (to update it: WHITEWATER_UPDATE=1 npx vitest run scenarios/)', () => {
  if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(FILE, schemaFile());
  expect(readFileSync(FILE, 'utf8')).toBe(schemaFile());
});

describe('as JSON Schema', () => {
  const asJsonSchema = z.fromJSONSchema(jsonSchema());
  const accepts = (text: string): boolean => asJsonSchema.safeParse(parse(text)).success;

  test.each(VALID.map((text) => [/name: (\S+)/u.exec(text)?.[1] ?? text.split('\n')[0], text]))(
    '%s is accepted',
    (_, text) => {
      expect(accepts(text ?? '')).toBe(true);
    },
  );

  test.each(findScenarios([fileURLToPath(new URL('../library', import.meta.url))]))(
    '%s of the library is accepted',
    (path) => {
      expect(accepts(readFileSync(path, 'utf8'))).toBe(true);
    },
  );

  test.each([
    'name: x\nchaos: swurm',
    'cluster: { nodes: 3, nodez: 4 }',
    'cluster: { nodes: 3 }\nfoo: 1',
    'cluster: { nodes: 3 }\nscript: [{ crsh: n1 }]',
    'cluster: { nodes: 3 }\nscript: [{ crash: n1, at: 1s }]',
    'cluster: { nodes: 3 }\nscript: [{ repeat: 2, do: [{ crsh: n1 }] }]',
    'cluster: { nodes: 3 }\ntimeline: [{ crash: n1 }]',
    'cluster: { nodes: 3 }\nnetwork: { loss: 5 }',
    'cluster: { nodes: 3 }\nscript: [{ until: { leeders: 1 } }]',
    'cluster: { nodes: 3 }\nnetwork: { latency: {} }',
  ])('%j is refused', (text) => {
    expect(accepts(text)).toBe(false);
  });

  test('every key has a description', () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        if (key === 'properties') {
          for (const [name, member] of Object.entries(value as Record<string, { description?: string }>)) {
            if ((member.description ?? '') === '') bare.push(`${path}.${name}`);
          }
        }
        visit(value, `${path}.${key}`);
      }
    };
    visit(jsonSchema(), '');
    expect(bare).toEqual([]);
  });

  test('nothing of the reader leaks into it', () => {
    expect(schemaFile()).not.toMatch(/"(?:standard|later|fallback|exactlyOne)"/u);
  });
});

test('no two actions share a key', () => {
  const keys = FORMS.map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
