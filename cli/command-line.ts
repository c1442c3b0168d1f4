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
import {
  DEFAULT_SCENARIOS,
  EXCEPT,
  EXIT_CODES,
  NAMES,
  NAMES_IN_SHORT,
  NO_COLOR,
  SCENARIO,
  SCENARIOS,
  SET,
  SETTINGS,
} from './help-texts.ts';
import { addHuntCommands } from './hunt-commands.ts';
import { lint, type LintOptions } from './lint.ts';
import { list, type ListOptions } from './list.ts';
import { newScenario, type NewOptions } from './new.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { run, type RunOptions } from './run.ts';
import { schema } from './schema.ts';
import { collectSetting } from './settings.ts';
import { type Done, examples, subcommand } from './subcommand.ts';
import { trace, type TraceOptions } from './trace.ts';

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

function commands(context: CommandContext, done: Done): Command {
  const root = rootCommand(context.io);
  root.commandsGroup('Run:');
  addRun(root, context, done);
  addReplay(root, context, done);
  addTrace(root, context, done);
  root.commandsGroup('Hunt for bugs:');
  addHuntCommands(root, context, done);
  root.commandsGroup('Write scenarios:');
  addNew(root, context, done);
  addLint(root, context, done);
  addList(root, context, done);
  subcommand(root, 'schema', 'Print the scenario language as JSON Schema, for editors.')
    .addHelpText('after', examples('schema > scenario.schema.json'))
    .action(() => done(schema(context)));
  root.commandsGroup('More:').helpCommand('help [command]', 'Print help for a command.');
  return root;
}

function rootCommand(io: Io): Command {
  return (
    new Command('whitewater')
      .description('Runs Raft in a deterministic simulator, injects faults, checks every invariant.')
      .version(whitewaterVersion(), '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print help')
      // The arguments of each command are in its own help.
      .configureHelp({ subcommandTerm: (command) => command.name() })
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
      .addHelpText('after', `${NAMES_IN_SHORT}\n${EXIT_CODES}`)
      .addHelpText('after', examples('run election --seeds 1000', 'fuzz --time 10m', 'new my-scenario'))
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
    .option('--resolve <file>', 'save the scenario with all that this run draws written out')
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

function addReplay(root: Command, context: CommandContext, done: Done): void {
  subcommand(root, 'replay', 'Run a repro file, and compare the run with what it records.')
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
