import type { LinkSelector } from '../scenario.ts';
import { action } from './action.ts';
import type { ActionSpec } from './action.ts';
import { inFlight, linkPlanOf, linkShape } from './network.ts';
import type { Place } from './place.ts';
import { link, links, linksOf, parseLink } from './links.ts';
import { isList, nodesWord, selector } from './selector-words.ts';
import { checkDisjoint, clientNamed, ownSelectorOf, selectorOf } from './selectors.ts';
import type { RawLink } from './links.ts';
import type { RawNodes, RawSelector } from './selector-words.ts';
import { either, key, leaf, list, mapping, needed, orThrow, record } from './shapes.ts';
import { flag, word } from './values.ts';

const inFlightModifier = {
  inFlight: key(inFlight, 'What becomes of messages on their way over a link that is cut.', "the network's"),
};

const LINKS_OR_ALL = 'all, a link like n1 -> n2, or a list of links';

const linkOrAll = leaf<RawLink | 'all'>('all or a link like n1 -> n2', { type: 'string' }, 'all', (value) => {
  return value === 'all' ? value : parseLink(value);
});

const linksOrAll = either(LINKS_OR_ALL, [linkOrAll, list(LINKS_OR_ALL, link, 1)]);

const HEALED = 'all, nodes, or links like n1 -> n2';

type RawHealed = RawLink | RawNodes;

const healedWord = leaf<RawHealed>(HEALED, { type: 'string' }, { kind: 'mistaken' }, (value) => {
  return typeof value === 'string' && value.includes('->') ? parseLink(value) : orThrow(nodesWord.safeParse(value));
});

const healed = either(HEALED, [healedWord, list(HEALED, healedWord, 1)]);

const groups = list('a list of at least two groups like [[n1, n2], [others]]', selector, 2);

/** What happens between nodes. */
export const networkActions: readonly ActionSpec[] = [
  action('network', 'partition', {
    about: 'Cuts all links between groups of nodes. Nodes that no group names are a group together.',
    example: 'partition: [[n1, n2], [others]]\nclients: { c1: n1 }',
    value: groups,
    modifiers: {
      clients: key(
        record('sides by client like { c1: n1 }', selector),
        'On whose side clients stand; the others reach every node.',
      ),
      ...inFlightModifier,
    },
    build: (raw, { clients = {}, inFlight: lost }, place) => ({
      kind: 'partition',
      groups: groupsOf(raw, place.at('partition')),
      clients: Object.entries(clients).map(([name, side]) => ({
        client: clientNamed(name, place.at('clients', name), 'key'),
        side: ownSelectorOf(side, place.at('clients', name)),
      })),
      inFlight: lost ?? null,
    }),
  }),
  action('network', 'isolate', {
    about: 'Cuts all links between each of the nodes and any other node.',
    example: 'isolate: leader\nas: old',
    value: selector,
    modifiers: inFlightModifier,
    build: (raw, { inFlight: lost }, place) => ({
      kind: 'isolate',
      nodes: ownSelectorOf(raw, place.at('isolate')),
      inFlight: lost ?? null,
    }),
  }),
  action('network', 'cut', {
    about: 'Cuts links, in one direction (`->`) or both (`<->`).',
    example: 'cut: leader -> followers',
    value: links,
    modifiers: inFlightModifier,
    build: (raw, { inFlight: lost }, place) => ({
      kind: 'cut',
      links: linksOf(raw, place.at('cut')),
      inFlight: lost ?? null,
    }),
  }),
  action('network', 'bridge', {
    about: 'Two groups that reach each other only through the nodes of the bridge.',
    example: 'bridge: { groups: [[n1, n2], [n4, n5]], over: n3 }',
    value: mapping('a mapping like { groups: [[n1, n2], [n4, n5]], over: n3 }', {
      groups: needed(groups, 'The two groups.'),
      over: needed(selector, 'The nodes that reach both.'),
    }),
    build: ({ groups: raw, over }, _, place) => {
      const at = place.at('bridge');
      if (raw.length > 2) at.at('groups', 2).problem('a bridge has two sides; this is a third');
      const [left, right] = raw.map((group, index) => selectorOf(group, at.at('groups', index)));
      const sides = namedGroups(raw, at.at('groups'));
      checkDisjoint([...sides, { raw: over, place: at.at('over'), called: 'the bridge' }]);
      const nobody = { kind: 'list', of: [] } as const;
      return { kind: 'bridge', groups: [left ?? nobody, right ?? nobody], over: selectorOf(over, at.at('over')) };
    },
  }),
  action('network', 'ring', {
    about: 'Each node reaches only its two neighbours, in the order given.',
    example: 'ring: all',
    value: selector,
    build: (raw, _, place) => {
      if (isList(raw) && raw.length < 4 && raw.every((one) => one.kind === 'name')) {
        place.at('ring').problem(`${String(raw.length)} nodes are all neighbours in a ring; expected at least 4`);
      }
      return { kind: 'ring', nodes: ownSelectorOf(raw, place.at('ring')) };
    },
  }),
  action('network', 'clog', {
    about: 'Holds messages of links back until they are released.',
    example: 'clog: n1 -> n2',
    value: links,
    build: (raw, _, place) => ({ kind: 'clog', links: linksOf(raw, place.at('clog')) }),
  }),
  action('network', 'release', {
    about: 'Lets what clogged links held back arrive.',
    example: 'release: all\norder: shuffled',
    value: linksOrAll,
    modifiers: { order: key(word('fifo', 'shuffled'), 'In which order.', 'fifo') },
    build: (raw, { order = 'fifo' }, place) => ({ kind: 'release', links: someLinks(raw, place.at('release')), order }),
  }),
  action('network', 'heal', {
    about: 'Ends cuts: all of them, those that touch some nodes, or those of links.',
    example: 'heal: all',
    value: healed,
    build: (raw, _, place) => ({ kind: 'heal', what: healedOf(raw, place.at('heal')) }),
  }),
  action('network', 'weather', {
    about: 'Changes links from here on, all or some; `reset` goes back to the plan.',
    example: 'weather: { loss: 20%, links: leader -> followers }',
    value: either('reset, or a mapping like { loss: 5%, links: n1 -> n2 }', [
      word('reset'),
      mapping('reset, or a mapping like { loss: 5%, links: n1 -> n2 }', {
        ...linkShape,
        links: key(linksOrAll, 'Which links.', 'all'),
        reset: key(flag, 'Back to the plan.', false),
      }),
    ]),
    build: (raw, _, place) => {
      const at = place.at('weather');
      if (raw === 'reset') return { kind: 'weather', links: null, plan: 'reset' };
      const { links: which, reset = false, ...rawPlan } = raw;
      const plan = linkPlanOf(rawPlan, at);
      const changes = Object.keys(plan).length;
      if (reset && changes > 0)
        at.at('reset').problem('"reset" goes back to the plan; other changes need a step of their own', 'key');
      if (!reset && changes === 0 && at.isSound)
        at.problem(`nothing to change: expected one of ${Object.keys(linkShape).join(', ')}, reset`);
      return {
        kind: 'weather',
        links: which === undefined ? null : someLinks(which, at.at('links')),
        plan: reset ? 'reset' : plan,
      };
    },
  }),
];

function groupsOf(raw: readonly RawSelector[], place: Place) {
  checkDisjoint(namedGroups(raw, place));
  return raw.map((group, index) => selectorOf(group, place.at(index)));
}

function namedGroups(raw: readonly RawSelector[], place: Place) {
  return raw.map((group, index) => ({ raw: group, place: place.at(index), called: `group ${String(index + 1)}` }));
}

function someLinks(raw: RawLink | 'all' | readonly RawLink[], place: Place): readonly LinkSelector[] | null {
  return raw === 'all' ? null : linksOf(raw, place);
}

function healedOf(raw: RawHealed | readonly RawHealed[], place: Place) {
  const words = isSeveral(raw) ? raw : [raw];
  const linked = words.filter(isLink);
  const nodes = words.filter(isNodes);
  if (linked.length > 0 && nodes.length > 0) place.problem('links and nodes in one list; expected one kind only');
  if (linked.length > 0) {
    const only = isSeveral(raw) ? linked : linked[0];
    return { links: only === undefined ? [] : linksOf(only, place) };
  }
  if (nodes.some((one) => one.kind === 'role' && one.role === 'all')) return 'all';
  const only = nodes[0];
  return { nodes: ownSelectorOf(isSeveral(raw) || only === undefined ? nodes : only, place) };
}

function isLink(raw: RawHealed): raw is RawLink {
  return 'from' in raw;
}

function isNodes(raw: RawHealed): raw is RawNodes {
  return 'kind' in raw;
}

function isSeveral(raw: RawHealed | readonly RawHealed[]): raw is readonly RawHealed[] {
  return Array.isArray(raw);
}
