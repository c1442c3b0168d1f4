import type { NodeControl } from '../node-control.ts';
import type { CrashDisk } from '../disk.ts';
import type { Streams } from '../base/random.ts';
import type { SentMessage } from '../messages-in-hand.ts';
import type { Fate, InFlight, Network } from '../network.ts';
import type { EndpointId, Micros, NodeId, Request } from '../protocol.ts';
import type { Actions } from './actions.ts';
import type { ActionContext } from './actions.ts';
import { type ClockControls, ClockFaults } from './clock-faults.ts';
import type { EndpointNames } from './describe.ts';
import { type DiskControls, DiskFaults } from './disk-faults.ts';
import type { Fault, HaltLog, Origin } from './fault-log.ts';
import { type NetworkControls, NetworkFaults } from './network-faults.ts';
import { type ProcessControls, ProcessFaults } from './process-faults.ts';

/**
 * Everything that can be done to a cluster from outside, besides the requests of clients and administrators, family by family.
 * Each call is an event of its own, caused by its origin. `reset` goes back to what the plan says.
 */
export interface FaultControls {
  readonly processes: ProcessControls;
  readonly network: NetworkControls;
  readonly disks: DiskControls;
  readonly clocks: ClockControls;
  /** How many faults have been injected so far. */
  readonly count: number;
  /** Undoes those that still last of the faults after the first so many, up to a number. */
  undo(first: number, last: number, origin: Origin): void;
}

/** What the injector needs of the simulation. */
interface Context extends ActionContext, EndpointNames {
  readonly endpoints: number;
  readonly network: Network;
  readonly protocol: { readonly timers: readonly string[] };
  readonly observer: {
    crashed(node: NodeId): void;
    wiped(node: NodeId): void;
    timerForced(node: NodeId): void;
  } | null;
  readonly plan: {
    readonly inFlight: InFlight;
    readonly disks: readonly { readonly atCrash: CrashDisk }[];
  };
  readonly streams: Streams;
  readonly inHand: SentMessage | null;
  readonly tracer: ActionContext['tracer'] & {
    fate(fate: Fate, from: EndpointId, to: EndpointId, kind: number, payload: unknown): void;
  };
  readonly clients: { noteDuplicate(request: Request): void };
  passedOn(kind: number, payload: unknown): Request | null;
  addMark(name: string, node: NodeId): void;
  halts: HaltLog;
  readonly now: Micros;
  readonly event: number;
}

/** Injects faults and undoes them. */
export class FaultInjector implements FaultControls {
  readonly processes: ProcessControls;
  readonly network: NetworkControls;
  readonly disks: DiskControls;
  readonly clocks: ClockControls;
  private readonly actions: Actions;
  private readonly nodes: readonly NodeControl[];
  private readonly context: Context;

  constructor(nodes: readonly NodeControl[], actions: Actions, context: Context) {
    const { plan } = context;
    this.nodes = nodes;
    this.actions = actions;
    this.context = context;
    const processes = new ProcessFaults(nodes, (node) => plan.disks[node]!.atCrash, actions, context);
    // No function: a closure kept in the context makes finished runs outlive two collections of garbage.
    context.halts = processes;
    this.processes = processes;
    this.network = new NetworkFaults(context.network, plan.inFlight, actions, context);
    this.disks = new DiskFaults(nodes, actions, context);
    this.clocks = new ClockFaults(nodes, actions, context);
  }

  get count(): number {
    return this.context.faults.list.length;
  }

  undo(first: number, last: number, origin: Origin): void {
    this.context.faults.undo(({ id }) => id > first && id <= last, this.context.now, origin);
  }

  /** Every fault of the run, in the order of injection. */
  get list(): readonly Fault[] {
    return this.context.faults.list;
  }

  /**
   * Ends every fault: links, clocks, disks and processes are as planned, paused nodes resumed, crashed ones up. What the
   * plan itself does to the cluster ends too, and nothing that either has left behind holds the cluster up. A node that has
   * not been told yet that a write of it has failed would stop when it is: it is restarted at once.
   */
  undoAll(origin: Origin): void {
    const { context, nodes } = this;
    this.actions.act({ kind: 'settle', target: { links: 'all' } }, origin);
    this.actions.note('settle', -1, () => 'everything heals');
    const settling = { path: origin.path, event: context.event };
    context.faults.undo(() => true, context.now, settling);
    for (const { id, isUp, node } of nodes) if (isUp && node.machine.disk.isStuck) this.processes.restart(id, settling);
    context.network.calm(context.now);
    for (const node of nodes) node.calm();
  }
}
