import { linesOf } from '../files/lines.ts';
import type { BatchRecord, BatchResults, DifferenceRecord, FailureRecord, ResultRecord } from './records.ts';

/** A batch that has been committed, and where the line after it begins, in bytes. */
export interface CommittedBatch extends BatchResults {
  readonly end: number;
}

/** A file of results that no interruption explains. */
export class DamagedResults extends Error {
  override readonly name = 'DamagedResults';
}

/** The lines that a batch adds to `results.ndjson`: its failing runs, and last its sums. */
export function linesOfBatch({ failures, difference, batch }: BatchResults): string {
  const records: ResultRecord[] = [...(difference === null ? [] : [difference]), ...failures, batch];
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

/**
 * The batches that a file of results holds. What follows the last line of a batch is left out: a run of Whitewater that was
 * killed has left it.
 *
 * @throws DamagedResults if a line in the middle is no result
 * @throws the error of the file system
 */
export function* committedBatches(path: string): Generator<CommittedBatch, void> {
  let failures: FailureRecord[] = [];
  let difference: DifferenceRecord | null = null;
  let torn: number | null = null;
  for (const { text, number, end, isWhole } of linesOf(path)) {
    // Only the last line can be torn.
    if (torn !== null) throw new DamagedResults(`line ${torn} is no result of a campaign`);
    const record = isWhole ? parseRecord(text) : null;
    if (record === null) torn = number;
    else if (record.type === 'failure') failures.push(record);
    else if (record.type === 'not-reproducible') difference = record;
    else {
      yield { failures, difference, batch: record, end };
      failures = [];
      difference = null;
    }
  }
}

/** @returns null if the text is no line of results */
function parseRecord(text: string): ResultRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  const record = value as ResultRecord;
  if (!Number.isSafeInteger(record.batch)) return null;
  if (record.type === 'batch') return isBatch(record) ? record : null;
  const isRun = Number.isSafeInteger(record.run) && typeof record.seed === 'string';
  if (record.type === 'failure') return isRun && typeof record.signature === 'string' ? record : null;
  return isRun && Array.isArray(record.hashes) ? record : null;
}

function isBatch({ runs, passed, failed, events, virtualMicros, marks, faults }: BatchRecord): boolean {
  const isObject = (item: unknown): boolean => typeof item === 'object' && item !== null;
  return [runs, passed, events, virtualMicros].every(Number.isFinite) && [failed, marks, faults].every(isObject);
}
