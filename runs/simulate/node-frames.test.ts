import { describe, expect, test } from 'vitest';
import { nodeFrames } from './node-frames.ts';

function thrown(stack: string): Error {
  return Object.assign(new Error('boom'), { stack });
}

describe("a node's frames", () => {
  test('end where the simulator begins, and name no folders', () => {
    const error = thrown(`Error: boom
    at Log.entry (/home/me/whitewater/core/log.ts:12:3)
    at step (file:///home/me/whitewater/core/raft.ts:152:7)
    at NodeRuntime.run (/home/me/whitewater/sim/node-runtime.ts:99:5)
    at Simulation.step (/home/me/whitewater/sim/simulation.ts:1:2)`);
    expect(nodeFrames(error)).toEqual(['Log.entry (log.ts:12:3)', 'step (raft.ts:152:7)']);
  });

  test('are read from stacks of other engines too', () => {
    const error = thrown(
      `entry@/home/me/core/log.ts:12:3\nstep@/home/me/core/raft.ts:152:7\nrun@/home/me/sim/x.ts:1:1`,
    );
    expect(nodeFrames(error).slice(0, 2)).toEqual(['entry@log.ts:12:3', 'step@raft.ts:152:7']);
  });

  test('are none for what is no error, and few for a recursion without end', () => {
    expect(nodeFrames('a string')).toEqual([]);
    const deep = thrown(`RangeError: stack\n${'    at f (/core/f.ts:1:1)\n'.repeat(5_000)}`);
    expect(nodeFrames(deep)).toHaveLength(20);
  });
});
