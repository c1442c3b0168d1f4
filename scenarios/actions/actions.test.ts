import { describe, expect, test } from 'vitest';
import type { Action, Step } from '../scenario.ts';
import {
  any,
  condition,
  crash,
  expecting,
  list,
  n1,
  n2,
  n3,
  scenarioOf,
  remembered,
  restart,
  role,
  step,
  until,
  wait,
} from '../testing/sample-steps.ts';
import { disk } from './disk.ts';
import { FakeEnvironment } from '../testing/fake-environment.ts';

/** What a disk step leaves as it is. */
const KEPT = { lies: null, full: null, unreadable: null, fails: null, corrupt: null, backup: null, restore: null };

/** What one step does at time 0 to a cluster of which n2 leads term 4. */
function does(action: Action, environment = cluster()): string[] {
  environment.start(scenarioOf([step(action)]));
  return environment.calls.map((call) => call.replace(/^0ms /, ''));
}

/** The failure of a step that waits until its deadline. */
function fails(action: Action, environment = cluster(), modifiers: Partial<Step> = {}): string | undefined {
  const script = environment.start(scenarioOf([step(action, modifiers)]));
  environment.runTo(60_000_000);
  return script.failure?.message;
}

function cluster(): FakeEnvironment {
  return new FakeEnvironment(3, 1).set(1, { role: 'leader', term: 4 });
}

const THREE_MS = { kind: 'constant', value: 3_000 } as const;

describe('time', () => {
  test('wait lets the next step wait', () => {
    const environment = cluster();
    environment.start(scenarioOf([step(wait(2_000_000)), step(crash(n1))]));
    environment.runTo(5_000_000);
    expect(environment.calls).toEqual(['2000ms crash n1 - script[1]']);
  });

  test('wait draws a span that is not constant from a stream of its own', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([step({ kind: 'wait', span: { kind: 'uniform', low: 1_000, high: 2_000 } }), step(crash(n1))]),
    );
    environment.runTo(2_000);
    expect(environment.calls).toHaveLength(1);
    expect([...environment.streams.keys()]).toEqual(['["script","script[0]",1,"wait"]']);
  });
});

describe('processes', () => {
  test('crash says what becomes of the disk', () => {
    expect(does(crash(list(n1, role('leader')), 'tear'))).toEqual([
      'crash n1 tear script[0]',
      'crash n2 tear script[0]',
    ]);
  });

  test('a crash hits those of its nodes that run, and waits until one does', () => {
    expect(does(crash(role('all')), cluster().set(0, { up: false }))).toHaveLength(2);
    const down = cluster().set(0, { up: false });
    expect(fails(crash(n1), down)).toBe('expected a running node; n1 is down (after 10s)');
    const environment = cluster().set(0, { up: false });
    environment.start(scenarioOf([step(crash(n1))]));
    environment.runTo(1_000).happens(() => environment.set(0, { up: true }));
    expect(environment.calls).toEqual(['1ms crash n1 - script[0]']);
  });

  test('a crash draws none that is down', () => {
    expect(does(crash(any(1)), cluster().set(0, { up: false }).set(1, { up: false }))).toEqual([
      'crash n3 - script[0]',
    ]);
  });

  test('restart stops and boots nodes that run, boots those that are down, and draws from those first', () => {
    expect(does(restart(role('all')), cluster().set(2, { up: false }))).toEqual(
      ['n1', 'n2', 'n3'].map((node) => `restart ${node}`),
    );
    expect(does(restart(any(1)), cluster().set(2, { up: false }))).toEqual(['restart n3']);
    expect(does(restart(n1))).toEqual(['restart n1']);
    expect(does(restart(any(1)))).toEqual([expect.stringMatching(/^restart n\d$/u)]);
  });

  test('down means the nodes that do not run, and is not waited for where there is none', () => {
    expect(does(restart(role('down')), cluster().set(1, { up: false }))).toEqual(['restart n2']);
    expect(does(restart(role('down')))).toEqual([]);
  });

  test('pause needs a running node that is not paused, resume leaves other nodes alone', () => {
    expect(does({ kind: 'pause', nodes: list(n1, n3) }, cluster().set(0, { paused: true }))).toEqual([
      'pause n3 script[0]',
    ]);
    expect(does({ kind: 'resume', nodes: role('all') }, cluster().set(0, { paused: true }))).toEqual(['resume n1']);
    const paused = cluster().set(0, { paused: true });
    expect(fails({ kind: 'pause', nodes: n1 }, paused)).toBe(
      'expected a running node that is not paused; n1 is paused (after 10s)',
    );
  });

  test('wipe, process, disk and clock change nodes whether or not they run', () => {
    const down = (): FakeEnvironment => cluster().set(0, { up: false });
    const nodes = list(n1, n2);
    expect(does({ kind: 'wipe', nodes }, down())).toEqual(['wipe n1 script[0]', 'wipe n2 script[0]']);
    expect(does({ kind: 'process', nodes: n1, service: THREE_MS, apply: null, snapshot: null }, down())).toEqual([
      'setService n1 {"kind":"constant","value":3000} script[0]',
    ]);
    expect(does({ kind: 'process', nodes: n1, service: null, apply: THREE_MS, snapshot: null })).toEqual([
      'setApply n1 {"kind":"constant","value":3000} script[0]',
    ]);
    expect(does({ kind: 'process', nodes: n1, service: 'reset', apply: 'reset', snapshot: 'reset' })).toEqual([
      'setService n1 "reset" script[0]',
      'setApply n1 "reset" script[0]',
      'setSnapshotWork n1 "reset" script[0]',
    ]);
    expect(does({ kind: 'process', nodes: n1, service: null, apply: null, snapshot: { read: THREE_MS } })).toEqual([
      'setSnapshotWork n1 {"read":{"kind":"constant","value":3000}} script[0]',
    ]);
    expect(does({ kind: 'disk', nodes: n1, stall: 7, fsync: 'reset', ...KEPT })).toEqual([
      'stallDisk n1 7 script[0]',
      'setFsync n1 "reset" script[0]',
    ]);
    expect(does({ kind: 'disk', nodes: n1, stall: null, fsync: null, ...KEPT })).toEqual([]);
    expect(does({ kind: 'clock', nodes: n1, of: 'wall', offset: 1, drift: null, jump: -2 })).toEqual([
      'setClock n1 {"of":"wall","offset":1,"drift":null,"jump":-2} script[0]',
    ]);
  });

  test('timeout fires the election timer of each running node', () => {
    expect(does({ kind: 'timeout', nodes: list(n1, n3) })).toEqual(['fireTimer n1 0', 'fireTimer n3 0']);
    expect(does({ kind: 'timeout', nodes: list(n1, n3) }, cluster().set(0, { up: false }))).toEqual(['fireTimer n3 0']);
  });
});

describe('the text of a disk step', () => {
  const naming = { nodeName: (node: number) => `n${node + 1}` };
  const still = { kind: 'disk', nodes: n1, stall: null, fsync: null, ...KEPT } as const;

  test.each([
    [{ full: true }, 'disk n1 (full)'],
    [{ lies: false, fsync: 'reset' }, 'disk n1 (fsync reset, not lying)'],
    [{ stall: 2_000_000, fails: 3 }, 'disk n1 (stall 2s, fails 3)'],
    [{ corrupt: { record: 'entry', index: 5 } }, 'disk n1 (corrupt entry 5)'],
    [{ corrupt: { record: 'vote', index: 0 }, restore: 'a' }, 'disk n1 (corrupt vote, restore a)'],
  ] as const)('says what it changes: %o', (change, text) => {
    expect(disk.describe({ ...still, ...change }, naming)).toBe(text);
  });
});

describe('network', () => {
  test('a partition is one fault of all its links, clients placed', () => {
    const clients = [{ client: 0, side: role('leader') }];
    expect(does({ kind: 'partition', groups: [n1, role('others')], clients, inFlight: 'drop' })).toEqual([
      'cut n1>n2 n1>n3 n1>c1 n2>n1 n3>n1 c1>n1 drop partition script[0]',
    ]);
  });

  test('a partition waits for its groups and for the sides of its clients', () => {
    const leaderless = (): FakeEnvironment => new FakeEnvironment(3, 1);
    const groups = [role('leader'), role('others')];
    expect(fails({ kind: 'partition', groups, clients: [], inFlight: null }, leaderless())).toBe(
      'expected leader; no node leads (after 10s)',
    );
    const clients = [{ client: 0, side: role('leader') }];
    expect(fails({ kind: 'partition', groups: [n1], clients, inFlight: null }, leaderless())).toBe(
      'expected leader; no node leads (after 10s)',
    );
  });

  test('isolate, bridge and ring cut what they say', () => {
    expect(does({ kind: 'isolate', nodes: n1, inFlight: null })).toEqual([
      'cut n1>n2 n1>n3 n2>n1 n3>n1 - isolate script[0]',
    ]);
    expect(does({ kind: 'bridge', groups: [n1, n2], over: n3 })).toEqual(['cut n1>n2 n2>n1 - bridge script[0]']);
    expect(does({ kind: 'ring', nodes: list(n1, n2) })).toEqual(['cut n1>n3 n2>n3 n3>n1 n3>n2 - ring script[0]']);
  });

  test('cut is one-way, and each link is cut once', () => {
    const links = [
      { from: role('leader'), to: role('others') },
      { from: n2, to: n1 },
    ];
    expect(does({ kind: 'cut', links, messages: null, inFlight: 'keep' })).toEqual([
      'cut n2>n1 n2>n3 keep cut script[0]',
    ]);
  });

  test('a link from a node to itself is not there', () => {
    expect(fails({ kind: 'cut', links: [{ from: n2, to: role('leader') }], messages: null, inFlight: null })).toBe(
      'expected a link between different nodes; both ends are n2 (after 10s)',
    );
  });

  test('clog, release and network take links or all of them', () => {
    const links = [{ from: n1, to: role('all') }];
    expect(does({ kind: 'clog', links, messages: null, inFlight: 'keep' })).toEqual(['clog n1>n2 n1>n3 script[0]']);
    expect(does({ kind: 'release', links, order: 'fifo' })).toEqual(['release n1>n2 n1>n3 fifo']);
    expect(does({ kind: 'release', links: null, order: 'shuffled' })).toEqual(['release all shuffled']);
    expect(does({ kind: 'network', links, messages: null, conditions: { loss: 0.5 } })).toEqual([
      'setLinks n1>n2 n1>n3 {"loss":0.5} script[0]',
    ]);
    expect(does({ kind: 'network', links: null, messages: null, conditions: 'reset' })).toEqual([
      'setLinks all "reset" script[0]',
    ]);
  });

  test('heal ends all cuts, those that touch nodes, or those of links', () => {
    expect(does({ kind: 'heal', what: 'all' })).toEqual(['heal all']);
    expect(does({ kind: 'heal', what: { nodes: n1 } })).toEqual(['heal n1>n2 n1>n3 n1>c1 n2>n1 n3>n1 c1>n1']);
    expect(does({ kind: 'heal', what: { links: [{ from: n1, to: n2 }] } })).toEqual(['heal n1>n2']);
  });
});

describe('load and counters', () => {
  test('load starts the plan, stops, or starts something else', () => {
    const ops = { put: 1, get: 0, cas: 0, append: 0, delete: 0 };
    const other = { ops, keys: 1, valueSize: 8, think: null, rate: 10, start: 0, count: null };
    expect(does({ kind: 'load', load: 'start' })).toEqual(['startLoad null']);
    expect(does({ kind: 'load', load: 'stop' })).toEqual(['stopLoad']);
    expect(does({ kind: 'load', load: other })).toEqual([`startLoad ${JSON.stringify(other)}`]);
  });

  test('count starts the counters from zero', () => {
    expect(does({ kind: 'count' })).toEqual(['resetCounters']);
  });
});

describe('until and expect', () => {
  test('until waits for its condition and fails at its deadline, saying what was found instead', () => {
    const leader = { leader: { kind: 'in', nodes: list(n1, n3) } } as const;
    expect(fails(until(leader), cluster(), { within: 2_000_000 })).toBe(
      'expected leader in n1, n3; n2 leads term 4 (after 2s)',
    );
    const environment = cluster();
    const script = environment.start(scenarioOf([step(until(leader))]));
    environment.runTo(9_000_000).happens(() => environment.set(2, { role: 'leader', term: 5 }));
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('a condition that comes true at the very deadline is in time', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }), { within: 1_000 })]));
    environment.runTo(999).set(0, { role: 'leader' }).runTo(1_000);
    expect([script.done, script.failure]).toEqual([true, null]);
  });

  test('until with within 0 must hold at once', () => {
    const environment = cluster();
    const script = environment.start(scenarioOf([step(until({ leaders: 2 }), { within: 0 })]));
    expect(script.failure).toEqual({ path: 'script[0]', line: 1, message: 'expected 2 leaders; n2 leads term 4' });
  });

  test('expect must hold now, or by its within', () => {
    const environment = cluster();
    expect(environment.start(scenarioOf([step(expecting({ leaders: 1 }))])).failure).toBeNull();
    expect(environment.start(scenarioOf([step(expecting({ leaders: 2 }))])).failure?.message).toBe(
      'expected 2 leaders; n2 leads term 4',
    );
    const script = environment.start(scenarioOf([step(expecting({ leaders: 2 }), { within: 1_000 })]));
    environment.runTo(500).happens(() => environment.set(0, { role: 'leader' }));
    expect([script.done, script.failure]).toEqual([true, null]);
  });
});

describe('what as remembers', () => {
  test.each<[string, Action, string]>([
    ['the nodes a fault hit', crash(list(n1, n2)), 'n2'],
    ['the nodes chosen to be restarted', restart(list(n1, n3)), 'n1, n3'],
    [
      'the first group of a partition',
      { kind: 'partition', groups: [role('leader'), role('others')], clients: [], inFlight: null },
      'n2',
    ],
    ['the isolated nodes', { kind: 'isolate', nodes: n3, inFlight: null }, 'n3'],
    ['the bridge', { kind: 'bridge', groups: [n1, n2], over: n3 }, 'n3'],
    ['the ring', { kind: 'ring', nodes: list(n3, n1) }, 'n3, n1'],
    [
      'the senders of links',
      { kind: 'cut', links: [{ from: role('leader'), to: n1 }], messages: null, inFlight: null },
      'n2',
    ],
    ['the nodes healed', { kind: 'heal', what: { nodes: n3 } }, 'n3'],
    ['the leader a condition requires', until({ leaders: 1 }), 'n2'],
    ['the node elected', { kind: 'elect', node: role('leader') }, 'n2'],
  ])('%s', (_, action, nodes) => {
    const environment = cluster().set(0, { up: false });
    const script = environment.start(scenarioOf([step(action, { as: 'it' })]));
    const asked = { leader: { kind: 'in', nodes: remembered('it') } } as const;
    environment.set(1, { role: 'follower' });
    const unmet = script.unmet(condition(asked));
    expect(unmet).toBe(`expected leader in $it (${nodes}); no node leads`);
  });

  test('a name that nothing is remembered under finds nothing', () => {
    expect(fails(crash(remembered('old')))).toBe('expected $old; nothing is remembered as $old (after 10s)');
  });

  test('a later as replaces an earlier one', () => {
    const environment = cluster();
    environment.start(
      scenarioOf([step(crash(n1), { as: 'it' }), step(crash(n2), { as: 'it' }), step(restart(remembered('it')))]),
    );
    expect(environment.calls.at(-1)).toBe('0ms restart n2');
  });
});
