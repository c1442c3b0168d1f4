import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from './clients/clients.ts';
import { SIMULATION_EVENTS, type TraceEvent } from './trace-event.ts';
import type { Observer, Recorder } from './observer.ts';
import type { Request } from './protocol.ts';
import { loadOf } from './testing/client-harness.ts';
import { type BackupMessage, type BackupState, primaryBackup } from './testing/primary-backup.ts';
import { inject, type RandomFault, randomFaults } from './testing/random-faults.ts';
import type { PuppetRequest } from './testing/puppet.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';
import type { Origin } from './faults/fault-log.ts';

type BackupWorld = Simulation<BackupState, BackupMessage, Request, Request[], BackupState, PuppetRequest>;

const NODES = 3;
const OPS = { put: 2, get: 2, cas: 0, append: 2, delete: 1 };
const name = ({ session, sequence }: Request): string => `${session}/${sequence}`;
const path: Origin = { path: 'script[0]', event: 0 };

/** Checks what primary–backup safety at every event, and counts what it has seen. */
class SafetyProperties implements Observer<BackupMessage> {
  readonly isBroken = false;
  readonly broken: string[] = [];
  boots = 0;
  readonly acknowledged: Request[] = [];
  world: BackupWorld | null = null;

  booted(node: number): void {
    this.boots++;
    for (const request of this.acknowledged) {
      if (!this.disks()[node]!.includes(request)) this.broken.push(`${name(request)} lost by node ${node}`);
    }
  }

  crashed(): void {}

  wiped(): void {}

  stepped(): void {}

  applied(): void {}

  restored(): void {}

  sent(): void {}

  delivered(): void {}

  requested(): void {}

  adminRequested(): void {}

  invoked(): void {}

  completed(): void {}

  persisted(): void {
    const [primary, ...backups] = this.disks();
    for (const backup of backups) {
      if (!backup.every((request, i) => request === primary![i])) this.broken.push('a backup is not a prefix');
    }
  }

  replied(_node: number, request: Request, reply: { status: string }): void {
    if (reply.status !== 'ok') return;
    this.acknowledged.push(request);
    for (const [node, disk] of this.disks().entries()) {
      if (!disk.includes(request)) this.broken.push(`${name(request)} acknowledged, but not on node ${node}`);
    }
  }

  private disks(): (readonly Request[])[] {
    return Array.from({ length: NODES }, (_, node) => this.world!.diskContents(node));
  }
}

function worldOf(
  changes: PlanChanges = {},
  recorder: Recorder | null = null,
): { world: BackupWorld; safety: SafetyProperties } {
  const plan = planOf<Request[]>({ nodes: NODES, ...changes, clients: { count: 3, ...changes.clients } });
  const world: BackupWorld = new Simulation(primaryBackup(NODES), plan);
  const safety = new SafetyProperties();
  safety.world = world;
  world.start(safety, recorder);
  world.clients.startLoad(loadOf({ ops: OPS, count: 20, think: { kind: 'uniform', low: 0, high: 5000 } }));
  return { world, safety };
}

/** What executing the log of the primary's disk from its beginning gives. */
function replay(log: readonly Request[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const { command } of log) {
    const { op, key, value } = command;
    if (op === 'put') values.set(key, value);
    else if (op === 'append') values.set(key, (values.get(key) ?? '') + value);
    else if (op === 'delete') values.delete(key);
  }
  return values;
}

function expectPromisesKept({ world, safety }: { world: BackupWorld; safety: SafetyProperties }): void {
  expect(safety.broken).toEqual([]);
  const primary = world.diskContents(0);
  expect(new Set(primary.map(name)).size).toBe(primary.length);
  expect(world.state(0)!.values).toEqual(replay(primary.slice(0, world.state(0)!.executed)));
  for (const { outcome, request } of world.clients.history) {
    if (outcome === 'ok') expect(primary).toContain(request);
    if (outcome === 'fail') expect(primary).not.toContain(request);
  }
}

const seed = fc.string({ maxLength: 5 });

/** A run under faults, and then without them until the load is done. */
function run(
  seed: string,
  faults: readonly RandomFault[],
  recorder: Recorder | null = null,
): { world: BackupWorld; safety: SafetyProperties } {
  const run = worldOf({ seed, freeze: true, links: { latency: { kind: 'uniform', low: 0, high: 3000 } } }, recorder);
  const { world } = run;
  for (const one of faults) {
    runTo(world, world.now + one.gap);
    inject(world, one);
  }
  world.faults.undoAll(path);
  for (let i = 0; i < 30 && (world.clients.invoked < 60 || world.clients.outstanding > 0); i++) {
    runTo(world, world.now + 100_000);
  }
  return run;
}

describe('without faults', () => {
  test('every operation is answered, by the primary, and every disk holds all of them', () => {
    const { world, safety } = worldOf();
    runTo(world, 2_000_000);
    expectPromisesKept({ world, safety });
    expect([world.clients.ok, world.clients.outstanding, safety.boots]).toEqual([60, 0, 3]);
    expect(safety.acknowledged.length).toBe(60);
    for (let node = 0; node < NODES; node++) expect(world.diskContents(node).length).toBe(60);
  });

  test('clients that asked a backup were redirected, and ask the primary from then on', () => {
    const redirects: TraceEvent[] = [];
    const recorder: Recorder = {
      wants: (kind) => kind === 'delivered',
      record: (seen) => {
        if (seen.node !== 0 && seen.fields['type'] === 'Request') redirects.push(seen);
      },
    };
    const { world } = worldOf({}, recorder);
    runTo(world, 2_000_000);
    expect(redirects.length).toBeLessThanOrEqual(3);
  });
});

describe('determinism', () => {
  const digest = ({ world }: { world: BackupWorld }): string => world.hash.digest();

  test('the same seed and the same faults give the same run, to the last event', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const summary = ({ world }: { world: BackupWorld }): unknown => [
          world.hash.digest(),
          world.event,
          world.delivered,
          world.clients.history,
          world.faults.list,
          world.marks.all(),
        ];
        expect(summary(run(seed, faults))).toEqual(summary(run(seed, faults)));
      }),
      { numRuns: 30 },
    );
  });

  test('another seed gives another run', () => {
    const hashes = new Set(Array.from({ length: 20 }, (_, i) => digest(run(String(i), []))));
    expect(hashes.size).toBe(20);
  });

  test('one fault more gives another run', () => {
    const crash: RandomFault = { gap: 5000, what: 'crash', node: 1, other: 2, mode: 'keep', span: 0 };
    expect(digest(run('1', [crash]))).not.toBe(digest(run('1', [])));
    expect(digest(run('1', [crash]))).not.toBe(digest(run('1', [{ ...crash, node: 2 }])));
  });

  test('recording everything changes nothing', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const seen: TraceEvent[] = [];
        const recorder: Recorder = { wants: () => true, record: (traceEvent) => void seen.push(traceEvent) };
        const recorded = run(seed, faults, recorder);
        const silent = run(seed, faults);
        expect([digest(recorded), recorded.world.event]).toEqual([digest(silent), silent.world.event]);
        expect(seen.length).toBeGreaterThan(100);
      }),
      { numRuns: 20 },
    );
  });

  test('a hash is pinned, so that a change of behaviour is seen', () => {
    expect(digest(run('1', []))).toBe('18dde91fd4312b8e');
  });
});

describe('a trace', () => {
  function trace(seed: string, faults: readonly RandomFault[]): { seen: TraceEvent[]; world: BackupWorld } {
    const seen: TraceEvent[] = [];
    const recorder: Recorder = { wants: () => true, record: (traceEvent) => void seen.push(traceEvent) };
    return { seen, world: run(seed, faults, recorder).world };
  }

  test('tells of events in order, and the cause of each lies before it', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const { seen, world } = trace(seed, faults);
        const wrong = seen.filter((traceEvent, i) => {
          const before = seen[i - 1];
          const lostOnArrival = traceEvent.kind === 'dropped' && traceEvent.fields['type'] === undefined;
          return (
            (before !== undefined && (traceEvent.event < before.event || traceEvent.at < before.at)) ||
            traceEvent.cause < 0 ||
            traceEvent.cause > traceEvent.event ||
            (traceEvent.cause === traceEvent.event && !lostOnArrival)
          );
        });
        expect(wrong).toEqual([]);
        expect(seen[seen.length - 1]!.event).toBeLessThanOrEqual(world.event);
      }),
      { numRuns: 30 },
    );
  });

  test('a message lost on arrival was caused by an earlier event', () => {
    const crash: RandomFault = { gap: 30_000, what: 'crash', node: 1, other: 0, mode: 'keep', span: 0 };
    for (let seed = 1; seed <= 20; seed++) {
      for (const { kind, fields, cause, event } of trace(String(seed), [crash, { ...crash, what: 'restart' }]).seen) {
        if (kind === 'dropped' && fields['reason'] === 'down') expect(cause).toBeLessThan(event);
      }
    }
  });

  test('the cause of a delivery is the event in which the message left', () => {
    const { seen } = trace('1', []);
    const sent = new Map<number, Set<string>>();
    for (const { kind, event, node, peer, text } of seen) {
      if (kind !== 'sent') continue;
      const from = sent.get(event) ?? new Set();
      sent.set(event, from.add(`${node} ${peer} ${text.split(' ').slice(2).join(' ')}`));
    }
    const deliveries = seen.filter(
      ({ kind, fields }) => kind === 'delivered' && fields['type'] !== 'Request' && fields['type'] !== 'Reply',
    );
    expect(deliveries.length).toBeGreaterThan(50);
    for (const { cause, node, peer, text } of deliveries) {
      expect(sent.get(cause)).toContain(`${peer} ${node} ${text.split(' ').slice(2).join(' ')}`);
    }
  });

  test('every trace event of a run is of a kind in the catalogue', () => {
    const kinds = new Set<string>();
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        for (const { kind } of trace(seed, faults).seen) kinds.add(kind);
      }),
      { numRuns: 20 },
    );
    const documented = Object.keys(SIMULATION_EVENTS);
    expect([...kinds].filter((kind) => !documented.includes(kind))).toEqual([]);
  });
});

describe('under random faults', () => {
  test('acknowledged operations are on every disk, executed once, and survive; after peace all clients are done', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const { world, safety } = run(seed, faults);
        expectPromisesKept({ world, safety });
        expect(world.clients.outstanding).toBe(0);
        expect(world.clients.invoked).toBe(60);
      }),
      { numRuns: 100 },
    );
  });

  // The property above would prove nothing otherwise. How many faults have effects varies with the draw, so the draw is fixed.
  test('the random faults have effects', () => {
    const effective = fc
      .sample(fc.tuple(seed, randomFaults), { numRuns: 50, seed: 1 })
      .map(([seed, faults]) => run(seed, faults).world.faults.list.filter(({ effects }) => effects > 0).length);
    expect(effective.reduce((sum, count) => sum + count)).toBeGreaterThan(50);
  });

  test('lost messages are made up for by repetition', () => {
    const { world, safety } = worldOf({ links: { loss: 0.3 }, clients: { timeout: 200_000, retries: 100 } });
    runTo(world, 20_000_000);
    expectPromisesKept({ world, safety });
    expect([world.clients.ok, world.network.lost > 50]).toEqual([60, true]);
  });

  test('a primary that crashes executes again from its disk alone, and answers a retry as before', () => {
    const { world, safety } = worldOf({ clients: { timeout: 50_000, retries: 20 } });
    for (let i = 0; i < 10; i++) {
      runTo(world, world.now + 20_000);
      world.faults.processes.crash(0, 'lose-unsynced', path);
      runTo(world, world.now + 5000);
      world.faults.processes.restart(0, path);
      expect(world.state(0)).toMatchObject({ executed: 0, values: new Map(), booted: world.diskContents(0).length });
    }
    runTo(world, 20_000_000);
    expectPromisesKept({ world, safety });
    expect([world.clients.ok, safety.boots]).toEqual([60, 13]);
  });

  test('a paused or slow backup delays all operations, and a resumed one lets them go on', () => {
    const settled = (operations: readonly Operation[]): number =>
      operations.filter(({ outcome }) => outcome === 'ok').length;
    const { world, safety } = worldOf({ clients: { timeout: 10_000_000 } });
    runTo(world, 20_000);
    world.faults.processes.pause(1, path);
    runTo(world, 40_000);
    const before = settled(world.clients.history);
    runTo(world, 1_000_000);
    expect(settled(world.clients.history)).toBe(before);
    world.faults.processes.resume(1, path);
    world.faults.processes.setService(2, { kind: 'constant', value: 3000 }, path);
    runTo(world, 8_000_000);
    expectPromisesKept({ world, safety });
    expect(world.clients.ok).toBe(60);
    expect(world.faults.list.map(({ effects }) => effects > 0)).toEqual([true, true]);
  });

  test('without a clock the primary repeats nothing, and with it again it goes on', () => {
    const { world, safety } = worldOf({ clients: { count: 1, timeout: 10_000_000 } });
    world.faults.network.cut([[0, 1]], 'keep', 'cut', path);
    runTo(world, 5000);
    world.faults.clocks.setClock(0, { offset: null, drift: -1_000_000, jump: null }, path);
    runTo(world, 30_000);
    world.faults.network.heal('all', path);
    runTo(world, 5_000_000);
    expect(world.clients.ok).toBe(0);
    world.faults.clocks.setClock(0, { offset: null, drift: 0, jump: null }, path);
    runTo(world, 10_000_000);
    expectPromisesKept({ world, safety });
    expect(world.clients.ok).toBe(20);
  });

  test('the safety are broken, and that is seen, when a backup loses its disk', () => {
    const { world, safety } = worldOf();
    runTo(world, 30_000);
    world.faults.processes.wipe(1, path);
    world.faults.processes.restart(1, path);
    runTo(world, 5_000_000);
    expect(safety.broken[0]).toContain('lost by node 1');
  });
});
