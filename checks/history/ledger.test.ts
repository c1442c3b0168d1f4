import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { entry, FakeMachine, request } from '../testing/fake-cluster.ts';
import { Ledger } from './ledger.ts';
import { EXECUTED, REJECTED, REPEATED } from './kv-model.ts';
import { FORGOTTEN } from './prefixes.ts';

function ledgerOfTerms(terms: readonly number[]): Ledger {
  const ledger = new Ledger(new FakeMachine());
  for (const [i, term] of terms.entries()) ledger.extend(i + 1, entry(1), term, i % 3, i * 10, i * 1_000);
  return ledger;
}

describe('Ledger', () => {
  test('it remembers by which node, when and in which term each index was committed first', () => {
    const ledger = ledgerOfTerms([2, 2, 4]);
    expect(ledger.length).toBe(3);
    expect([ledger.prefix(3), ledger.commitTerm(3), ledger.node(3), ledger.event(3), ledger.time(3)]).toEqual([
      3, 4, 2, 20, 2_000,
    ]);
    expect(ledger.prefix(0)).toBe(0);
  });

  test('an index is committed in the term of its commit, not of its entry', () => {
    const ledger = new Ledger(new FakeMachine());
    ledger.extend(1, entry(2), 4, 0, 0, 0);
    expect(ledger.commitTerm(1)).toBe(4);
    expect(ledger.lastCommittedBefore(3)).toBe(0);
    expect(ledger.lastCommittedBefore(5)).toBe(1);
  });

  test('lastCommittedBefore is the last index with a lower commit term, as a search of them all finds it', () => {
    const rising = fc.array(fc.nat(2), { maxLength: 12 }).map((rises) => {
      let term = 0;
      return rises.map((rise) => (term += rise));
    });
    fc.assert(
      fc.property(rising, fc.nat(25), (terms, term) => {
        expect(ledgerOfTerms(terms).lastCommittedBefore(term)).toBe(terms.findLastIndex((one) => one < term) + 1);
      }),
    );
    expect(ledgerOfTerms([]).lastCommittedBefore(1)).toBe(0);
  });

  test('the hash at an index is that of replaying the log up to it', () => {
    const ledger = new Ledger(new FakeMachine());
    const machine = new FakeMachine();
    for (const sequence of [1, 2, 3]) {
      ledger.extend(sequence, entry(1, request(1, sequence)), 1, 0, 0, 0);
      machine.execute(request(1, sequence), sequence);
      expect(ledger.stateHash(sequence)).toBe(machine.hash);
    }
    expect(ledger.stateHash(0)).toBe(0);
    expect(new Set([1, 2, 3].map((index) => ledger.stateHash(index))).size).toBe(3);
  });

  test('a repeated request is recognized and changes nothing', () => {
    const ledger = new Ledger(new FakeMachine());
    const append = request(1, 1, { op: 'append', value: 'a' });
    const executed = { sequence: 1, reply: { value: 'a', applied: true }, index: 1 };
    expect(ledger.extend(1, entry(1, append), 1, 0, 0, 0)).toBe(EXECUTED);
    expect(ledger.reply(append)).toEqual({ ...executed, repeatedAt: 0 });
    expect(ledger.extend(2, entry(2, append), 2, 0, 0, 0)).toBe(REPEATED);
    expect(ledger.reply(append)).toEqual({ ...executed, repeatedAt: 2 });
    expect([ledger.isRepeat(1), ledger.isRepeat(2)]).toEqual([false, true]);
    expect(ledger.stateHash(2)).toBe(ledger.stateHash(1));
  });

  test('a no-op repeats nothing', () => {
    const ledger = new Ledger(new FakeMachine());
    const outcomes = [ledger.extend(1, entry(1), 1, 0, 0, 0), ledger.extend(2, entry(2), 2, 0, 0, 0)];
    expect(outcomes).toEqual([EXECUTED, EXECUTED]);
  });

  test('an old request that turns up again is a repeat, but not of the last one', () => {
    const ledger = new Ledger(new FakeMachine());
    ledger.extend(1, entry(1, request(1, 1)), 1, 0, 0, 0);
    ledger.extend(2, entry(1, request(1, 2)), 1, 0, 0, 0);
    expect(ledger.extend(3, entry(1, request(1, 1)), 1, 0, 0, 0)).toBe(REPEATED);
    expect(ledger.reply(request(1, 2))).toMatchObject({ sequence: 2, index: 2, repeatedAt: 0 });
    expect(ledger.reply(request(2, 1))).toBeUndefined();
  });

  test('log time never goes back, and a request of a session that has expired by it is rejected', () => {
    const ledger = new Ledger(new FakeMachine(100));
    const open = request(0, 1, { op: 'register' });
    ledger.extend(1, entry(1, open, null, 50), 1, 0, 0, 0);
    expect(ledger.extend(2, entry(1, request(1, 1), null, 150), 1, 0, 0, 0)).toBe(EXECUTED);
    ledger.extend(3, entry(1, null, null, 149), 1, 0, 0, 0);
    expect(ledger.timeInLog(3)).toBe(150);
    const before = ledger.stateHash(3);
    expect(ledger.extend(4, entry(1, request(1, 2), null, 251), 1, 0, 0, 0)).toBe(REJECTED);
    expect([ledger.isRejected(2), ledger.isRejected(4), ledger.expiredSessions]).toEqual([false, true, 1]);
    expect(ledger.stateHash(4)).not.toBe(before);
  });

  test('what is forgotten takes no memory, and what comes after it is unchanged', () => {
    const ledger = new Ledger(new FakeMachine());
    for (let index = 1; index <= 1_000; index++) {
      ledger.extend(index, entry(1), index, 0, index, 0);
      ledger.forgetBefore(index - 10);
    }
    expect([ledger.length, ledger.first, ledger.size]).toEqual([1_000, 990, 11]);
    expect([ledger.prefix(990), ledger.prefix(989), ledger.prefix(0)]).toEqual([990, FORGOTTEN, 0]);
    expect([ledger.event(995), ledger.lastCommittedBefore(996), ledger.lastCommittedBefore(5)]).toEqual([
      995, 995, 990,
    ]);
  });
});
