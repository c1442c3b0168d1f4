import { describe, expect, test } from 'vitest';
import type { TraceEvent } from './trace-event.ts';
import type { Recorder } from './observer.ts';
import { ADMIN } from './protocol.ts';
import { type Behaviour, type Note, type PuppetRequest, puppets } from './testing/puppet.ts';
import { watcher } from './testing/recording-observer.ts';
import type { PuppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';
import type { Origin } from './faults/fault-log.ts';

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

function simulationOf(changes: PlanChanges = {}): {
  simulation: PuppetSimulation;
  seen: TraceEvent[];
  requests: unknown[];
} {
  const seen: TraceEvent[] = [];
  const requests: unknown[] = [];
  const recorder: Recorder = { wants: () => true, record: (traceEvent) => void seen.push(traceEvent) };
  const simulation: PuppetSimulation = new Simulation(puppets(photographer), planOf(changes));
  const observer = watcher<Note>({
    adminRequested: (node, request) => void requests.push([simulation.now, node, request]),
  });
  simulation.start(observer, recorder);
  return { simulation, seen, requests };
}

const linesOf = (seen: readonly TraceEvent[]): string[] =>
  seen
    .filter(({ kind }) => kind === 'admin-request' || kind === 'admin-rejected')
    .map(({ at, kind, node, text }) => `${at} ${kind} ${node} ${text}`);

describe('an admin request', () => {
  test('is handled at once, as an event of its own, and the trace says which step made it', () => {
    const { simulation, seen, requests } = simulationOf();
    runTo(simulation, 500);
    const before = simulation.event;
    expect(simulation.admin(0, SNAPSHOT, path)).toBe(null);
    expect(simulation.event).toBe(before + 1);
    expect(simulation.state(0)!.met).toEqual(['500 ordered snapshot']);
    expect(requests).toEqual([[500, 0, SNAPSHOT]]);
    expect(linesOf(seen)).toEqual(['500 admin-request 0 script[3]: take a snapshot']);
    expect(seen.find(({ kind }) => kind === 'admin-request')).toMatchObject({
      fields: { request: 'snapshot', path: path.path },
      cause: 0,
    });
    runTo(simulation, 5000);
    expect(simulation.diskContents(0)).toEqual(['snapshot']);
    expect(simulation.faults.list).toEqual([]);
  });

  test('that the node rejects comes back with its reason, which the next one forgets', () => {
    const { simulation, seen } = simulationOf();
    expect(simulation.admin(2, TRANSFER, path)).toBe('only snapshots here');
    expect(linesOf(seen)).toEqual([
      '0 admin-request 2 script[3]: transfer to n2',
      '0 admin-rejected 2 rejects the request: only snapshots here',
    ]);
    expect(simulation.admin(2, SNAPSHOT, path)).toBe(null);
  });

  test('to a node that is down is rejected for it', () => {
    const { simulation, seen } = simulationOf();
    simulation.faults.processes.crash(1, null, path);
    expect(simulation.admin(1, SNAPSHOT, path)).toBe('it is down');
    expect(linesOf(seen)[1]).toBe('0 admin-rejected 1 rejects the request: it is down');
  });

  test('to a paused node waits until it goes on, and is rejected only then', () => {
    const { simulation, seen, requests } = simulationOf();
    simulation.faults.processes.pause(0, path);
    expect(simulation.admin(0, TRANSFER, path)).toBe(null);
    runTo(simulation, 1000);
    expect(requests).toEqual([]);
    simulation.faults.processes.resume(0, path);
    runTo(simulation, 2000);
    expect(requests).toEqual([[1000, 0, TRANSFER]]);
    expect(linesOf(seen)[1]).toBe('1000 admin-rejected 0 rejects the request: only snapshots here');
    expect(simulation.faults.list[0]).toMatchObject({ kind: 'pause', effects: 1 });
  });

  test('to a slow node takes its turn, and is lost when that crashes', () => {
    const { simulation, requests } = simulationOf({ service: { kind: 'constant', value: 5000 } });
    simulation.admin(0, SNAPSHOT, path);
    simulation.admin(1, SNAPSHOT, path);
    simulation.faults.processes.crash(1, null, path);
    simulation.faults.processes.restart(1, path);
    runTo(simulation, 20_000);
    expect(requests).toEqual([[5000, 0, SNAPSHOT]]);
  });

  test('goes into the hash, with all it says, and so does that there was one at all', () => {
    const requests: (PuppetRequest | null)[] = [null, SNAPSHOT, TRANSFER, { kind: 'transfer', to: 2 }];
    const hashes = requests.map((request) => {
      const { simulation } = simulationOf();
      // A node that is down does nothing about it: what differs is the request itself.
      simulation.faults.processes.crash(0, null, path);
      if (request !== null) simulation.admin(0, request, path);
      return simulation.hash.digest();
    });
    expect(new Set(hashes).size).toBe(requests.length);
  });
});
