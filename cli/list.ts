import { EXIT } from '../runs/campaign/exit-code.ts';
import { listLine, scenarioList } from '../reports/text/list.ts';
import { type Io, styleOf, widthOf, writeLines } from './io.ts';
import { loadAll, pathsOrDefault } from './scenarios.ts';

export interface ListOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

/** `whitewater list`: what scenarios there are. */
export function list(paths: readonly string[], { json = false, color }: ListOptions, io: Io): number {
  const programs = loadAll(pathsOrDefault(paths, io), io).map(({ program }) => program);
  if (json) for (const program of programs) io.stdout.write(listLine(program));
  else writeLines(io.stdout, scenarioList(programs, styleOf(io, color), widthOf(io)));
  return EXIT.pass;
}
