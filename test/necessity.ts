/**
 * Takes out each single fault of each scenario of the library, and looks whether verdicts, marks or the known bugs that
 * it catches change:
 *
 *   npm run necessity -- [seeds] [scenarios or topics …]
 *
 * Prints each fault that is not necessary (`necessity-of-faults.ts` says when one is), and ends with exit code 1 if one
 * of them is no exception in `necessity-exceptions.ts`, if an exception is not needed any more, or if more than a tenth
 * of the faults are exceptions. With names of bundled scenarios or topics, only these are looked at.
 */
import { bundledFiles, findArguments } from '../runs/load/find-scenarios.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { readScenario } from '../scenarios/files.ts';
import { EXCEPTIONS } from './necessity-exceptions.ts';
import { judgeFaults, MOST_EXCEPTIONS, summarize } from './necessity-of-faults.ts';
import type { JudgedFault } from './necessity-of-faults.ts';

const [seeds = '10', ...names] = process.argv.slice(2);
const { files, problems, unknown } = findArguments(names, process.cwd());
if (!/^[1-9]\d*$/u.test(seeds)) fail(`expected a number of seeds, got ${seeds}`);
if (problems.length + unknown.length > 0) fail([...unknown, ...problems.map(({ message }) => message)].join('\n'));

const scenarios = (names.length > 0 ? files : bundledFiles()).map(({ path }) => readScenario(path, VOCABULARY));
const exceptions = EXCEPTIONS.filter(({ scenario }) => scenarios.some(({ name }) => name === scenario));
const judged: JudgedFault[] = [];
for (const scenario of scenarios) {
  const faults = judgeFaults(scenario, Number(seeds), exceptions);
  judged.push(...faults);
  for (const fault of faults) if (!fault.isNecessary) report(fault);
}

const { faults, necessary, excepted, unexplained, stale, hasTooManyExceptions } = summarize(judged, exceptions);
for (const { scenario, path } of stale) console.log(`an exception that is not needed: ${scenario} ${path}`);
console.log(
  `${necessary} of ${faults} faults are necessary; ${excepted.length} exceptions; ${unexplained.length} unexplained`,
);
// Of a few scenarios, any number may be exceptions.
const hasTooMany = names.length === 0 && hasTooManyExceptions;
if (hasTooMany) console.log(`at most ${MOST_EXCEPTIONS * 100}% of the faults may be exceptions`);
if (unexplained.length > 0 || stale.length > 0 || hasTooMany) process.exitCode = 1;

function report({ scenario, path, text, why }: JudgedFault): void {
  const exception = exceptions.find((one) => one.scenario === scenario && one.path === path);
  const explained = exception === undefined ? 'unexplained' : `exception: ${exception.reason}`;
  console.log(`${scenario}: ${text}\n  ${why}\n  ${explained}`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
