import { replay as replayRun, type Replay } from '../runs/repro/replay.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { replayLine } from '../reports/ndjson.ts';
import { comparisonReport, replayReport } from '../reports/text/replay.ts';
import type { CommandContext } from './context.ts';
import { InternalError } from './errors.ts';
import { withoutChecks } from './except.ts';
import { styleOf, widthOf, writeLines } from './io.ts';
import { loadOne, placeOf } from './scenarios.ts';

export interface ReplayOptions {
  readonly json?: boolean;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly except?: readonly string[];
}

/** `whitewater replay`: runs a repro file and compares the run with what the file records. */
export function replay(argument: string, options: ReplayOptions, context: CommandContext): number {
  const { io } = context;
  const scenario = withoutChecks(loadOne(argument, io).scenario, options.except ?? []);
  const replayed = replayScenario(scenario, context);
  if (options.json === true) {
    io.stdout.write(replayLine(replayed));
    return replayed.exitCode;
  }
  const report = options.quiet === true ? comparisonReport : replayReport;
  writeLines(io.stdout, report(replayed, styleOf(io, options.color), widthOf(io)));
  return replayed.exitCode;
}

function replayScenario(scenario: Scenario, { runner }: CommandContext): Replay {
  try {
    return replayRun(scenario, runner ?? undefined);
  } catch (error) {
    throw new InternalError(`replaying ${placeOf(scenario)} with seed ${scenario.seed}`, error);
  }
}
