import type { Verdict } from '../simulate/result.ts';

/** What the exit codes of the command line mean. */
export const EXIT = {
  pass: 0,
  violation: 1,
  badInput: 2,
  unmet: 3,
  notReproducible: 4,
  inconclusive: 5,
  defect: 70,
  cannotWrite: 74,
  interrupted: 130,
} as const;

/**
 * From worst to best: a broken simulator proves nothing about safety, results that are lost or missing may hide the
 * worst, and an unsafe run is worse than an incomplete one.
 */
const WORST_FIRST: readonly number[] = [
  EXIT.defect,
  EXIT.cannotWrite,
  EXIT.interrupted,
  EXIT.notReproducible,
  EXIT.violation,
  EXIT.unmet,
  EXIT.inconclusive,
  EXIT.pass,
];

export function exitCodeOf(verdict: Verdict): number {
  return EXIT[verdict];
}

/** The exit code of several runs: that of the worst; 0 of none. */
export function worstExitCode(codes: Iterable<number>): number {
  const found = new Set(codes);
  return WORST_FIRST.find((code) => found.has(code)) ?? EXIT.pass;
}
