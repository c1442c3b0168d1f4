import { WAKE } from '../base/event-kinds.ts';
import type { LinkConditions } from '../network.ts';
import type { WorldPlan } from '../plan.ts';
import type { World } from '../world.ts';

/** A link that takes a millisecond and does nothing else to messages. */
export const CALM: LinkConditions = Object.freeze({
  latency: Object.freeze({ kind: 'constant', value: 1000 }),
  loss: 0,
  duplicate: 0,
  bandwidth: null,
  fifo: false,
});

/** What a test says of a world; the rest is calm. */
export interface PlanChanges {
  readonly nodes?: number;
  readonly clients?: Partial<WorldPlan<unknown>['clients']>;
  readonly seed?: string;
  readonly weather?: Partial<LinkConditions>;
  readonly inFlight?: 'keep' | 'drop';
  readonly fsync?: WorldPlan<unknown>['disks'][number]['fsync'];
  readonly atCrash?: WorldPlan<unknown>['disks'][number]['atCrash'];
  readonly clocks?: WorldPlan<unknown>['clocks'];
  readonly service?: WorldPlan<unknown>['processes'][number]['service'];
  readonly apply?: NonNullable<WorldPlan<unknown>['processes'][number]['apply']>;
  readonly freeze?: boolean;
}

/** A plan for a world of nodes n1 … nN: links and disks take a millisecond, clocks are right, nobody is slow. */
export function planOf<K>(changes: PlanChanges = {}): WorldPlan<K> {
  const count = changes.nodes ?? 3;
  const perNode = <T>(make: (node: number) => T): T[] => Array.from({ length: count }, (_, node) => make(node));
  const weather: LinkConditions = { ...CALM, ...changes.weather };
  return {
    nodes: perNode((node) => `n${node + 1}`),
    seed: changes.seed ?? '1',
    weather: () => weather,
    inFlight: changes.inFlight ?? 'keep',
    disks: perNode(() => ({
      fsync: changes.fsync ?? { kind: 'constant', value: 1000 },
      atCrash: changes.atCrash ?? 'lose-unsynced',
    })),
    clocks: perNode((node) => changes.clocks?.[node] ?? { offset: 0, drift: 0 }),
    processes: perNode(() => ({
      service: changes.service ?? { kind: 'constant', value: 0 },
      ...(changes.apply === undefined ? {} : { apply: changes.apply }),
    })),
    clients: { count: 0, spare: 0, timeout: 100_000, retries: 3, history: true, ...changes.clients },
    disk: () => null,
    freeze: changes.freeze ?? false,
  };
}

/** Lets everything happen that does so before `time`, and stops there. */
export function runTo<S, M, D, K, V, A>(world: World<S, M, D, K, V, A>, time: number): void {
  world.wakeAt(time);
  while (world.step() !== WAKE || world.now < time);
}
