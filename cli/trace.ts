import { EXIT } from '../runs/campaign/exit-code.ts';
import { drawOf } from '../runs/load/drawn-scenario.ts';
import type { Setting } from '../runs/load/load-files.ts';
import type { TracedRun } from '../runs/simulate/result.ts';
import { traceRun } from '../runs/simulate/simulate.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { traceLines } from '../reports/ndjson.ts';
import { traceText } from '../reports/text/trace.ts';
import type { CommandContext } from './context.ts';
import { InternalError, UsageError } from './errors.ts';
import { isCheckId, withoutChecks } from './except.ts';
import { DEFAULT_WIDTH, type Io, styleOf, yieldToEventLoop } from './io.ts';
import { loadOne, placeOf } from './scenarios.ts';
import { parseSeed } from './seeds.ts';
import { TraceFilter, type TraceFilterOptions } from './trace-filter.ts';

/** Lines written at once. */
const BATCH = 500;
const MIN_WIDTH = 60;

export interface TraceOptions extends TraceFilterOptions {
  readonly seed?: string;
  readonly set?: readonly Setting[];
  readonly json?: boolean;
  readonly width?: string;
  readonly color: boolean;
}

/** `whitewater trace`: one run, event by event. */
export async function trace(argument: string, options: TraceOptions, { io }: CommandContext): Promise<number> {
  const except = options.except ?? [];
  const filter = new TraceFilter({ ...options, except: except.filter((word) => !isCheckId(word)) });
  const width = options.width === undefined ? terminalWidth(io) : parseWidth(options.width);
  const seed = options.seed === undefined ? null : parseSeed(options.seed);
  const scenario = withoutChecks(loadOne(argument, io, options.set).scenario, except.filter(isCheckId));
  // A swarm has the nodes and clients that the seed draws.
  filter.checkNames(endpointsOf(drawOf(scenario, seed ?? scenario.seed)?.scenario ?? scenario));
  const run = traceScenario(scenario, seed ?? scenario.seed);
  const shows = filter.of(run);
  const lines =
    options.json === true
      ? traceLines(run, shows)
      : withNewlines(traceText(run, { width, shows, style: styleOf(io, options.color) }));
  await writeAll(lines, io);
  return EXIT.pass;
}

function traceScenario(scenario: Scenario, seed: string): TracedRun {
  try {
    return traceRun(scenario, seed);
  } catch (error) {
    throw new InternalError(`tracing ${placeOf(scenario)} with seed ${seed}`, error);
  }
}

function endpointsOf({ cluster, clients }: Scenario): string[] {
  return [...cluster.nodes, ...Array.from({ length: clients.count }, (_, index) => `c${String(index + 1)}`)];
}

/** Null for a pipe: it has no width, so nothing is wrapped. */
function terminalWidth({ stdout }: Io): number | null {
  return stdout.isTTY ? (stdout.columns ?? DEFAULT_WIDTH) : null;
}

function parseWidth(text: string): number {
  const width = Number(text);
  if (!/^\d{1,5}$/u.test(text) || width < MIN_WIDTH) {
    throw new UsageError(`--width: expected a number of columns from ${MIN_WIDTH}, got ${JSON.stringify(text)}`);
  }
  return width;
}

function* withNewlines(lines: Iterable<string>): Generator<string, void> {
  for (const line of lines) yield `${line}\n`;
}

/** Writes in batches, and stops once the output is closed. */
async function writeAll(lines: Iterable<string>, io: Io): Promise<void> {
  let batch: string[] = [];
  for (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    io.stdout.write(batch.join(''));
    batch = [];
    await yieldToEventLoop();
    if (io.stdout.isClosed) return;
  }
  if (batch.length > 0) io.stdout.write(batch.join(''));
}
