import type * as z from 'zod';
import type { MessageEffect } from '../../sim/message-rule.ts';
import type { LinkConditions } from '../../sim/link.ts';
import type { InFlight, ReleaseOrder } from '../../sim/network.ts';
import { chooseLinks, endpointsOf } from '../interpreter/choosing.ts';
import { describeLinks, describeSelector, type Naming } from '../interpreter/describe.ts';
import type { Execution } from '../interpreter/execution.ts';
import { describeMessages, filterOf } from '../interpreter/messages.ts';
import { linksTouching } from '../interpreter/links.ts';
import type { Link } from '../interpreter/links.ts';
import { healed, healedOf, link, links, linksOf, linksOrAll, someLinksOf } from '../language/links.ts';
import { linkConditionsOf, linkShape } from '../language/network.ts';
import { messageKeys, messagesOf } from '../language/messages.ts';
import type { Place } from '../language/place.ts';
import { either, key, list, mapping, needed } from '../language/shapes.ts';
import { flag, word } from '../language/values.ts';
import type { LinkSelector, MessageSelector, Selector } from '../scenario.ts';
import { inFlightModifier } from './cuts.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

export type NetworkAction =
  /** Directed; both ways are two pairs. */
  | {
      readonly kind: 'cut';
      readonly links: readonly LinkSelector[];
      /** Null: of all messages. */
      readonly messages: MessageSelector | null;
      readonly inFlight: InFlight | null;
    }
  | {
      readonly kind: 'clog';
      readonly links: readonly LinkSelector[];
      readonly messages: MessageSelector | null;
      readonly inFlight: 'keep' | 'hold';
    }
  /** Null links: all. */
  | { readonly kind: 'release'; readonly links: readonly LinkSelector[] | null; readonly order: ReleaseOrder }
  /** Ends cuts: all, those that touch the nodes, or those of the links. */
  | {
      readonly kind: 'heal';
      readonly what: { readonly nodes: Selector } | { readonly links: readonly LinkSelector[] } | 'all';
    }
  /** Changes links from this step on; null links: all; 'reset' returns to the plan. */
  | {
      readonly kind: 'network';
      readonly links: readonly LinkSelector[] | null;
      /** Null: for all messages. */
      readonly messages: MessageSelector | null;
      readonly conditions: Partial<LinkConditions> | 'reset';
    };

const SOME = 'a link like n1 -> n2, a list of links, or a mapping with links and types';

/** Links, or some messages of links. */
const someMessages = either(SOME, [
  link,
  list(SOME, link, 1),
  mapping(SOME, { links: needed(links, 'Which links.'), ...messageKeys }),
]);

function someMessagesOf(raw: z.output<typeof someMessages>, place: Place) {
  if (!('links' in raw)) return { links: linksOf(raw, place), messages: null };
  return { links: linksOf(raw.links, place.at('links')), messages: messagesOf(raw, place) };
}

function refuseInFlight(place: Place): void {
  place
    .at('inFlight')
    .problem('"inFlight" is for links as a whole; which messages are meant is decided when they are sent', 'key');
}

/** What of a link's conditions can differ from message to message. */
function checkForSome({ bandwidth, fifo }: Partial<LinkConditions>, reset: boolean, place: Place): void {
  if (reset) place.at('reset').problem('"reset" returns to the plan for all messages', 'key');
  if (bandwidth !== undefined) place.at('bandwidth').problem('a bandwidth is for all messages of a link', 'key');
  if (fifo !== undefined) place.at('fifo').problem('an order is for all messages of a link', 'key');
}

function describeSome(which: readonly LinkSelector[] | null, messages: MessageSelector | null, naming: Naming): string {
  const on = describeLinks(which, naming);
  return messages === null ? on : `${describeMessages(messages)} on ${on}`;
}

/** From here on, this happens to all such messages. */
function intercept(
  chosen: readonly Link[] | 'all',
  messages: MessageSelector,
  effect: MessageEffect,
  exec: Execution,
): void {
  const { environment, origin } = exec;
  const filter = filterOf(messages, environment);
  environment.faults.network.intercept(chosen, { filter, effect, nth: 1, count: null }, origin);
}

export const cut: ActionDefinition<'cut'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('cut', {
      about:
        'Cuts links, in one direction (`->`) or both (`<->`); with a mapping, for some messages: `{ links: n1 -> n2, types: AppendEntries }`.',
      example: 'cut: leader -> followers',
      value: someMessages,
      modifiers: inFlightModifier,
      build: (raw, { inFlight }, place) => {
        const { links: which, messages } = someMessagesOf(raw, place.at('cut'));
        if (messages !== null && inFlight !== undefined) refuseInFlight(place);
        return { kind: 'cut', links: which, messages, inFlight: inFlight ?? null };
      },
    }),
  ],
  describe: ({ links: which, messages }, naming) => `cut ${describeSome(which, messages, naming)}`,
  *perform(action, exec) {
    const chosen = yield* chooseLinks(exec, action.links);
    if (action.messages !== null) return intercept(chosen, action.messages, { kind: 'cut' }, exec);
    exec.environment.faults.network.cut(chosen, action.inFlight, 'cut', exec.origin);
  },
};

export const clog: ActionDefinition<'clog'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('clog', {
      about:
        'Holds the messages of links back until the links are released; with a mapping, some messages: `{ links: n1 -> n2, types: AppendEntries }`.',
      example: 'clog: n1 -> n2',
      value: someMessages,
      modifiers: {
        inFlight: key(word('keep', 'hold'), 'Whether messages in flight are held, too.', 'keep'),
      },
      build: (raw, { inFlight }, place) => {
        const { links: which, messages } = someMessagesOf(raw, place.at('clog'));
        if (messages !== null && inFlight !== undefined) refuseInFlight(place);
        return { kind: 'clog', links: which, messages, inFlight: inFlight ?? 'keep' };
      },
    }),
  ],
  describe: ({ links: which, messages }, naming) => `clog ${describeSome(which, messages, naming)}`,
  *perform(action, exec) {
    const chosen = yield* chooseLinks(exec, action.links);
    if (action.messages !== null) return intercept(chosen, action.messages, { kind: 'clog' }, exec);
    exec.environment.faults.network.clog(chosen, action.inFlight, exec.origin);
  },
};

export const release: ActionDefinition<'release'> = {
  topic: 'network',
  spellings: [
    spelling('release', {
      about: 'Delivers the messages that links hold back because of `clog` or `hold`.',
      example: 'release: all\norder: shuffled',
      value: linksOrAll,
      modifiers: { order: key(word('fifo', 'shuffled', 'reversed'), 'In which order.', 'fifo') },
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
      about:
        'Changes the conditions of links from here on, all links or some, for all messages or some; `reset` returns to the plan.',
      example: 'network: { loss: 20%, links: leader -> followers }',
      value: either(CHANGE, [
        word('reset'),
        mapping(CHANGE, {
          ...linkShape,
          links: key(linksOrAll, 'Which links.', 'all'),
          ...messageKeys,
          reset: key(flag, 'Return to the plan.', false),
        }),
      ]),
      build: (raw, _, place) => {
        const at = place.at('network');
        if (raw === 'reset') return { kind: 'network', links: null, messages: null, conditions: 'reset' };
        const { links: which, reset = false, ...changes } = raw;
        const conditions = linkConditionsOf(changes, at);
        const messages = messagesOf(changes, at);
        if (messages !== null) checkForSome(conditions, reset, at);
        const count = Object.keys(conditions).length;
        if (reset && count > 0)
          at.at('reset').problem('"reset" returns to the plan; other changes need a step of their own', 'key');
        if (!reset && count === 0 && at.isSound)
          at.problem(`nothing to change: expected one of ${Object.keys(linkShape).join(', ')}, reset`);
        return {
          kind: 'network',
          links: which === undefined ? null : someLinksOf(which, at.at('links')),
          messages,
          conditions: reset ? 'reset' : conditions,
        };
      },
    }),
  ],
  choosesNothing: (action) => action.links === null,
  describe: ({ links: which, messages }, naming) => `network ${describeSome(which, messages, naming)}`,
  *perform(action, exec) {
    const chosen = action.links === null ? 'all' : yield* chooseLinks(exec, action.links);
    if (action.messages !== null && action.conditions !== 'reset') {
      const { latency = null, loss = 0, duplicate = 0 } = action.conditions;
      return intercept(chosen, action.messages, { kind: 'conditions', latency, loss, duplicate }, exec);
    }
    const isChanged = exec.environment.faults.network.setLinks(chosen, action.conditions, exec.origin);
    // A change of nothing is a fault that does not strike.
    if (action.conditions === 'reset' && !isChanged) exec.idle();
  },
};
