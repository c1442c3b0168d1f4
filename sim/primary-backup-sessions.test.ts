import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Operation } from './clients/operation.ts';
import type { Reply, Request } from './protocol.ts';
import { loadOf } from './testing/client-harness.ts';
import { type BackupMessage, type BackupState, primaryBackup } from './testing/primary-backup.ts';
import { inject, type RandomFault, randomFaults } from './testing/random-faults.ts';
import type { PuppetRequest } from './testing/puppet.ts';
import { watcher } from './testing/recording-observer.ts';
import { planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';

type BackupSimulation = Simulation<BackupState, BackupMessage, Request, Request[], BackupState, PuppetRequest>;

const NODES = 3;
const OPS = { put: 2, get: 2, cas: 0, append: 2, delete: 1 };

interface Told {
  readonly outcome: string;
  readonly reply: Reply | null;
}

/** What an observer was told of the clients' operations. */
class Ledger {
  readonly invoked: Request[] = [];
  readonly completed = new Map<Request, Told>();
}

interface Setting {
  readonly seed: string;
  readonly perSession: number;
  readonly retries: number;
  /** Log entries an idle session lives for; null: no registration. */
  readonly lifetime: number | null;
  readonly open: boolean;
}

const setting: fc.Arbitrary<Setting> = fc.record({
  seed: fc.string({ maxLength: 5 }),
  perSession: fc.integer({ min: 1, max: 4 }),
  retries: fc.nat(3),
  lifetime: fc.constantFrom(null, 2, 10, 1000),
  open: fc.boolean(),
});

/** A run through faults, and then in peace until the load is done. */
function run(
  { seed, perSession, retries, lifetime, open }: Setting,
  faults: readonly RandomFault[],
): { simulation: BackupSimulation; ledger: Ledger } {
  const simulation: BackupSimulation = new Simulation(
    primaryBackup(NODES, lifetime),
    planOf<Request[]>({
      nodes: NODES,
      seed,
      links: { latency: { kind: 'uniform', low: 0, high: 3000 } },
      clients: { count: 3, perSession, retries, register: lifetime !== null },
    }),
  );
  const ledger = new Ledger();
  simulation.start(
    watcher<BackupMessage>({
      invoked: (request) => void ledger.invoked.push(request),
      completed: (request, outcome, reply) => void ledger.completed.set(request, { outcome, reply }),
    }),
    null,
  );
  const pace = open
    ? { think: null, rate: 200 }
    : { think: { kind: 'uniform' as const, low: 0, high: 5000 }, rate: null };
  simulation.clients.startLoad(loadOf({ ops: OPS, count: 20, ...pace }));
  for (const one of faults) {
    runTo(simulation, simulation.now + one.gap);
    inject(simulation, one);
  }
  simulation.faults.undoAll({ path: 'settle', event: 0 });
  for (let i = 0; i < 30 && (simulation.clients.invoked < 60 || simulation.clients.outstanding > 0); i++) {
    runTo(simulation, simulation.now + 100_000);
  }
  // A primary that came back only now has yet to execute its log again.
  runTo(simulation, simulation.now + 500_000);
  return { simulation, ledger };
}

const isOperation = ({ command }: Request): boolean => command.op !== 'register';

describe('through faults, with sessions of any width that may expire', () => {
  test('what is ok was executed, once; what failed was not; and nothing was executed twice', () => {
    fc.assert(
      fc.property(setting, randomFaults, (setting, faults) => {
        const { simulation } = run(setting, faults);
        const done = simulation.state(0)!.done.filter(isOperation);
        expect(new Set(done).size).toBe(done.length);
        for (const { outcome, request } of simulation.clients.history) {
          if (outcome === 'ok') expect(done).toContain(request);
          if (outcome === 'fail') expect(done).not.toContain(request);
        }
        expect(simulation.clients.outstanding).toBe(0);
        expect(simulation.clients.invoked).toBe(60);
      }),
      { numRuns: 100 },
    );
  });

  // The property above would prove nothing otherwise. How many of each there are varies with the draw, so the draw is fixed.
  test('operations end in every way', () => {
    const outcomes = new Map<string, number>();
    for (const [drawn, faults] of fc.sample(fc.tuple(setting, randomFaults), { numRuns: 100, seed: 1 })) {
      for (const { outcome } of run(drawn, faults).simulation.clients.history) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }
    for (const outcome of ['ok', 'fail', 'unknown']) expect(outcomes.get(outcome)).toBeGreaterThan(20);
  });

  test('observers are told of exactly the operations there are, and how they end', () => {
    fc.assert(
      fc.property(setting, randomFaults, (setting, faults) => {
        const { simulation, ledger } = run(setting, faults);
        const { history } = simulation.clients;
        const replies = ({ outcome, reply }: Operation): Told => ({ outcome, reply });
        expect(ledger.invoked).toEqual(history.map(({ request }) => request));
        for (const operation of history) expect(ledger.completed.get(operation.request)).toEqual(replies(operation));
        expect(ledger.completed.size).toBe(history.length);
      }),
      { numRuns: 30 },
    );
  });

  test('the same seed and the same faults give the same run, to the last event', () => {
    fc.assert(
      fc.property(setting, randomFaults, (setting, faults) => {
        const summary = ({ simulation }: { simulation: BackupSimulation }): unknown => [
          simulation.hash.digest(),
          simulation.event,
          simulation.clients.history,
          simulation.faults.list,
        ];
        expect(summary(run(setting, faults))).toEqual(summary(run(setting, faults)));
      }),
      { numRuns: 20 },
    );
  });

  test('the history changes nothing', () => {
    for (const perSession of [1, 3]) {
      const hashes = [true, false].map((history) => {
        const clients = { count: 3, perSession, register: true, history };
        const simulation: BackupSimulation = new Simulation(
          primaryBackup(NODES, 5),
          planOf<Request[]>({ nodes: NODES, clients }),
        );
        simulation.start(null, null);
        simulation.clients.startLoad(loadOf({ ops: OPS, count: 20 }));
        runTo(simulation, 2_000_000);
        expect(simulation.clients.ok + simulation.clients.failed).toBe(60);
        return simulation.hash.digest();
      });
      expect(hashes[0]).toBe(hashes[1]);
    }
  });
});
