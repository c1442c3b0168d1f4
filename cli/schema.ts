import { EXIT } from '../runs/campaign-exit.ts';
import { jsonSchema } from '../runs/library.ts';
import type { Io } from './io.ts';

/** `whitewater schema`: the scenario language as JSON Schema. */
export function schema(io: Io): number {
  io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return EXIT.pass;
}
