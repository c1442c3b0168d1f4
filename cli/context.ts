import type { Runner } from '../runs/campaign/campaign.ts';
import type { Io } from './io.ts';

/** What every command receives besides its arguments. */
export interface CommandContext {
  readonly io: Io;
  /** Takes the place of the simulator, in tests; null: the simulator. */
  readonly runner: Runner | null;
}
