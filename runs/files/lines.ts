import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes that are read at a time. */
const CHUNK = 1 << 20;
const LINE_FEED = 10;

/** A line of a file. */
export interface Line {
  /** Without its line feed. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Where the next line begins, in bytes. */
  readonly end: number;
  /** Whether a line feed ends it: a write that was interrupted has left a line without. */
  readonly isWhole: boolean;
}

/**
 * The lines of a file, one after the other: the file may be larger than memory.
 *
 * @throws the error of the file system
 */
export function* linesOf(path: string): Generator<Line, void> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(CHUNK);
    let rest: Buffer[] = [];
    let end = 0;
    let number = 0;
    const line = (isWhole: boolean): Line => {
      const bytes = Buffer.concat(rest);
      rest = [];
      number += 1;
      end += bytes.length + (isWhole ? 1 : 0);
      return { text: bytes.toString('utf8'), number, end, isWhole };
    };
    for (;;) {
      const size = readSync(file, buffer);
      if (size === 0) break;
      let from = 0;
      for (let at = buffer.indexOf(LINE_FEED); at >= 0 && at < size; at = buffer.indexOf(LINE_FEED, from)) {
        rest.push(Buffer.from(buffer.subarray(from, at)));
        yield line(true);
        from = at + 1;
      }
      if (from < size) rest.push(Buffer.from(buffer.subarray(from, size)));
    }
    if (rest.length > 0) yield line(false);
  } finally {
    closeSync(file);
  }
}
