import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the patches, from the root of the repository. */
const FOLDER = 'test/fresh-bugs';

/**
 * A bug of the core that no check was written for, as a patch with a head of `#` lines. Known bugs (`core/mutants`) show
 * that each check works; these show what the checks miss, and whether what they report leads to the bug.
 */
export interface FreshBug {
  /** Two digits: the beginning of the file's name. */
  readonly number: string;
  readonly file: string;
  /** What a node with the bug does wrong, in one sentence. */
  readonly title: string;
  /** The other fields of the head by name: `area`, `kind`, `wrong` (for a user) and `names`. */
  readonly fields: ReadonlyMap<string, string>;
  /**
   * Ids of invariants and liveness properties that lead a reader to the line, from `names`. After a semicolon it says in
   * words what no id says.
   */
  readonly names: readonly string[];
}

/** All fresh bugs, by number. */
export function readFreshBugs(): readonly FreshBug[] {
  const files = readdirSync(FOLDER).toSorted((a, b) => (a < b ? -1 : 1));
  return files.map((name) => parse(join(FOLDER, name)));
}

/**
 * Applies the patch of a bug to the sources in a folder.
 *
 * @param options `--check`: only look whether it applies
 * @throws if it does not apply
 */
export function applyPatch({ file }: FreshBug, folder: string, ...options: readonly '--check'[]): void {
  execFileSync('git', ['apply', ...options, resolve(file)], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
}

function parse(file: string): FreshBug {
  const text = readFileSync(file, 'utf8');
  const lines = text.slice(0, text.indexOf('\ndiff ')).split('\n');
  const [title = '', ...rest] = lines.map((line) => line.replace(/^# /u, ''));
  // A line that begins with spaces continues the field before it.
  const head = rest.join('\n').replaceAll(/\n +/gu, ' ').split('\n');
  const fields = new Map(head.map((field) => [field.slice(0, field.indexOf(':')), field.replace(/^\w+: */u, '')]));
  const [ids = ''] = (fields.get('names') ?? '').split(';');
  const names = ids.split(' ').filter((id) => id !== '' && id !== 'none');
  return { number: file.slice(FOLDER.length + 1, FOLDER.length + 3), file, title, fields, names };
}
