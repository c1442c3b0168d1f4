import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Recorder } from './observer.ts';
import {
  APPLIED,
  type EndpointId,
  type NodeId,
  type Out,
  type Request,
  type StepEvent,
  type Ticket,
} from './protocol.ts';
import { Simulation } from './simulation.ts';
import { loadOf } from './testing/client-harness.ts';
import { type BackupMessage, type BackupProtocol, type BackupState, primaryBackup } from './testing/primary-backup.ts';
import type { PuppetRequest } from './testing/puppet.ts';
import { inject, type RandomFault, randomFaults } from './testing/random-faults.ts';
import { planOf, runTo } from './testing/sample-plan.ts';
import type { TraceEvent } from './trace-event.ts';

type Backups = Simulation<BackupState, BackupMessage, Request, Request[], BackupState, PuppetRequest>;

/** What nodes did, by the number of the event in which they did it: the other side of the story that traces tell. */
interface Deeds {
  /** By node and timer: the event in which the node set it last. */
  readonly timers: Map<string, number>;
  /** By node, incarnation and ticket: the event in which the node issued the write. */
  readonly writes: Map<string, number>;
  /** By node and index: the events in which the node asked for everything up to it to be applied. */
  readonly applies: Map<string, number[]>;
  /** Batches that were done, with their causes and the events in which they were asked for. */
  readonly batches: { readonly cause: number; readonly askedIn: readonly number[] }[];
}

/** The protocol, with each node's deeds written down. `now` gives the current event and what caused it. */
function recorded(
  inner: BackupProtocol,
  now: () => { event: number; cause: number },
  deeds: Deeds,
  boots: number[],
): BackupProtocol {
  const recording = (node: NodeId, out: Out<BackupMessage, Request>): Out<BackupMessage, Request> => ({
    persist(delta) {
      const ticket: Ticket = out.persist(delta);
      deeds.writes.set(`${node} ${boots[node]} ${ticket}`, now().event);
      return ticket;
    },
    send: (to, message, after) => out.send(to, message, after),
    setTimer(timer, at) {
      deeds.timers.set(`${node} ${inner.timers[timer]}`, now().event);
      out.setTimer(timer, at);
    },
    clearTimer: (timer) => out.clearTimer(timer),
    apply(index) {
      const key = `${node} ${index}`;
      deeds.applies.set(key, [...(deeds.applies.get(key) ?? []), now().event]);
      out.apply(index);
    },
    applied: (index, stateHash) => out.applied(index, stateHash),
    restored: (index, stateHash) => out.restored(index, stateHash),
    reply: (request, reply, after) => out.reply(request, reply, after),
    worked: (on) => out.worked(on),
    reject: (reason) => out.reject(reason),
    halt: (reason) => out.halt(reason),
    readWallClock: () => out.readWallClock(),
    mark: (name) => out.mark(name),
  });
  return {
    ...inner,
    boot(id, disk, local, random, out) {
      boots[id] = (boots[id] ?? 0) + 1;
      for (const key of deeds.applies.keys()) if (key.startsWith(`${id} `)) deeds.applies.delete(key);
      return inner.boot(id, disk, local, random, recording(id, out));
    },
    step(state, event: StepEvent<BackupMessage, PuppetRequest>, local, random, out) {
      const { cause } = now();
      const askedIn = deeds.applies.get(`${state.id} ${event.index}`);
      if (event.kind === APPLIED && askedIn !== undefined) deeds.batches.push({ cause, askedIn });
      inner.step(state, event, local, random, recording(state.id, out));
    },
  };
}

interface Traced {
  readonly seen: readonly TraceEvent[];
  /** By event, from 1: what caused it. */
  readonly causes: readonly number[];
  readonly deeds: Deeds;
  /** By trace event: what the deeds were when it was recorded. */
  readonly expected: Map<TraceEvent, number | undefined>;
  /** The events that injected faults gave as their origin. */
  readonly origins: readonly { readonly path: string; readonly event: number }[];
}

/** A run of a primary-backup store under these faults, with slow disks, slow state machines and clients that time out soon. */
function trace(seed: string, faults: readonly RandomFault[]): Traced {
  const seen: TraceEvent[] = [];
  const causes: number[] = [0];
  const boots: number[] = [];
  const deeds: Deeds = { timers: new Map(), writes: new Map(), applies: new Map(), batches: [] };
  const expected = new Map<TraceEvent, number | undefined>();
  const recorder: Recorder = {
    wants: () => true,
    begin(event, cause) {
      expect(event).toBe(causes.length);
      causes.push(cause);
    },
    record(event) {
      seen.push(event);
      if (event.kind === 'timer') expected.set(event, deeds.timers.get(`${event.node} ${event.fields['timer']}`));
      if (event.kind === 'persisted') {
        expected.set(event, deeds.writes.get(`${event.node} ${boots[event.node]} ${event.fields['ticket']}`));
      }
    },
  };
  const plan = planOf<Request[]>({
    seed,
    links: { latency: { kind: 'uniform', low: 0, high: 3000 } },
    apply: { kind: 'uniform', low: 0, high: 2000 },
    clients: { count: 3, timeout: 20_000 },
  });
  const now = () => ({ event: causes.length - 1, cause: causes[causes.length - 1]! });
  const simulation: Backups = new Simulation(recorded(primaryBackup(3), now, deeds, boots), plan);
  simulation.start(null, recorder);
  const ops = { put: 1, get: 1, append: 1, cas: 0, delete: 0 };
  simulation.startLoad(loadOf({ ops, count: 20, think: { kind: 'uniform', low: 0, high: 5000 } }), {
    path: 'load',
    event: simulation.event,
  });
  const origins: { path: string; event: number }[] = [];
  for (const [index, one] of faults.entries()) {
    runTo(simulation, simulation.now + one.gap);
    const origin = {
      path: `script[${index}]`,
      event: simulation.beginStep(`script[${index}]`, one.what, simulation.event),
    };
    origins.push(origin);
    inject(simulation, one, origin);
  }
  simulation.faults.undoAll({ path: 'settle', event: simulation.event });
  runTo(simulation, simulation.now + 300_000);
  return { seen, causes, deeds, expected, origins };
}

function property(check: (run: Traced) => void, numRuns = 60): void {
  const seed = fc.string({ maxLength: 5 });
  fc.assert(
    fc.property(seed, randomFaults, (seed, faults) => check(trace(seed, faults))),
    // How often each kind of event occurs varies with the draw, and each test asks for some: the draw is fixed.
    { numRuns, seed: 1 },
  );
}

const kinds = (seen: readonly TraceEvent[], ...wanted: string[]): TraceEvent[] =>
  seen.filter(({ kind }) => wanted.includes(kind));

/** The trace events of an event. */
const at = (seen: readonly TraceEvent[], event: number): TraceEvent[] => seen.filter((one) => one.event === event);

describe('under random faults, the cause', () => {
  test('of every event is an earlier one, and of every trace event that of its event', () => {
    property(({ seen, causes }) => {
      for (let event = 1; event < causes.length; event++) expect(causes[event]).toBeLessThan(event);
      for (const { event, cause } of seen) expect(cause).toBe(causes[event]);
    });
  });

  test('of a timer is the event in which its node last set it', () => {
    let timers = 0;
    property(({ seen, expected }) => {
      for (const event of kinds(seen, 'timer')) {
        if (event.node >= 3) continue;
        timers++;
        // A fault that makes a timer fire is what sets it.
        expect(event.cause).toBe(expected.get(event));
      }
    });
    expect(timers).toBeGreaterThan(100);
  });

  test('of a durable write is the event that issued it', () => {
    let writes = 0;
    property(({ seen, expected }) => {
      for (const event of kinds(seen, 'persisted')) {
        writes++;
        expect(event.cause).toBe(expected.get(event));
      }
    });
    expect(writes).toBeGreaterThan(100);
  });

  test('of an apply is the event that asked for it', () => {
    let batches = 0;
    property(({ deeds }) => {
      for (const { cause, askedIn } of deeds.batches) {
        batches++;
        expect(askedIn).toContain(cause);
      }
    });
    expect(batches).toBeGreaterThan(100);
  });

  test('of a delivery is the event of the sender that sent this copy, after a clog or a pause too', () => {
    const what = ({ text }: TraceEvent): string =>
      text
        .split(' ')
        .slice(2)
        .join(' ')
        .replace(/ \(\w+\)$/u, '');
    property(({ seen }) => {
      for (const event of kinds(seen, 'delivered', 'dropped')) {
        const isMessage = event.fields['type'] !== 'Request' && event.fields['type'] !== 'Reply';
        const [from, to]: EndpointId[] =
          event.kind === 'delivered' ? [event.peer, event.node] : [event.node, event.peer];
        if (event.kind === 'dropped' && event.fields['reason'] === 'lost') continue;
        const sender = at(seen, event.cause);
        if (isMessage && event.kind === 'delivered') {
          const sent = sender.filter(({ kind, node, peer }) => kind === 'sent' && node === from && peer === to);
          expect(sent.map(what)).toContain(what(event));
        } else if (event.kind === 'delivered' && event.fields['type'] === 'Reply') {
          // What a node replies to, it has been handed, or it has applied.
          expect(sender.every(({ node }) => node === from)).toBe(true);
        }
      }
    }, 30);
  });

  test('of a client’s timeout is its attempt, and of a retry its timeout or the end of its pause', () => {
    let retries = 0;
    property(({ seen }) => {
      for (const event of kinds(seen, 'retried')) {
        retries++;
        const timers = at(seen, event.cause).filter(({ kind, node }) => kind === 'timer' && node === event.node);
        expect(timers.map(({ fields }) => fields['timer'])).toEqual([expect.stringMatching(/^(timeout|backoff)$/)]);
      }
      for (const event of kinds(seen, 'timer')) {
        if (event.fields['timer'] !== 'timeout') continue;
        const attempt = at(seen, event.cause).filter(({ node }) => node === event.node);
        expect(attempt.map(({ kind }) => kind)).toEqual(
          expect.arrayContaining([expect.stringMatching(/^(invoked|retried|delivered|completed|registered)$/)]),
        );
      }
    });
    expect(retries).toBeGreaterThan(50);
  });

  test('of a fault or an admin request is the step that made it', () => {
    let faults = 0;
    property(({ seen, origins }) => {
      const steps = new Map(origins.map(({ event, path }) => [event, path]));
      for (const event of kinds(seen, 'crashed', 'restarted', 'paused', 'resumed', 'fault', 'admin-request')) {
        if (event.fields['fault'] === 'settle' || !steps.has(event.cause)) continue;
        faults++;
        expect(at(seen, event.cause)).toMatchObject([{ kind: 'step', fields: { path: steps.get(event.cause) } }]);
      }
      const [settled] = kinds(seen, 'fault').filter(({ fields }) => fields['fault'] === 'settle');
      for (const event of kinds(seen, 'crashed', 'paused', 'admin-request')) {
        expect(steps.has(event.cause) && event.event < settled!.event).toBe(true);
      }
    });
    expect(faults).toBeGreaterThan(100);
  });
});

test('a cause that has not happened yet is a defect', () => {
  const simulation: Backups = new Simulation(primaryBackup(3), planOf<Request[]>());
  simulation.start(null, null);
  expect(() => simulation.beginStep('script[0]', 'wait', 2)).toThrow(/has not happened yet/);
});
