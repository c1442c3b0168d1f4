import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columns, cut, hanging, wrap } from './layout.ts';

describe('the layout of text', () => {
  it('breaks between words, and words that are longer than a line', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('', 10)).toEqual(['']);
    expect(wrap('as long as it likes', null)).toEqual(['as long as it likes']);
  });

  it('loses nothing but blanks and keeps within the width', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        const lines = wrap(text, width);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
        for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('indents the lines after the first', () => {
    expect(hanging('  - ', 'one two three four five six', 24)).toEqual(['  - one two three four', '    five six']);
  });

  it('cuts with an ellipsis', () => {
    expect([cut('minority-leader', 9), cut('short', 9), cut('a bcd', 3)]).toEqual(['minority…', 'short', 'a…']);
  });

  it('does not let a text control the terminal', () => {
    expect(wrap('a\u001b[31mb\nc', null)).toEqual(['a\\u001b[31mb\\u000ac']);
    expect(hanging('- ', 'a\u202eb', 24)).toEqual(['- a\\u202eb']);
  });
});
