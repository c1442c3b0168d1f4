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

/** Brings the shadow log up to date as the checks do; returns how much of it was kept. */
function sync(history: LogHistory, prefixes: Prefixes, log: DiskLog): number {
  const kept = history.agreement(log, prefixes);
  history.cut(kept);
  for (let index = kept + 1; index <= log.lastIndex; index++) {
    const one = log.entry(index);
    history.push(prefixes.find(history.tip, one) || prefixes.add(history.tip, one, 0, 0, 0));
  }
  history.remember(log);
  return kept;
}

describe('LogHistory', () => {
  test('an empty shadow log is current for an empty log only', () => {
    const history = new LogHistory();
    expect(history.isCurrent(view([]))).toBe(true);
    expect(history.isCurrent(view([entry(1)]))).toBe(false);
    expect([history.length, history.tip, history.at(0)]).toEqual([0, 0, 0]);
  });

  test('a log that grew, shrank or has another last entry is not current', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    const [a, b] = [entry(1), entry(1, request(1, 1))];
    sync(history, prefixes, view([a, b]));
    expect(history.isCurrent(view([a, b]))).toBe(true);
    expect(history.isCurrent(view([a]))).toBe(false);
    expect(history.isCurrent(view([a, b, b]))).toBe(false);
    expect(history.isCurrent(view([a, entry(2)]))).toBe(false);
  });

  test('a log that was emptied and filled again is current once it is synced', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    const log = [entry(1), entry(1)];
    sync(history, prefixes, view(log));
    sync(history, prefixes, view([]));
    expect([history.length, history.tip, history.isCurrent(view([]))]).toEqual([0, 0, true]);
    sync(history, prefixes, view(log));
    expect(history.isCurrent(view(log))).toBe(true);
    expect(prefixes.depth(history.tip)).toBe(2);
  });

  test('it holds a log longer than it had room for', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    const long = Array.from({ length: 1_000 }, (_, i) => entry(1, request(1, i + 1)));
    sync(history, prefixes, view(long));
    expect(history.length).toBe(1_000);
    for (let index = 0; index <= 1_000; index++) expect(prefixes.depth(history.at(index))).toBe(index);
    expect(sync(history, prefixes, view([...long.slice(0, 900), entry(2)]))).toBe(900);
    expect(prefixes.parent(history.tip)).toBe(history.at(900));
  });

  test('after any truncations and extensions that keep Log Matching it equals a log interned from the start', () => {
    const changes = fc.array(fc.record({ keep: fc.nat(12), terms: fc.array(fc.nat(1), { maxLength: 5 }) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(changes, (all) => {
        const history = new LogHistory();
        const prefixes = new Prefixes();
        let log: Entry[] = [];
        let term = 0;
        for (const { keep, terms } of all) {
          // Each change comes from a later leader, which keeps some entries and adds entries of its term.
          const kept = Math.min(keep, log.length);
          log = log.slice(0, kept);
          for (const rise of [1, ...terms]) log.push(entry((term += rise)));
          expect(sync(history, prefixes, view(log))).toBe(kept);
          expect(history.isCurrent(view(log))).toBe(true);
          let id = 0;
          for (const [i, one] of log.entries()) {
            id = prefixes.find(id, one);
            expect(history.at(i + 1)).toBe(id);
          }
          expect([history.tip, history.length]).toEqual([id, log.length]);
        }
      }),
    );
  });

  test('a log that was compacted is current once its shadow log is, with the same entries after the base', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    const log = Array.from({ length: 500 }, (_, i) => entry(1, request(1, i + 1)));
    sync(history, prefixes, view(log));
    const ids = [200, 201, 500].map((index) => history.at(index));
    const rest = view(log.slice(200), 200);
    expect(history.isCurrent(rest)).toBe(false);
    history.compactTo(200);
    expect(history.isCurrent(rest)).toBe(true);
    expect([200, 201, 500].map((index) => history.at(index))).toEqual(ids);
    expect(sync(history, prefixes, view(log.slice(200, 300), 200))).toBe(300);
  });

  test('its room does not grow with a log that is compacted as it grows', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    for (let index = 1; index <= 10_000; index++) {
      history.push(prefixes.add(history.tip, entry(1, request(1, index)), 0, 0, 0));
      history.compactTo(Math.max(0, index - 50));
    }
    for (let index = 9_950; index <= 10_000; index++) expect(prefixes.depth(history.at(index))).toBe(index);
    expect(history.room).toBe(64);
  });

  test('a log that restarts after a snapshot is empty there', () => {
    const history = new LogHistory();
    const prefixes = new Prefixes();
    sync(history, prefixes, view([entry(1), entry(1)]));
    history.restartAt(7, 2);
    expect([history.base, history.length, history.tip, history.at(7)]).toEqual([7, 7, 2, 2]);
    expect(history.isCurrent(view([], 7))).toBe(true);
    expect(history.isCurrent(view([entry(1)], 7))).toBe(false);
  });

  test('a copy changes independently', () => {
    const [history, copy] = [new LogHistory(), new LogHistory()];
    const prefixes = new Prefixes();
    sync(history, prefixes, view([entry(1), entry(1)]));
    copy.copy(history);
    copy.cut(1);
    copy.push(9);
    expect([history.at(2), copy.at(2)]).toEqual([2, 9]);
  });
});
