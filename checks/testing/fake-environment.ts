import { type Configuration, type Entry, type Message, NONE, type RaftDisk, type Write } from '../../core/messages.ts';
import { LEADER } from '../../core/view.ts';
import type { Micros, Reply, Request } from '../../sim/protocol.ts';
import {
  DEFAULT_EXPECTED_OPTIONS,
  everyNode,
  type ExpectedCluster,
  type ExpectedOptions,
} from '../expected-options.ts';
import { INVARIANTS } from '../invariants.ts';
import { LIVENESS } from '../liveness-properties.ts';
import type { ObservedCluster } from '../observed-cluster.ts';
import { RaftChecker } from '../raft-checker.ts';
import type { Violation } from '../violation.ts';
import { FakeMachine } from './fake-machine.ts';
import { agreement, entry, FakeNode, FakeOut, members } from './fake-node.ts';

/** Nodes driven by hand have no timers, and send no heartbeats. */
const OF_SELF_ACTING_NODES: readonly string[] = ['Lv14', 'Lv15', 'Lv16', 'Lv17', 'Lv18', 'Lv19', 'Lv20'];

const OF_DRIVEN_NODES: readonly string[] = [...INVARIANTS.keys(), ...LIVENESS.keys()].filter(
  (id) => !OF_SELF_ACTING_NODES.includes(id),
);

/** A message that has left its sender. */
export interface SentMessage {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

interface Held {
  readonly write: Write;
  readonly leave: (() => void)[];
}

export interface FakeClusterOptions {
  /** The invariants and properties that may be reported; default: all but those of nodes that act by themselves. */
  readonly enabled?: readonly string[];
  /** Logs at the beginning, as entries or as terms of no-ops. */
  readonly logs?: readonly (readonly (Entry | number)[])[];
  /** Terms at the beginning; default: that of the last entry. */
  readonly terms?: readonly number[];
  /** The configuration at the beginning; default: every node votes. */
  readonly configuration?: Configuration;
  /** Log time after which sessions expire; default: they do not. */
  readonly sessionTimeout?: Micros | null;
  /** What the nodes are set up to do, where it differs from the defaults. */
  readonly expected?: Partial<ExpectedOptions>;
  /** Instead of that: what each of them is set up to do. */
  readonly expectedCluster?: ExpectedCluster;
}

/**
 * Nodes, disks and processes driven by hand, observed by the checks, which it calls in the same order as the simulator.
 * `step` lets a node do anything.
 */
export class FakeEnvironment implements ObservedCluster {
  readonly nodes: number;
  now = 0;
  event = 0;
  readonly checks: RaftChecker;
  readonly marks = new Map<string, number>();
  readonly traceEvents: string[] = [];
  /** Every message that has left, in order. */
  readonly sentMessages: SentMessage[] = [];
  private readonly running: (FakeNode | null)[] = [];
  private readonly disks: RaftDisk[] = [];
  private readonly pending: Held[][] = [];
  /** By node: what a paused process will do first when it goes on; null for one that runs. */
  private readonly paused: ((() => void)[] | null)[] = [];
  private readonly initialConfiguration: Configuration;
  private readonly sessionTimeout: Micros | null;

  constructor(nodes: number, options: FakeClusterOptions = {}) {
    const { enabled, logs = [], terms = [], sessionTimeout = null } = options;
    this.nodes = nodes;
    this.initialConfiguration = options.configuration ?? members(Array.from({ length: nodes }, (_, id) => id));
    this.sessionTimeout = sessionTimeout;
    const reference = new FakeMachine(sessionTimeout);
    const expected = options.expectedCluster ?? everyNode({ ...DEFAULT_EXPECTED_OPTIONS, ...options.expected });
    this.checks = new RaftChecker(this, reference, new Set(enabled ?? OF_DRIVEN_NODES), expected);
    for (let id = 0; id < nodes; id++) {
      const log = (logs[id] ?? []).map((one) => (typeof one === 'number' ? entry(one) : one));
      this.disks.push({ ...this.blankDisk(), term: terms[id] ?? log.at(-1)?.term ?? 0, log });
      this.running.push(null);
      this.pending.push([]);
      this.paused.push(null);
    }
    for (let id = 0; id < nodes; id++) this.boot(id);
  }

  // What the checks observe.

  view(id: number): FakeNode | null {
    return this.running[id]!;
  }

  disk(id: number): RaftDisk {
    return this.disks[id]!;
  }

  nodeName(id: number): string {
    return `n${id + 1}`;
  }

  localTime(): number {
    return this.now;
  }

  isHeldUp(id: number): boolean {
    return this.isPaused(id);
  }

  /** A test that changes conditions by hand increases it, too. */
  faultRevision = 0;
  readonly adjustments = new Map<number, number>();
  /** Nodes with a disk that is stalled. */
  readonly stalled = new Set<number>();
  /** Directed links through which nothing gets, as `from to`. */
  readonly blocked = new Set<string>();

  clockAdjustments(id: number): number {
    return this.adjustments.get(id) ?? 0;
  }

  /** Nodes with a clock that has gone back. */
  readonly behind = new Set<number>();

  isClockBehind(id: number): boolean {
    return this.behind.has(id);
  }

  isActive(id: number): boolean {
    return this.running[id] !== null && !this.isPaused(id);
  }

  processDelay(): number {
    return 0;
  }

  fsyncDelay(id: number): number {
    return this.stalled.has(id) ? Infinity : 0;
  }

  isBlocked(from: number, to: number): boolean {
    return this.blocked.has(`${from} ${to}`);
  }

  linkDelay(): number {
    return 0;
  }

  mark(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1);
  }

  wants(): boolean {
    return true;
  }

  note(kind: string, _node: number, _peer: number, _fields: object, text: string): void {
    this.traceEvents.push(`${kind}: ${text}`);
  }

  // What a test inspects.

  node(id: number): FakeNode {
    const node = this.running[id] ?? null;
    if (node === null) throw new Error(`${this.nodeName(id)} is down`);
    return node;
  }

  pendingWrites(id: number): number {
    return this.pending[id]!.length;
  }

  get violation(): Violation | null {
    return this.checks.violation;
  }

  /** Ends the run with the full audit; what was found, if anything was. */
  end(): Violation | null {
    Array.from(this.checks.audit());
    return this.violation;
  }

  // What the environment does.

  /** The node handles an event. */
  step(id: number, change: (node: FakeNode, out: FakeOut) => void): void {
    this.tick();
    this.run(id, change);
  }

  /** The first `count` pending writes of the node become durable, in order; default all. */
  sync(id: number, count = this.pending[id]!.length): void {
    for (let i = 0; i < count; i++) {
      this.tick();
      const { write, leave } = this.pending[id]!.shift()!;
      writeDisk(this.disks[id]!, write);
      this.checks.persisted(id);
      const goOn = (): void => {
        for (const go of leave) go();
        this.run(id, (node) => {
          if (node.role === LEADER) node.matchIndex[id] = this.stable(id);
        });
      };
      const backlog = this.paused[id];
      if (backlog) backlog.push(goOn);
      else goOn();
    }
  }

  /** The process pauses while its disk goes on; `resume` handles the completed writes and sends what waited. */
  pause(id: number): void {
    this.paused[id] ??= [];
  }

  isPaused(id: number): boolean {
    return this.paused[id] !== null;
  }

  resume(id: number): void {
    const backlog = this.paused[id] ?? [];
    this.paused[id] = null;
    for (const goOn of backlog) {
      this.tick();
      goOn();
    }
  }

  /** The node crashes. The first `kept` of its pending writes had become durable all the same. */
  crash(id: number, kept = 0): void {
    this.tick();
    for (const { write } of this.pending[id]!.slice(0, kept)) writeDisk(this.disks[id]!, write);
    this.pending[id]!.length = 0;
    this.paused[id] = null;
    this.running[id] = null;
    this.faultRevision++;
    this.checks.crashed(id);
  }

  /** The disk of a node that is down is emptied. */
  wipe(id: number): void {
    this.tick();
    this.disks[id] = this.blankDisk();
    this.checks.wiped(id);
  }

  /** The node starts from its disk. */
  boot(id: number, change: (node: FakeNode) => void = () => {}): void {
    this.tick();
    const node = new FakeNode(id, this.nodes, this.disks[id]!, this.sessionTimeout);
    change(node);
    this.running[id] = node;
    this.checks.booted(id);
  }

  restart(id: number): void {
    this.crash(id);
    this.boot(id);
  }

  send(from: number, to: number, message: Message): void {
    this.sentMessages.push({ from, to, message });
    this.checks.sent(from, to, message);
  }

  reply(id: number, requests: Request, reply: Reply): void {
    this.checks.replied(id, requests, reply);
  }

  // Internals.

  private blankDisk(): RaftDisk {
    const configuration = this.initialConfiguration;
    const records = [] as const;
    const snapshot = { index: 0, term: 0, configuration, configurationIndex: 0, time: 0, records, bytes: 64 };
    return { term: 0, votedFor: NONE, snapshot, base: 0, baseTerm: 0, log: [], damage: [] };
  }

  /** How far the log in memory is durable. */
  protected stable(id: number): number {
    const { base, baseTerm, log: entries } = this.disks[id]!;
    return agreement(this.node(id), { base, baseTerm, entries });
  }

  private tick(): void {
    this.event++;
    this.now += 1_000;
  }

  private run(id: number, change: (node: FakeNode, out: FakeOut) => void): void {
    const node = this.node(id);
    const out = new FakeOut(node);
    change(node, out);
    this.checks.stepped(id);
    if (out.restoration !== null) this.checks.restored(id, out.restoration.index, out.restoration.hash);
    for (const { index, hash } of out.executions) this.checks.applied(id, index, hash);
    for (const write of out.writes) this.pending[id]!.push({ write, leave: [] });
    const last = this.pending[id]!.at(-1);
    for (const { to, message, held } of out.sends) {
      if (held && last !== undefined) last.leave.push(() => this.send(id, to, message));
      else this.send(id, to, message);
    }
  }
}

function writeDisk(disk: RaftDisk, write: Write): void {
  switch (write.kind) {
    case 'vote':
      disk.term = write.term;
      disk.votedFor = write.votedFor;
      return;
    case 'log':
      disk.log.length = write.from - disk.base - 1;
      disk.log.push(...write.entries);
      return;
    case 'snapshot':
      if (write.keepsLog) disk.log.splice(0, write.base - disk.base);
      else disk.log.length = 0;
      disk.snapshot = write.snapshot;
      disk.base = write.base;
      disk.baseTerm = write.baseTerm;
  }
}
