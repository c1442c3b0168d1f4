import { EXIT, exitCodeOf, worstExitCode } from '../campaign/exit-code.ts';
import {
  type BatchResults,
  type DifferenceRecord,
  FAILURE_KINDS,
  type FailureKind,
  type FailureRecord,
  type Seen,
} from './records.ts';
import { SeenCounts } from './seen-counts.ts';

/** Signatures that are listed one by one: more of them are only counted. */
const MAX_SIGNATURES = 1_000;

/** The runs that failed in the same way. */
export interface SignatureTotals {
  readonly signature: string;
  readonly kind: FailureKind;
  readonly runs: number;
  /** The one with the lowest number. */
  readonly first: FailureRecord;
  /** Whether failures of this kind were expected: they fail no campaign. */
  readonly isKnown: boolean;
}

/** Whether a signature is known; see `KnownFailures`. */
export type IsKnown = (signature: string) => boolean;

/**
 * What the runs of a campaign add up to. It takes the same room for a million runs as for a thousand, so that a campaign may
 * go on for days.
 */
export class FuzzTally {
  runs = 0;
  passed = 0;
  batches = 0;
  events = 0;
  virtualMicros = 0;
  /** Runs with a failure that is not known. */
  newFailures = 0;
  /** Runs of signatures that are too many to be listed. */
  unlisted = 0;
  /** Two runs of a seed that differ; null if none were found. */
  difference: DifferenceRecord | null = null;
  readonly failed: Record<FailureKind, number> = {
    violation: 0,
    unmet: 0,
    inconclusive: 0,
    hung: 0,
    died: 0,
    defect: 0,
  };
  readonly #isKnown: IsKnown;
  readonly #signatures = new Map<string, SignatureTotals>();
  readonly #marks = new SeenCounts();
  readonly #faults = new SeenCounts();
  readonly #newKinds = new Set<FailureKind>();

  constructor(isKnown: IsKnown = () => false) {
    this.#isKnown = isKnown;
  }

  /** By name: how often, and in how many runs. */
  get marks(): Readonly<Record<string, Seen>> {
    return this.#marks.all;
  }

  /** By kind: how many effects they had, and in how many runs. */
  get faults(): Readonly<Record<string, Seen>> {
    return this.#faults.all;
  }

  /** From the worst kind and the most runs to the least. */
  get signatures(): readonly SignatureTotals[] {
    const rank = ({ kind }: SignatureTotals): number => WORST_FIRST.indexOf(kind);
    return [...this.#signatures.values()].sort(
      (a, b) => rank(a) - rank(b) || b.runs - a.runs || a.first.run - b.first.run,
    );
  }

  /** Those that are not known. */
  get newSignatures(): readonly SignatureTotals[] {
    return this.signatures.filter(({ isKnown }) => !isKnown);
  }

  get knownSignatures(): readonly SignatureTotals[] {
    return this.signatures.filter(({ isKnown }) => isKnown);
  }

  /** Whether a failure of this signature would be the first that is listed. */
  isFirst(signature: string): boolean {
    return !this.#signatures.has(signature) && this.#signatures.size < MAX_SIGNATURES;
  }

  isKnown(signature: string): boolean {
    return this.#isKnown(signature);
  }

  /** Batches are added in their order. */
  add({ batch, failures, difference }: BatchResults): void {
    this.batches += 1;
    this.runs += batch.runs;
    this.passed += batch.passed;
    this.events += batch.events;
    this.virtualMicros += batch.virtualMicros;
    this.#marks.addAll(batch.marks);
    this.#faults.addAll(batch.faults);
    for (const kind of FAILURE_KINDS) this.failed[kind] += batch.failed[kind] ?? 0;
    for (const failure of failures) this.#addFailure(failure);
    this.difference ??= difference;
  }

  /** That of the worst failure that is not known. */
  exitCode(): number {
    const codes = [...this.#newKinds].map(exitCodeOfKind);
    return worstExitCode(this.difference === null ? codes : [...codes, EXIT.notReproducible]);
  }

  #addFailure(failure: FailureRecord): void {
    const { signature, kind } = failure;
    const isKnown = this.#isKnown(signature);
    if (!isKnown) {
      this.newFailures += 1;
      this.#newKinds.add(kind);
    }
    const before = this.#signatures.get(signature);
    if (before === undefined && this.#signatures.size >= MAX_SIGNATURES) {
      this.unlisted += 1;
      return;
    }
    const { runs, first } = before ?? { runs: 0, first: failure };
    this.#signatures.set(signature, { signature, kind, runs: runs + 1, first, isKnown });
  }
}

const WORST_FIRST: readonly FailureKind[] = ['defect', 'died', 'hung', 'violation', 'unmet', 'inconclusive'];

/** A run that hung or took its worker along says nothing about Raft: it is a defect of Whitewater, or of its limits. */
function exitCodeOfKind(kind: FailureKind): number {
  return kind === 'violation' || kind === 'unmet' || kind === 'inconclusive' ? exitCodeOf(kind) : EXIT.defect;
}
