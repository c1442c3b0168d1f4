/** A command to copy into a shell: words with characters that mean something to a shell are quoted. */
export function command(...words: readonly string[]): string {
  return ['whitewater', ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
