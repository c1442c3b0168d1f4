import type { RaftChecker } from '../../checks/raft-checker.ts';
import { describeRequest } from '../../sim/describe-request.ts';
import type { Operation } from '../../sim/clients/clients.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { RaftSimulation } from './simulation-environment.ts';

/** Looks at the progress within the time that the cluster may stand still. */
const LOOKS = 16;

/** Clients whose operations are described. */
const MOST_CLIENTS = 3;

/**
 * The end of a run: everything is healed, and the cluster must accept a fresh write, reply to every client and bring all
 * logs to the same point. As long as it comes nearer to that, it may go on, within the limits of the run.
 */
export class Settling {
  /** What a live cluster would have shown by this time, as a clause; empty once it has. */
  pending = '';
  private readonly simulation: RaftSimulation;
  private readonly checks: RaftChecker;
  /** The client that writes the probes; the clients of the scenario have smaller numbers. */
  private readonly prober: number;
  /** How long the cluster may stand still; null: the scenario turns settling off. */
  private readonly within: Micros | null;
  /** When the cluster was healed; −1 before. */
  private since: Micros = -1;
  /** When it was seen to come nearer to its goal last. */
  private movedAt: Micros = 0;
  private progress = -1;
  private outstanding = Infinity;
  private nextLook: Micros = 0;
  /** Numbers of the writes that show that the healed cluster is live. */
  private readonly probes: number[] = [];
  /** The highest term of a leader when the last probe was written. */
  private probedTerm = 0;

  constructor(simulation: RaftSimulation, checks: RaftChecker, prober: number, within: Micros | null) {
    this.simulation = simulation;
    this.checks = checks;
    this.prober = prober;
    this.within = within;
  }

  get hasBegun(): boolean {
    return this.since >= 0;
  }

  /** Whether the cluster is alive again or has stood still for too long. The first call heals everything. */
  isOver(): boolean {
    const { simulation, within } = this;
    if (within === null) return true;
    if (!this.hasBegun) this.begin(within);
    if (this.pending === '') return true;
    this.pending = this.missing();
    if (this.pending === '') return true;
    if (simulation.now >= this.nextLook) this.look(within);
    return simulation.now >= this.movedAt + within;
  }

  /** How long the cluster has had, as the beginning of a sentence. */
  get after(): string {
    const { now } = this.simulation;
    const still = seconds(now - this.movedAt);
    const healed = seconds(now - this.since);
    const since = `${healed} s after everything healed, `;
    return still === healed ? since : `${still} s without progress, ${since}`;
  }

  /** The probes by outcome: they are not operations of the scenario's clients. */
  get probeCounts(): { readonly invoked: number; readonly ok: number; readonly failed: number } {
    const outcomes = this.probes.map((probe) => this.simulation.clients.operation(probe)?.outcome ?? 'pending');
    const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
    return { invoked: outcomes.length, ok: count('ok'), failed: count('fail') };
  }

  private begin(within: Micros): void {
    const { simulation } = this;
    this.since = simulation.now;
    this.movedAt = simulation.now;
    this.pending = 'nothing has happened yet';
    simulation.clients.stopLoad();
    simulation.faults.undoAll({ path: 'settle', event: simulation.event });
    this.writeProbe();
    this.wake(within);
  }

  /** Whether the cluster has come nearer to its goal since the last look. */
  private look(within: Micros): void {
    const { simulation, checks } = this;
    const progress = checks.settlingProgress();
    const { outstanding } = simulation.clients;
    if (progress > this.progress || outstanding < this.outstanding) this.movedAt = simulation.now;
    this.progress = Math.max(progress, this.progress);
    this.outstanding = Math.min(outstanding, this.outstanding);
    this.wake(within);
  }

  private wake(within: Micros): void {
    this.nextLook = this.simulation.now + Math.ceil(within / LOOKS);
    this.simulation.wakeAt(this.nextLook);
  }

  private writeProbe(): void {
    const command = Object.freeze({ op: 'put' as const, key: '(settle)', value: 'alive', expected: null });
    this.probedTerm = this.checks.highestLeaderTerm;
    this.probes.push(this.simulation.clients.operate(this.prober, command, -1));
  }

  private missing(): string {
    const { simulation, checks } = this;
    const { clients } = simulation;
    const probe = clients.operation(this.probes[this.probes.length - 1]!);
    const outcome = probe?.outcome;
    // A probe that ended without success shows nothing: the next one may get through.
    if (outcome === 'fail' || outcome === 'unknown') this.writeProbe();
    if (outcome !== 'ok') return 'a fresh write was not acknowledged';
    if (clients.outstanding > 0) return 'clients wait for replies';
    if (checks.converged()) return checks.unfinishedChange() ?? '';
    // A leader elected after the write cannot commit it without an entry of its own term: write another one.
    if (checks.highestLeaderTerm > this.probedTerm) this.writeProbe();
    return 'the logs have not converged under one leader';
  }

  /** What is missing, in full: each client and node that it is about. */
  get details(): string {
    const { clients } = this.simulation;
    const waiting = clients.pending.slice(0, MOST_CLIENTS).map((operation) => this.describe(operation));
    const more = clients.outstanding - waiting.length;
    const parts = [
      this.pending,
      ...waiting,
      ...(more > 0 && waiting.length > 0 ? [`${more} more operations are pending`] : []),
      ...this.checks.laggards(),
    ];
    return parts.join('; ');
  }

  private describe({ client, request, invokedAt, lastStatus, lastFrom }: Operation): string {
    const { simulation } = this;
    const name = simulation.endpointName(simulation.nodes + client);
    const last =
      lastStatus === null ? 'no reply' : `last reply ${lastStatus} from ${simulation.endpointName(lastFrom)}`;
    return `${name} has waited ${seconds(simulation.now - invokedAt)} s for "${describeRequest(request)}" (${last})`;
  }
}

function seconds(span: Micros): number {
  return Math.round(span / 100_000) / 10;
}
