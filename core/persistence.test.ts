import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RULES } from './rules/index.ts';
import { appendOf, entriesOf } from './testing/messages.ts';
import { termsOf, TestNode } from './testing/node.ts';

describe('overwritten writes', () => {
  test('the completion of an overwritten write makes none of the entries durable that replaced its own', () => {
    const node = new TestNode({ disk: { term: 1 } });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1, 1)));
    node.receive(2, appendOf(2, 2, [1, 1], entriesOf(2, 2)));
    expect(termsOf(node.state)).toEqual([1, 2, 2]);
    node.syncOne();
    expect(node.state.stableIndex).toBe(1);
    // Term 2, then its entries.
    node.syncOne();
    expect(node.state.stableIndex).toBe(1);
    node.syncOne();
    expect(node.state.stableIndex).toBe(3);
  });

  test('an entry that was appended, truncated and appended again is durable only with its last write', () => {
    const node = new TestNode({ nodes: 3, disk: { term: 1 } });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1)));
    node.receive(2, appendOf(2, 2, [0, 0], entriesOf(2)));
    node.receive(1, appendOf(3, 1, [0, 0], entriesOf(1, 1)));
    const stable: number[] = [];
    while (node.hasPendingWrite) {
      node.syncOne();
      stable.push(node.state.stableIndex);
    }
    // Entries of term 1, term 2, its entry, term 3, entries of term 1 again.
    expect(stable).toEqual([0, 0, 0, 0, 2]);
  });

  test('stableIndex is never beyond what a disk holds after the completed writes', () => {
    const leader = fc.record({
      term: fc.integer({ min: 1, max: 6 }),
      prev: fc.nat(6),
      count: fc.nat(4),
      sync: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(leader, { maxLength: 25 }), (leaders) => {
        const node = new TestNode({ nodes: 3, disk: { term: 1 } });
        let disk: number[] = [];
        const writes: { from: number; terms: number[] }[] = [];
        const take = (): void => {
          for (const write of node.out.writes) {
            writes.push(
              write.kind === 'log'
                ? { from: write.from, terms: write.entries.map(({ term }) => term) }
                : { from: Infinity, terms: [] },
            );
          }
        };
        for (const { term, prev, count, sync } of leaders) {
          const prevTerm = prev === 0 ? 0 : (termsOf(node.state)[prev - 1] ?? 1);
          node.receive(1, appendOf(term, 1, [prev, prevTerm], entriesOf(...Array.from({ length: count }, () => term))));
          take();
          if (sync && node.hasPendingWrite) {
            const { from, terms } = writes.shift()!;
            if (from !== Infinity) disk = [...disk.slice(0, from - 1), ...terms];
            node.syncOne();
            take();
          }
          const memory = termsOf(node.state);
          for (let i = 0; i < node.state.stableIndex; i++) expect(disk[i]).toBe(memory[i]);
        }
        node.sync();
        expect(node.state.stableIndex).toBe(node.state.log.lastIndex);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a write that fails', () => {
  test.each(['full', 'error'] as const)('stops the node (%s)', (failure) => {
    const node = new TestNode({ nodes: 3 });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1)));
    node.failWrite(failure);
    expect(node.out.halts).toEqual([failure === 'full' ? 'its disk is full' : 'a write has failed']);
  });

  test('is nothing that is durable, even for a node that goes on', () => {
    const node = new TestNode({ nodes: 3, rules: { ...RULES, stopsWhenWriteFails: () => false } });
    node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1)));
    node.failWrite('error');
    expect([node.out.halts, node.state.stableIndex]).toEqual([[], 0]);
  });
});
