import type { Distribution } from '../../sim/base/distribution.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import type { AdminRequest } from '../../core/admin-request.ts';
import type { EndpointId, KeyOp, Micros, NodeId, Random, Reply, TimerId } from '../../sim/protocol.ts';
import type { CrashDisk, LinkPlan, LoadPlan, Scenario } from '../scenario.ts';
import type { Members, Role, Environment } from '../environment.ts';
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

type Outcome = { readonly status: 'ok' | 'fail' | 'unknown'; readonly reply: Reply | null };

/**
 * A cluster of which every fact is set by hand. It keeps what the script did in `calls`, each with its time, and
 * crashes, restarts and pauses nodes as told; nothing else has effects.
 */
export class FakeEnvironment implements Environment {
  now: Micros = 0;
  revision = 0;
  isConverged = false;
  readonly nodes: number;
  readonly clients: number;
  readonly calls: string[] = [];
  readonly notes: string[] = [];
  readonly wakes: Micros[] = [];
  /** The words of each stream that was asked for, once. */
  readonly streams = new Map<string, Random>();
  readonly marks = new Map<string, number>();
  readonly sent = new Map<string, { count: number; bytes: number }>();
  readonly busy = new Set<number>();
  readonly outcomes = new Map<number, Outcome>();
  readonly cutLinks = new Set<string>();
  /** Counts how often the script looked at roles: evaluations are what `pending` must save. */
  looks = 0;
  /** What firing a timer leads to. */
  onTimer: (node: NodeId) => void = () => undefined;
  /** What an order leads to, and why it is declined, or null. */
  onOrder: (node: NodeId, order: AdminRequest) => string | null = () => null;
  readonly #state: FakeNode[];
  #operations = 0;
  #script: Script | null = null;

  constructor(nodes: number, clients = 0) {
    this.nodes = nodes;
    this.clients = clients;
    const everybody = members(Array.from({ length: nodes }, (_, node) => node));
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
      members: everybody,
      transferee: null,
      values: {},
    }));
  }

  /** Changes facts about a node, without telling the script. */
  set(node: NodeId, facts: Partial<FakeNode>): this {
    Object.assign(this.#node(node), facts);
    this.revision++;
    return this;
  }

  /** Starts a script, as a run does. */
  start(program: Scenario): Script {
    this.#script = createScript(program, this);
    this.#script.advance();
    return this.#script;
  }

  /** An event of the simulator: something changes, and the script goes on if it says that it must. */
  event(change: () => unknown): void {
    change();
    if (this.#running.pending) this.#running.advance();
  }

  /** An event at which something is observed. */
  observed(kind: string, facts: Partial<TraceEvent> = {}): void {
    this.event(() => this.emit(kind, facts));
  }

  emit(kind: string, facts: Partial<TraceEvent> = {}): void {
    if (!this.#running.wants(kind)) return;
    const text = `${kind} somewhere`;
    this.#running.observe({ kind, event: 1, cause: 0, at: this.now, node: -1, peer: -1, fields: {}, text, ...facts });
  }

  /** Lets time pass, and wakes the script when it asked for it. */
  runTo(time: Micros): this {
    for (let next = this.#nextWake(); next <= time; next = this.#nextWake()) {
      this.wakes.splice(this.wakes.indexOf(next), 1);
      this.now = next;
      this.#running.advance();
    }
    this.now = time;
    return this;
  }

  answer(operation: number, status: Outcome['status'], reply: Partial<Reply> | null = {}): void {
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
    throw new Error(`the fake stage draws no ${distribution.kind} spans`);
  }

  wakeAt(at: Micros): void {
    if (at <= this.now) throw new Error(`asked at ${this.now} to be woken at ${at}`);
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

  markCount(name: string): number {
    return this.marks.get(name) ?? 0;
  }

  sentCount(type: string | null): number {
    return this.sent.get(type ?? 'all')?.count ?? 0;
  }

  sentBytes(type: string | null): number {
    return this.sent.get(type ?? 'all')?.bytes ?? 0;
  }

  resetCount(): void {
    this.#did('resetCount');
  }

  fireTimer(node: NodeId, timer: TimerId): void {
    this.#did('fireTimer', this.nodeName(node), timer);
    this.onTimer(node);
  }

  admin(node: NodeId, order: AdminRequest, path: string): string | null {
    if (!this.isUp(node)) throw new Error(`an order to ${this.nodeName(node)}, which is down`);
    this.#did('order', this.nodeName(node), JSON.stringify(order), path);
    return this.onOrder(node, order);
  }

  crash(node: NodeId, disk: CrashDisk | null, path: string): void {
    this.#did('crash', this.nodeName(node), disk ?? '-', path);
    this.set(node, { up: false });
    this.emit('crashed', { node });
  }

  restart(node: NodeId): void {
    this.#did('restart', this.nodeName(node));
    this.set(node, { up: true, role: 'follower' });
    this.emit('restarted', { node });
  }

  pause(node: NodeId, path: string): void {
    this.#did('pause', this.nodeName(node), path);
    this.set(node, { paused: true });
  }

  resume(node: NodeId): void {
    this.#did('resume', this.nodeName(node));
    this.set(node, { paused: false });
  }

  wipe(node: NodeId, path: string): void {
    this.#did('wipe', this.nodeName(node), path);
  }

  setService(node: NodeId, service: Distribution | null, path: string): void {
    this.#did('setService', this.nodeName(node), JSON.stringify(service), path);
  }

  setApply(node: NodeId, apply: Distribution | null, path: string): void {
    this.#did('setApply', this.nodeName(node), JSON.stringify(apply), path);
  }

  cut(
    links: readonly (readonly [EndpointId, EndpointId])[],
    inFlight: 'keep' | 'drop' | null,
    kind: string,
    path: string,
  ): void {
    this.#did('cut', this.#names(links), inFlight ?? '-', kind, path);
    this.revision++;
  }

  heal(links: readonly (readonly [EndpointId, EndpointId])[] | 'all'): void {
    this.#did('heal', this.#names(links));
  }

  clog(links: readonly (readonly [EndpointId, EndpointId])[], path: string): void {
    this.#did('clog', this.#names(links), path);
  }

  release(links: readonly (readonly [EndpointId, EndpointId])[] | 'all', order: 'fifo' | 'shuffled'): void {
    this.#did('release', this.#names(links), order);
  }

  weather(
    links: readonly (readonly [EndpointId, EndpointId])[] | null,
    plan: Partial<LinkPlan> | 'reset',
    path: string,
  ): void {
    this.#did('weather', this.#names(links), JSON.stringify(plan), path);
  }

  stallDisk(node: NodeId, span: Micros, path: string): void {
    this.#did('stallDisk', this.nodeName(node), span, path);
  }

  setFsync(node: NodeId, fsync: Distribution | 'reset', path: string): void {
    this.#did('setFsync', this.nodeName(node), JSON.stringify(fsync), path);
  }

  setClock(
    node: NodeId,
    change: { offset: Micros | null; drift: number | null; jump: Micros | null },
    path: string,
  ): void {
    this.#did('setClock', this.nodeName(node), JSON.stringify(change), path);
  }

  isIdle(client: number): boolean {
    return !this.busy.has(client);
  }

  operate(
    client: number,
    { op, key, value, expected }: { op: KeyOp; key: string; value: string; expected: string | null },
    to: NodeId | null,
  ): number {
    const asked = to === null ? 'anybody' : this.nodeName(to);
    this.#did('operate', `c${client + 1}`, op, key, JSON.stringify(value), JSON.stringify(expected), 'at', asked);
    return this.#operations++;
  }

  outcome(operation: number): Outcome | null {
    return this.outcomes.get(operation) ?? null;
  }

  startLoad(load: LoadPlan | null): void {
    this.#did('startLoad', JSON.stringify(load));
  }

  stopLoad(): void {
    this.#did('stopLoad');
  }

  note(path: string, text: string): void {
    this.notes.push(`${path}: ${text}`);
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
