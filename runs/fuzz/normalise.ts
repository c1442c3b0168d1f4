/** Nodes and clients that have no name of their own, such as `n1`, `s2` and `c12`. */
const USUAL_NAME = /^[a-z]\d+$/u;

/** A name in a sentence. `a` stands for the article too: a scenario may have a node of that name. */
const NAME = 'NODE';

/** Names that stand together, such as `n1, n2 and n5`, are one. */
const NAMES = new RegExp(String.raw`\b${NAME}(?:(?:,? and|,? or|,)? ${NAME}\b)+`, 'gu');

/**
 * A sentence about a run without what differs from run to run: names of nodes and clients, numbers, spans of time, texts
 * in quotes or braces, and hashes become placeholders, so that the same thing said of two runs is the same text.
 *
 * @param names those of the scenario's nodes
 *
 * @example
 * ```ts
 * normalise('n3 replied to "get x" after 12.5 ms', ['n1', 'n2', 'n3']); // 'NODE replied to TEXT after TIME'
 * ```
 */
export function normalise(sentence: string, names: readonly string[]): string {
  const own = new Set(names);
  const isName = (word: string): boolean => word === 'a' || own.has(word) || USUAL_NAME.test(word);
  return sentence
    .replace(/"[^"]*"/gu, 'TEXT')
    .replace(/\{[^{}]*\}/gu, 'TEXT')
    .replace(/\b\d+(?:\.\d+)? ?(?:ns|µs|us|ms|s|min|m|h)\b/gu, 'TIME')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gu, 'HASH')
    .replace(/[\w-]+/gu, (word) => (isName(word) ? NAME : word))
    .replace(/\bonce\b|\b\d+ times?\b/gu, 'N times')
    .replace(/[+-]?\d+(?:\.\d+)?(?:\.\.\d+)?/gu, 'N')
    .replace(/\bno node\b/gu, NAME)
    .replace(NAMES, NAME)
    .replace(/\s+/gu, ' ')
    .trim();
}
