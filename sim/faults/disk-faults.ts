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
    const { disk } = this.nodes[node]!.node.machine;
    const before = disk.liesBy;
    if (before > 0 === lies) return false;
    const undo = (by: Origin): void => {
      this.setLies(node, false, by);
    };
    const injection = { kind: 'disk-lies', target: { node }, values: { lies }, undo };
    disk.liesBy = this.actions.replace(before, !lies, injection, origin);
    this.actions.note('disk-lies', node, () => (lies ? 'fsync reports what is not durable' : 'fsync tells the truth'));
    return true;
  }

  setFull(node: NodeId, full: boolean, origin: Origin): boolean {
    const { disk } = this.nodes[node]!.node.machine;
    const before = disk.fullBy;
    if (before > 0 === full) return false;
    const undo = (by: Origin): void => {
      this.setFull(node, false, by);
    };
    const injection = { kind: 'disk-full', target: { node }, values: { full }, undo };
    disk.fullBy = this.actions.replace(before, !full, injection, origin);
    this.actions.note('disk-full', node, () => (full ? 'disk is full' : 'disk has room again'));
    return true;
  }

  setUnreadable(node: NodeId, unreadable: boolean, origin: Origin): boolean {
    const { disk } = this.nodes[node]!.node.machine;
    const before = disk.unreadableBy;
    if (before > 0 === unreadable) return false;
    const undo = (by: Origin): void => {
      this.setUnreadable(node, false, by);
    };
    const injection = { kind: 'disk-unreadable', target: { node }, values: { unreadable }, undo };
    disk.unreadableBy = this.actions.replace(before, !unreadable, injection, origin);
    this.actions.note('disk-unreadable', node, () => (unreadable ? 'disk cannot be read' : 'disk can be read again'));
    return true;
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

  private unstall(node: NodeId, origin: Origin): void {
    const { now, faults } = this.context;
    const control = this.nodes[node]!;
    this.actions.act({ kind: 'disk-unstall', target: { node } }, origin);
    faults.end(control.node.machine.disk.stalledBy, now);
    control.unstallDisk();
    this.actions.note('disk-stall', node, () => 'disk works again');
  }
}
