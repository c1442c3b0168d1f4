import type { Distribution } from '../base/distribution.ts';
import type { CrashDamage, CrashDisk } from '../disk.ts';
import type { SnapshotSpans } from '../plan.ts';
import type { NodeControl } from '../node-control.ts';
import type { Micros, NodeId, TimerId } from '../protocol.ts';
import type { SimulationEvents, TraceSink } from '../trace-event.ts';
import type { Actions } from './actions.ts';
import { describeRecord } from './describe.ts';
import type { FaultLog, Origin } from './fault-log.ts';

/** What can be done to the processes of nodes. */
export interface ProcessControls {
  /** The timer is due at once. */
  fireTimer(node: NodeId, timer: TimerId, origin: Origin): void;
  /** Takes the node down. Null: the disk loses what the plan says. */
  crash(node: NodeId, disk: CrashDisk | null, origin: Origin): void;
  /** Boots the node from what its disk holds. One that runs is stopped first, as by a crash: its disk loses what the plan says. */
  restart(node: NodeId, origin: Origin): void;
  /** The node handles nothing; what comes waits. */
  pause(node: NodeId, origin: Origin): void;
  resume(node: NodeId, origin: Origin): void;
  /** Takes the node down and leaves it an empty disk. */
  wipe(node: NodeId, origin: Origin): void;
  /** Takes the node down and puts its disk back to the copy of that name, which there is. */
  restoreDisk(node: NodeId, name: string, origin: Origin): void;
  /** Takes the node down and damages a record on its disk. Returns whether there is such a record. */
  corruptDisk(node: NodeId, record: string, index: number, origin: Origin): boolean;
  /** How long the node is busy with each event. Returns false if it goes back to the plan, which it has not left. */
  setService(node: NodeId, service: Distribution | 'reset', origin: Origin): boolean;
  /** How long the state machine takes to catch up, each time. Returns false as `setService` does. */
  setApply(node: NodeId, apply: Distribution | 'reset', origin: Origin): boolean;
  /**
   * How long work on snapshots keeps the node busy; what is left out takes as long as planned. Returns false as `setService`
   * does.
   */
  setSnapshotWork(node: NodeId, spans: Partial<SnapshotSpans> | 'reset', origin: Origin): boolean;
}

/** What these faults need of the simulation. */
interface Context {
  readonly now: Micros;
  readonly faults: FaultLog;
  readonly tracer: TraceSink<SimulationEvents>;
  readonly protocol: { readonly timers: readonly string[] };
  readonly observer: {
    crashed(node: NodeId): void;
    wiped(node: NodeId): void;
    timerForced(node: NodeId): void;
  } | null;
  addMark(name: string, node: NodeId): void;
}

/** Crashes, pauses, slow processes. */
export class ProcessFaults implements ProcessControls {
  private readonly nodes: readonly NodeControl[];
  private readonly atCrash: (node: NodeId) => CrashDisk;
  private readonly actions: Actions;
  private readonly context: Context;

  constructor(nodes: readonly NodeControl[], atCrash: (node: NodeId) => CrashDisk, actions: Actions, context: Context) {
    this.nodes = nodes;
    this.atCrash = atCrash;
    this.actions = actions;
    this.context = context;
  }

  fireTimer(node: NodeId, timer: TimerId, origin: Origin): void {
    const control = this.nodes[node]!;
    if (!control.isUp) return;
    this.actions.act({ kind: 'fire-timer', target: { node }, values: { timer } }, origin);
    this.actions.note('fire-timer', node, () => `${this.context.protocol.timers[timer]!} timer is made to fire`);
    control.fireTimer(timer);
    this.context.observer?.timerForced(node);
  }

  crash(node: NodeId, disk: CrashDisk | null, origin: Origin): void {
    const { faults, tracer } = this.context;
    const control = this.nodes[node]!;
    const mode = disk ?? this.atCrash(node);
    const fault = this.actions.inject(
      {
        kind: 'crash',
        target: { node },
        values: { disk: mode },
        undo: (by) => {
          if (!control.isUp) this.restart(node, by);
        },
      },
      origin,
    );
    if (!control.isUp) {
      faults.end(fault, this.context.now);
      return;
    }
    faults.hit(fault);
    faults.end(control.node.machine.pausedBy, this.context.now);
    const damage = control.crash(mode, fault);
    if (damage === null) return;
    const { lost, torn, wentBackBy } = damage;
    if (lost > 0) this.context.addMark('unsynced-write-lost', node);
    if (torn) this.context.addMark('write-torn', node);
    if (wentBackBy > 0) this.context.addMark('synced-write-lost', node);
    this.actions.digest(lost);
    faults.hit(wentBackBy);
    if (tracer.wants('crashed')) tracer.note('crashed', node, -1, { lost, torn }, describeCrash(damage));
    if (wentBackBy > 0) this.context.observer?.wiped(node);
    this.context.observer?.crashed(node);
  }

  /** The node has stopped by itself because of that fault: what undoes faults starts it again, as after a crash. */
  noteHalt(node: NodeId, because: number): number {
    const { faults, now } = this.context;
    if (because === 0) return 0;
    const { path, repetition } = faults.list[because - 1]!;
    const undo = (by: Origin): void => {
      if (!this.nodes[node]!.isUp) this.restart(node, by);
    };
    const halt = faults.add({ kind: 'halt', path, repetition, target: { node }, values: {}, startedAt: now, undo });
    faults.hit(halt);
    return halt;
  }

  restart(node: NodeId, origin: Origin): void {
    const { faults, tracer, now } = this.context;
    const control = this.nodes[node]!;
    if (control.isUp) this.crash(node, null, origin);
    this.actions.act({ kind: 'restart', target: { node } }, origin);
    faults.end(control.node.machine.crashedBy, now);
    tracer.note('restarted', node, -1, {}, 'restarted');
    control.restart();
  }

  pause(node: NodeId, origin: Origin): void {
    const control = this.nodes[node]!;
    const fault = this.actions.inject({ kind: 'pause', target: { node }, undo: (by) => this.resume(node, by) }, origin);
    if (!control.isUp || control.isPaused) {
      this.context.faults.end(fault, this.context.now);
      return;
    }
    control.pause(fault);
    this.context.tracer.note('paused', node, -1, {}, 'paused');
  }

  resume(node: NodeId, origin: Origin): void {
    const { faults, tracer, now } = this.context;
    const control = this.nodes[node]!;
    if (!control.isPaused) return;
    this.actions.act({ kind: 'resume', target: { node } }, origin);
    faults.end(control.node.machine.pausedBy, now);
    const { waiting } = control;
    tracer.note('resumed', node, -1, { waiting }, `resumed, ${waiting} events waiting`);
    control.resume();
  }

  wipe(node: NodeId, origin: Origin): void {
    const { faults, observer } = this.context;
    const control = this.nodes[node]!;
    if (control.isUp) this.crash(node, 'keep', origin);
    const fault = this.actions.inject({ kind: 'wipe', target: { node }, undo: null }, origin);
    faults.hit(fault);
    control.node.wipe();
    observer?.wiped(node);
    this.actions.note('wipe', node, () => 'disk wiped');
  }

  restoreDisk(node: NodeId, name: string, origin: Origin): void {
    const { faults, observer } = this.context;
    const control = this.nodes[node]!;
    if (control.isUp) this.crash(node, 'keep', origin);
    const injection = { kind: 'disk-restore', target: { node }, values: { name }, undo: null };
    const fault = this.actions.inject(injection, origin);
    if (control.node.machine.disk.restore(name)) {
      faults.hit(fault);
      observer?.wiped(node);
    }
    this.actions.note('disk-restore', node, () => `disk put back to the copy ${name}`);
  }

  corruptDisk(node: NodeId, record: string, index: number, origin: Origin): boolean {
    const control = this.nodes[node]!;
    if (control.isUp) this.crash(node, 'keep', origin);
    const injection = { kind: 'disk-corrupt', target: { node }, values: { record, index }, undo: null };
    const fault = this.actions.inject(injection, origin);
    const isDamaged = control.node.machine.disk.corrupt(record, index);
    if (isDamaged) this.context.faults.hit(fault);
    this.actions.note('disk-corrupt', node, () => {
      const what = describeRecord(record, index);
      return isDamaged ? `${what} on the disk is corrupt` : `no such ${what} on the disk to damage`;
    });
    return isDamaged;
  }

  setService(node: NodeId, service: Distribution | 'reset', origin: Origin): boolean {
    const control = this.nodes[node]!;
    const { slowedBy } = control.node.machine;
    const undo = (by: Origin): void => {
      this.setService(node, 'reset', by);
    };
    const injection = { kind: 'slow-process', target: { node }, values: { service }, undo };
    const fault = this.actions.replace(slowedBy, service === 'reset', injection, origin);
    control.setService(service === 'reset' ? null : service, fault);
    const text = service === 'reset' ? 'process at its planned speed' : 'process slowed';
    this.actions.note('slow-process', node, () => text);
    return service !== 'reset' || slowedBy !== 0;
  }

  setApply(node: NodeId, apply: Distribution | 'reset', origin: Origin): boolean {
    const control = this.nodes[node]!;
    const { slowedBy } = control.node.machine.applyQueue;
    const undo = (by: Origin): void => {
      this.setApply(node, 'reset', by);
    };
    const injection = { kind: 'slow-apply', target: { node }, values: { apply }, undo };
    const fault = this.actions.replace(slowedBy, apply === 'reset', injection, origin);
    control.setApply(apply === 'reset' ? null : apply, fault);
    const text = apply === 'reset' ? 'state machine at its planned speed' : 'state machine slowed';
    this.actions.note('slow-apply', node, () => text);
    return apply !== 'reset' || slowedBy !== 0;
  }

  setSnapshotWork(node: NodeId, spans: Partial<SnapshotSpans> | 'reset', origin: Origin): boolean {
    const control = this.nodes[node]!;
    const { snapshotsSlowedBy } = control.node.machine;
    const isReset = spans === 'reset';
    const undo = (by: Origin): void => {
      this.setSnapshotWork(node, 'reset', by);
    };
    const values = isReset ? { spans } : spans;
    const injection = { kind: 'slow-snapshots', target: { node }, values, undo };
    const fault = this.actions.replace(snapshotsSlowedBy, isReset, injection, origin);
    control.setSnapshotWork(isReset ? null : spans, fault);
    const text = isReset ? 'snapshots take as long as planned' : 'snapshots take their time';
    this.actions.note('slow-snapshots', node, () => text);
    return !isReset || snapshotsSlowedBy !== 0;
  }
}

function describeCrash({ lost, torn, wentBackBy }: CrashDamage): string {
  const writes = lost === 0 ? '' : `, ${lost} unsynced write${lost === 1 ? '' : 's'} lost`;
  const back = wentBackBy === 0 ? '' : ', and writes that were reported as durable';
  return `crashed${writes}${torn ? ', one torn' : ''}${back}`;
}
