import type * as z from 'zod';
import type { Load } from '../../sim/clients/workload.ts';
import type { KeyOp } from '../../sim/protocol.ts';
import type { ClientsPlan } from '../scenario.ts';
import { distribution, distributionOf } from './distribution.ts';
import type { Place } from './place.ts';
import { selector } from './selector-words.ts';
import { ownSelectorOf } from './selectors.ts';
import { either, key, mapping, needed } from './shapes.ts';
import { duration, rate, sizeUpTo, weight, whole, word } from './values.ts';

/** More clients than a reader can follow. */
const MOST_CLIENTS = 1_000;

const clientCount = whole('a number of clients', 0, MOST_CLIENTS);

const weights = mapping(
  'weights like { put: 3, get: 2 }',
  {
    put: key(weight, 'Writes a value.', 0),
    get: key(weight, 'Reads the value.', 0),
    cas: key(weight, 'Writes a value if another one is there.', 0),
    append: key(weight, 'Appends to the value.', 0),
    delete: key(weight, 'Removes the key.', 0),
  },
  { nonEmpty: true },
);

/** The operations that clients issue by themselves. */
const loadShape = {
  keys: key(whole('a number of keys', 1, 1_000_000), 'Number of keys, `k1` … `kN`.', 3),
  valueSize: key(sizeUpTo('1MB'), 'Size of a written value, up to 1MB.', '8B'),
  think: key(distribution, 'Closed loop: the pause between a reply and the next operation.', '10ms..50ms'),
  rate: key(rate, 'Open loop instead: operations per second and client, whether or not earlier ones have a reply.'),
  start: key(duration, 'When the clients begin, from the start of the load.', '0ms'),
  operations: key(
    whole('a number of operations', 1, 1_000_000_000),
    'Operations per client, after which it stops.',
    'no end',
  ),
};

const opsDescription = 'What they do, by weight.';

/** `load: {…}` on a step. */
export const load = mapping('a load like { ops: { put: 1 }, rate: 100/s }', {
  ops: key(weights, opsDescription, '{ put: 1, get: 1 }'),
  ...loadShape,
});

export const clients = either('a number of clients, or a mapping like { count: 2, ops: none }', [
  clientCount,
  mapping('a number of clients, or a mapping like { count: 2, ops: none }', {
    count: needed(clientCount, 'Number of clients, `c1` … `cN`.'),
    ops: key(
      either('none, or weights like { put: 3, get: 2 }', [word('none'), weights]),
      'What they do, by weight; `none`: only the operations of the script.',
      '{ put: 1, get: 1 }',
    ),
    ...loadShape,
    timeout: key(duration, 'How long a client waits for a reply before it tries another node.', '500ms'),
    retries: key(
      whole('a number of retries', 0, 1_000_000),
      'Attempts after the first before the outcome is unknown.',
      10,
    ),
    perSession: key(
      whole('a number of operations', 1, 1_000),
      'Operations of one client that may be pending at once; 100000 of all clients.',
      1,
    ),
    at: key(selector, 'The node every client talks to, without following redirects.', 'any node, following redirects'),
  }),
]);

type RawLoad = z.output<typeof load>;

export function loadOf(raw: RawLoad, place: Place): Load {
  if (raw.think !== undefined && raw.rate !== undefined) {
    place.at('rate').problem('"think" is for a closed loop, "rate" for an open one; expected only one of them', 'key');
  }
  const think = raw.rate !== undefined ? null : distributionOf(raw.think ?? [10_000, 50_000], place.at('think'));
  return {
    ops: weightsOf(raw.ops, place.at('ops')),
    keys: raw.keys ?? 3,
    valueSize: raw.valueSize ?? 8,
    think,
    rate: raw.rate ?? null,
    start: raw.start ?? 0,
    count: raw.operations ?? null,
  };
}

function weightsOf(raw: z.output<typeof weights> | undefined, place: Place): Readonly<Record<KeyOp, number>> {
  if (raw === undefined) return { put: 1, get: 1, cas: 0, append: 0, delete: 0 };
  const { put = 0, get = 0, cas = 0, append = 0, delete: remove = 0 } = raw;
  if (Object.keys(raw).length > 0 && place.isSound && put + get + cas + append + remove === 0) {
    place.problem(
      'all weights are 0; expected one above 0, or "ops: none" for clients that only do what the script says',
    );
  }
  return { put, get, cas, append, delete: remove };
}

/** How many clients a scenario has, and whether they issue operations by themselves. */
export function clientsSummary(raw: z.output<typeof clients> | undefined): { count: number; hasLoad: boolean } {
  if (raw === undefined) return { count: 0, hasLoad: false };
  if (typeof raw === 'number') return { count: raw, hasLoad: raw > 0 };
  return { count: raw.count, hasLoad: raw.count > 0 && raw.ops !== 'none' };
}

/** Operations of all clients that may be pending at once: each has a place and timers of its own. */
const MOST_AT_ONCE = 100_000;

export function clientsOf(raw: z.output<typeof clients> | undefined, place: Place): ClientsPlan {
  const { count, hasLoad } = clientsSummary(raw);
  const given = raw === undefined || typeof raw === 'number' ? { count } : raw;
  const { ops, timeout = 500_000, retries = 10, perSession = 1, at } = given;
  if (count * perSession > MOST_AT_ONCE) {
    const problem = `${String(count)} clients with ${String(perSession)} pending operations each; the most is ${String(MOST_AT_ONCE)} in all`;
    place.at('perSession').problem(problem);
  }
  if (timeout === 0) place.at('timeout').problem('a timeout of 0 gives no node time to reply');
  return {
    count,
    load: ops === 'none' ? idle(given, place) : hasLoad ? loadOf({ ...given, ops }, place) : null,
    timeout,
    retries,
    perSession,
    at: at === undefined ? null : ownSelectorOf(at, place.at('at')),
  };
}

/** Clients without operations of their own: what describes a load is a mistake. */
function idle(given: Readonly<Record<string, unknown>>, place: Place): null {
  for (const name of Object.keys(loadShape)) {
    if (given[name] !== undefined) place.at(name).problem(`"${name}" has no effect beside "ops: none"`, 'key');
  }
  return null;
}
