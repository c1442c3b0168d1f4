/** A command to copy into a shell: words that a shell would take apart are quoted. */
export function command(...words: readonly string[]): string {
  return ['whitewater', ...words].map(quoted).join(' ');
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
