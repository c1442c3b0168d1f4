import type { NodeId } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import type { LinkSelector, Selector } from '../scenario.ts';
import { describeNodes } from './describe.ts';
import type { Attempt, Execution, StepRoutine } from './execution.ts';
import { distinctLinks, linksFromTo } from './links.ts';
import type { Endpoints, Link } from './links.ts';
import { isAny, isRunning } from './selectors.ts';
import type { Eligible } from './selectors.ts';

/** Which nodes a fault can be injected on, and what messages call them. */
export interface Able {
  readonly eligible: Eligible;
  readonly words: string;
}

export const RUNNING: Able = { eligible: isRunning, words: 'a running node' };

/**
 * A fault that must have an effect: it is injected on the eligible ones of the nodes, as soon as there is one.
 * Crashing a node that is down would be a fault without an effect.
 */
export function* affect(exec: Execution, nodes: Selector, able: Able, act: (node: NodeId) => void): StepRoutine {
  const affected = yield* chooseAble(exec, nodes, able);
  exec.remember(affected);
  affected.forEach(act);
}

/** The end of a fault: done to those of the nodes that need it. `resume: all` resumes the nodes that are paused. */
export function* recover(
  exec: Execution,
  nodes: Selector,
  eligible: Eligible,
  act: (node: NodeId) => void,
): StepRoutine {
  const needy = (yield* chooseAny(exec, nodes, eligible)).filter((node) => eligible(exec.environment, node));
  if (needy.length === 0) exec.idle();
  needy.forEach(act);
}

/** A change that can be made to any node. `eligible`: which nodes are drawn where the selector draws some. */
export function* change(
  exec: Execution,
  nodes: Selector,
  act: (node: NodeId) => void,
  eligible: Eligible = isAny,
): StepRoutine {
  const chosen = yield* chooseAny(exec, nodes, eligible);
  if (chosen.length === 0) exec.idle();
  chosen.forEach(act);
}

/** The change of a setting: `act` returns whether there was anything to change. */
export function* adjust(exec: Execution, nodes: Selector, act: (node: NodeId) => boolean): StepRoutine {
  let isIdle = true;
  for (const node of yield* chooseAny(exec, nodes, isAny)) if (act(node)) isIdle = false;
  if (isIdle) exec.idle();
}

/** Waits until the selector finds nodes. Nodes that are `down` are not waited for: there may be none. */
function* chooseAny(exec: Execution, nodes: Selector, eligible: Eligible): StepRoutine<readonly NodeId[]> {
  const { environment } = exec;
  const isDown = nodes.kind === 'role' && nodes.role === 'down';
  if (isDown && environment.everyNode.every((node) => environment.isUp(node))) return [];
  const [chosen = []] = yield* exec.choose([nodes], { eligible });
  exec.remember(chosen);
  return chosen;
}

/** Waits until the selector finds nodes that something can be done to, and leaves out the others. */
export function* chooseAble(
  exec: Execution,
  nodes: Selector,
  { eligible, words }: Able,
): StepRoutine<readonly NodeId[]> {
  const { environment } = exec;
  return yield* exec.attempt((attempt) => {
    const [chosen = []] = attempt.find([nodes], { eligible }) ?? [];
    if (chosen.length === 0) return null;
    const possible = chosen.filter((node) => eligible(environment, node));
    if (possible.length > 0) return possible;
    return attempt.blocked(() => `expected ${words}; ${describeStates(chosen, environment)}`);
  });
}

/** Waits until every link selector means at least one link. Remembers the senders. */
export function* chooseLinks(exec: Execution, selectors: readonly LinkSelector[]): StepRoutine<readonly Link[]> {
  const { senders, links } = yield* exec.attempt((attempt) => findLinks(selectors, attempt, exec.environment));
  exec.remember(senders);
  return links;
}

/** How many nodes and clients there are. */
export function endpointsOf({ environment }: Execution): Endpoints {
  return { nodes: environment.nodes, clients: environment.clients.count };
}

function findLinks(
  selectors: readonly LinkSelector[],
  attempt: Attempt,
  cluster: ClusterView,
): { readonly senders: readonly NodeId[]; readonly links: readonly Link[] } | null {
  const senders = new Set<NodeId>();
  const links: Link[] = [];
  for (const selector of selectors) {
    const found = attempt.find([selector.from, selector.to]);
    if (found === null) return null;
    const [from = [], to = []] = found;
    const between = linksFromTo(from, to);
    if (between.length === 0) {
      return attempt.blocked(
        () => `expected a link between different nodes; both ends are ${describeNodes(from, cluster)}`,
      );
    }
    links.push(...between);
    for (const node of from) senders.add(node);
  }
  return { senders: [...senders], links: distinctLinks(links) };
}

function describeStates(nodes: readonly NodeId[], cluster: ClusterView): string {
  const state = (node: NodeId): string => (cluster.isUp(node) ? (cluster.isPaused(node) ? 'paused' : 'up') : 'down');
  return nodes.map((node) => `${cluster.nodeName(node)} is ${state(node)}`).join(', ');
}
