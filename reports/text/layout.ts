import { printable } from '../../scenarios/language/printable.ts';

/** The width of a text without colours, in columns. */
export function columns(text: string): number {
  let count = 0;
  for (const character of text) if (!/\p{Mn}/u.test(character)) count += 1;
  return count;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text;
}

/** The text, cut to `width` columns with an ellipsis if it is longer. */
export function cut(text: string, width: number): string {
  if (columns(text) <= width) return text;
  return `${[...text]
    .slice(0, Math.max(0, width - 1))
    .join('')
    .trimEnd()}…`;
}

/**
 * Breaks a text into lines of at most `width` columns, between words where that is possible. Null width: one line.
 */
export function wrap(text: string, width: number | null): string[] {
  const clean = printable(text);
  if (width === null || columns(clean) <= width) return [clean];
  const lines: string[] = [];
  let line = '';
  for (const word of clean.split(' ').flatMap((word) => pieces(word, width))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (columns(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
  }
  lines.push(line);
  return lines;
}

/** The first line follows `first`; the others are indented by the same width. */
export function hanging(first: string, text: string, width: number): string[] {
  const indent = columns(first);
  return wrap(text, Math.max(20, width - indent)).map(
    (line, index) => (index === 0 ? first : ' '.repeat(indent)) + line,
  );
}

function pieces(word: string, width: number): string[] {
  const characters = [...word];
  if (characters.length <= width) return [word];
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at += width) parts.push(characters.slice(at, at + width).join(''));
  return parts;
}
