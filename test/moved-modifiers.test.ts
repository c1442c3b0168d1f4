import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { findScenarios } from '../scenarios/files.ts';
import { loadScenarios } from '../scenarios/language/load.ts';
import { repairScenario } from '../scenarios/language/repair.ts';

const FOLDER = fileURLToPath(new URL('../scenarios/library', import.meta.url));

/** A step on one line, and a modifier on the next. */
const STEP =
  /^( *- )(?!at:|after:)(\w+): (\{[^#\n]*\}|[^{[#>\n]+)\n +((?:for|as|within|must|label|disk|expect): [^#\n]+)\n/gmu;

/** The scenario with the modifier of one step written inside the value of its action, for each such step. */
function misplaced(text: string): readonly string[] {
  return [...text.matchAll(STEP)].map((match) => {
    const [all, before = '', action = '', value = '', modifier = ''] = match;
    const inside = value.startsWith('{') ? value.replace(/ *\}$/u, '') : `{ nodes: ${value}`;
    return `${text.slice(0, match.index)}${before}${action}: ${inside}, ${modifier} }\n${text.slice(match.index + all.length)}`;
  });
}

test('a modifier that is written inside an action of a bundled scenario is moved out again by a repair', () => {
  let count = 0;
  for (const file of findScenarios([FOLDER])) {
    const text = readFileSync(file, 'utf8');
    const name = relative(FOLDER, file);
    const meant = loadScenarios(text, name, VOCABULARY);
    for (const wrong of misplaced(text)) {
      expect(() => loadScenarios(wrong, name, VOCABULARY)).toThrow();
      const repaired = repairScenario(wrong, VOCABULARY);
      expect({ name, scenarios: loadScenarios(repaired.text, name, VOCABULARY) }).toEqual({ name, scenarios: meant });
      count++;
    }
  }
  expect(count).toBeGreaterThan(500);
}, 60_000);
