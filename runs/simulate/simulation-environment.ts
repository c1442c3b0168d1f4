import type { RaftChecker } from '../../checks/raft-checker.ts';
import { type Configuration, type Message, NONE, type RaftDisk, type Write } from '../../core/messages.ts';
import type { RaftNode } from '../../core/node.ts';
import { CANDIDATE, LEADER, PRE_CANDIDATE, type RaftView } from '../../core/view.ts';
import type {
  ClientControls,
  Environment,
  FaultControls,
  Members,
  OperationRequest,
  Origin,
  Role,
} from '../../scenarios/environment.ts';
import type { Load } from '../../sim/clients/clients.ts';
import { type Distribution, sample } from '../../sim/base/distribution.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { EndpointId, Micros, NodeId, Random } from '../../sim/protocol.ts';
import type {
  OperationSelection,
  OperationStatus,
  ReadSelection,
  ReadValues,
} from '../../sim/clients/operation-tally.ts';
import type { Simulation } from '../../sim/simulation.ts';
import { describeOptions } from '../../scenarios/language/raft-options.ts';
import type { VersionChange } from '../../scenarios/actions/upgrade.ts';
import type { RaftVersions } from './versions.ts';

export type RaftSimulation = Simulation<RaftNode, Message, Write, RaftDisk, RaftView, AdminRequest>;

/** The simulated cluster as scripts read it and act on it. */
export class SimulationEnvironment implements Environment {
  private readonly simulation: RaftSimulation;
  private readonly versions: RaftVersions;
  private readonly checks: RaftChecker;
  readonly faults: FaultControls;
  readonly clients: ClientControls;
  readonly everyNode: readonly NodeId[];

  /**
   * @param clients how many clients scripts can use; the run can have further ones of its own
   * @param planned the load of the plan
   */
  constructor(
    simulation: RaftSimulation,
    versions: RaftVersions,
    checks: RaftChecker,
    clients: number,
    planned: Load | null,
  ) {
    this.simulation = simulation;
    this.versions = versions;
    this.checks = checks;
    this.faults = simulation.faults;
    this.everyNode = Array.from({ length: simulation.nodes }, (_, node) => node);
    this.clients = clientControls(simulation, clients, planned);
  }

  get now(): Micros {
    return this.simulation.now;
  }

  get nodes(): number {
    return this.simulation.nodes;
  }

  get revision(): number {
    return this.checks.revision + this.simulation.revision;
  }

  nodeName(node: NodeId): string {
    return this.simulation.nodeName(node);
  }

  endpointName(endpoint: EndpointId): string {
    return this.simulation.endpointName(endpoint);
  }

  random(...purpose: (string | number)[]): Random {
    return this.simulation.streams.get(...purpose);
  }

  sample(distribution: Distribution, random: Random): Micros {
    return sample(distribution, random);
  }

  wakeAt(at: Micros): void {
    this.simulation.wakeAt(at);
  }

  isUp(node: NodeId): boolean {
    return this.simulation.isUp(node);
  }

  isPaused(node: NodeId): boolean {
    return this.simulation.isPaused(node);
  }

  role(node: NodeId): Role {
    const role = this.simulation.view(node)?.role;
    if (role === LEADER) return 'leader';
    return role === CANDIDATE || role === PRE_CANDIDATE ? 'candidate' : 'follower';
  }

  term(node: NodeId): number {
    return this.simulation.view(node)?.term ?? this.simulation.diskContents(node).term;
  }

  commitIndex(node: NodeId): number {
    return this.simulation.view(node)?.commitIndex ?? 0;
  }

  lastApplied(node: NodeId): number {
    return this.simulation.view(node)?.lastApplied ?? 0;
  }

  lastIndex(node: NodeId): number {
    const view = this.simulation.view(node);
    if (view !== null) return view.log.lastIndex;
    const disk = this.simulation.diskContents(node);
    return disk.base + disk.log.length;
  }

  logLength(node: NodeId): number {
    const view = this.simulation.view(node);
    return view === null ? this.simulation.diskContents(node).log.length : view.log.lastIndex - view.log.base;
  }

  snapshotIndex(node: NodeId): number {
    return (this.simulation.view(node) ?? this.simulation.diskContents(node)).snapshot.index;
  }

  members(node: NodeId): Members {
    const view = this.simulation.view(node);
    if (view === null) return membersOnDisk(this.simulation.diskContents(node));
    const { configuration, configurationIndex, commitIndex } = view;
    return membersOf(configuration, configurationIndex, commitIndex);
  }

  transferee(node: NodeId): NodeId | null {
    const transferee = this.simulation.view(node)?.transferee ?? NONE;
    return transferee === NONE ? null : transferee;
  }

  value(node: NodeId, key: string): string | null {
    return this.simulation.view(node)?.lookup(key) ?? null;
  }

  converged(): boolean {
    return this.checks.converged();
  }

  reaches(from: EndpointId, to: EndpointId): boolean {
    const { simulation } = this;
    const isThere = (end: EndpointId) => end >= simulation.nodes || simulation.isUp(end);
    return isThere(from) && isThere(to) && !simulation.network.isCut(from, to);
  }

  get isLoaded(): boolean {
    return this.simulation.clients.isLoaded;
  }

  markCount(name: string): number {
    return this.simulation.marks.count(name);
  }

  sentCount(type: string | null): number {
    return this.simulation.messageCounts?.count(type) ?? 0;
  }

  sentBytes(type: string | null): number {
    return this.simulation.messageCounts?.bytes(type) ?? 0;
  }

  operationCount(selection: OperationSelection, status: OperationStatus): number {
    return this.simulation.clients.tally?.count(selection, status) ?? 0;
  }

  readValues(selection: ReadSelection): ReadValues {
    return this.simulation.clients.tally?.readValues(selection) ?? { values: [], count: 0 };
  }

  resetCounters(): void {
    this.simulation.messageCounts?.reset();
    this.simulation.clients.tally?.reset();
  }

  upgrade(node: NodeId, change: VersionChange, origin: Origin): boolean {
    const { simulation, versions } = this;
    const before = simulation.nextProtocolOf(node);
    const protocol = versions.changed(before, change);
    if (protocol === before) return false;
    const { raft, mutant } = change;
    const values = mutant === null ? describeOptions(raft) : { ...describeOptions(raft), mutant };
    simulation.upgrade(node, protocol, values, origin);
    return true;
  }

  admin(node: NodeId, request: AdminRequest, origin: Origin): string | null {
    return this.simulation.admin(node, request, origin);
  }

  get event(): number {
    return this.simulation.event;
  }

  step(path: string, text: string, cause: number): number {
    return this.simulation.beginStep(path, text, cause);
  }
}

/** Clients as steps act on them. */
function clientControls(simulation: RaftSimulation, count: number, planned: Load | null): ClientControls {
  // Only events make clients busy or idle, and many steps can wait for one.
  let lookedAt = -1;
  let firstIdle: number | null = null;
  return {
    count,
    firstIdle: () => {
      if (lookedAt === simulation.event) return firstIdle;
      lookedAt = simulation.event;
      firstIdle = null;
      for (let client = 0; client < count && firstIdle === null; client++) {
        if (simulation.clients.isIdle(client)) firstIdle = client;
      }
      return firstIdle;
    },
    operate: (client: number, operation: OperationRequest, to: NodeId | null, origin: Origin) =>
      simulation.operate(client, Object.freeze({ ...operation }), to ?? -1, origin),
    outcome: (operation) => {
      const found = simulation.clients.operation(operation);
      return found === null || found.outcome === 'pending' ? null : { status: found.outcome, reply: found.reply };
    },
    startLoad: (load, origin) => {
      const wanted = load ?? planned;
      if (wanted !== null) simulation.startLoad(wanted, origin);
    },
    stopLoad: (origin) => simulation.stopLoad(origin),
  };
}

function membersOf({ voters, outgoing, learners }: Configuration, index: number, committedTo: number): Members {
  return { voters, outgoing, learners, index, committed: index <= committedTo };
}

/** The configuration a node would use if it booted. It would know it to be committed only if it is in the snapshot. */
function membersOnDisk({ base, log, snapshot }: RaftDisk): Members {
  for (let index = base + log.length; index > Math.max(snapshot.index, base); index--) {
    const { configuration } = log[index - base - 1]!;
    if (configuration !== null) return membersOf(configuration, index, snapshot.index);
  }
  return membersOf(snapshot.configuration, snapshot.configurationIndex, snapshot.index);
}
