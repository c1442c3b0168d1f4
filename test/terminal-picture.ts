/** How the picture looks. Lengths are in pixels. */
const FONT_SIZE = 14;
/** A monospaced character is 0.6 times as wide as it is high; `textLength` holds every font to it. */
const CHARACTER = 8.4;
const LINE = 19;
const MARGIN = 18;
const TITLE_BAR = 36;
const FONTS = 'ui-monospace,SFMono-Regular,Menlo,Consolas,monospace';

/** What the escape sequences of `reports/text/style.ts` look like: `ESC [ code m`. */
const COLOURS: ReadonlyMap<number, string> = new Map([
  [31, '#ff7b72'],
  [32, '#7ee787'],
  [33, '#e3b341'],
  [36, '#79c0ff'],
]);
const FAINT = '#8b949e';

interface Piece {
  readonly text: string;
  readonly colour: string | null;
  readonly isBold: boolean;
  readonly isFaint: boolean;
}

/**
 * A picture of a terminal, as SVG. It brings its own background and border, so that it looks alike on light and dark
 * pages.
 *
 * @param lines with escape sequences for colours
 * @param columns width of the terminal in characters
 * @param label what the picture shows, for readers who do not see it
 */
export function terminalPicture(lines: readonly string[], columns: number, label: string): string {
  const width = Math.ceil(columns * CHARACTER) + 2 * MARGIN;
  const height = TITLE_BAR + lines.length * LINE + MARGIN;
  const texts = lines.flatMap((line, row) => {
    const spans = spansOf(line);
    return spans === '' ? [] : [`<text y="${TITLE_BAR + (row + 1) * LINE}">${spans}</text>`];
  });
  const dots = ['#ff5f57', '#febc2e', '#28c840'].map(
    (colour, index) => `<circle cx="${22 + 20 * index}" cy="20" r="6" fill="${colour}"/>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="10" fill="#0d1117" stroke="#3d444d"/>`,
    dots.join(''),
    `<g font-family="${FONTS}" font-size="${FONT_SIZE}" fill="#e6edf3">`,
    ...texts,
    '</g></svg>',
    '',
  ].join('\n');
}

/** What is written in such a picture: its lines without colours. Blank lines have no text in it and are missing. */
export function textOf(picture: string): string[] {
  return [...picture.matchAll(/<text [^>]*>(.*)<\/text>/gu)].map(([, spans = '']) =>
    [...spans.matchAll(/<tspan x="([\d.]+)"[^>]*>([^<]*)<\/tspan>/gu)].reduce((line, [, x, words = '']) => {
      const column = Math.round((Number(x) - MARGIN) / CHARACTER);
      return line.padEnd(column) + words.replace(/&lt;/gu, '<').replace(/&gt;/gu, '>').replace(/&amp;/gu, '&');
    }, ''),
  );
}

/** Words stand at their columns: renderers treat several spaces in a row in different ways. */
function spansOf(line: string): string {
  let column = 0;
  return piecesOf(line)
    .flatMap(({ text, ...look }) => text.split(/(\s{2,}|^\s|\s$)/u).map((words) => ({ words, ...look })))
    .map(({ words, colour, isBold, isFaint }) => {
      const length = [...words].length;
      const x = (MARGIN + column * CHARACTER).toFixed(1);
      column += length;
      if (words.trim() === '') return '';
      const fill = colour ?? (isFaint ? FAINT : null);
      const look = `${fill === null ? '' : ` fill="${fill}"`}${isBold ? ' font-weight="bold"' : ''}`;
      const size = `textLength="${(length * CHARACTER).toFixed(1)}" lengthAdjust="spacingAndGlyphs"`;
      return `<tspan x="${x}" ${size}${look}>${escaped(words)}</tspan>`;
    })
    .join('');
}

/** The line in pieces of one look each. */
function piecesOf(line: string): Piece[] {
  let look = { colour: null as string | null, isBold: false, isFaint: false };
  return line.split(/\u001B\[(\d+)m/u).flatMap((part, index) => {
    if (index % 2 === 0) return part === '' ? [] : [{ ...look, text: part }];
    const code = Number(part);
    if (code === 1) look = { ...look, isBold: true };
    else if (code === 2) look = { ...look, isFaint: true };
    else if (code === 22) look = { ...look, isBold: false, isFaint: false };
    else look = { ...look, colour: COLOURS.get(code) ?? null };
    return [];
  });
}

function escaped(text: string): string {
  return text.replace(/&/gu, '&amp;').replace(/</gu, '&lt;').replace(/>/gu, '&gt;').replace(/"/gu, '&quot;');
}
