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

type BackupSimulation = Simulation<BackupState, BackupMessage, Request, Request[], BackupState, PuppetRequest>;

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
  simulation: BackupSimulation | null = null;

  booted(node: number): void {
    this.boots++;
    for (const request of this.acknowledged) {
      if (!this.disks()[node]!.includes(request)) this.broken.push(`${name(request)} lost by node ${node}`);
    }
  }

  crashed(): void {}

  panicked(): void {}

  timerForced(): void {}

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
    return Array.from({ length: NODES }, (_, node) => this.simulation!.diskContents(node));
  }
}

function simulationOf(
  changes: PlanChanges = {},
  recorder: Recorder | null = null,
): { simulation: BackupSimulation; safety: SafetyProperties } {
  const plan = planOf<Request[]>({ nodes: NODES, ...changes, clients: { count: 3, ...changes.clients } });
  const simulation: BackupSimulation = new Simulation(primaryBackup(NODES), plan);
  const safety = new SafetyProperties();
  safety.simulation = simulation;
  simulation.start(safety, recorder);
  simulation.clients.startLoad(loadOf({ ops: OPS, count: 20, think: { kind: 'uniform', low: 0, high: 5000 } }));
  return { simulation, safety };
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

function expectPromisesKept({ simulation, safety }: { simulation: BackupSimulation; safety: SafetyProperties }): void {
  expect(safety.broken).toEqual([]);
  const primary = simulation.diskContents(0);
  expect(new Set(primary.map(name)).size).toBe(primary.length);
  expect(simulation.state(0)!.values).toEqual(replay(primary.slice(0, simulation.state(0)!.executed)));
  for (const { outcome, request } of simulation.clients.history) {
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
): { simulation: BackupSimulation; safety: SafetyProperties } {
  const run = simulationOf(
    { seed, freeze: true, links: { latency: { kind: 'uniform', low: 0, high: 3000 } } },
    recorder,
  );
  const { simulation } = run;
  for (const one of faults) {
    runTo(simulation, simulation.now + one.gap);
    inject(simulation, one);
  }
  simulation.faults.undoAll(path);
  for (let i = 0; i < 30 && (simulation.clients.invoked < 60 || simulation.clients.outstanding > 0); i++) {
    runTo(simulation, simulation.now + 100_000);
  }
  return run;
}

describe('without faults', () => {
  test('every operation is answered, by the primary, and every disk holds all of them', () => {
    const { simulation, safety } = simulationOf();
    runTo(simulation, 2_000_000);
    expectPromisesKept({ simulation, safety });
    expect([simulation.clients.ok, simulation.clients.outstanding, safety.boots]).toEqual([60, 0, 3]);
    expect(safety.acknowledged.length).toBe(60);
    for (let node = 0; node < NODES; node++) expect(simulation.diskContents(node).length).toBe(60);
  });

  test('clients that asked a backup were redirected, and ask the primary from then on', () => {
    const redirects: TraceEvent[] = [];
    const recorder: Recorder = {
      wants: (kind) => kind === 'delivered',
      record: (seen) => {
        if (seen.node !== 0 && seen.fields['type'] === 'Request') redirects.push(seen);
      },
    };
    const { simulation } = simulationOf({}, recorder);
    runTo(simulation, 2_000_000);
    expect(redirects.length).toBeLessThanOrEqual(3);
  });
});

describe('determinism', () => {
  const digest = ({ simulation }: { simulation: BackupSimulation }): string => simulation.hash.digest();

  test('the same seed and the same faults give the same run, to the last event', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const summary = ({ simulation }: { simulation: BackupSimulation }): unknown => [
          simulation.hash.digest(),
          simulation.event,
          simulation.delivered,
          simulation.clients.history,
          simulation.faults.list,
          simulation.marks.all(),
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
        expect([digest(recorded), recorded.simulation.event]).toEqual([digest(silent), silent.simulation.event]);
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
  function trace(seed: string, faults: readonly RandomFault[]): { seen: TraceEvent[]; simulation: BackupSimulation } {
    const seen: TraceEvent[] = [];
    const recorder: Recorder = { wants: () => true, record: (traceEvent) => void seen.push(traceEvent) };
    return { seen, simulation: run(seed, faults, recorder).simulation };
  }

  test('tells of events in order, and the cause of each lies before it', () => {
    fc.assert(
      fc.property(seed, randomFaults, (seed, faults) => {
        const { seen, simulation } = trace(seed, faults);
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
        expect(seen[seen.length - 1]!.event).toBeLessThanOrEqual(simulation.event);
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
        const { simulation, safety } = run(seed, faults);
        expectPromisesKept({ simulation, safety });
        expect(simulation.clients.outstanding).toBe(0);
        expect(simulation.clients.invoked).toBe(60);
      }),
      { numRuns: 100 },
    );
  });

  // The property above would prove nothing otherwise. How many faults have effects varies with the draw, so the draw is fixed.
  test('the random faults have effects', () => {
    const effective = fc
      .sample(fc.tuple(seed, randomFaults), { numRuns: 50, seed: 1 })
      .map(([seed, faults]) => run(seed, faults).simulation.faults.list.filter(({ effects }) => effects > 0).length);
    expect(effective.reduce((sum, count) => sum + count)).toBeGreaterThan(50);
  });

  test('snapshots that take long are among them, and have effects', () => {
    const slowed = fc
      .sample(fc.tuple(seed, randomFaults), { numRuns: 50, seed: 1 })
      .flatMap(([seed, faults]) => run(seed, faults).simulation.faults.list)
      .filter(({ kind, effects }) => kind === 'slow-snapshots' && effects > 0);
    expect(slowed.length).toBeGreaterThan(3);
  });

  test('lost messages are made up for by repetition', () => {
    const { simulation, safety } = simulationOf({ links: { loss: 0.3 }, clients: { timeout: 200_000, retries: 100 } });
    runTo(simulation, 20_000_000);
    expectPromisesKept({ simulation, safety });
    expect([simulation.clients.ok, simulation.network.lost > 50]).toEqual([60, true]);
  });

  test('a primary that crashes executes again from its disk alone, and answers a retry as before', () => {
    const { simulation, safety } = simulationOf({ clients: { timeout: 50_000, retries: 20 } });
    for (let i = 0; i < 10; i++) {
      runTo(simulation, simulation.now + 20_000);
      simulation.faults.processes.crash(0, 'lose-unsynced', path);
      runTo(simulation, simulation.now + 5000);
      simulation.faults.processes.restart(0, path);
      expect(simulation.state(0)).toMatchObject({
        executed: 0,
        values: new Map(),
        booted: simulation.diskContents(0).length,
      });
    }
    runTo(simulation, 20_000_000);
    expectPromisesKept({ simulation, safety });
    expect([simulation.clients.ok, safety.boots]).toEqual([60, 13]);
  });

  test('a paused or slow backup delays all operations, and a resumed one lets them go on', () => {
    const settled = (operations: readonly Operation[]): number =>
      operations.filter(({ outcome }) => outcome === 'ok').length;
    const { simulation, safety } = simulationOf({ clients: { timeout: 10_000_000 } });
    runTo(simulation, 20_000);
    simulation.faults.processes.pause(1, path);
    runTo(simulation, 40_000);
    const before = settled(simulation.clients.history);
    runTo(simulation, 1_000_000);
    expect(settled(simulation.clients.history)).toBe(before);
    simulation.faults.processes.resume(1, path);
    simulation.faults.processes.setService(2, { kind: 'constant', value: 3000 }, path);
    runTo(simulation, 8_000_000);
    expectPromisesKept({ simulation, safety });
    expect(simulation.clients.ok).toBe(60);
    expect(simulation.faults.list.map(({ effects }) => effects > 0)).toEqual([true, true]);
  });

  test('without a clock the primary repeats nothing, and with it again it goes on', () => {
    const { simulation, safety } = simulationOf({ clients: { count: 1, timeout: 10_000_000 } });
    simulation.faults.network.cut([[0, 1]], 'keep', 'cut', path);
    runTo(simulation, 5000);
    simulation.faults.clocks.setClock(0, { offset: null, drift: -1_000_000, jump: null }, path);
    runTo(simulation, 30_000);
    simulation.faults.network.heal('all', path);
    runTo(simulation, 5_000_000);
    expect(simulation.clients.ok).toBe(0);
    simulation.faults.clocks.setClock(0, { offset: null, drift: 0, jump: null }, path);
    runTo(simulation, 10_000_000);
    expectPromisesKept({ simulation, safety });
    expect(simulation.clients.ok).toBe(20);
  });

  test('the safety are broken, and that is seen, when a backup loses its disk', () => {
    const { simulation, safety } = simulationOf();
    runTo(simulation, 30_000);
    simulation.faults.processes.wipe(1, path);
    simulation.faults.processes.restart(1, path);
    runTo(simulation, 5_000_000);
    expect(safety.broken[0]).toContain('lost by node 1');
  });
});
