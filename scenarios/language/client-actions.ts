import type { KeyOp } from '../../sim/protocol.ts';
import type { Action, OperationExpectation } from '../scenario.ts';
import { action } from './action.ts';
import type { ActionSpec } from './action.ts';
import { load, loadOf } from './clients.ts';
import type { Place } from './place.ts';
import { selector } from './selector-words.ts';
import { clientNamed, oneNodeOf } from './selectors.ts';
import type { RawSelector } from './selector-words.ts';
import { either, key, mapping, needed } from './shapes.ts';
import { name, stored, storedOrAbsent, word } from './values.ts';

const keyOfStore = { key: needed(stored, 'The key.') };

const who = {
  by: key(name('the name of a client', 'c1'), 'Which client.', 'the first that is idle'),
  to: key(selector, 'The node asked, and no other.', 'as the client pleases, following redirects'),
};

const EXPECTATION = 'ok, pending, fail or { value: 8 }';

const expectation = key(
  either(EXPECTATION, [
    word('ok', 'pending', 'fail'),
    mapping(EXPECTATION, { value: needed(storedOrAbsent, 'The value that must be replied; `null` for none.') }),
  ]),
  'What must become of it: `ok`, `pending` (no answer `within` 500ms), `fail`, or `{ value: 8 }`.',
  'the step does not wait',
);

interface Asked {
  readonly key: string;
  readonly value?: string | undefined;
  readonly expected?: string | null | undefined;
  readonly by?: string | undefined;
  readonly to?: RawSelector | undefined;
}

interface OperationModifiers {
  readonly expect?: 'ok' | 'pending' | 'fail' | { readonly value: string | null } | undefined;
  readonly within?: unknown;
}

function operation(
  step: string,
  op: KeyOp,
  asked: Asked,
  { expect, within }: OperationModifiers,
  place: Place,
): Action {
  const at = place.at(step);
  const { clients } = place.scope;
  if (asked.by === undefined && clients === 0)
    at.problem('there are no clients; add "clients: { count: 1, ops: none }"', 'key');
  if (asked.key === '' && place.scope.nodes !== null) at.at('key').problem('a key is at least one character long');
  if (within !== undefined && expect === undefined && asked.to === undefined) {
    place.at('within').problem('"within" has nothing to wait for here; it goes with "expect" or "to"', 'key');
  }
  return {
    kind: 'operation',
    op,
    key: asked.key,
    value: asked.value ?? '',
    expected: asked.expected ?? null,
    by: asked.by === undefined ? null : clientNamed(asked.by, at.at('by')),
    to: asked.to === undefined ? null : oneNodeOf(asked.to, at.at('to')),
    expect: expectationOf(expect),
  };
}

function expectationOf(raw: OperationModifiers['expect']): OperationExpectation | null {
  if (raw === undefined) return null;
  return typeof raw === 'string' ? { kind: raw } : { kind: 'value', value: raw.value };
}

const modifiers = { expect: expectation };

/** What clients do. */
export const clientActions: readonly ActionSpec[] = [
  action('clients', 'write', {
    about: 'A client writes a value.',
    example: 'write: { key: x, value: 3, by: c1, to: leader }\nexpect: ok',
    value: mapping('a mapping like { key: x, value: 3 }', {
      ...keyOfStore,
      value: needed(stored, 'The value.'),
      ...who,
    }),
    modifiers,
    build: (asked, more, place) => operation('write', 'put', asked, more, place),
  }),
  action('clients', 'read', {
    about: 'A client reads a value.',
    example: 'read: { key: x, to: n1 }\nexpect: { value: 3 }',
    value: mapping('a mapping like { key: x }', { ...keyOfStore, ...who }),
    modifiers,
    build: (asked, more, place) => operation('read', 'get', asked, more, place),
  }),
  action('clients', 'cas', {
    about: 'A client writes a value if another one is there (compare and swap).',
    example: 'cas: { key: x, expected: 3, value: 4 }\nexpect: ok',
    value: mapping('a mapping like { key: x, expected: 3, value: 4 }', {
      ...keyOfStore,
      expected: needed(storedOrAbsent, 'What must be there; `null` for nothing.'),
      value: needed(stored, 'The new value.'),
      ...who,
    }),
    modifiers,
    build: (asked, more, place) => operation('cas', 'cas', asked, more, place),
  }),
  action('clients', 'append', {
    about: 'A client appends to a value.',
    example: 'append: { key: x, value: abc }',
    value: mapping('a mapping like { key: x, value: abc }', {
      ...keyOfStore,
      value: needed(stored, 'What is appended.'),
      ...who,
    }),
    modifiers,
    build: (asked, more, place) => operation('append', 'append', asked, more, place),
  }),
  action('clients', 'delete', {
    about: 'A client removes a key.',
    example: 'delete: { key: x }',
    value: mapping('a mapping like { key: x }', { ...keyOfStore, ...who }),
    modifiers,
    build: (asked, more, place) => operation('delete', 'delete', asked, more, place),
  }),
  action('clients', 'load', {
    about:
      "`load: start` and `load: stop` start and stop what clients do of their own accord; a mapping starts another load in place of the plan's.",
    example: 'load: { ops: { put: 1 }, rate: 100/s }',
    value: either('start, stop, or a load like { ops: { put: 1 }, rate: 100/s }', [word('start', 'stop'), load]),
    within: false,
    chooses: false,
    build: (raw, _, place) => {
      const at = place.at('load');
      if (place.scope.clients === 0) at.problem('there are no clients; add "clients: { count: 1, ops: none }"');
      else if (raw === 'start' && at.isSound && !place.scope.hasLoad && place.scope.clients !== null) {
        at.problem(
          'the clients have "ops: none", so there is no load to start; say which, such as load: { ops: { put: 1 } }',
        );
      }
      return { kind: 'load', load: typeof raw === 'string' ? raw : loadOf(raw, at) };
    },
  }),
  action('clients', 'count', {
    about: 'Starts the counters of `sent` conditions from zero.',
    example: 'count: reset',
    value: word('reset'),
    within: false,
    chooses: false,
    build: () => ({ kind: 'count' }),
  }),
];
