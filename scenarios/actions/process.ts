import type * as z from 'zod';
import type { Distribution } from '../../sim/base/distribution.ts';
import type { CrashDisk } from '../../sim/disk.ts';
import type { SnapshotSpans } from '../../sim/plan.ts';
import type { NodeId } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import { adjust, affect, change, recover, RUNNING } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { isAny } from '../interpreter/selectors.ts';
import { crashDiskWord, snapshotSpansOf, snapshotWork } from '../language/cluster.ts';
import { distributionOf, distributionOrReset } from '../language/distribution.ts';
import type { Place } from '../language/place.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { either, key, mapping, needed } from '../language/shapes.ts';
import { word } from '../language/values.ts';
import type { Action, Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition, Spelling } from './definition.ts';

export type ProcessAction =
  /** Null: the disk loses what its plan says. */
  | { readonly kind: 'crash'; readonly nodes: Selector; readonly disk: CrashDisk | null }
  | { readonly kind: 'restart'; readonly nodes: Selector }
  | { readonly kind: 'pause'; readonly nodes: Selector }
  | { readonly kind: 'resume'; readonly nodes: Selector }
  | { readonly kind: 'wipe'; readonly nodes: Selector }
  | {
      readonly kind: 'process';
      readonly nodes: Selector;
      /** From this step on; 'reset' returns to the plan; null leaves it. */
      readonly service: Distribution | 'reset' | null;
      readonly apply: Distribution | 'reset' | null;
      /** What is left out takes as long as planned. */
      readonly snapshot: Partial<SnapshotSpans> | 'reset' | null;
    };

function isDown(cluster: ClusterView, node: NodeId): boolean {
  return !cluster.isUp(node);
}

function areAllUp(cluster: ClusterView): boolean {
  return cluster.everyNode.every((node) => cluster.isUp(node));
}

const UNPAUSED = {
  eligible: (cluster: ClusterView, node: NodeId): boolean => cluster.isUp(node) && !cluster.isPaused(node),
  words: 'a running node that is not paused',
};

/** A key whose value is nodes, and nothing else. */
export function ofNodes<A extends Action>(
  word: string,
  about: string,
  example: string,
  build: (nodes: Selector) => A,
): Spelling<A> {
  return spelling(word, {
    about,
    example,
    value: selector,
    build: (nodes, _, place) => build(ownSelectorOf(nodes, place.at(word))),
  });
}

/** The change of a plan's distribution: null leaves it. */
export function spanOrReset(raw: z.output<typeof distributionOrReset> | undefined, place: Place) {
  return raw === undefined || raw === 'reset' ? (raw ?? null) : distributionOf(raw, place);
}

const snapshotWorkOrReset = either('a mapping like { make: 200ms, install: 100ms }, or reset', [
  word('reset'),
  snapshotWork,
]);

export const crash: ActionDefinition<'crash'> = {
  topic: 'processes',
  strikes: true,
  spellings: [
    spelling('crash', {
      about: 'Stops nodes at once. Everything that is not on the disk is lost.',
      example: 'crash: leader\ndisk: tear\nas: old',
      value: selector,
      modifiers: {
        disk: key(
          crashDiskWord,
          'Writes that are not durable yet: `keep` all, `lose-unsynced` (a drawn number of the newest), `lose-all`, `tear` (the oldest lost one is torn), or `reorder` (any of them are lost, whatever their order).',
          "the disk's plan",
        ),
      },
      build: (nodes, { disk }, place) => ({
        kind: 'crash',
        nodes: ownSelectorOf(nodes, place.at('crash')),
        disk: disk ?? null,
      }),
    }),
  ],
  describe: ({ nodes }, naming) => `crash ${describeSelector(nodes, naming)}`,
  *perform({ nodes, disk }, exec) {
    yield* affect(exec, nodes, RUNNING, (node) => exec.environment.faults.processes.crash(node, disk, exec.origin));
  },
};

export const restart: ActionDefinition<'restart'> = {
  topic: 'processes',
  spellings: [
    ofNodes(
      'restart',
      'Starts nodes from what is on their disks. A node that runs is stopped first, as by a crash: writes that are not durable yet are lost as the plan of its disk says. `restart: down` starts the nodes that are down, if there are any; words that draw nodes draw from them first.',
      'restart: $old\nafter: 1s',
      (nodes) => ({ kind: 'restart', nodes }),
    ),
  ],
  describe: ({ nodes }, naming) => `restart ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    const { environment } = exec;
    const restartNode = (node: NodeId): void => environment.faults.processes.restart(node, exec.origin);
    yield* change(exec, nodes, restartNode, areAllUp(environment) ? isAny : isDown);
  },
};

export const pause: ActionDefinition<'pause'> = {
  topic: 'processes',
  strikes: true,
  spellings: [
    ofNodes('pause', 'Freezes nodes; their events queue up.', 'pause: leader\nas: old', (nodes) => ({
      kind: 'pause',
      nodes,
    })),
  ],
  describe: ({ nodes }, naming) => `pause ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    yield* affect(exec, nodes, UNPAUSED, (node) => exec.environment.faults.processes.pause(node, exec.origin));
  },
};

export const resume: ActionDefinition<'resume'> = {
  topic: 'processes',
  spellings: [
    ofNodes('resume', 'Lets paused nodes go on. A node that is not paused is left alone.', 'resume: $old', (nodes) => ({
      kind: 'resume',
      nodes,
    })),
  ],
  describe: ({ nodes }, naming) => `resume ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    const isPaused = (cluster: ClusterView, node: NodeId): boolean => cluster.isPaused(node);
    yield* recover(exec, nodes, isPaused, (node) => exec.environment.faults.processes.resume(node, exec.origin));
  },
};

export const wipe: ActionDefinition<'wipe'> = {
  topic: 'processes',
  strikes: true,
  lasts: false,
  spellings: [
    ofNodes(
      'wipe',
      'Takes nodes down and empties their disks. Raft does not promise to survive this if the node returns under the same name.',
      'wipe: n3',
      (nodes) => ({ kind: 'wipe', nodes }),
    ),
  ],
  describe: ({ nodes }, naming) => `wipe ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    yield* change(exec, nodes, (node) => exec.environment.faults.processes.wipe(node, exec.origin));
  },
};

export const process: ActionDefinition<'process'> = {
  topic: 'processes',
  strikes: true,
  spellings: [
    spelling('process', {
      about: 'Changes how fast nodes, or their state machines, work from here on; `reset` returns to the plan.',
      example: 'process: { nodes: leader, service: 2ms }',
      value: mapping('a mapping like { nodes: leader, service: 2ms }', {
        nodes: needed(selector, 'Which nodes.'),
        service: key(distributionOrReset, 'How long a node is busy with each event, or `reset`.'),
        apply: key(
          distributionOrReset,
          'How long its state machine takes each time to catch up with what is committed, or `reset`.',
        ),
        snapshot: key(
          snapshotWorkOrReset,
          'How long a node is busy with a snapshot, or `reset`. What is left out takes as long as planned.',
        ),
      }),
      build: ({ nodes: raw, service, apply, snapshot }, _, place) => {
        const at = place.at('process');
        const nodes = ownSelectorOf(raw, at.at('nodes'));
        if (service === undefined && apply === undefined && snapshot === undefined && at.isSound)
          at.problem('nothing to change: expected service, apply, snapshot or several of them');
        return {
          kind: 'process',
          nodes,
          service: spanOrReset(service, at.at('service')),
          apply: spanOrReset(apply, at.at('apply')),
          snapshot:
            snapshot === undefined || snapshot === 'reset'
              ? (snapshot ?? null)
              : snapshotSpansOf(snapshot, at.at('snapshot')),
        };
      },
    }),
  ],
  describe: ({ nodes }, naming) => `process ${describeSelector(nodes, naming)}`,
  *perform({ nodes, service, apply, snapshot }, exec) {
    const { faults } = exec.environment;
    yield* adjust(exec, nodes, (node) => {
      const changes = [
        service !== null && faults.processes.setService(node, service, exec.origin),
        apply !== null && faults.processes.setApply(node, apply, exec.origin),
        snapshot !== null && faults.processes.setSnapshotWork(node, snapshot, exec.origin),
      ];
      return changes.includes(true);
    });
  },
};
