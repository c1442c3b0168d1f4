import { replay as replayRun, type Replay } from '../runs/repro/replay.ts';
import type { Runner } from '../runs/campaign/campaign.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { explainRun } from '../reports/text/failure.ts';
import { printable } from '../reports/text/layout.ts';
import { replayLine } from '../reports/ndjson.ts';
import { passReport } from '../reports/text/pass.ts';
import { comparisonReport } from '../reports/text/replay.ts';
import { type Io, styleOf, widthOf, writeLines } from './io.ts';
import { loadOne } from './scenarios.ts';
import { InternalError } from './errors.ts';

export interface ReplayOptions {
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
}

/** `whitewater replay`: runs a repro file and says whether it still gives what is recorded in it. */
export function replay(file: string, options: ReplayOptions, io: Io, runner?: Runner): number {
  const { program } = loadOne(file, io);
  const replayed = replayOnce(program, runner);
  if (options.json === true) io.stdout.write(replayLine(replayed));
  else print(replayed, options, io);
  return replayed.exitCode;
}

function replayOnce(program: Scenario, runner?: Runner): Replay {
  try {
    return replayRun(program, runner);
  } catch (error) {
    throw new InternalError(`replaying ${program.file ?? program.name} with seed ${program.seed}`, error);
  }
}

function print(replayed: Replay, { color, quiet = false }: ReplayOptions, io: Io): void {
  const [style, width] = [styleOf(io, color), widthOf(io)];
  const { result } = replayed;
  if (!quiet) {
    if (result.verdict === 'pass') writeLines(io.stdout, [...passReport(result, style, width), '']);
    else {
      const head = `${style.strong(result.scenario)}  seed ${printable(result.seed)}  ${style.bad(result.verdict)}`;
      const body = explainRun(result, style, width - 2).map((line) => (line === '' ? '' : `  ${line}`));
      writeLines(io.stdout, [head, '', ...body, '']);
    }
  }
  writeLines(io.stdout, comparisonReport(replayed, style, width));
}
