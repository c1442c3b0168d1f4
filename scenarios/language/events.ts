import type * as z from 'zod';
import type { EventFilter, FieldTest } from '../scenario.ts';
import { didYouMean, suggestion } from './did-you-mean.ts';
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
      node: key(selector, 'Where it happens: nodes, or a client like `c1` for `invoked` and `retried`.', 'anywhere'),
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
  ),
]);

/** Events whose field `type` is the type of a message. */
const OF_MESSAGES: readonly string[] = ['sent', 'held', 'dropped', 'duplicated', 'delivered'];

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
    if (field === 'type' && OF_MESSAGES.includes(String(kind))) checkTypes(value, String(kind), at);
    if (field === 'vote') checkVote(value, at);
    fields.set(field, fieldTestOf(value, field, known?.[field] ?? null, at));
  }
  checkCarried(Object.keys(others), valuesOf(others['type']), place);
  return {
    event: String(kind),
    node: node === undefined ? null : selectorOf(node, place.at('node'), 'clients too'),
    peer: peer === undefined ? null : selectorOf(peer, place.at('peer'), 'clients too'),
    count: count === undefined ? 1 : Number(count),
    fields,
  };
}

/** The types of messages that an event is to have. */
function checkTypes(raw: z.output<typeof fieldTest>, kind: string, place: Place): void {
  const { messageTypes, clientMessageTypes = [] } = place.scope.vocabulary;
  // Between nodes only.
  const types = kind === 'sent' || kind === 'held' ? messageTypes : [...messageTypes, ...clientMessageTypes];
  const values = valuesOf(raw) ?? [];
  values.forEach((value, index) => {
    checkKnown(
      'message type',
      value,
      messageTypes.length === 0 ? [] : types,
      Array.isArray(raw) ? place.at(index) : place,
    );
  });
}

/** A vote is for a node, or for none. */
function checkVote(raw: z.output<typeof fieldTest>, place: Place): void {
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
      renamed ?? `${quoted(kind)} has no field ${quoted(field)}${suggestion(field, [...own.slice(1), ...known])}`,
      'key',
    );
  }
}
