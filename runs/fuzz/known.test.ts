import { describe, expect, it } from 'vitest';
import { KnownFailures } from './known.ts';

const parse = (text: string) => KnownFailures.parse(text, 'known.txt');

describe('a file of known failures', () => {
  it('holds signatures, and what signatures begin with, with comments', () => {
    const known = parse('\uFEFF# ours\r\n\r\nI14-3f9a2c  two leaders: issue 12\n  Lv1\nstep # slow machines\n');
    const ids = ['I14-3f9a2c', 'I14-000000', 'Lv1-123456', 'Lv14-123456', 'step-123456', 'mark-123456'];
    expect(ids.map((id) => known.isKnown(id))).toEqual([true, false, true, false, true, false]);
  });

  it('says which of its lines no failure was', () => {
    const known = parse('I14-3f9a2c\nI14\nI2\n');
    known.isKnown('I14-3f9a2c');
    expect(known.unused).toEqual(['I2']);
    expect(KnownFailures.NONE.isKnown('I1-000000')).toBe(false);
  });

  it.each([
    ['I14-3f9a2', 'known.txt:2: expected a signature like I14-3f9a2c, or an id like I14, got "I14-3f9a2"'],
    ['I14-3F9A2C', 'known.txt:2: expected a signature'],
    ['I14,I15', 'known.txt:2: expected a signature'],
    ['I99', 'known.txt:2: no signature begins with "I99"'],
    ['setp-3f9a2c', 'known.txt:2: no signature begins with "setp"; did you mean "step"?'],
  ])('is refused with the line for %s', (entry, message) => {
    expect(() => parse(`# one\n${entry} why\n`)).toThrow(message);
  });
});
