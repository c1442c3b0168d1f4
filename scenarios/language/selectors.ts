import type { NodeId } from '../../sim/protocol.ts';
import type { AnySelector, Selector } from '../scenario.ts';
import { didYouMean, suggestion } from './did-you-mean.ts';
import type { Place } from './place.ts';
import { renamedTo } from './renamed.ts';
import { DRAWN, isList, PLURAL, ROLES } from './selector-words.ts';
import type { RawNodes, RawSelector } from './selector-words.ts';
import { quoted } from './tree.ts';

/** What can be named: nodes, or clients too, where links and events are meant. */
export type Named = 'nodes' | 'clients too';

/** Looks the names up. */
export function selectorOf(raw: RawSelector | 'none', place: Place, named: Named = 'nodes'): Selector {
  if (raw === 'none') return { kind: 'list', of: [] };
  if (isList(raw)) {
    const seen = new Set<string>();
    const of = raw.map((one, index) => {
      const text = textOfNodes(one);
      if (text !== null && seen.has(text)) place.at(index).problem(`${quoted(text)} is listed twice`);
      if (text !== null) seen.add(text);
      return nodesOf(one, place.at(index), named);
    });
    const [only] = of;
    return only !== undefined && of.length === 1 ? only : { kind: 'list', of };
  }
  return nodesOf(raw, place, named);
}

/** Looks up the names in one word. */
export function nodesOf(raw: RawNodes, place: Place, named: Named = 'nodes'): Selector {
  const { scope } = place;
  switch (raw.kind) {
    case 'name':
      if (named === 'clients too' && meansClient(raw.name, scope.nodes)) {
        return { kind: 'client', client: clientNamed(raw.name, place) };
      }
      return { kind: 'node', node: nodeNamed(raw.name, place) };
    case 'role':
      return raw;
    case 'any':
      checkCount(raw, place);
      return raw;
    case 'except':
      if (raw.of.kind === 'any') checkCount(raw.of, place);
      return { ...raw, except: raw.except.map((one) => nodesOf(one, place)) };
    case 'remembered':
      if (!scope.remembered.isBound(raw.name)) place.problem(unbound(raw.name, place));
      return raw;
    case 'mistaken':
      return { kind: 'role', role: 'all' };
  }
}

function checkCount({ count }: AnySelector, place: Place): void {
  const { nodes } = place.scope;
  if (nodes !== null && count > nodes.length) {
    place.problem(`any ${String(count)}: the cluster has only ${String(nodes.length)} nodes`);
  }
}

function unbound(name: string, place: Place): string {
  const { remembered } = place.scope;
  if (remembered.isBoundLater(name))
    return `$${name} is used before it is bound; a step with "as: ${name}" must come first`;
  if (name === 'it') return '$it is never bound here; it is the node in the steps of "each"';
  const near = didYouMean(name, remembered.names);
  if (near === null && remembered.isBound('it')) return `$${name} is never bound; the node of "each" is $it`;
  const hint = near === null ? `bind it with "as: ${name}" on an earlier step` : `did you mean "$${near}"?`;
  return `$${name} is never bound; ${hint}`;
}

/** The index of a node, or 0 if it was reported. */
export function nodeNamed(name: string, place: Place, where: 'value' | 'key' = 'value'): NodeId {
  const { nodes } = place.scope;
  if (nodes === null || name === '') return 0;
  const index = nodes.indexOf(name);
  if (index >= 0) return index;
  const words = where === 'key' ? nodes : [...nodes, ...ROLES, 'any'];
  const near = didYouMean(name, words);
  if (where === 'value' && place.scope.remembered.isBound(name))
    place.problem(`unknown node ${quoted(name)}; did you mean $${name}?`);
  else if (isClientName(name, place)) place.problem(`${name} is a client; expected a node`, where);
  else
    place.problem(
      `unknown node ${quoted(name)}${near === null ? nodesAre(nodes) : `; did you mean "${near}"?`}`,
      where,
    );
  return 0;
}

function nodesAre(nodes: readonly string[]): string {
  return nodes.length <= 9 ? `; the nodes are ${nodes.join(', ')}` : `; the cluster has ${String(nodes.length)} nodes`;
}

/** Whether a name is that of a client, existing or not, and not of a node. */
function meansClient(name: string, nodes: readonly string[] | null): boolean {
  return /^c[1-9]\d{0,3}$/u.test(name) && nodes?.includes(name) !== true;
}

/** Whether this is the name of one of the clients. */
export function isClientName(name: string, place: Place): boolean {
  const number = /^c([1-9]\d{0,3})$/u.exec(name)?.[1];
  return number !== undefined && Number(number) <= (place.scope.clients ?? 0);
}

export const NO_CLIENTS = 'there are no clients; add "clients: { count: 1, ops: none }"';

/** Index of the client with this name (`c1` is 0), or 0 if it was reported. */
export function clientNamed(name: string, place: Place, where: 'value' | 'key' = 'value'): number {
  const { clients, nodes } = place.scope;
  const number = /^c([1-9]\d{0,3})$/u.exec(name)?.[1];
  if (number !== undefined && (clients === null || Number(number) <= clients)) return Number(number) - 1;
  if (name === '') return 0;
  if (clients === 0) place.problem(NO_CLIENTS, where);
  else if (nodes?.includes(name)) place.problem(`${name} is a node; expected a client`, where);
  else if (clients !== null) {
    const range = clients === 1 ? 'the only client is c1' : `the clients are c1 to c${String(clients)}`;
    place.problem(`unknown client ${quoted(name)}; ${range}`, where);
  }
  return 0;
}

/** Whether a selector means several nodes whatever happens. */
function isPlural(raw: RawSelector): boolean {
  if (isList(raw)) return raw.length > 1 || raw.some(isPlural);
  if (raw.kind === 'except') return isPlural(raw.of);
  return raw.kind === 'any' ? raw.count > 1 : raw.kind === 'role' && PLURAL.includes(raw.role);
}

/** A selector for exactly one node. */
export function oneNodeOf(raw: RawSelector, place: Place): Selector {
  if (isPlural(raw)) place.problem('expected a single node here; "any" draws one');
  return selectorOf(raw, place);
}

/** The only selector of its step, so that `others` has no other groups to refer to. */
export function ownSelectorOf(raw: RawSelector, place: Place, named: Named = 'nodes'): Selector {
  const words = isList(raw) ? raw : [raw];
  if (words.length > 0 && words.every((one) => one.kind === 'role' && one.role === 'others')) {
    place.problem('"others" means those the other groups of the same step leave; here there are no other groups');
  }
  return selectorOf(raw, place, named);
}

/** How a word was written, where it always means the same nodes; null for words that draw or were wrong. */
function textOfNodes(raw: RawNodes): string | null {
  if (raw.kind === 'name') return raw.name;
  if (raw.kind === 'remembered') return `$${raw.name}`;
  return raw.kind === 'role' && !DRAWN.includes(raw.role) ? raw.role : null;
}

/** Reports nodes that stand in more than one of several groups of one step. */
export function checkDisjoint(
  groups: readonly { readonly raw: RawSelector; readonly place: Place; readonly called: string }[],
): void {
  const seen = new Map<string, string>();
  for (const { raw, place, called } of groups) {
    const words = isList(raw) ? raw.map((one, index) => [one, place.at(index)] as const) : [[raw, place] as const];
    for (const [one, at] of words) {
      const text = textOfNodes(one);
      if (text === null) continue;
      const first = seen.get(text);
      if (first === undefined) seen.set(text, called);
      else if (first !== called) at.problem(`${quoted(text)} is in two places: ${first} and ${called}`);
    }
  }
}

/** Suggests a word out of a vocabulary; an empty vocabulary knows no unknown words. */
export function checkKnown(
  kind: 'mark' | 'event' | 'invariant' | 'message type',
  given: string,
  known: readonly string[],
  place: Place,
  where: 'value' | 'key' = 'value',
): void {
  if (known.length === 0 || given === '' || known.includes(given)) return;
  const renamed = kind === 'mark' || kind === 'event' ? renamedTo(kind, given, known) : null;
  place.problem(renamed ?? `unknown ${kind} ${quoted(given)}${suggestion(given, known)}`, where);
}
