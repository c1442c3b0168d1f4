import type { NodeId, TimerId } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import { affect, RUNNING } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { isRunning, liveLeader } from '../interpreter/selectors.ts';
import { selector } from '../language/selector-words.ts';
import { oneNodeOf } from '../language/selectors.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';
import { ofNodes } from './process.ts';

export type ElectionAction =
  { readonly kind: 'timeout'; readonly nodes: Selector } | { readonly kind: 'elect'; readonly node: Selector };

/** The one timer every Raft node has: `Protocol.timers[0]`. */
const ELECTION_TIMER: TimerId = 0;

export const timeout: ActionDefinition<'timeout'> = {
  topic: 'elections',
  spellings: [
    ofNodes(
      'timeout',
      'Fires the election timers of nodes at once. A node of priority 0 starts no election all the same.',
      'timeout: [n1, n3]',
      (nodes) => ({
        kind: 'timeout',
        nodes,
      }),
    ),
  ],
  describe: ({ nodes }, naming) => `timeout ${describeSelector(nodes, naming)}`,
  *perform({ nodes }, exec) {
    const { faults } = exec.environment;
    yield* affect(exec, nodes, RUNNING, (node) => faults.processes.fireTimer(node, ELECTION_TIMER, exec.origin));
  },
};

/**
 * Fires the node's election timer until it is the leader of the highest term. An election can fail (votes may be lost,
 * split, or denied because of leader stickiness), so the timer is fired again after each retry interval. A node that
 * is down is waited for; so is one that still leads an older term, until it has learned of the newer one.
 */
export const elect: ActionDefinition<'elect'> = {
  topic: 'elections',
  spellings: [
    spelling('elect', {
      about:
        'Has a node start elections until it leads. With `preVote` it does not win while the others hear from a leader, and a node of priority 0 starts none: use `transfer` then.',
      example: 'elect: n2\nwithin: 2s',
      value: selector,
      build: (node, _, place) => ({ kind: 'elect', node: oneNodeOf(node, place.at('elect')) }),
    }),
  ],
  waits: () => '"elect" waits',
  describe: ({ node }, naming) => `elect ${describeSelector(node, naming)}`,
  *perform({ node: selected }, exec) {
    const { environment } = exec;
    const { retryInterval } = exec.context;
    const [[node = 0] = []] = yield* exec.choose([selected], { eligible: isRunning });
    exec.remember([node]);
    let nextTry = environment.now;
    const leads = (): boolean => liveLeader(environment) === node;
    const canTry = (): boolean =>
      environment.now >= nextTry && environment.isUp(node) && environment.role(node) !== 'leader';

    while (!leads()) {
      if (canTry()) {
        environment.faults.processes.fireTimer(node, ELECTION_TIMER, exec.origin);
        nextTry = environment.now + retryInterval;
      }
      yield* exec.untilOr(
        nextTry,
        () => leads() || canTry(),
        () => `expected ${environment.nodeName(node)} to lead; ${describeObstacle(node, environment)}`,
      );
    }
  },
};

function describeObstacle(node: NodeId, cluster: ClusterView): string {
  if (!cluster.isUp(node)) return `${cluster.nodeName(node)} is down`;
  const leader = liveLeader(cluster);
  return leader === null ? 'no node leads' : `${cluster.nodeName(leader)} leads term ${cluster.term(leader)}`;
}
