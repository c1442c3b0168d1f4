/**
 * Runs every known bug against the scenario library and prints what catches it:
 *
 *   npm run mutants -- [seeds] [mutant ids …]
 *
 * Seeds are tried round by round over all scenarios, so that the first catch is the cheapest. A bug that is caught as
 * something it does not claim to break is shown with a question mark.
 */
import { MUTANTS } from '../core/mutants/index.ts';
import { hunt } from '../runs/fuzz/mutant-hunt.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { findScenarios, readScenario } from '../scenarios/files.ts';

const [seeds = '1000', ...ids] = process.argv.slice(2);
const scenarios = findScenarios(['scenarios/library']).map((file) => readScenario(file, VOCABULARY));
let missed = 0;
const width = Math.max(...scenarios.map(({ name }) => name.length));
console.log(`id    caught as  seed  ${'scenario'.padEnd(width)}  bug`);
for (const mutant of MUTANTS.values()) {
  if (ids.length > 0 && !ids.includes(mutant.id)) continue;
  const kill = hunt(mutant, scenarios, Number(seeds));
  if (kill === null || !kill.expected) missed++;
  const caught = kill === null ? 'nothing' : `${kill.invariant}${kill.expected ? '' : ' ?'}`;
  const where = kill === null ? ' '.repeat(6 + width) : `${kill.seed.padStart(4)}  ${kill.scenario.padEnd(width)}`;
  console.log(`${mutant.id.padEnd(4)}  ${caught.padEnd(9)}  ${where}  ${mutant.statement}`);
}
if (missed > 0) process.exitCode = 1;
