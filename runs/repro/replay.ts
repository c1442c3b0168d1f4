import type { Scenario, Repro } from '../../scenarios/scenario.ts';
import { EXIT, exitCodeOf } from '../campaign/exit-code.ts';
import type { Difference } from '../campaign/tally.ts';
import type { Runner } from '../campaign/campaign.ts';
import type { RunResult } from '../simulate/result.ts';
import { simulate } from '../simulate/simulate.ts';
import { presentVersions } from './versions.ts';

/** A version that has changed since a repro file was made. */
export interface ChangedVersion {
  readonly name: string;
  readonly recorded: string;
  readonly present: string;
}

/** What a recorded run and the same run of today have in common. */
export type Comparison =
  /** The scenario is no repro file. */
  | { readonly kind: 'nothing-recorded' }
  | { readonly kind: 'reproduced'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] }
  /** The same events, judged otherwise. */
  | { readonly kind: 'other-verdict'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] }
  | { readonly kind: 'other-run'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] };

export interface Replay {
  readonly result: RunResult;
  readonly comparison: Comparison;
  /** The run of today, twice, gave two different things. */
  readonly difference: Difference | null;
  /** Of a run that reproduces, or has nothing to be compared with: that of its verdict. */
  readonly exitCode: number;
}

/** Runs a scenario with its own seed and compares what happens with what its `repro` promises. */
export function replay(
  program: Scenario,
  run: Runner = simulate,
  present: () => Readonly<Record<string, string>> = presentVersions,
): Replay {
  const result = run(program, program.seed);
  const again = run(program, program.seed);
  const difference: Difference | null =
    result.hash === again.hash ? null : { seed: program.seed, hashes: [result.hash, again.hash] };
  const comparison = compare(program.repro, result, present);
  const isSame = comparison.kind === 'nothing-recorded' || comparison.kind === 'reproduced';
  const exitCode = difference === null && isSame ? exitCodeOf(result.verdict) : EXIT.notReproducible;
  return { result, comparison, difference, exitCode };
}

function compare(
  recorded: Repro | null,
  result: RunResult,
  present: () => Readonly<Record<string, string>>,
): Comparison {
  if (recorded === null) return { kind: 'nothing-recorded' };
  const changed = changedVersions(recorded.versions, present());
  if (recorded.hash !== result.hash || recorded.events !== result.events) {
    return { kind: 'other-run', recorded, changed };
  }
  const isSameVerdict =
    recorded.verdict === result.verdict && recorded.invariant === (result.violation?.invariant ?? null);
  return { kind: isSameVerdict ? 'reproduced' : 'other-verdict', recorded, changed };
}

function changedVersions(
  recorded: Readonly<Record<string, string>>,
  present: Readonly<Record<string, string>>,
): ChangedVersion[] {
  return Object.entries(recorded)
    .map(([name, version]) => ({ name, recorded: version, present: present[name] ?? 'unknown' }))
    .filter((version) => version.recorded !== version.present);
}
