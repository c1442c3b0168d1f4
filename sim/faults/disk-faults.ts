import { type Distribution, describeSpan } from '../base/distribution.ts';
import type { NodeControl } from '../node-control.ts';
import type { Micros, NodeId } from '../protocol.ts';
import type { Actions } from './actions.ts';
import type { FaultLog, Origin } from './fault-log.ts';

/** What can be done to disks. */
export interface DiskControls {
  /** Writes issued from now on start only after `span`. */
  stallDisk(node: NodeId, span: Micros, origin: Origin): void;
  /** Whether writes are reported as durable that a loss of power undoes. Returns false if that is so already. */
  setLies(node: NodeId, lies: boolean, origin: Origin): boolean;
  /** Whether there is no room left on the disk: writes fail. Returns false if that is so already. */
  setFull(node: NodeId, full: boolean, origin: Origin): boolean;
  /** Whether the disk cannot be read: a node does not start, or send its snapshot. Returns false if that is so already. */
  setUnreadable(node: NodeId, unreadable: boolean, origin: Origin): boolean;
  /** The next so many writes fail with an error; 0: none does. Returns false if none does already. */
  failWrites(node: NodeId, count: number, origin: Origin): boolean;
  /** Keeps a copy of what is on the disk under a name. */
  makeCopy(node: NodeId, name: string, origin: Origin): void;
  hasCopy(node: NodeId, name: string): boolean;
  /** How long an fsync takes. Returns false if it goes back to the plan, which it has not left. */
  setFsync(node: NodeId, fsync: Distribution | 'reset', origin: Origin): boolean;
}

/** What a disk is or is not: where it says by which fault it is, and the words of traces. */
const STATES = {
  lies: { by: 'liesBy', on: 'fsync reports what is not durable', off: 'fsync tells the truth' },
  full: { by: 'fullBy', on: 'disk is full', off: 'disk has room again' },
  unreadable: { by: 'unreadableBy', on: 'disk cannot be read', off: 'disk can be read again' },
} as const;

/** Stalls, slow fsyncs and such that lie, writes and reads that fail, copies. */
export class DiskFaults implements DiskControls {
  private readonly nodes: readonly NodeControl[];
  private readonly actions: Actions;
  private readonly context: { readonly now: Micros; readonly faults: FaultLog };

  constructor(
    nodes: readonly NodeControl[],
    actions: Actions,
    context: { readonly now: Micros; readonly faults: FaultLog },
  ) {
    this.nodes = nodes;
    this.actions = actions;
    this.context = context;
  }

  stallDisk(node: NodeId, span: Micros, origin: Origin): void {
    const { now, faults } = this.context;
    const control = this.nodes[node]!;
    const undo = (by: Origin): void => this.unstall(node, by);
    const fault = this.actions.inject({ kind: 'disk-stall', target: { node }, values: { span }, undo }, origin);
    control.stallDisk(now + span, fault);
    faults.end(fault, now + span);
    this.actions.note('disk-stall', node, () => `disk stalls for ${describeSpan(span)}`);
  }

  setFsync(node: NodeId, fsync: Distribution | 'reset', origin: Origin): boolean {
    const control = this.nodes[node]!;
    const { slowedBy } = control.node.machine.disk;
    const isReset = fsync === 'reset';
    const undo = (by: Origin): void => {
      this.setFsync(node, 'reset', by);
    };
    const injection = { kind: 'disk-fsync', target: { node }, values: { fsync }, undo };
    const fault = this.actions.replace(slowedBy, isReset, injection, origin);
    control.setFsync(isReset ? null : fsync, fault);
    this.actions.note('disk-fsync', node, () => (isReset ? 'fsync as planned' : 'fsync latency changes'));
    return !isReset || slowedBy !== 0;
  }

  setLies(node: NodeId, lies: boolean, origin: Origin): boolean {
    return this.turn('lies', node, lies, origin);
  }

  setFull(node: NodeId, full: boolean, origin: Origin): boolean {
    return this.turn('full', node, full, origin);
  }

  setUnreadable(node: NodeId, unreadable: boolean, origin: Origin): boolean {
    return this.turn('unreadable', node, unreadable, origin);
  }

  failWrites(node: NodeId, count: number, origin: Origin): boolean {
    const { disk } = this.nodes[node]!.node.machine;
    if (count === 0 && disk.failing === 0) return false;
    const undo = (by: Origin): void => {
      this.failWrites(node, 0, by);
    };
    const injection = { kind: 'disk-fails', target: { node }, values: { count }, undo };
    disk.failsBy = this.actions.replace(disk.failsBy, count === 0, injection, origin);
    disk.failing = count;
    this.actions.note('disk-fails', node, () =>
      count === 0 ? 'writes succeed again' : `the next ${count === 1 ? 'write fails' : `${count} writes fail`}`,
    );
    return true;
  }

  makeCopy(node: NodeId, name: string, origin: Origin): void {
    this.actions.act({ kind: 'disk-backup', target: { node }, values: { name } }, origin);
    this.nodes[node]!.node.machine.disk.makeCopy(name);
    this.actions.note('disk-backup', node, () => `disk copied as ${name}`);
  }

  hasCopy(node: NodeId, name: string): boolean {
    return this.nodes[node]!.node.machine.disk.hasCopy(name);
  }

  /** Turns on or off what a disk is or is not. Returns false if that is so already. */
  private turn(what: keyof typeof STATES, node: NodeId, isOn: boolean, origin: Origin): boolean {
    const { disk } = this.nodes[node]!.node.machine;
    const { by, on, off } = STATES[what];
    const before = disk[by];
    if (before > 0 === isOn) return false;
    const undo = (cause: Origin): void => {
      this.turn(what, node, false, cause);
    };
    const kind = `disk-${what}`;
    disk[by] = this.actions.replace(before, !isOn, { kind, target: { node }, values: { [what]: isOn }, undo }, origin);
    this.actions.note(kind, node, () => (isOn ? on : off));
    return true;
  }

  private unstall(node: NodeId, origin: Origin): void {
    const { now, faults } = this.context;
    const control = this.nodes[node]!;
    this.actions.act({ kind: 'disk-unstall', target: { node } }, origin);
    faults.end(control.node.machine.disk.stalledBy, now);
    control.unstallDisk();
    this.actions.note('disk-stall', node, () => 'disk works again');
  }
}
