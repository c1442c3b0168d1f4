import type { RecordedUnmet, Repro, Scenario, Step } from '../../scenarios/scenario.ts';
import { EXIT, exitCodeOf } from '../campaign/exit-code.ts';
import { compareRuns, type Difference } from '../campaign/compare-runs.ts';
import type { Runner } from '../campaign/campaign.ts';
import type { RunResult, Unmet } from '../simulate/result.ts';
import { simulate } from '../simulate/simulate.ts';
import { presentVersions } from './versions.ts';

/** A version that differs from the one that made a repro file. */
export interface ChangedVersion {
  readonly name: string;
  readonly recorded: string;
  readonly present: string;
}

/** How a recorded run compares with the same run by this version. */
export type Comparison =
  /** The scenario is no repro file. */
  | { readonly kind: 'nothing-recorded' }
  | { readonly kind: 'reproduced'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] }
  /** The same events with another verdict. */
  | { readonly kind: 'other-verdict'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] }
  /** Other events. */
  | { readonly kind: 'other-run'; readonly recorded: Repro; readonly changed: readonly ChangedVersion[] };

export interface Replay {
  readonly result: RunResult;
  readonly comparison: Comparison;
  /** Two runs by this version that differ. */
  readonly difference: Difference | null;
  /** That of the verdict if the run reproduces or nothing was recorded; otherwise `notReproducible`. */
  readonly exitCode: number;
}

/** Runs a scenario with its own seed, twice, and compares what happens with what its `repro` records. */
export function replay(
  scenario: Scenario,
  run: Runner = simulate,
  present: () => Readonly<Record<string, string>> = presentVersions,
): Replay {
  const asRecorded = withRecordedStrikes(scenario);
  const result = run(asRecorded, scenario.seed);
  const again = run(asRecorded, scenario.seed);
  const difference = compareRuns(result, again);
  const comparison = compare(scenario.repro, result, present);
  const isSame = comparison.kind === 'nothing-recorded' || comparison.kind === 'reproduced';
  const exitCode = difference === null && isSame ? exitCodeOf(result.verdict) : EXIT.notReproducible;
  return { result, comparison, difference, exitCode };
}

/** The scenario with `must: strike` on the steps whose faults did not strike in the recorded run: that made it unmet. */
function withRecordedStrikes(scenario: Scenario): Scenario {
  const paths = (scenario.repro?.unmet ?? []).flatMap(({ kind, path }) =>
    kind === 'fault' && path !== null ? [path] : [],
  );
  if (paths.length === 0) return scenario;
  const marked = (steps: readonly Step[]): readonly Step[] =>
    steps.map((step) => {
      const { action } = step;
      const inner = {
        ...('do' in action ? { do: marked(action.do) } : {}),
        ...('else' in action ? { else: marked(action.else) } : {}),
      };
      return { ...step, mustStrike: step.mustStrike || paths.includes(step.path), action: { ...action, ...inner } };
    });
  return { ...scenario, script: marked(scenario.script), timeline: marked(scenario.timeline) };
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
    recorded.verdict === result.verdict &&
    recorded.invariant === (result.violation?.invariant ?? null) &&
    isSameUnmet(recorded.unmet, result.unmet);
  return { kind: isSameVerdict ? 'reproduced' : 'other-verdict', recorded, changed };
}

/** Whether the same was not met, as far as the file records it. Texts do not count: another version may word them otherwise. */
function isSameUnmet(recorded: readonly RecordedUnmet[], found: readonly Unmet[]): boolean {
  return recorded.every(({ kind, id, path }) =>
    found.some((unmet) => unmet.kind === kind && (unmet.id ?? null) === id && (unmet.path ?? null) === path),
  );
}

function changedVersions(
  recorded: Readonly<Record<string, string>>,
  present: Readonly<Record<string, string>>,
): ChangedVersion[] {
  return Object.entries(recorded)
    .map(([name, version]) => ({ name, recorded: version, present: present[name] ?? 'unknown' }))
    .filter((version) => version.recorded !== version.present);
}
