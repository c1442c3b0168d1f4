import type * as z from 'zod';
import type { Outcome } from '../../sim/clients/operation.ts';
import type { CommandOp, ReplyStatus } from '../../sim/protocol.ts';
import type { EventFilter, FieldTest, Selector } from '../scenario.ts';
import { didYouMean, oneOf, suggestion } from './did-you-mean.ts';
import { checkCarried, fieldTest, fieldTestOf, valuesOf } from './fields.ts';
import type { Place } from './place.ts';
import { renamedTo } from './renamed.ts';
import { selector } from './selector-words.ts';
import { checkKnown, nodeNamed, selectorOf } from './selectors.ts';
import { either, key, needed, openMapping } from './shapes.ts';
import { quoted } from './tree.ts';
import { name, whole } from './values.ts';

const EVENT = 'an event like elected, or a mapping like { event: vote-granted, node: n3 }';

const eventName = name('the name of an event', 'elected');

/** What an `on:` step waits for. */
export const event = either(EVENT, [
  eventName,
  openMapping(
    EVENT,
    {
      event: needed(eventName, 'The kind of event, as traces show it.'),
      node: key(
        selector,
        'Where it happens: nodes, or clients like `c1` for what happens there (`invoked`, `retried`, `completed`, `timer`, `delivered`, …).',
        'anywhere',
      ),
      peer: key(
        selector,
        'The other end: receiver of `sent`, sender of `delivered`, candidate of `vote-granted`.',
        'any',
      ),
      count: key(
        whole('a whole number', 1, 1_000_000_000),
        'The n-th match fires, and with `times` every n-th after it.',
        1,
      ),
    },
    fieldTest,
    { beside: ['do', 'times', 'as', 'within', 'otherwise', 'label', 'after', 'for', 'must'] },
  ),
]);

type RawTest = z.output<typeof fieldTest>;

/** Events whose field `type` is the type of a message between nodes. */
const OF_MESSAGES: readonly string[] = ['sent', 'held'];

/** Events whose field `type` is the type of a message between nodes, or to or from a client. */
const OF_TRAFFIC: readonly string[] = ['dropped', 'duplicated', 'held-back', 'delayed', 'corrupted', 'delivered'];

const OVER = ['ok', 'fail', 'unknown'] as const satisfies readonly Outcome[];
const PENDING = ['pending'] as const satisfies readonly Outcome[];

/** The words that fields of operations can have, whatever the kind of event. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  op: ['put', 'get', 'cas', 'append', 'delete', 'register'] satisfies readonly CommandOp[],
  status: ['ok', 'redirect', 'busy', 'unknown', 'refused'] satisfies readonly ReplyStatus[],
};

/** The words that the field of an event can have; null: any. */
function wordsOf(field: string, kind: string): readonly string[] | null {
  if (field === 'outcome') return kind === 'completed' ? OVER : PENDING;
  return Object.hasOwn(WORDS, field) ? WORDS[field]! : null;
}

export function eventOf(raw: z.output<typeof event>, place: Place): EventFilter {
  if (typeof raw === 'string') return eventOf({ event: raw }, place);
  const { event: kind, node, peer, count, ...others } = raw;
  const { vocabulary } = place.scope;
  checkKnown('event', String(kind), vocabulary.events, place.has('event') ? place.at('event') : place);
  place.scope.uses.events.add(String(kind));
  const fields = new Map<string, FieldTest>();
  const known = vocabulary.fields?.get(String(kind)) ?? null;
  for (const [field, value] of Object.entries(others)) {
    const at = place.at(field);
    checkField(field, String(kind), known === null ? null : Object.keys(known), at);
    const words = known !== null && Object.hasOwn(known, field) ? wordsOf(field, String(kind)) : null;
    if (words !== null) checkWords(value, field, words, at);
    if (field === 'type') checkTypes(value, String(kind), at);
    if (field === 'vote') checkVote(value, at);
    fields.set(field, fieldTestOf(value, field, known?.[field] ?? null, at));
  }
  checkCarried(Object.keys(others), valuesOf(others['type']), place);
  const where = node === undefined ? null : selectorOf(node, place.at('node'), 'clients too');
  if (where !== null) checkWhere(where, String(kind), place.at('node'));
  return {
    event: String(kind),
    node: where,
    peer: peer === undefined ? null : selectorOf(peer, place.at('peer'), 'clients too'),
    count: count === undefined ? 1 : Number(count),
    fields,
  };
}

/** The types of messages that an event is to have. */
function checkTypes(raw: RawTest, kind: string, place: Place): void {
  const { messageTypes, clientMessageTypes = [] } = place.scope.vocabulary;
  const isTraffic = OF_TRAFFIC.includes(kind);
  if (messageTypes.length === 0 || (!isTraffic && !OF_MESSAGES.includes(kind))) return;
  const types = isTraffic ? [...messageTypes, ...clientMessageTypes] : messageTypes;
  for (const [value, at] of placesOf(raw, place)) checkKnown('message type', value, types, at);
}

/** A field that has one of a few words would never have another. */
function checkWords(raw: RawTest, field: string, words: readonly string[], place: Place): void {
  for (const [value, at] of placesOf(raw, place)) {
    if (!words.includes(value)) at.problem(`unknown ${field} ${quoted(value)}${suggestion(value, words)}`);
  }
}

/** The values that a field can only have, each with its place. */
function placesOf(raw: RawTest, place: Place): readonly (readonly [string, Place])[] {
  return (valuesOf(raw) ?? []).map((value, index) => [value, Array.isArray(raw) ? place.at(index) : place] as const);
}

/** An event that happens at nodes only never happens at a client, nor the other way round. */
function checkWhere(where: Selector, kind: string, place: Place): void {
  if (where.kind === 'list') {
    for (const [index, one] of where.of.entries()) checkWhere(one, kind, place.at(index));
    return;
  }
  if (!place.isSound) return;
  const at = place.scope.vocabulary.happensAt?.get(kind) ?? 'endpoints';
  if (at === 'clients' && where.kind !== 'client')
    place.problem(`${quoted(kind)} happens at clients; expected one like c1`);
  if (at === 'nodes' && where.kind === 'client') place.problem(`${quoted(kind)} happens at nodes, and not at a client`);
}

/** The field that was probably meant, or all of them. */
function meantField(field: string, fields: readonly string[]): string {
  const meant = didYouMean(field, fields);
  return meant === null ? `; expected ${oneOf(fields)}` : `; did you mean "${meant}"?`;
}

/** A vote is for a node, or for none. */
function checkVote(raw: RawTest, place: Place): void {
  for (const name of valuesOf(raw) ?? []) if (name !== 'none') nodeNamed(name, place);
}

/** A misspelled key would silently be a field that no event has. */
function checkField(field: string, kind: string, known: readonly string[] | null, place: Place): void {
  const own = ['event', 'node', 'peer', 'count'];
  if (known === null) {
    const meant = didYouMean(field, own);
    if (meant !== null) place.problem(`unknown field ${quoted(field)}; did you mean "${meant}"?`, 'key');
  } else if (!known.includes(field)) {
    const renamed = renamedTo('key', field, known);
    place.problem(
      renamed ?? `${quoted(kind)} has no field ${quoted(field)}${meantField(field, [...own.slice(1), ...known])}`,
      'key',
    );
  }
}
