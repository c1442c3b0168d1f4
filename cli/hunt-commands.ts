import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { collectExcept } from './except.ts';
import { fuzz, type FuzzOptions } from './fuzz.ts';
import { EXCEPT, FUZZ, MUTANTS, NO_COLOR, SCENARIOS, SET } from './help-texts.ts';
import { merge, type MergeOptions } from './merge.ts';
import { listMutants, type ListMutantsOptions, runMutants, type RunMutantsOptions } from './mutants.ts';
import { collectSetting } from './settings.ts';
import { type Done, examples, subcommand } from './subcommand.ts';

/** The commands that look for bugs. */
export function addHuntCommands(root: Command, context: CommandContext, done: Done): void {
  addFuzz(root, context, done);
  addMerge(root, context, done);
  addMutants(root, context, done);
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
