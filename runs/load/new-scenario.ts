import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readScenarioText } from '../../scenarios/files.ts';
import { parseDocument } from '../../scenarios/language/document.ts';
import { Problems } from '../../scenarios/language/problems.ts';
import { NAME } from '../../scenarios/language/values.ts';
import { type BundledScenario, schemaPath } from './bundled.ts';

/** Whether a scenario can have this name. */
export function isScenarioName(name: string): boolean {
  return NAME.test(name);
}

/**
 * A scenario to begin with: it passes, and its comments say what can be changed.
 *
 * @param folder where the file will be, as an absolute path
 */
export function scaffold(name: string, folder: string): string {
  return `${schemaLine(folder)}name: ${name}
about: The leader crashes after a write. Another node is elected, and the write is not lost.
cluster: { nodes: 3 } # try 5
clients: { count: 1, ops: none } # without "ops: none", clients also read and write by themselves
script: # steps run in order, each as soon as it is possible
  - write: { key: x, value: 1 }
    expect: ok
  # The fault. Try "isolate: leader" in its place, or "pause: leader".
  - crash: leader
    as: old
  # Wait for what the fault brings about. If it does not come about in time, the run fails.
  - until: { mark: leader-change }
    within: 5s
  # The fault can be undone here: "restart: $old" ("heal: all", "resume: $old"). Else it ends after the script.
expect: # at the end, when all nodes work again
  - value: { x: 1, on: all }
`;
}

/**
 * A bundled scenario under another name, with its comments and layout.
 *
 * @param folder where the file will be, as an absolute path
 */
export function copyOf({ path }: BundledScenario, name: string, folder: string): string {
  return schemaLine(folder) + withName(readScenarioText(path), name);
}

function withName(text: string, name: string): string {
  const tree = parseDocument(text, new Problems(text, ''));
  const own = tree?.kind === 'mapping' ? tree.entries.find(({ key }) => key === 'name')?.value : undefined;
  if (own === undefined) return `name: ${name}\n${text}`;
  return text.slice(0, own.start) + name + text.slice(own.end);
}

/** The line by which editors find the JSON Schema; empty if the package has lost it. */
function schemaLine(folder: string): string {
  const schema = schemaPath();
  return schema === null ? '' : `# yaml-language-server: $schema=${reference(schema, folder)}\n`;
}

/**
 * How a file in a folder names the schema. In the project that has Whitewater, or in its checkout, the path is relative,
 * so that it is right for everyone who has the project. What editors take for a path ends at a blank; a URL has none.
 */
function reference(schema: string, folder: string): string {
  const project = schema.replace(/(?:[\\/]node_modules[\\/]whitewater)?[\\/]scenarios[\\/][^\\/]*$/u, '');
  const isInside = folder === project || folder.startsWith(project + sep);
  const path = isInside ? relative(folder, schema).replaceAll(sep, '/') : schema;
  return /^[\w./@+-]+$/u.test(path) ? path : pathToFileURL(schema).href;
}
