/** Control characters, what is not seen, what turns the direction of writing, and half surrogate pairs. */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text from outside, such as a file name, a label or a value, made safe to show: what is hidden in it, line ends too,
 * becomes escapes such as `\u202e`. Otherwise it could control a terminal, or make a message say something else.
 *
 * @example
 * ```ts
 * printable('evil\u202elmay.yaml'); // 'evil\\u202elmay.yaml'
 * ```
 */
export function printable(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
  });
}
