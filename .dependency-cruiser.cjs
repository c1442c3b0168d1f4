/**
 * Files whose values are part of a contract between folders: a handful of constants, and the assertion that ends a run
 * as a defect. A folder that may import another's types may import these in full.
 */
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
  'scenarios/settings.ts',
];

/**
 * Who may import what. `values`: folders imported in full. `types`: folders of which only `import type` is allowed
 * (and the contract files above). `npm`: packages. A folder may always import itself.
 */
const FOLDERS = {
  sim: { values: [], types: [], npm: ['seedrandom'] },
  core: { values: [], types: ['sim'], npm: [] },
  'core/mutants': { values: ['core'], types: ['sim'], npm: [] },
  scenarios: { values: [], types: ['sim', 'core'], npm: ['yaml', 'zod'] },
  checks: { values: [], types: ['sim', 'core'], npm: [] },
  runs: { values: ['sim', 'core', 'core/mutants', 'scenarios', 'checks'], types: [], npm: [] },
  'runs/pool': { values: ['runs', 'sim', 'core', 'core/mutants', 'scenarios', 'checks'], types: [], npm: ['tinypool'] },
  reports: { values: [], types: ['sim', 'core', 'scenarios', 'checks', 'runs'], npm: ['picocolors'] },
  cli: {
    values: ['runs', 'runs/pool', 'reports'],
    types: ['sim', 'core', 'scenarios', 'checks'],
    npm: ['commander', 'picocolors'],
  },
};

/** Where `node:` modules may be imported: everything else runs in a browser too. */
const MAY_USE_NODE = ['^(cli|reports|runs|test|bench|\\.ci)/', '^scenarios/files\\.ts$', '\\.test\\.ts$', '^[^/]+$'];

/** A file of this repository, as opposed to an npm package, a `node:` module or something that does not exist. */
const OURS = { dependencyTypes: ['local'] };

/** Rigs: what only tests import. They are not built. */
const TESTING = '(^|/)testing/';

const TEST_PACKAGES = ['vitest', 'fast-check'];

/** Files that may import anything: the public API, configuration, tests of the repository as a whole, benchmarks, scripts. */
const FREE = ['^[^/]+$', '^(test|bench|docs|\\.ci)/'];

/** Matches the files of a folder, without those of a folder inside it that has a row of its own. */
function filesOf(folder) {
  const inner = Object.keys(FOLDERS).filter((other) => other.startsWith(`${folder}/`));
  const apart = inner.map((other) => `(?!${other.slice(folder.length + 1)}/)`).join('');
  return `^${folder}/${apart}`;
}

function packages(names) {
  return `(^|/)node_modules/(${names.join('|')})/`;
}

function list(names) {
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function rulesOf([folder, { values, types, npm }]) {
  const from = { path: filesOf(folder) };
  const name = folder.replace('/', '-');
  const whole = [folder, ...values].map(filesOf);
  const typesOnly = types.map(filesOf);
  const rules = [
    {
      name: `${name}-folders`,
      severity: 'error',
      comment: `${folder}/ imports ${list(values)} in full and types of ${list(types)}, nothing else of ours.`,
      from,
      to: { path: '.', pathNot: ['(^|/)node_modules/', '^package\\.json$', ...whole, ...typesOnly], ...OURS },
    },
    {
      name: `${name}-packages`,
      severity: 'error',
      comment: `${folder}/ imports these npm packages: ${list(npm)}. Tests may use ${list(TEST_PACKAGES)} too.`,
      from: { ...from, pathNot: ['\\.test\\.ts$', TESTING] },
      to: { path: '(^|/)node_modules/', ...(npm.length > 0 && { pathNot: packages(npm) }) },
    },
  ];
  const tests = `${filesOf(folder)}.*\\.test\\.ts$`;
  rules.push({
    name: `${name}-test-packages`,
    severity: 'error',
    comment: `Tests in ${folder}/ import these npm packages: ${list([...npm, ...TEST_PACKAGES])}.`,
    from: { path: [tests, `${filesOf(folder)}.*testing/`] },
    to: { path: '(^|/)node_modules/', pathNot: packages([...npm, ...TEST_PACKAGES]) },
  });
  if (types.length > 0) {
    rules.push({
      name: `${name}-types-only`,
      severity: 'error',
      comment: `${folder}/ imports only types of ${list(types)}: write \`import type\`.`,
      from,
      to: {
        path: typesOnly,
        pathNot: [TESTING, ...CONTRACT_FILES.map((file) => `^${file.replaceAll('.', '\\.')}$`)],
        dependencyTypesNot: ['type-only'],
      },
    });
  }
  return rules;
}

module.exports = {
  forbidden: [
    ...Object.entries(FOLDERS).flatMap(rulesOf),
    {
      name: 'folder-without-a-row',
      severity: 'error',
      comment: 'This folder has no row in FOLDERS (.dependency-cruiser.cjs): say there what it may import.',
      from: { pathNot: [...Object.keys(FOLDERS).map((folder) => `^${folder}/`), ...FREE] },
      to: OURS,
    },
    {
      name: 'no-node-builtins',
      severity: 'error',
      comment:
        'Runs in a browser too: `node:` modules only in cli, reports, runs, bench, tests and scenarios/files.ts.',
      from: { pathNot: MAY_USE_NODE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-worker-threads',
      severity: 'error',
      comment: 'One run lives on one thread: only the pool in runs/pool/ knows of others.',
      from: { pathNot: ['^runs/pool/', ...FREE] },
      to: { path: '^(node:)?worker_threads$', dependencyTypes: ['core'] },
    },
    {
      name: 'no-circular',
      severity: 'error',
      comment:
        'Data flows one way. Move what both files need into a third, or merge them. Types may refer to each other.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'The imported file or package does not exist (relative imports end in `.ts`).',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-tests-imported',
      severity: 'error',
      comment: 'Tests are not shipped. Put what several tests share into a file that is not a test.',
      from: {},
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'no-rigs-imported',
      severity: 'error',
      comment: 'Only tests, and rigs themselves, import from a `testing/` folder: it is not built.',
      from: { pathNot: ['\\.test\\.ts$', TESTING, ...FREE] },
      to: { path: TESTING },
    },
  ],
  options: {
    exclude: { path: '^(dist|out|coverage)/' },
    doNotFollow: { path: '(^|/)node_modules/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
