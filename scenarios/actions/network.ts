import type { LinkConditions } from '../../sim/network.ts';
import { chooseLinks, endpointsOf } from '../interpreter/choosing.ts';
import { describeLinks, describeSelector } from '../interpreter/describe.ts';
import { linksTouching } from '../interpreter/links.ts';
import type { Link } from '../interpreter/links.ts';
import { healed, healedOf, links, linksOf, linksOrAll, someLinksOf } from '../language/links.ts';
import { linkConditionsOf, linkShape } from '../language/network.ts';
import { either, key, mapping } from '../language/shapes.ts';
import { flag, word } from '../language/values.ts';
import type { LinkSelector, Selector } from '../scenario.ts';
import { inFlightModifier } from './cuts.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

export type NetworkAction =
  /** Directed; both ways are two pairs. */
  | { readonly kind: 'cut'; readonly links: readonly LinkSelector[]; readonly inFlight: 'keep' | 'drop' | null }
  | { readonly kind: 'clog'; readonly links: readonly LinkSelector[] }
  /** Null links: all. */
  | { readonly kind: 'release'; readonly links: readonly LinkSelector[] | null; readonly order: 'fifo' | 'shuffled' }
  /** Ends cuts: all, those that touch the nodes, or those of the links. */
  | {
      readonly kind: 'heal';
      readonly what: { readonly nodes: Selector } | { readonly links: readonly LinkSelector[] } | 'all';
    }
  /** Changes links from this step on; null links: all; 'reset' returns to the plan. */
  | {
      readonly kind: 'network';
      readonly links: readonly LinkSelector[] | null;
      readonly conditions: Partial<LinkConditions> | 'reset';
    };

export const cut: ActionDefinition<'cut'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('cut', {
      about: 'Cuts links, in one direction (`->`) or both (`<->`).',
      example: 'cut: leader -> followers',
      value: links,
      modifiers: inFlightModifier,
      build: (raw, { inFlight }, place) => ({
        kind: 'cut',
        links: linksOf(raw, place.at('cut')),
        inFlight: inFlight ?? null,
      }),
    }),
  ],
  describe: (action, naming) => `cut ${describeLinks(action.links, naming)}`,
  *perform(action, exec) {
    const chosen = yield* chooseLinks(exec, action.links);
    exec.environment.faults.network.cut(chosen, action.inFlight, 'cut', exec.origin);
  },
};

export const clog: ActionDefinition<'clog'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('clog', {
      about: 'Holds the messages of links back until the links are released.',
      example: 'clog: n1 -> n2',
      value: links,
      build: (raw, _, place) => ({ kind: 'clog', links: linksOf(raw, place.at('clog')) }),
    }),
  ],
  describe: (action, naming) => `clog ${describeLinks(action.links, naming)}`,
  *perform(action, exec) {
    const chosen = yield* chooseLinks(exec, action.links);
    exec.environment.faults.network.clog(chosen, exec.origin);
  },
};

export const release: ActionDefinition<'release'> = {
  topic: 'network',
  spellings: [
    spelling('release', {
      about: 'Delivers the messages that clogged links hold back.',
      example: 'release: all\norder: shuffled',
      value: linksOrAll,
      modifiers: { order: key(word('fifo', 'shuffled'), 'In which order.', 'fifo') },
      build: (raw, { order = 'fifo' }, place) => ({
        kind: 'release',
        links: someLinksOf(raw, place.at('release')),
        order,
      }),
    }),
  ],
  choosesNothing: (action) => action.links === null,
  describe: (action, naming) => `release ${describeLinks(action.links, naming)}`,
  *perform(action, exec) {
    const chosen = action.links === null ? 'all' : yield* chooseLinks(exec, action.links);
    if (!exec.environment.faults.network.release(chosen, action.order, exec.origin)) exec.idle();
  },
};

export const heal: ActionDefinition<'heal'> = {
  topic: 'network',
  spellings: [
    spelling('heal', {
      about: 'Ends cuts: all of them, those that touch some nodes (links to clients included), or those of links.',
      example: 'heal: all',
      value: healed,
      build: (raw, _, place) => ({ kind: 'heal', what: healedOf(raw, place.at('heal')) }),
    }),
  ],
  choosesNothing: ({ what }) => what === 'all',
  describe: ({ what }, naming) => {
    if (what === 'all') return 'heal all';
    return `heal ${'nodes' in what ? describeSelector(what.nodes, naming) : describeLinks(what.links, naming)}`;
  },
  *perform({ what }, exec) {
    const { faults } = exec.environment;
    let links: readonly Link[] | 'all' = 'all';
    if (what !== 'all' && 'links' in what) {
      links = yield* chooseLinks(exec, what.links);
    } else if (what !== 'all') {
      const [nodes = []] = yield* exec.choose([what.nodes]);
      exec.remember(nodes);
      links = linksTouching(nodes, endpointsOf(exec));
    }
    if (!faults.network.heal(links, exec.origin)) exec.idle();
  },
};

const CHANGE = 'reset, or a mapping like { loss: 5%, links: n1 -> n2 }';

export const network: ActionDefinition<'network'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('network', {
      about: 'Changes the conditions of links from here on, all links or some; `reset` returns to the plan.',
      example: 'network: { loss: 20%, links: leader -> followers }',
      value: either(CHANGE, [
        word('reset'),
        mapping(CHANGE, {
          ...linkShape,
          links: key(linksOrAll, 'Which links.', 'all'),
          reset: key(flag, 'Return to the plan.', false),
        }),
      ]),
      build: (raw, _, place) => {
        const at = place.at('network');
        if (raw === 'reset') return { kind: 'network', links: null, conditions: 'reset' };
        const { links: which, reset = false, ...changes } = raw;
        const conditions = linkConditionsOf(changes, at);
        const count = Object.keys(conditions).length;
        if (reset && count > 0)
          at.at('reset').problem('"reset" returns to the plan; other changes need a step of their own', 'key');
        if (!reset && count === 0 && at.isSound)
          at.problem(`nothing to change: expected one of ${Object.keys(linkShape).join(', ')}, reset`);
        return {
          kind: 'network',
          links: which === undefined ? null : someLinksOf(which, at.at('links')),
          conditions: reset ? 'reset' : conditions,
        };
      },
    }),
  ],
  choosesNothing: (action) => action.links === null,
  describe: (action, naming) => `network ${describeLinks(action.links, naming)}`,
  *perform(action, exec) {
    const chosen = action.links === null ? 'all' : yield* chooseLinks(exec, action.links);
    const isChanged = exec.environment.faults.network.setLinks(chosen, action.conditions, exec.origin);
    // A change of nothing is a fault that does not strike.
    if (action.conditions === 'reset' && !isChanged) exec.idle();
  },
};
