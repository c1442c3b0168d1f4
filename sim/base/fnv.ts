/** The state of FNV-1a before the first character. */
export const FNV_START = 0x811c9dc5 | 0;

const PRIME = 0x01000193;

/** Texts of at least so many characters are looked at for a long run of one character at their end. */
const LONG = 4_096;

/** Characters of the run that are compared at once. */
const CHUNK = 1_024;

/** Continues the FNV-1a hash of a text, character by character. An int32. */
export function fnv(state: number, text: string): number {
  const end = text.length < LONG ? text.length : startOfRun(text);
  for (let i = 0; i < end; i++) state = Math.imul(state ^ text.charCodeAt(i), PRIME);
  return end === text.length ? state : fnvRun(state, text.charCodeAt(end), text.length - end);
}

/**
 * The same for a run of one character, of a code below 256: the lowest byte of the state goes round in a cycle of its own,
 * and over one cycle the whole state x becomes a·x + b. So it costs one cycle and the logarithm of their number.
 */
export function fnvRun(state: number, code: number, count: number): number {
  let [a, b] = [1, 0];
  let low = state & 255;
  let length = 0;
  do {
    const change = (low ^ code) - low;
    a = Math.imul(a, PRIME);
    b = Math.imul(b + change, PRIME);
    low = Math.imul(low ^ code, PRIME) & 255;
    length++;
  } while (low !== (state & 255));
  let cycles = Math.floor(count / length);
  const rest = count - cycles * length;
  while (cycles > 0) {
    if (cycles % 2 === 1) state = (Math.imul(a, state) + b) | 0;
    b = (Math.imul(a, b) + b) | 0;
    a = Math.imul(a, a);
    cycles = Math.floor(cycles / 2);
  }
  for (let i = 0; i < rest; i++) state = Math.imul(state ^ code, PRIME);
  return state;
}

/** Where the run of one character begins that ends the text; its length if there is no long one. */
function startOfRun(text: string): number {
  const last = text[text.length - 1]!;
  if (last.charCodeAt(0) > 255) return text.length;
  const chunk = last.repeat(CHUNK);
  let start = text.length;
  while (start >= CHUNK && text.startsWith(chunk, start - CHUNK)) start -= CHUNK;
  return start;
}
