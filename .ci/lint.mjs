/**
 * `npm run lint`: eslint, the import rules, the formatting and the words of .ci/words.mjs. Files that have not changed
 * since the last time are skipped. The rules that need types judge a file by others too, so a change of any source
 * empties eslint's cache.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, 'node_modules/.cache/lint');
const cached = (tool) => ['--cache-location', join(CACHE, tool), '--cache', '--cache-strategy', 'content'];

const { passed, key } = lastPass();
if (passed !== key) rmSync(join(CACHE, 'eslint'), { force: true });
mkdirSync(CACHE, { recursive: true });
writeFileSync(join(CACHE, 'sources'), key);

run('eslint/bin/eslint.js', ...cached('eslint'), '.');
run(
  'dependency-cruiser/bin/dependency-cruise.mjs',
  ...['--cache', join(CACHE, 'depcruise'), '--cache-strategy', 'content', '--config', '.dependency-cruiser.cjs', '.'],
);
run('prettier/bin/prettier.cjs', ...cached('prettier'), '--check', '.');
run('../.ci/words.mjs');

function run(tool, ...options) {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'node_modules', tool), ...options], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** The sources as they were when eslint's cache was written, and as they are. */
function lastPass() {
  const hash = createHash('sha256');
  for (const file of sources())
    hash
      .update(`${file}\n`)
      .update(readFileSync(join(ROOT, file)))
      .update('\n');
  let passed = null;
  try {
    passed = readFileSync(join(CACHE, 'sources'), 'utf8');
  } catch {
    // The first time.
  }
  return { passed, key: hash.digest('hex') };
}

/** Everything that types depend on. */
function sources() {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && !/^(?:\..*|node_modules|dist|out|coverage)$/u.test(entry.name),
  );
  const inside = folders.flatMap(({ name }) =>
    readdirSync(join(ROOT, name), { recursive: true }).map((file) => join(name, file)),
  );
  return [...readdirSync(ROOT), ...inside]
    .filter((file) => /(?:\.ts|package-lock\.json|tsconfig.*\.json)$/u.test(file))
    .sort();
}
