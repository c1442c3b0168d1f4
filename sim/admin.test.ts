import { describe, expect, test } from 'vitest';
import type { TraceEvent } from './trace-event.ts';
import type { Recorder } from './observer.ts';
import { ADMIN } from './protocol.ts';
import { type Behaviour, type Note, type PuppetRequest, type PuppetState, puppets } from './testing/puppet.ts';
import { watcher } from './testing/recording-observer.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { World } from './world.ts';

type PuppetWorld = World<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

const SNAPSHOT: PuppetRequest = { kind: 'snapshot' };
const TRANSFER: PuppetRequest = { kind: 'transfer', to: 1 };
const path = 'script[3]';

/** Takes snapshots, and nothing else. */
const photographer: Behaviour = {
  step: (_self, event, _now, out) => {
    if (event.kind !== ADMIN) return;
    if (event.adminRequest!.kind === 'snapshot') out.persist('snapshot');
    else out.reject('only snapshots here');
  },
};

function worldOf(changes: PlanChanges = {}): { world: PuppetWorld; seen: TraceEvent[]; ordered: unknown[] } {
  const seen: TraceEvent[] = [];
  const ordered: unknown[] = [];
  const recorder: Recorder = { wants: () => true, record: (observation) => void seen.push(observation) };
  const world: PuppetWorld = new World(puppets(photographer), planOf(changes));
  const observer = watcher<Note>({ adminRequested: (node, order) => void ordered.push([world.now, node, order]) });
  world.start(observer, recorder);
  return { world, seen, ordered };
}

const linesOf = (seen: readonly TraceEvent[]): string[] =>
  seen
    .filter(({ kind }) => kind === 'order' || kind === 'declined')
    .map(({ at, kind, node, text }) => `${at} ${kind} ${node} ${text}`);

describe('an order', () => {
  test('is carried out at once, as an event of its own, and the trace tells where it came from', () => {
    const { world, seen, ordered } = worldOf();
    runTo(world, 500);
    const before = world.event;
    expect(world.order(0, SNAPSHOT, path)).toBe(null);
    expect(world.event).toBe(before + 1);
    expect(world.state(0)!.met).toEqual(['500 ordered snapshot']);
    expect(ordered).toEqual([[500, 0, SNAPSHOT]]);
    expect(linesOf(seen)).toEqual(['500 order 0 script[3]: take a snapshot']);
    expect(seen.find(({ kind }) => kind === 'order')).toMatchObject({ fields: { order: 'snapshot', path }, cause: 0 });
    runTo(world, 5000);
    expect(world.diskContents(0)).toEqual(['snapshot']);
    expect(world.faults.list).toEqual([]);
  });

  test('that the node declines comes back with its reason, which the next one forgets', () => {
    const { world, seen } = worldOf();
    expect(world.order(2, TRANSFER, path)).toBe('only snapshots here');
    expect(linesOf(seen)).toEqual([
      '0 order 2 script[3]: transfer to n2',
      '0 declined 2 declines: only snapshots here',
    ]);
    expect(world.order(2, SNAPSHOT, path)).toBe(null);
  });

  test('to a node that is down is declined for it', () => {
    const { world, seen } = worldOf();
    world.crash(1, null, path);
    expect(world.order(1, SNAPSHOT, path)).toBe('it is down');
    expect(linesOf(seen)[1]).toBe('0 declined 1 declines: it is down');
  });

  test('to a paused node waits until it goes on, and is declined only then', () => {
    const { world, seen, ordered } = worldOf();
    world.pause(0, path);
    expect(world.order(0, TRANSFER, path)).toBe(null);
    runTo(world, 1000);
    expect(ordered).toEqual([]);
    world.resume(0);
    runTo(world, 2000);
    expect(ordered).toEqual([[1000, 0, TRANSFER]]);
    expect(linesOf(seen)[1]).toBe('1000 declined 0 declines: only snapshots here');
    expect(world.faults.list[0]).toMatchObject({ kind: 'pause', effects: 1 });
  });

  test('to a slow node takes its turn, and is lost when that crashes', () => {
    const { world, ordered } = worldOf({ service: { kind: 'constant', value: 5000 } });
    world.order(0, SNAPSHOT, path);
    world.order(1, SNAPSHOT, path);
    world.crash(1, null, path);
    world.restart(1);
    runTo(world, 20_000);
    expect(ordered).toEqual([[5000, 0, SNAPSHOT]]);
  });

  test('goes into the hash, with all it says, and so does that there was one at all', () => {
    const orders: (PuppetRequest | null)[] = [null, SNAPSHOT, TRANSFER, { kind: 'transfer', to: 2 }];
    const hashes = orders.map((order) => {
      const { world } = worldOf();
      // A node that is down does nothing about it: what differs is the order itself.
      world.crash(0, null, path);
      if (order !== null) world.order(0, order, path);
      return world.hash.digest();
    });
    expect(new Set(hashes).size).toBe(orders.length);
  });
});
