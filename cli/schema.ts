import { EXIT } from '../runs/campaign/exit-code.ts';
import { jsonSchema } from '../runs/load/load-files.ts';
import type { CommandContext } from './context.ts';

/** `whitewater schema`: the scenario language as JSON Schema. */
export function schema({ io }: CommandContext): number {
  io.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
  return EXIT.pass;
}
