import { describe, expect, test } from 'vitest';
import type { RaftChecker } from '../../checks/raft-checker.ts';
import { configuration, joint } from '../../core/configuration.ts';
import { emptySnapshot } from '../../core/disk.ts';
import type { Configuration, Entry, RaftDisk } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, PRE_CANDIDATE, type RaftView } from '../../core/view.ts';
import type { RaftVersions } from './versions.ts';
import { type RaftSimulation, SimulationEnvironment } from './simulation-environment.ts';

const THREE = configuration([0, 1, 2]);
const FOUR = configuration([0, 1, 2, 3]);

/** An environment with one node: up with this view, or down with these contents of its disk. */
function environmentOf({
  view = null,
  disk,
}: {
  view?: Partial<RaftView> | null;
  disk?: Partial<RaftDisk>;
}): SimulationEnvironment {
  const empty: RaftDisk = {
    term: 1,
    votedFor: -1,
    snapshot: emptySnapshot(THREE),
    base: 0,
    baseTerm: 0,
    log: [],
    damage: [],
  };
  const simulation = { view: () => view, diskContents: () => ({ ...empty, ...disk }) };
  return new SimulationEnvironment(
    simulation as unknown as RaftSimulation,
    {} as RaftVersions,
    {} as RaftChecker,
    0,
    null,
  );
}

const entry = (members: Configuration | null = null): Entry => ({
  ...{ term: 1, request: null, configuration: members, time: 0, bytes: 16 },
});

/** A snapshot of index 7, that of the change to four members at index 5 included. */
const SNAPSHOT = { ...emptySnapshot(FOUR), index: 7, term: 1, configurationIndex: 5 };

describe('a node that is up', () => {
  const log = { base: 4, lastIndex: 9 } as RaftView['log'];

  test.each([
    [FOLLOWER, 'follower'],
    [CANDIDATE, 'candidate'],
    [PRE_CANDIDATE, 'candidate'],
    [LEADER, 'leader'],
  ] as const)('in role %i is a %s', (role, called) => {
    expect(environmentOf({ view: { role } }).role(0)).toBe(called);
  });

  test('holds the entries after those compacted away', () => {
    const environment = environmentOf({ view: { log, snapshot: SNAPSHOT } });
    expect([environment.lastIndex(0), environment.logLength(0), environment.snapshotIndex(0)]).toEqual([9, 5, 7]);
  });

  test('knows its configuration to be committed from the index of its entry on', () => {
    const at = (commitIndex: number) =>
      environmentOf({ view: { configuration: joint([0, 3], [0, 1], [2], true), configurationIndex: 8, commitIndex } });
    const members = { voters: [0, 3], outgoing: [0, 1], learners: [2], index: 8 };
    expect(at(7).members(0)).toEqual({ ...members, committed: false });
    expect(at(8).members(0)).toEqual({ ...members, committed: true });
  });

  test('transfers the leadership to a node, or to none', () => {
    expect(environmentOf({ view: { transferee: 2 } }).transferee(0)).toBe(2);
    expect(environmentOf({ view: { transferee: -1 } }).transferee(0)).toBeNull();
  });
});

describe('a node that is down', () => {
  test('has the log of its disk, from what was compacted away on', () => {
    const environment = environmentOf({ disk: { base: 4, log: [entry(), entry()], snapshot: SNAPSHOT } });
    expect([environment.lastIndex(0), environment.logLength(0), environment.snapshotIndex(0)]).toEqual([6, 2, 7]);
  });

  test('has the configuration of the last entry that holds one, which it does not know to be committed', () => {
    const environment = environmentOf({ disk: { log: [entry(), entry(configuration([0])), entry(FOUR), entry()] } });
    expect(environment.members(0)).toMatchObject({ voters: [0, 1, 2, 3], index: 3, committed: false });
  });

  test('has that of its snapshot unless a later entry holds one', () => {
    const behind = [entry(configuration([0])), entry(), entry()];
    const environment = environmentOf({ disk: { base: 4, log: behind, snapshot: SNAPSHOT } });
    expect(environment.members(0)).toMatchObject({ voters: [0, 1, 2, 3], index: 5, committed: true });
    const after = environmentOf({ disk: { base: 4, log: [...behind, entry(THREE)], snapshot: SNAPSHOT } });
    expect(after.members(0)).toMatchObject({ voters: [0, 1, 2], index: 8, committed: false });
  });

  test('has the one the cluster began with if it has never run', () => {
    expect(environmentOf({}).members(0)).toMatchObject({ voters: [0, 1, 2], index: 0, committed: true });
    expect(environmentOf({}).transferee(0)).toBeNull();
  });
});
