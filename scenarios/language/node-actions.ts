import type * as z from 'zod';
import type { Action } from '../scenario.ts';
import { action } from './action.ts';
import type { ActionSpec } from './action.ts';
import { crashDiskWord } from './cluster.ts';
import { distribution, distributionOf, distributionOrReset } from './distribution.ts';
import { selector } from './selector-words.ts';
import { oneNodeOf, ownSelectorOf } from './selectors.ts';
import type { RawSelector } from './selector-words.ts';
import { key, mapping, needed } from './shapes.ts';
import { drift, duration, signedDuration } from './values.ts';
import type { Place } from './place.ts';

type NodesKind = 'timeout' | 'restart' | 'pause' | 'resume' | 'wipe';

/** An action that does the same to each of some nodes. */
function onNodes(topic: 'elections' | 'processes', kind: NodesKind, about: string, example: string): ActionSpec {
  return action(topic, kind, {
    about,
    example,
    value: selector,
    build: (nodes, _, place) => ({ kind, nodes: ownSelectorOf(nodes, place.at(kind)) }),
  });
}

/** What happens to nodes: time, elections, processes, disks, clocks. */
export const nodeActions: readonly ActionSpec[] = [
  action('time', 'wait', {
    about: 'Lets time pass.',
    example: 'wait: 2s',
    value: distribution,
    control: true,
    within: false,
    chooses: false,
    build: (raw, _, place) => ({ kind: 'wait', span: distributionOf(raw, place.at('wait')) }),
  }),
  onNodes('elections', 'timeout', 'Their election timers fire at once.', 'timeout: [n1, n4]'),
  action('elections', 'elect', {
    about:
      'Has a node stand for election until it leads. With `preVote` it does not win against a leader that is heard from: use `transfer`.',
    example: 'elect: n2\nwithin: 2s',
    value: selector,
    build: (node, _, place) => ({ kind: 'elect', node: oneNodeOf(node, place.at('elect')) }),
  }),
  action('processes', 'crash', {
    about: 'Stops nodes at once. What is not on the disk is gone.',
    example: 'crash: leader\ndisk: tear\nas: old',
    value: selector,
    modifiers: {
      disk: key(
        crashDiskWord,
        'Writes that are not durable yet: `keep` all, `lose-unsynced` (a drawn number of the newest), `lose-all`, or `tear` (the oldest lost one is torn).',
        "the disk's plan",
      ),
    },
    build: (nodes, { disk }, place) => ({
      kind: 'crash',
      nodes: ownSelectorOf(nodes, place.at('crash')),
      disk: disk ?? null,
    }),
  }),
  onNodes(
    'processes',
    'restart',
    'Starts nodes that are down, from what is on their disks.',
    'restart: $old\nafter: 1s',
  ),
  onNodes('processes', 'pause', 'Freezes nodes; their events queue up.', 'pause: leader\nas: old'),
  onNodes('processes', 'resume', 'Lets paused nodes go on.', 'resume: $old'),
  onNodes('processes', 'wipe', 'Empties disks. Raft does not promise to survive this under the same name.', 'wipe: n3'),
  action('processes', 'slowProcess', {
    about: 'Makes nodes, or their state machines, slow from here on; `reset` goes back to the plan.',
    example: 'slowProcess: { nodes: leader, service: 2ms }',
    value: mapping('a mapping like { nodes: leader, service: 2ms }', {
      nodes: needed(selector, 'Which nodes.'),
      service: key(distributionOrReset, 'How long a node is busy with each event, or `reset`.'),
      apply: key(
        distributionOrReset,
        'How long its state machine takes each time to catch up with what is committed, or `reset`.',
      ),
    }),
    build: ({ nodes: raw, service, apply }, _, place) => {
      const at = place.at('slowProcess');
      const nodes = nodesToChange(raw, at);
      if (service === undefined && apply === undefined && at.isSound)
        at.problem('nothing to change: expected service, apply or both');
      return {
        kind: 'slowProcess',
        nodes,
        service: spanOrReset(service, at.at('service')),
        apply: spanOrReset(apply, at.at('apply')),
      };
    },
  }),
  action('disks and clocks', 'disk', {
    about: 'Changes how long writes take from here on.',
    example: 'disk: { nodes: n3, fsync: 50ms }',
    value: mapping(
      'a mapping like { nodes: n3, stall: 2s }',
      {
        nodes: needed(selector, 'Which nodes.'),
        stall: key(duration, 'No write completes for this long.'),
        fsync: key(distributionOrReset, 'How long a write takes from here on, or `reset`.'),
      },
      { later: ['full', 'readError', 'corrupt'] },
    ),
    build: ({ nodes: raw, stall, fsync }, _, place) => {
      const at = place.at('disk');
      const nodes = nodesToChange(raw, at);
      if (stall === undefined && fsync === undefined && at.isSound)
        at.problem('nothing to change: expected stall, fsync or both');
      return { kind: 'disk', nodes, stall: stall ?? null, fsync: spanOrReset(fsync, at.at('fsync')) };
    },
  }),
  action('disks and clocks', 'clock', {
    about: 'Changes clocks.',
    example: 'clock: { nodes: n1, jump: -5s }',
    value: mapping('a mapping like { nodes: n1, jump: 5s }', {
      nodes: needed(selector, 'Which nodes.'),
      offset: key(signedDuration, 'How far ahead of true time the clock is set; negative: behind.'),
      drift: key(drift, 'How much faster it runs from here on; negative: slower.'),
      jump: key(signedDuration, 'By how much it is moved from where it stands.'),
    }),
    build: ({ nodes: raw, offset, drift: ppm, jump }, _, place): Action => {
      const at = place.at('clock');
      const nodes = nodesToChange(raw, at);
      const change = { offset: offset ?? null, drift: ppm ?? null, jump: jump ?? null };
      if (offset === undefined && ppm === undefined && jump === undefined && at.isSound) {
        at.problem('nothing to change: expected one of offset, drift, jump');
      }
      if (offset !== undefined && jump !== undefined) {
        at.at('jump').problem('"offset" sets the clock, "jump" moves it; expected only one of them', 'key');
      }
      return { kind: 'clock', nodes, ...change };
    },
  }),
];

function spanOrReset(raw: z.output<typeof distributionOrReset> | undefined, place: Place) {
  return raw === undefined || raw === 'reset' ? (raw ?? null) : distributionOf(raw, place);
}

function nodesToChange(raw: RawSelector, place: Place) {
  return ownSelectorOf(raw, place.at('nodes'));
}
