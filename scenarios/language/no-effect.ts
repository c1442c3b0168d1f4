import type { Action, Scenario, Step } from '../scenario.ts';
import { topSteps } from '../top-steps.ts';
import { actionsOf, missing, readings, snapshots, wallClock } from './features.ts';
import type { Place } from './place.ts';
import type { Path } from './problems.ts';

/** Warns of what a scenario asks for in vain: of plans and steps that change nothing. */
export function warnOfNoEffect(scenario: Scenario, root: Place): void {
  warnOfWallClocks(scenario, root);
  warnOfPriorities(scenario, root);
  warnOfSnapshotWork(scenario, root);
  warnOfUnreadableDisks(scenario, root);
  warnOfVoteTimer(scenario, root);
}

/** Warns of changes of wall clocks that no node reads. */
function warnOfWallClocks(scenario: Scenario, root: Place): void {
  const feature = missing(wallClock, scenario);
  if (feature === null) return;
  lookAt(scenario, (action, path) => {
    if (action.kind === 'clock' && action.of === 'wall')
      root.at(...path, 'clock', 'of').warning(`the change has no effect: ${feature.missing}`);
  });
}

/** Warns of elections that are asked of a node whose timer starts none, unless an upgrade may have changed that. */
function warnOfPriorities(scenario: Scenario, root: Place): void {
  const { versions, nodes } = scenario.cluster;
  const mayChange = actionsOf(topSteps(scenario)).some(
    (action) => action.kind === 'upgrade' && (action.raft.priority ?? 0) > 0,
  );
  if (mayChange) return;
  lookAt(scenario, (action, path) => {
    if (action.kind !== 'elect' || action.node.kind !== 'node') return;
    const { node } = action.node;
    if (versions[node]!.raft.priority !== 0) return;
    const why = `${nodes[node]!} has priority 0 and starts no election by its timer`;
    root.at(...path, 'elect').warning(`${why}; use transfer to make it the leader`);
  });
}

/** Warns of what work on snapshots costs where there are none. */
function warnOfSnapshotWork(scenario: Scenario, root: Place): void {
  const feature = missing(snapshots, scenario);
  if (feature === null) return;
  const warn = (at: Place): void => {
    if (at.has('snapshot')) at.at('snapshot').warning(`this has no effect: ${feature.missing}`);
  };
  warn(root.at('process'));
  for (const name of scenario.cluster.nodes) warn(root.at('process', 'nodes', name));
  lookAt(scenario, (action, path) => {
    if (action.kind === 'process' && action.snapshot !== 'reset') warn(root.at(...path, 'process'));
  });
}

/** Warns of disks that cannot be read when nothing reads them. */
function warnOfUnreadableDisks(scenario: Scenario, root: Place): void {
  const feature = missing(readings, scenario);
  if (feature === null) return;
  lookAt(scenario, (action, path) => {
    if (action.kind === 'disk' && action.unreadable === true)
      root.at(...path, 'disk', 'unreadable').warning(`this has no effect: ${feature.missing}`);
  });
}

/** Warns of how votes restart the election timer of a node that no other one asks for its vote. */
function warnOfVoteTimer({ cluster }: Scenario, root: Place): void {
  if (cluster.nodes.length > 1 || cluster.raft.voteTimer !== 'durable') return;
  root.at('cluster', 'raft', 'voteTimer').warning('this has no effect: the only node grants no vote to another');
}

/** Calls this with each action of the scenario, those inside others too, and the path of its step. */
function lookAt({ script, timeline }: Scenario, see: (action: Action, path: Path) => void): void {
  const look = (steps: readonly Step[], path: Path): void => {
    for (const [index, { action }] of steps.entries()) {
      const at = [...path, index];
      see(action, at);
      if ('do' in action) look(action.do, [...at, action.kind === 'together' ? 'together' : 'do']);
      if ('else' in action) look(action.else, [...at, 'else']);
    }
  };
  look(script, ['script']);
  look(timeline, ['timeline']);
}
