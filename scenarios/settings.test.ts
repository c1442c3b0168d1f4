import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from './language/document.ts';
import { Problems } from './language/problems.ts';
import { dataOf } from './language/tree.ts';
import { settingsText, titleOf, yamlOf } from './settings.ts';

const ATOMS = fc.oneof(
  fc.constantFrom(...[true, false, null, 0, 5, -3, 0.5, '', '5', '-', '1.0', '0x10', '.inf', 'null', 'True', '~']),
  fc.constantFrom('1ms..10ms', 'n1 -> n2', '20%', '[a', 'a: b', 'a,b', '#x', "it's", '"x"', 'a\nb', '100/s', '-50ppm'),
  fc.string({ unit: fc.constantFrom(...'aZ09_.%+-/ :,[]{}#&*!|>\'"~') }),
);
const VALUES = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    ATOMS,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z ]{0,6}$/u), tie('value'), { maxKeys: 3 }),
  ),
})).value as fc.Arbitrary<Parameters<typeof yamlOf>[0]>;

describe('the YAML of a value', () => {
  it('is one line that gives the value back, also in braces', () => {
    fc.assert(
      fc.property(VALUES, (value) => {
        const text = `{ a: [${yamlOf(value)}] }`;
        expect(text).not.toContain('\n');
        const problems = new Problems(text, '');
        const tree = parseDocument(text, problems);
        expect(problems.errors).toEqual([]);
        expect(dataOf(tree!)).toEqual({ a: [value] });
      }),
    );
  });

  it('needs no quotes for what scenarios hold', () => {
    expect(yamlOf({ latency: '1ms..10ms', log: [1, 1, 2], nodes: ['n1'], loss: '2%' })).toBe(
      '{ latency: 1ms..10ms, log: [1, 1, 2], nodes: [n1], loss: 2% }',
    );
    expect(settingsText({ 'cluster.nodes': 5, 'cluster.name': '5' })).toEqual(['cluster.nodes=5', 'cluster.name="5"']);
  });
});

describe('the title of a scenario', () => {
  it('has the last words of the paths', () => {
    expect(titleOf('a', {})).toBe('a');
    expect(titleOf('a', { 'cluster.nodes': 5, 'script[0].within': '2s' })).toBe('a [nodes=5 within=2s]');
  });

  it('has whole paths where the last words are the same', () => {
    expect(titleOf('a', { 'network.nodes': 5, 'cluster.nodes': 3 })).toBe('a [network.nodes=5 cluster.nodes=3]');
  });
});
