import type { KnownBug } from '../runs/load/known-bugs.ts';
import type { Hunt } from '../runs/fuzz/mutant-hunt.ts';
import { jsonLine } from './json-line.ts';

/** A known bug that was looked for. */
export interface FinishedHunt {
  readonly mutant: KnownBug;
  /** The scenarios, as they were named. */
  readonly using: string;
  readonly hunt: Hunt;
}

/** All hunts of an invocation. */
export interface EndedHunts {
  readonly hunts: readonly FinishedHunt[];
  /** Hunts that were requested; more than there are if the invocation was interrupted. */
  readonly planned: number;
  readonly wallMillis: number;
  readonly jobs: number;
  readonly exitCode: number;
}

/** How a hunt ended: the bug was caught as what it is known to break, or as something else, or not at all. */
export type HuntOutcome = 'caught' | 'caught-otherwise' | 'not-caught' | 'not-asked';

export function outcomeOfHunt({ kill, wasAsked }: Hunt): HuntOutcome {
  if (kill !== null) return kill.expected ? 'caught' : 'caught-otherwise';
  return wasAsked ? 'not-caught' : 'not-asked';
}

/** `whitewater mutants list --json`: a known bug. */
export function knownBugLine({ id, area, statement, violates }: KnownBug): string {
  return jsonLine('known-bug', { id, area, statement, violates });
}

/** `whitewater mutants run --json`: what came of looking for a known bug. */
export function huntLine({ mutant, using, hunt }: FinishedHunt): string {
  const { kill, runs, events } = hunt;
  const { invariant = null, scenario = null, seed = null } = kill ?? {};
  const outcome = outcomeOfHunt(hunt);
  return jsonLine('hunt', { id: mutant.id, with: using, outcome, caughtBy: invariant, scenario, seed, runs, events });
}

/** `whitewater mutants run --json`: the last line. */
export function huntSummaryLine({ hunts, planned, jobs, exitCode, wallMillis }: EndedHunts): string {
  const count = (wanted: HuntOutcome) => hunts.filter(({ hunt }) => outcomeOfHunt(hunt) === wanted).length;
  const counts = {
    caught: count('caught'),
    caughtOtherwise: count('caught-otherwise'),
    notCaught: count('not-caught'),
    notAsked: count('not-asked'),
  };
  return jsonLine('hunt-summary', { planned, ...counts, exitCode, jobs, wallMillis: Math.round(wallMillis) });
}
