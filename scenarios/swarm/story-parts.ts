import type { WrittenStep } from '../chaos/faults.ts';
import type { Cast } from './cast.ts';
import { drawWrite } from './clients.ts';
import type { Dice } from './dice.ts';

/** A few steps that belong together, with nodes that are named: what single faults hit by chance only. */
export type Story = (dice: Dice, cast: Cast) => readonly WrittenStep[];

export const CRASH_DISKS = ['lose-unsynced', 'lose-all', 'tear', 'keep', 'reorder'] as const;

/** Three different voters. */
export function threeOf(dice: Dice, voters: readonly string[]): readonly [string, string, string] {
  const [first = '', second = '', third = ''] = dice.shuffled(voters);
  return [first, second, third];
}

/** The first node is cut off, with the others of the list and perhaps with clients. */
export function cutOff(dice: Dice, cast: Cast, nodes: readonly string[]): WrittenStep {
  const [first = ''] = nodes;
  const withClients = cast.clients > 0 && dice.chance(0.6);
  const clients = withClients ? { clients: { c1: first, ...(cast.clients > 2 && { c2: first }) } } : {};
  return dice.weighted<WrittenStep>([
    [4, { partition: [nodes, ['others']], ...clients }],
    [1, { pause: first }],
    [1, { cut: `${first} -> all` }],
    [1, { cut: `all -> ${first}` }],
  ]);
}

/** So many writes, and mostly a quick one after the other. */
export function writes(dice: Dice, cast: Cast, to: string, counts: readonly number[]): readonly WrittenStep[] {
  return Array.from({ length: dice.pick(counts) }, () => drawWrite(dice, cast, to));
}

export function elect(node: string): WrittenStep {
  return { elect: node, within: '1s' };
}

export function handOver(node: string): WrittenStep {
  return { transfer: node, within: '1s' };
}

export function wait(dice: Dice, ...spans: readonly string[]): WrittenStep {
  return { wait: dice.pick(spans) };
}

export function release(dice: Dice): WrittenStep {
  return { release: 'all', order: dice.pick(['fifo', 'shuffled', 'reversed']) };
}

/** All nodes run again, and reach each other. */
export function back(): readonly WrittenStep[] {
  return [{ heal: 'all' }, { resume: 'all' }, { restart: 'down' }];
}

export function allCrash(dice: Dice): readonly WrittenStep[] {
  return [
    wait(dice, '5ms', '50ms', '200ms'),
    { crash: 'all', disk: dice.pick(CRASH_DISKS) },
    { restart: 'all', after: dice.pick(['10ms', '100ms']) },
  ];
}

/** Clients that are cut off with a leader go on sending: it appends what will never commit. */
export function longTail(dice: Dice): readonly WrittenStep[] {
  const operations = dice.pick([10, 30]);
  return [{ load: { ops: { put: 1 }, rate: '100/s', operations } }, wait(dice, '50ms', '200ms'), { load: 'start' }];
}
