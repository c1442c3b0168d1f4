import { describe, expect, test } from 'vitest';
import type { Recorder } from './observer.ts';
import { REQUEST, TIMER } from './protocol.ts';
import { Simulation } from './simulation.ts';
import { type Behaviour, type Note, type PuppetRequest, type PuppetState, puppets, TICK } from './testing/puppet.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { SIMULATION_EVENTS, type SimulationEvents, type TraceEvent, type TraceSink } from './trace-event.ts';

type Puppets = Simulation<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

const script = { path: 'script[0]', event: 0 };
const GET = { op: 'get', key: 'x', value: '', expected: null } as const;

/** Node 0 sends a note to node 1 at 10 ms. Nodes reply to requests for `x` and to no others. */
const behaviour: Behaviour = {
  boot: (self, now, out) => {
    if (self.id === 0) out.setTimer(TICK, now + 10_000);
  },
  step: (_self, event, _now, out) => {
    if (event.kind === TIMER) out.send(1, { text: 'hello' });
    if (event.kind === REQUEST && event.request!.command.key === 'x') {
      out.reply(event.request!, { status: 'ok', value: null, applied: true, leader: -1 });
    }
  },
};

function traced(changes: PlanChanges = {}): { simulation: Puppets; seen: TraceEvent[] } {
  const seen: TraceEvent[] = [];
  const recorder: Recorder = { wants: () => true, record: (event) => void seen.push(event) };
  const simulation: Puppets = new Simulation(puppets(behaviour), planOf(changes));
  simulation.start(null, recorder);
  return { simulation, seen };
}

const of = (seen: readonly TraceEvent[], kind: string): TraceEvent[] => seen.filter((event) => event.kind === kind);

describe('a message that is dropped has its sender as node, its receiver as peer, and its type', () => {
  const dropped = { kind: 'dropped', node: 0, peer: 1 };

  test('by loss, when it is sent', () => {
    const { simulation, seen } = traced({ links: { loss: 1 } });
    runTo(simulation, 20_000);
    expect(of(seen, 'dropped')).toMatchObject([{ ...dropped, at: 10_000, fields: { type: 'Note', reason: 'lost' } }]);
  });

  test('by a cut, when it is sent', () => {
    const { simulation, seen } = traced();
    simulation.faults.network.cut([[0, 1]], 'keep', 'cut', script);
    runTo(simulation, 20_000);
    expect(of(seen, 'dropped')).toMatchObject([{ ...dropped, at: 10_000, fields: { type: 'Note', reason: 'cut' } }]);
  });

  test('by a cut, in flight', () => {
    const { simulation, seen } = traced();
    runTo(simulation, 10_500);
    simulation.faults.network.cut([[0, 1]], 'drop', 'cut', script);
    runTo(simulation, 20_000);
    expect(of(seen, 'dropped')).toMatchObject([{ ...dropped, at: 11_000, fields: { type: 'Note', reason: 'cut' } }]);
  });

  test('by a receiver that is down', () => {
    const { simulation, seen } = traced();
    runTo(simulation, 10_500);
    simulation.faults.processes.crash(1, null, script);
    runTo(simulation, 20_000);
    expect(of(seen, 'dropped')).toMatchObject([{ ...dropped, at: 11_000, fields: { type: 'Note', reason: 'down' } }]);
  });
});

describe('a client', () => {
  test('leaves a trace when a reply reaches it', () => {
    const { simulation, seen } = traced({ clients: { count: 1 } });
    simulation.operate(0, GET, 2, script);
    runTo(simulation, 5_000);
    const [reply] = of(seen, 'delivered').filter(({ node }) => node === 3);
    expect(reply).toMatchObject({ at: 2_000, peer: 2, fields: { type: 'Reply', sequence: 1 } });
    expect(of(seen, 'completed')).toMatchObject([{ event: reply!.event }]);
  });

  test('leaves a trace when it waits no longer, and its retry is an event that this causes', () => {
    const { simulation, seen } = traced({ clients: { count: 1, timeout: 20_000 } });
    simulation.operate(0, { ...GET, key: 'y' }, 2, script);
    runTo(simulation, 25_000);
    const [timeout] = of(seen, 'timer').filter(({ node }) => node === 3);
    expect(timeout).toMatchObject({ at: 20_000, cause: of(seen, 'invoked')[0]!.event });
    expect(timeout!.fields).toEqual({ timer: 'timeout', op: 'get', key: 'y', sequence: 1 });
    expect(of(seen, 'retried')).toMatchObject([
      { at: 20_000, cause: timeout!.event, event: timeout!.event + 1, peer: 2 },
    ]);
  });
});

test('a node that was paused says since when it had what it handles', () => {
  const { simulation, seen } = traced();
  simulation.faults.processes.pause(1, script);
  runTo(simulation, 15_000);
  simulation.faults.processes.resume(1, script);
  runTo(simulation, 20_000);
  const [delivered] = of(seen, 'delivered');
  const since = delivered!.event;
  expect(of(seen, 'handled')).toMatchObject([{ at: 15_000, node: 1, cause: since, fields: { since } }]);
});

test('texts that nothing wants are not built', () => {
  const words: string[] = [];
  const protocol = puppets(behaviour);
  const counted = {
    ...protocol,
    describe: (note: Note) => {
      words.push(note.text);
      return protocol.describe(note);
    },
  };
  const simulation: Puppets = new Simulation(counted, planOf({ links: { loss: 0.5, duplicate: 0.5 } }));
  simulation.start(null, { wants: (kind) => kind === 'timer', record: () => undefined });
  runTo(simulation, 100_000);
  expect([simulation.network.sent, words]).toEqual([1, []]);
});

test('a kind or a field that is not in the catalogue does not compile', () => {
  const sink: TraceSink<SimulationEvents> = { wants: () => true, note: () => undefined };
  // @ts-expect-error A misspelt kind.
  sink.note('persited', 0, -1, { ticket: 1 }, 'durable');
  // @ts-expect-error A field that persisted does not have.
  sink.note('persisted', 0, -1, { tiket: 1 }, 'durable');
  // @ts-expect-error A field of another type.
  sink.note('persisted', 0, -1, { ticket: 'one' }, 'durable');
  // @ts-expect-error A question about a kind that does not exist.
  sink.wants('persited');
  sink.note('persisted', 0, -1, { ticket: 1 }, 'durable');
  expect(Object.keys(SIMULATION_EVENTS)).toContain('persisted');
});
