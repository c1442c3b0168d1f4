import { definitionOf } from '../scenarios/actions/index.ts';
import type { Action, Scenario, Selector, Step } from '../scenarios/scenario.ts';
import { stepNamed, stepsDeep } from '../runs/simulate/scenario-steps.ts';

/** One fault of a scenario: a step that injects it, or a random loss or duplication of the network plan. */
export interface SingleFault {
  /** Such as `script[1].do[0]` or `network.loss`. */
  readonly path: string;
  /** Where it is, as reports say it, and what it does. */
  readonly text: string;
  /** The same scenario without it. */
  readonly takeOut: () => Scenario;
}

/** The faults of a scenario, first those of the network plan. A step that only returns to the plan is none. */
export function singleFaults(scenario: Scenario): readonly SingleFault[] {
  const { cluster, uses, script, timeline } = scenario;
  const naming = { nodeName: (node: number) => cluster.nodes[node]! };
  const planned = uses.randomFaults.map(({ path, kind }) => ({
    path,
    text: `${path}: ${kind} of messages at random`,
    takeOut: () => withoutRandomFault(scenario, path, kind),
  }));
  const ofSteps = stepsDeep([...script, ...timeline]).filter(({ action }) => isFault(action));
  return [
    ...planned,
    ...ofSteps.map((step) => ({
      path: step.path,
      text: `${stepNamed(scenario, step.path)}: ${definitionOf(step.action).describe(step.action, naming)}`,
      takeOut: () => withoutStep(scenario, step),
    })),
  ];
}

function isFault(action: Action): boolean {
  if (action.kind === 'network' && action.conditions === 'reset') return false;
  if (action.kind === 'disk' && action.stall === null && action.fsync === 'reset') return false;
  if (action.kind === 'process' && [action.service, action.apply].every((span) => span === null || span === 'reset'))
    return false;
  return definitionOf(action).strikes === true;
}

function withoutRandomFault(scenario: Scenario, path: string, kind: 'loss' | 'duplicate'): Scenario {
  const { network, cluster } = scenario;
  if (path === `network.${kind}`) {
    return { ...scenario, network: { ...network, everyLink: { ...network.everyLink, [kind]: 0 } } };
  }
  const isMeant = (from: string, to: string): boolean =>
    [`${from}->${to}`, `${from}<->${to}`, `${to}<->${from}`].some((link) =>
      path.replaceAll(' ', '').includes(`"${link}"`),
    );
  const links = network.links.map((link) =>
    isMeant(cluster.nodes[link.from]!, cluster.nodes[link.to]!) ? { ...link, plan: { ...link.plan, [kind]: 0 } } : link,
  );
  return { ...scenario, network: { ...network, links } };
}

/**
 * The scenario with a step in the place of the fault that chooses the same nodes, so that it waits for them as the fault
 * did and its `as` remembers them, and does nothing. What ends the fault then finds nothing to end. A `restart`, which
 * would stop a node that runs, is the one step that has to be told: of the nodes that the fault took down, it starts
 * those that are down for another reason.
 */
function withoutStep(scenario: Scenario, fault: Step): Scenario {
  const change = (step: Step): Step => {
    if (step === fault) return { ...step, action: idle(step.action), mustStrike: false };
    return restartsAfter(step, fault) ? startsOnlyDown(step) : step;
  };
  return { ...scenario, script: changed(scenario.script, change), timeline: changed(scenario.timeline, change) };
}

function changed(steps: readonly Step[], change: (step: Step) => Step): readonly Step[] {
  return steps.map((before) => {
    const step = change(before);
    const { action } = step;
    if (!('do' in action)) return step;
    const inner = { do: changed(action.do, change), ...('else' in action && { else: changed(action.else, change) }) };
    return { ...step, action: { ...action, ...inner } };
  });
}

/** A step that chooses the nodes that `as` remembers of the action, or else all its nodes, and does nothing. */
function idle(action: Action): Action {
  const nodes = nodesOf(action);
  if (nodes === null) return { kind: 'wait', span: { kind: 'constant', value: 0 } };
  return { kind: 'process', nodes, service: null, apply: null, snapshot: null };
}

function nodesOf(action: Action): Selector | null {
  switch (action.kind) {
    case 'partition':
      return action.groups[0]!;
    case 'bridge':
      return action.over;
    case 'message':
      return sendersOf(action.which?.links ?? null);
    case 'cut':
    case 'clog':
    case 'network':
      return sendersOf(action.links);
    default:
      return 'nodes' in action ? action.nodes : null;
  }
}

function sendersOf(links: readonly { readonly from: Selector }[] | null): Selector | null {
  return links === null ? null : { kind: 'list', of: links.map(({ from }) => from) };
}

/** Whether a step restarts what a fault has taken down. */
function restartsAfter({ action }: Step, fault: Step): boolean {
  if (action.kind !== 'restart' || !(fault.action.kind === 'crash' || fault.action.kind === 'wipe')) return false;
  const restarted = namesIn(action.nodes);
  const taken = namesIn(fault.action.nodes);
  if (restarted === null) return false;
  if (restarted.includes('all') || (fault.as !== null && restarted.includes(`$${fault.as}`))) return true;
  // What a word such as `leader` takes down without remembering it can only be restarted by its own name.
  return taken === null ? fault.as === null : restarted.some((name) => taken.includes(name));
}

/** How a selector points at nodes; null if it has a word that finds or draws them, other than `all`. */
function namesIn(selector: Selector): readonly string[] | null {
  switch (selector.kind) {
    case 'node':
      return [`${selector.node}`];
    case 'remembered':
      return [`$${selector.name}`];
    case 'role':
      return selector.role === 'all' ? ['all'] : null;
    case 'list': {
      const parts = selector.of.map(namesIn);
      return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
    }
    default:
      return null;
  }
}

/** The same `restart`, of those of its nodes that are down; of none, if none is. */
function startsOnlyDown(step: Step): Step {
  const { action } = step;
  if (action.kind !== 'restart') return step;
  const all = { kind: 'role', role: 'all' } as const;
  const others = { kind: 'except', of: all, except: [action.nodes] } as const;
  const nodes = { kind: 'except', of: { kind: 'role', role: 'down' }, except: [others] } as const;
  return { ...step, action: { kind: 'restart', nodes }, within: 0, maySkip: true };
}
