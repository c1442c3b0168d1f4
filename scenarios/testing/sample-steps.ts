import type { CrashDisk } from '../../sim/disk.ts';
import type { LinkConditions } from '../../sim/link.ts';
import type { Micros } from '../../sim/protocol.ts';
import type {
  Action,
  AnySelector,
  ClusterPlan,
  Condition,
  EventFilter,
  FieldTest,
  FieldValue,
  Scenario,
  RoleSelector,
  Selector,
  Step,
} from '../scenario.ts';

/** A step as tests write it: its action, and those modifiers it has. */
export function step(action: Action, modifiers: Partial<Step> = {}): Step {
  const plain = {
    after: null,
    lasts: null,
    at: null,
    within: null,
    maySkip: false,
    mustStrike: false,
    as: null,
    label: null,
    path: '',
    line: 0,
    draws: null,
    written: {},
  };
  return { ...plain, action, ...modifiers };
}

/** A scenario of these steps, with the paths the loader gives them, and the line numbers 1, 2, … */
export function scenarioOf(script: readonly Step[], more: Partial<Scenario> = {}): Scenario {
  return {
    name: 'test',
    settings: {},
    file: null,
    about: null,
    source: null,
    tags: [],
    seed: '1',
    cluster: CLUSTER,
    network: { everyLink: DEFAULT_CONDITIONS, links: [], inFlight: 'keep' },
    disks: [],
    clocks: [],
    processes: [],
    clients: { count: 0, load: null, timeout: 1, retries: 0, perSession: 1, at: null },
    chaos: null,
    swarm: null,
    settle: null,
    checks: { except: [] },
    expect: { verdict: 'pass', invariant: null, marks: [], conditions: [], anySeed: [] },
    limits: { time: 1, events: 1, steps: 1, memory: 1 },
    repro: null,
    uses: {
      counters: false,
      operations: null,
      events: new Set(),
      marks: [],
      randomFaults: [],
      mutants: [],
      options: [{}],
    },
    warnings: [],
    written: {},
    ...more,
    script: numbered(script, 'script'),
    timeline: numbered(more.timeline ?? [], 'timeline'),
  };
}

/** The environment says which nodes there are. */
export const CLUSTER: ClusterPlan = {
  nodes: [],
  voters: [],
  learners: [],
  raft: {},
  mutant: null,
  versions: [],
  disks: new Map(),
};

const DEFAULT_CONDITIONS: LinkConditions = {
  latency: { kind: 'constant', value: 1_000 },
  loss: 0,
  duplicate: 0,
  bandwidth: null,
  fifo: false,
};

function numbered(steps: readonly Step[], prefix: string): Step[] {
  return steps.map((unnumbered, i) => {
    const path = `${prefix}[${i}]`;
    const { action } = unnumbered;
    const inner = (part: 'do' | 'else', of: readonly Step[]): Step[] => numbered(of, `${path}.${part}`);
    const numberedAction = {
      ...action,
      ...('do' in action && { do: inner('do', action.do) }),
      ...('else' in action && { else: inner('else', action.else) }),
    };
    return { ...unnumbered, action: numberedAction, path, line: i + 1 };
  });
}

const node = (index: number): Selector => ({ kind: 'node', node: index });
export const [n1, n2, n3, n4, n5] = [node(0), node(1), node(2), node(3), node(4)];
export const list = (...of: Selector[]): Selector => ({ kind: 'list', of });
export const any = (count: number, of: AnySelector['of'] = 'all'): AnySelector => ({ kind: 'any', count, of });
export const remembered = (name: string): Selector => ({ kind: 'remembered', name });
export const role = (word: RoleSelector['role']): RoleSelector => ({ kind: 'role', role: word });
export const except = (of: RoleSelector | AnySelector, ...nodes: Selector[]): Selector => ({
  ...{ kind: 'except', of, except: nodes },
});

export function condition(parts: Partial<Condition>): Condition {
  return {
    leaders: null,
    leader: null,
    roles: null,
    term: null,
    committed: null,
    applied: null,
    values: null,
    configuration: null,
    log: null,
    snapshot: null,
    converged: null,
    connected: null,
    mark: null,
    sent: null,
    operations: null,
    reads: null,
    ...parts,
  };
}

export const crash = (nodes: Selector, disk: CrashDisk | null = null): Action => ({ kind: 'crash', nodes, disk });
export const restart = (nodes: Selector): Action => ({ kind: 'restart', nodes });
export const wait = (value: Micros): Action => ({ kind: 'wait', span: { kind: 'constant', value } });
export const until = (parts: Partial<Condition>): Action => ({ kind: 'until', condition: condition(parts) });
export const expecting = (parts: Partial<Condition>): Action => ({ kind: 'expect', condition: condition(parts) });
export const repeat = (times: number, ...steps: Step[]): Action => ({ kind: 'repeat', times, do: steps });
export const together = (...steps: Step[]): Action => ({ kind: 'together', do: steps });
export const count: Action = { kind: 'count' };

/** As `on`, firing so many times; null: always. */
export const onEvery = (times: number | null, event: string, ...steps: Step[]): Action => ({
  ...{ kind: 'on', event: { ...ANY_EVENT, event }, times, do: steps },
});

const ANY_EVENT = { node: null, peer: null, count: 1, fields: new Map<string, FieldTest>() };

/** Tests by field, each of which asks for one value. */
export function fieldsAre(values: Readonly<Record<string, FieldValue>>): Map<string, FieldTest> {
  const test = (value: FieldValue): FieldTest => ({ oneOf: [value], not: null, min: null, max: null });
  return new Map(Object.entries(values).map(([field, value]) => [field, test(value)]));
}

export function on(event: string, filter: Partial<EventFilter>, ...steps: Step[]): Action {
  return { kind: 'on', event: { ...ANY_EVENT, event, ...filter }, times: 1, do: steps };
}
