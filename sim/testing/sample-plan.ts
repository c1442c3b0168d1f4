import { WAKE } from '../base/event-kinds.ts';
import type { LinkConditions } from '../link.ts';
import type { SimulationPlan } from '../plan.ts';
import type { Simulation } from '../simulation.ts';

/** A link that takes a millisecond and does nothing else to messages. */
export const CALM: LinkConditions = Object.freeze({
  latency: Object.freeze({ kind: 'constant', value: 1000 }),
  loss: 0,
  duplicate: 0,
  bandwidth: null,
  fifo: false,
});

/** What a test says of a simulation; the rest is calm. */
export interface PlanChanges {
  readonly nodes?: number;
  readonly clients?: Partial<SimulationPlan<unknown>['clients']>;
  readonly seed?: string;
  readonly links?: Partial<LinkConditions>;
  readonly inFlight?: 'keep' | 'drop';
  readonly fsync?: SimulationPlan<unknown>['disks'][number]['fsync'];
  readonly atCrash?: SimulationPlan<unknown>['disks'][number]['atCrash'];
  readonly clocks?: SimulationPlan<unknown>['clocks'];
  readonly service?: SimulationPlan<unknown>['processes'][number]['service'];
  readonly apply?: NonNullable<SimulationPlan<unknown>['processes'][number]['apply']>;
  readonly snapshot?: NonNullable<SimulationPlan<unknown>['processes'][number]['snapshot']>;
  readonly freeze?: boolean;
}

/** A plan for a simulation of nodes n1 … nN: links and disks take a millisecond, clocks are right, processes are fast. */
export function planOf<K>(changes: PlanChanges = {}): SimulationPlan<K> {
  const count = changes.nodes ?? 3;
  const perNode = <T>(make: (node: number) => T): T[] => Array.from({ length: count }, (_, node) => make(node));
  const links: LinkConditions = { ...CALM, ...changes.links };
  return {
    nodes: perNode((node) => `n${node + 1}`),
    seed: changes.seed ?? '1',
    links: () => links,
    inFlight: changes.inFlight ?? 'keep',
    disks: perNode(() => ({
      fsync: changes.fsync ?? { kind: 'constant', value: 1000 },
      atCrash: changes.atCrash ?? 'lose-unsynced',
    })),
    clocks: perNode((node) => changes.clocks?.[node] ?? { offset: 0, drift: 0 }),
    processes: perNode(() => ({
      service: changes.service ?? { kind: 'constant', value: 0 },
      ...(changes.apply === undefined ? {} : { apply: changes.apply }),
      ...(changes.snapshot === undefined ? {} : { snapshot: changes.snapshot }),
    })),
    clients: { count: 0, spare: 0, timeout: 100_000, retries: 3, history: true, ...changes.clients },
    disk: () => null,
    freeze: changes.freeze ?? false,
  };
}

/** Lets everything happen that does so before `time`, and stops there. */
export function runTo<S, M, D, K, V, A>(simulation: Simulation<S, M, D, K, V, A>, time: number): void {
  simulation.wakeAt(time);
  while (simulation.step() !== WAKE || simulation.now < time);
}
