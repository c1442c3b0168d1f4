import type { Comparison, Replay } from '../../runs/repro/replay.ts';
import { padEnd, padStart, printable, wrap } from './layout.ts';
import { grouped } from './quantities.ts';
import type { Style } from './style.ts';

/** What a replay has in common with what was recorded. */
export function comparisonReport(replay: Replay, style: Style, width: number): string[] {
  const { result, comparison, difference } = replay;
  const lines: string[] = [];
  if (difference !== null) {
    lines.push(
      `${style.bad('✗')} ${style.strong('Not reproducible')}: two runs of seed ${printable(difference.seed)} just now differ`,
      `    first   ${difference.hashes[0]}`,
      `    second  ${difference.hashes[1]}`,
    );
  }
  if (comparison.kind === 'nothing-recorded') {
    const text = 'Nothing to compare with: this scenario is no repro file, so no hash is recorded in it.';
    return [...lines, ...wrap(text, width)];
  }
  lines.push(...changedVersions(comparison, style, width));
  if (comparison.kind === 'reproduced') {
    return [...lines, `${style.good('✓')} ${style.strong('Reproduced')}: same verdict, same hash ${result.hash}`];
  }
  const { recorded } = comparison;
  const what =
    comparison.kind === 'other-run' ? 'Another run than the recorded one' : 'Another verdict on the same run';
  const then = [recorded.hash, recorded.events, said(recorded.verdict, recorded.invariant)] as const;
  const now = [result.hash, result.events, said(result.verdict, result.violation?.invariant ?? null)] as const;
  const eventWidth = Math.max(...[then, now].map(([, events]) => grouped(events).length));
  const row = (when: string, [hash, events, verdict]: readonly [string, number, string]) =>
    `    ${padEnd(when, 8)}  ${hash}  ${padStart(grouped(events), eventWidth)} events  ${verdict}`;
  return [
    ...lines,
    `${style.bad('✗')} ${style.strong(what)}`,
    row('recorded', then),
    row('now', now),
    ...wrap(blame(comparison), width - 4).map((line) => `    ${line}`),
    ...hint(replay).flatMap((text) => wrap(text, width - 4).map((line) => `    ${line}`)),
  ];
}

type Recorded = Exclude<Comparison, { readonly kind: 'nothing-recorded' }>;

/** What to do with a repro whose failure is gone. */
function hint({ result, comparison }: Replay): string[] {
  if (comparison.kind === 'nothing-recorded' || comparison.recorded.verdict === 'pass' || result.verdict !== 'pass')
    return [];
  return [
    'The failure did not come again. If that is the work of a fix, `whitewater run` on this file keeps it as a test: there, what is recorded does not count.',
  ];
}

/** Says that the file is from another version, whatever came of it. */
function changedVersions({ changed }: Recorded, style: Style, width: number): string[] {
  if (changed.length === 0) return [];
  const list = (of: 'recorded' | 'present') => changed.map((version) => `${version.name} ${version[of]}`).join(', ');
  return wrap(`Made by ${list('recorded')}; this is ${list('present')}.`, width).map(style.doubtful);
}

/** Why it differs, as far as the versions tell. The runtime is no excuse: every one must give the same hashes. */
function blame({ kind, changed, recorded }: Recorded): string {
  const what = kind === 'other-run' ? 'The engine' : 'The engine, or what the checks say,';
  if (changed.some(({ name }) => name !== 'runtime')) {
    return `${what} has changed since the file was made, so the recorded run cannot be shown again by this version.`;
  }
  if (!('engine' in recorded.versions)) return 'The file does not say which engine made it.';
  return 'The engine is the one that made the file: either the file was edited, or Whitewater is not deterministic.';
}

function said(verdict: string, invariant: string | null): string {
  return invariant === null ? verdict : `${verdict} of ${invariant}`;
}
