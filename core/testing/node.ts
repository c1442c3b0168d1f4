import type { AdminRequest } from '../admin-request.ts';
import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  ADMIN,
  type Out,
  PERSISTED,
  REQUEST,
  type Random,
  type Reply,
  type Request,
  type StepEvent,
  TIMER,
  type Ticket,
  type TimerId,
} from '../../sim/protocol.ts';
import { everybody } from '../configuration.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Configuration,
  type Entry,
  INSTALL_SNAPSHOT,
  type InstallSnapshot,
  type Message,
  REQUEST_VOTE,
  type RaftDisk,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
  type SnapshotRecord,
  type InstallSnapshotReply,
  REQUEST_VOTE_REPLY,
  type RequestVoteReply,
  type Write,
} from '../messages.ts';
import { ELECTION, type RaftNode } from '../node.ts';
import type { RaftOptions } from '../options.ts';
import { type RaftProtocol, raft } from '../raft.ts';
import { RULES, type Rules } from '../rules/index.ts';

/** Numbers that are good enough to choose among what may happen in a test. */
export class Dice implements Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  below(bound: number): number {
    this.state = (Math.imul(this.state ^ (this.state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    return Math.floor((this.state / 0x1_0000_0000) * bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }
}

/** Effects as data. */
export class FakeEffects implements Out<Message, Write> {
  lastTicket: Ticket = 0;
  writes: Write[] = [];
  sent: { to: NodeId; message: Message; after: Ticket }[] = [];
  timers: { timer: TimerId; at: Micros }[] = [];
  replies: { to: EndpointId; request: Request; reply: Reply; after: Ticket }[] = [];
  applied_: { index: number; stateHash: number }[] = [];
  restored_: { index: number; stateHash: number }[] = [];
  declined: string[] = [];
  marks: string[] = [];
  applyTo = 0;

  clear(): void {
    this.writes = [];
    this.sent = [];
    this.timers = [];
    this.replies = [];
    this.applied_ = [];
    this.restored_ = [];
    this.declined = [];
    this.marks = [];
    this.applyTo = 0;
  }

  persist(delta: Write): Ticket {
    this.writes.push(delta);
    return ++this.lastTicket;
  }

  send(to: NodeId, message: Message, after: Ticket = 0): void {
    this.sent.push({ to, message, after });
  }

  setTimer(timer: TimerId, at: Micros): void {
    this.timers.push({ timer, at });
  }

  clearTimer(timer: TimerId): void {
    this.timers.push({ timer, at: Infinity });
  }

  apply(index: number): void {
    this.applyTo = Math.max(this.applyTo, index);
  }

  applied(index: number, stateHash: number): void {
    this.applied_.push({ index, stateHash });
  }

  reply(request: Request, reply: Reply, after: Ticket = 0): void {
    this.replies.push({ to: request.client, request, reply, after });
  }

  restored(index: number, stateHash: number): void {
    this.restored_.push({ index, stateHash });
  }

  reject(reason: string): void {
    this.declined.push(reason);
  }

  mark(name: string): void {
    this.marks.push(name);
  }
}

export const NO_EVENT: StepEvent<Message, AdminRequest> = Object.freeze({
  kind: MESSAGE,
  from: 0,
  message: null,
  timer: 0,
  ticket: 0,
  index: 0,
  request: null,
  adminRequest: null,
});

/** Takes a step and those that applying asks for, as the simulator does. */
export function stepFully(
  protocol: RaftProtocol,
  state: RaftNode,
  event: StepEvent<Message, AdminRequest>,
  now: Micros,
  random: Random,
  out: FakeEffects,
): void {
  protocol.step(state, event, now, random, out);
  while (out.applyTo > 0) {
    const index = out.applyTo;
    out.applyTo = 0;
    protocol.step(state, { ...NO_EVENT, kind: APPLIED, index }, now, random, out);
  }
}

export interface TestNodeOptions {
  readonly id?: NodeId;
  readonly nodes?: number;
  readonly disk?: Partial<RaftDisk>;
  readonly options?: Partial<RaftOptions>;
  /** Default: every node votes. */
  readonly members?: Configuration;
  readonly rules?: Rules;
  /** What the node draws from. */
  readonly seed?: number;
}

/** One node, to which the test says by hand what happens. `out` holds the effects of the last event. */
export class TestNode {
  now: Micros = 0;
  readonly protocol: RaftProtocol;
  readonly node: RaftNode;
  readonly out = new FakeEffects();
  /** The oldest write that is not durable yet. */
  private nextTicket: Ticket = 1;
  private readonly random: Dice;

  constructor({ id = 0, nodes = 5, disk = {}, options = {}, members, rules = RULES, seed = 1 }: TestNodeOptions = {}) {
    this.protocol = raft(nodes, options, rules, members);
    this.random = new Dice(seed);
    const found: RaftDisk = { ...this.protocol.freshDisk(id), ...disk };
    this.node = this.protocol.boot(id, found, this.now, this.random, this.out);
  }

  receive(from: NodeId, message: Message): void {
    this.step({ ...NO_EVENT, kind: MESSAGE, from, message });
  }

  fire(timer: TimerId): void {
    this.step({ ...NO_EVENT, kind: TIMER, timer });
  }

  ask(request: Request): void {
    this.step({ ...NO_EVENT, kind: REQUEST, request });
  }

  /** Returns why the node declines, or null. */
  admin(adminRequest: AdminRequest): string | null {
    this.step({ ...NO_EVENT, kind: ADMIN, adminRequest });
    return this.out.declined[0] ?? null;
  }

  /** The oldest pending write becomes durable. */
  syncOne(): void {
    this.step({ ...NO_EVENT, kind: PERSISTED, ticket: this.nextTicket++ });
  }

  /** All pending writes become durable; `out` holds the effects of the last one. */
  sync(): void {
    while (this.nextTicket <= this.out.lastTicket) this.syncOne();
  }

  get pending(): boolean {
    return this.nextTicket <= this.out.lastTicket;
  }

  /** Messages of the last event to this node. */
  sentTo(to: NodeId): Message[] {
    return this.out.sent.filter((sent) => sent.to === to).map(({ message }) => message);
  }

  /** Wins an election with the votes of the lowest other nodes, and makes everything durable. */
  lead(): void {
    this.fire(ELECTION);
    this.sync();
    for (let node = 0, votes = 1; votes <= this.node.nodes / 2; node++) {
      if (node === this.node.id) continue;
      this.receive(node, voteReply(this.node.term));
      votes++;
    }
    this.sync();
  }

  /** The other nodes acknowledge the log up to here. */
  acknowledge(index: number, ...nodes: NodeId[]): void {
    for (const node of nodes) this.receive(node, ack(this.node.term, index));
  }

  /** The other nodes answer the latest greeting: their logs reach to `index`. */
  confirm(index: number, ...nodes: NodeId[]): void {
    const { term, heartbeatRound: round } = this.node;
    for (const node of nodes) this.receive(node, { ...ack(term, index), round });
  }

  /** The last entry becomes durable here and on these nodes. */
  commit(...nodes: NodeId[]): void {
    this.sync();
    this.acknowledge(this.node.log.lastIndex, ...nodes);
  }

  /** What the last event was answered with, by client. */
  get replies(): Reply[] {
    return this.out.replies.map(({ reply }) => reply);
  }

  private step(event: StepEvent<Message, AdminRequest>): void {
    this.out.clear();
    stepFully(this.protocol, this.node, event, this.now, this.random, this.out);
  }
}

export function requestOf(session: number, sequence: number, changes: Partial<Request['command']> = {}): Request {
  const command = { op: 'put' as const, key: 'x', value: `${session}.${sequence}`, expected: null, ...changes };
  return Object.freeze({
    client: 100 + session,
    session,
    sequence,
    firstUnanswered: sequence,
    command: Object.freeze(command),
  });
}

/** An entry with a request. */
export function entryOf(term: number, request: Request | null, configuration: Configuration | null = null): Entry {
  return Object.freeze({ term, request, configuration, time: 0, bytes: 16 });
}

/** Entries of these terms, none of which asks for anything. */
export function entriesOf(...terms: number[]): Entry[] {
  return terms.map((term) => entryOf(term, null));
}

/** The terms of the entries in a node's log. */
export function termsOf({ log }: RaftNode): number[] {
  return Array.from({ length: log.lastIndex - log.base }, (_, i) => log.term(log.base + i + 1));
}

export function voteReply(term: number, granted = true): RequestVoteReply {
  return { type: REQUEST_VOTE_REPLY, term, granted };
}

export function requestVoteOf(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestVote {
  return { type: REQUEST_VOTE, term, candidate, lastLogIndex, lastLogTerm, transfer: false };
}

export function appendOf(
  term: number,
  leader: NodeId,
  [prevLogIndex, prevLogTerm]: readonly [number, number] = [0, 0],
  entries: readonly Entry[] = [],
  leaderCommit = 0,
): AppendEntries {
  return { type: APPEND_ENTRIES, term, leader, prevLogIndex, prevLogTerm, entries, leaderCommit, round: 0 };
}

/** A part of a snapshot that was taken at `lastIndex`, with what matters to the test. */
export function chunkOf(
  term: number,
  leader: NodeId,
  [lastIndex, lastTerm]: readonly [number, number],
  changes: Partial<InstallSnapshot> = {},
): InstallSnapshot {
  return {
    type: INSTALL_SNAPSHOT,
    term,
    leader,
    lastIndex,
    lastTerm,
    configuration: everybody(5),
    configurationIndex: 0,
    time: 0,
    offset: 0,
    records: [],
    done: true,
    round: 0,
    ...changes,
  };
}

/** A key and its value in a snapshot. */
export function valueOf(key: string, value: string): SnapshotRecord {
  return Object.freeze({ kind: 'value', key, value, bytes: 16 + key.length + value.length });
}

export function chunkReply(term: number, lastIndex: number, offset: number, done = false): InstallSnapshotReply {
  return { type: INSTALL_SNAPSHOT_REPLY, term, lastIndex, offset, done, round: 0 };
}

export function ack(term: number, matchIndex: number): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: true,
    matchIndex,
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
    round: 0,
  };
}

export function reject(
  term: number,
  rejectedIndex: number,
  conflictTerm: number,
  conflictIndex: number,
): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: false,
    matchIndex: 0,
    rejectedIndex,
    conflictTerm,
    conflictIndex,
    round: 0,
  };
}

/** A leader of three in term `term` + 1, whose followers have acknowledged nothing. */
export function leading(disk: TestNodeOptions['disk'] = {}, options: TestNodeOptions['options'] = {}): TestNode {
  const bench = new TestNode({ nodes: 3, disk, options });
  bench.lead();
  return bench;
}

/** The first AppendEntries of the last event to this node. */
export function appendTo(bench: TestNode, to: NodeId): AppendEntries {
  const message = bench.sentTo(to).find(({ type }) => type === APPEND_ENTRIES);
  if (message?.type !== APPEND_ENTRIES) throw new Error('no AppendEntries');
  return message;
}

/** What the last event was answered with: the first message it led to. */
export function answerOf(bench: TestNode): AppendEntriesReply {
  const message = bench.out.sent[0]?.message;
  if (message?.type !== APPEND_ENTRIES_REPLY) throw new Error('no answer to AppendEntries');
  return message;
}
