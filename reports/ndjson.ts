import type { ScenarioTally } from '../runs/campaign/tally.ts';
import type { Replay } from '../runs/repro/replay.ts';
import type { RunResult, Summary, TracedRun, ViolationReport } from '../runs/simulate/result.ts';

/** One run as a line of JSON. `wallMillis`, at the end, is the only field that differs between two runs of a seed. */
export function runLine(result: RunResult, repro: string | null): string {
  return line(runFields(result, repro));
}

/** A replay: the run, and what it has in common with what was recorded. */
export function replayLine({ result, comparison, difference }: Replay): string {
  const fields = runFields(result, result.file);
  return line({ ...fields, comparison: { ...comparison, hashesOfTwoRuns: difference?.hashes ?? null } });
}

function runFields(result: RunResult, repro: string | null) {
  const { scenario, seed, verdict, violation, unmet, hash, events, virtualMicros, messages } = result;
  const { elections, leaderChanges, maxTerm, committed, ops, marks, faults, file, limit, wallMillis } = result;
  return {
    scenario,
    seed,
    verdict,
    violation: violation === null ? null : violationFields(violation),
    unmet,
    hash,
    events,
    virtualMicros,
    messages,
    elections,
    leaderChanges,
    maxTerm,
    committed,
    ops,
    marks,
    faults,
    limit,
    file,
    repro,
    wallMillis: Math.round(wallMillis * 1_000) / 1_000,
  };
}

function violationFields(violation: ViolationReport) {
  const { invariant, section, at, event, summary, ...more } = violation;
  return { invariant, section, at, event, summary, ...more };
}

/** What is wrong with a scenario's runs taken together; no line at all if nothing is. */
export function problemLines({ scenario, file, difference, untested }: ScenarioTally): string[] {
  const lines: string[] = [];
  if (difference !== null) {
    const { seed, hashes } = difference;
    lines.push(line({ problem: { kind: 'not-reproducible', scenario, seed, hashes, file } }));
  }
  for (const text of untested) lines.push(line({ problem: { kind: 'untested', scenario, text, file } }));
  return lines;
}

/** The last line. */
export function summaryLine({ wallMillis, ...summary }: Summary): string {
  return line({ summary: { ...summary, wallMillis: Math.round(wallMillis) } });
}

/** The observations of a run, one a line, with names for places. */
export function* observationLines({ observations, endpoints }: TracedRun): Generator<string, void> {
  for (const { at, event, cause, kind, node, peer, text, fields } of observations) {
    yield line({ at, event, cause, kind, node: endpoints[node] ?? null, peer: endpoints[peer] ?? null, text, fields });
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
