import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Runs are a function of (scenario, seed): what these folders compute must come out the same on every machine. */
const DETERMINISTIC = ['{sim,core,checks,scenarios}/**/*.ts'];
const TESTS = ['**/*.test.ts'];

const CLOCK = 'Virtual time only: take `now` as an argument, in whole microseconds.';
const TIMERS = 'Nothing waits for real time: schedule an event on the virtual queue, or write to `out.setTimer`.';
const RANDOM = 'Draw from the `Random` stream you were given, one stream per purpose and subject.';
const ASYNC = 'Everything here is synchronous: the order of microtasks is not ours to decide. Write effects to `out`.';
const SURROUNDINGS = 'No look at the machine from here: take what you need as an argument; `cli` and `runs` may ask.';
const LOCALE = 'Depends on locale and engine: compare with < and >, format numbers with String().';
const COLLECTOR = 'Depends on when garbage is collected: hold the object, and remove it at a point you decide.';
const SHARED = 'Depends on the scheduling of threads: one run lives on one thread.';
const OUTPUT = 'Nothing is printed from here: return data, and let `reports` and `cli` show it.';
const ENGINE_MATH =
  'Engines differ in the last bit: use an integer table (sim/base/quantiles.ts), or + − × ÷ and Math.sqrt only.';

const bannedGlobals = {
  Date: CLOCK,
  performance: CLOCK,
  Temporal: CLOCK,
  setTimeout: TIMERS,
  setInterval: TIMERS,
  setImmediate: TIMERS,
  queueMicrotask: ASYNC,
  Promise: ASYNC,
  crypto: RANDOM,
  process: SURROUNDINGS,
  navigator: SURROUNDINGS,
  fetch: SURROUNDINGS,
  Intl: LOCALE,
  WeakRef: COLLECTOR,
  FinalizationRegistry: COLLECTOR,
  Atomics: SHARED,
  SharedArrayBuffer: SHARED,
  console: OUTPUT,
  globalThis: 'Call globals by their own names, so that the other rules can see them.',
};

const bannedMath = [
  ...['acos', 'acosh', 'asin', 'asinh', 'atan', 'atan2', 'atanh', 'cbrt', 'cos', 'cosh', 'exp', 'expm1', 'hypot'],
  ...['log', 'log10', 'log1p', 'log2', 'pow', 'sin', 'sinh', 'tan', 'tanh'],
];

const bannedMethods = [
  ...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'],
  ...['toLocaleDateString', 'toLocaleTimeString'],
];

const AT_MODULE_LEVEL = ':matches(Program, Program > ExportNamedDeclaration) > VariableDeclaration';
const MUTABLE_COLLECTION = '/^(Map|Set|WeakMap|WeakSet|ArrayBuffer|DataView|.*Array)$/';
/** Annotated as `readonly X[]`, ReadonlyMap, ReadonlySet, Readonly<…> or ArrayLike<…>. */
const READ_ONLY =
  ':matches([id.typeAnnotation.typeAnnotation.operator="readonly"], [id.typeAnnotation.typeAnnotation.typeName.name=/^(Readonly|ArrayLike$)/])';
const MODULE_STATE = 'Module-level mutable state survives from run to run.';

const bannedSyntax = [
  {
    selector: ':matches(FunctionDeclaration, FunctionExpression, ArrowFunctionExpression)[async=true]',
    message: `[no-async] ${ASYNC}`,
  },
  { selector: 'AwaitExpression, ForOfStatement[await=true]', message: `[no-await] ${ASYNC}` },
  { selector: 'ImportExpression', message: '[no-dynamic-import] Loads asynchronously: import at the top of the file.' },
  {
    selector: 'ForInStatement',
    message:
      '[no-for-in] Walks inherited keys too, in an order that is easy to change unawares: use for…of over an array, a Map or Object.keys().',
  },
  {
    selector: 'CallExpression[callee.property.name=/^(sort|toSorted)$/][arguments.length=0]',
    message: '[no-bare-sort] Sorts numbers as text: pass a comparator that never calls different elements equal.',
  },
  {
    selector: 'BinaryExpression[operator="**"], AssignmentExpression[operator="**="]',
    message: `[no-exponentiation] ${ENGINE_MATH} Write powers of two as literals or shifts.`,
  },
  {
    selector: 'Identifier[name="Math"]:not(MemberExpression > .object)',
    message: '[no-math-alias] Call functions of Math by their full names, so that the other rules can see them.',
  },
  {
    selector: `${AT_MODULE_LEVEL}:not([kind="const"]):not([declare=true])`,
    message: `[no-module-variable] ${MODULE_STATE} Make it const, or keep it in an object that belongs to the run.`,
  },
  {
    selector: `${AT_MODULE_LEVEL} > VariableDeclarator[id.type="Identifier"]:not(${READ_ONLY}) > NewExpression.init[callee.name=${MUTABLE_COLLECTION}]`,
    message: `[no-module-collection] ${MODULE_STATE} Annotate it ReadonlyMap, ReadonlySet, readonly X[] or ArrayLike<X>, or keep it in an object that belongs to the run.`,
  },
  {
    selector: [
      `${AT_MODULE_LEVEL} > VariableDeclarator[id.type="Identifier"]:not(${READ_ONLY}) > ArrayExpression.init`,
      `${AT_MODULE_LEVEL} > VariableDeclarator[id.type="Identifier"]:not(${READ_ONLY}) > TSAsExpression:not([typeAnnotation.typeName.name="const"]) > ArrayExpression.expression`,
    ].join(', '),
    message: `[no-module-array] ${MODULE_STATE} Add \`as const\`, or annotate it readonly X[].`,
  },
  {
    selector: 'PropertyDefinition[static=true]:not([readonly=true])',
    message: `[no-static-variable] ${MODULE_STATE} Make it static readonly, or a field of the object.`,
  },
];

export default defineConfig(
  { ignores: ['dist/', 'out/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{js,cjs,mjs}'],
    languageOptions: { globals: { module: 'writable', require: 'readonly', process: 'readonly', console: 'readonly' } },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      // `import { type X }` stays as an import with an effect under verbatimModuleSyntax.
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `NodeId | -1` says something to the reader that `number` does not.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
    },
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      // Regular expressions about control characters are written on purpose.
      'no-control-regex': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } }],
      'no-var': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  {
    files: ['*.config.{js,ts}'],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    files: [
      'cli/**/*.ts',
      'bench/**/*.ts',
      'test/{extremes,hunt-fresh-bugs,kill-and-resume,necessity,soak}.ts',
      '.ci/**',
      'docs/**',
    ],
    rules: { 'no-console': 'off' },
  },
  {
    files: DETERMINISTIC,
    ignores: TESTS,
    rules: {
      'no-restricted-globals': [
        'error',
        {
          globals: Object.entries(bannedGlobals).map(([name, message]) => ({ name, message })),
          checkGlobalObject: true,
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: RANDOM },
        ...bannedMath.map((property) => ({ object: 'Math', property, message: ENGINE_MATH })),
        ...bannedMethods.map((property) => ({ property, message: LOCALE })),
      ],
      'no-restricted-syntax': ['error', ...bannedSyntax],
    },
  },
  {
    files: TESTS,
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
