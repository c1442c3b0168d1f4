import * as z from 'zod';
import { didYouMean, oneOf, sameWord, suggestion } from './did-you-mean.ts';
import { moveIn } from './move-key.ts';
import type { Path, Problems } from './problems.ts';
import { renamedTo } from './renamed.ts';
import type { TreeReader } from './shapes.ts';
import { keysInside, kindsOf, repairIn, traitsOf } from './shapes.ts';
import { Surroundings } from './surroundings.ts';
import type { ListTree, MappingTree, ScalarTree, Tree } from './tree.ts';
import { found, foundAt, quoted, textOf } from './tree.ts';

/**
 * Reads a tree by a zod schema, and continues after each mistake. `schema.parse` would stop at the first level that is
 * wrong, and could not tell which of several alternatives the author meant.
 *
 * After a mistake the result still has the type of the schema: leaves have their fallback, mappings are filled up,
 * so that what follows can look for further mistakes. The result must not be used once problems were reported.
 */
export class Reader implements TreeReader {
  readonly problems: Problems;
  readonly #surroundings: Surroundings;

  constructor(problems: Problems) {
    this.problems = problems;
    this.#surroundings = new Surroundings(problems);
  }

  read<S extends z.ZodType>(schema: S, tree: Tree, path: Path): z.output<S> {
    return this.#read(schema, tree, path) as z.output<S>;
  }

  #read(schema: z.core.$ZodType, tree: Tree, path: Path): unknown {
    const trait = traitsOf(schema);
    if (tree.kind === 'scalar' && tree.reported) return trait.read === undefined ? fallbackOf(schema) : null;
    if (trait.read !== undefined) return trait.read(tree, path, this);
    if (schema instanceof z.ZodOptional) return this.#read(schema.def.innerType, tree, path);
    if (schema instanceof z.ZodUnion) {
      const option = schema.options.find((one) => kindsOf(one).includes(tree.kind));
      if (option === undefined) return this.#wrongKind(schema, tree, path);
      return tree.kind === 'scalar' ? this.#leaf(option, tree, path, schema) : this.#read(option, tree, path);
    }
    if (trait.leaf !== undefined && tree.kind === 'scalar') return this.#leaf(schema, tree, path);
    if (schema instanceof z.ZodObject && tree.kind === 'mapping') return this.#object(schema, tree, path);
    if (schema instanceof z.ZodRecord && tree.kind === 'mapping') return this.#record(schema, tree, path);
    if (schema instanceof z.ZodArray && tree.kind === 'list') return this.#list(schema, tree, path);
    if (schema instanceof z.ZodTuple && tree.kind === 'list') return this.#tuple(schema, tree, path);
    return this.#wrongKind(schema, tree, path);
  }

  #wrongKind(schema: z.core.$ZodType, tree: Tree, path: Path): unknown {
    const hint = this.#hint(schema, tree, path) || this.#surroundings.hintOfValue(schema, tree, path);
    this.problems.add(path, `expected ${expectedOf(schema)}, got ${foundAt(tree)}${hint}`);
    return fallbackOf(schema);
  }

  /** Reads a scalar. `among`: the alternatives it is one of, all of which a message should name. */
  #leaf(schema: z.core.$ZodType, tree: ScalarTree, path: Path, among: z.core.$ZodType = schema): unknown {
    const result = z.safeParse(schema, tree.value);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const { message } = issue;
      const repair = repairIn(issue);
      if (repair !== null) this.problems.replaceBy(repair, path);
      const narrow = `expected ${expectedOf(schema)}, got `;
      const wide = message.startsWith(narrow)
        ? `expected ${expectedOf(among)}, got ${message.slice(narrow.length)}`
        : message;
      this.problems.add(path, `${wide}${wide.includes('; ') ? '' : this.#hint(among, tree, path)}`);
    }
    return fallbackOf(schema);
  }

  /** For a scalar where a mapping with one obvious key belongs: how that would be written. */
  #hint(schema: z.core.$ZodType, tree: Tree, path: Path): string {
    const meant = mappingsMeant(schema, tree);
    const [only] = meant;
    if (only !== undefined && meant.length === 1 && !only.includes('…')) this.problems.replaceBy(only, path);
    return meant.map((one) => `; did you mean ${one}?`).join('');
  }

  #object(schema: z.ZodObject, tree: MappingTree, path: Path): Record<string, unknown> {
    return this.#surroundings.within({ schema, tree, path }, () => this.#membersOf(schema, tree, path));
  }

  #membersOf(schema: z.ZodObject, tree: MappingTree, path: Path): Record<string, unknown> {
    const result = emptyRecord();
    const shape: Shape = schema.shape;
    const { catchall } = schema.def;
    const { beside = [] } = traitsOf(schema);
    const missing = Object.entries(shape)
      .filter(([key, member]) => !(member instanceof z.ZodOptional) && !tree.entries.some((entry) => entry.key === key))
      .map(([key]) => key);
    const misspelled = new Set<string>();
    for (const { key, value } of tree.entries) {
      const at = [...path, key];
      const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
      if (known !== undefined) result[key] = this.#read(known, value, at);
      else if (catchall !== undefined && !(catchall instanceof z.ZodNever) && !beside.includes(key))
        result[key] = this.#read(catchall, value, at);
      else {
        const meant = this.problems.isFull ? null : didYouMean(key, missing);
        if (meant !== null) misspelled.add(meant);
        this.#unknownKey(at, key, schema, meant === null ? Object.keys(shape) : [meant]);
      }
    }
    this.#presence(schema, tree, path);
    for (const key of missing) {
      const member = shape[key];
      if (member === undefined) continue;
      if (!misspelled.has(key) && !this.#surroundings.isMeant([...path, key]))
        this.problems.add(path, `"${key}" is missing: expected ${expectedOf(member)}`);
      result[key] = fallbackOf(member);
    }
    return result;
  }

  /** Reports a key the schema does not have. */
  #unknownKey(at: Path, key: string, schema: z.core.$ZodType, valid: readonly string[]): void {
    if (this.problems.isFull) return this.problems.add(at, '', 'key');
    const later = traitsOf(schema).later ?? [];
    const message = later.includes(key)
      ? `not supported yet: ${quoted(key)} is for a later version of the language`
      : (renamedTo('key', key, valid) ??
        `unknown key ${quoted(key)}${elsewhere(key, schema) ?? this.#surroundings.hintOfKey(at, key, valid) ?? suggestion(key, valid)}`);
    this.problems.add(at, message, 'key');
    const same = sameWord(key, valid);
    if (same !== null) this.problems.replaceBy(same, at, 'key');
    else moveIn(at, likelyOwners(key, schema), this.problems);
  }

  #presence(schema: z.ZodObject, tree: MappingTree, path: Path): void {
    const { exactlyOne, nonEmpty } = traitsOf(schema);
    const keys = Object.keys(schema.shape);
    const given = tree.entries.filter(({ key }) => keys.includes(key));
    if ((exactlyOne || nonEmpty) && tree.entries.length === 0) {
      this.problems.add(path, `an empty mapping; expected ${oneOf(keys)}`);
    }
    const [first, second] = given;
    if (exactlyOne && first !== undefined && second !== undefined) {
      this.problems.add(
        [...path, second.key],
        `"${second.key}" beside "${first.key}"; expected only one of them`,
        'key',
      );
    }
  }

  #record(schema: z.ZodRecord, tree: MappingTree, path: Path): Record<string, unknown> {
    const result = emptyRecord();
    for (const { key, value } of tree.entries) result[key] = this.#read(schema.valueType, value, [...path, key]);
    return result;
  }

  #list(schema: z.ZodArray, tree: ListTree, path: Path): unknown[] {
    const { atLeast = 0 } = traitsOf(schema);
    if (tree.items.length < atLeast) {
      const count = tree.items.length === 0 ? 'an empty list' : `a list of ${String(tree.items.length)}`;
      this.problems.add(path, `expected ${expectedOf(schema)}, got ${count}`);
    }
    return tree.items.map((item, index) => this.#read(schema.element, item, [...path, index]));
  }

  #tuple(schema: z.ZodTuple, tree: ListTree, path: Path): unknown {
    const members = schema.def.items;
    if (tree.items.length !== members.length) {
      const got = String(tree.items.length);
      this.problems.add(path, `expected ${expectedOf(schema)}, got a list of ${got}`);
    }
    return members.map((member, index) => {
      const item = tree.items[index];
      return item === undefined ? fallbackOf(member) : this.#read(member, item, [...path, index]);
    });
  }
}

/** Where a key that is not known here means something; null: nowhere. */
function elsewhere(key: string, schema: z.core.$ZodType): string | null {
  const place = traitsOf(schema).elsewhere?.(key) ?? null;
  return place === null ? oneLevelIn(key, schema) : `; ${place}`;
}

/** Where a key stands that was written one level too far out: under a key of the mapping that must be given, or under any. */
function oneLevelIn(key: string, schema: z.core.$ZodType): string | null {
  const likely = likelyOwners(key, schema);
  if (likely.length === 0 || likely.length > 3) return null;
  return `; it belongs under ${likely.map((owner) => `"${owner}"`).join(' or ')}`;
}

function likelyOwners(key: string, schema: z.core.$ZodType): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  const shape: Shape = schema.shape;
  const owners = Object.keys(shape).filter((owner) => Object.hasOwn(keysInside(shape[owner]!), key));
  const needed = owners.filter((owner) => !(shape[owner] instanceof z.ZodOptional));
  return needed.length > 0 ? needed : owners;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** Without a prototype, so that a key such as `__proto__` is a key like any other. */
function emptyRecord(): Record<string, unknown> {
  return Object.create(null) as Record<string, unknown>;
}

function expectedOf(schema: z.core.$ZodType): string {
  const own = traitsOf(schema).expected;
  if (own !== undefined) return own;
  return schema instanceof z.ZodOptional ? expectedOf(schema.def.innerType) : 'something else';
}

/** Something of the schema's type to go on with. */
function fallbackOf(schema: z.core.$ZodType): unknown {
  const leaf = traitsOf(schema).leaf;
  if (leaf !== undefined) return leaf.fallback;
  if (schema instanceof z.ZodOptional) return undefined;
  if (schema instanceof z.ZodUnion) return fallbackOf(schema.options[0] as z.core.$ZodType);
  if (schema instanceof z.ZodArray) return [];
  if (schema instanceof z.ZodTuple) return schema.def.items.map(fallbackOf);
  const result = emptyRecord();
  const shape: Shape = schema instanceof z.ZodObject ? schema.shape : {};
  for (const [key, member] of Object.entries(shape)) {
    if (!(member instanceof z.ZodOptional)) result[key] = fallbackOf(member);
  }
  return result;
}

/** The mappings with one obvious key that a scalar in their place can stand for. */
function mappingsMeant(schema: z.core.$ZodType, tree: Tree): readonly string[] {
  if (schema instanceof z.ZodOptional) return mappingsMeant(schema.def.innerType, tree);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((one) => mappingsMeant(one, tree));
  if (!(schema instanceof z.ZodObject) || tree.kind !== 'scalar') return [];
  const text = textOf(tree.value);
  const required = Object.entries(schema.shape as Shape).filter(([, member]) => !(member instanceof z.ZodOptional));
  if (typeof tree.value === 'string' && Object.hasOwn(schema.shape, tree.value)) {
    const keys = new Set([...required.map(([key]) => key), tree.value]);
    return [`{ ${[...keys].map((key) => `${key}: …`).join(', ')} }`];
  }
  const main = traitsOf(schema).main ?? (required.length === 1 ? required[0]?.[0] : undefined);
  const given = main === undefined ? undefined : (schema.shape as Shape)[main];
  if (text === null || main === undefined || given === undefined) return [];
  const [key, member] = [main, given instanceof z.ZodOptional ? given.def.innerType : given];
  const fits = kindsOf(member).includes('scalar') && z.safeParse(member, tree.value).success;
  return fits ? [`{ ${key}: ${found(tree.value).replaceAll('"', '')} }`] : [];
}
