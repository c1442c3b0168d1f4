import { Command, CommanderError } from 'commander';
import { EXIT } from '../runs/campaign/exit-code.ts';
import type { Runner } from '../runs/campaign/campaign.ts';
import { whitewaterVersion } from '../runs/repro/versions.ts';
import { TRACE_KINDS } from '../runs/load/vocabulary.ts';
import { wrap } from '../reports/text/layout.ts';
import { reportDefect } from './defect.ts';
import { type Io, writeLines } from './io.ts';
import { lint, type LintOptions } from './lint.ts';
import { list, type ListOptions } from './list.ts';
import { replay, type ReplayOptions } from './replay.ts';
import { run, type RunOptions } from './run.ts';
import { schema } from './schema.ts';
import { trace, type TraceOptions } from './trace.ts';
import { BadScenarios, UsageError } from './errors.ts';

const EXIT_CODES = `
Exit codes:
    0  every run passed
    1  a safety property was violated
    2  bad input: usage, unreadable or invalid scenario
    3  safe, but an expectation, a mark or liveness was not met
    4  not reproducible: a second run or a recorded hash differs
    5  inconclusive: a limit was reached first
   70  a defect of Whitewater itself
  130  interrupted; finished results are kept
With several runs the worst counts, in the order 70, 4, 1, 3, 5.`;

const PATHS = 'scenario files, or folders of them (default: scenarios)';

/**
 * Whitewater's command line.
 *
 * @param argv the words after the program's name
 * @param runner takes the place of the simulator, in tests
 * @returns the exit code
 */
export async function main(argv: readonly string[], io: Io, runner?: Runner): Promise<number> {
  let code: number = EXIT.pass;
  const program = commands(io, (result) => (code = result), runner);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.badInput;
    if (error instanceof UsageError) writeLines(io.stderr, [`whitewater: ${error.message}`]);
    else if (error instanceof BadScenarios) writeLines(io.stderr, [error.message]);
    else {
      reportDefect(error, argv, io);
      return EXIT.defect;
    }
    return EXIT.badInput;
  }
}

function commands(io: Io, done: (code: number) => void, runner: Runner | undefined): Command {
  const program = new Command('whitewater')
    .description('Puts Raft through white water: deterministic fault injection, every invariant checked.')
    .version(whitewaterVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .showHelpAfterError('Try: whitewater --help')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error: /u, 'whitewater: ')),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', EXIT_CODES)
    .addHelpText(
      'after',
      examples(
        'run',
        'run scenarios/elections --seeds 1000',
        'replay out/split-vote-8841.yaml',
        'trace out/split-vote-8841.yaml --from 1s --node n1,n2',
      ),
    );

  subcommand(program, 'run', 'Run scenarios, with one seed or many.')
    .argument('[paths...]', PATHS)
    .option('--seed <seed>', 'run with this seed, any text (default: the seed in the scenario, or 1)')
    .option('--seeds <seeds>', 'run with many: N for 1 to N, or A..B')
    .option('--json', 'print a line of JSON per run, and last a summary')
    .option('--out <folder>', 'where failing runs leave their repro files', 'out')
    .option('--no-color', 'print without colours; so does NO_COLOR=1')
    .option('--quiet', 'print failures and totals only')
    .addHelpText(
      'after',
      examples(
        'run',
        'run scenarios/elections/split-vote.yaml --seed 8841',
        'run scenarios --seeds 1000',
        'run scenarios --seeds 1001..2000 --json',
      ),
    )
    .action(async (paths: string[], options: RunOptions) => done(await run(paths, options, io, runner)));

  subcommand(program, 'replay', 'Run a repro file and compare with what is recorded in it.')
    .argument('<file>', 'a repro file, as failing runs leave them')
    .option('--json', 'print a line of JSON')
    .option('--no-color', 'print without colours; so does NO_COLOR=1')
    .option('--quiet', 'print the comparison only')
    .addHelpText('after', examples('replay out/split-vote-8841.yaml'))
    .addHelpText('after', '\nA replay exits as `run` would, or with 4 if it is not what was recorded.\n')
    .action((file: string, options: ReplayOptions) => done(replay(file, options, io, runner)));

  subcommand(program, 'trace', 'Show one run, event by event.')
    .argument('<file>', 'a scenario or a repro file')
    .option('--seed <seed>', 'run with this seed (default: the seed in the scenario, or 1)')
    .option('--node <names>', 'only what these nodes and clients do, like n1,n2,c1')
    .option('--kind <kinds>', 'only these kinds, like elected,crashed')
    .option('--except <kinds>', 'leave these kinds out')
    .option('--from <time>', 'from this virtual time on, like 1s')
    .option('--to <time>', 'up to this virtual time, like 2.5s')
    .option('--causes <event>', 'only this event and what led to it, like 18204')
    .option('--width <columns>', 'wrap lines to this width (default: the terminal; in a pipe, not at all)')
    .option('--json', 'print a line of JSON per observation')
    .option('--no-color', 'print without colours; so does NO_COLOR=1')
    .addHelpText(
      'after',
      `\nKinds:\n${wrap(TRACE_KINDS.join(', '), 76)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    )
    .addHelpText(
      'after',
      examples(
        'trace scenarios/elections/split-vote.yaml --kind elected,mark',
        'trace out/split-vote-8841.yaml --causes 18204',
        'trace out/split-vote-8841.yaml --except sent,held,timer | less -R',
      ),
    )
    .action(async (file: string, options: TraceOptions) => done(await trace(file, options, io)));

  subcommand(program, 'lint', 'Check scenarios without running them.')
    .argument('[paths...]', PATHS)
    .option('--fix', 'first rewrite words that have been renamed, in the files')
    .option('--json', 'print a line of JSON per problem')
    .option('--no-color', 'print without colours; so does NO_COLOR=1')
    .option('--quiet', 'print problems only')
    .addHelpText('after', examples('lint', 'lint my-scenario.yaml'))
    .action((paths: string[], options: LintOptions) => done(lint(paths, options, io)));

  subcommand(program, 'list', 'List scenarios.')
    .argument('[paths...]', PATHS)
    .option('--json', 'print a line of JSON per scenario')
    .option('--no-color', 'print without colours; so does NO_COLOR=1')
    .addHelpText('after', examples('list', 'list scenarios/elections --json'))
    .action((paths: string[], options: ListOptions) => done(list(paths, options, io)));

  subcommand(program, 'schema', 'Print the scenario language as JSON Schema, for editors.')
    .addHelpText('after', examples('schema > scenario.schema.json'))
    .action(() => done(schema(io)));
  return program;
}

function subcommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError(`Try: whitewater ${name} --help`)
    .allowExcessArguments(false);
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ whitewater ${line}\n`).join('')}`;
}
