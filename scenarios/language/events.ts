import type * as z from 'zod';
import type { EventFilter } from '../scenario.ts';
import { didYouMean, suggestion } from './did-you-mean.ts';
import type { Place } from './place.ts';
import { selector } from './selector-words.ts';
import { checkKnown, selectorOf } from './selectors.ts';
import { either, key, mapping, needed } from './shapes.ts';
import { quoted } from './tree.ts';
import { name, stored, whole } from './values.ts';

const EVENT = 'an event like elected, or a mapping like { event: vote-granted, node: n3 }';

const eventName = name('the name of an event', 'elected');

/** What an `on:` step waits for. */
export const event = either(EVENT, [
  eventName,
  mapping(EVENT, {
    event: needed(eventName, 'Kind of event, as traces show it.'),
    node: key(selector, 'Where it happens.', 'anywhere'),
    peer: key(
      selector,
      'The other end: receiver of `sent`, sender of `delivered`, candidate of `vote-granted`.',
      'anyone',
    ),
    count: key(
      whole('a whole number', 1, 1_000_000_000),
      'The n-th match fires, and with `times` every n-th after it.',
      1,
    ),
  }).catchall(stored),
]);

/** Events whose field `type` is the type of a message. */
const OF_MESSAGES: readonly string[] = ['sent', 'held', 'dropped', 'duplicated', 'delivered'];

export function eventOf(raw: z.output<typeof event>, place: Place): EventFilter {
  if (typeof raw === 'string') return eventOf({ event: raw }, place);
  const { event: kind, node, peer, count, ...others } = raw;
  const { vocabulary } = place.scope;
  checkKnown('event', String(kind), vocabulary.events, place.has('event') ? place.at('event') : place);
  const fields = new Map<string, string>();
  for (const [field, value] of Object.entries(others)) {
    const at = place.at(field);
    checkField(field, String(kind), vocabulary.fields?.get(String(kind)) ?? null, at);
    if (field === 'type' && OF_MESSAGES.includes(String(kind))) {
      checkKnown('message type', String(value), vocabulary.messageTypes, at);
    }
    fields.set(field, String(value));
  }
  return {
    event: String(kind),
    node: node === undefined ? null : selectorOf(node, place.at('node')),
    peer: peer === undefined ? null : selectorOf(peer, place.at('peer')),
    count: count === undefined ? 1 : Number(count),
    fields,
  };
}

/** A misspelled key would silently be a field that no event has. */
function checkField(field: string, kind: string, known: readonly string[] | null, place: Place): void {
  const own = ['event', 'node', 'peer', 'count'];
  if (known === null) {
    const meant = didYouMean(field, own);
    if (meant !== null) place.problem(`unknown field ${quoted(field)}; did you mean "${meant}"?`, 'key');
  } else if (!known.includes(field)) {
    place.problem(
      `${quoted(kind)} has no field ${quoted(field)}${suggestion(field, [...own.slice(1), ...known])}`,
      'key',
    );
  }
}
