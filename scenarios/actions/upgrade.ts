import type { NodeId } from '../../sim/protocol.ts';
import { adjust } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { change, changeOf } from '../language/versions.ts';
import type { RaftPlan, Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

export interface UpgradeAction extends VersionChange {
  readonly kind: 'upgrade';
  readonly nodes: Selector;
}

/** How a node differs from its next boot on. */
export interface VersionChange {
  /** The options that change. */
  readonly raft: RaftPlan;
  /** Id of a known bug that it has then, or `none`; null leaves it. */
  readonly mutant: string | null;
}

export const upgrade: ActionDefinition<'upgrade'> = {
  topic: 'processes',
  strikes: true,
  lasts: false,
  spellings: [
    spelling('upgrade', {
      about:
        'Installs another version on nodes: with other options of Raft, or with a known bug, from their next boot on. A `restart` step after it makes them run it; a rolling upgrade takes one node after the other. Options that all nodes must share (`reads`, `sessionTimeout`, and with leases those that leases rest on) cannot be changed.',
      example: 'upgrade: n1\nraft: { preVote: true }',
      value: selector,
      modifiers: change,
      build: (nodes, raw, place) => ({
        kind: 'upgrade',
        nodes: ownSelectorOf(nodes, place.at('upgrade')),
        ...changeOf(raw, place),
      }),
    }),
  ],
  describe: ({ nodes }, naming) => `upgrade ${describeSelector(nodes, naming)}`,
  *perform({ nodes, raft, mutant }, exec) {
    const { environment } = exec;
    yield* adjust(exec, nodes, (node: NodeId) => environment.upgrade(node, { raft, mutant }, exec.origin));
  },
};
