import type { InFlight } from '../../sim/network.ts';
import { endpointsOf } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { bridgeLinks, isolationLinks, partitionLinks, ringLinks } from '../interpreter/links.ts';
import { inFlight } from '../language/network.ts';
import type { Place } from '../language/place.ts';
import { isList, selector } from '../language/selector-words.ts';
import type { RawSelector } from '../language/selector-words.ts';
import { checkDisjoint, clientNamed, ownSelectorOf, selectorOf } from '../language/selectors.ts';
import { key, list, mapping, needed, record } from '../language/shapes.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

/** Cuts that divide nodes into groups. `cut` itself names links, and is among the actions on links. */
export type CutAction =
  | {
      readonly kind: 'partition';
      readonly groups: readonly Selector[];
      /** Client index (from 0) and the nodes on whose side it is. Others reach every node. */
      readonly clients: readonly { readonly client: number; readonly side: Selector }[];
      readonly inFlight: InFlight | null;
    }
  | { readonly kind: 'isolate'; readonly nodes: Selector; readonly inFlight: InFlight | null }
  /** Two groups that reach each other only through the bridge's nodes. */
  | { readonly kind: 'bridge'; readonly groups: readonly [Selector, Selector]; readonly over: Selector }
  /** Each node of the list reaches only its two neighbours. */
  | { readonly kind: 'ring'; readonly nodes: Selector };

export const inFlightModifier = {
  inFlight: key(inFlight, 'What becomes of messages in flight on a link that is cut.', "the network's"),
};

const groups = list('a list of at least two groups like [[n1, n2], [others]]', selector, 2);

export const partition: ActionDefinition<'partition'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('partition', {
      about:
        'Cuts all links between groups of nodes and clients. The nodes that no group names are one more group; the clients that none names reach every node.',
      example: 'partition: [[n1, n2, c1], [others]]',
      value: groups,
      modifiers: {
        clients: key(
          record('sides by client like { c1: n1 }', selector),
          'On whose side further clients are, where that is more than one.',
        ),
        ...inFlightModifier,
      },
      build: (raw, { clients = {}, inFlight: lost }, place) => ({
        kind: 'partition',
        groups: groupsOf(raw, place.at('partition')),
        clients: Object.entries(clients).map(([name, side]) => {
          const at = place.at('clients', name);
          if (raw.some((group) => namesClient(group, name))) at.problem(`${name} is in a group already`, 'key');
          return { client: clientNamed(name, at, 'key'), side: ownSelectorOf(side, at) };
        }),
        inFlight: lost ?? null,
      }),
    }),
  ],
  describe: (action, naming) =>
    `partition ${action.groups.map((group) => describeSelector(group, naming)).join(' | ')}`,
  // `as` remembers the first group.
  *perform(action, exec) {
    const { named, placements } = yield* exec.attempt((attempt) => {
      const found = attempt.find(action.groups, { disjoint: true });
      const sides = found && attempt.find(action.clients.map(({ side }) => side));
      if (found === null || sides === null) return null;
      return {
        named: found,
        placements: action.clients.map(({ client }, i) => ({ client, beside: sides[i] ?? [] })),
      };
    });
    exec.remember(named[0] ?? []);
    const cut = partitionLinks(named, placements, endpointsOf(exec));
    exec.environment.faults.network.cut(cut, action.inFlight, 'partition', exec.origin);
  },
};

export const isolate: ActionDefinition<'isolate'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('isolate', {
      about:
        'Cuts all links between each of the nodes and any other node; clients still reach it. A client is cut off from every node.',
      example: 'isolate: leader\nas: old',
      value: selector,
      modifiers: inFlightModifier,
      build: (raw, { inFlight: lost }, place) => ({
        kind: 'isolate',
        nodes: ownSelectorOf(raw, place.at('isolate'), 'clients too'),
        inFlight: lost ?? null,
      }),
    }),
  ],
  describe: ({ nodes }, naming) => `isolate ${describeSelector(nodes, naming)}`,
  *perform(action, exec) {
    const [alone = []] = yield* exec.choose([action.nodes]);
    exec.remember(alone);
    const cut = isolationLinks(alone, endpointsOf(exec));
    exec.environment.faults.network.cut(cut, action.inFlight, 'isolate', exec.origin);
  },
};

export const bridge: ActionDefinition<'bridge'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('bridge', {
      about: 'Two groups that reach each other only through the nodes of the bridge.',
      example: 'bridge: { groups: [[n1, n2], [n4, n5]], over: n3 }',
      value: mapping('a mapping like { groups: [[n1, n2], [n4, n5]], over: n3 }', {
        groups: needed(groups, 'The two groups.'),
        over: needed(selector, 'The nodes that reach both.'),
      }),
      build: ({ groups: raw, over }, _, place) => {
        const at = place.at('bridge');
        if (raw.length > 2) at.at('groups', 2).problem('a third group; expected the two groups that the bridge joins');
        const [left, right] = raw.map((group, index) => selectorOf(group, at.at('groups', index)));
        const sides = namedGroups(raw, at.at('groups'));
        checkDisjoint([...sides, { raw: over, place: at.at('over'), called: 'the bridge' }]);
        const none = { kind: 'list', of: [] } as const;
        return { kind: 'bridge', groups: [left ?? none, right ?? none], over: selectorOf(over, at.at('over')) };
      },
    }),
  ],
  describe: (action, naming) => {
    const sides = action.groups.map((group) => describeSelector(group, naming));
    return `bridge ${sides.join(' | ')} over ${describeSelector(action.over, naming)}`;
  },
  // `as` remembers the bridge.
  *perform(action, exec) {
    const [bridging = [], ...sides] = yield* exec.choose([action.over, ...action.groups], { disjoint: true });
    exec.remember(bridging);
    exec.environment.faults.network.cut(bridgeLinks(sides, bridging, endpointsOf(exec)), null, 'bridge', exec.origin);
  },
};

export const ring: ActionDefinition<'ring'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    spelling('ring', {
      about: 'Each node reaches only its two neighbours, in the order given.',
      example: 'ring: all',
      value: selector,
      build: (raw, _, place) => {
        if (isList(raw) && raw.length < 4 && raw.every((one) => one.kind === 'name')) {
          place
            .at('ring')
            .problem(`${String(raw.length)} nodes form a ring in which all are neighbours; expected at least 4`);
        }
        return { kind: 'ring', nodes: ownSelectorOf(raw, place.at('ring')) };
      },
    }),
  ],
  describe: ({ nodes }, naming) => `ring ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    const [members = []] = yield* exec.choose([nodes]);
    exec.remember(members);
    exec.environment.faults.network.cut(ringLinks(members, endpointsOf(exec)), null, 'ring', exec.origin);
  },
};

function namesClient(group: RawSelector, client: string): boolean {
  const words = isList(group) ? group : [group];
  return words.some((one) => one.kind === 'name' && one.name === client);
}

function groupsOf(raw: readonly RawSelector[], place: Place) {
  checkDisjoint(namedGroups(raw, place));
  warnOfSingles(raw, place);
  return raw.map((group, index) => selectorOf(group, place.at(index), 'clients too'));
}

/** `[n1, n2]` reads like one side of two. */
function warnOfSingles(raw: readonly RawSelector[], place: Place): void {
  const names = raw.flatMap((group) => (!isList(group) && group.kind === 'name' ? [group.name] : []));
  const { nodes } = place.scope;
  const left = nodes?.filter((node) => !names.includes(node)) ?? [];
  if (names.length < raw.length || left.length === 0) return;
  const sides = [...names, left.join(' ')].join(' | ');
  place.warning(
    `each of these is a side of its own: ${sides}; for two sides write [[${names.join(', ')}], [others]], or put each in brackets`,
  );
}

function namedGroups(raw: readonly RawSelector[], place: Place) {
  return raw.map((group, index) => ({ raw: group, place: place.at(index), called: `group ${String(index + 1)}` }));
}
