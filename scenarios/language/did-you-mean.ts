/**
 * The Damerau–Levenshtein distance (optimal string alignment): insertions, deletions, substitutions and swaps of
 * neighbours that turn one word into the other.
 */
export function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** Words of other tools, and what the language calls the same thing. */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kill', ['crash']],
  ['die', ['crash']],
  ['stop', ['crash', 'pause']],
  ['shutdown', ['crash']],
  ['poweroff', ['crash']],
  ['hang', ['pause']],
  ['lose', ['drop', 'loss']],
  ['loop', ['repeat']],
  ['foreach', ['each']],
  ['when', ['on', 'if']],
  ['type', ['types']],
  ['messages', ['types']],
  ['start', ['restart']],
  ['boot', ['restart']],
  ['sleep', ['wait']],
  ['delay', ['wait', 'latency']],
  ['split', ['partition']],
  ['disconnect', ['isolate', 'cut']],
  ['reconnect', ['heal']],
  ['unpartition', ['heal']],
  ['drop', ['loss']],
  ['dropped', ['drop']],
  ['put', ['write']],
  ['set', ['write']],
  ['get', ['read']],
  ['write', ['put']],
  ['read', ['get']],
  ['compareandswap', ['cas']],
  ['freeze', ['pause']],
  ['suspend', ['pause']],
  ['unpause', ['resume']],
  ['assert', ['expect']],
  ['waitfor', ['until']],
  ['waituntil', ['until']],
  ['timelimit', ['limits', 'time']],
  ['description', ['about']],
  ['servers', ['nodes']],
  ['node', ['nodes', 'on', 'of']],
  ['nodes', ['node', 'on', 'of']],
  ['steps', ['script', 'do']],
  ['then', ['do']],
  ['otherwise', ['else']],
  ['probability', ['maybe']],
  ['server', ['node']],
  ['bug', ['mutant']],
  ['old', ['expected']],
  ['from', ['expected', 'peer', 'links']],
  ['to', ['links']],
  ['times', ['count']],
  ['copies', ['count']],
  ['timeout', ['within']],
  ['deadline', ['within']],
  ['hasleader', ['leaders']],
  ['elected', ['leaders']],
  ['marks', ['mark']],
  ['status', ['outcome']],
  ['outcome', ['status']],
  ['result', ['outcome', 'status']],
  ['client', ['node', 'by']],
  ['clients', ['by']],
  ['history', ['operations', 'reads']],
  ['ops', ['operations', 'op']],
  ['succeeded', ['ok']],
  ['failed', ['fail']],
  ['timedout', ['unknown']],
  ['lost', ['unknown']],
  ['speed', ['drift']],
  ['everything', ['all']],
  ['everyone', ['all']],
  ['clear', ['reset']],
  ['skew', ['drift', 'offset']],
  ['voters', ['nodes']],
  ['observers', ['learners']],
  ['nonvoters', ['learners']],
  ['leasereads', ['reads']],
  ['pipelining', ['maxInflight']],
  ['compact', ['snapshot']],
  ['compaction', ['snapshot']],
  ['handover', ['transfer']],
  ['transferleadership', ['transfer']],
  ['join', ['add']],
  ['leave', ['remove']],
  ['finalize', ['leaveJoint']],
  ['forever', ['always']],
  ['without', ['except']],
]);

/** Those of the words of other tools that mean one thing only, in any place where that word is valid. */
const UNMISTAKABLE: ReadonlySet<string> = new Set([
  ...['kill', 'shutdown', 'poweroff', 'freeze', 'suspend', 'unpause', 'sleep', 'unpartition', 'foreach'],
  ...['put', 'get', 'write', 'read', 'compareandswap', 'waitfor', 'waituntil', 'description', 'servers', 'server'],
  ...['compaction', 'transferleadership', 'everyone'],
]);

/** More valid words are not listed. */
const MOST_LISTED = 24;

/** Words longer than this are not compared: nothing in the language is so long. */
const LONGEST = 48;

/** The valid word that was probably meant, or null. Case, blanks, dashes and underscores do not count. */
export function didYouMean(word: string, valid: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const bare = plain(word);
  if (bare === '') return null;
  const synonym = SYNONYMS.get(bare)?.find((one) => valid.includes(one));
  if (synonym !== undefined) return synonym;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of valid) {
    const far = distance(bare, plain(candidate));
    // `n7` is no misspelling of `n1`.
    if (far > 0 && undigited(bare) === undigited(plain(candidate))) continue;
    if (far < bestDistance) [best, bestDistance] = [candidate, far];
  }
  // Nearness is not enough for short words: "on" is near to "n1", and meant nothing of the kind.
  if (best !== null && bestDistance <= Math.floor((Math.min(bare.length, best.length) + 1) / 3)) return best;
  return null;
}

/**
 * The valid word that is the same but for case, blanks, dashes and underscores, or that another tool's word can only mean.
 * Null if there is none, or there are several.
 */
export function sameWord(word: string, valid: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const bare = plain(word);
  const same = valid.filter((one) => plain(one) === bare);
  if (same.length > 0) return same.length === 1 ? same[0]! : null;
  return UNMISTAKABLE.has(bare) ? didYouMean(word, valid) : null;
}

/** `; did you mean "timeout"?`, or a list of what is valid if it is short, or nothing. */
export function suggestion(word: string, valid: readonly string[]): string {
  const near = didYouMean(word, valid);
  if (near !== null) return `; did you mean "${near}"?`;
  return valid.length > 0 && valid.length <= MOST_LISTED ? `; expected ${oneOf(valid)}` : '';
}

/** `a`, `a or b`, `one of a, b, c`. */
export function oneOf(words: readonly string[]): string {
  return words.length <= 2 ? words.join(' or ') : `one of ${words.join(', ')}`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[\s_-]/gu, '');
}

function undigited(word: string): string {
  return word.replace(/\d+/gu, '');
}
