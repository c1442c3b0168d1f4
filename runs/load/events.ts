import { RAFT_EVENTS } from '../../checks/trace-events.ts';
import { SIMULATION_EVENTS, type FieldType, type TraceCatalogue } from '../../sim/trace-event.ts';

/** A kind of trace event, as `on:` steps wait for it and traces show it. */
export interface EventKind {
  readonly id: string;
  readonly statement: string;
  /** The fields `on:` can filter by, besides `node` and `peer`. */
  readonly fields: Readonly<Record<string, FieldType>>;
}

/** Every kind of trace event by its name: those of the simulator, then those that the checks derive. */
export const EVENTS: ReadonlyMap<string, EventKind> = new Map(
  [SIMULATION_EVENTS, RAFT_EVENTS].flatMap((catalogue: TraceCatalogue) =>
    Object.entries(catalogue).map(([id, { statement, fields, optional }]): [string, EventKind] => [
      id,
      { id, statement, fields: { ...fields, ...optional } },
    ]),
  ),
);
