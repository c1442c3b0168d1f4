import type { Distribution } from '../../sim/base/distribution.ts';
import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { Action, EventFilter, LinkSelector, AdminAction, Selector } from '../scenario.ts';
import type { Environment } from '../environment.ts';

/** Turns a node into its name. */
export type Naming = Pick<Environment, 'nodeName'>;

/** A span of time as scenarios write it: `2s`, `150ms`, `1.5s`, `250us`. */
export function describeSpan(span: Micros): string {
  if (span === 0) return '0s';
  if (span % 1_000 !== 0) return `${span}us`;
  return span < 1_000_000 ? `${span / 1_000}ms` : `${span / 1_000_000}s`;
}

export function describeNodes(nodes: readonly NodeId[], naming: Naming): string {
  return nodes.map((node) => naming.nodeName(node)).join(', ');
}

/** A selector as scenarios write it. */
export function describeSelector(selector: Selector, naming: Naming): string {
  switch (selector.kind) {
    case 'node':
      return naming.nodeName(selector.node);
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
  const fields = [...filter.fields].map(([name, value]) => `, ${name} ${value}`).join('');
  return `${filter.event}${node}${peer}${fields}`;
}

/** A step's action in one line, before its selectors are resolved; what traces call it unless it has a label. */
export function describeAction(action: Action, naming: Naming): string {
  const nodes = (selector: Selector): string => describeSelector(selector, naming);
  const links = (selectors: readonly LinkSelector[] | null): string => describeLinks(selectors, naming);
  switch (action.kind) {
    case 'wait':
      return `wait ${describeDistribution(action.span)}`;
    case 'transfer':
    case 'forgetLeader':
    case 'snapshot':
    case 'change':
    case 'reconfigure':
    case 'leaveJoint':
      return describeOrder(action, naming);
    case 'elect':
      return `elect ${nodes(action.node)}`;
    case 'timeout':
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'wipe':
    case 'slowProcess':
    case 'isolate':
    case 'ring':
    case 'disk':
    case 'clock':
      return `${action.kind} ${nodes(action.nodes)}`;
    case 'partition':
      return `partition ${action.groups.map(nodes).join(' | ')}`;
    case 'bridge':
      return `bridge ${action.groups.map(nodes).join(' | ')} over ${nodes(action.over)}`;
    case 'cut':
    case 'clog':
    case 'release':
    case 'weather':
      return `${action.kind} ${links(action.links)}`;
    case 'heal':
      if (action.what === 'all') return 'heal all';
      return 'nodes' in action.what ? `heal ${nodes(action.what.nodes)}` : `heal ${links(action.what.links)}`;
    case 'operation':
      return `${action.op} ${action.key}${action.to === null ? '' : ` at ${nodes(action.to)}`}`;
    case 'load':
      return typeof action.load === 'string' ? `load ${action.load}` : 'load changed';
    case 'repeat':
      return `repeat ${action.times} times`;
    case 'maybe':
      return `maybe ${Math.round(action.probability * 10_000) / 100}%`;
    case 'on':
      return `on ${describeEvent(action.event, naming)}`;
    case 'count':
    case 'until':
    case 'expect':
    case 'if':
    case 'together':
      return action.kind;
  }
}

/** An order in one line, as its step spells it: `add n4`. */
export function describeOrder(action: AdminAction, naming: Naming): string {
  const nodes = (selector: Selector): string => describeSelector(selector, naming);
  switch (action.kind) {
    case 'transfer':
      return `transfer ${nodes(action.to)}`;
    case 'forgetLeader':
    case 'snapshot':
      return `${action.kind} ${nodes(action.nodes)}`;
    case 'change':
      return `${action.change} ${nodes(action.nodes)}`;
    case 'reconfigure': {
      const learners = action.learners === null ? '' : `, learners ${nodes(action.learners)}`;
      return `reconfigure voters ${nodes(action.voters)}${learners}`;
    }
    case 'leaveJoint':
      return 'leaveJoint';
  }
}

function describeLinks(links: readonly LinkSelector[] | null, naming: Naming): string {
  if (links === null) return 'all';
  const one = ({ from, to }: LinkSelector): string =>
    `${describeSelector(from, naming)} -> ${describeSelector(to, naming)}`;
  return links.map(one).join(', ');
}

function describeDistribution(span: Distribution): string {
  switch (span.kind) {
    case 'constant':
      return describeSpan(span.value);
    case 'uniform':
      return `${describeSpan(span.low)}..${describeSpan(span.high)}`;
    case 'normal':
    case 'exponential':
      return `about ${describeSpan(span.mean)}`;
    case 'choice':
      return 'a drawn span';
  }
}
