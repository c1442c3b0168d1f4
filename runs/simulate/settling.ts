import type { RaftChecker } from '../../checks/raft-checker.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { RaftSimulation } from './simulation-environment.ts';

/** How long a healed cluster is observed before it is given another write. */
const PROBE_AGAIN_AFTER: Micros = 1_000_000;

/**
 * The end of a run: everything is healed, and within a bound the cluster must accept a fresh write, reply to every
 * client and bring all logs to the same point.
 */
export class Settling {
  /** What a live cluster would have shown by this time, as a clause; empty once it has. */
  pending = '';
  private readonly simulation: RaftSimulation;
  private readonly checks: RaftChecker;
  /** The client that writes the probes; the clients of the scenario have smaller numbers. */
  private readonly prober: number;
  /** Null: the scenario turns settling off. */
  private readonly within: Micros | null;
  /** When the cluster was healed; −1 before. */
  private since: Micros = -1;
  /** Numbers of the writes that show that the healed cluster is live. */
  private readonly probes: number[] = [];
  private probedAt: Micros = 0;

  constructor(simulation: RaftSimulation, checks: RaftChecker, prober: number, within: Micros | null) {
    this.simulation = simulation;
    this.checks = checks;
    this.prober = prober;
    this.within = within;
  }

  get hasBegun(): boolean {
    return this.since >= 0;
  }

  /** Whether the cluster is alive again or has had its time. The first call heals everything. */
  isOver(): boolean {
    const { simulation, within } = this;
    if (within === null) return true;
    if (!this.hasBegun) this.begin(within);
    if (this.pending === '' || simulation.now >= this.since + within) return true;
    this.pending = this.missing();
    return this.pending === '';
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
    this.pending = 'nothing has happened yet';
    simulation.clients.stopLoad();
    simulation.faults.undoAll({ path: 'settle', event: simulation.event });
    this.writeProbe();
    simulation.wakeAt(simulation.now + within);
  }

  private writeProbe(): void {
    const command = Object.freeze({ op: 'put' as const, key: '(settle)', value: 'alive', expected: null });
    this.probedAt = this.simulation.now;
    this.probes.push(this.simulation.clients.operate(this.prober, command, -1));
  }

  private missing(): string {
    const { simulation, checks } = this;
    const { clients } = simulation;
    const outcome = clients.operation(this.probes[this.probes.length - 1]!)?.outcome;
    // A probe that ended without success shows nothing: the next one may get through.
    if (outcome === 'fail' || outcome === 'unknown') this.writeProbe();
    if (outcome !== 'ok') return 'a fresh write was not acknowledged';
    if (clients.outstanding > 0) return `${clients.outstanding} client operations are still pending`;
    if (checks.converged()) return checks.unfinishedChange() ?? '';
    // A leader elected after the write cannot commit it without an entry of its own term: write another one.
    if (simulation.now >= this.probedAt + PROBE_AGAIN_AFTER) this.writeProbe();
    return 'the logs have not converged under one leader';
  }
}
