import { EXIT } from '../runs/campaign/exit-code.ts';
import type { TracedRun } from '../runs/simulate/result.ts';
import { traceRun } from '../runs/simulate/simulate.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { observationLines } from '../reports/ndjson.ts';
import { traceText } from '../reports/text/trace.ts';
import { yieldToEventLoop, type Io, styleOf } from './io.ts';
import { loadOne } from './scenarios.ts';
import { oneSeed } from './seeds.ts';
import { TraceFilter, type TraceFilterOptions } from './trace-filter.ts';
import { InternalError, UsageError } from './errors.ts';

/** Lines written at once. */
const BATCH = 500;

export interface TraceOptions extends TraceFilterOptions {
  readonly seed?: string;
  readonly json?: boolean;
  readonly width?: string;
  readonly color: boolean;
}

/** `whitewater trace`: one run, observation by observation. */
export async function trace(file: string, options: TraceOptions, io: Io): Promise<number> {
  const filter = new TraceFilter(options);
  const width = options.width === undefined ? terminalWidth(io) : widthAskedFor(options.width);
  const seed = options.seed === undefined ? null : oneSeed(options.seed);
  const { program } = loadOne(file, io);
  filter.checkNames(endpointsOf(program));
  const run = traced(program, seed ?? program.seed);
  const shows = filter.of(run);
  const lines =
    options.json === true
      ? observationLines({ ...run, observations: run.observations.filter(shows) })
      : withNewlines(traceText(run, { width, shows, style: styleOf(io, options.color) }));
  await writeAll(lines, io);
  return EXIT.pass;
}

function traced(program: Scenario, seed: string): TracedRun {
  try {
    return traceRun(program, seed);
  } catch (error) {
    throw new InternalError(`tracing ${program.file ?? program.name} with seed ${seed}`, error);
  }
}

function endpointsOf({ cluster, clients }: Scenario): string[] {
  return [...cluster.nodes, ...Array.from({ length: clients.count }, (_, index) => `c${String(index + 1)}`)];
}

/** A pipe has no width: nothing is wrapped for it. */
function terminalWidth({ stdout }: Io): number | null {
  return stdout.isTTY ? (stdout.columns ?? 80) : null;
}

function widthAskedFor(text: string): number {
  const width = Number(text);
  if (!/^\d{1,5}$/u.test(text) || width < 60) {
    throw new UsageError(`--width: expected a number of columns from 60, got ${JSON.stringify(text)}`);
  }
  return width;
}

function* withNewlines(lines: Iterable<string>): Generator<string, void> {
  for (const line of lines) yield `${line}\n`;
}

/** Writes in batches, and stops when nobody reads any more. */
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
