import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { distinct, findScenarios } from '../../scenarios/files.ts';
import { didYouMean } from '../../scenarios/language/did-you-mean.ts';
import { ScenarioError, type Problem } from '../../scenarios/language/errors.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { bundledScenarios, type BundledScenario } from './bundled.ts';
import { renamedScenario } from './renamed-scenarios.ts';

/** A file that holds a scenario. */
export interface ScenarioFile {
  readonly path: string;
  /** What messages call it: the path as given, or `split-vote (bundled)`. */
  readonly shown: string;
  /** What names it on the command line: the path, or the name of a bundled scenario. */
  readonly argument: string;
  /** Its folder; empty if the path has none. */
  readonly topic: string;
  readonly isBundled: boolean;
}

/** The files that arguments of the command line mean. */
export interface FoundScenarios {
  readonly files: readonly ScenarioFile[];
  /** Paths that cannot be read. */
  readonly problems: readonly Problem[];
  /** Words that mean nothing, one sentence each. */
  readonly unknown: readonly string[];
}

/**
 * Finds the scenarios that arguments mean. An argument is the path of a file or folder, or else a topic of the bundled
 * library (`election`), or else a bundled scenario (`split-vote`, or `election/split-vote`). A file is listed once, whatever
 * paths lead to it.
 *
 * @param cwd what relative paths start from
 * @param renamed the present name of a bundled scenario by an earlier one
 */
export function findArguments(
  args: readonly string[],
  cwd: string,
  renamed: (name: string) => string | null = renamedScenario,
): FoundScenarios {
  const files: ScenarioFile[] = [];
  const problems: Problem[] = [];
  const unknown: string[] = [];
  for (const argument of args) {
    const found = findArgument(argument, cwd, renamed);
    if ('unknown' in found) unknown.push(found.unknown);
    else if ('problems' in found) problems.push(...found.problems);
    else files.push(...found.files);
  }
  return { files: distinct(files, ({ path }) => path), problems, unknown };
}

/** The whole bundled library. */
export function bundledFiles(): readonly ScenarioFile[] {
  return bundledScenarios().map(bundled);
}

/**
 * Finds one bundled scenario by its name, or by topic and name.
 *
 * @returns the scenario; or a sentence that says why there is none, and which may be meant
 */
export function findBundled(
  argument: string,
  renamed: (name: string) => string | null = renamedScenario,
): BundledScenario | string {
  const library = bundledScenarios();
  const one = library.find(({ topic, name }) => argument === name || argument === `${topic}/${name}`);
  if (one !== undefined) return one;
  const said = JSON.stringify(argument);
  const ofTopic = library.filter(({ topic }) => topic === argument);
  if (ofTopic[0] !== undefined) {
    return `${said} is a topic with ${counted(ofTopic.length)}; expected one of them, like ${ofTopic[0].name}`;
  }
  const word = basename(argument).replace(/\.ya?ml$/u, '');
  const names = library.map(({ name }) => name);
  const isNear = names.includes(word);
  const present = isNear ? null : renamed(argument);
  if (present !== null) return `the bundled scenario ${said} is now called "${present}"`;
  const near = isNear ? word : didYouMean(word, names);
  return `there is no bundled scenario ${said}; ${hint(near, library)}`;
}

function counted(scenarios: number): string {
  return scenarios === 1 ? 'one scenario' : `${String(scenarios)} scenarios`;
}

/** Whether a folder holds a YAML file, at any depth. */
export function holdsScenarios(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  try {
    return findScenarios([folder]).length > 0;
  } catch (error) {
    if (error instanceof ScenarioError) return false;
    throw error;
  }
}

type Found = { files: readonly ScenarioFile[] } | { problems: readonly Problem[] } | { unknown: string };

function findArgument(argument: string, cwd: string, renamed: (name: string) => string | null): Found {
  const library = bundledScenarios();
  if (existsSync(resolve(cwd, argument))) return withHint(filesAt(argument, cwd), argument, library);
  const topic = library.filter((scenario) => scenario.topic === argument);
  if (topic.length > 0) return { files: topic.map(bundled) };
  const one = library.find(({ topic, name }) => argument === name || argument === `${topic}/${name}`);
  if (one !== undefined) return { files: [bundled(one)] };
  const word = basename(argument).replace(/\.ya?ml$/u, '');
  const meant = library.find(({ topic, name }) => word === topic || word === name);
  if (meant !== undefined) {
    const [what, name] = word === meant.topic ? ['topic', meant.topic] : ['scenario', meant.name];
    return {
      unknown: `there is no file or folder ${JSON.stringify(argument)}; the bundled ${what} is called "${name}"`,
    };
  }
  const present = renamed(argument) ?? renamed(word);
  if (present !== null) {
    const [before, after] = [argument, present].map((name) => JSON.stringify(name));
    return { unknown: `the bundled scenario ${before} is now called ${after}` };
  }
  // A path that leads nowhere is listed with the problems of other files; a word is a wrong call.
  const isPath = /[\\/]|\.ya?ml$/u.test(argument);
  return isPath ? { problems: [missing(argument, cwd)] } : { unknown: unknown(argument, library, cwd) };
}

/** Says of a path without scenarios that it hides bundled ones. */
function withHint(found: Found, argument: string, library: readonly BundledScenario[]): Found {
  const what = library.some(({ topic }) => topic === argument) ? 'topic' : 'scenario';
  if (!('problems' in found) || !library.some(({ topic, name }) => argument === topic || argument === name))
    return found;
  const hides = `; it hides the bundled ${what} of that name`;
  return { problems: found.problems.map((problem) => ({ ...problem, message: problem.message + hides })) };
}

/** The scenario files that a path means; none if it leads nowhere. */
export function scenariosAt(path: string, cwd: string): readonly string[] {
  const found = filesAt(path, cwd);
  return 'files' in found ? found.files.map((file) => file.path) : [];
}

function filesAt(argument: string, cwd: string): Found {
  try {
    // Messages show paths as they were given if possible.
    const paths = findScenarios([cwd === process.cwd() ? argument : resolve(cwd, argument)]);
    return {
      files: paths.map((path) => ({
        path,
        shown: path,
        argument: path,
        topic: dirname(path) === '.' ? '' : basename(dirname(path)),
        isBundled: false,
      })),
    };
  } catch (error) {
    if (error instanceof ScenarioError) return { problems: error.problems };
    throw error;
  }
}

function bundled({ name, topic, path }: BundledScenario): ScenarioFile {
  return { path, shown: `${name} (bundled)`, argument: name, topic, isBundled: true };
}

function missing(argument: string, cwd: string): Problem {
  const near = didYouMean(basename(argument), siblings(resolve(cwd, argument)));
  const message = `no such file or directory${near === null ? '' : `; did you mean "${near}"?`}`;
  return { file: argument, line: 1, column: 1, length: 1, path: '', message, excerpt: [] };
}

/** What the folder of a path holds. */
function siblings(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

function unknown(argument: string, library: readonly BundledScenario[], cwd: string): string {
  const what = `there is no file, folder, topic or bundled scenario ${JSON.stringify(argument)}`;
  const names = library.map(({ name }) => name);
  const near = didYouMean(argument, [...siblings(resolve(cwd, argument)), ...topicsOf(library), ...names]);
  return `${what}; ${hint(near, library)}`;
}

/** The name that was probably meant; without one, what names there are. */
function hint(near: string | null, library: readonly BundledScenario[]): string {
  if (near !== null) return `did you mean "${printable(near)}"?`;
  return `the topics are ${topicsOf(library).join(', ')}, and "whitewater list" names the scenarios`;
}

function topicsOf(library: readonly BundledScenario[]): readonly string[] {
  return [...new Set(library.map(({ topic }) => topic))];
}
