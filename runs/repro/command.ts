import { HIDDEN } from '../../scenarios/language/printable.ts';

/**
 * A command to copy into a shell: words with characters that mean something to a shell are quoted. What is not seen or
 * would control a terminal is written as its bytes, as bash, ksh and zsh read them: `$'a\xe2\x80\xaeb'`.
 */
export function command(...words: readonly string[]): string {
  return ['whitewater', ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  if (/^[\w./:@%+=,-]+$/u.test(word)) return word;
  if (word.search(HIDDEN) < 0) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${word.replace(/[\\']/gu, String.raw`\$&`).replace(HIDDEN, bytesOf)}'`;
}

function bytesOf(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
