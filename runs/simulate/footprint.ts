import type { RaftChecker } from '../../checks/raft-checker.ts';
import { footprintOf } from '../../core/disk.ts';
import type { Script } from '../../scenarios/interpreter/script.ts';
import type { Reference } from './reference.ts';
import type { RaftSimulation } from './simulation-environment.ts';

/** Bytes of memory that a log entry takes in each node: a reference in memory, on disk, and in what the checks remember. */
const ENTRY_IN_NODE = 40;

/** What a run keeps. */
export interface Kept {
  readonly simulation: RaftSimulation;
  readonly checks: RaftChecker;
  readonly script: Script;
  readonly reference: Reference;
  /** Replies that a state machine keeps for a session, at most. */
  readonly repliesPerSession: number;
}

/**
 * Bytes of memory that a run holds, estimated from what it keeps. A function of the run, so that the limit on memory ends
 * the same run at the same event everywhere. Costs O(nodes).
 */
export function footprintOfRun({ simulation, checks, script, reference, repliesPerSession }: Kept): number {
  // Each node has a state machine, and so do the checks: the reference instance and their own model.
  const stores = (simulation.nodes + 2) * reference.footprint(repliesPerSession);
  return simulation.footprint + checks.footprint + script.footprint + stores + footprintOfNodes(simulation);
}

function footprintOfNodes(simulation: RaftSimulation): number {
  let bytes = 0;
  for (let node = 0; node < simulation.nodes; node++) {
    const disk = simulation.diskContents(node);
    const view = simulation.view(node);
    const inMemory = view === null ? 0 : view.log.lastIndex - view.log.base;
    bytes += Math.max(inMemory, disk.log.length) * ENTRY_IN_NODE + footprintOf(disk.snapshot);
    if (view !== null && view.snapshot !== disk.snapshot) bytes += footprintOf(view.snapshot);
  }
  return bytes;
}
