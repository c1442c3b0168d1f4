import type { NodeControl } from '../node-control.ts';
import type { Micros, NodeId } from '../protocol.ts';
import type { Actions } from './actions.ts';
import { describeValues } from './describe.ts';
import type { FaultLog, Origin } from './fault-log.ts';
import type { FaultValue } from './values.ts';

/** Null leaves a property as it is. */
export interface ClockChange {
  /** Distance to global time. */
  readonly offset: Micros | null;
  /** Parts per million by which it runs fast, or slow. */
  readonly drift: number | null;
  /** Span by which it is moved. */
  readonly jump: Micros | null;
}

/** What can be done to clocks. */
export interface ClockControls {
  setClock(node: NodeId, change: ClockChange, origin: Origin): void;
}

/** Clocks that are wrong, go wrong or jump. */
export class ClockFaults implements ClockControls {
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

  setClock(node: NodeId, change: ClockChange, origin: Origin): void {
    const { now } = this.context;
    const control = this.nodes[node]!;
    const { clock, clockBy } = control.node.machine;
    const values = valuesOf(change);
    const undo = (by: Origin): void => this.correct(node, by);
    const fault = this.actions.replace(clockBy, false, { kind: 'clock', target: { node }, values, undo }, origin);
    const reading = control.localTime;
    const target = (change.offset === null ? reading : now + change.offset) + (change.jump ?? 0);
    control.adjustClock(target - reading, change.drift ?? clock.drift, fault);
    this.actions.note('clock', node, () => `clock: ${describeValues(values)}`);
  }

  private correct(node: NodeId, origin: Origin): void {
    const { now, faults } = this.context;
    const control = this.nodes[node]!;
    this.actions.act({ kind: 'clock-correct', target: { node } }, origin);
    faults.end(control.node.machine.clockBy, now);
    control.correctClock();
    this.actions.note('clock', node, () => 'clock is right again');
  }
}

function valuesOf({ offset, jump, drift }: ClockChange): Readonly<Record<string, FaultValue>> {
  return {
    ...(offset !== null && { offset }),
    ...(jump !== null && { jump }),
    ...(drift !== null && { drift }),
  };
}
