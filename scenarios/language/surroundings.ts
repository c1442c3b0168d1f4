import * as z from 'zod';
import { didYouMean } from './did-you-mean.ts';
import { moveOut, unwrap } from './move-out.ts';
import { formatPath, type Path, type Problems } from './problems.ts';
import { kindsOf, traitsOf } from './shapes.ts';
import type { MappingTree, Tree } from './tree.ts';
import { quoted, shortened, textOf } from './tree.ts';

/** A mapping that is being read. */
interface Surrounding {
  readonly schema: z.ZodObject;
  readonly tree: MappingTree;
  readonly path: Path;
}

/** Keys that people write around the value of a step, which has none. */
const WRAPPERS: readonly string[] = ['nodes', 'node', 'groups', 'times', 'probability', 'steps', 'do', 'to', 'links'];

/** Knows the mappings around the one that is read, and so where a key belongs that stands too far in. */
export class Surroundings {
  readonly #problems: Problems;
  /** The innermost last. */
  readonly #around: Surrounding[] = [];
  /** The paths of keys that stand too far in, as they should be. */
  readonly #meant = new Set<string>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  /** Reads what is inside a mapping. */
  within<T>(mapping: Surrounding, read: () => T): T {
    this.#around.push(mapping);
    const result = read();
    this.#around.pop();
    return result;
  }

  /** Whether a key that is missing here stands further in. */
  isMeant(path: Path): boolean {
    return this.#meant.has(formatPath(path));
  }

  /**
   * The hint for a key that means nothing in the innermost mapping: where further out it belongs, or what is wrong with it
   * there; null: nothing is known of it.
   *
   * @param valid the keys that it may be a misspelling of
   */
  hintOfKey(at: Path, key: string, valid: readonly string[]): string | null {
    const levels = this.#levelsOut(key);
    const { schema, tree } = this.#around.at(-1)!;
    const near = traitsOf(schema).beside?.includes(key) === true ? null : didYouMean(key, valid);
    // The key that was meant is missing.
    if (near !== null && valid.length === 1) return null;
    if (levels > 0 && near === null) return `; it ${this.#moved(at, levels)}`;
    if (levels > 0) return `; did you mean "${near!}"? ${quoted(key)} itself belongs ${further(levels)}`;
    const value = tree.entries.find((entry) => entry.key === key)?.value;
    if (near === null && value?.kind === 'mapping' && hasNodes(schema))
      return `; what differs at one node belongs under "nodes": nodes: { n1: { … } }`;
    const outer = this.#outerOf(this.#around.length - 1);
    if (outer === null || near !== null) return null;
    const stray = traitsOf(outer.schema).inside?.(key) ?? null;
    if (stray !== null) return `; ${stray}`;
    const meant = didYouMean(key, Object.keys(outer.schema.shape));
    if (meant === null) return null;
    this.#meant.add(formatPath([...outer.path, meant]));
    return `; did you mean "${meant}", one level further out, beside ${quoted(String(at.at(-2)))}?`;
  }

  /** The hint for a value of the wrong kind; empty: there is none. */
  hintOfValue(schema: z.core.$ZodType, tree: Tree, path: Path): string {
    return this.#unwrapped(schema, tree, path) || this.#byNode(tree, path) || this.#meantOutside(tree, path);
  }

  /** For a mapping where a plain value belongs, with keys that belong beside it: how that is written. */
  #unwrapped(schema: z.core.$ZodType, tree: Tree, path: Path): string {
    const key = path.at(-1);
    const outer = this.#around.at(-1);
    if (tree.kind !== 'mapping' || typeof key !== 'string' || outer?.path.length !== path.length - 1) return '';
    const isBeside = (word: string): boolean => word !== key && Object.hasOwn(outer.schema.shape, word);
    const others = tree.entries.filter((entry) => isBeside(entry.key)).map((entry) => entry.key);
    const rest = tree.entries.filter((entry) => !isBeside(entry.key));
    const [first] = rest;
    const bare = first !== undefined && rest.length === 1 && isEmpty(first.value) ? first.key : null;
    const value = rest.find((entry) => WRAPPERS.includes(entry.key));
    if (bare === null && (value === undefined || !kindsOf(schema).includes(value.value.kind))) return '';
    for (const other of others) this.#meant.add(formatPath([...outer.path, other]));
    if (rest.length === 1 && value !== undefined) unwrap(path, value.key, this.#problems);
    const shown = bare ?? (value?.value.kind === 'scalar' ? (textOf(value.value.value) ?? '…') : '[…]');
    const beside = others.length === 0 ? '' : `, with ${others.map((other) => quoted(other)).join(', ')} beside it`;
    return `; did you mean ${key}: ${shortened(shown)}${beside}?`;
  }

  /** For values by node where one belongs that all nodes have. */
  #byNode(tree: Tree, path: Path): string {
    const around = this.#around.at(-1);
    const [first] = tree.kind === 'mapping' ? tree.entries : [];
    if (first?.value.kind !== 'scalar' || around?.path.length !== path.length - 1 || !hasNodes(around.schema))
      return '';
    const value = textOf(first.value.value) ?? '…';
    return `; for one node write nodes: { ${shortened(first.key)}: { ${String(path.at(-1))}: ${shortened(value)} } }`;
  }

  /** For a value that fits a key of the same name one level further out: that it belongs there. */
  #meantOutside(tree: Tree, path: Path): string {
    const key = path.at(-1);
    const outer = this.#outerOf(this.#around.length - 1);
    if (typeof key !== 'string' || outer === null || !Object.hasOwn(outer.schema.shape, key)) return '';
    const member = (outer.schema.shape as Readonly<Record<string, z.core.$ZodType>>)[key]!;
    const isGiven = outer.tree.entries.some((entry) => entry.key === key);
    if (isGiven || !kindsOf(member).includes(tree.kind)) return '';
    return tree.kind !== 'scalar' || z.safeParse(member, tree.value).success
      ? `; ${quoted(key)} ${this.#moved(path, 1)}`
      : '';
  }

  /** The mapping under a key of which another one that is being read stands; null: there is none. */
  #outerOf(index: number): Surrounding | null {
    const [inner, outer] = [this.#around[index], this.#around[index - 1]];
    const isDirect = inner !== undefined && outer?.path.length === inner.path.length - 1;
    return isDirect && typeof inner.path.at(-1) === 'string' ? outer : null;
  }

  /** How many levels further out a key means something; 0: nowhere. */
  #levelsOut(key: string): number {
    for (let index = this.#around.length - 1, levels = 1; index > 0; index--, levels++) {
      const outer = this.#outerOf(index);
      if (outer === null) return 0;
      if (Object.hasOwn(outer.schema.shape, key)) return levels;
    }
    return 0;
  }

  /** Says that a key belongs so many levels further out, and how it gets there. */
  #moved(at: Path, levels: number): string {
    const outer = at.slice(0, -1 - levels);
    this.#meant.add(formatPath([...outer, at.at(-1)!]));
    moveOut(at, levels, this.#problems);
    return `belongs ${further(levels)}, beside ${quoted(String(at[outer.length]))}`;
  }
}

function isEmpty(value: Tree): boolean {
  return value.kind === 'scalar' && value.value === null;
}

/** Whether a mapping has overrides by node. */
function hasNodes({ shape }: z.ZodObject): boolean {
  const nodes: unknown = shape['nodes'];
  return nodes instanceof z.ZodOptional && nodes.def.innerType instanceof z.ZodRecord;
}

function further(levels: number): string {
  return levels === 1 ? 'one level further out' : `${levels === 2 ? 'two' : String(levels)} levels further out`;
}
