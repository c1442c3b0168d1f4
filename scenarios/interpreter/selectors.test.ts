import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Selector } from '../scenario.ts';
import { any, except, list, n1, n2, n3, remembered, role } from '../testing/sample-steps.ts';
import { FakeEnvironment, members } from '../testing/fake-environment.ts';
import { Draws, isAny, isRunning, liveLeader, mayMean, quotas, resolveGroups, whyMissing } from './selectors.ts';
import type { Eligible, Missing, Resolution } from './selectors.ts';

function clusterOf(nodes: number, leader: number | null = null): FakeEnvironment {
  const environment = new FakeEnvironment(nodes);
  return leader === null ? environment : environment.set(leader, { role: 'leader', term: 2 });
}

interface How {
  readonly draws?: Draws;
  readonly eligible?: Eligible;
  readonly disjoint?: boolean;
  readonly memory?: Readonly<Record<string, number[]>>;
}

function resolve(
  environment: FakeEnvironment,
  groups: readonly Selector[],
  {
    draws = new Draws(environment.nodes, (ordinal) => environment.random('draw', ordinal)),
    eligible = isAny,
    disjoint = true,
    memory = {},
  }: How = {},
): Resolution {
  const scope = { cluster: environment, recall: (name: string) => memory[name] ?? null };
  return resolveGroups(groups, scope, { draws, drawn: new Map(), eligible, disjoint });
}

function missingIn(environment: FakeEnvironment, groups: readonly Selector[], how: How = {}): string {
  const { missing } = resolve(environment, groups, how);
  return whyMissing(missing as Missing, { cluster: environment, recall: () => null });
}

describe('what selectors mean', () => {
  test('the leader is the live one of the highest term, so a stale leader is not', () => {
    const environment = clusterOf(5, 1).set(3, { role: 'leader', term: 4 });
    expect(resolve(environment, [role('leader')]).groups).toEqual([[3]]);
    environment.set(3, { up: false });
    expect(liveLeader(environment)).toBe(1);
  });

  test('a paused leader is alive', () => {
    expect(liveLeader(clusterOf(3, 1).set(1, { paused: true }))).toBe(1);
  });

  test('the candidate is one of the newest term', () => {
    const environment = clusterOf(3).set(0, { role: 'candidate', term: 3 }).set(2, { role: 'candidate', term: 4 });
    expect(resolve(environment, [role('candidate')]).groups).toEqual([[2]]);
  });

  test('followers are those that run, whereas all are all', () => {
    const environment = clusterOf(4, 0).set(2, { up: false });
    expect(resolve(environment, [role('followers')]).groups).toEqual([[1, 3]]);
    expect(resolve(environment, [role('all')]).groups).toEqual([[0, 1, 2, 3]]);
  });

  test.each([
    [3, 1, 2],
    [4, 1, 3],
    [5, 2, 3],
    [1, 0, 1],
  ])('of %i nodes %i are a minority and %i a majority', (nodes, minority, majority) => {
    const size = (word: 'minority' | 'majority'): number =>
      resolve(clusterOf(nodes), [role(word)]).groups?.[0]?.length ?? 0;
    expect([size('minority'), size('majority')]).toEqual([minority, majority]);
  });

  test('only eligible nodes are drawn', () => {
    const environment = clusterOf(3).set(0, { up: false }).set(2, { up: false });
    expect(resolve(environment, [any(1)], { eligible: isRunning }).groups).toEqual([[1]]);
    expect(missingIn(environment, [any(2)], { eligible: isRunning })).toBe('only n2 left for it');
  });

  test('a list means all its parts, each node once', () => {
    expect(resolve(clusterOf(4, 0), [list(n3, role('leader'), n1)]).groups).toEqual([[2, 0]]);
  });

  test('a remembered name means the nodes remembered, in their order', () => {
    expect(resolve(clusterOf(4), [remembered('old')], { memory: { old: [3, 1] } }).groups).toEqual([[3, 1]]);
  });
});

describe('groups of one step', () => {
  test('others are the nodes that no other group names, wherever it stands', () => {
    expect(resolve(clusterOf(5), [role('others'), list(n1, n2)]).groups).toEqual([
      [2, 3, 4],
      [0, 1],
    ]);
  });

  test('a drawn node is none that another group points at, even a later one', () => {
    for (let leader = 0; leader < 3; leader++) {
      const { groups } = resolve(clusterOf(3, leader), [any(1), role('leader'), role('others')]);
      expect(groups?.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2]);
    }
  });

  test('followers named as a whole are those that were not drawn', () => {
    const { groups } = resolve(clusterOf(5, 0), [list(role('leader'), role('follower')), role('followers')]);
    expect(groups?.map((group) => group.length)).toEqual([2, 3]);
  });

  test('a node that two groups point at belongs to the first, and the second finds nothing', () => {
    expect(missingIn(clusterOf(3, 0), [n1, role('leader')])).toBe('n1 named elsewhere in the step');
  });

  test('groups that need not be disjoint may both have a node', () => {
    expect(resolve(clusterOf(3), [role('all'), role('all')], { disjoint: false }).groups).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
  });

  test('disjoint groups share no node, whatever is drawn', () => {
    const leaf = fc.oneof(
      fc.nat(4).map((node): Selector => ({ kind: 'node', node })),
      fc
        .constantFrom('leader', 'follower', 'followers', 'minority', 'all', 'others')
        .map((word) => role(word as 'all')),
      fc.integer({ min: 1, max: 2 }).map((size) => any(size)),
    );
    const groupsOf = fc.array(
      fc.array(leaf, { minLength: 1, maxLength: 3 }).map((of) => list(...of)),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(groupsOf, fc.nat(4), (selectors, leader) => {
        const nodes = resolve(clusterOf(5, leader), selectors).groups?.flat() ?? [];
        expect(new Set(nodes).size).toBe(nodes.length);
      }),
    );
  });
});

describe('draws', () => {
  test('a step that tries again means to take the same nodes', () => {
    const environment = clusterOf(5, 0);
    const draws = new Draws(5, (ordinal) => environment.random('again', ordinal));
    const groups = [any(2), role('others')];
    const first = resolve(environment, groups, { draws }).groups;
    expect(resolve(environment, groups, { draws }).groups).toEqual(first);
  });

  test('a selector added after another does not shift what that one draws', () => {
    const first = (selectors: Selector[]): unknown => resolve(clusterOf(5), selectors).groups?.[0];
    expect(first([any(2), any(1)])).toEqual(first([any(2)]));
  });

  test('one selector object means the same nodes throughout one try, so a two-way cut of a drawn link is one link', () => {
    for (let i = 0; i < 20; i++) {
      const environment = clusterOf(3);
      const [a, b] = [any(1), any(1)];
      const draws = new Draws(3, (ordinal) => environment.random('two-way', i, ordinal));
      const options = { draws, drawn: new Map(), eligible: isAny, disjoint: false };
      const scope = { cluster: environment, recall: () => null };
      const there = resolveGroups([a, b], scope, options).groups;
      expect(resolveGroups([b, a], scope, options).groups).toEqual(there?.toReversed());
    }
  });

  test('every node can be drawn', () => {
    const drawn = new Set<number>();
    for (let i = 0; i < 60; i++) {
      const environment = clusterOf(5);
      const draws = new Draws(5, () => environment.random('seed', i));
      for (const node of resolve(environment, [any(1)], { draws }).groups?.flat() ?? []) drawn.add(node);
    }
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('members', () => {
  /** n1, n2 and n3 vote, n4 is a learner, n5 is on standby; n1 leads. */
  const cluster = (): FakeEnvironment => {
    const environment = clusterOf(5, 0);
    for (let node = 0; node < 5; node++) environment.set(node, { members: members([0, 1, 2], { learners: [3] }) });
    return environment;
  };
  const meant = (environment: FakeEnvironment, selector: Selector, how: How = {}) =>
    resolve(environment, [selector], how).groups?.[0];

  test('voters and learners are those of the configuration of the leader, up or not', () => {
    const environment = cluster().set(1, { up: false, members: members([1, 4], { index: 9 }) });
    expect(meant(environment, role('voters'))).toEqual([0, 1, 2]);
    expect(meant(environment, role('learners'))).toEqual([3]);
  });

  test('while no node leads, they are those of the newest configuration known', () => {
    const environment = cluster().set(0, { role: 'follower' });
    environment.set(1, { up: false, members: members([1, 4], { index: 9, learners: [0] }) });
    environment.set(2, { members: members([2], { index: 3 }) });
    expect(meant(environment, role('voters'))).toEqual([1, 4]);
    expect(meant(environment, role('learners'))).toEqual([0]);
  });

  test('in a joint configuration both sides vote', () => {
    const environment = cluster().set(0, { members: members([1, 2, 4], { outgoing: [0, 1, 2] }) });
    expect(meant(environment, role('voters'))).toEqual([0, 1, 2, 4]);
  });

  test('followers, minorities and majorities are of those that vote', () => {
    const environment = cluster();
    expect(meant(environment, role('followers'))).toEqual([1, 2]);
    expect(meant(environment, role('minority'))).toHaveLength(1);
    expect(meant(environment, role('majority'))).toHaveLength(2);
    for (let i = 0; i < 30; i++) {
      const draws = new Draws(5, () => environment.random('vote', i));
      for (const word of ['minority', 'majority', 'follower'] as const) {
        expect(meant(environment, role(word), { draws })?.every((node) => node < 3)).toBe(true);
      }
    }
  });

  test('some of them can be drawn', () => {
    expect(meant(cluster(), any(1, 'learners'))).toEqual([3]);
    expect(meant(cluster(), any(3, 'voters'))).toEqual([0, 1, 2]);
    expect(meant(cluster(), any(2, 'learners'))).toBeUndefined();
    expect(missingIn(clusterOf(3), [role('learners')])).toBe('there are no learners');
  });
});

describe('except', () => {
  test('leaves out the nodes that the words mean at that moment', () => {
    const environment = clusterOf(5, 1);
    const memory = { old: [3] };
    expect(resolve(environment, [except(role('all'), role('leader'), remembered('old'))], { memory }).groups).toEqual([
      [0, 2, 4],
    ]);
    expect(resolve(environment, [except(role('followers'), n1)]).groups).toEqual([[2, 3, 4]]);
  });

  test('draws among the others only', () => {
    for (let i = 0; i < 30; i++) {
      const environment = clusterOf(3, 0);
      const draws = new Draws(3, () => environment.random('except', i));
      expect(resolve(environment, [except(any(2), n2)], { draws }).groups).toEqual([[0, 2]]);
      expect(resolve(environment, [except(role('follower'), n2)], { draws }).groups).toEqual([[2]]);
    }
  });

  test('a condition on it asks as much of the others as the word alone asks', () => {
    const scope = { cluster: clusterOf(5, 0), recall: () => null };
    expect(quotas(except(role('majority'), n1), scope)).toEqual([{ nodes: [1, 2, 3, 4], need: 3 }]);
    expect(quotas(except(role('all'), n1, n3), scope)).toEqual([{ nodes: [1, 3, 4], need: 3 }]);
  });

  test('finds nothing when no node is left', () => {
    expect(missingIn(clusterOf(1), [except(role('all'), n1)])).toBe('no node is left');
  });
});

describe('selectors of conditions and events', () => {
  const scopeOf = (environment: FakeEnvironment) => ({ cluster: environment, recall: () => null });

  test('a drawn word asks for so many of those it may mean, any other for all of them', () => {
    const scope = scopeOf(clusterOf(5, 0));
    expect(quotas(role('majority'), scope)).toEqual([{ nodes: [0, 1, 2, 3, 4], need: 3 }]);
    expect(quotas(role('followers'), scope)).toEqual([{ nodes: [1, 2, 3, 4], need: 4 }]);
  });

  test('in a list the nodes pointed at do not count towards those drawn', () => {
    const scope = scopeOf(clusterOf(3));
    expect(quotas(list(n1, any(1)), scope)).toEqual([
      { nodes: [0], need: 1 },
      { nodes: [1, 2], need: 1 },
    ]);
  });

  test('an event may be at any node its selector may mean', () => {
    const scope = scopeOf(clusterOf(3, 1));
    expect([0, 1, 2].filter((node) => mayMean(role('follower'), node, scope))).toEqual([0, 2]);
    expect([0, 1, 2].filter((node) => mayMean(list(role('leader'), n3), node, scope))).toEqual([1, 2]);
  });
});

describe('why a selector found nothing', () => {
  test.each<[string, Selector[], string]>([
    ['no leader', [role('leader')], 'no node leads'],
    ['no candidate', [role('candidate')], 'no candidate runs'],
    ['no memory', [remembered('old')], 'nothing is remembered as $old'],
    ['no node left', [role('all'), role('others')], 'every node is named already'],
    ['no node to draw', [list(n1, n2, n3), any(1)], 'no node is left for it'],
    ['too few', [n1, any(3)], 'only n2, n3 left for it'],
  ])('%s', (_, selectors, why) => {
    expect(missingIn(clusterOf(3), selectors)).toBe(why);
  });

  test('no follower, and no minority', () => {
    expect(missingIn(clusterOf(1, 0), [role('follower')])).toBe('no follower runs');
    expect(missingIn(clusterOf(1, 0), [any(1, 'followers')])).toBe('no follower runs');
    expect(missingIn(clusterOf(2), [role('minority')])).toBe('one or two voters have no minority');
  });
});
