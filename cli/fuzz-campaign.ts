import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { reasonOf } from '../runs/files/system-error.ts';
import { whyUnwritable } from '../runs/files/writable-folder.ts';
import { type CampaignFile, describeCampaign, differenceOf } from '../runs/fuzz/campaign-file.ts';
import { KnownFailures, KnownFileError } from '../runs/fuzz/known.ts';
import { type FuzzPlan, firstBatch, WHOLE } from '../runs/fuzz/plan.ts';
import { FolderError, ResultFolder } from '../runs/fuzz/result-folder.ts';
import { resumeFolder } from '../runs/fuzz/resume.ts';
import { FuzzTally } from '../runs/fuzz/tally.ts';
import type { LoadedScenario, Setting } from '../runs/load/load-files.ts';
import { command } from '../runs/repro/command.ts';
import { printable } from '../scenarios/language/printable.ts';
import { UsageError } from './errors.ts';
import { withoutChecks } from './except.ts';
import type { FuzzOptions } from './fuzz.ts';
import { parseCount, parseFirstSeed, parseShard, parseSpan } from './fuzz-options.ts';
import type { Io } from './io.ts';
import { loadAll, noteDefault, noteWarnings } from './scenarios.ts';
import { collectSetting, requestedSettings } from './settings.ts';
import { usualScenario } from './usual-scenario.ts';

const DEFAULT_FOLDER = 'out/fuzz';
/** How long a campaign goes on that was given neither a time nor a number of runs. */
const DEFAULT_MILLIS = 60_000;

/** A campaign that is about to begin, or to go on. */
export interface OpenCampaign {
  readonly campaign: CampaignFile;
  readonly plan: FuzzPlan;
  readonly loaded: readonly LoadedScenario[];
  readonly folder: ResultFolder;
  /** Of the batches that are there already. */
  readonly tally: FuzzTally;
  readonly known: KnownFailures;
  /** Number of the batch that is next. */
  readonly from: number;
}

/** Opens the folder of results that the options mean, locks it, and loads the scenarios. */
export function openCampaign(args: readonly string[], options: FuzzOptions, io: Io): OpenCampaign {
  const known = readKnown(options.known, io);
  try {
    return options.resume === undefined
      ? begin(args, options, known, io)
      : goOn(args, options, options.resume, known, io);
  } catch (error) {
    if (error instanceof FolderError) throw new UsageError(error.message);
    throw error;
  }
}

function begin(args: readonly string[], options: FuzzOptions, known: KnownFailures, io: Io): OpenCampaign {
  const { set = [], mutant, except = [] } = options;
  const settings = requestedSettings(set, mutant);
  const limits = limitsOf(options);
  const place = {
    firstSeed: options.seed === undefined ? 1 : parseFirstSeed(options.seed),
    shard: options.shard === undefined ? WHOLE : parseShard(options.shard),
  };
  const usual = args.length === 0 ? usualScenario() : null;
  const named = usual === null ? args : [usual];
  const loaded = load(named, settings, except, options.quiet !== true, io);
  const folder = newFolder(options.out, DEFAULT_FOLDER, io);
  const campaign = describeCampaign(loaded, place, {
    arguments: named,
    settings: settings.map(({ source }) => source ?? ''),
    except,
    ...limits,
  });
  locked(folder, () => folder.describe(campaign));
  const plan = { ...place, scenarios: loaded.map(({ scenario }) => scenario) };
  const tally = new FuzzTally((signature) => known.isKnown(signature));
  return { campaign, plan, loaded, folder, tally, known, from: firstBatch(place.shard) };
}

/** What would make another campaign of the one that goes on. */
const FIXED = ['set', 'mutant', 'except', 'seed', 'shard', 'out'] as const satisfies (keyof FuzzOptions)[];

function goOn(
  args: readonly string[],
  options: FuzzOptions,
  resumed: string,
  known: KnownFailures,
  io: Io,
): OpenCampaign {
  const changed = FIXED.find((name) => options[name] !== undefined);
  const given = args.length > 0 ? 'scenarios' : changed === undefined ? null : `--${changed}`;
  if (given !== null) {
    throw new UsageError(
      `--resume and ${given} cannot be given together: a campaign goes on as it began; --runs, --time, --bail, --jobs, --run-timeout and --known may change`,
    );
  }
  const folder = new ResultFolder(resumed, io.cwd);
  const before = folder.campaign();
  const settings = before.settings.reduce<readonly Setting[]>((list, text) => collectSetting(text, list), []);
  const loaded = load(before.arguments, settings, before.except, options.quiet !== true, io);
  const { firstSeed, shard } = before;
  const asked = limitsOf(options, before);
  const campaign = describeCampaign(loaded, { firstSeed, shard }, { ...before, ...asked });
  const difference = differenceOf(before, campaign);
  if (difference !== null) {
    throw new UsageError(
      `--resume: ${printable(folder.shown)} was made with something else, and cannot go on; they differ in ${printable(difference)}`,
    );
  }
  const plan = { firstSeed, shard, scenarios: loaded.map(({ scenario }) => scenario) };
  const tally = new FuzzTally((signature) => known.isKnown(signature));
  const from = locked(folder, () => {
    const next = resumeFolder(folder, campaign, campaign.runs, tally);
    folder.describe(campaign);
    return next;
  });
  return { campaign, plan, loaded, folder, tally, known, from };
}

/** Locks a folder, unless what is to be done with it first fails. */
function locked<T>(folder: ResultFolder, use: () => T): T {
  folder.lock();
  try {
    return use();
  } catch (error) {
    folder.unlock();
    throw error;
  }
}

function load(
  args: readonly string[],
  settings: readonly Setting[],
  except: readonly string[],
  isNoted: boolean,
  io: Io,
): readonly LoadedScenario[] {
  const loading = loadAll(args, io, settings);
  if (loading.scenarios.length === 0) throw new UsageError('no scenario here');
  if (isNoted) {
    noteDefault(args, io);
    noteWarnings(loading, io);
  }
  return loading.scenarios.map((one) => ({ ...one, scenario: withoutChecks(one.scenario, except) }));
}

/** How far the campaign goes. @param before what it was given when it began; null: it begins */
function limitsOf({ runs, time, bail }: FuzzOptions, before: CampaignFile | null = null) {
  const isGiven = runs !== undefined || time !== undefined;
  const usual = before === null ? { runs: null, timeMillis: DEFAULT_MILLIS } : before;
  return {
    runs: isGiven ? (runs === undefined ? null : parseCount('--runs', runs)) : usual.runs,
    timeMillis: isGiven ? (time === undefined ? null : parseSpan('--time', time)) : usual.timeMillis,
    bail: bail === undefined ? (before?.bail ?? null) : parseCount('--bail', bail),
  };
}

/**
 * The folder for results, in which nothing is.
 *
 * @param usual where none is named, the first of this name, this name and -2, … in which nothing is
 */
export function newFolder(out: string | undefined, usual: string, io: Io): ResultFolder {
  if (out === '') throw new UsageError(`--out: the folder is empty; expected a path like ${usual}`);
  let folder = new ResultFolder(out ?? usual, io.cwd);
  for (let copy = 2; out === undefined && !folder.isFree; copy++) {
    folder = new ResultFolder(`${usual}-${String(copy)}`, io.cwd);
  }
  const shown = printable(folder.shown);
  if (!folder.isFree) {
    throw new UsageError(
      `--out: something is in ${shown} already; ${command('fuzz', '--resume', folder.shown)} goes on with a campaign there, and another --out begins one`,
    );
  }
  const reason = whyUnwritable(resolve(io.cwd, folder.shown));
  if (reason !== null) throw new UsageError(`--out: cannot write into ${shown}: ${reason}; name another folder`);
  return folder;
}

export function readKnown(file: string | undefined, { cwd }: Io): KnownFailures {
  if (file === undefined) return KnownFailures.NONE;
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (error) {
    throw new UsageError(`--known: cannot read ${printable(file)}: ${reasonOf(error)}`);
  }
  try {
    return KnownFailures.parse(text, printable(file));
  } catch (error) {
    if (error instanceof KnownFileError) throw new UsageError(`--known: ${error.message}`);
    throw error;
  }
}
