import type { Gap } from '../runs/campaign/gaps.ts';
import type { ScenarioTally } from '../runs/campaign/tally.ts';
import { grouped } from './text/quantities.ts';

/** What no run has shown, as a sentence: `cut script[3] (line 9) struck in none of 50 runs`. */
export function describeGap({ kind, what, place }: Gap, { runs, last }: Pick<ScenarioTally, 'runs' | 'last'>): string {
  const isOne = runs === 1;
  const one = `the one run, with seed ${last?.seed ?? ''}; try more seeds: --seeds 20`;
  const never = (verb: string, not: string): string =>
    isOne ? `${not} in ${one}` : `${verb} in none of ${grouped(runs)} runs`;
  const all = isOne ? one : `all ${grouped(runs)} runs`;
  switch (kind) {
    case 'untested':
      return `${what} ${place} ${never('struck', 'did not strike')}`;
    case 'idle':
      return `${what} ${place} had nothing to do in ${all}`;
    case 'load':
      return `none of the ${grouped(Number(what))} operations of the clients succeeded in ${all}`;
    case 'unreached':
      return `${what} ${place} ${never('was reached', 'was not reached')}`;
    case 'any-seed':
      return `expected with some seed ${what}: ${never('seen', 'not seen')}`;
  }
}
