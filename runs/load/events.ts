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
  readonly at: NonNullable<TraceEventKind['at']>;
}

/** What the messages of each type carry: those between nodes, then those of clients. */
export const CARRIED: ReadonlyMap<string, Readonly<Record<string, FieldType>>> = new Map(
  Object.entries({ ...MESSAGE_FIELDS, ...CLIENT_MESSAGE_FIELDS }),
);

const CARRIED_BY_ANY = {
  message: allOf(Object.values(MESSAGE_FIELDS)),
  traffic: allOf([...CARRIED.values()]),
  write: WRITE_FIELDS,
};

/** Every kind of trace event by its name: those of the simulator, then those that the checks derive. */
export const EVENTS: ReadonlyMap<string, EventKind> = new Map(
  [SIMULATION_EVENTS, RAFT_EVENTS].flatMap((catalogue: TraceCatalogue) =>
    Object.entries(catalogue).map(([id, kind]): [string, EventKind] => [id, eventKind(id, kind)]),
  ),
);

function eventKind(id: string, { statement, fields, optional, carries, at = 'nodes' }: TraceEventKind): EventKind {
  const carried = carries === undefined ? {} : CARRIED_BY_ANY[carries];
  return { id, statement, fields: { ...fields, ...optional, ...carried }, at };
}

function allOf(types: readonly Readonly<Record<string, FieldType>>[]): Readonly<Record<string, FieldType>> {
  return Object.fromEntries(types.flatMap((fields) => Object.entries(fields)));
}
