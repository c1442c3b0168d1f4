import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** A banned thing: the rule that reports it, the word in the report that names it, a breach and the nearest legal code. */
interface Ban {
  readonly rule: 'no-restricted-globals' | 'no-restricted-properties' | 'no-restricted-syntax';
  readonly word: string;
  readonly breach: string;
  readonly legal: string;
}

function banGlobal(word: string, breach: string, legal: string): Ban {
  return { rule: 'no-restricted-globals', word, breach, legal };
}

function banProperty(word: string, breach: string, legal: string): Ban {
  return { rule: 'no-restricted-properties', word, breach, legal };
}

function banSyntax(word: string, breach: string, legal: string): Ban {
  return { rule: 'no-restricted-syntax', word, breach, legal };
}

const ENGINE_MATH =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh';

const LOCALE_METHODS =
  'localeCompare toLocaleString toLocaleLowerCase toLocaleUpperCase toLocaleDateString toLocaleTimeString';

const BANS: readonly Ban[] = [
  banGlobal('Date', 'export const at = Date.now();', 'export const at = (now: number) => now;'),
  banGlobal('Date', 'export const at = new Date();', 'export const date = (Date: number) => Date + 1;'),
  banGlobal(
    'Date',
    'export const at = globalThis.Date.now();',
    'export const at = (clock: { Date: number }) => clock.Date;',
  ),
  banGlobal('performance', 'export const at = performance.now();', 'export const performance = (now: number) => now;'),
  banGlobal(
    'Temporal',
    'export const at = Temporal.Now.instant();',
    'export interface Temporal { readonly now: number }',
  ),
  banGlobal(
    'setTimeout',
    'setTimeout(() => undefined, 1);',
    'export const f = (out: { setTimer(): void }) => out.setTimer();',
  ),
  banGlobal(
    'setInterval',
    'setInterval(() => undefined, 1);',
    'export const f = (setInterval: () => void) => setInterval();',
  ),
  banGlobal(
    'setImmediate',
    'setImmediate(() => undefined);',
    'export const f = (x: { setImmediate(): void }) => x.setImmediate();',
  ),
  banGlobal(
    'queueMicrotask',
    'queueMicrotask(() => undefined);',
    'export const f = (queue: { push(x: number): void }) => queue.push(1);',
  ),
  banGlobal('Promise', 'export const f = () => Promise.resolve(1);', 'export const f = () => 1;'),
  banGlobal(
    'crypto',
    'export const id = crypto.randomUUID();',
    'export const f = (crypto: { hash(): number }) => crypto.hash();',
  ),
  banGlobal(
    'process',
    'export const seed = process.env["SEED"];',
    'export const f = (process: { readonly up: boolean }) => process.up;',
  ),
  banGlobal(
    'navigator',
    'export const cores = navigator.hardwareConcurrency;',
    'export const f = (navigator: number) => navigator;',
  ),
  banGlobal(
    'fetch',
    'export const page = fetch("https://example.org");',
    'export const f = (disk: { fetch(): void }) => disk.fetch();',
  ),
  banGlobal('Intl', 'export const list = new Intl.NumberFormat();', 'export const list = (x: number) => String(x);'),
  banGlobal('WeakRef', 'export const f = (x: object) => new WeakRef(x);', 'export const f = (x: object) => ({ x });'),
  banGlobal(
    'FinalizationRegistry',
    'export const f = () => new FinalizationRegistry(() => 1);',
    'export const f = () => new Map();',
  ),
  banGlobal(
    'Atomics',
    'export const f = (x: Int32Array) => Atomics.load(x, 0);',
    'export const f = (x: Int32Array) => x[0];',
  ),
  banGlobal(
    'SharedArrayBuffer',
    'export const f = () => new SharedArrayBuffer(8);',
    'export const f = () => new ArrayBuffer(8);',
  ),
  banGlobal('console', 'console.log(1);', 'export const f = (console: { log(x: number): void }) => console.log(1);'),
  banGlobal(
    'globalThis',
    'export const f = (name: "a") => globalThis[name];',
    'export const f = (x: { globalThis: 1 }) => x.globalThis;',
  ),

  banProperty(
    'Math.random',
    'export const x = Math.random();',
    'export const x = (stream: { random(): number }) => stream.random();',
  ),
  banProperty('Math.random', 'export const { random } = Math;', 'export const floor = Math.floor(1.5);'),
  ...ENGINE_MATH.split(' ').map((name) =>
    banProperty(`Math.${name}`, `export const x = Math.${name}(2, 3);`, 'export const x = Math.imul(Math.sqrt(2), 3);'),
  ),
  ...LOCALE_METHODS.split(' ').map((name) =>
    banProperty(name, `export const f = (x: any) => x.${name}("a");`, 'export const f = (x: any) => x.toString("a");'),
  ),

  banSyntax('no-async', 'export async function f() {}', 'export function f() {}'),
  banSyntax('no-async', 'export const f = async () => 1;', 'export const f = () => 1;'),
  banSyntax('no-async', 'export class A { async f() {} }', 'export class A { f() {} }'),
  banSyntax('no-await', 'await f();', 'f();'),
  banSyntax('no-await', 'for await (const x of xs) f(x);', 'for (const x of xs) f(x);'),
  banSyntax('no-dynamic-import', 'export const f = () => import("./protocol.ts");', 'export * from "./protocol.ts";'),
  banSyntax('no-for-in', 'for (const key in table) f(key);', 'for (const key of Object.keys(table)) f(key);'),
  banSyntax('no-bare-sort', 'terms.sort();', 'terms.sort((a, b) => a - b);'),
  banSyntax('no-bare-sort', 'f(terms.toSorted());', 'f(terms.toSorted((a, b) => a - b));'),
  banSyntax('no-exponentiation', 'export const f = (x: number) => x ** 2;', 'export const f = (x: number) => x * x;'),
  banSyntax(
    'no-exponentiation',
    'export function f(x: number) { x **= 2; return x; }',
    'export function f(x: number) { x *= 2; return x; }',
  ),
  banSyntax('no-math-alias', 'export const M = Math;', 'export const one = Math.min(1, 2);'),
  banSyntax('no-module-variable', 'let count = 0; f(() => count++);', 'f(() => { let count = 0; return ++count; });'),
  banSyntax('no-module-variable', 'export let count = 0;', 'export const count = 0;'),
  banSyntax(
    'no-module-collection',
    'const seen = new Map<string, number>();',
    'const seen: ReadonlyMap<string, number> = new Map();',
  ),
  banSyntax(
    'no-module-collection',
    'export const seen = new Set([1]);',
    'export const seen: ReadonlySet<number> = new Set([1]);',
  ),
  banSyntax(
    'no-module-collection',
    'const table = new Int32Array(4);',
    'const table: ArrayLike<number> = new Int32Array(4);',
  ),
  banSyntax('no-module-collection', 'const cache = new WeakMap();', 'const cache = () => new WeakMap();'),
  banSyntax('no-module-array', 'export const log = [1, 2];', 'export const log = [1, 2] as const;'),
  banSyntax('no-module-array', 'const log: number[] = [];', 'const log: readonly number[] = [];'),
  banSyntax('no-module-array', 'const log = [] as number[];', 'const log = Object.freeze([1]);'),
  banSyntax('no-module-array', 'export const log: number[] = [1];', 'export const [one, two] = [1, 2];'),
  banSyntax(
    'no-static-variable',
    'export class A { static count = 0; }',
    'export class A { static readonly count = 0; }',
  ),
];

const DETERMINISM_RULES: readonly string[] = [...new Set(BANS.map((ban) => ban.rule))];

/** One file that exists, for the rules that need types; its text is replaced. */
const TYPED_FILE = 'sim/protocol.ts';

const HOUSE_RULES = [
  {
    rule: '@typescript-eslint/no-floating-promises',
    file: TYPED_FILE,
    breach: 'declare function f(): Promise<void>; f();',
    legal: 'declare function f(): Promise<void>; void f();',
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    file: TYPED_FILE,
    breach: 'export function f(x: 1 | 2) { switch (x) { case 1: return 1; } return 0; }',
    legal: 'export function f(x: 1 | 2) { switch (x) { case 1: return 1; case 2: return 2; } }',
  },
  {
    rule: '@typescript-eslint/consistent-type-imports',
    file: 'runs/planted.ts',
    breach: "import { Micros } from '../sim/protocol.ts'; export const now: Micros = 0;",
    legal: "import type { Micros } from '../sim/protocol.ts'; export const now: Micros = 0;",
  },
  {
    rule: '@typescript-eslint/no-import-type-side-effects',
    file: 'runs/planted.ts',
    breach: "import { type Micros } from '../sim/protocol.ts'; export const now: Micros = 0;",
    legal: "import type { Micros } from '../sim/protocol.ts'; export const now: Micros = 0;",
  },
  {
    rule: 'no-restricted-exports',
    file: 'runs/planted.ts',
    breach: 'export default 1;',
    legal: 'export const one = 1;',
  },
  { rule: 'eqeqeq', file: 'runs/planted.ts', breach: 'f(a == b);', legal: 'f(a === b);' },
  { rule: 'no-console', file: 'reports/planted.ts', breach: 'console.log(1);', legal: 'f(1);' },
] as const;

describe('the linter keeps what must be deterministic deterministic', () => {
  /** Without type information files need not exist. None of the determinism rules needs it. */
  const untyped = new ESLint({ cwd: ROOT, overrideConfig: [tseslint.configs.disableTypeChecked] });
  const typed = new ESLint({ cwd: ROOT });

  async function lint(eslint: ESLint, file: string, code: string): Promise<{ rule: string | null; message: string }[]> {
    const [result] = await eslint.lintText(code, { filePath: join(ROOT, file) });
    return result!.messages.map(({ ruleId, message, fatal }) => ({ rule: fatal ? 'syntax error' : ruleId, message }));
  }

  /** What the determinism rules say, and syntax errors of the examples themselves. */
  async function determinism(file: string, code: string): Promise<{ rule: string | null; message: string }[]> {
    const messages = await lint(untyped, file, code);
    return messages.filter(({ rule }) => rule === 'syntax error' || DETERMINISM_RULES.includes(rule ?? ''));
  }

  const places = ['sim/planted.ts', 'core/planted.ts', 'core/mutants/planted.ts', 'checks/planted.ts'];
  places.push('scenarios/planted.ts', 'scenarios/files.ts');

  for (const { rule, word, breach, legal } of BANS) {
    it(`[${word}] rejects \`${breach}\` and accepts \`${legal}\``, async () => {
      const named = word.startsWith('no-') ? `[${word}]` : word.replace('Math.', '');
      for (const file of places) {
        const messages = await determinism(file, breach);
        expect(messages, file).toContainEqual({ rule, message: expect.stringContaining(named) });
        expect(await determinism(file, legal), file).toEqual([]);
      }
    });
  }

  it.each(['sim/planted.test.ts', 'runs/planted.ts', 'reports/planted.ts', 'cli/planted.ts', 'bench/planted.ts'])(
    'leaves %s alone',
    async (file) => {
      for (const { breach } of BANS) expect(await determinism(file, breach), breach).toEqual([]);
    },
  );

  it('has no determinism rule without a breach above', async () => {
    const { rules } = await untyped.calculateConfigForFile(join(ROOT, 'sim/planted.ts'));
    const [, globals] = rules['no-restricted-globals'];
    const [, ...properties] = rules['no-restricted-properties'];
    const [, ...syntax] = rules['no-restricted-syntax'];
    const configured = [
      ...globals.globals.map((entry: { name: string }) => entry.name),
      ...properties.map((entry: { object?: string; property: string }) =>
        entry.object === undefined ? entry.property : `${entry.object}.${entry.property}`,
      ),
      ...syntax.map((entry: { message: string }) => /^\[(.+?)\]/.exec(entry.message)?.[1]),
    ];
    const planted = new Set(BANS.map((ban) => ban.word));
    expect(configured.filter((name) => !planted.has(name))).toEqual([]);
  });

  for (const { rule, file, breach, legal } of HOUSE_RULES) {
    it(`[${rule}] rejects \`${breach}\` and accepts \`${legal}\``, async () => {
      const eslint = file === TYPED_FILE ? typed : untyped;
      expect(await lint(eslint, file, breach)).toContainEqual({ rule, message: expect.any(String) });
      expect(await lint(eslint, file, legal)).not.toContainEqual({ rule, message: expect.any(String) });
    });
  }

  it('lets the command line print and configuration files export a default', async () => {
    expect(await lint(untyped, 'cli/planted.ts', 'console.log(1);')).toEqual([]);
    expect(await lint(untyped, 'planted.config.ts', 'export default 1;')).toEqual([]);
  });
});

/** The house rules on imports: folders, and what each may import in full or by type. What is not named is forbidden. */
const MAY_IMPORT: Readonly<Record<string, { full: string; types: string; npm: string; node: boolean }>> = {
  sim: { full: 'sim', types: '', npm: 'seedrandom', node: false },
  core: { full: 'core', types: 'sim', npm: '', node: false },
  'core/mutants': { full: 'core core/mutants', types: 'sim', npm: '', node: false },
  scenarios: { full: 'scenarios', types: 'sim core', npm: 'yaml zod', node: false },
  checks: { full: 'checks', types: 'sim core', npm: '', node: false },
  runs: { full: 'sim core core/mutants scenarios checks runs', types: '', npm: '', node: true },
  'runs/pool': {
    full: 'sim core core/mutants scenarios checks runs runs/pool',
    types: '',
    npm: 'tinypool',
    node: true,
  },
  reports: { full: 'reports', types: 'sim core scenarios checks runs', npm: 'picocolors', node: true },
  cli: {
    full: 'cli runs runs/pool reports',
    types: 'sim core scenarios checks',
    npm: 'commander picocolors',
    node: true,
  },
};

/** A file of each place something could be imported from. */
const TARGETS = {
  sim: 'sim/target.ts',
  core: 'core/target.ts',
  'core/mutants': 'core/mutants/target.ts',
  scenarios: 'scenarios/target.ts',
  checks: 'checks/target.ts',
  runs: 'runs/target.ts',
  'runs/pool': 'runs/pool/target.ts',
  reports: 'reports/target.ts',
  cli: 'cli/target.ts',
  bench: 'bench/target.ts',
  index: 'index.ts',
};

/** A folder that may import the types of these files' folder may import these files in full. */
const CONTRACT_FILES = [
  'sim/protocol.ts',
  'sim/base/assert.ts',
  'sim/describe-request.ts',
  'sim/base/distribution.ts',
  'sim/base/fnv.ts',
  'sim/base/heap.ts',
  'core/messages.ts',
  'core/view.ts',
  'core/options.ts',
  'core/areas.ts',
  'core/describe.ts',
  'scenarios/language/printable.ts',
];

const PACKAGES = ['seedrandom', 'yaml', 'zod', 'commander', 'picocolors', 'tinypool', 'vitest', 'fast-check', 'eslint'];

interface Planted {
  readonly file: string;
  readonly code: string;
  /** The rule that must name the file; null: none may. */
  readonly rule: string | null;
}

/** From a file in a folder of the tree to one named from its root. */
function relative(folder: string, target: string): string {
  return `${'../'.repeat(folder.split('/').length)}${target}`;
}

function plantFolder(folder: string): Planted[] {
  const { full, types, npm, node } = MAY_IMPORT[folder]!;
  const row = folder.replace('/', '-');
  const planted: Planted[] = [];
  const plant = (name: string, code: string, rule: string | null): void => {
    planted.push({ file: `${folder}/${name}.ts`, code, rule });
  };
  for (const [place, target] of Object.entries(TARGETS)) {
    const from = `from '${relative(folder, target)}';`;
    const mayUse = full.split(' ').includes(place);
    const mayUseTypes = types.split(' ').includes(place);
    const name = place.replace('/', '-');
    plant(
      `value-${name}`,
      `import { x } ${from} x();`,
      mayUse ? null : `${row}-${mayUseTypes ? 'types-only' : 'folders'}`,
    );
    plant(
      `reexport-${name}`,
      `export { x } ${from}`,
      mayUse ? null : `${row}-${mayUseTypes ? 'types-only' : 'folders'}`,
    );
    plant(
      `type-${name}`,
      `import type { X } ${from} export type Y = X;`,
      mayUse || mayUseTypes ? null : `${row}-folders`,
    );
    plant(
      `both-${name}`,
      `import type { X } ${from} import { x } ${from} export const y: X = x();`,
      mayUse ? null : `${row}-${mayUseTypes ? 'types-only' : 'folders'}`,
    );
    plant(
      `value-${name}.test`,
      `import { x } ${from} x();`,
      mayUse ? null : `${row}-${mayUseTypes ? 'types-only' : 'folders'}`,
    );
  }
  for (const name of PACKAGES) {
    const may = npm.split(' ').includes(name);
    const testMay = may || name === 'vitest' || name === 'fast-check';
    plant(`npm-${name}`, `import x from '${name}'; x();`, may ? null : `${row}-packages`);
    plant(`npm-${name}.test`, `import x from '${name}'; x();`, testMay ? null : `${row}-test-packages`);
  }
  plant('node', "import { readFileSync } from 'node:fs'; readFileSync('a');", node ? null : 'no-node-builtins');
  plant('bare-node', "import { readFileSync } from 'fs'; readFileSync('a');", node ? null : 'no-node-builtins');
  plant('node.test', "import { readFileSync } from 'node:fs'; readFileSync('a');", null);
  for (const file of CONTRACT_FILES) {
    const may = `${full} ${types}`.split(' ').includes(file.split('/')[0]!);
    plant(
      `contract-${basename(file, '.ts')}`,
      `import { x } from '${relative(folder, file)}'; x();`,
      may ? null : `${row}-folders`,
    );
  }
  return planted;
}

const OTHERS: readonly Planted[] = [
  { file: 'scenarios/files.ts', code: "import { readFileSync } from 'node:fs'; readFileSync('a');", rule: null },
  { file: 'bench/all.ts', code: "import { x } from '../sim/target.ts'; import y from 'yaml'; y(x);", rule: null },
  { file: 'planted.config.ts', code: "import x from 'vitest'; import 'node:fs'; x();", rule: null },
  {
    file: 'runs/threads.ts',
    code: "import { Worker } from 'node:worker_threads'; new Worker('a');",
    rule: 'no-worker-threads',
  },
  { file: 'runs/pool/threads.ts', code: "import { Worker } from 'node:worker_threads'; new Worker('a');", rule: null },
  // A circle is reported once, at one of its files.
  { file: 'runs/circle-a.ts', code: "import './circle-b.ts'; export const a = 1;", rule: 'no-circular' },
  { file: 'runs/circle-b.ts', code: "import { a } from './circle-a.ts'; export const b = a;", rule: null },
  { file: 'runs/both-a.ts', code: "import './both-b.ts'; export const a = 1; export type A = 1;", rule: 'no-circular' },
  {
    file: 'runs/both-b.ts',
    code: "import type { A } from './both-a.ts'; import { a } from './both-a.ts'; export const b: A = a;",
    rule: null,
  },
  { file: 'runs/types-a.ts', code: "import { b } from './types-b.ts'; export type A = typeof b;", rule: null },
  { file: 'runs/types-b.ts', code: "import type { A } from './types-a.ts'; export const b: A | 1 = 1;", rule: null },
  { file: 'runs/chain-a.ts', code: "import './chain-b.ts'; export const a = 1;", rule: null },
  { file: 'runs/chain-b.ts', code: 'export const b = 1;', rule: null },
  { file: 'runs/lost.ts', code: "import './nowhere.ts';", rule: 'no-unresolvable' },
  { file: 'runs/lost-package.ts', code: "import 'nowhere';", rule: 'no-unresolvable' },
  { file: 'runs/uses-test.ts', code: "import './planted.test.ts';", rule: 'no-tests-imported' },
  { file: 'runs/planted.test.ts', code: "import './target.ts';", rule: null },
  { file: 'runs/uses-rig.ts', code: "import './testing/rig.ts';", rule: 'no-rigs-imported' },
  { file: 'runs/rig.test.ts', code: "import './testing/rig.ts'; import '../sim/testing/rig.ts';", rule: null },
  { file: 'checks/rig.test.ts', code: "import { x } from '../sim/testing/rig.ts'; x();", rule: null },
  { file: 'core/testing/bench.ts', code: "import fc from 'fast-check'; import './rig.ts'; fc();", rule: null },
  { file: 'test/all.test.ts', code: "import { x } from '../cli/target.ts'; import y from 'yaml'; y(x);", rule: null },
  { file: 'utils/planted.ts', code: "import { x } from '../sim/target.ts'; x();", rule: 'folder-without-a-row' },
];

describe('the linter keeps the folders apart', () => {
  const folders = Object.keys(MAY_IMPORT);
  const tree = mkdtempSync(join(tmpdir(), 'whitewater-imports-'));
  const found = new Map<string, string[]>();

  beforeAll(() => {
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      writeFileSync(join(tree, file), text);
    };
    const rigs = ['sim', 'core', 'runs'].map((folder) => `${folder}/testing/rig.ts`);
    for (const target of [...Object.values(TARGETS), ...CONTRACT_FILES, ...rigs])
      write(target, 'export const x = () => 1; export type X = number;');
    write('tsconfig.json', '{ "compilerOptions": { "module": "NodeNext", "verbatimModuleSyntax": true } }');
    write(
      'package.json',
      JSON.stringify({ type: 'module', dependencies: Object.fromEntries(PACKAGES.map((name) => [name, '*'])) }),
    );
    for (const name of PACKAGES) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
      write(`node_modules/${name}/index.js`, 'module.exports = () => 1;');
    }
    for (const { file, code } of [...folders.flatMap(plantFolder), ...OTHERS]) write(file, code);

    const cruiser = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const config = join(ROOT, '.dependency-cruiser.cjs');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [cruiser, '--config', config, '--output-type', 'json', '.'],
      { cwd: tree, encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    expect(stderr).toBe('');
    for (const { from, rule } of JSON.parse(stdout).summary.violations) {
      found.set(from, [...(found.get(from) ?? []), rule.name]);
    }
  });

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  /** File by file: the rules that name it. */
  function verdicts(planted: readonly Planted[], rules: (one: Planted) => readonly string[]): Record<string, string> {
    return Object.fromEntries(planted.map((one) => [`${one.file}: ${one.code}`, rules(one).join(', ') || 'accepted']));
  }

  it.each(folders)('%s/ imports what the house rules allow, and nothing else', (folder) => {
    const planted = plantFolder(folder);
    expect(verdicts(planted, ({ file }) => [...new Set(found.get(file))])).toEqual(
      verdicts(planted, ({ rule }) => (rule === null ? [] : [rule])),
    );
  });

  for (const { file, code, rule } of OTHERS) {
    it(`${rule === null ? 'accepts' : `[${rule}] rejects`} \`${code}\` in ${file}`, () => {
      expect(found.get(file) ?? []).toEqual(rule === null ? [] : [rule]);
    });
  }

  it('has no import rule without a breach above', () => {
    const config = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
    const planted = new Set([...folders.flatMap(plantFolder), ...OTHERS].map(({ rule }) => rule));
    const names = config.forbidden.map((rule: { name: string }) => rule.name);
    expect(names.filter((name: string) => !planted.has(name))).toEqual([]);
  });
});
