import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/messages.ts';
import { entry, members, request } from '../testing/fake-cluster.ts';
import { FORGOTTEN, Prefixes, sameEntry } from './prefixes.ts';

/** Few terms and few requests, so that random logs agree, diverge and agree again. */
const logs = fc.array(
  fc.array(
    fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }))
      .map(([term, sequence]) => entry(term, sequence === 0 ? null : request(1, sequence))),
    { maxLength: 8 },
  ),
  { minLength: 1, maxLength: 6 },
);

/** Interns a log and returns the ids of its prefixes, from that of the empty log on. */
function intern(prefixes: Prefixes, log: readonly Entry[], node: number): number[] {
  const ids = [0];
  for (const one of log) {
    const parent = ids.at(-1)!;
    ids.push(prefixes.find(parent, one) || prefixes.add(parent, one, node, node * 10, node * 1_000));
  }
  return ids;
}

function naiveAgreement(a: readonly Entry[], b: readonly Entry[]): number {
  let index = 0;
  while (index < Math.min(a.length, b.length) && sameEntry(a[index]!, b[index]!)) index++;
  return index;
}

describe('Prefixes', () => {
  test('two logs have the same id at an index exactly if they are equal up to it', () => {
    fc.assert(
      fc.property(logs, (all) => {
        const prefixes = new Prefixes();
        const ids = all.map((log, node) => intern(prefixes, log, node));
        for (const [i, a] of all.entries()) {
          for (const [j, b] of all.entries()) {
            const agreed = naiveAgreement(a, b);
            expect(prefixes.agreement(ids[i]!.at(-1)!, ids[j]!.at(-1)!)).toBe(agreed);
            for (let index = 0; index <= Math.min(a.length, b.length); index++) {
              expect(ids[i]![index] === ids[j]![index]).toBe(index <= agreed);
            }
          }
        }
      }),
    );
  });

  test('ancestors, parents, depths, entries and terms are those of the log', () => {
    fc.assert(
      fc.property(logs, (all) => {
        const prefixes = new Prefixes();
        for (const [node, log] of all.entries()) {
          const ids = intern(prefixes, log, node);
          for (const [depth, id] of ids.entries()) {
            expect(prefixes.depth(id)).toBe(depth);
            expect(prefixes.term(id)).toBe(depth === 0 ? 0 : log[depth - 1]!.term);
            if (depth > 0) {
              expect(sameEntry(prefixes.entry(id), log[depth - 1]!)).toBe(true);
              expect(prefixes.parent(id)).toBe(ids[depth - 1]);
            }
            expect(prefixes.ancestor(ids.at(-1)!, depth)).toBe(id);
            expect(prefixes.ancestor(id, log.length)).toBe(id);
          }
        }
      }),
    );
  });

  test('a rival is an earlier, different log that ends in the same index and term', () => {
    fc.assert(
      fc.property(logs, (all) => {
        const prefixes = new Prefixes();
        const seen: Entry[][] = [];
        for (const [node, log] of all.entries()) {
          let parent = 0;
          for (let index = 1; index <= log.length; index++) {
            const last = log[index - 1]!;
            const known = prefixes.find(parent, last);
            const prefix = log.slice(0, index);
            const isKnown = seen.some((other) => other.length === index && naiveAgreement(other, prefix) === index);
            expect(known !== 0).toBe(isKnown);
            const id = isKnown ? known : prefixes.add(parent, last, node, 0, 0);
            parent = id;
            if (isKnown) continue;
            const rivals = seen.filter((other) => other.length === index && other[index - 1]!.term === last.term);
            const rival = prefixes.rival(id);
            expect(rival !== 0).toBe(rivals.length > 0);
            if (rival !== 0) {
              expect(rival).not.toBe(id);
              expect([prefixes.depth(rival), prefixes.term(rival)]).toEqual([index, last.term]);
            }
            seen.push(prefix);
          }
        }
      }),
    );
  });

  test('a prefix remembers where and when it was seen first', () => {
    const prefixes = new Prefixes();
    const log = [entry(1), entry(2)];
    const ids = intern(prefixes, log, 3);
    expect(intern(prefixes, log, 4)).toEqual(ids);
    expect([prefixes.firstNode(ids[2]!), prefixes.firstEvent(ids[2]!), prefixes.firstTime(ids[2]!)]).toEqual([
      3, 30, 3_000,
    ]);
  });

  test('the configuration in force is the last in the log, and knows the one before it', () => {
    const prefixes = new Prefixes();
    const [first, second] = [members([0, 1, 2]), members([0, 1])];
    prefixes.begin(first);
    const ids = intern(prefixes, [entry(1), entry(1, null, second), entry(1)], 0);
    expect(ids.map((id) => prefixes.configuration(id)?.index)).toEqual([0, 0, 2, 2]);
    expect(prefixes.configuration(ids[3]!)).toEqual({ configuration: second, index: 2, before: first });
  });

  describe('that are forgotten', () => {
    /** Two logs that diverge after index 2, of five entries each. */
    function branches(): { prefixes: Prefixes; a: number[]; b: number[] } {
      const prefixes = new Prefixes();
      const log = (term: number): Entry[] => [entry(1), entry(1), entry(term), entry(term), entry(term)];
      return { prefixes, a: intern(prefixes, log(2), 0), b: intern(prefixes, log(3), 1) };
    }

    test('leave longer prefixes unchanged', () => {
      const { prefixes, a, b } = branches();
      prefixes.forgetBelow(4);
      expect([prefixes.floor, prefixes.count]).toEqual([4, 5]);
      expect(prefixes.find(a[4]!, entry(2))).toBe(a[5]);
      expect(prefixes.agreement(a[5]!, a[4]!)).toBe(4);
      expect([prefixes.ending(4, 3), prefixes.ending(5, 2), prefixes.ending(3, 2)]).toEqual([b[4], a[5], FORGOTTEN]);
    });

    test('are not distinguished any more', () => {
      const { prefixes, a, b } = branches();
      prefixes.forgetBelow(4);
      expect(prefixes.agreement(a[5]!, b[5]!)).toBe(3);
      expect(prefixes.ancestor(a[5]!, 2)).toBe(FORGOTTEN);
      expect([prefixes.term(FORGOTTEN), prefixes.depth(FORGOTTEN)]).toEqual([0, 3]);
      expect(prefixes.agreement(0, a[5]!)).toBe(0);
    });

    test('are found again by their last entry, and have no rivals, at the floor', () => {
      const { prefixes, a } = branches();
      prefixes.forgetBelow(3);
      expect(prefixes.find(FORGOTTEN, entry(2))).toBe(a[3]);
      expect(prefixes.find(FORGOTTEN, entry(9))).toBe(0);
      const other = prefixes.add(FORGOTTEN, entry(2, request(1, 1)), 0, 0, 0);
      expect([prefixes.depth(other), prefixes.rival(other)]).toEqual([3, 0]);
    });

    test('give their ids to others', () => {
      const prefixes = new Prefixes();
      let tip = 0;
      let highest = 0;
      for (let index = 1; index <= 5_000; index++) {
        tip = prefixes.add(tip, entry(1, request(1, index)), 0, index, 0);
        highest = Math.max(highest, tip);
        if (index % 7 === 0) prefixes.forgetBelow(index - 20);
        expect(prefixes.depth(tip)).toBe(index);
      }
      expect(highest).toBeLessThan(40);
      expect(prefixes.agreement(tip, prefixes.ancestor(tip, 4_990))).toBe(4_990);
    });

    test('may be adopted again by index, term and configuration only', () => {
      const prefixes = new Prefixes();
      const record = { configuration: members([0]), index: 5, before: null };
      const id = prefixes.adopt(7, 3, record, 0, 0, 0);
      expect([prefixes.depth(id), prefixes.term(id), prefixes.configuration(id)]).toEqual([7, 3, record]);
      const next = prefixes.add(id, entry(3), 0, 0, 0);
      expect([prefixes.depth(next), prefixes.agreement(next, id), prefixes.ending(7, 3)]).toEqual([8, 7, id]);
    });
  });
});

describe('sameEntry', () => {
  test('the same request in the same term is the same entry, also as a copy', () => {
    expect(sameEntry(entry(1, request(1, 1)), entry(1, { ...request(1, 1) }))).toBe(true);
    expect(sameEntry(entry(2), entry(2))).toBe(true);
  });

  test('another log time or configuration is another entry, and equal members are the same', () => {
    const one = entry(1, null, members([0, 1]), 5);
    expect(sameEntry(one, entry(1, null, members([0, 1]), 5))).toBe(true);
    for (const other of [
      entry(1, null, members([0, 1]), 6),
      entry(1, null, members([0]), 5),
      entry(1, null, null, 5),
    ]) {
      expect(sameEntry(one, other)).toBe(false);
      expect(sameEntry(other, one)).toBe(false);
    }
  });

  test('another term, session or sequence number is another entry, and a no-op is no request', () => {
    const one = entry(1, request(1, 1));
    for (const other of [entry(2, request(1, 1)), entry(1, request(2, 1)), entry(1, request(1, 2)), entry(1)]) {
      expect(sameEntry(one, other)).toBe(false);
      expect(sameEntry(other, one)).toBe(false);
    }
  });
});
