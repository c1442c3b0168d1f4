import { findBundled } from '../runs/load/find-scenarios.ts';

/** The bundled scenario that bugs are hunted with where none is named. */
const NAME = 'swarm';

/** Its name; null if it is not bundled. */
export function usualScenario(): string | null {
  return typeof findBundled(NAME) === 'string' ? null : NAME;
}
