import type { CampaignFile } from './campaign-file.ts';
import { BATCH_RUNS, firstBatch } from './plan.ts';
import type { ResultFolder } from './result-folder.ts';
import type { CommittedBatch } from './results-file.ts';
import type { FuzzTally } from './tally.ts';

/**
 * Makes a folder of results ready to go on: adds its batches to a tally, and removes what follows them. A last batch that is
 * shorter than the others goes too, if there are to be more runs: it is run again in full.
 *
 * @param runs of the campaign in all its shards; null: any number
 * @returns the number of the batch to go on with
 * @throws FolderError if the results are damaged
 * @throws UnwrittenResults
 */
export function resumeFolder(
  folder: ResultFolder,
  campaign: Pick<CampaignFile, 'shard'>,
  runs: number | null,
  tally: FuzzTally,
): number {
  let end = 0;
  const take = (committed: CommittedBatch): void => {
    tally.add(committed);
    end = committed.end;
  };
  let last: CommittedBatch | null = null;
  for (const committed of folder.batches(campaign)) {
    if (last !== null) take(last);
    last = committed;
  }
  if (last !== null && last.batch.runs >= runsOfBatch(last.batch.batch, runs)) take(last);
  folder.cutAfter(end, tally.batches);
  return firstBatch(campaign.shard) + tally.batches * campaign.shard.of;
}

function runsOfBatch(batch: number, runs: number | null): number {
  return runs === null ? BATCH_RUNS : Math.min(BATCH_RUNS, runs - batch * BATCH_RUNS);
}
