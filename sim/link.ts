import type { Distribution } from './base/distribution.ts';
import type { MessageRule } from './message-rule.ts';
import type { EndpointId, Micros, Random } from './protocol.ts';

/** How one directed link behaves. */
export interface LinkConditions {
  readonly latency: Distribution;
  /** Probability, 0 to 1. */
  readonly loss: number;
  /** Probability, 0 to 1, that a message arrives twice. */
  readonly duplicate: number;
  /** Bytes per second; null: unlimited. */
  readonly bandwidth: number | null;
  /** Whether messages keep their order. */
  readonly fifo: boolean;
}

/** A message that a link holds. */
export interface Held {
  readonly kind: number;
  readonly payload: unknown;
  readonly bytes: number;
  readonly cause: number;
  /** The fault that holds it. */
  readonly by: number;
}

const NO_RULES: readonly MessageRule[] = Object.freeze([]);

/** One direction between two endpoints. */
export class Link {
  readonly from: EndpointId;
  readonly to: EndpointId;
  conditions: LinkConditions;
  /** Faults that cut the link; what it stops counts as an effect of the last one. */
  readonly cuts: number[] = [];
  cutBy = 0;
  /** Fault that dropped what was in flight, or 0. */
  droppedBy = 0;
  /** Fault that clogs it, or 0. */
  cloggedBy = 0;
  /** Fault that changed its conditions, or 0. */
  changedBy = 0;
  /** Whether that change affects every message, and not only those that are lost or duplicated. */
  isReshaped = false;
  readonly held: Held[] = [];
  /** What happens to some of its messages, in the order of injection. */
  rules: readonly MessageRule[] = NO_RULES;
  /** Increases when what is in flight is to be dropped or held. */
  epoch = 0;
  /** Messages sent in an epoch before this one are lost on arrival. */
  droppedBefore = 0;
  /** Messages sent in an epoch before this one are held on arrival, while a fault holds them. */
  heldBefore = 0;
  /** Fault that holds what was in flight, or 0. */
  heldBy = 0;
  /** When the last byte sent so far leaves the sender (bandwidth). */
  busyUntil: Micros = 0;
  lastArrival: Micros = 0;
  /** Latency as low + draw in [0, span); span 0: constant; −1: needs `sample`. */
  latencyLow = 0;
  latencySpan = 0;
  latencyDraws: Random | null = null;
  lossDraws: Random | null = null;
  duplicateDraws: Random | null = null;

  constructor(from: EndpointId, to: EndpointId, conditions: LinkConditions) {
    this.from = from;
    this.to = to;
    this.conditions = conditions;
    this.setConditions(conditions);
  }

  setConditions(conditions: LinkConditions): void {
    this.conditions = conditions;
    const { latency } = conditions;
    this.latencyLow = latency.kind === 'constant' ? latency.value : latency.kind === 'uniform' ? latency.low : 0;
    this.latencySpan =
      latency.kind === 'constant' ? 0 : latency.kind === 'uniform' ? latency.high - latency.low + 1 : -1;
  }
}

/** New conditions of a link, and whether they differ from those before in what affects every message. */
export interface Comparison {
  readonly after: LinkConditions;
  readonly isOther: boolean;
}

export function comparison(before: LinkConditions, after: LinkConditions): Comparison {
  return { after, isOther: isReshaped(before, after) };
}

/** Whether two conditions differ in what affects every message. */
function isReshaped(before: LinkConditions, after: LinkConditions): boolean {
  if (before.bandwidth !== after.bandwidth || before.fifo !== after.fifo) return true;
  // Distributions are plain data of a few numbers.
  return before.latency !== after.latency && JSON.stringify(before.latency) !== JSON.stringify(after.latency);
}
