import { type Drift, drawDrift } from '../clock.ts';
import type { NodeControl } from '../node-control.ts';
import type { Micros, NodeId } from '../protocol.ts';
import type { Streams } from '../base/random.ts';
import type { Actions } from './actions.ts';
import { describeValues } from './describe.ts';
import type { FaultLog, Origin } from './fault-log.ts';
import type { FaultValues } from './values.ts';

/** The clocks of a node: `monotonic`, by which its timers go, `wall`, or `both`. */
export type ClocksOfNode = 'both' | 'monotonic' | 'wall';

/** Null leaves a property as it is. */
export interface ClockChange {
  /** Which of the node's clocks. Default: both. */
  readonly of?: ClocksOfNode;
  /** Distance to global time. */
  readonly offset: Micros | null;
  /** Parts per million by which it runs fast, or slow; a range: drawn for this node and this change. */
  readonly drift: Drift | null;
  /** Span by which it is moved. */
  readonly jump: Micros | null;
}

/** What can be done to clocks. */
export interface ClockControls {
  setClock(node: NodeId, change: ClockChange, origin: Origin): void;
}

/** What the faults need of the simulation. */
interface Context {
  readonly now: Micros;
  readonly faults: FaultLog;
  readonly streams: Streams;
}

/** Clocks that are wrong, go wrong, stop, run backwards or jump. */
export class ClockFaults implements ClockControls {
  private readonly nodes: readonly NodeControl[];
  private readonly actions: Actions;
  private readonly context: Context;

  constructor(nodes: readonly NodeControl[], actions: Actions, context: Context) {
    this.nodes = nodes;
    this.actions = actions;
    this.context = context;
  }

  setClock(node: NodeId, { of = 'both', offset, drift: asked, jump }: ClockChange, origin: Origin): void {
    const { context, actions } = this;
    const { now } = context;
    const control = this.nodes[node]!;
    const { machine } = control.node;
    const { clock, wallClock, clockBy, wallClockBy } = machine;
    const drift = asked === null ? null : drawDrift(asked, () => context.streams.get('clock-change', node));
    const values: FaultValues = {
      ...(offset !== null && { offset }),
      ...(jump !== null && { jump }),
      ...(drift !== null && { drift }),
      ...(of !== 'both' && { of }),
    };
    const undo = (by: Origin): void => this.correct(node, fault, by);
    const fault = actions.inject({ kind: 'clock', target: { node }, values, undo }, origin);
    const span = (reading: Micros): Micros => (offset === null ? 0 : now + offset - reading) + (jump ?? 0);
    if (of !== 'wall') control.adjustClock(span(control.localTime), drift ?? clock.drift, fault);
    if (of !== 'monotonic') control.adjustWallClock(span(wallClock.local(now)), drift ?? wallClock.drift, fault);
    // An earlier change lasts as long as one of the clocks is as it has left it.
    for (const before of new Set([clockBy, wallClockBy])) {
      if (before !== machine.clockBy && before !== machine.wallClockBy) context.faults.end(before, now);
    }
    actions.note('clock', node, () => `${nameOf(of)}: ${describeValues(values)}`);
  }

  /** Undoes the change on those clocks that nothing has changed since. */
  private correct(node: NodeId, fault: number, origin: Origin): void {
    const { now, faults } = this.context;
    const control = this.nodes[node]!;
    const { machine } = control.node;
    this.actions.act({ kind: 'clock-correct', target: { node } }, origin);
    faults.end(fault, now);
    if (machine.clockBy === fault) control.correctClock(machine.plannedDrift);
    if (machine.wallClockBy === fault) control.correctWallClock(machine.plannedDrift);
    this.actions.note('clock', node, () => 'clock runs as planned again');
  }
}

function nameOf(of: ClocksOfNode): string {
  return of === 'both' ? 'clock' : `${of} clock`;
}
