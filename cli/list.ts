import { EXIT } from '../runs/campaign/exit-code.ts';
import { listLine } from '../reports/ndjson.ts';
import { scenarioList } from '../reports/text/list.ts';
import type { CommandContext } from './context.ts';
import { styleOf, widthOf, writeLines } from './io.ts';
import { loadAll, noteDefault } from './scenarios.ts';

export interface ListOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

/** `whitewater list`: scenarios by topic. */
export function list(args: readonly string[], { json = false, color }: ListOptions, { io }: CommandContext): number {
  const { scenarios } = loadAll(args, io);
  noteDefault(args, io);
  if (json) for (const scenario of scenarios) io.stdout.write(listLine(scenario));
  else writeLines(io.stdout, scenarioList(scenarios, styleOf(io, color), widthOf(io)));
  return EXIT.pass;
}
