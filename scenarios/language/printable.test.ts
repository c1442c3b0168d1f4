import { describe, expect, it } from 'vitest';
import { printable } from './printable.ts';

describe('a text made printable', () => {
  it.each([
    ['a line end', 'a\nb', 'a\\u000ab'],
    ['an escape sequence of terminals', '\u001b[31mred', '\\u001b[31mred'],
    ['a C1 control character', 'a\u009b31m', 'a\\u009b31m'],
    ['a mark of direction', '\u200ea\u200f', '\\u200ea\\u200f'],
    ['an embedding or override', '\u202a\u202b\u202c\u202d\u202e', '\\u202a\\u202b\\u202c\\u202d\\u202e'],
    ['an isolate', '\u2066\u2067\u2068\u2069', '\\u2066\\u2067\\u2068\\u2069'],
    ['a byte order mark', '\ufeffa', '\\ufeffa'],
    ['a line or paragraph separator', 'a\u2028b\u2029c', 'a\\u2028b\\u2029c'],
    ['half a surrogate pair', 'a\ud83db\udc00', 'a\\ud83db\\udc00'],
    ['an invisible character beyond 16 bits', 'a\u{e0041}b', 'a\\u{e0041}b'],
  ])('has no %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('is the same text where nothing in it is hidden', () => {
    for (const text of ['', 'a b', 'C:\\x', 'größer', '日本語', '😀', 'שלום', 'e\u0301']) {
      expect(printable(text)).toBe(text);
    }
  });
});
