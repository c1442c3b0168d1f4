import type { NodeId } from '../../sim/protocol.ts';
import { describeTests } from './fields.ts';
import type { EventFilter, LinkSelector, Selector } from '../scenario.ts';

/** Turns a node into its name. */
export interface Naming {
  nodeName(node: NodeId): string;
}

export function describeNodes(nodes: readonly NodeId[], naming: Naming): string {
  return nodes.map((node) => naming.nodeName(node)).join(', ');
}

/** A selector as it is written in a scenario. */
export function describeSelector(selector: Selector, naming: Naming): string {
  switch (selector.kind) {
    case 'node':
      return naming.nodeName(selector.node);
    case 'client':
      return `c${selector.client + 1}`;
    case 'role':
      return selector.role;
    case 'any':
      return `any ${selector.count}${selector.of === 'all' ? '' : ` ${selector.of}`}`;
    case 'except': {
      const exceptions = selector.except.map((part) => describeSelector(part, naming)).join(' and ');
      return `${describeSelector(selector.of, naming)} except ${exceptions}`;
    }
    case 'remembered':
      return `$${selector.name}`;
    case 'list':
      return selector.of.map((part) => describeSelector(part, naming)).join(', ') || 'none';
  }
}

export function describeEvent(filter: EventFilter, naming: Naming): string {
  const node = filter.node === null ? '' : ` at ${describeSelector(filter.node, naming)}`;
  const peer = filter.peer === null ? '' : `, peer ${describeSelector(filter.peer, naming)}`;
  const fields = filter.fields.size === 0 ? '' : `, ${describeTests(filter.fields)}`;
  return `${filter.event}${node}${peer}${fields}`;
}

/** Links as they are written in a scenario; null: `all`. */
export function describeLinks(links: readonly LinkSelector[] | null, naming: Naming): string {
  if (links === null) return 'all';
  const one = ({ from, to }: LinkSelector): string =>
    `${describeSelector(from, naming)} -> ${describeSelector(to, naming)}`;
  return links.map(one).join(', ');
}

/** A value of the store; null: the key is absent. */
export function describeValue(value: string | null): string {
  return value === null ? 'nothing' : `"${value}"`;
}
