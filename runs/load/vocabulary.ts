import { INVARIANTS } from '../../checks/invariants.ts';
import { MARKS } from '../../checks/marks.ts';
import { MUTANTS } from '../../core/mutants/index.ts';
import { MESSAGE_TYPES } from '../../core/wire.ts';
import { EVENTS } from './events.ts';

/** The words a scenario may use that the scenario language itself does not define. */
export const VOCABULARY = Object.freeze({
  mutants: [...MUTANTS.keys()],
  marks: [...MARKS.keys()],
  invariants: [...INVARIANTS.keys()],
  events: [...EVENTS.keys()],
  fields: new Map([...EVENTS].map(([name, { fields }]) => [name, fields])),
  messageTypes: MESSAGE_TYPES,
});

/** Kinds of observation in a trace: the events, and the steps of the script as they begin. */
export const TRACE_KINDS: readonly string[] = Object.freeze([...VOCABULARY.events, 'step']);
