import type { FieldTest, MessageSelector } from '../scenario.ts';
import { checkCarried, fieldTest, fieldTestOf } from './fields.ts';
import type { Place } from './place.ts';
import { checkKnown } from './selectors.ts';
import { either, key, list } from './shapes.ts';
import { name } from './values.ts';

const TYPES = 'the type of a message, or a list of them';
const type = name('the type of a message', 'AppendEntries');

/** Keys that say which messages are meant; those that are left out do not matter. */
export const messageKeys = {
  types: key(either(TYPES, [type, list(TYPES, type, 1)]), 'Messages of this type, or of these types.', 'all'),
  term: key(fieldTest, 'The term that the message carries.'),
  index: key(
    fieldTest,
    'The last index it is about: last log index, last entry sent or acknowledged, last of a snapshot.',
  ),
  prevIndex: key(fieldTest, 'The prevLogIndex of an AppendEntries.'),
  entries: key(fieldTest, 'How many entries an AppendEntries carries.'),
  commit: key(fieldTest, 'The leaderCommit of an AppendEntries.'),
  granted: key(fieldTest, 'Whether the vote or pre-vote is granted.'),
  success: key(fieldTest, 'Whether the AppendEntries was accepted.'),
  offset: key(fieldTest, 'Bytes of the snapshot before the chunk.'),
  done: key(fieldTest, 'Whether the chunk is the last one.'),
  sequence: key(fieldTest, "The number of a client's request in its session."),
  op: key(fieldTest, 'What a `Request` or a `Reply` is about: put, get, cas, append, delete.'),
  key: key(fieldTest, 'The key that it is about.'),
  status: key(fieldTest, 'What a `Reply` says: ok, redirect, busy, unknown, refused.'),
};

type Keys = { readonly [K in keyof typeof messageKeys]?: unknown };

/** The messages that these keys mean; null if none is given. `raw` may hold other keys. */
export function messagesOf(raw: Keys, place: Place): MessageSelector | null {
  const given = Object.keys(messageKeys).filter((one) => raw[one as keyof Keys] !== undefined);
  if (given.length === 0) return null;
  const { vocabulary } = place.scope;
  const types = raw.types === undefined ? null : [raw.types].flat().map(String);
  const known =
    vocabulary.messageTypes.length === 0 ? [] : [...vocabulary.messageTypes, ...(vocabulary.clientMessageTypes ?? [])];
  types?.forEach((one, index) => {
    const at = place.at('types');
    checkKnown('message type', one, known, Array.isArray(raw.types) ? at.at(index) : at);
  });
  const names = given.filter((one) => one !== 'types');
  const fields = new Map<string, FieldTest>();
  for (const field of names) {
    const test = raw[field as keyof Keys] as Parameters<typeof fieldTestOf>[0];
    fields.set(field, fieldTestOf(test, field, typeOf(field, vocabulary.carried), place.at(field)));
  }
  checkCarried(names, types, place);
  return { types, fields };
}

function typeOf(field: string, carried: Place['scope']['vocabulary']['carried']) {
  for (const fields of carried?.values() ?? []) if (fields[field] !== undefined) return fields[field];
  return null;
}
