import { RAFT_EVENTS } from '../../checks/trace-events.ts';
import { WRITE_FIELDS } from '../../core/disk.ts';
import { MESSAGE_FIELDS } from '../../core/wire.ts';
import {
  CLIENT_MESSAGE_FIELDS,
  type FieldType,
  SIMULATION_EVENTS,
  type TraceCatalogue,
  type TraceEventKind,
} from '../../sim/trace-event.ts';

/** A kind of trace event, as `on:` steps wait for it and traces show it. */
export interface EventKind {
  readonly id: string;
  readonly statement: string;
  /** The fields `on:` can filter by, besides `node` and `peer`. */
  readonly fields: Readonly<Record<string, FieldType>>;
}

/** What the messages of each type carry: those between nodes, then those of clients. */
export const CARRIED: ReadonlyMap<string, Readonly<Record<string, FieldType>>> = new Map(
  Object.entries({ ...MESSAGE_FIELDS, ...CLIENT_MESSAGE_FIELDS }),
);

const ALL_CARRIED: Readonly<Record<string, FieldType>> = Object.fromEntries(
  [...CARRIED.values()].flatMap((fields) => Object.entries(fields)),
);

/** Every kind of trace event by its name: those of the simulator, then those that the checks derive. */
export const EVENTS: ReadonlyMap<string, EventKind> = new Map(
  [SIMULATION_EVENTS, RAFT_EVENTS].flatMap((catalogue: TraceCatalogue) =>
    Object.entries(catalogue).map(([id, { statement, fields, optional, carries }]): [string, EventKind] => [
      id,
      { id, statement, fields: { ...fields, ...optional, ...carriedBy(carries) } },
    ]),
  ),
);

function carriedBy(carries: TraceEventKind['carries']): Readonly<Record<string, FieldType>> {
  if (carries === undefined) return {};
  return carries === 'write' ? WRITE_FIELDS : ALL_CARRIED;
}
