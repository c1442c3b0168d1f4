import type { Distribution } from '../../sim/base/distribution.ts';
import type {
  OperationSelection,
  OperationStatus,
  ReadSelection,
  ReadValues,
} from '../../sim/clients/operation-tally.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { EndpointId, Micros, NodeId, Random, Reply } from '../../sim/protocol.ts';
import type { VersionChange } from '../actions/upgrade.ts';
import type { Scenario } from '../scenario.ts';
import type {
  ClientControls,
  Environment,
  FaultControls,
  Members,
  OperationOutcome,
  Origin,
  Role,
} from '../environment.ts';
import { createScript } from '../interpreter/script.ts';
import type { Script } from '../interpreter/script.ts';

/** What a test says of a node. */
export interface FakeNode {
  up: boolean;
  paused: boolean;
  role: Role;
  term: number;
  commitIndex: number;
  lastApplied: number;
  lastIndex: number;
  logLength: number;
  snapshotIndex: number;
  members: Members;
  transferee: NodeId | null;
  values: Record<string, string>;
}

/**
 * A cluster of which every fact is set by hand. It keeps what the script did in `calls`, each with its time, and
 * crashes, restarts and pauses nodes; nothing else has effects.
 */
export class FakeEnvironment implements Environment {
  now: Micros = 0;
  revision = 0;
  isConverged = false;
  readonly nodes: number;
  readonly everyNode: readonly NodeId[];
  readonly clients: ClientControls;
  readonly faults: FaultControls;
  /** Number of the last event: those of the cluster are counted by `event`, those of steps by `step`. */
  eventNumber = 0;
  readonly calls: string[] = [];
  /** The origin of each of the calls that has one, in their order. */
  readonly origins: Origin[] = [];
  /** Each step that was numbered: `script[0]: crash n1`. */
  readonly notes: string[] = [];
  /** The same with numbers: `2 because of 0: script[0]: crash n1`. */
  readonly steps: string[] = [];
  readonly wakes: Micros[] = [];
  /** The words of each stream that was requested, once. */
  readonly streams = new Map<string, Random>();
  readonly marks = new Map<string, number>();
  readonly sent = new Map<string, { count: number; bytes: number }>();
  /** By clients, kinds, key and status, `any` for all: `0,1 put any ok`. */
  readonly operations = new Map<string, number>();
  /** By key and client: `x 0`, `x any`. The first three are kept. */
  readonly reads = new Map<string, (string | null)[]>();
  readonly busy = new Set<number>();
  readonly outcomes = new Map<number, OperationOutcome>();
  readonly cutLinks = new Set<string>();
  /** Counts how often the script looked at roles: evaluations are what `pending` must save. */
  looks = 0;
  /** What firing a timer leads to. */
  onTimer: (node: NodeId) => void = () => undefined;
  /** What an admin request leads to, and why it is rejected, or null. */
  onAdmin: (node: NodeId, request: AdminRequest) => string | null = () => null;
  readonly #state: FakeNode[];
  #operations = 0;
  #script: Script | null = null;

  constructor(nodes: number, clients = 0) {
    this.nodes = nodes;
    this.everyNode = Array.from({ length: nodes }, (_, node) => node);
    this.clients = this.#clientControls(clients);
    this.faults = this.#faultControls();
    const allNodes = members(Array.from({ length: nodes }, (_, node) => node));
    this.#state = Array.from({ length: nodes }, () => ({
      up: true,
      paused: false,
      role: 'follower',
      term: 1,
      commitIndex: 0,
      lastApplied: 0,
      lastIndex: 0,
      logLength: 0,
      snapshotIndex: 0,
      members: allNodes,
      transferee: null,
      values: {},
    }));
  }

  /** Changes facts about a node; the script does not notice. */
  set(node: NodeId, facts: Partial<FakeNode>): this {
    Object.assign(this.#node(node), facts);
    this.revision++;
    return this;
  }

  /** Starts a script, as a run does. */
  start(scenario: Scenario): Script {
    this.#script = createScript(scenario, this);
    this.advance();
    return this.#script;
  }

  /** Lets the script do all that is due at this instant. */
  advance(): void {
    while (!this.#running.advance());
  }

  /** An event of the simulator: the state changes, and the script continues if it is due. */
  happens(change: () => unknown): void {
    this.eventNumber++;
    change();
    if (this.#running.pending) this.advance();
  }

  /** An event that the trace shows. */
  observed(kind: string, facts: Partial<TraceEvent> = {}): void {
    this.happens(() => this.emit(kind, facts));
  }

  emit(kind: string, facts: Partial<TraceEvent> = {}): void {
    if (!this.#running.wants(kind)) return;
    const text = `${kind} somewhere`;
    this.#running.observe({
      kind,
      event: this.eventNumber,
      cause: 0,
      at: this.now,
      node: -1,
      peer: -1,
      fields: {},
      text,
      ...facts,
    });
  }

  /** Lets time pass, and wakes the script at the times it requested. */
  runTo(time: Micros): this {
    for (let next = this.#nextWake(); next <= time; next = this.#nextWake()) {
      this.wakes.splice(this.wakes.indexOf(next), 1);
      this.now = next;
      this.advance();
    }
    this.now = time;
    return this;
  }

  complete(operation: number, status: OperationOutcome['status'], reply: Partial<Reply> | null = {}): void {
    const defaults: Reply = { status: 'ok', value: null, applied: true, leader: -1 };
    this.outcomes.set(operation, { status, reply: reply === null ? null : { ...defaults, ...reply } });
    this.revision++;
  }

  get #running(): Script {
    if (this.#script === null) throw new Error('no script was started');
    return this.#script;
  }

  #nextWake(): Micros {
    return Math.min(...this.wakes, Infinity);
  }

  #node(node: NodeId): FakeNode {
    const state = this.#state[node];
    if (state === undefined) throw new Error(`no node ${node}`);
    return state;
  }

  #did(...words: unknown[]): void {
    this.calls.push([`${this.now / 1_000}ms`, ...words].join(' '));
  }

  #names(links: readonly (readonly [EndpointId, EndpointId])[] | 'all' | null): string {
    if (links === null || links === 'all') return 'all';
    return links.map(([from, to]) => `${this.endpointName(from)}>${this.endpointName(to)}`).join(' ');
  }

  nodeName(node: NodeId): string {
    return `n${node + 1}`;
  }

  endpointName(endpoint: EndpointId): string {
    return endpoint < this.nodes ? this.nodeName(endpoint) : `c${endpoint - this.nodes + 1}`;
  }

  random(...purpose: (string | number)[]): Random {
    const words = JSON.stringify(purpose);
    const known = this.streams.get(words);
    if (known !== undefined) return known;
    const stream = streamOf(words);
    this.streams.set(words, stream);
    return stream;
  }

  sample(distribution: Distribution, random: Random): Micros {
    if (distribution.kind === 'constant') return distribution.value;
    if (distribution.kind === 'uniform') return random.between(distribution.low, distribution.high);
    throw new Error(`the fake environment draws no ${distribution.kind} spans`);
  }

  wakeAt(at: Micros): void {
    if (at <= this.now) throw new Error(`requested at ${this.now} to be woken at ${at}`);
    this.wakes.push(at);
  }

  isUp(node: NodeId): boolean {
    return this.#node(node).up;
  }

  isPaused(node: NodeId): boolean {
    return this.#node(node).paused;
  }

  role(node: NodeId): Role {
    this.looks++;
    const { up, role } = this.#node(node);
    return up ? role : 'follower';
  }

  term(node: NodeId): number {
    return this.#node(node).term;
  }

  commitIndex(node: NodeId): number {
    return this.#node(node).commitIndex;
  }

  lastApplied(node: NodeId): number {
    return this.#node(node).lastApplied;
  }

  lastIndex(node: NodeId): number {
    return this.#node(node).lastIndex;
  }

  logLength(node: NodeId): number {
    return this.#node(node).logLength;
  }

  snapshotIndex(node: NodeId): number {
    return this.#node(node).snapshotIndex;
  }

  members(node: NodeId): Members {
    return this.#node(node).members;
  }

  transferee(node: NodeId): NodeId | null {
    return this.#node(node).transferee;
  }

  value(node: NodeId, key: string): string | null {
    return this.#node(node).values[key] ?? null;
  }

  converged(): boolean {
    return this.isConverged;
  }

  reaches(from: EndpointId, to: EndpointId): boolean {
    return !this.cutLinks.has(`${from} ${to}`);
  }

  isLoaded = false;

  markCount(name: string): number {
    return this.marks.get(name) ?? 0;
  }

  sentCount(type: string | null): number {
    return this.sent.get(type ?? 'all')?.count ?? 0;
  }

  sentBytes(type: string | null): number {
    return this.sent.get(type ?? 'all')?.bytes ?? 0;
  }

  operationCount({ clients, ops, key }: OperationSelection, status: OperationStatus): number {
    return this.operations.get([clients, ops, key, status].map((part) => part ?? 'any').join(' ')) ?? 0;
  }

  readValues({ key, client }: ReadSelection): ReadValues {
    const values = this.reads.get(`${key} ${client ?? 'any'}`) ?? [];
    return { values: values.slice(0, 3), count: values.length };
  }

  resetCounters(): void {
    this.#did('resetCounters');
  }

  upgrade(node: NodeId, change: VersionChange, origin: Origin): boolean {
    this.#caused(origin, 'upgrade', this.nodeName(node), JSON.stringify(change), origin.path);
    return true;
  }

  admin(node: NodeId, request: AdminRequest, origin: Origin): string | null {
    if (!this.isUp(node)) throw new Error(`a request to ${this.nodeName(node)}, which is down`);
    this.#caused(origin, 'admin', this.nodeName(node), JSON.stringify(request), origin.path);
    return this.onAdmin(node, request);
  }

  get event(): number {
    return this.eventNumber;
  }

  step(path: string, text: string, cause: number): number {
    this.eventNumber++;
    this.notes.push(`${path}: ${text}`);
    this.steps.push(`${this.eventNumber} because of ${cause}: ${path}: ${text}`);
    return this.eventNumber;
  }

  #faultControls(): FaultControls {
    const name = (node: NodeId): string => this.nodeName(node);
    // Everything makes a difference here.
    const ends = (origin: Origin, ...words: unknown[]): true => {
      this.#caused(origin, ...words);
      return true;
    };
    const fault = (origin: Origin, ...words: unknown[]): true => ends(origin, ...words, origin.path);
    const processes: FaultControls['processes'] = {
      fireTimer: (node, timer, origin) => {
        ends(origin, 'fireTimer', name(node), timer);
        this.onTimer(node);
      },
      crash: (node, disk, origin) => {
        fault(origin, 'crash', name(node), disk ?? '-');
        this.set(node, { up: false });
        this.emit('crashed', { node });
      },
      restart: (node, origin) => {
        ends(origin, 'restart', name(node));
        this.set(node, { up: true, role: 'follower' });
        this.emit('restarted', { node });
      },
      pause: (node, origin) => {
        fault(origin, 'pause', name(node));
        this.set(node, { paused: true });
      },
      resume: (node, origin) => {
        ends(origin, 'resume', name(node));
        this.set(node, { paused: false });
      },
      wipe: (node, origin) => fault(origin, 'wipe', name(node)),
      corruptDisk: (node, record, index, origin) => fault(origin, 'corruptDisk', name(node), record, index),
      restoreDisk: (node, copy, origin) => fault(origin, 'restoreDisk', name(node), copy),
      setService: (node, service, origin) => fault(origin, 'setService', name(node), JSON.stringify(service)),
      setApply: (node, apply, origin) => fault(origin, 'setApply', name(node), JSON.stringify(apply)),
      setSnapshotWork: (node, spans, origin) => fault(origin, 'setSnapshotWork', name(node), JSON.stringify(spans)),
    };
    const network: FaultControls['network'] = {
      cut: (links, inFlight, kind, origin) => {
        fault(origin, 'cut', this.#names(links), inFlight ?? '-', kind);
        this.revision++;
      },
      heal: (links, origin) => ends(origin, 'heal', this.#names(links)),
      clog: (links, inFlight, origin) =>
        fault(origin, 'clog', this.#names(links), ...(inFlight === 'keep' ? [] : [inFlight])),
      intercept: (links, { filter, effect, nth, count }, origin) =>
        fault(origin, 'intercept', this.#names(links), filter.text, JSON.stringify(effect), nth, count ?? 'all'),
      touched: 0,
      takeInHand: () => null,
      affectInHand: (_message, effect, origin) => ends(origin, 'affectInHand', JSON.stringify(effect)),
      release: (links, order, origin) => ends(origin, 'release', this.#names(links), order),
      setLinks: (links, change, origin) => fault(origin, 'setLinks', this.#names(links), JSON.stringify(change)),
    };
    const disks: FaultControls['disks'] = {
      stallDisk: (node, span, origin) => fault(origin, 'stallDisk', name(node), span),
      setFsync: (node, fsync, origin) => fault(origin, 'setFsync', name(node), JSON.stringify(fsync)),
      setLies: (node, lies, origin) => fault(origin, 'setLies', name(node), lies),
      setFull: (node, full, origin) => fault(origin, 'setFull', name(node), full),
      setUnreadable: (node, unreadable, origin) => fault(origin, 'setUnreadable', name(node), unreadable),
      failWrites: (node, count, origin) => fault(origin, 'failWrites', name(node), count),
      makeCopy: (node, copy, origin) => void fault(origin, 'makeCopy', name(node), copy),
      hasCopy: () => true,
    };
    const clocks: FaultControls['clocks'] = {
      setClock: (node, change, origin) => fault(origin, 'setClock', name(node), JSON.stringify(change)),
    };
    const undo: FaultControls['undo'] = (first, last, origin) => ends(origin, 'undo', first, last);
    return { processes, network, disks, clocks, count: 0, undo };
  }

  #clientControls(count: number): ClientControls {
    return {
      count,
      firstIdle: () => Array.from({ length: count }, (_, client) => client).find((one) => !this.busy.has(one)) ?? null,
      operate: (client, { op, key, value, expected }, to, origin) => {
        const node = to === null ? 'any' : this.nodeName(to);
        const written = [JSON.stringify(value), JSON.stringify(expected)];
        this.#caused(origin, 'operate', `c${client + 1}`, op, key, ...written, 'at', node);
        return this.#operations++;
      },
      outcome: (operation) => this.outcomes.get(operation) ?? null,
      startLoad: (load, origin) => this.#caused(origin, 'startLoad', JSON.stringify(load)),
      stopLoad: (origin) => this.#caused(origin, 'stopLoad'),
    };
  }

  #caused(origin: Origin, ...words: unknown[]): void {
    this.origins.push(origin);
    this.#did(...words);
  }
}

/** A configuration, committed unless said otherwise. */
export function members(voters: readonly NodeId[], facts: Partial<Members> = {}): Members {
  return { voters, outgoing: [], learners: [], index: 0, committed: true, ...facts };
}

/** A small generator, seeded by a stream's words: good enough to tell one stream from another. */
function streamOf(words: string): Random {
  let state = 0x811c9dc5;
  for (const letter of words) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  const below = (bound: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return ((state >>> 8) % 65_521) % bound;
  };
  return { below, between: (low, high) => low + below(high - low + 1), chance: (p) => below(1_000) < p * 1_000 };
}
