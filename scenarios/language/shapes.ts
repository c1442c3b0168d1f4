import * as z from 'zod';
import type { Path, Problems } from './problems.ts';
import type { Tree } from './tree.ts';
import { textOf } from './tree.ts';

/** Reads trees by schemas; a schema that reads in its own way gets one. */
export interface TreeReader {
  readonly problems: Problems;
  /** Always returns something of the schema's type; mistakes are reported. */
  read<S extends z.ZodType>(schema: S, tree: Tree, path: Path): z.output<S>;
}

/** What the reader needs to know of a schema beyond what zod knows. */
export interface Traits {
  /** What belongs here, for a message: `a duration like 150ms`. */
  readonly expected?: string;
  /** Marks a schema of scalars, and gives the value to go on with when a mistake was reported. */
  readonly leaf?: { readonly fallback: unknown };
  /** The fewest items of a list. */
  readonly atLeast?: number;
  /** Exactly one of a mapping's keys must be given. */
  readonly exactlyOne?: boolean;
  /** At least one of a mapping's keys must be given. */
  readonly nonEmpty?: boolean;
  /** The key for a scalar that was written in place of a mapping. */
  readonly main?: string;
  /** Keys and words of a later version of the language. */
  readonly later?: readonly string[];
  /** Where a key belongs that means something elsewhere; null: nowhere. */
  readonly elsewhere?: (key: string) => string | null;
  /** Keys that an open mapping does not have, because they stand beside it. */
  readonly beside?: readonly string[];
  /** What is wrong with a key that stands inside one of the values; null: nothing is known of it. */
  readonly inside?: (key: string) => string | null;
  /** Reads the value in its own way; null when it could not be read. */
  readonly read?: (tree: Tree, path: Path, reader: TreeReader) => unknown;
}

/** Kept apart from zod's own metadata, which goes into the JSON Schema. */
// eslint-disable-next-line no-restricted-syntax -- only filled while modules are loaded
const known = new WeakMap<z.core.$ZodType, Traits>();

/** Gives a schema its traits. Copies made with `.meta()` have them too. */
export function withTraits<S extends z.core.$ZodType>(schema: S, traits: Traits): S {
  known.set(schema, traits);
  return schema;
}

export function traitsOf(schema: z.core.$ZodType): Traits {
  for (let one: z.core.$ZodType | undefined = schema; one !== undefined; one = one._zod.parent) {
    const traits = known.get(one);
    if (traits !== undefined) return traits;
  }
  return {};
}

/** Says what is wrong with a scalar. Thrown by the `parse` of a leaf, which catches it. */
export class InvalidValue extends Error {
  /** What to write instead, where that needs no guess; null: nothing is certain. */
  readonly repair: string | null;

  constructor(message: string, repair: string | null = null) {
    super(message);
    this.repair = repair;
  }
}

/** No word of the language is longer; a pattern that tries to match a million characters might never end. */
export const LONGEST_WORD = 200;

/** Part of a JSON Schema. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * A scalar with a syntax of its own: a duration, a selector, a count.
 *
 * @param expected What belongs here, for messages.
 * @param json The values it accepts, as JSON Schema.
 * @param fallback The value after a mistake; should cause no further problems.
 * @param parse Gets a string, number, boolean, null or OddNumber; throws InvalidValue.
 * @param longest Most characters; longer ones are refused before `parse` sees them.
 */
export function leaf<T>(
  expected: string,
  json: Json,
  fallback: T,
  parse: (value: unknown) => T,
  longest = LONGEST_WORD,
) {
  const schema = z
    .unknown()
    .meta({ ...json })
    .transform((value, context): T => {
      try {
        const length = textOf(value)?.length ?? 0;
        if (length > longest) {
          throw new InvalidValue(
            `expected ${expected}, got ${String(length)} characters; the most is ${String(longest)}`,
          );
        }
        return parse(value);
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error;
        const { message, repair } = error;
        context.issues.push({ code: 'custom', message, input: value, params: { repair } });
        return z.NEVER;
      }
    });
  return withTraits(schema, { expected, leaf: { fallback } });
}

/** What a leaf that refused a value said to write instead; null: nothing is certain. */
export function repairIn(issue: z.core.$ZodIssue): string | null {
  const repair: unknown = issue.code === 'custom' ? issue.params?.['repair'] : null;
  return typeof repair === 'string' ? repair : null;
}

/** What another leaf made of a value; its mistake becomes that of this leaf. */
export function orThrow<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  throw new InvalidValue(result.error.issues[0]?.message ?? 'invalid');
}

/** A mapping with these keys and no others. */
export function mapping<S extends z.ZodRawShape>(
  expected: string,
  shape: S,
  more: Traits = {},
): z.ZodObject<S, z.core.$strict> {
  const bounds = more.exactlyOne ? { minProperties: 1, maxProperties: 1 } : more.nonEmpty ? { minProperties: 1 } : {};
  const schema = z.strictObject(shape).meta(bounds);
  return withTraits(schema, { expected, ...more });
}

/** A mapping with these keys, and any others, whose values are all of one kind. */
export function openMapping<S extends z.ZodRawShape, V extends z.ZodType>(
  expected: string,
  shape: S,
  others: V,
  more: Traits = {},
): z.ZodObject<S, z.core.$catchall<V>> {
  return withTraits(z.object(shape).catchall(others), { expected, ...more });
}

/** The keys of the mapping that a value may be; none if it cannot be one. */
export function keysInside(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  if (schema instanceof z.ZodOptional) return keysInside(schema.def.innerType);
  if (schema instanceof z.ZodUnion)
    return Object.fromEntries(schema.options.flatMap((one) => Object.entries(keysInside(one))));
  return schema instanceof z.ZodObject ? schema.shape : {};
}

/** The kinds of node that a schema may accept. */
export function kindsOf(schema: z.core.$ZodType): readonly Tree['kind'][] {
  if (traitsOf(schema).leaf !== undefined) return ['scalar'];
  if (schema instanceof z.ZodOptional) return kindsOf(schema.def.innerType);
  if (schema instanceof z.ZodLazy) return kindsOf(schema.def.getter());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(kindsOf);
  if (schema instanceof z.ZodArray || schema instanceof z.ZodTuple) return ['list'];
  return ['mapping'];
}

/** A mapping whose keys are free. */
export function record<V extends z.ZodType>(expected: string, value: V): z.ZodRecord<z.ZodString, V> {
  return withTraits(z.record(z.string(), value), { expected });
}

/** A list of one kind of item. */
export function list<V extends z.ZodType>(expected: string, item: V, atLeast = 0): z.ZodArray<V> {
  const schema = z.array(item).meta(atLeast > 0 ? { minItems: atLeast } : {});
  return withTraits(schema, { expected, atLeast });
}

/** Alternatives that differ in kind: a scalar, a list, a mapping. The kind found decides which one is meant. */
export function either<const O extends readonly [z.ZodType, ...z.ZodType[]]>(
  expected: string,
  options: O,
): z.ZodUnion<O> {
  return withTraits(z.union(options), { expected });
}

/** A key that may be left out: what it is for, and its default. */
export function key<V extends z.ZodType>(
  value: V,
  description: string,
  standard?: string | number | boolean,
): z.ZodOptional<V> {
  return needed(value, description, standard).optional();
}

/** A key that must be given. */
export function needed<V extends z.ZodType>(value: V, description: string, standard?: string | number | boolean): V {
  return value.meta({ description, ...(standard === undefined ? {} : { standard: String(standard) }) });
}
