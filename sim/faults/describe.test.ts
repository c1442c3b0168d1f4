import { describe, expect, test } from 'vitest';
import { describeFault, describeLinks } from './describe.ts';
import type { Fault, FaultTarget } from './fault-log.ts';
import type { FaultValues } from './values.ts';

type Pair = [number, number];

const name = (endpoint: number): string => (endpoint < 4 ? `n${endpoint + 1}` : `c${endpoint - 3}`);
const both = (a: number, b: number): Pair[] => [
  [a, b],
  [b, a],
];

test('links that keep sides apart are told as sides', () => {
  const links = [...both(0, 2), ...both(0, 3), ...both(1, 2), ...both(1, 3)];
  expect(describeLinks(links, 4, name)).toBe('n1 n2 | n3 n4');
});

test('clients on a side do not change how the sides are told', () => {
  const links = [...both(0, 2), ...both(0, 3), ...both(1, 2), ...both(1, 3), ...both(4, 0)];
  expect(describeLinks(links, 4, name)).toBe('n1 n2 | n3 n4');
});

test('an isolated node is a side of its own', () => {
  expect(describeLinks([...both(2, 0), ...both(2, 1), ...both(2, 3)], 4, name)).toBe('n1 n2 n4 | n3');
});

test('a bridge is no partition: its links are told one by one', () => {
  const links = [...both(0, 3), ...both(1, 3)];
  expect(describeLinks(links, 4, name)).toBe('n1 <-> n4, n2 <-> n4');
});

test('a one-way cut is told with its direction', () => {
  expect(describeLinks([[1, 0]], 4, name)).toBe('n2 -> n1');
});

describe('a fault reads', () => {
  const names = {
    nodes: 3,
    endpointName: (endpoint: number) => (endpoint < 3 ? `n${endpoint + 1}` : `c${endpoint - 2}`),
  };
  const fault = (kind: string, target: FaultTarget, values: FaultValues = {}): Fault => ({
    ...{ id: 1, kind, path: 'script[0]', target, values, startedAt: 0, endedAt: -1, effects: 0, holds: 0 },
    repetition: 1,
  });
  const span = { kind: 'uniform', low: 1000, high: 10_000 } as const;

  test.each<[Fault, string]>([
    [fault('crash', { node: 0 }, { disk: 'tear' }), 'crash n1'],
    [fault('cut', { links: [[0, 1]] }), 'cut n1 -> n2'],
    [fault('clog', { links: 'all' }), 'clog all links'],
    [fault('network', { links: 'all' }, { latency: span, loss: 0.5 }), 'network latency, loss on all links'],
    [fault('clock', { node: 1 }, { offset: 5000, drift: -100 }), 'clock of n2: offset 5ms, drift -100 ppm'],
    [fault('clock', { node: 1 }, { jump: -5000, of: 'wall' }), 'wall clock of n2: jump -5ms'],
    [fault('clock', { node: 0 }, { drift: -1_000_000, of: 'monotonic' }), 'monotonic clock of n1: drift stopped'],
    [fault('clock', { node: 0 }, { drift: -2_000_000 }), 'clock of n1: drift backwards'],
    [fault('disk-fails', { node: 2 }, { count: 3 }), 'writes of n3 fail, the next 3'],
    [fault('disk-unreadable', { node: 2 }, { unreadable: true }), 'disk of n3 cannot be read'],
    [fault('disk-corrupt', { node: 2 }, { record: 'entry', index: 0 }), 'entry on the disk of n3 is corrupt'],
    [fault('disk-corrupt', { node: 2 }, { record: 'entry', index: 5 }), 'entry 5 on the disk of n3 is corrupt'],
    [fault('disk-full', { node: 2 }, { full: true }), 'disk of n3 is full'],
    [fault('disk-stall', { node: 2 }, { span: 2_000_000 }), 'disk of n3 stalls for 2s'],
    [fault('disk-fsync', { node: 2 }, { fsync: span }), 'fsync of n3 takes 1ms..10ms'],
    [fault('slow-process', { node: 0 }, { service: span }), 'process of n1 takes 1ms..10ms for each event'],
    [fault('slow-apply', { node: 0 }, { apply: span }), 'state machine of n1 takes 1ms..10ms to apply'],
    [fault('slow-snapshots', { node: 0 }, { make: span }), 'work on snapshots of n1: make 1ms..10ms'],
  ])('%#: %s', (one, phrase) => {
    expect(describeFault(one, names)).toBe(phrase);
  });
});
