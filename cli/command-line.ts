import { Command, CommanderError } from 'commander';
import { EXIT } from '../runs/campaign/exit-code.ts';
import type { Runner } from '../runs/campaign/campaign.ts';
import { whitewaterVersion } from '../runs/repro/versions.ts';
import { TRACE_KINDS } from '../runs/load/vocabulary.ts';
import { wrap } from '../reports/text/layout.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { CommandContext } from './context.ts';
import { reportDefect } from './defect.ts';
import { BadScenarios, UsageError } from './errors.ts';
import { DEFAULT_WIDTH, type Io, writeLines } from './io.ts';
import { collectExcept } from './except.ts';
import { fuzz, type FuzzOptions } from './fuzz.ts';
import { lint, type LintOptions } from './lint.ts';
import { list, type ListOptions } from './list.ts';
import { merge, type MergeOptions } from './merge.ts';
import { listMutants, type ListMutantsOptions, runMutants, type RunMutantsOptions } from './mutants.ts';
import { newScenario, type NewOptions } from './new.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { run, type RunOptions } from './run.ts';
import { schema } from './schema.ts';
import { collectSetting } from './settings.ts';
import { trace, type TraceOptions } from './trace.ts';

const EXIT_CODES = `
Exit codes:
    0  every run passed
    1  a safety property was violated
    2  bad input: usage, unreadable or invalid scenario
    3  safe, but an expectation, a mark or liveness was not met
    4  not reproducible: a second run or a recorded hash differs
    5  inconclusive: a limit was reached first
   70  a defect of Whitewater itself
   74  a result could not be written: to standard output, or into a file
  130  interrupted; finished results are kept
With several runs, the exit code is the first of 70, 74, 130, 4, 1, 3, 5 that
applies.`;

const SCENARIOS = 'files, folders, or names of bundled scenarios';
const SCENARIO = 'a file, or the name of a bundled scenario';

const NAMES = `
A scenario is named by its file, or by a folder that holds it. A name that is no
path means bundled scenarios: all of a topic (election), or one of them
(split-vote, election/split-vote). A path goes before a topic, and a topic
before a scenario.`;

const DEFAULT_SCENARIOS = `Without a name: ./scenarios if it holds YAML files, otherwise all that are
bundled.`;

const EXCEPT = 'do not report these invariants and liveness properties, like I16,Lv3';

const SET = 'put a value into the scenario, like cluster.nodes=5; may be repeated';

const SETTINGS = `
--set PATH=VALUE puts a value into every scenario before it is loaded, as if it
stood in the file: --set cluster.raft.preVote=true, --set script[0].within=5s.
The value is YAML. Where the scenario has a matrix, it narrows it.`;

const FUZZ = `
Runs go round the scenarios, each round with the next seed. Failures with one
cause share a signature, like I14-3f9a2c; the first run of each is told in full
and saved as a repro file. A file of known failures has a signature a line, or
an id like I14 for all of its signatures; # begins a comment.

Ctrl-C ends it, and --resume goes on. Exit codes: see whitewater --help; a run
that hangs, or ends its worker, counts as a defect (70).`;

const MUTANTS = `
Each bug is looked for with the first seed of every scenario, then with the
second, and so on. It counts as caught if a run breaks what it is known to break.

Exit codes: 0 if every bug is caught, 3 if one is not.`;

const NO_COLOR = 'print without colours; so does NO_COLOR=1';

/**
 * Whitewater's command line.
 *
 * @param argv the words after the program's name
 * @param runner takes the place of the simulator, in tests
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io, runner: Runner | null = null): Promise<number> {
  let code: number = EXIT.pass;
  const root = commands({ io, runner }, (result) => (code = result));
  try {
    await root.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.badInput;
    if (error instanceof UsageError) writeMessage(io, `whitewater: ${error.message}`);
    else if (error instanceof BadScenarios) writeLines(io.stderr, [error.message]);
    else {
      reportDefect(error, argv, io);
      return EXIT.defect;
    }
    return EXIT.badInput;
  }
}

/** Lines are broken between words on a terminal, and left whole for `grep`. */
function writeMessage({ stderr }: Io, message: string): void {
  const width = stderr.isTTY ? (stderr.columns ?? DEFAULT_WIDTH) : null;
  writeLines(
    stderr,
    message.split('\n').flatMap((line) => wrap(line, width)),
  );
}

/** Takes the exit code of a command. */
type Done = (code: number) => void;

function commands(context: CommandContext, done: Done): Command {
  const root = rootCommand(context.io);
  addRun(root, context, done);
  addFuzz(root, context, done);
  addMerge(root, context, done);
  addMutants(root, context, done);
  addReplay(root, context, done);
  addTrace(root, context, done);
  addLint(root, context, done);
  addList(root, context, done);
  addNew(root, context, done);
  subcommand(root, 'schema', 'Print the scenario language as JSON Schema, for editors.')
    .addHelpText('after', examples('schema > scenario.schema.json'))
    .action(() => done(schema(context)));
  return root;
}

function rootCommand(io: Io): Command {
  return new Command('whitewater')
    .description('Runs Raft in a deterministic simulator, injects faults and checks every invariant.')
    .version(whitewaterVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('Try: whitewater --help')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error: /u, 'whitewater: ').replace(/[^\n]+/gu, printable)),
      getOutHelpWidth: () => io.stdout.columns ?? DEFAULT_WIDTH,
      getErrHelpWidth: () => io.stderr.columns ?? DEFAULT_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', `${NAMES}\n${EXIT_CODES}`)
    .addHelpText(
      'after',
      examples(
        'run',
        'run election --seeds 1000',
        'replay out/split-vote-8841.yaml',
        'trace out/split-vote-8841.yaml --from 1s --node n1,n2',
      ),
    );
}

function addRun(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'run', 'Run scenarios, with one seed or many.')
    .argument('[scenarios...]', SCENARIOS)
    .option('--seed <seed>', 'run with this seed, any text (default: the seed in the scenario, or 1)')
    .option('--seeds <seeds>', 'run with many seeds: N for 1 to N, or A..B')
    .option('--jobs <count>', 'worker threads (default: 1; from 1,000 runs on, one for each core)')
    .option('--json', 'print lines of JSON: runs, scenarios, and last a summary (docs/json.md)')
    .option('--except <checks>', EXCEPT, collectExcept)
    .option('--set <setting>', SET, collectSetting)
    .option('--mutant <id>', 'run with this known bug in every node, like E7 (docs/invariants.md)')
    .option('--out <folder>', 'folder for the repro files of failing runs', 'out')
    .option('--watch', 'run again whenever a file that was named changes, until Ctrl-C')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print failures and totals only')
    .addHelpText('after', `${NAMES}\n\n${DEFAULT_SCENARIOS}\n${SETTINGS}`)
    .addHelpText(
      'after',
      examples(
        'run',
        'run split-vote --seed 8841',
        'run election replication --seeds 1000',
        'run split-vote --set cluster.raft.preVote=true',
        'run my.yaml --json',
      ),
    )
    .action(async (args: string[], options: RunOptions) => done(await run(args, options, context)));
}

function addFuzz(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'fuzz', 'Run scenarios with seed after seed, and group what fails.')
    .argument('[scenarios...]', SCENARIOS)
    .option('--runs <count>', 'end after so many runs')
    .option('--time <time>', 'end after this real time, like 10m (default: 1m, unless --runs is given)')
    .option('--seed <number>', 'the first seed (default: 1)')
    .option('--bail <count>', 'end when so many runs have failed')
    .option('--known <file>', 'do not fail for the signatures in this file')
    .option('--jobs <count>', 'worker threads (default: one for each core)')
    .option('--run-timeout <time>', 'end a run that takes longer, as hung (default: 60s)')
    .option('--shard <shard>', 'only this part of the campaign, like 2/3')
    .option('--out <folder>', 'folder for the results (default: out/fuzz, or out/fuzz-2 and so on)')
    .option('--resume <folder>', 'go on with the campaign in this folder of results')
    .option('--except <checks>', EXCEPT, collectExcept)
    .option('--set <setting>', SET, collectSetting)
    .option('--mutant <id>', 'run with this known bug in every node, like E7 (docs/invariants.md)')
    .option('--json', 'print lines of JSON: failures, and last the campaign (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print failures and totals only')
    .addHelpText('after', FUZZ)
    .addHelpText(
      'after',
      examples(
        'fuzz',
        'fuzz election --time 10m --known known.txt',
        'fuzz my.yaml --runs 100000 --shard 2/3 --out out/shard-2',
        'fuzz --resume out/fuzz --runs 200000',
      ),
    )
    .action(async (args: string[], options: FuzzOptions) => done(await fuzz(args, options, context)));
}

function addMerge(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'merge', 'Put the results of the shards of a campaign together.')
    .argument('<folders...>', 'folders of results, each of another shard')
    .option('--out <folder>', 'folder for the results of the whole (default: out/merged, or out/merged-2 and so on)')
    .option('--known <file>', 'do not fail for the signatures in this file')
    .option('--json', 'print a line of JSON (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print failures and totals only')
    .addHelpText('after', '\nThe exit code is that of `fuzz` for the whole campaign.')
    .addHelpText('after', examples('merge out/shard-1 out/shard-2 out/shard-3 --known known.txt'))
    .action((folders: string[], options: MergeOptions) => done(merge(folders, options, context)));
}

function addMutants(root: Command, context: CommandContext, done: Done): void {
  const mutants = subcommand(root, 'mutants', 'List known bugs of Raft, and look whether scenarios catch them.')
    .helpCommand(false)
    .addHelpText('after', examples('mutants', 'mutants run', 'mutants run E7 C4 --with election,my.yaml'));
  subcommand(mutants, 'list', 'List every known bug, with what it breaks.', true)
    .argument('[ids...]', 'known bugs, like E7 (default: all)')
    .option('--json', 'print a line of JSON per bug (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .addHelpText('after', examples('mutants list'))
    .action((ids: string[], options: ListMutantsOptions) => done(listMutants(ids, options, context)));
  subcommand(mutants, 'run', 'Look for known bugs: which run catches each, and as what.')
    .argument('[ids...]', 'known bugs, like E7 (default: all)')
    .option(
      '--with <scenarios>',
      'files, names of bundled scenarios, or library for all of those; like library,my.yaml',
    )
    .option('--runs <count>', 'runs that are tried for each bug (default: 1000)')
    .option('--seed <number>', 'the first seed (default: 1)')
    .option('--jobs <count>', 'worker threads (default: one for each core)')
    .option('--json', 'print a line of JSON per bug, and last the totals (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print what is not caught, and totals, only')
    .addHelpText('after', MUTANTS)
    .addHelpText('after', examples('mutants run', 'mutants run E7 C4 --with election,my.yaml --runs 5000'))
    .action(async (ids: string[], options: RunMutantsOptions) => done(await runMutants(ids, options, context)));
}

function addReplay(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'replay', 'Run a repro file and compare the run with what the file records.')
    .argument('<file>', 'a repro file, saved by a failing run')
    .option('--except <checks>', EXCEPT, collectExcept)
    .option('--json', 'print a line of JSON (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print the comparison only')
    .addHelpText('after', '\nThe exit code is that of `run`, or 4 if the run differs from what is recorded.')
    .addHelpText('after', examples('replay out/split-vote-8841.yaml'))
    .action((file: string, options: ReplayOptions) => done(replay(file, options, context)));
}

function addTrace(root: Command, context: CommandContext, done: Done): void {
  const kinds = wrap(TRACE_KINDS.join(', '), 76).map((line) => `  ${line}`);
  subcommand(root, 'trace', 'Show one run, event by event.')
    .argument('<scenario>', SCENARIO)
    .option('--seed <seed>', 'run with this seed (default: the seed in the scenario, or 1)')
    .option('--set <setting>', SET, collectSetting)
    .option('--node <names>', 'only trace events of these nodes and clients, like n1,n2,c1')
    .option('--kind <kinds>', 'only these kinds, like elected,crashed')
    .option('--except <kinds>', 'leave these kinds out; ids like I16: do not report these checks', collectExcept)
    .option('--from <time>', 'from this virtual time on, like 1s')
    .option('--to <time>', 'up to this virtual time, like 2.5s')
    .option('--causes <event>', 'only this event and its chain of causes, like 18204')
    .option('--width <columns>', 'wrap lines to this width (default: the terminal; in a pipe, not at all)')
    .option('--json', 'print a line of JSON per trace event (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .addHelpText('after', `${NAMES}\n\nKinds:\n${kinds.join('\n')}`)
    .addHelpText(
      'after',
      examples(
        'trace split-vote --kind elected,mark',
        'trace out/split-vote-8841.yaml --causes 18204',
        'trace out/split-vote-8841.yaml --except sent,held,timer | less -R',
      ),
    )
    .action(async (argument: string, options: TraceOptions) => done(await trace(argument, options, context)));
}

function addLint(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'lint', 'Check scenarios without running them.')
    .argument('[scenarios...]', SCENARIOS)
    .option('--set <setting>', SET, collectSetting)
    .option(
      '--fix',
      'first repair the files where that needs no guess, and rewrite renamed words; never in bundled scenarios',
    )
    .option('--json', 'print a line of JSON per problem, and last the totals (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .option('--quiet', 'print problems only')
    .addHelpText('after', `${NAMES}\n\n${DEFAULT_SCENARIOS}`)
    .addHelpText('after', examples('lint', 'lint my-scenario.yaml'))
    .action((args: string[], options: LintOptions) => done(lint(args, options, context)));
}

function addList(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'list', 'List scenarios by topic.')
    .argument('[scenarios...]', SCENARIOS)
    .option('--json', 'print a line of JSON per scenario (docs/json.md)')
    .option('--no-color', NO_COLOR)
    .addHelpText('after', `${NAMES}\n\n${DEFAULT_SCENARIOS}`)
    .addHelpText('after', examples('list', 'list replication', 'list election --json'))
    .action((args: string[], options: ListOptions) => done(list(args, options, context)));
}

function addNew(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'new', 'Make a scenario file, with comments that say what to change.')
    .argument('[name]', 'name of the scenario, or path of its file (without it, you are asked)')
    .option('--from <scenario>', 'copy this bundled scenario under the new name, comments and all')
    .addHelpText('after', '\nThe file is NAME.yaml. A file that exists is never replaced.')
    .addHelpText('after', examples('new my-scenario', 'new scenarios/tie.yaml --from split-vote'))
    .action(async (name: string | undefined, options: NewOptions) => done(await newScenario(name, options, context)));
}

function subcommand(root: Command, name: string, description: string, isDefault = false): Command {
  const path = root.parent === null ? name : `${root.name()} ${name}`;
  return root
    .command(name, { isDefault })
    .description(description)
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError(`Try: whitewater ${path} --help`)
    .allowExcessArguments(false);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ whitewater ${line}\n`).join('')}`;
}
