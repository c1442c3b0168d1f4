import type { ScenarioTally } from '../../runs/campaign/tally.ts';
import { hanging } from './layout.ts';
import { grouped } from './quantities.ts';
import type { Style } from './style.ts';

/** In how many runs each fault of a scenario struck, a line each; empty without faults. */
export function strikesReport({ faultStrikes, runs }: ScenarioTally, style: Style, width: number): string[] {
  if (faultStrikes.length === 0) return [];
  const lines = faultStrikes.flatMap(({ kind, place, struckIn }) =>
    hanging('  ', `${kind} ${place} struck in ${grouped(struckIn)} of ${grouped(runs)} runs`, width),
  );
  return [style.strong('Faults'), ...lines];
}
