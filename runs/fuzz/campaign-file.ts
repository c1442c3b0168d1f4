import { createHash } from 'node:crypto';
import type { Scenario } from '../../scenarios/scenario.ts';
import { settingsText, titleOf } from '../../scenarios/settings.ts';
import type { LoadedScenario } from '../load/load-files.ts';
import { command } from '../repro/command.ts';
import { presentVersions } from '../repro/versions.ts';
import { BATCH_RUNS, type FuzzPlan, type Shard } from './plan.ts';
import type { FailureRecord } from './records.ts';

/** Of campaign.json and results.ndjson. It changes when a field is renamed, removed or given another meaning. */
export const FORMAT = 1;

/** What is in `campaign.json`: what a campaign is, and how far it is to go. */
export interface CampaignFile {
  readonly format: number;
  /** The version of Whitewater, and the fingerprint of its engine: the same runs need the same engine. */
  readonly whitewater: string;
  readonly engine: string;
  /** What the command line named, to load it again. */
  readonly arguments: readonly string[];
  /** What the command line put into every scenario, as `--set` takes it. */
  readonly settings: readonly string[];
  /** Ids of the checks that were left out. */
  readonly except: readonly string[];
  readonly scenarios: readonly CampaignScenario[];
  readonly firstSeed: number;
  readonly batchRuns: number;
  readonly shard: Shard;
  /** Runs of the campaign in all its shards; null: no number was given. */
  readonly runs: number | null;
  /** Real time that it was given, in ms; null: none was given. */
  readonly timeMillis: number | null;
  /** Failing runs after which it ends; null: it goes on. */
  readonly bail: number | null;
}

/** A scenario of a campaign. */
export interface CampaignScenario {
  /** Its name, with its settings. */
  readonly title: string;
  /** Of everything that decides its runs. */
  readonly fingerprint: string;
  /** The words of the command that runs it with its own seed, such as `['run', 'split-vote']`. */
  readonly run: readonly string[];
}

/** What the command line adds to a plan. */
export type CampaignWords = Pick<CampaignFile, 'arguments' | 'settings' | 'except' | 'runs' | 'timeMillis' | 'bail'>;

/** What `campaign.json` says of a campaign. */
export function describeCampaign(
  loaded: readonly Pick<LoadedScenario, 'scenario' | 'file'>[],
  { firstSeed, shard }: Omit<FuzzPlan, 'scenarios'>,
  words: CampaignWords,
): CampaignFile {
  const { whitewater = '', engine = '' } = presentVersions();
  return {
    format: FORMAT,
    whitewater,
    engine,
    arguments: words.arguments,
    settings: words.settings,
    except: words.except,
    scenarios: loaded.map(({ scenario, file }) => ({
      title: titleOf(scenario.name, scenario.settings),
      fingerprint: fingerprintOf(scenario),
      run: ['run', file.argument, ...optionsOf(scenario)],
    })),
    firstSeed,
    batchRuns: BATCH_RUNS,
    shard,
    runs: words.runs,
    timeMillis: words.timeMillis,
    bail: words.bail,
  };
}

/** What the command line has to say for the settings of a scenario and the checks that it leaves out. */
function optionsOf({ settings, checks: { except } }: Scenario): readonly string[] {
  const set = settingsText(settings).flatMap((setting) => ['--set', setting]);
  return except.length === 0 ? set : [...set, '--except', except.join(',')];
}

/** The command that shows a failing run again, ready to copy. @param folder of the results, as the user wrote it */
export function replayCommand({ scenarios }: CampaignFile, folder: string, failure: FailureRecord): string {
  if (failure.repro !== null) return command('replay', `${folder}/${failure.repro}`);
  const { run } = scenarios[failure.run % scenarios.length]!;
  return command(...run, '--seed', failure.seed);
}

/** 16 hex digits over everything in a scenario that decides its runs, and not over where its file is. */
export function fingerprintOf(scenario: Scenario): string {
  const { file: _file, warnings: _warnings, ...rest } = scenario;
  const text = JSON.stringify(rest, (_key, value: unknown) => {
    if (value instanceof Map) return { map: [...(value as ReadonlyMap<unknown, unknown>)] };
    if (value instanceof Set) return { set: [...(value as ReadonlySet<unknown>)] };
    return value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/**
 * In what two campaigns differ, as a clause; null if they are the same one. How far they go and which shard they are does
 * not count.
 */
export function differenceOf(one: CampaignFile, other: CampaignFile): string | null {
  if (one.format !== other.format) return `the formats ${one.format} and ${other.format}`;
  if (one.engine !== other.engine) {
    const versions = one.whitewater === other.whitewater ? '' : ` (versions ${one.whitewater} and ${other.whitewater})`;
    return `the engine of Whitewater${versions}`;
  }
  if (one.firstSeed !== other.firstSeed) return `the first seeds ${one.firstSeed} and ${other.firstSeed}`;
  if (one.batchRuns !== other.batchRuns) return `the batches of ${one.batchRuns} and ${other.batchRuns} runs`;
  const count = Math.max(one.scenarios.length, other.scenarios.length);
  for (let at = 0; at < count; at++) {
    const [a, b] = [one.scenarios[at], other.scenarios[at]];
    if (a?.title !== b?.title) return `scenario ${at + 1}: ${a?.title ?? 'none'} and ${b?.title ?? 'none'}`;
    if (a?.fingerprint !== b?.fingerprint) return `the contents of scenario ${a?.title ?? ''}`;
  }
  return null;
}

/** Reads the text of a `campaign.json`. @returns null if it is none */
export function parseCampaign(text: string): CampaignFile | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isCampaign(value) ? value : null;
}

function isCampaign(value: unknown): value is CampaignFile {
  if (typeof value !== 'object' || value === null) return false;
  const file = value as Record<keyof CampaignFile, unknown>;
  const shard = file.shard as Partial<Shard> | null | undefined;
  const isText = (item: unknown): boolean => typeof item === 'string';
  const isList = (list: unknown, isItem: (item: unknown) => boolean): boolean =>
    Array.isArray(list) && list.every(isItem);
  const isLimit = (limit: unknown): boolean => limit === null || typeof limit === 'number';
  const isScenario = (item: unknown): boolean => {
    const { title, fingerprint, run } = (item ?? {}) as Record<string, unknown>;
    return isText(title) && isText(fingerprint) && isList(run, isText);
  };
  return (
    [file.format, file.firstSeed, file.batchRuns, shard?.index, shard?.of].every(Number.isSafeInteger) &&
    [file.whitewater, file.engine].every(isText) &&
    [file.arguments, file.settings, file.except].every((list) => isList(list, isText)) &&
    isList(file.scenarios, isScenario) &&
    [file.runs, file.timeMillis, file.bail].every(isLimit)
  );
}
