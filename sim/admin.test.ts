import { describe, expect, test } from 'vitest';
import type { TraceEvent } from './trace-event.ts';
import type { Recorder } from './observer.ts';
import { ADMIN } from './protocol.ts';
import { type Behaviour, type Note, type PuppetRequest, type PuppetState, puppets } from './testing/puppet.ts';
import { watcher } from './testing/recording-observer.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';
import type { Origin } from './faults/fault-log.ts';

type PuppetWorld = Simulation<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

const SNAPSHOT: PuppetRequest = { kind: 'snapshot' };
const TRANSFER: PuppetRequest = { kind: 'transfer', to: 1 };
const path: Origin = { path: 'script[3]', event: 0 };

/** Takes snapshots, and nothing else. */
const photographer: Behaviour = {
  step: (_self, event, _now, out) => {
    if (event.kind !== ADMIN) return;
    if (event.adminRequest!.kind === 'snapshot') out.persist('snapshot');
    else out.reject('only snapshots here');
  },
};

function worldOf(changes: PlanChanges = {}): { world: PuppetWorld; seen: TraceEvent[]; requests: unknown[] } {
  const seen: TraceEvent[] = [];
  const requests: unknown[] = [];
  const recorder: Recorder = { wants: () => true, record: (traceEvent) => void seen.push(traceEvent) };
  const world: PuppetWorld = new Simulation(puppets(photographer), planOf(changes));
  const observer = watcher<Note>({ adminRequested: (node, request) => void requests.push([world.now, node, request]) });
  world.start(observer, recorder);
  return { world, seen, requests };
}

const linesOf = (seen: readonly TraceEvent[]): string[] =>
  seen
    .filter(({ kind }) => kind === 'admin-request' || kind === 'admin-rejected')
    .map(({ at, kind, node, text }) => `${at} ${kind} ${node} ${text}`);

describe('an admin request', () => {
  test('is handled at once, as an event of its own, and the trace says which step made it', () => {
    const { world, seen, requests } = worldOf();
    runTo(world, 500);
    const before = world.event;
    expect(world.admin(0, SNAPSHOT, path)).toBe(null);
    expect(world.event).toBe(before + 1);
    expect(world.state(0)!.met).toEqual(['500 ordered snapshot']);
    expect(requests).toEqual([[500, 0, SNAPSHOT]]);
    expect(linesOf(seen)).toEqual(['500 admin-request 0 script[3]: take a snapshot']);
    expect(seen.find(({ kind }) => kind === 'admin-request')).toMatchObject({
      fields: { request: 'snapshot', path: path.path },
      cause: 0,
    });
    runTo(world, 5000);
    expect(world.diskContents(0)).toEqual(['snapshot']);
    expect(world.faults.list).toEqual([]);
  });

  test('that the node rejects comes back with its reason, which the next one forgets', () => {
    const { world, seen } = worldOf();
    expect(world.admin(2, TRANSFER, path)).toBe('only snapshots here');
    expect(linesOf(seen)).toEqual([
      '0 admin-request 2 script[3]: transfer to n2',
      '0 admin-rejected 2 rejects the request: only snapshots here',
    ]);
    expect(world.admin(2, SNAPSHOT, path)).toBe(null);
  });

  test('to a node that is down is rejected for it', () => {
    const { world, seen } = worldOf();
    world.faults.processes.crash(1, null, path);
    expect(world.admin(1, SNAPSHOT, path)).toBe('it is down');
    expect(linesOf(seen)[1]).toBe('0 admin-rejected 1 rejects the request: it is down');
  });

  test('to a paused node waits until it goes on, and is rejected only then', () => {
    const { world, seen, requests } = worldOf();
    world.faults.processes.pause(0, path);
    expect(world.admin(0, TRANSFER, path)).toBe(null);
    runTo(world, 1000);
    expect(requests).toEqual([]);
    world.faults.processes.resume(0, path);
    runTo(world, 2000);
    expect(requests).toEqual([[1000, 0, TRANSFER]]);
    expect(linesOf(seen)[1]).toBe('1000 admin-rejected 0 rejects the request: only snapshots here');
    expect(world.faults.list[0]).toMatchObject({ kind: 'pause', effects: 1 });
  });

  test('to a slow node takes its turn, and is lost when that crashes', () => {
    const { world, requests } = worldOf({ service: { kind: 'constant', value: 5000 } });
    world.admin(0, SNAPSHOT, path);
    world.admin(1, SNAPSHOT, path);
    world.faults.processes.crash(1, null, path);
    world.faults.processes.restart(1, path);
    runTo(world, 20_000);
    expect(requests).toEqual([[5000, 0, SNAPSHOT]]);
  });

  test('goes into the hash, with all it says, and so does that there was one at all', () => {
    const requests: (PuppetRequest | null)[] = [null, SNAPSHOT, TRANSFER, { kind: 'transfer', to: 2 }];
    const hashes = requests.map((request) => {
      const { world } = worldOf();
      // A node that is down does nothing about it: what differs is the request itself.
      world.faults.processes.crash(0, null, path);
      if (request !== null) world.admin(0, request, path);
      return world.hash.digest();
    });
    expect(new Set(hashes).size).toBe(requests.length);
  });
});
