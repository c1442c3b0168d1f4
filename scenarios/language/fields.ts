import type * as z from 'zod';
import type { FieldTest, FieldValue } from '../scenario.ts';
import { oneOf } from './did-you-mean.ts';
import type { Place } from './place.ts';
import type { Fields } from './scope.ts';
import { either, key, list, mapping, leaf } from './shapes.ts';
import { found, quoted, textOf } from './tree.ts';
import { reject } from './values.ts';

const VALUE = 'a value like 3, AppendEntries or true';

/** A value of a field. What fits it depends on the field, and is looked at when the field is known. */
const fieldValue = leaf<string | number>(VALUE, { type: ['string', 'number', 'boolean'] }, '?', (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  return textOf(value) ?? reject(VALUE, value);
});

const TEST = 'a value like 3 or true, a range like 5..9, a list of values, or a mapping like { min: 1 }';

/** What a field must be. */
export const fieldTest = either(TEST, [
  fieldValue,
  list(TEST, fieldValue, 1),
  mapping(
    TEST,
    {
      min: key(fieldValue, 'The least it may be.'),
      max: key(fieldValue, 'The most it may be.'),
      not: key(fieldValue, 'What it must not be.'),
    },
    { nonEmpty: true },
  ),
]).meta({ id: 'fieldTest' });

type RawTest = z.output<typeof fieldTest>;

/** Compiles the test of a field of this type; null: the type is not known. */
export function fieldTestOf(raw: RawTest, name: string, type: Fields[string] | null, place: Place): FieldTest {
  const value = (one: string | number, at: Place): FieldValue => valueOf(one, name, type, at);
  const none = { oneOf: null, not: null, min: null, max: null };
  if (isList(raw)) return { ...none, oneOf: raw.map((one, index) => value(one, place.at(index))) };
  if (typeof raw === 'object') {
    const { min, max, not } = raw;
    if (type !== null && type !== 'number' && (min !== undefined || max !== undefined)) {
      place.problem(`${quoted(name)} is not a number, and has neither "min" nor "max"`);
    }
    const [least, most] = [min ?? null, max ?? null];
    if (typeof least === 'number' && typeof most === 'number' && least > most) {
      place.problem(`the range is empty: ${String(least)} is more than ${String(most)}`);
    }
    return {
      ...none,
      min: least === null ? null : value(least, place.at('min')),
      max: most === null ? null : value(most, place.at('max')),
      not: not === undefined ? null : value(not, place.at('not')),
    };
  }
  const range = typeof raw === 'string' && type === 'number' ? /^(\d{1,15})\.\.(\d{1,15})$/u.exec(raw) : null;
  if (range === null) return { ...none, oneOf: [value(raw, place)] };
  const [min, max] = [Number(range[1]), Number(range[2])];
  if (min > max) place.problem(`the range is empty: ${String(min)} is more than ${String(max)}`);
  return { ...none, min, max };
}

function valueOf(raw: string | number, name: string, type: Fields[string] | null, place: Place): FieldValue {
  if (name === 'term' && raw === 'leader') return { termOf: 'leader' };
  if (type === 'number' && typeof raw !== 'number') {
    const word = name === 'term' ? ', a range like 5..9, or leader' : ' or a range like 5..9';
    place.problem(`expected a whole number${word} for ${quoted(name)}, got ${found(raw)}`);
  }
  if (type === 'flag' && raw !== 'true' && raw !== 'false') {
    place.problem(`expected true or false for ${quoted(name)}, got ${found(raw)}`);
  }
  return raw;
}

function isList(raw: RawTest): raw is (string | number)[] {
  return Array.isArray(raw);
}

/** The values that a field can only have, as text; null: any, or a range. */
export function valuesOf(raw: RawTest | undefined): readonly string[] | null {
  if (raw === undefined) return null;
  if (isList(raw)) return raw.map(String);
  return typeof raw === 'object' ? null : [String(raw)];
}

/** Reports fields that none of these types of messages carries. `types`: null for any. */
export function checkCarried(fields: readonly string[], types: readonly string[] | null, place: Place): void {
  const { carried } = place.scope.vocabulary;
  if (carried === undefined || types === null || types.length === 0 || !types.every((type) => carried.has(type)))
    return;
  const everything = [...carried.values()];
  for (const field of fields) {
    const isCarried = everything.some((one) => Object.hasOwn(one, field));
    if (!isCarried || types.some((type) => Object.hasOwn(carried.get(type) ?? {}, field))) continue;
    const own = [...new Set(types.flatMap((type) => Object.keys(carried.get(type) ?? {})))];
    const problem = `${oneOf(types)} carries no ${quoted(field)}, but ${own.join(', ')}`;
    place.at(field).problem(problem, 'key');
  }
}
