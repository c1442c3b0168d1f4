import { INVARIANTS } from '../../checks/invariants.ts';
import { LIVENESS } from '../../checks/liveness-properties.ts';
import { MARKS } from '../../checks/marks.ts';
import { MUTANTS } from '../../core/mutants/index.ts';
import { MESSAGE_TYPES } from '../../core/wire.ts';
import { CLIENT_MESSAGE_FIELDS } from '../../sim/trace-event.ts';
import { CARRIED, EVENTS } from './events.ts';

/** The words a scenario may use that the scenario language itself does not define. */
export const VOCABULARY = Object.freeze({
  mutants: [...MUTANTS.keys()],
  marks: [...MARKS.keys()],
  invariants: [...INVARIANTS.keys()],
  checks: [...INVARIANTS.keys(), ...LIVENESS.keys()],
  // Steps are for traces: a script that waits for its own steps waits for itself.
  events: [...EVENTS.keys()].filter((kind) => kind !== 'step'),
  fields: new Map([...EVENTS].map(([name, { fields }]) => [name, fields])),
  happensAt: new Map([...EVENTS].map(([name, { at }]) => [name, at])),
  messageTypes: MESSAGE_TYPES,
  clientMessageTypes: Object.keys(CLIENT_MESSAGE_FIELDS),
  carried: CARRIED,
});

/** Kinds of trace events: those that `on:` waits for, and the steps of the script as they begin. */
export const TRACE_KINDS: readonly string[] = Object.freeze([...EVENTS.keys()]);
