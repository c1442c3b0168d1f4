import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PERSISTED } from '../sim/protocol.ts';
import { configuration } from './configuration.ts';
import { cloneDisk } from './disk.ts';
import { ELECTION, type RaftNode } from './node.ts';
import { Dice } from './testing/dice.ts';
import { FakeEffects, NO_EVENT } from './testing/fake-effects.ts';
import { appendOf, chunkOf, entriesOf, requestOf, valueOf } from './testing/messages.ts';
import { TestNode } from './testing/node.ts';
import { RandomCluster, diceOf, type Incarnation } from './testing/random-cluster.ts';
import { drawSetup } from './testing/setup.ts';

/** A node of a cluster, some steps after it booted. */
function relive(cluster: RandomCluster, id: number, life: Incarnation, steps: number): RaftNode {
  const out = new FakeEffects();
  const node = cluster.protocol.boot(id, cloneDisk(life.disk), life.bootedAt, diceOf(id, 0), out);
  goOn(cluster, node, life, 0, steps, out);
  return node;
}

/** Replays steps, and returns all effects. */
function goOn(
  cluster: RandomCluster,
  node: RaftNode,
  life: Incarnation,
  from: number,
  to: number,
  out: FakeEffects,
): unknown[] {
  const effects: unknown[] = [];
  for (let i = from; i < to; i++) {
    const { event, now } = life.steps[i]!;
    out.clear();
    out.wallTime = now;
    cluster.protocol.step(node, event, now, diceOf(node.id, i + 1), out);
    effects.push({ ...out });
  }
  return effects;
}

function outAt(lastTicket: number): FakeEffects {
  const out = new FakeEffects();
  out.lastTicket = lastTicket;
  return out;
}

test('a clone behaves as the original does, and neither affects the other', () => {
  let forks = 0;
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 50, max: 1500 }),
      fc.nat(),
      fc.boolean(),
      (seed, turns, at, originalFirst) => {
        const dice = new Dice(seed);
        const setup = drawSetup(dice.between(1, 5), dice);
        // At a small pace there is a leader to clone within these turns.
        const cluster = new RandomCluster({ ...setup, pace: Math.max(4000, setup.pace), crashes: 1 }, seed);
        cluster.run(turns);
        for (const [id, { incarnation }] of cluster.machines.entries()) {
          const end = incarnation.steps.length;
          const fork = at % (end + 1);
          const original = relive(cluster, id, incarnation, fork);
          const clone = cluster.protocol.clone(original);
          expect(clone).toEqual(original);
          expect(clone).not.toBe(original);
          const untouched = relive(cluster, id, incarnation, fork);
          const tickets = original.lastTicket;
          const [first, second] = originalFirst ? [original, clone] : [clone, original];
          const effects = goOn(cluster, first, incarnation, fork, end, outAt(tickets));
          expect(second).toEqual(untouched);
          expect(goOn(cluster, second, incarnation, fork, end, outAt(tickets))).toEqual(effects);
          expect(second).toEqual(first);
          if (end > fork) forks++;
        }
      },
    ),
    { numRuns: 100 },
  );
  expect(forks).toBeGreaterThan(100);
});

test('a clone shares no collection with the original', () => {
  const node = new TestNode({ nodes: 3, disk: { term: 1, log: entriesOf(1) } });
  node.lead();
  node.request(requestOf(1, 1));
  const original = node.state;
  const clone = original.clone();
  // What nodes share and never change.
  const shared = ['options', 'rules', 'lastAppend', 'snapshot', 'configuration', 'members'];
  for (const [name, value] of Object.entries(original)) {
    if (typeof value !== 'object' || value === null || shared.includes(name)) continue;
    expect(clone[name as keyof RaftNode], name).not.toBe(value);
  }
  expect(clone.log.entry(1)).toBe(original.log.entry(1));
});

test('boot keeps no reference to the disk it gets', () => {
  const log = entriesOf(1, 1);
  const { state } = new TestNode({ disk: { term: 1, log } });
  log.push(...entriesOf(9));
  expect(state.log.lastIndex).toBe(2);
});

test('a clone of a candidate has votes of its own', () => {
  const node = new TestNode();
  node.fire(ELECTION);
  const clone = node.state.clone();
  node.sync();
  expect([[...node.state.votes], [...clone.votes]]).toEqual([
    [1, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]);
});

test('a truncation does not affect the pending writes of a clone', () => {
  const node = new TestNode({ nodes: 3, disk: { term: 1 } });
  node.receive(1, appendOf(1, 1, [0, 0], entriesOf(1, 1, 1)));
  const clone = node.state.clone();
  node.receive(2, appendOf(2, 2, [1, 1], entriesOf(2)));
  node.protocol.step(clone, { ...NO_EVENT, kind: PERSISTED, ticket: 1 }, 0, diceOf(0, 1), new FakeEffects());
  node.syncOne();
  expect([clone.stableIndex, node.state.stableIndex]).toEqual([3, 1]);
});

test('chunks of a snapshot that arrive do not affect a clone', () => {
  const parts = [valueOf('x', 'a'), valueOf('y', 'b')];
  const node = new TestNode({ disk: { term: 1 } });
  node.receive(1, chunkOf(1, 1, [5, 1], { records: parts.slice(0, 1), done: false }));
  const clone = node.state.clone();
  const last = chunkOf(1, 1, [5, 1], { records: parts.slice(1), offset: parts[0]!.bytes });
  node.receive(1, { ...last, done: false });
  expect([node.state.incoming!.records.length, clone.incoming!.records.length]).toEqual([2, 1]);
  node.protocol.step(clone, { ...NO_EVENT, from: 1, message: last }, 0, diceOf(0, 1), new FakeEffects());
  expect([clone.lastApplied, clone.lookup('y')]).toEqual([5, 'b']);
});

test('catch-up progresses independently in the original and in a clone', () => {
  const node = new TestNode({ nodes: 3, members: configuration([0, 1], [2]) });
  node.lead();
  node.commit(1);
  node.admin({ kind: 'change', change: 'promote', node: 2 });
  const clone = node.state.clone();
  const before = { ...clone.catchUp };
  node.now += 1_000_000;
  node.acknowledge(1, 2);
  expect(node.state.catchUp!.rounds).toBe(1);
  expect(clone.catchUp).toEqual(before);
});
