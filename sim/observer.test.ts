import { describe, expect, test } from 'vitest';
import type { TraceEvent } from './trace-event.ts';
import type { Observer } from './observer.ts';
import { APPLIED, MESSAGE, REQUEST } from './protocol.ts';
import { type Behaviour, type Note, puppets } from './testing/puppet.ts';
import { recorder, watcher } from './testing/recording-observer.ts';
import { type PuppetSimulation, puppetSimulation } from './testing/puppet-simulation.ts';
import { type PlanChanges, planOf, runTo } from './testing/sample-plan.ts';
import { Simulation } from './simulation.ts';
import type { Origin } from './faults/fault-log.ts';

const path: Origin = { path: 'script[0]', event: 0 };
const GET = { op: 'get', key: 'x', value: '', expected: null } as const;

function simulationOf(behaviour: Behaviour, changes: PlanChanges, observer: Observer<Note> | null): PuppetSimulation {
  return puppetSimulation(behaviour, { nodes: 1, ...changes }, observer);
}

describe('a state machine that is replaced by a snapshot', () => {
  /** Asked, it installs a snapshot of index 5, and goes on to 7 in two batches. */
  const restoring: Behaviour = {
    step: (_self, event, _now, out) => {
      if (event.kind === REQUEST) {
        out.apply(6);
        out.restored(5, 55);
      } else if (event.kind === APPLIED) {
        out.applied(event.index, event.index * 11);
        if (event.index < 7) out.apply(7);
      }
    },
  };

  test('is told of after the step it happened in, and before that step’s next look and what is applied on top', () => {
    const lines: string[] = [];
    const simulation = simulationOf(restoring, { clients: { count: 1 } }, recorder(lines));
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 2000);
    expect(lines).toEqual([
      ...['booted 0', 'invoked …', 'asked 0 …'],
      ...['stepped 0', 'restored 0 5 55', 'stepped 0', 'applied 0 6 66', 'stepped 0', 'applied 0 7 77'],
    ]);
  });

  test('at boot, it is told of between the boot and what is applied on top', () => {
    const lines: string[] = [];
    const boot: Behaviour['boot'] = (_self, _now, out) => {
      out.restored(5, 55);
      out.apply(7);
    };
    simulationOf({ ...restoring, boot }, {}, recorder(lines));
    expect(lines).toEqual(['booted 0', 'restored 0 5 55', 'stepped 0', 'applied 0 7 77']);
  });

  test('stays as it is when what is seen of it is wrong', () => {
    const met: string[] = [];
    const observer = {
      ...watcher<Note>({ applied: () => void met.push('applied') }),
      isBroken: false,
      restored(): void {
        this.isBroken = true;
      },
    };
    const simulation = simulationOf(restoring, { clients: { count: 1 } }, observer);
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 2000);
    expect(met).toEqual([]);
  });

  test('is a line of the trace', () => {
    const seen: TraceEvent[] = [];
    const simulation: PuppetSimulation = new Simulation(
      puppets(restoring),
      planOf({ nodes: 1, clients: { count: 1 } }),
    );
    simulation.start(null, {
      wants: (kind) => kind === 'restored',
      record: (traceEvent) => void seen.push(traceEvent),
    });
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 2000);
    expect(seen).toMatchObject([
      { node: 0, fields: { index: 5 }, text: 'the state machine is that of a snapshot of index 5' },
    ]);
  });

  test('goes into the hash, index and digest', () => {
    const hashes = [null, [5, 55], [6, 55], [5, 56]].map((restored) => {
      const boot: Behaviour['boot'] = (_self, _now, out) => {
        if (restored !== null) out.restored(restored[0]!, restored[1]!);
      };
      return simulationOf({ boot }, {}, null).hash.digest();
    });
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('what a node is about to handle', () => {
  const answering: Behaviour = {
    boot: (self, _now, out) => {
      if (self.id === 0) out.send(1, { text: 'hello' });
    },
    step: (_self, event, _now, out) => {
      if (event.kind === REQUEST) {
        out.reply(event.request!, { status: 'ok', value: null, applied: true, leader: -1 });
      }
    },
  };

  test('is told when it is handled, before it has any effect, and not while it waits in an inbox', () => {
    const lines: string[] = [];
    const record = (what: string): void =>
      void lines.push(`${simulation.now} ${what} ${simulation.state(1)!.met.length}`);
    const simulation: PuppetSimulation = new Simulation(
      puppets(answering),
      planOf({ nodes: 2, clients: { count: 1 } }),
    );
    const observer = watcher<Note>({
      delivered: (from, to, { text }) => record(`${to} gets ${text} from ${from}`),
      requested: (node, { command }) => record(`${node} is asked ${command.op}`),
    });
    simulation.start(observer, null);
    simulation.faults.processes.pause(1, path);
    simulation.clients.operate(0, GET, 1);
    runTo(simulation, 5000);
    expect(lines).toEqual([]);
    simulation.faults.processes.resume(1, path);
    runTo(simulation, 6000);
    expect(lines).toEqual(['5000 1 gets hello from 0 0', '5000 1 is asked get 1']);
  });

  test('is not told when it never gets there', () => {
    const lines: string[] = [];
    const simulation: PuppetSimulation = new Simulation(
      puppets(answering),
      planOf({ nodes: 2, clients: { count: 1 } }),
    );
    simulation.start(recorder(lines), null);
    simulation.faults.processes.crash(1, null, path);
    simulation.clients.operate(0, GET, 1);
    runTo(simulation, 5000);
    expect(lines.filter((line) => line.startsWith('delivered') || line.startsWith('asked'))).toEqual([]);
  });

  test('a message that passes a request on raises doubts about it when it is copied', () => {
    for (const duplicate of [0, 1]) {
      // Node 0 passes what it is asked on to node 1, and refuses to do it itself.
      const protocol = puppets({
        step: (_self, event, _now, out) => {
          if (event.kind !== REQUEST) return;
          out.send(1, { text: 'passed on' });
          out.reply(event.request!, { status: 'refused', value: null, applied: false, leader: -1 });
        },
      });
      const asked: (PuppetSimulation['clients']['failedRequests'][number] | null)[] = [null];
      const simulation: PuppetSimulation = new Simulation(
        { ...protocol, passesOn: () => asked[0]! },
        planOf({ nodes: 2, clients: { count: 1 } }),
      );
      simulation.start(watcher<Note>({ requested: (_node, request) => void (asked[0] = request) }), null);
      simulation.faults.network.setLinks([[0, 1]], { duplicate }, path);
      const id = simulation.clients.operate(0, GET, 0);
      runTo(simulation, 5000);
      expect(simulation.clients.operation(id)!.outcome).toBe(duplicate === 0 ? 'fail' : 'unknown');
    }
  });
});

describe('operations of clients', () => {
  test('are told when they begin and end, as one object, registrations apart', () => {
    const lines: string[] = [];
    const objects = new Set<unknown>();
    const registrar: Behaviour = {
      step: (_self, event, _now, out) => {
        if (event.kind !== REQUEST) return;
        const isFirst = event.request!.command.op === 'register';
        out.reply(event.request!, { status: 'ok', value: isFirst ? '9' : 'v', applied: true, leader: -1 });
      },
    };
    const observer = watcher<Note>({
      invoked: (request) => {
        objects.add(request);
        lines.push(`${simulation.now} invoked ${request.command.op} in ${request.session}`);
      },
      requested: (_node, request) => lines.push(`${simulation.now} asked ${request.command.op} in ${request.session}`),
      completed: (request, outcome, reply) => {
        objects.add(request);
        lines.push(`${simulation.now} ${outcome} ${reply?.value ?? 'nothing'} in ${request.session}`);
      },
    });
    const simulation = simulationOf(registrar, { clients: { count: 1, register: true, retries: 0 } }, observer);
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 10_000);
    expect(lines).toEqual([
      ...['0 invoked get in 0', '1000 asked register in 0', '3000 asked get in 9', '4000 ok v in 9'],
    ]);
    expect(objects.size).toBe(1);
    simulation.faults.processes.crash(0, null, path);
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 300_000);
    expect(lines.slice(4)).toEqual(['10000 invoked get in 9', '110000 unknown nothing in 9']);
  });

  test('a session that is open is a line of the trace', () => {
    const seen: string[] = [];
    const registrar: Behaviour = {
      step: (_self, event, _now, out) => {
        if (event.kind === REQUEST) out.reply(event.request!, { status: 'ok', value: '9', applied: true, leader: -1 });
        else if (event.kind === MESSAGE) out.mark('never');
      },
    };
    const simulation: PuppetSimulation = new Simulation(
      puppets(registrar),
      planOf({ nodes: 1, clients: { count: 1, register: true } }),
    );
    simulation.start(null, {
      wants: (kind) => kind === 'registered',
      record: ({ node, text }) => void seen.push(`${node} ${text}`),
    });
    simulation.clients.operate(0, GET, -1);
    runTo(simulation, 10_000);
    expect(seen).toEqual(['1 session 9 is open']);
  });
});
