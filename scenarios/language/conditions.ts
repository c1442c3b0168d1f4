import type * as z from 'zod';
import type { OperationStatus } from '../../sim/clients/operation-tally.ts';
import type { Condition, Selector } from '../scenario.ts';
import type { Place } from './place.ts';
import { isDrawn, isList, nodesWord, selector, selectorOrNone } from './selector-words.ts';
import type { RawNodes, RawSelector } from './selector-words.ts';
import type { UsesSoFar } from './scope.ts';
import { checkKnown, clientNamed, NO_CLIENTS, ownSelectorOf, selectorOf } from './selectors.ts';
import { either, key, leaf, list, mapping, needed, openMapping, orThrow, record } from './shapes.ts';
import { quoted } from './tree.ts';
import { flag, name, reject, size, stored, storedOrAbsent, text, whole, word } from './values.ts';

const COUNT = 'a whole number';
const MOST = 1_000_000_000;

const count = whole(COUNT, 0, MOST);
const positive = whole(COUNT, 1, MOST);

const LEADER = 'a node, none, or { in: [n1, n2] }';

/** Words for a leader, whichever it is, unless a node has that name. */
const SOME: readonly string[] = ['some', 'yes', 'exists', 'elected', 'one', 'present'];

/** `leader: n2`, or the word `none`. `some`: a mistake, which `leaderOf` reports. */
const leaderWord = leaf<RawNodes | 'none' | 'some'>(LEADER, { type: 'string' }, { kind: 'mistaken' }, (value) => {
  if (value === 'any' || value === true) return 'some';
  return value === 'none' ? 'none' : orThrow(nodesWord.safeParse(value));
});

const markName = name('the name of a mark', 'split-vote');

const indices = mapping(
  'a mapping like { index: 3, on: all }',
  {
    index: key(count, 'The least log index it may be.', 0),
    max: key(count, 'The most it may be.'),
    on: key(selector, 'Which nodes.', 'all'),
  },
  { nonEmpty: true, main: 'index' },
);

const clientName = name('the name of a client', 'c1');
const CLIENTS = 'the name of a client like c1, or a list of them';
const clientNames = either(CLIENTS, [clientName, list(CLIENTS, clientName, 1)]);

const OP = 'write, read, cas, append, delete, or a list of them';
const opWord = word('write', 'read', 'cas', 'append', 'delete');
const OPS = { write: 'put', read: 'get', cas: 'cas', append: 'append', delete: 'delete' } as const;

const BOUNDS = 'a whole number, or a mapping like { min: 10 }';
const bounds = either(BOUNDS, [
  leaf(BOUNDS, { type: 'integer', minimum: 0, maximum: MOST }, 0, (value) => {
    const said = typeof value === 'string' ? value : '';
    const least = /^(?:>= ?(\d{1,9})|(\d{1,9}) ?\+)$/u.exec(said);
    const most = /^<= ?(\d{1,9})$/u.exec(said)?.[1];
    const range = /^(\d{1,9})\.\.(\d{1,9})$/u.exec(said);
    if (least !== null) return reject(BOUNDS, value, `{ min: ${least[1] ?? least[2]!} }`, true);
    if (most !== undefined) return reject(BOUNDS, value, `{ max: ${most} }`, true);
    if (range !== null) return reject(BOUNDS, value, `{ min: ${range[1]!}, max: ${range[2]!} }`, true);
    return typeof value === 'number' ? orThrow(count.safeParse(value)) : reject(BOUNDS, value);
  }),
  mapping(BOUNDS, { min: key(count, 'The fewest.', 0), max: key(count, 'The most.') }, { nonEmpty: true }),
]);

const STATUSES = ['invoked', 'ok', 'fail', 'unknown', 'pending'] as const satisfies readonly OperationStatus[];

/** The parts of a condition. What is given must hold all together. */
export const conditionShape = {
  leaders: key(
    whole('a whole number like 1', 0, MOST),
    'Exactly this many running nodes are leaders, stale ones included.',
  ),
  leader: key(
    either(LEADER, [leaderWord, mapping('{ in: [n1, n2] }', { in: needed(selector, 'The leader is one of these.') })]),
    'The leader of the highest term: a node, `{ in: [n1, n2] }`, or `none`. For any leader: `leaders: 1`.',
  ),
  role: key(
    record('roles by node like { n1: follower }', word('leader', 'candidate', 'follower')),
    'The role of nodes, by selector: `{ n1: follower, $old: leader }`.',
  ),
  term: key(
    mapping(
      'a mapping like { of: n1, min: 2 }',
      {
        of: key(selector, 'Whose term.', 'all'),
        min: key(count, 'The least it may be.', 0),
        max: key(count, 'The most it may be.'),
      },
      { nonEmpty: true },
    ),
    'The current term of nodes.',
  ),
  committed: key(indices, 'The commit index is at least `index`, and at most `max`.'),
  applied: key(indices, 'The log is applied at least up to `index`, and at most up to `max`.'),
  value: key(
    openMapping('values by key like { x: 8, on: all }', { on: key(selector, 'Which nodes.', 'all') }, storedOrAbsent),
    'What the state machine holds, by key: `{ x: 8, on: all }`; `null` for a key that is absent.',
  ),
  configuration: key(
    mapping(
      'a mapping like { voters: [n1, n2, n4], on: leader }',
      {
        voters: key(selector, 'Exactly these vote.'),
        learners: key(selectorOrNone, 'Exactly these are learners; `none`.'),
        joint: key(
          flag,
          'Whether it is a joint one, in which the voters of the old configuration still have to agree.',
        ),
        on: key(selector, 'Which nodes use it.', 'leader'),
      },
      { nonEmpty: true },
    ),
    'The configuration that nodes use, committed or not.',
  ),
  log: key(
    mapping(
      'a mapping like { max: 50, on: all }',
      {
        min: key(count, 'The fewest entries.', 0),
        max: key(count, 'The most entries.'),
        on: key(selector, 'Which nodes.', 'all'),
      },
      { nonEmpty: true },
    ),
    'How many entries logs hold; those compacted away are not counted.',
  ),
  snapshot: key(
    mapping('a mapping like { index: 50, on: n1 }', {
      index: needed(positive, 'The least index that it covers.'),
      on: key(selector, 'Which nodes.', 'all'),
    }),
    'The last index that the newest snapshot covers.',
  ),
  converged: key(
    flag,
    'All running nodes have equal logs, committed and applied to the end, under one leader. Stop the load first (`load: stop`): while clients write, the logs are hardly ever equal.',
  ),
  connected: key(
    mapping('a mapping like { min: 3 }', { min: needed(positive, 'The least size of the set.') }),
    'Some set of running nodes, each pair of which can exchange messages, is at least this big.',
  ),
  mark: key(
    either('the name of a mark, or { name, min }', [
      markName,
      mapping('a mapping like { name: split-vote, min: 2 }', {
        name: needed(markName, 'Which mark.'),
        min: key(count, 'The least number of times.', 1),
      }),
    ]),
    'The mark has been seen, at least once or `min` times.',
  ),
  sent: key(
    mapping(
      'a mapping like { type: RequestVote, max: 4 }',
      {
        type: key(text, 'Messages of this type only.'),
        min: key(count, 'The fewest messages.', 0),
        max: key(count, 'The most messages.'),
        bytes: key(size, 'The most bytes.'),
      },
      { nonEmpty: true },
    ),
    'What nodes have sent to nodes since the last `count: reset`.',
  ),
  operations: key(
    mapping(
      'a mapping like { ok: { min: 10 }, by: c1 }',
      {
        by: key(clientNames, 'Of this client, or of several together.', 'all clients'),
        op: key(
          either(OP, [opWord, list(OP, opWord, 1)]),
          'Of this kind, or of several: `write`, `read`, `cas`, `append`, `delete`.',
          'any',
        ),
        key: key(stored, 'On this key of the store.', 'any'),
        invoked: key(bounds, 'How many have begun.'),
        ok: key(bounds, 'How many have succeeded; a `cas` has if it took place.'),
        fail: key(bounds, 'How many were certainly not executed, or are a `cas` that found another value.'),
        unknown: key(bounds, 'How many ended without a reply: they may have been executed.'),
        pending: key(bounds, 'How many are not over at this moment.'),
      },
      { nonEmpty: true },
    ),
    'How many operations of clients stand how, since the beginning or the last `count: reset`: each status is a number, or `{ min, max }`.',
  ),
  reads: key(
    mapping('a mapping like { key: x, by: c1, values: [a, b] }', {
      key: needed(stored, 'The key of the store.'),
      by: key(clientName, 'The client that reads.', 'all clients together'),
      values: needed(
        list('a list of at least one value like [a, b]', storedOrAbsent, 1),
        'Exactly what was read, one value after the other; `null`: the key was absent. A value that is read again at once counts once.',
      ),
    }),
    'The values that successful reads returned, in the order in which they ended, since the beginning or the last `count: reset`.',
  ),
};

/** A condition: `{ leaders: 1, converged: true }`. */
export const condition = mapping('a condition like { leaders: 1 }', conditionShape, {
  nonEmpty: true,
  later: ['verdict'],
}).meta({ id: 'condition' });

export type RawCondition = z.output<typeof condition>;

/** Looks up what a condition names. */
export function conditionOf(raw: RawCondition, place: Place): Condition {
  const { leaders = null, converged = null, connected = null } = raw;
  return {
    leaders: leadersOf(leaders, place.at('leaders')),
    leader: leaderOf(raw.leader, place.at('leader')),
    roles: rolesOf(raw.role, place.at('role')),
    term: termOf(raw.term, place.at('term')),
    committed: indexOf(raw.committed, place.at('committed')),
    applied: indexOf(raw.applied, place.at('applied')),
    values: valuesOf(raw.value, place.at('value')),
    configuration: configurationOf(raw.configuration, place.at('configuration')),
    log: logOf(raw.log, place.at('log')),
    snapshot: raw.snapshot === undefined ? null : snapshotOf(raw.snapshot, place.at('snapshot')),
    converged,
    connected: connectedOf(connected, place.at('connected')),
    mark: markOf(raw.mark, place.at('mark')),
    sent: sentOf(raw.sent, place.at('sent')),
    operations: operationsOf(raw.operations, place.at('operations')),
    reads: readsOf(raw.reads, place.at('reads')),
  };
}

function leadersOf(count: number | null, place: Place): number | null {
  const { nodes } = place.scope;
  if (count !== null && nodes !== null && count > nodes.length) {
    place.problem(`${String(count)} leaders; the cluster has only ${String(nodes.length)} nodes`);
  }
  return count;
}

function leaderOf(raw: RawCondition['leader'], place: Place): Condition['leader'] {
  if (raw === undefined) return null;
  if (raw === 'none') return { kind: 'none' };
  if (raw === 'some' || ('name' in raw && SOME.includes(raw.name) && place.scope.nodes?.includes(raw.name) === false)) {
    place.problem(`expected ${LEADER}; for any leader write leaders: 1`);
    place.replaceBy('leaders', '1');
    return { kind: 'none' };
  }
  if ('in' in raw) return { kind: 'in', nodes: ownSelectorOf(raw.in, place.at('in')) };
  return { kind: 'in', nodes: ownSelectorOf(raw, place) };
}

function rolesOf(raw: RawCondition['role'], place: Place): Condition['roles'] {
  if (raw === undefined) return null;
  const entries = Object.entries(raw);
  if (entries.length === 0) place.problem('an empty mapping; expected roles by node like { n1: follower }');
  return entries.map(([words, role]) => {
    const parsed = nodesWord.safeParse(words);
    const at = place.at(words);
    if (!parsed.success) at.problem(parsed.error.issues[0]?.message ?? 'expected a node', 'key');
    return { nodes: parsed.success ? selectorOf(parsed.data, at) : { kind: 'role', role: 'all' }, role };
  });
}

function termOf(raw: RawCondition['term'], place: Place): Condition['term'] {
  if (raw === undefined) return null;
  return { of: onOf(raw.of, place.at('of')), ...boundsOf(raw, 'min', place) };
}

function indexOf(raw: RawCondition['committed'], place: Place): Condition['committed'] {
  if (raw === undefined) return null;
  return { ...boundsOf({ min: raw.index, max: raw.max }, 'index', place), on: onOf(raw.on, place.at('on')) };
}

function logOf(raw: RawCondition['log'], place: Place): Condition['log'] {
  return raw === undefined ? null : { ...boundsOf(raw, 'min', place), on: onOf(raw.on, place.at('on')) };
}

function snapshotOf(raw: NonNullable<RawCondition['snapshot']>, place: Place): Condition['snapshot'] {
  return { index: raw.index, on: onOf(raw.on, place.at('on')) };
}

function configurationOf(raw: RawCondition['configuration'], place: Place): Condition['configuration'] {
  if (raw === undefined) return null;
  const { voters, learners, joint = null, on } = raw;
  if (voters === undefined && learners === undefined && joint === null && place.isSound)
    place.problem('expected voters, learners, joint or several of them');
  return {
    voters: voters === undefined ? null : membersOf(voters, place.at('voters')),
    learners: learners === undefined ? null : membersOf(learners, place.at('learners')),
    joint,
    on: on === undefined ? { kind: 'role', role: 'leader' } : ownSelectorOf(on, place.at('on')),
  };
}

/** Exactly these nodes, so that words which draw some of several would say nothing. */
function membersOf(raw: RawSelector | 'none', place: Place): Selector {
  const words = raw === 'none' ? [] : isList(raw) ? raw : [raw];
  const drawn = words.find((one) => isDrawn(one));
  if (drawn !== undefined)
    place.problem('a configuration has exactly these nodes; expected names or words that do not draw nodes');
  return selectorOf(raw, place);
}

/** The least and the most a number may be; `least` is the key of the former. */
function boundsOf(
  { min, max }: { readonly min?: number | undefined; readonly max?: number | undefined },
  least: 'min' | 'index',
  place: Place,
): { readonly min: number; readonly max: number } {
  if (min === undefined && max === undefined && place.isSound) place.problem(`expected ${least}, max or both`);
  const bounds = { min: min ?? 0, max: max ?? Number.MAX_SAFE_INTEGER };
  checkBounds(bounds.min, bounds.max, place, least);
  return bounds;
}

function valuesOf(raw: RawCondition['value'], place: Place): Condition['values'] {
  if (raw === undefined) return null;
  const { on: rawOn, ...values } = raw;
  const on = onOf(rawOn, place.at('on'));
  const entries = Object.entries(values as Record<string, string | null>);
  if (entries.length === 0 && place.isSound) place.problem('expected at least one key of the store, like { x: 8 }');
  return entries.map(([storedKey, value]) => ({ key: storedKey, value, on }));
}

function connectedOf(raw: Condition['connected'], place: Place): Condition['connected'] {
  const { nodes } = place.scope;
  if (raw !== null && nodes !== null && raw.min > nodes.length) {
    place.at('min').problem(`${String(raw.min)} nodes; the cluster has only ${String(nodes.length)}`);
  }
  return raw;
}

function markOf(raw: RawCondition['mark'], place: Place): Condition['mark'] {
  if (raw === undefined) return null;
  if (typeof raw === 'string') return { name: useMark(raw, 1, place), min: 1 };
  const { min = 1 } = raw;
  return { name: useMark(raw.name, min, place.at('name')), min };
}

/** The name of a mark that the scenario waits for or expects, at least `min` times. */
export function useMark(mark: string, min: number, place: Place): string {
  checkKnown('mark', mark, place.scope.vocabulary.marks, place);
  place.scope.uses.marks.add(mark);
  if (min > 0) place.scope.uses.neededMarks.push({ mark, place });
  return mark;
}

function sentOf(raw: RawCondition['sent'], place: Place): Condition['sent'] {
  if (raw === undefined) return null;
  const { type = null, min = 0, max = Number.MAX_SAFE_INTEGER, bytes = null } = raw;
  if (type !== null) checkKnown('message type', type, place.scope.vocabulary.messageTypes, place.at('type'));
  if (raw.min === undefined && raw.max === undefined && bytes === null && place.isSound)
    place.problem('expected min, max or bytes');
  checkBounds(min, max, place);
  place.scope.uses.counters = true;
  return { type, min, max, bytes };
}

function operationsOf(raw: RawCondition['operations'], place: Place): Condition['operations'] {
  if (raw === undefined) return null;
  const { by, op, key: on = null } = raw;
  const counts = STATUSES.flatMap((status) => {
    const given = raw[status];
    if (given === undefined) return [];
    if (typeof given === 'number') return [{ status, min: given, max: given }];
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = given;
    checkBounds(min, max, place.at(status));
    return [{ status, min, max }];
  });
  if (counts.length === 0 && place.isSound) place.problem(`expected ${STATUSES.join(', ')} or several of them`);
  const of = {
    clients: by === undefined ? null : once(by, place.at('by')).map(([one, at]) => clientNamed(one, at)),
    ops: op === undefined ? null : once(op, place.at('op')).map(([one]) => OPS[one]),
    key: on,
  };
  if (of.clients === null) checkClients(place);
  const observed = observe(place);
  if (on !== null) observed.keys.add(on);
  if (counts.some(({ min }) => min > 0)) place.scope.uses.neededOperations.push({ of, place });
  return { of, counts };
}

function readsOf(raw: RawCondition['reads'], place: Place): Condition['reads'] {
  if (raw === undefined) return null;
  const { key: on, by, values } = raw;
  for (const [index, value] of values.entries()) {
    if (index === 0 || value !== values[index - 1]) continue;
    const read = value === null ? 'null' : quoted(value);
    place.at('values', index).problem(`${read} follows itself; a value that is read again at once counts once`);
  }
  const of = { key: on, client: by === undefined ? null : clientNamed(by, place.at('by')) };
  if (of.client === null) checkClients(place);
  observe(place).reads.push({ ...of, most: values.length });
  const needed = { clients: of.client === null ? null : [of.client], ops: ['get' as const], key: on };
  place.scope.uses.neededOperations.push({ of: needed, place });
  return { of, values };
}

/** Operations are counted from here on. */
function observe({ scope: { uses } }: Place): NonNullable<UsesSoFar['operations']> {
  uses.operations ??= { keys: new Set(), reads: [] };
  return uses.operations;
}

/** One word or several, each with its place. Reports those that stand there twice. */
function once<W extends string>(raw: W | readonly W[], place: Place): readonly (readonly [W, Place])[] {
  if (typeof raw === 'string') return [[raw, place]];
  return raw.map((one, index) => {
    if (raw.indexOf(one) < index) place.at(index).problem(`${quoted(one)} is listed twice`);
    return [one, place.at(index)];
  });
}

function checkClients(place: Place): void {
  if (place.scope.clients === 0) place.problem(NO_CLIENTS, 'key');
}

/** An empty range cannot be satisfied. */
export function checkBounds(min: number, max: number, place: Place, least = 'min'): void {
  if (min > max) place.at('max').problem(`the range is empty: max ${String(max)} is less than ${least} ${String(min)}`);
}

function onOf(raw: RawSelector | undefined, place: Place): NonNullable<Condition['applied']>['on'] {
  return raw === undefined ? { kind: 'role', role: 'all' } : ownSelectorOf(raw, place);
}
