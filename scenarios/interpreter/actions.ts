import type { NodeId, TimerId } from '../../sim/protocol.ts';
import type { Action, LinkSelector, Selector } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { allHold, explainCondition, nodesOfCondition, partsOf } from './conditions.ts';
import { describeNodes } from './describe.ts';
import { pauseFor } from './execution.ts';
import type { Attempt, StepRoutine, Execution } from './execution.ts';
import {
  bridgeLinks,
  distinctLinks,
  isolationLinks,
  linksFromTo,
  linksTouching,
  partitionLinks,
  ringLinks,
} from './links.ts';
import type { Link } from './links.ts';
import { isAny, isRunning } from './selectors.ts';
import type { Eligible } from './selectors.ts';

/** The one timer every Raft node has: `Protocol.timers[0]`. */
export const ELECTION_TIMER: TimerId = 0;

type Of<K extends Action['kind']> = Extract<Action, { readonly kind: K }>;

/** `wait: 2s`. */
export function* wait({ span }: Of<'wait'>, x: Execution): StepRoutine {
  yield* pauseFor(x.stage, x.stage.sample(span, x.random('wait')));
}

/** `until: CONDITION`: waits for it. `expect: CONDITION`: the same, but it must hold now unless a `within` allows more. */
export function* holdCondition({ kind, condition }: Of<'until' | 'expect'>, x: Execution): StepRoutine {
  const parts = partsOf(condition);
  const deadline = kind === 'expect' && x.step.within === null ? x.began : x.deadline;
  yield* x.until(
    () => allHold(parts, x),
    () => explainCondition(condition, x),
    deadline,
  );
  x.remember(nodesOfCondition(condition, x));
}

/** `timeout: [n1, n4]`: their election timers fire. */
export function* timeout({ nodes }: Of<'timeout'>, x: Execution): StepRoutine {
  yield* disturb(x, nodes, running, (node) => x.stage.fireTimer(node, ELECTION_TIMER));
}

/** `crash: n1`. The disk loses what the step, or else the plan, says. */
export function* crash({ nodes, disk }: Of<'crash'>, x: Execution): StepRoutine {
  yield* disturb(x, nodes, running, (node) => x.stage.crash(node, disk, x.step.path));
}

/** `pause: n1`: it stands still, and its events queue up. */
export function* pause({ nodes }: Of<'pause'>, x: Execution): StepRoutine {
  yield* disturb(x, nodes, unpaused, (node) => x.stage.pause(node, x.step.path));
}

/** `restart: n1`: boots from its disk. A node that is up is left alone. */
export function* restart({ nodes }: Of<'restart'>, x: Execution): StepRoutine {
  yield* recover(
    x,
    nodes,
    (stage, node) => !stage.isUp(node),
    (node) => x.stage.restart(node),
  );
}

/** `resume: n1`. A node that is not paused is left alone. */
export function* resume({ nodes }: Of<'resume'>, x: Execution): StepRoutine {
  yield* recover(
    x,
    nodes,
    (stage, node) => stage.isPaused(node),
    (node) => x.stage.resume(node),
  );
}

/** `wipe: n1`: its disk is empty from here on. */
export function* wipe({ nodes }: Of<'wipe'>, x: Execution): StepRoutine {
  yield* change(x, nodes, (node) => x.stage.wipe(node, x.step.path));
}

/** `slowProcess: { nodes, service, apply }`. */
export function* slowProcess({ nodes, service, apply }: Of<'slowProcess'>, x: Execution): StepRoutine {
  yield* change(x, nodes, (node) => {
    if (service !== null) x.stage.setService(node, service === 'reset' ? null : service, x.step.path);
    if (apply !== null) x.stage.setApply(node, apply === 'reset' ? null : apply, x.step.path);
  });
}

/** `disk: { nodes, stall, fsync }`. */
export function* disk({ nodes, stall, fsync }: Of<'disk'>, x: Execution): StepRoutine {
  yield* change(x, nodes, (node) => {
    if (stall !== null) x.stage.stallDisk(node, stall, x.step.path);
    if (fsync !== null) x.stage.setFsync(node, fsync, x.step.path);
  });
}

/** `clock: { nodes, offset, drift, jump }`. */
export function* clock({ nodes, offset, drift, jump }: Of<'clock'>, x: Execution): StepRoutine {
  yield* change(x, nodes, (node) => x.stage.setClock(node, { offset, drift, jump }, x.step.path));
}

/** `partition: [[n1, n2], [others]]`. Remembers its first group. */
export function* partition(action: Of<'partition'>, x: Execution): StepRoutine {
  const { groups, placements } = yield* x.attempt((attempt) => {
    const named = attempt.find(action.groups, { disjoint: true });
    const sides = named && attempt.find(action.clients.map(({ side }) => side));
    if (named === null || sides === null) return null;
    return { groups: named, placements: action.clients.map(({ client }, i) => ({ client, beside: sides[i] ?? [] })) };
  });
  x.remember(groups[0] ?? []);
  x.stage.cut(partitionLinks(groups, placements, x.stage), action.inFlight, 'partition', x.step.path);
}

/** `isolate: n1`: each of the nodes is alone; clients still reach it. */
export function* isolate({ nodes, inFlight }: Of<'isolate'>, x: Execution): StepRoutine {
  const [alone = []] = yield* x.choose([nodes]);
  x.remember(alone);
  x.stage.cut(isolationLinks(alone, x.stage), inFlight, 'isolate', x.step.path);
}

/** `bridge`. Remembers the bridge. */
export function* bridge({ groups, over }: Of<'bridge'>, x: Execution): StepRoutine {
  const [bridging = [], ...sides] = yield* x.choose([over, ...groups], { disjoint: true });
  x.remember(bridging);
  x.stage.cut(bridgeLinks(sides, bridging, x.stage), null, 'bridge', x.step.path);
}

/** `ring: all`: each of the nodes reaches only its two neighbours, in the order in which they are named. */
export function* ring({ nodes }: Of<'ring'>, x: Execution): StepRoutine {
  const [members = []] = yield* x.choose([nodes]);
  x.remember(members);
  x.stage.cut(ringLinks(members, x.stage), null, 'ring', x.step.path);
}

/** `cut: n1 -> n2`. It, `clog`, `release` and `weather` remember the senders. */
export function* cut({ links, inFlight }: Of<'cut'>, x: Execution): StepRoutine {
  x.stage.cut(yield* chooseLinks(links, x), inFlight, 'cut', x.step.path);
}

/** `clog: n1 -> n2`: messages are held. */
export function* clog({ links }: Of<'clog'>, x: Execution): StepRoutine {
  x.stage.clog(yield* chooseLinks(links, x), x.step.path);
}

/** `release: all`, `release: n1 -> n2`: held messages go on. */
export function* release({ links, order }: Of<'release'>, x: Execution): StepRoutine {
  x.stage.release(links === null ? 'all' : yield* chooseLinks(links, x), order);
}

/** `weather: { … }`: changes links from here on. */
export function* weather({ links, plan }: Of<'weather'>, x: Execution): StepRoutine {
  x.stage.weather(links === null ? null : yield* chooseLinks(links, x), plan, x.step.path);
}

/** `heal: all`, `heal: n1` (every link that touches it, clients' included), `heal: n1 -> n2`. */
export function* heal({ what }: Of<'heal'>, x: Execution): StepRoutine {
  if (what === 'all') {
    x.stage.heal('all');
  } else if ('links' in what) {
    x.stage.heal(yield* chooseLinks(what.links, x));
  } else {
    const [nodes = []] = yield* x.choose([what.nodes]);
    x.remember(nodes);
    x.stage.heal(linksTouching(nodes, x.stage));
  }
}

/** `load: start`, `load: stop`, or a load to start in place of the plan's. */
export function load({ load: wanted }: Of<'load'>, { stage }: Execution): void {
  if (wanted === 'stop') stage.stopLoad();
  else stage.startLoad(wanted === 'start' ? null : wanted);
}

export const running = { eligible: isRunning, words: 'a running node' };

const unpaused = {
  eligible: (stage: Environment, node: NodeId): boolean => stage.isUp(node) && !stage.isPaused(node),
  words: 'a running node that is not paused',
};

/**
 * A fault that has to hit something: done to those of the nodes it can be done to, once there is one. Crashing a node
 * that is down would be a fault that does nothing.
 */
function* disturb(x: Execution, nodes: Selector, able: Able, act: (node: NodeId) => void): StepRoutine {
  const hit = yield* chooseAble(x, nodes, able);
  x.remember(hit);
  hit.forEach(act);
}

/** Which nodes something can be done to, and how they are called. */
interface Able {
  readonly eligible: Eligible;
  readonly words: string;
}

/** Waits until the selector finds nodes that something can be done to, and leaves out the others. */
export function* chooseAble(x: Execution, nodes: Selector, { eligible, words }: Able): StepRoutine<readonly NodeId[]> {
  return yield* x.attempt((attempt) => {
    const [chosen = []] = attempt.find([nodes], { eligible }) ?? [];
    if (chosen.length === 0) return null;
    const possible = chosen.filter((node) => eligible(x.stage, node));
    return possible.length > 0 ? possible : attempt.blocked(() => `expected ${words}; ${tellStates(chosen, x.stage)}`);
  });
}

/** The end of a fault: done to those of the nodes that need it. `restart: all` restarts those that are down. */
function* recover(x: Execution, nodes: Selector, eligible: Eligible, act: (node: NodeId) => void): StepRoutine {
  const [chosen = []] = yield* x.choose([nodes], { eligible });
  x.remember(chosen);
  chosen.filter((node) => eligible(x.stage, node)).forEach(act);
}

/** Something that can be done to a node whether or not it runs. */
function* change(x: Execution, nodes: Selector, act: (node: NodeId) => void): StepRoutine {
  yield* recover(x, nodes, isAny, act);
}

/** Waits until every link selector means at least one link. */
function* chooseLinks(selectors: readonly LinkSelector[], x: Execution): StepRoutine<readonly Link[]> {
  const { senders, links } = yield* x.attempt((attempt) => findLinks(selectors, attempt, x.stage));
  x.remember(senders);
  return links;
}

function findLinks(
  selectors: readonly LinkSelector[],
  attempt: Attempt,
  stage: Environment,
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
        () => `expected a link between different nodes; both ends are ${describeNodes(from, stage)}`,
      );
    }
    links.push(...between);
    for (const node of from) senders.add(node);
  }
  return { senders: [...senders], links: distinctLinks(links) };
}

function tellStates(nodes: readonly NodeId[], stage: Environment): string {
  return nodes
    .map((node) => `${stage.nodeName(node)} is ${stage.isUp(node) ? (stage.isPaused(node) ? 'paused' : 'up') : 'down'}`)
    .join(', ');
}
