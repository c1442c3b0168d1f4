import type { ObservedCluster } from '../../checks/observed-cluster.ts';
import type { Entry, Message, RaftDisk, Write } from '../../core/messages.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { RaftNode } from '../../core/node.ts';
import type { RaftView } from '../../core/view.ts';
import type { RaftEvents } from '../../checks/trace-events.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { FieldsOf } from '../../sim/trace-event.ts';
import type { LinkConditions } from '../../sim/link.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { SimulationPlan } from '../../sim/plan.ts';
import { Simulation } from '../../sim/simulation.ts';
import type { RaftSimulation } from './simulation-environment.ts';
import type { RaftVersions } from './versions.ts';

/** Clients that show whether the healed cluster takes a write. */
export function probes({ settle }: Pick<Scenario, 'settle'>): number {
  return settle === null ? 0 : 1;
}

/** The simulation of a scenario: a Raft cluster, its network and its clients. */
export function buildSimulation(
  scenario: Scenario,
  versions: RaftVersions,
  seed: string,
  freeze: boolean,
): RaftSimulation {
  const { cluster, network, clients } = scenario;
  const protocol = versions.initial(0);
  const overrides = new Map<string, Partial<LinkConditions>>();
  for (const { from, to, plan } of network.links) {
    overrides.set(`${from} ${to}`, { ...overrides.get(`${from} ${to}`), ...plan });
  }
  const plan: SimulationPlan<RaftDisk> = {
    nodes: cluster.nodes,
    seed,
    links: (from, to) => {
      const override = overrides.size === 0 ? undefined : overrides.get(`${from} ${to}`);
      return override === undefined ? network.everyLink : { ...network.everyLink, ...override };
    },
    inFlight: network.inFlight,
    disks: scenario.disks,
    clocks: scenario.clocks,
    processes: scenario.processes,
    clients: {
      count: clients.count,
      spare: probes(scenario),
      timeout: clients.timeout,
      retries: clients.retries,
      perSession: clients.perSession,
      register: (cluster.raft.sessionTimeout ?? null) !== null,
    },
    disk: (node) => {
      const initial = cluster.disks.get(node);
      if (initial === undefined) return null;
      const log = initial.log.map((term): Entry => ({ term, request: null, configuration: null, time: 0, bytes: 16 }));
      return { ...protocol.freshDisk(node), term: initial.term, votedFor: initial.votedFor ?? -1, log };
    },
    freeze,
  };
  return new Simulation<RaftNode, Message, Write, RaftDisk, RaftView, AdminRequest>(protocol, plan, (node) =>
    versions.initial(node),
  );
}

/**
 * The simulated cluster as the checks see it. A class: V8 keeps an object literal with getters as a dictionary, and the
 * checks look through this many times an event.
 */
export class SimulatedCluster implements ObservedCluster {
  readonly nodes: number;
  private readonly simulation: RaftSimulation;

  constructor(simulation: RaftSimulation) {
    this.nodes = simulation.nodes;
    this.simulation = simulation;
  }

  get now(): Micros {
    return this.simulation.now;
  }

  get event(): number {
    return this.simulation.event;
  }

  view(node: NodeId): RaftView | null {
    return this.simulation.view(node);
  }

  disk(node: NodeId): RaftDisk {
    return this.simulation.diskContents(node);
  }

  nodeName(node: NodeId): string {
    return this.simulation.nodeName(node);
  }

  localTime(node: NodeId): Micros {
    return this.simulation.localTime(node);
  }

  isHeldUp(node: NodeId): boolean {
    return this.simulation.isHeldUp(node);
  }

  clockAdjustments(node: NodeId): number {
    return this.simulation.clockAdjustments(node);
  }

  isClockBehind(node: NodeId): boolean {
    return this.simulation.isClockBehind(node);
  }

  get faultRevision(): number {
    return this.simulation.faultRevision;
  }

  isActive(node: NodeId): boolean {
    return this.simulation.isUp(node) && !this.simulation.isPaused(node);
  }

  processDelay(node: NodeId): Micros {
    return this.simulation.processDelay(node);
  }

  fsyncDelay(node: NodeId): Micros {
    return this.simulation.fsyncDelay(node);
  }

  isBlocked(from: NodeId, to: NodeId): boolean {
    return this.simulation.network.isBlocked(from, to);
  }

  linkDelay(from: NodeId, to: NodeId): Micros {
    return this.simulation.network.longestDelay(from, to);
  }

  mark(name: string): void {
    this.simulation.marks.add(name);
    if (this.simulation.wants('mark')) this.simulation.emit('mark', -1, -1, { name }, `mark ${name}`);
  }

  wants(kind: keyof RaftEvents): boolean {
    return this.simulation.wants(kind);
  }

  note<K extends keyof RaftEvents>(
    kind: K,
    node: NodeId | -1,
    peer: NodeId | -1,
    fields: FieldsOf<RaftEvents[K]>,
    text: string,
  ): void {
    this.simulation.emit(kind, node, peer, fields, text);
  }
}
