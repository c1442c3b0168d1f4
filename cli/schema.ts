import { EXIT } from '../runs/campaign/exit-code.ts';
import { jsonSchema } from '../runs/load/load-files.ts';
import type { Io } from './io.ts';

/** `whitewater schema`: the scenario language as JSON Schema. */
export function schema(io: Io): number {
  io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return EXIT.pass;
}
