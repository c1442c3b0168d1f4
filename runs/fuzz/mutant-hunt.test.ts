import { describe, expect, it } from 'vitest';
import { MUTANTS } from '../../core/mutants/index.ts';
import { loadScenario } from '../load/load-scenario.ts';
import { withMutant } from '../load/with-mutant.ts';
import { simulate } from '../simulate/simulate.ts';
import { huntFor } from './mutant-hunt.ts';

const quiet = loadScenario({ name: 'quiet', cluster: { nodes: 3 } });
const election = loadScenario({ name: 'election', cluster: { nodes: 3 }, script: [{ until: { leaders: 1 } }] });

const bug = (id: string) => MUTANTS.get(id)!;

describe('the hunt for a known bug', () => {
  it('says what caught it, with how many runs and events', () => {
    const { events } = simulate(withMutant(quiet, 'E1'), '1');
    expect(huntFor(bug('E1'), [quiet, election], 10)).toEqual({
      kill: { invariant: 'I16', scenario: 'quiet', seed: '1', expected: true },
      runs: 1,
      events,
      wasAsked: true,
    });
  });

  it('goes round the scenarios, and begins with the seed that is given', () => {
    // Without snapshots, this bug shows nowhere.
    const kills = [1, 2, 3, 4, 5].map((most) => huntFor(bug('S1'), [quiet, election], most, 7));
    expect(kills.map(({ kill, runs }) => [kill, runs])).toEqual([1, 2, 3, 4, 5].map((runs) => [null, runs]));
    const alone = huntFor(bug('S1'), [election], 1, 9).events;
    const both = huntFor(bug('S1'), [quiet, election], 1, 9).events;
    expect(huntFor(bug('S1'), [quiet, election], 2, 9).events).toBe(alone + both);
  });

  it('tells a bug whose rule was asked from one whose rule was never asked', () => {
    expect(huntFor(bug('S1'), [quiet], 3)).toMatchObject({ kill: null, wasAsked: false });
    expect(huntFor(bug('E7'), [election], 3)).toMatchObject({ kill: null, wasAsked: true });
  });

  it('takes a violation that the bug is not known to break only if nothing else shows', () => {
    const unexpected = { ...bug('E1'), violates: ['I1'] };
    expect(huntFor(unexpected, [quiet, election], 4)).toMatchObject({
      kill: { invariant: 'I16', seed: '1', expected: false },
      runs: 1,
    });
  });

  it('leaves the runs as they are, though it counts what the rules are asked', () => {
    for (const id of ['E1', 'E7', 'C4', 'L2']) {
      const { events } = huntFor({ ...bug(id), violates: [] }, [election], 3);
      const alone = ['1', '2', '3'].map((seed) => simulate(withMutant(election, id), seed).events);
      // A violation that is not expected ends the count.
      expect([alone[0], alone.reduce((sum, count) => sum + count, 0)]).toContain(events);
    }
  });
});
