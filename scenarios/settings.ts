/** A value of a scenario file as plain data: a duration is text, such as `150ms`. */
export type SettingValue =
  string | number | boolean | null | readonly SettingValue[] | { readonly [key: string]: SettingValue };

/** Values that a matrix or the command line has put into a scenario, by path, such as `cluster.nodes`. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Longest value that a title shows, in UTF-16 code units. */
const LONGEST = 40;

/** The YAML of a value, on one line; it may stand in braces. */
export function yamlOf(value: SettingValue): string {
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isList(value)) return `[${value.map(yamlOf).join(', ')}]`;
  const members = Object.entries(value).map(([key, inner]) => `${yamlOf(key)}: ${yamlOf(inner)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Whether YAML reads the text as itself without quotes, also in braces. */
function isPlain(text: string): boolean {
  const isWord = /^-?\.?\w[\w.%+/-]*$/u.test(text);
  return isWord && Number.isNaN(Number(text)) && !/^(?:true|false|null|[-+]?\.(?:inf|nan))$/iu.test(text);
}

function isList(value: SettingValue): value is readonly SettingValue[] {
  return Array.isArray(value);
}

/** `cluster.nodes=5`, as `--set` takes it. */
export function settingsText(settings: Settings): readonly string[] {
  return Object.entries(settings).map(([path, value]) => `${path}=${yamlOf(value)}`);
}

/**
 * What reports call a scenario with these settings. The paths are shortened to their last words if these differ.
 *
 * @example
 * ```ts
 * titleOf('split-vote', { 'cluster.nodes': 5, 'cluster.raft.preVote': true }); // 'split-vote [nodes=5 preVote=true]'
 * ```
 */
export function titleOf(name: string, settings: Settings): string {
  const words = shortSettings(settings).map(({ path, value }) => `${path}=${cut(value)}`);
  return words.length === 0 ? name : `${name} [${words.join(' ')}]`;
}

/** Settings with the last words of their paths if these differ, and their values as YAML. */
export function shortSettings(settings: Settings): readonly { readonly path: string; readonly value: string }[] {
  const paths = Object.keys(settings);
  const short = paths.map((path) => /[\w$-]+$/u.exec(path)?.[0] ?? path);
  const isClear = new Set(short).size === short.length;
  return Object.values(settings).map((value, index) => ({
    path: (isClear ? short[index] : paths[index])!,
    value: yamlOf(value),
  }));
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
