import type { Comparison, Replay } from '../../runs/repro/replay.ts';
import type { RunResult } from '../../runs/simulate/result.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { explainRun } from './failure.ts';
import { padEnd, padStart, wrap } from './layout.ts';
import { passReport } from './pass.ts';
import { grouped } from './quantities.ts';
import type { Style } from './style.ts';
import { titleOf } from '../../scenarios/settings.ts';

/** `whitewater replay`: the run, and its comparison with the recorded result. */
export function replayReport(replay: Replay, style: Style, width: number): string[] {
  return [...runReport(replay.result, style, width), '', ...comparisonReport(replay, style, width)];
}

function runReport(result: RunResult, style: Style, width: number): string[] {
  if (result.verdict === 'pass') return passReport(result, style, width);
  const title = style.strong(titleOf(result.scenario, result.settings));
  const head = `${title}  seed ${printable(result.seed)}  ${style.bad(result.verdict)}`;
  return [head, '', ...explainRun(result, style, width - 2).map((line) => (line === '' ? '' : `  ${line}`))];
}

/** The comparison of a run with the recorded result. */
export function comparisonReport(replay: Replay, style: Style, width: number): string[] {
  const { result, comparison, difference } = replay;
  const lines: string[] = [];
  if (difference !== null) {
    lines.push(
      `${style.bad('✗')} ${style.strong('Not reproducible')}: two runs of seed ${printable(difference.seed)} differ`,
      `    first   ${difference.hashes[0]}`,
      `    second  ${difference.hashes[1]}`,
    );
  }
  if (comparison.kind === 'nothing-recorded') {
    const text = 'Nothing to compare with: the scenario is not a repro file, so it records no hash.';
    return [...lines, ...wrap(text, width)];
  }
  lines.push(...changedVersions(comparison, style, width));
  if (comparison.kind === 'reproduced') {
    return [...lines, `${style.good('✓')} ${style.strong('Reproduced')}: same verdict, same hash ${result.hash}`];
  }
  const { recorded } = comparison;
  const what =
    comparison.kind === 'other-run' ? 'The run differs from the recorded one' : 'The verdict on the same run differs';
  const then = [recorded.hash, recorded.events, verdictText(recorded.verdict, recorded.invariant)] as const;
  const now = [result.hash, result.events, verdictText(result.verdict, result.violation?.invariant ?? null)] as const;
  const eventWidth = Math.max(...[then, now].map(([, events]) => grouped(events).length));
  const row = (when: string, [hash, events, verdict]: readonly [string, number, string]) =>
    `    ${padEnd(when, 8)}  ${hash}  ${padStart(grouped(events), eventWidth)} events  ${verdict}`;
  return [
    ...lines,
    `${style.bad('✗')} ${style.strong(what)}`,
    row('recorded', then),
    row('present', now),
    ...wrap(reason(comparison), width - 4).map((line) => `    ${line}`),
    ...hint(replay).flatMap((text) => wrap(text, width - 4).map((line) => `    ${line}`)),
  ];
}

type Recorded = Exclude<Comparison, { readonly kind: 'nothing-recorded' }>;

/** What to do with a repro file whose failure no longer occurs. */
function hint({ result, comparison }: Replay): string[] {
  if (comparison.kind === 'nothing-recorded' || comparison.recorded.verdict === 'pass' || result.verdict !== 'pass')
    return [];
  return [
    'The failure did not occur again. If it is fixed, keep the file as a test: `whitewater run` ignores what is recorded in it.',
  ];
}

/** Says that another version made the file, whether or not it still reproduces. */
function changedVersions({ changed }: Recorded, style: Style, width: number): string[] {
  if (changed.length === 0) return [];
  const list = (of: 'recorded' | 'present') => changed.map((version) => `${version.name} ${version[of]}`).join(', ');
  return wrap(`Made by ${list('recorded')}; this is ${list('present')}.`, width).map(style.doubtful);
}

/** Why it differs, as far as the versions show. The runtime is no reason: every one must give the same hashes. */
function reason({ kind, changed, recorded }: Recorded): string {
  const what = kind === 'other-run' ? 'The engine' : 'The engine or the checks';
  if (changed.some(({ name }) => name !== 'runtime')) {
    return `${what} ${kind === 'other-run' ? 'has' : 'have'} changed since the file was made, so this version cannot reproduce it.`;
  }
  if (!('engine' in recorded.versions)) return 'The file does not record which engine made it.';
  return 'The same engine made the file, so either the file was edited or Whitewater is not deterministic.';
}

function verdictText(verdict: string, invariant: string | null): string {
  return invariant === null ? verdict : `${verdict} of ${invariant}`;
}
