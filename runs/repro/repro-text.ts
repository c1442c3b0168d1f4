import { parseDocument } from '../../scenarios/language/document.ts';
import { HIDDEN, printable } from '../../scenarios/language/printable.ts';
import { Problems } from '../../scenarios/language/problems.ts';
import type { MappingTree } from '../../scenarios/language/tree.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import { topSteps } from '../../scenarios/top-steps.ts';
import type { Scenario, Repro } from '../../scenarios/scenario.ts';
import { VOCABULARY } from '../load/vocabulary.ts';
import { stepNamed, stepsDeep } from '../simulate/scenario-steps.ts';
import { yamlOf, type SettingValue } from '../../scenarios/settings.ts';

/** First words of the header: a repro file made from a repro file replaces it. */
const HEADER = '# Saved by Whitewater';

/**
 * Keys of the scenario that the repro file has its own of. The command line can leave out checks too, and set values: they
 * are a matrix with one combination.
 */
const REPLACED: readonly string[] = ['seed', 'checks', 'matrix', 'repro'];

/** What turns a scenario into a repro file. */
export interface Recording {
  readonly seed: string;
  readonly repro: Repro;
  /** Sentences for the header, a line each. */
  readonly header: readonly string[];
}

/**
 * The text of a repro file: the scenario as its author wrote it, comments and all, with the seed and the outcome of the
 * run at the end. Where the recording names a step with its line, it is the line in this file.
 *
 * @returns null if the result would not load as the same scenario
 */
export function reproText(text: string, scenario: Scenario, recording: Recording): string | null {
  const made = madeFrom(text, scenario, recording);
  if (made === null) return null;
  const moved = (said: string) => withLinesOf(made.scenario, said, scenario);
  const { header, repro } = recording;
  const unmet = repro.unmet.map((each) => ({ ...each, text: each.text === null ? null : moved(each.text) }));
  const there = { ...recording, header: header.map(moved), repro: { ...repro, unmet } };
  return madeFrom(text, scenario, there)?.text ?? null;
}

function madeFrom(text: string, scenario: Scenario, recording: Recording): { text: string; scenario: Scenario } | null {
  const body = withoutHeader(text.replace(/^\uFEFF/u, ''));
  const tree = parseDocument(body, new Problems(body, ''));
  if (tree?.kind !== 'mapping') return null;
  const edits = body.startsWith('{', tree.start)
    ? [inBraces(body, tree, scenario, recording)]
    : // An empty line reads well, but after a block of text it can belong to that text.
      ['\n', ''].map((gap) => asLines(body, tree, scenario, recording, gap));
  const header = recording.header.map((line, index) => `${index === 0 ? `${HEADER}: ` : '# '}${line}\n`).join('');
  for (const edited of edits) {
    const made = `${header}\n${edited}`;
    const loaded = loadedAgain(made, scenario, recording);
    if (loaded !== null) return { text: made, scenario: loaded };
  }
  return null;
}

/** What was said of the steps of one scenario, with the lines that they have in another. */
function withLinesOf(other: Scenario, said: string, scenario: Scenario): string {
  return stepsDeep(topSteps(scenario))
    .filter(({ path }) => said.includes(path))
    .reduce(
      (text, { path }) =>
        text.replaceAll(printable(stepNamed(scenario, path)), () => printable(stepNamed(other, path))),
      said,
    );
}

/** Whether a text was saved as a repro file. */
export function isReproText(text: string): boolean {
  return text.startsWith(HEADER);
}

function withoutHeader(text: string): string {
  return isReproText(text) ? text.replace(/^(?:#[^\n]*\n)+\n?/u, '') : text;
}

/** The usual form: each key of the scenario begins a line. */
function asLines(text: string, tree: MappingTree, scenario: Scenario, recording: Recording, gap: string): string {
  const indent = ' '.repeat(columnOf(text, tree.entries[0]?.keyStart ?? 0));
  const replaced = tree.entries.filter(({ key }) => REPLACED.includes(key));
  let rest = text;
  for (const { keyStart } of replaced.toReversed()) rest = withoutEntry(rest, keyStart, indent.length);
  const [before, after] = splitAtEnd(rest);
  const added = addition(tree, scenario, recording).map((line) => `${indent}${line}\n`);
  const ended = gap === '' ? before.replace(/(?<!\n)$/u, '\n') : `${before.trimEnd()}\n`;
  return `${ended}${gap}${added.join('')}${after}`;
}

/** Takes out the lines of one key: from its own to the next that is neither deeper, nor empty, nor a comment. */
function withoutEntry(text: string, keyStart: number, column: number): string {
  const start = keyStart - column;
  let next = endOfLine(text, start);
  let end = next;
  while (next < text.length) {
    const line = text.slice(next, endOfLine(text, next));
    const content = line.trimStart();
    const isDeeper = content !== '' && line.length - content.length > column;
    if (content !== '' && !isDeeper) break;
    next = endOfLine(text, next);
    // Empty lines after the entry stay.
    if (isDeeper) end = next;
  }
  return text.slice(0, start) + text.slice(end);
}

/** Before and after the marker that ends the document, if there is one. */
function splitAtEnd(text: string): [string, string] {
  const marker = /^\.\.\.(?:\s|$)/mu.exec(text);
  return marker === null ? [text, ''] : [text.slice(0, marker.index), text.slice(marker.index)];
}

/** The form of JSON. */
function inBraces(text: string, tree: MappingTree, scenario: Scenario, recording: Recording): string {
  const first = tree.start + 1;
  const replaced = tree.entries.filter(({ key }) => REPLACED.includes(key));
  let rest = text;
  for (const { keyStart, value } of replaced.toReversed()) {
    const before = /["']$/u.test(rest.slice(0, keyStart)) ? keyStart - 1 : keyStart;
    const after = /^\s*,?/u.exec(rest.slice(value.end))?.[0].length ?? 0;
    rest = rest.slice(0, before) + rest.slice(value.end + after);
  }
  const { seed, repro } = recording;
  const added: Record<string, unknown> = {
    ...(isNamed(tree) ? {} : { name: scenario.name }),
    seed,
    ...(scenario.checks.except.length === 0 ? {} : { checks: scenario.checks }),
    ...(isSet(scenario) ? { matrix: matrixOf(scenario) } : {}),
    repro: written(repro),
  };
  const members = Object.entries(added).map(([key, value]) => `${JSON.stringify(key)}: ${json(value)},\n`);
  return `${rest.slice(0, first)}\n${members.join('')}${rest.slice(first)}`;
}

function addition(tree: MappingTree, scenario: Scenario, { seed, repro }: Recording): string[] {
  const { verdict, invariant, unmet, hash, events, versions } = written(repro);
  return [
    // A scenario without a name is called after its file, and this file has another.
    ...(isNamed(tree) ? [] : [`name: ${scenario.name}`]),
    `seed: ${/^(?:0|[1-9]\d{0,14})$/u.test(seed) ? seed : json(seed)}`,
    ...(scenario.checks.except.length === 0 ? [] : [`checks: ${JSON.stringify(scenario.checks)}`]),
    ...(isSet(scenario) ? ['matrix:'] : []),
    ...Object.entries(matrixOf(scenario)).map(([path, values]) => `  ${yamlOf(path)}: ${escaped(yamlOf(values))}`),
    'repro:',
    `  verdict: ${verdict}`,
    ...(invariant === undefined ? [] : [`  invariant: ${invariant}`]),
    // JSON is valid YAML, and quotes any sentence.
    ...(unmet === undefined ? [] : ['  unmet:', ...unmet.map((each) => `    - ${json(each)}`)]),
    `  hash: "${hash}"`,
    `  events: ${String(events)}`,
    '  versions:',
    ...Object.entries(versions).map(([name, version]) => `    ${name}: ${JSON.stringify(version)}`),
  ];
}

/** As JSON, which is valid YAML, with escapes for what is hidden. */
function json(value: unknown): string {
  return escaped(JSON.stringify(value));
}

/** With escapes for what is hidden, as it may be in quotes only. */
function escaped(text: string): string {
  const escape = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text.replace(HIDDEN, (character) => character.split('').map(escape).join(''));
}

function isSet({ settings }: Scenario): boolean {
  return Object.keys(settings).length > 0;
}

/** The settings as a matrix with one combination. */
function matrixOf({ settings }: Scenario): Readonly<Record<string, readonly SettingValue[]>> {
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => [path, [value]]));
}

/** What is recorded, in the form of the file: keys without a value are left out. */
function written({ verdict, invariant, unmet, hash, events, versions }: Repro) {
  return {
    verdict,
    ...(invariant === null ? {} : { invariant }),
    ...(unmet.length === 0
      ? {}
      : { unmet: unmet.map((each) => Object.fromEntries(Object.entries(each).filter(([, value]) => value !== null))) }),
    hash,
    events,
    versions,
  };
}

function isNamed(tree: MappingTree): boolean {
  return tree.entries.some(({ key }) => key === 'name');
}

/** The scenario in a repro file; null if it is not the one it was made from. Lines may have moved. */
function loadedAgain(text: string, scenario: Scenario, { seed, repro }: Recording): Scenario | null {
  const wanted: Scenario = { ...scenario, seed, repro };
  try {
    const loaded = loadScenario(text, scenario.file ?? '', VOCABULARY);
    return canonical(loaded) === canonical(wanted) ? loaded : null;
  } catch {
    return null;
  }
}

function canonical(scenario: Scenario): string {
  return JSON.stringify(scenario, (key, value: unknown) => {
    if (key === 'line') return 0;
    // The texts differ in what is compared otherwise.
    if (key === 'written') return null;
    if (key === 'warnings') return [];
    if (value instanceof Map) return [...(value as ReadonlyMap<unknown, unknown>)];
    if (value === Infinity) return 'Infinity';
    return value;
  });
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** Where the next line begins. */
function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}
