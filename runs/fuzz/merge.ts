import { type CampaignFile, differenceOf } from './campaign-file.ts';
import { WHOLE } from './plan.ts';
import type { FailureRecord } from './records.ts';
import { FolderError, type ResultFolder } from './result-folder.ts';
import type { CommittedBatch } from './results-file.ts';
import type { FuzzTally } from './tally.ts';

/** Shards of one campaign, and those of it that are not there. */
export interface Shards {
  /** What the campaign is as a whole. */
  readonly campaign: CampaignFile;
  readonly folders: readonly ResultFolder[];
  /** Their numbers, from 1. */
  readonly missing: readonly number[];
}

/**
 * Looks whether folders hold different shards of one campaign.
 *
 * @throws FolderError if they do not
 */
export function shardsIn(folders: readonly ResultFolder[]): Shards {
  const all = folders.map((folder) => ({ folder, campaign: folder.campaign() }));
  const first = all[0]!;
  const byIndex = new Map<number, ResultFolder>();
  for (const { folder, campaign } of all) {
    const difference = differenceOf(first.campaign, campaign) ?? differenceOfShards(first.campaign, campaign);
    if (difference !== null) {
      throw new FolderError(
        `${first.folder.shown} and ${folder.shown} are not of one campaign: they differ in ${difference}`,
      );
    }
    const { index, of } = campaign.shard;
    const other = byIndex.get(index);
    if (other !== undefined) {
      throw new FolderError(`${other.shown} and ${folder.shown} are the same shard, ${index}/${of}`);
    }
    byIndex.set(index, folder);
  }
  const { of } = first.campaign.shard;
  const indices = Array.from({ length: of }, (_, at) => at + 1);
  return {
    campaign: { ...first.campaign, shard: WHOLE },
    folders: indices.flatMap((index) => byIndex.get(index) ?? []),
    missing: indices.filter((index) => !byIndex.has(index)),
  };
}

function differenceOfShards(one: CampaignFile, other: CampaignFile): string | null {
  if (one.shard.of !== other.shard.of) return `the numbers of shards, ${one.shard.of} and ${other.shard.of}`;
  const words = ({ runs }: CampaignFile): string => (runs === null ? 'any number' : String(runs));
  return one.runs === other.runs ? null : `the numbers of runs, ${words(one)} and ${words(other)}`;
}

/**
 * Puts the results of shards into one folder, in the order of their batches, and adds them up: what the campaign would have
 * left as a whole.
 *
 * @param out a folder in which nothing is
 * @throws FolderError if the results of a shard are damaged
 * @throws UnwrittenResults
 */
export function mergeShards({ campaign, folders }: Shards, out: ResultFolder, tally: FuzzTally): void {
  out.lock();
  try {
    mergeLocked({ campaign, folders }, out, tally);
  } finally {
    out.unlock();
  }
}

function mergeLocked({ campaign, folders }: Omit<Shards, 'missing'>, out: ResultFolder, tally: FuzzTally): void {
  out.describe(campaign);
  const times = new Map(folders.flatMap((folder) => [...folder.times()]));
  for (const { committed, folder } of inOrder(folders)) {
    const seen = new Set<string>();
    const failures = committed.failures.map((failure): FailureRecord => {
      const { signature } = failure;
      // The first run of a signature in the whole campaign is the first of its shard too, and has a repro file there.
      const isFirst = !seen.has(signature) && tally.isFirst(signature);
      seen.add(signature);
      return { ...failure, repro: isFirst && failure.repro !== null ? out.adoptRepro(failure.repro, folder) : null };
    });
    const results = { ...committed, failures };
    out.commit(results, times.get(committed.batch.batch) ?? 0);
    tally.add(results);
  }
}

/** The batches of all folders, by their numbers. Each folder has its own in order. */
function* inOrder(
  folders: readonly ResultFolder[],
): Generator<{ readonly committed: CommittedBatch; readonly folder: ResultFolder }, void> {
  const heads = folders.map((folder) => {
    const rest = folder.batches(folder.campaign());
    return { folder, rest, next: rest.next().value };
  });
  for (;;) {
    const numbers = heads.map(({ next }) => next?.batch.batch ?? Infinity);
    const head = heads[numbers.indexOf(Math.min(...numbers))]!;
    if (head.next === undefined) return;
    yield { committed: head.next, folder: head.folder };
    head.next = head.rest.next().value;
  }
}
