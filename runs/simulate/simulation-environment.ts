import type { RaftChecker } from '../../checks/raft-checker.ts';
import { type Configuration, type Message, NONE, type RaftDisk, type Write } from '../../core/messages.ts';
import type { RaftNode } from '../../core/node.ts';
import { CANDIDATE, LEADER, PRE_CANDIDATE, type RaftView } from '../../core/view.ts';
import type { CrashDisk, LinkPlan, LoadPlan } from '../../scenarios/scenario.ts';
import type { Members, Role, Environment } from '../../scenarios/environment.ts';
import type { Load } from '../../sim/clients/clients.ts';
import { type Distribution, sample } from '../../sim/base/distribution.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { EndpointId, KeyOp, Micros, NodeId, Random, Reply, TimerId } from '../../sim/protocol.ts';
import type { Simulation } from '../../sim/simulation.ts';
import type { CutKind } from '../../sim/faults/network-faults.ts';
import type { Origin } from '../../sim/faults/fault-log.ts';

export type RaftSimulation = Simulation<RaftNode, Message, Write, RaftDisk, RaftView, AdminRequest>;

type Links = readonly (readonly [EndpointId, EndpointId])[];

/** The simulated cluster as scripts see it and act on it. */
export class SimulationEnvironment implements Environment {
  private readonly world: RaftSimulation;
  private readonly checks: RaftChecker;
  /** Clients that scripts may use: the run may have further ones of its own. */
  readonly clients: number;
  private readonly planned: Load | null;

  constructor(world: RaftSimulation, checks: RaftChecker, clients: number, planned: Load | null) {
    this.world = world;
    this.checks = checks;
    this.clients = clients;
    this.planned = planned;
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
    return this.world.messageCounts?.count(type) ?? 0;
  }

  sentBytes(type: string | null): number {
    return this.world.messageCounts?.bytes(type) ?? 0;
  }

  resetCount(): void {
    this.world.messageCounts?.reset();
  }

  fireTimer(node: NodeId, timer: TimerId): void {
    this.world.faults.processes.fireTimer(node, timer, this.origin('script'));
  }

  admin(node: NodeId, order: AdminRequest, path: string): string | null {
    return this.world.admin(node, order, this.origin(path));
  }

  crash(node: NodeId, disk: CrashDisk | null, path: string): void {
    this.world.faults.processes.crash(node, disk, this.origin(path));
  }

  restart(node: NodeId): void {
    this.world.faults.processes.restart(node, this.origin('script'));
  }

  pause(node: NodeId, path: string): void {
    this.world.faults.processes.pause(node, this.origin(path));
  }

  resume(node: NodeId): void {
    this.world.faults.processes.resume(node, this.origin('script'));
  }

  wipe(node: NodeId, path: string): void {
    this.world.faults.processes.wipe(node, this.origin(path));
  }

  setService(node: NodeId, service: Distribution | null, path: string): void {
    this.world.faults.processes.setService(node, service ?? 'reset', this.origin(path));
  }

  setApply(node: NodeId, apply: Distribution | null, path: string): void {
    this.world.faults.processes.setApply(node, apply ?? 'reset', this.origin(path));
  }

  cut(links: Links, inFlight: 'keep' | 'drop' | null, kind: string, path: string): void {
    this.world.faults.network.cut(links, inFlight, kind as CutKind, this.origin(path));
  }

  heal(links: Links | 'all'): void {
    this.world.faults.network.heal(links, this.origin('script'));
  }

  clog(links: Links, path: string): void {
    this.world.faults.network.clog(links, this.origin(path));
  }

  release(links: Links | 'all', order: 'fifo' | 'shuffled'): void {
    this.world.faults.network.release(links, order, this.origin('script'));
  }

  weather(links: Links | null, plan: Partial<LinkPlan> | 'reset', path: string): void {
    this.world.faults.network.setLinks(links ?? 'all', plan, this.origin(path));
  }

  stallDisk(node: NodeId, span: Micros, path: string): void {
    this.world.faults.disks.stallDisk(node, span, this.origin(path));
  }

  setFsync(node: NodeId, fsync: Distribution | 'reset', path: string): void {
    this.world.faults.disks.setFsync(node, fsync, this.origin(path));
  }

  setClock(
    node: NodeId,
    change: { offset: Micros | null; drift: number | null; jump: Micros | null },
    path: string,
  ): void {
    this.world.faults.clocks.setClock(node, change, this.origin(path));
  }

  isIdle(client: number): boolean {
    return this.world.clients.isIdle(client);
  }

  operate(
    client: number,
    operation: { op: KeyOp; key: string; value: string; expected: string | null },
    to: NodeId | null,
  ): number {
    return this.world.operate(client, Object.freeze({ ...operation }), to ?? -1, this.origin('script'));
  }

  outcome(operation: number): { readonly status: 'ok' | 'fail' | 'unknown'; readonly reply: Reply | null } | null {
    const found = this.world.clients.operation(operation);
    return found === null || found.outcome === 'pending' ? null : { status: found.outcome, reply: found.reply };
  }

  startLoad(load: LoadPlan | null): void {
    const wanted = load ?? this.planned;
    if (wanted === null) return;
    this.world.startLoad(wanted, this.origin('script'));
  }

  stopLoad(): void {
    this.world.stopLoad(this.origin('script'));
  }

  note(path: string, text: string): void {
    this.world.beginStep(path, text, this.world.event);
  }

  private origin(path: string): Origin {
    return { path, event: this.world.event };
  }
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
