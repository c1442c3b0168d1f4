import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entry } from '../../core/messages.ts';
import { entry, request } from '../testing/fake-cluster.ts';
import { Prefixes } from './prefixes.ts';
import { DiskLog, LogHistory } from './log-history.ts';

function view(entries: readonly Entry[], base = 0): DiskLog {
  const log = new DiskLog();
  log.show({ base, baseTerm: base === 0 ? 0 : 1, log: [...entries] });
  return log;
}

/** Brings the shadow up to date as the checks do; returns how much of it was kept. */
function sync(shadow: LogHistory, prefixes: Prefixes, log: DiskLog): number {
  const kept = shadow.agreement(log, prefixes);
  shadow.cut(kept);
  for (let index = kept + 1; index <= log.lastIndex; index++) {
    const one = log.entry(index);
    shadow.push(prefixes.find(shadow.tip, one) || prefixes.add(shadow.tip, one, 0, 0, 0));
  }
  shadow.remember(log);
  return kept;
}

describe('LogHistory', () => {
  test('an empty shadow log is current for an empty log only', () => {
    const shadow = new LogHistory();
    expect(shadow.isCurrent(view([]))).toBe(true);
    expect(shadow.isCurrent(view([entry(1)]))).toBe(false);
    expect([shadow.length, shadow.tip, shadow.at(0)]).toEqual([0, 0, 0]);
  });

  test('a log that grew, shrank or has another last entry is not current', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    const [a, b] = [entry(1), entry(1, request(1, 1))];
    sync(shadow, prefixes, view([a, b]));
    expect(shadow.isCurrent(view([a, b]))).toBe(true);
    expect(shadow.isCurrent(view([a]))).toBe(false);
    expect(shadow.isCurrent(view([a, b, b]))).toBe(false);
    expect(shadow.isCurrent(view([a, entry(2)]))).toBe(false);
  });

  test('a log that was emptied and filled again is current once it is synced', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    const log = [entry(1), entry(1)];
    sync(shadow, prefixes, view(log));
    sync(shadow, prefixes, view([]));
    expect([shadow.length, shadow.tip, shadow.isCurrent(view([]))]).toEqual([0, 0, true]);
    sync(shadow, prefixes, view(log));
    expect(shadow.isCurrent(view(log))).toBe(true);
    expect(prefixes.depth(shadow.tip)).toBe(2);
  });

  test('it holds a log longer than it had room for', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    const long = Array.from({ length: 1_000 }, (_, i) => entry(1, request(1, i + 1)));
    sync(shadow, prefixes, view(long));
    expect(shadow.length).toBe(1_000);
    for (let index = 0; index <= 1_000; index++) expect(prefixes.depth(shadow.at(index))).toBe(index);
    expect(sync(shadow, prefixes, view([...long.slice(0, 900), entry(2)]))).toBe(900);
    expect(prefixes.parent(shadow.tip)).toBe(shadow.at(900));
  });

  test('after any truncations and extensions that keep Log Matching it equals a log interned from the start', () => {
    const changes = fc.array(fc.record({ keep: fc.nat(12), terms: fc.array(fc.nat(1), { maxLength: 5 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(changes, (all) => {
        const shadow = new LogHistory();
        const prefixes = new Prefixes();
        let log: Entry[] = [];
        let term = 0;
        for (const { keep, terms } of all) {
          // Each change comes from a later leader, which keeps a part and adds entries of its terms.
          const kept = Math.min(keep, log.length);
          log = log.slice(0, kept);
          for (const rise of [1, ...terms]) log.push(entry((term += rise)));
          expect(sync(shadow, prefixes, view(log))).toBe(kept);
          expect(shadow.isCurrent(view(log))).toBe(true);
          let id = 0;
          for (const [i, one] of log.entries()) {
            id = prefixes.find(id, one);
            expect(shadow.at(i + 1)).toBe(id);
          }
          expect([shadow.tip, shadow.length]).toEqual([id, log.length]);
        }
      }),
    );
  });

  test('a log that was compacted is current once its shadow log is, with the same entries after the base', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    const log = Array.from({ length: 500 }, (_, i) => entry(1, request(1, i + 1)));
    sync(shadow, prefixes, view(log));
    const ids = [200, 201, 500].map((index) => shadow.at(index));
    const rest = view(log.slice(200), 200);
    expect(shadow.isCurrent(rest)).toBe(false);
    shadow.compactTo(200);
    expect(shadow.isCurrent(rest)).toBe(true);
    expect([200, 201, 500].map((index) => shadow.at(index))).toEqual(ids);
    expect(sync(shadow, prefixes, view(log.slice(200, 300), 200))).toBe(300);
  });

  test('its room does not grow with a log that is compacted as it grows', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    for (let index = 1; index <= 10_000; index++) {
      shadow.push(prefixes.add(shadow.tip, entry(1, request(1, index)), 0, 0, 0));
      shadow.compactTo(Math.max(0, index - 50));
    }
    for (let index = 9_950; index <= 10_000; index++) expect(prefixes.depth(shadow.at(index))).toBe(index);
    expect(shadow.room).toBe(64);
  });

  test('a log that restarts after a snapshot is empty there', () => {
    const shadow = new LogHistory();
    const prefixes = new Prefixes();
    sync(shadow, prefixes, view([entry(1), entry(1)]));
    shadow.restartAt(7, 2);
    expect([shadow.base, shadow.length, shadow.tip, shadow.at(7)]).toEqual([7, 7, 2, 2]);
    expect(shadow.isCurrent(view([], 7))).toBe(true);
    expect(shadow.isCurrent(view([entry(1)], 7))).toBe(false);
  });

  test('a copy changes independently', () => {
    const [shadow, copy] = [new LogHistory(), new LogHistory()];
    const prefixes = new Prefixes();
    sync(shadow, prefixes, view([entry(1), entry(1)]));
    copy.copy(shadow);
    copy.cut(1);
    copy.push(9);
    expect([shadow.at(2), copy.at(2)]).toEqual([2, 9]);
  });
});
