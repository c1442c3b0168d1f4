import type { Load } from '../../sim/clients/workload.ts';
import type { KeyOp } from '../../sim/protocol.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { PENDING_FOR, performOperation } from '../interpreter/operation.ts';
import { load as loadShape, loadOf } from '../language/clients.ts';
import type { Place } from '../language/place.ts';
import { selector } from '../language/selector-words.ts';
import type { RawSelector } from '../language/selector-words.ts';
import { clientNamed, NO_CLIENTS, oneNodeOf } from '../language/selectors.ts';
import { either, key, list, mapping, needed } from '../language/shapes.ts';
import { quoted } from '../language/tree.ts';
import { name, stored, storedOrAbsent, word } from '../language/values.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

export type ClientAction =
  | {
      readonly kind: 'operation';
      readonly op: KeyOp;
      readonly key: string;
      readonly value: string;
      readonly expected: string | null;
      /** Client index from 0; null: the first that is idle. */
      readonly by: number | null;
      /** The only node the client sends the operation to; null: the client chooses, and follows redirects. */
      readonly to: Selector | null;
      /** The outcome that is expected; null: the step does not wait. */
      readonly expect: OperationExpectation | null;
    }
  | { readonly kind: 'load'; readonly load: Load | 'start' | 'stop' }
  /** Sets the counters of `sent`, `operations` and `reads` conditions to zero. */
  | { readonly kind: 'count' };

/** `pending`: no reply when `within` (or 500 ms) has passed. */
export type OperationExpectation =
  | { readonly kind: 'ok' | 'pending' | 'fail' }
  /** It replies one of these; null: none. */
  | { readonly kind: 'value'; readonly oneOf: readonly (string | null)[] };

const keyOfStore = { key: needed(stored, 'The key.') };

const endpoints = {
  by: key(name('the name of a client', 'c1'), 'Which client.', 'the first that is idle'),
  to: key(selector, 'The only node the client sends it to.', 'the client chooses, and follows redirects'),
};

const EXPECTATION = 'ok, pending, fail or { value: 8 }';

const ACCEPTABLE = 'a value, or a list of those that are acceptable, like [a, b]';

const modifiers = {
  expect: key(
    either(EXPECTATION, [
      word('ok', 'pending', 'fail'),
      mapping(EXPECTATION, {
        value: needed(
          either(ACCEPTABLE, [storedOrAbsent, list(ACCEPTABLE, storedOrAbsent, 1)]),
          'The value that must be replied, or a list of those that may be; `null` for none.',
        ),
      }),
    ]),
    'The outcome that is expected: `ok`, `pending` (no reply `within` 500ms), `fail`, a value (`{ value: 8 }`), or one of several (`{ value: [7, 8, null] }`; `null`: the key is absent).',
    'the step does not wait',
  ),
};

interface RawOperation {
  readonly key: string;
  readonly value?: string | undefined;
  readonly expected?: string | null | undefined;
  readonly by?: string | undefined;
  readonly to?: RawSelector | undefined;
}

interface OperationModifiers {
  readonly expect?: 'ok' | 'pending' | 'fail' | { readonly value: string | null | (string | null)[] } | undefined;
  readonly within?: unknown;
}

function operationOf(
  step: string,
  op: KeyOp,
  raw: RawOperation,
  { expect, within }: OperationModifiers,
  place: Place,
): Extract<ClientAction, { kind: 'operation' }> {
  const at = place.at(step);
  const { clients, nodes } = place.scope;
  if (raw.by === undefined && clients === 0) at.problem(NO_CLIENTS, 'key');
  if (raw.key === '' && nodes !== null) at.at('key').problem('a key is at least one character long');
  if (within !== undefined && expect === undefined && raw.to === undefined) {
    place.at('within').problem('"within" has nothing to wait for here; it goes with "expect" or "to"', 'key');
  }
  return {
    kind: 'operation',
    op,
    key: raw.key,
    value: raw.value ?? '',
    expected: raw.expected ?? null,
    by: raw.by === undefined ? null : clientNamed(raw.by, at.at('by')),
    to: raw.to === undefined ? null : oneNodeOf(raw.to, at.at('to')),
    expect: expectationOf(expect, place.at('expect', 'value')),
  };
}

function expectationOf(raw: OperationModifiers['expect'], place: Place): OperationExpectation | null {
  if (raw === undefined) return null;
  if (typeof raw === 'string') return { kind: raw };
  const { value } = raw;
  if (!Array.isArray(value)) return { kind: 'value', oneOf: [value] };
  for (const [index, one] of value.entries()) {
    if (value.indexOf(one) < index) place.at(index).problem(`${one === null ? 'null' : quoted(one)} is listed twice`);
  }
  return { kind: 'value', oneOf: value };
}

export const operation: ActionDefinition<'operation'> = {
  topic: 'clients',
  spellings: [
    spelling('write', {
      about: 'A client writes a value.',
      example: 'write: { key: x, value: 3, by: c1, to: leader }\nexpect: ok',
      value: mapping('a mapping like { key: x, value: 3 }', {
        ...keyOfStore,
        value: needed(stored, 'The value.'),
        ...endpoints,
      }),
      modifiers,
      build: (raw, more, place) => operationOf('write', 'put', raw, more, place),
    }),
    spelling('read', {
      about: 'A client reads a value.',
      example: 'read: { key: x, to: leader }\nexpect: { value: [3, null] }',
      value: mapping('a mapping like { key: x }', { ...keyOfStore, ...endpoints }),
      modifiers,
      build: (raw, more, place) => operationOf('read', 'get', raw, more, place),
    }),
    spelling('cas', {
      about: 'A client writes a value if another one is there (compare and swap).',
      example: 'cas: { key: x, expected: null, value: 4 }\nexpect: ok',
      value: mapping('a mapping like { key: x, expected: 3, value: 4 }', {
        ...keyOfStore,
        expected: needed(storedOrAbsent, 'What must be there; `null` for nothing.'),
        value: needed(stored, 'The new value.'),
        ...endpoints,
      }),
      modifiers,
      build: (raw, more, place) => operationOf('cas', 'cas', raw, more, place),
    }),
    spelling('append', {
      about: 'A client appends to a value.',
      example: 'append: { key: x, value: abc }',
      value: mapping('a mapping like { key: x, value: abc }', {
        ...keyOfStore,
        value: needed(stored, 'What is appended.'),
        ...endpoints,
      }),
      modifiers,
      build: (raw, more, place) => operationOf('append', 'append', raw, more, place),
    }),
    spelling('delete', {
      about: 'A client removes a key.',
      example: 'delete: { key: x }',
      value: mapping('a mapping like { key: x }', { ...keyOfStore, ...endpoints }),
      modifiers,
      build: (raw, more, place) => operationOf('delete', 'delete', raw, more, place),
    }),
  ],
  choosesNothing: ({ to }) => to === null,
  waits: ({ expect }) => (expect === null ? null : 'an operation whose outcome is awaited ("expect")'),
  leastTime: ({ expect }, { within }) => (expect?.kind === 'pending' ? (within ?? PENDING_FOR) : 0),
  describe: ({ op, key: stored, to }, naming) =>
    `${op} ${stored}${to === null ? '' : ` at ${describeSelector(to, naming)}`}`,
  perform: performOperation,
};

export const load: ActionDefinition<'load'> = {
  topic: 'clients',
  spellings: [
    spelling('load', {
      about:
        "`load: start` and `load: stop` start and stop the clients' own operations; a mapping starts another load in place of the plan's.",
      example: 'load: { ops: { put: 1 }, rate: 100/s }',
      value: either('start, stop, or a load like { ops: { put: 1 }, rate: 100/s }', [word('start', 'stop'), loadShape]),
      build: (raw, _, place) => {
        const at = place.at('load');
        if (place.scope.clients === 0) at.problem(NO_CLIENTS);
        else if (raw === 'start' && at.isSound && !place.scope.hasLoad && place.scope.clients !== null) {
          at.problem(
            'the clients have "ops: none", so there is no load to start; say which, such as load: { ops: { put: 1 } }',
          );
        }
        return { kind: 'load', load: typeof raw === 'string' ? raw : loadOf(raw, at) };
      },
    }),
  ],
  within: false,
  chooses: false,
  describe: ({ load: wanted }) => (typeof wanted === 'string' ? `load ${wanted}` : 'load changed'),
  perform({ load: wanted }, exec) {
    const { clients } = exec.environment;
    if (wanted === 'stop') clients.stopLoad(exec.origin);
    else clients.startLoad(wanted === 'start' ? null : wanted, exec.origin);
  },
};

export const count: ActionDefinition<'count'> = {
  topic: 'clients',
  spellings: [
    spelling('count', {
      about: 'Sets the counters of `sent`, `operations` and `reads` conditions to zero.',
      example: 'count: reset',
      value: word('reset'),
      build: () => ({ kind: 'count' }),
    }),
  ],
  within: false,
  chooses: false,
  describe: () => 'count',
  perform: (_, exec) => exec.environment.resetCounters(),
};
