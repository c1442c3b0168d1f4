import { suggestion } from '../load/load-files.ts';
import { VOCABULARY } from '../load/vocabulary.ts';
import { SIGNATURE_WORDS } from './signature.ts';

/** What a signature can begin with. */
const WORDS: readonly string[] = [...VOCABULARY.checks, ...SIGNATURE_WORDS];

/** A file of known signatures that cannot be read as one; the message names the line. */
export class KnownFileError extends Error {
  override readonly name = 'KnownFileError';
}

/**
 * The failures that are known: they are counted, and fail no campaign.
 *
 * A line of the file is a signature such as `I14-3f9a2c`, or what signatures begin with, such as `I14`, for all of them;
 * then, after a blank, anything. Empty lines and those that begin with `#` say nothing.
 */
export class KnownFailures {
  /** Signatures and beginnings of signatures, with whether a failure was one. */
  readonly #entries: Map<string, boolean>;

  private constructor(entries: readonly string[]) {
    this.#entries = new Map(entries.map((entry) => [entry, false]));
  }

  static readonly NONE = new KnownFailures([]);

  /**
   * @param shown what messages call the file
   * @throws KnownFileError if a line is not one of these
   */
  static parse(text: string, shown: string): KnownFailures {
    const entries = text
      .replace(/^\uFEFF/u, '')
      .split(/\r?\n/u)
      .flatMap((line, index) => {
        const [entry = ''] = line.trim().split(/\s/u, 1);
        if (entry === '' || entry.startsWith('#')) return [];
        const reason = whyNone(entry);
        if (reason !== null) throw new KnownFileError(`${shown}:${index + 1}: ${reason}`);
        return [entry];
      });
    return new KnownFailures(entries);
  }

  /** Whether a signature is known. The line that says so counts as used. */
  isKnown(signature: string): boolean {
    const matching = [signature, wordOf(signature)].filter((entry) => this.#entries.has(entry));
    for (const entry of matching) this.#entries.set(entry, true);
    return matching.length > 0;
  }

  /** Entries of the file that no failure was. */
  get unused(): readonly string[] {
    return [...this.#entries].filter(([, isUsed]) => !isUsed).map(([entry]) => entry);
  }
}

function whyNone(entry: string): string | null {
  if (!/^[A-Za-z]+\d*(?:-[0-9a-f]{6})?$/u.test(entry)) {
    return `expected a signature like I14-3f9a2c, or an id like I14, got ${JSON.stringify(entry)}`;
  }
  const word = wordOf(entry);
  if (WORDS.includes(word)) return null;
  const near = suggestion(word, WORDS) || `; docs/invariants.md lists the checks`;
  return `no signature begins with ${JSON.stringify(word)}${near}`;
}

/** `I14` of `I14-3f9a2c`. */
function wordOf(signature: string): string {
  return signature.split('-', 1)[0]!;
}
