import type { Alias, Document, Node, Pair } from 'yaml';
import { Composer, isAlias, isMap, isPair, isScalar, isSeq, Lexer, Parser, Scalar } from 'yaml';
import type { Path, Problems } from './problems.ts';
import type { Entry, ListTree, MappingTree, ScalarTree, ScalarValue, Tree } from './tree.ts';
import { OddNumber, quoted, shortened } from './tree.ts';

/** Longest text that is read, in UTF-16 code units. */
export const LONGEST_TEXT = 1_000_000;

/** Enough for some 4,000 steps, and few enough that text made to be slow is refused within a second. */
const MOST_TOKENS = 100_000;

/** Composing recurses. Near the end of the stack the engine can die without an exception, so depth is refused early. */
const DEEPEST = 64;

/** Longest message of the YAML library that is shown, in characters: it can quote a piece of the text. */
const LONGEST_MESSAGE = 120;

/** How many nodes aliases may add to those that are written out. */
const MOST_ALIASED = 10_000;

/**
 * Parses one YAML document into a tree. What is wrong with the text as YAML is reported; null is returned when there is
 * nothing to go on with.
 *
 * Scalars are typed here and not by the YAML library: only text that a number gives back exactly becomes one.
 */
export function parseDocument(text: string, problems: Problems): Tree | null {
  if (!readable(text, problems)) return null;
  const tokens = tokensOf(text, problems);
  if (tokens === null) return null;
  // Duplicate keys are looked for below: the library compares every key with every other.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' });
  const documents = [...composer.compose(tokens, true, text.length)];
  for (const document of documents) reportSyntax(document, problems);
  const second = documents[1];
  if (second !== undefined) {
    const at = second.contents?.range?.[0] ?? second.range[0];
    problems.addAt(at, at + 1, [], 'a second document begins here; expected one scenario in a file');
  }
  const document = documents[0];
  if (problems.any || document === undefined) return null;
  if (document.contents === null || isNothing(document.contents)) {
    problems.addAt(0, 0, [], 'the file is empty; expected a mapping with at least "cluster"');
    return null;
  }
  const tree = new TreeBuilder(text, problems).build(document.contents, []);
  return tree;
}

function isNothing(contents: Node): boolean {
  return isScalar(contents) && contents.value === '' && contents.type === Scalar.PLAIN;
}

/** Whether this can be YAML text. */
function readable(text: string, problems: Problems): boolean {
  if (text.length > LONGEST_TEXT) {
    problems.addAt(
      0,
      0,
      [],
      `too big: ${grouped(text.length)} characters; a scenario has at most ${grouped(LONGEST_TEXT)}`,
    );
    return false;
  }
  const strange = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)|\p{Surrogate}/u.exec(text);
  if (strange === null) return true;
  const kind = /\p{Surrogate}/u.test(strange[0]) ? 'half of a surrogate pair' : 'control character';
  problems.addAt(strange.index, strange.index + 1, [], `${kind} ${codePoint(strange[0])}: not a text file`);
  return false;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/gu, ',');
}

/** The text as the library's concrete syntax, or null when it is too much or too deep to go on. */
function tokensOf(text: string, problems: Problems) {
  const parser = new Parser();
  const tokens = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (++count > MOST_TOKENS) {
      const line = String(problems.lineAt(parser.offset));
      problems.addAt(0, 0, [], `too big: more than ${grouped(MOST_TOKENS)} YAML tokens, reached on line ${line}`);
      return null;
    }
    if (parser.stack.length > DEEPEST + 1) {
      problems.addAt(parser.offset, parser.offset + 1, [], `nested deeper than ${String(DEEPEST)} levels`);
      return null;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

/** Reports the first mistake in the syntax: those after it mostly follow from it. */
function reportSyntax(document: Document.Parsed, problems: Problems): void {
  const mistakes = [...document.errors, ...document.warnings]
    // Tags are refused, and duplicate anchors and keys are judged, when the tree is built.
    .filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')
    .sort((one, other) => one.pos[0] - other.pos[0]);
  for (const { pos, message } of mistakes.slice(0, 1)) {
    const said = shortened(message.replace(/\s+/gu, ' '), LONGEST_MESSAGE);
    problems.addAt(pos[0], pos[1], [], `not valid YAML: ${said.charAt(0).toLowerCase()}${said.slice(1)}`);
  }
}

/** Turns the library's nodes into ours: typed scalars, distinct keys, aliases followed. */
class TreeBuilder {
  readonly #text: string;
  readonly #problems: Problems;
  /** An anchor's node, how many nodes it stands for, and how many levels are below it. */
  readonly #anchors = new Map<string, { tree: Tree; weight: number; height: number }>();
  #weight = 0;
  /** The deepest level reached in the node being built. */
  #deepest = 0;
  #aliased = 0;

  constructor(text: string, problems: Problems) {
    this.#text = text;
    this.#problems = problems;
  }

  build(node: Node, path: Path): Tree {
    const [weight, deepest] = [this.#weight, this.#deepest];
    this.#weight += 1;
    this.#deepest = path.length;
    const [start, end] = node.range ?? [0, 0];
    const tree = isAlias(node) ? this.#alias(node.source, start, end, path) : this.#value(node, start, end, path);
    if (!isAlias(node) && node.anchor !== undefined) {
      const height = this.#deepest - path.length;
      this.#anchors.set(node.anchor, { tree, weight: this.#weight - weight, height });
    }
    this.#deepest = Math.max(this.#deepest, deepest);
    return tree;
  }

  #value(node: Exclude<Node, Alias>, start: number, end: number, path: Path): Tree {
    if (node.tag !== undefined) this.#tag(node, start, path);
    if (isMap(node)) return this.#mapping(node.items, start, end, path);
    if (isSeq(node)) return this.#list(node.items, start, end, path);
    return this.#scalar(node, start, end, path);
  }

  #alias(name: string, start: number, end: number, path: Path): Tree {
    const nothing: ScalarTree = { kind: 'scalar', value: null, reported: true, start, end };
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) {
      this.#problems.addAt(start, end, path, `no anchor ${quoted(`&${name}`)} is complete before this alias`);
      return nothing;
    }
    this.#weight += anchor.weight;
    this.#aliased += anchor.weight;
    this.#deepest = path.length + anchor.height;
    if (this.#deepest > DEEPEST) {
      this.#problems.addAt(
        start,
        end,
        path,
        `nested deeper than ${String(DEEPEST)} levels with what this alias stands for`,
      );
      return nothing;
    }
    if (this.#aliased <= MOST_ALIASED) return anchor.tree;
    this.#problems.addAt(start, end, [], `aliases stand for more than ${grouped(MOST_ALIASED)} values in all`);
    return nothing;
  }

  #tag(node: Node, start: number, path: Path): void {
    const said = node.tag ?? '';
    // The tag is usually on the line of its value; otherwise the place of the value is used.
    const at = this.#text.lastIndexOf('!', start);
    const from = at >= 0 && start - at < 200 ? (this.#text.lastIndexOf('!', at - 1) === at - 1 ? at - 1 : at) : start;
    const shown = said.startsWith('tag:yaml.org,2002:') ? `!!${said.slice('tag:yaml.org,2002:'.length)}` : said;
    const length = Math.max(1, /^!\S*/u.exec(this.#text.slice(from, from + 200))?.[0].length ?? 1);
    this.#problems.addAt(from, from + length, path, `YAML tags such as ${quoted(shown)} have no meaning in a scenario`);
  }

  #list(items: readonly unknown[], start: number, end: number, path: Path): ListTree {
    const trees = items.map((item, index) => {
      const at = [...path, index];
      // `[a: 1]` is YAML for a list with a mapping in it.
      if (isPair(item)) return this.#mapping([item], start, end, at);
      return this.build(item as Node, at);
    });
    return { kind: 'list', items: trees, start, end };
  }

  #mapping(pairs: readonly Pair[], start: number, end: number, path: Path): MappingTree {
    const entries = new Map<string, Entry>();
    for (const { key: keyNode, value: valueNode } of pairs) {
      const [keyStart, keyEnd] = (keyNode as Node | null)?.range ?? [start, start];
      if (!isScalar(keyNode)) {
        this.#problems.addAt(keyStart, keyEnd, path, 'a key must be a plain word');
        continue;
      }
      if (keyNode.tag !== undefined) this.#tag(keyNode, keyStart, path);
      const key = String(keyNode.value);
      const at = [...path, key];
      this.#unprintable(key, keyNode, path);
      const first = entries.get(key);
      if (key === '') this.#problems.addAt(keyStart, keyEnd, path, 'a key is missing before ":"');
      else if (key === '<<')
        this.#problems.addAt(keyStart, keyEnd, at, 'merge keys ("<<") are not part of the language');
      else if (first !== undefined) {
        const line = String(this.#problems.lineAt(first.keyStart));
        const hint = /^[\d.]+%$/u.test(key)
          ? `; alternatives with equal probabilities are a list, like [25%: 1ms, 25%: 5ms, 50%: 20ms]`
          : '';
        this.#problems.addAt(
          keyStart,
          keyEnd,
          at,
          `${quoted(key)} is given twice; the first is on line ${line}${hint}`,
        );
      } else {
        const value = valueNode === null ? nothingAt(keyEnd) : this.build(valueNode as Node, at);
        entries.set(key, { key, keyStart, keyEnd, value });
      }
    }
    return { kind: 'mapping', entries: [...entries.values()], start, end };
  }

  /** Escapes such as `\x1b` could produce characters that the text itself may not contain. */
  #unprintable(text: string, node: Scalar, path: Path): boolean {
    const strange = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\p{Surrogate}/u.exec(text);
    if (strange === null) return false;
    const [start, end] = node.range ?? [0, 0];
    this.#problems.addAt(
      start,
      end,
      path,
      `the escape for ${codePoint(strange[0])}, which no text of a scenario may hold`,
    );
    return true;
  }

  #scalar(node: Scalar, start: number, end: number, path: Path): ScalarTree {
    const text = String(node.value);
    if (this.#unprintable(text, node, path)) return { kind: 'scalar', value: null, reported: true, start, end };
    const value = node.type === Scalar.PLAIN || node.type === undefined ? typed(text) : text;
    return { kind: 'scalar', value, start, end };
  }
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function nothingAt(offset: number): ScalarTree {
  return { kind: 'scalar', value: null, start: offset, end: offset };
}

/** A plain scalar as YAML's core schema types it, as far as that loses nothing. */
function typed(text: string): ScalarValue {
  if (/^(?:~|null|Null|NULL)?$/u.test(text)) return null;
  if (/^(?:true|True|TRUE)$/u.test(text)) return true;
  if (/^(?:false|False|FALSE)$/u.test(text)) return false;
  if (
    /^[-+]?(?:0o[0-7]+|0x[\da-fA-F]+|\.(?:inf|Inf|INF)|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)$|^\.(?:nan|NaN|NAN)$/u.test(
      text,
    )
  ) {
    const value = Number(text);
    const exact = String(value) === text && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return exact ? value : new OddNumber(text);
  }
  return text;
}
