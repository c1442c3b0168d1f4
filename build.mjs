/**
 * Builds `dist`: the library as modules with types, and the command line and its worker threads as a single file each,
 * which start in less than half the time of two hundred.
 *
 *   node build.mjs [--no-check]
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = import.meta.dirname;
const DIST = join(ROOT, 'dist');
const COMMAND_LINE = join(DIST, 'cli');

/** Packages that stay apart: this one starts threads with files of its own. */
const APART = ['tinypool'];

rmSync(DIST, { recursive: true, force: true });
compile(process.argv.includes('--no-check') ? ['--noCheck'] : []);
await stamp();
const packed = [...(await bundleCommandLine()), ...(await bundle(join(DIST, 'runs/pool/worker.js')))];
writeFileSync(join(DIST, 'third-party-licenses.txt'), licencesOf(packed));

function compile(options) {
  const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
  execFileSync(process.execPath, [compiler, '-p', join(ROOT, 'tsconfig.build.json'), ...options], { stdio: 'inherit' });
}

/** Puts version and engine fingerprint into the modules as constants: the sources are not shipped. */
async function stamp() {
  const folder = join(DIST, 'runs/repro');
  const { engineFingerprint } = await import(pathToFileURL(join(folder, 'fingerprint.js')).href);
  const { version } = readPackage(ROOT);
  const constants = { stampedVersion: version, stampedEngine: engineFingerprint(ROOT) };
  const functions = Object.entries(constants).map(
    ([name, value]) => `export function ${name}() {\n    return ${JSON.stringify(value)};\n}\n`,
  );
  writeFileSync(join(folder, 'stamp.js'), functions.join(''));
  for (const file of ['fingerprint.js', 'fingerprint.d.ts']) rmSync(join(folder, file));
}

/** `main.js` stays as it is, the module it loads becomes one file, and the modules in that file are removed. */
async function bundleCommandLine() {
  const inputs = await bundle(join(COMMAND_LINE, 'start.js'));
  for (const entry of readdirSync(COMMAND_LINE)) {
    if (!['main.js', 'start.js'].includes(entry)) rmSync(join(COMMAND_LINE, entry), { recursive: true });
  }
  chmodSync(join(COMMAND_LINE, 'main.js'), 0o755);
  return inputs;
}

/** Puts a module and everything that it imports into one file, in its place. Returns the files that are in it. */
async function bundle(file) {
  const { metafile } = await build({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    external: APART,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    // For packages in CommonJS.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module';\nconst require = createRequireOfBundle(import.meta.url);",
    },
    // The licences of all packages are in one file beside it.
    legalComments: 'none',
    metafile: true,
    absWorkingDir: ROOT,
    logLevel: 'warning',
  });
  return Object.keys(metafile.inputs);
}

/** Licences ask that their text goes wherever the code goes. */
function licencesOf(files) {
  const folders = new Set(files.filter((file) => file.includes('node_modules/')).map((file) => packageOf(file)));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = readPackage(folder);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
    const text = file === undefined ? readmeLicence(folder, name) : readFileSync(join(folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text.replaceAll('\r\n', '\n').trim()}\n`;
  });
  return `The command line (cli/start.js) and its threads (runs/pool/worker.js) contain these packages.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Some packages keep their licence at the end of the README. */
function readmeLicence(folder, name) {
  const readme = readFileSync(join(folder, 'README.md'), 'utf8');
  const at = readme.search(/^(?:#+ *licen[cs]e.*|licen[cs]e.*\n[-=]+)$/imu);
  if (at < 0) throw new Error(`${name} is bundled, and its licence was not found in ${folder}`);
  return readme.slice(at);
}

/** The folder of the package that a file belongs to. */
function packageOf(file) {
  let folder = dirname(join(ROOT, file));
  while (readPackage(folder)?.name === undefined || readPackage(folder)?.version === undefined)
    folder = dirname(folder);
  return folder;
}

function readPackage(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}
