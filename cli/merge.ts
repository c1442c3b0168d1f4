import { EXIT } from '../runs/campaign/exit-code.ts';
import { replayCommand } from '../runs/fuzz/campaign-file.ts';
import { mergeShards, type Shards, shardsIn } from '../runs/fuzz/merge.ts';
import { FolderError, ResultFolder, UnwrittenResults } from '../runs/fuzz/result-folder.ts';
import { FuzzTally } from '../runs/fuzz/tally.ts';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { printable } from '../scenarios/language/printable.ts';
import type { CommandContext } from './context.ts';
import { UsageError } from './errors.ts';
import { newFolder, readKnown } from './fuzz-campaign.ts';
import { reporterFor } from './fuzz.ts';
import { type Io, writeLines } from './io.ts';

const DEFAULT_FOLDER = 'out/merged';

export interface MergeOptions {
  readonly out?: string;
  readonly known?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color: boolean;
}

/** `whitewater merge`: puts the shards of a campaign together; the exit code is that of the campaign as a whole. */
export function merge(args: readonly string[], options: MergeOptions, { io }: CommandContext): number {
  const known = readKnown(options.known, io);
  const tally = new FuzzTally((signature) => known.isKnown(signature));
  try {
    const shards = shardsIn(args.map((folder) => new ResultFolder(folder, io.cwd)));
    const out = newFolder(options.out, DEFAULT_FOLDER, io);
    mergeShards(shards, out, tally);
    return report(shards, out, tally, known.unused, options, io);
  } catch (error) {
    if (error instanceof FolderError) throw new UsageError(printable(error.message));
    if (!(error instanceof UnwrittenResults)) throw error;
    writeLines(io.stderr, [`whitewater: ${printable(error.message)}`]);
    return EXIT.cannotWrite;
  }
}

function report(
  { campaign, missing }: Shards,
  out: ResultFolder,
  tally: FuzzTally,
  unusedKnown: readonly string[],
  options: MergeOptions,
  io: Io,
): number {
  const exitCode = tally.exitCode();
  reporterFor(options, io, io).end?.({
    tally,
    ended: 'complete',
    planned: campaign.runs,
    work: null,
    folder: out.shown,
    marks: VOCABULARY.marks,
    missingShards: missing,
    unusedKnown,
    replay: (first) => replayCommand(campaign, out.shown, first),
    resume: null,
    exitCode,
  });
  return exitCode;
}
