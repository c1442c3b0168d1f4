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
import type { World } from '../../sim/world.ts';

export type RaftWorld = World<RaftNode, Message, Write, RaftDisk, RaftView, AdminRequest>;

/** The simulated cluster as scripts read it and act on it. */
export class SimulationEnvironment implements Environment {
  private readonly world: RaftWorld;
  private readonly checks: RaftChecker;
  readonly faults: FaultControls;
  readonly clients: ClientControls;

  /**
   * @param clients how many clients scripts can use; the run can have further ones of its own
   * @param planned the load of the plan
   */
  constructor(world: RaftWorld, checks: RaftChecker, clients: number, planned: Load | null) {
    this.world = world;
    this.checks = checks;
    this.faults = faultControls(world);
    this.clients = clientControls(world, clients, planned);
  }

  get now(): Micros {
    return this.world.now;
  }

  get nodes(): number {
    return this.world.nodes;
  }

  get revision(): number {
    return this.checks.revision + this.world.revision;
  }

  nodeName(node: NodeId): string {
    return this.world.nodeName(node);
  }

  endpointName(endpoint: EndpointId): string {
    return this.world.endpointName(endpoint);
  }

  random(...purpose: (string | number)[]): Random {
    return this.world.streams.get(...purpose);
  }

  sample(distribution: Distribution, random: Random): Micros {
    return sample(distribution, random);
  }

  wakeAt(at: Micros): void {
    this.world.wakeAt(at);
  }

  isUp(node: NodeId): boolean {
    return this.world.isUp(node);
  }

  isPaused(node: NodeId): boolean {
    return this.world.isPaused(node);
  }

  role(node: NodeId): Role {
    const role = this.world.view(node)?.role;
    if (role === LEADER) return 'leader';
    return role === CANDIDATE || role === PRE_CANDIDATE ? 'candidate' : 'follower';
  }

  term(node: NodeId): number {
    return this.world.view(node)?.term ?? this.world.diskContents(node).term;
  }

  commitIndex(node: NodeId): number {
    return this.world.view(node)?.commitIndex ?? 0;
  }

  lastApplied(node: NodeId): number {
    return this.world.view(node)?.lastApplied ?? 0;
  }

  lastIndex(node: NodeId): number {
    const view = this.world.view(node);
    if (view !== null) return view.log.lastIndex;
    const disk = this.world.diskContents(node);
    return disk.base + disk.log.length;
  }

  logLength(node: NodeId): number {
    const view = this.world.view(node);
    return view === null ? this.world.diskContents(node).log.length : view.log.lastIndex - view.log.base;
  }

  snapshotIndex(node: NodeId): number {
    return (this.world.view(node) ?? this.world.diskContents(node)).snapshot.index;
  }

  members(node: NodeId): Members {
    const view = this.world.view(node);
    if (view === null) return membersOnDisk(this.world.diskContents(node));
    const { configuration, configurationIndex, commitIndex } = view;
    return membersOf(configuration, configurationIndex, commitIndex);
  }

  transferee(node: NodeId): NodeId | null {
    const transferee = this.world.view(node)?.transferee ?? NONE;
    return transferee === NONE ? null : transferee;
  }

  value(node: NodeId, key: string): string | null {
    return this.world.view(node)?.lookup(key) ?? null;
  }

  converged(): boolean {
    return this.checks.converged();
  }

  reaches(from: EndpointId, to: EndpointId): boolean {
    const { world } = this;
    const isThere = (end: EndpointId) => end >= world.nodes || world.isUp(end);
    return isThere(from) && isThere(to) && !world.network.isCut(from, to);
  }

  markCount(name: string): number {
    return this.world.marks.count(name);
  }

  sentCount(type: string | null): number {
    return this.world.traffic?.count(type) ?? 0;
  }

  sentBytes(type: string | null): number {
    return this.world.traffic?.bytes(type) ?? 0;
  }

  resetCounters(): void {
    this.world.traffic?.reset();
  }

  admin(node: NodeId, request: AdminRequest, { path }: Origin): string | null {
    return this.world.order(node, request, path);
  }

  get event(): number {
    return this.world.event;
  }

  /** Steps are trace events, and are not numbered. */
  step(path: string, text: string): number {
    this.world.note('step', -1, -1, { path }, `${path}: ${text}`);
    return this.world.event;
  }
}

/** The faults of a world, which knows the paths of steps and not their events. */
function faultControls(world: RaftWorld): FaultControls {
  const planned = <T>(change: T | 'reset'): T | null => (change === 'reset' ? null : change);
  return {
    fireTimer: (node, timer) => world.fireTimer(node, timer),
    crash: (node, disk, { path }) => world.crash(node, disk, path),
    restart: (node) => world.restart(node),
    pause: (node, { path }) => world.pause(node, path),
    resume: (node) => world.resume(node),
    wipe: (node, { path }) => world.wipe(node, path),
    setService: (node, service, { path }) => world.setService(node, planned(service), path),
    setApply: (node, apply, { path }) => world.setApply(node, planned(apply), path),
    cut: (links, inFlight, kind, { path }) => world.cut(links, inFlight, kind, path),
    heal: (links) => world.heal(links),
    clog: (links, { path }) => world.clog(links, path),
    release: (links, order) => world.release(links, order),
    setLinks: (links, change, { path }) => world.weather(links, change, path),
    stallDisk: (node, span, { path }) => world.stallDisk(node, span, path),
    setFsync: (node, fsync, { path }) => world.setFsync(node, fsync, path),
    setClock: (node, change, { path }) => world.setClock(node, change, path),
  };
}

function clientControls(world: RaftWorld, count: number, planned: Load | null): ClientControls {
  return {
    count,
    isIdle: (client) => world.clients.isIdle(client),
    operate: (client: number, operation: OperationRequest, to: NodeId | null) => {
      world.beginAction('operate', -1);
      return world.clients.operate(client, Object.freeze({ ...operation }), to ?? -1);
    },
    outcome: (operation) => {
      const found = world.clients.operation(operation);
      return found === null || found.outcome === 'pending' ? null : { status: found.outcome, reply: found.reply };
    },
    startLoad: (load) => {
      const wanted = load ?? planned;
      if (wanted === null) return;
      world.beginAction('load', -1);
      world.clients.startLoad(wanted);
    },
    stopLoad: () => {
      world.beginAction('load-stop', -1);
      world.clients.stopLoad();
    },
  };
}

function membersOf({ voters, outgoing, learners }: Configuration, index: number, committedTo: number): Members {
  return { voters, outgoing, learners, index, committed: index <= committedTo };
}

/** What a node would find in force if it booted. Only what is in its snapshot it would know to be committed. */
function membersOnDisk({ base, log, snapshot }: RaftDisk): Members {
  for (let index = base + log.length; index > Math.max(snapshot.index, base); index--) {
    const { configuration } = log[index - base - 1]!;
    if (configuration !== null) return membersOf(configuration, index, snapshot.index);
  }
  return membersOf(snapshot.configuration, snapshot.configurationIndex, snapshot.index);
}
