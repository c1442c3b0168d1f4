import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
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
} from '../sim/protocol.ts';
import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type AppendEntries,
  type AppendReply,
  type Entry,
  type Message,
  NOBODY,
  REQUEST_VOTE,
  type RaftDisk,
  type RequestVote,
  VOTE,
  type Vote,
  type Write,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import type { RaftOptions } from './options.ts';
import { type RaftProtocol, raft } from './raft.ts';
import { ELECTION } from './timers.ts';

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
export class HandOut implements Out<Message, Write> {
  lastTicket: Ticket = 0;
  writes: Write[] = [];
  sent: { to: NodeId; message: Message; after: Ticket }[] = [];
  timers: { timer: TimerId; at: Micros }[] = [];
  replies: { to: EndpointId; request: Request; reply: Reply; after: Ticket }[] = [];
  applied_: { index: number; stateHash: number }[] = [];
  applyTo = 0;

  clear(): void {
    this.writes = [];
    this.sent = [];
    this.timers = [];
    this.replies = [];
    this.applied_ = [];
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

  mark(): void {}
}

export const NO_EVENT: StepEvent<Message> = Object.freeze({
  kind: MESSAGE,
  from: 0,
  message: null,
  timer: 0,
  ticket: 0,
  index: 0,
  request: null,
});

/** Takes a step and those that applying asks for, as the simulator does. */
export function stepFully(
  protocol: RaftProtocol,
  state: RaftNode,
  event: StepEvent<Message>,
  now: Micros,
  random: Random,
  out: HandOut,
): void {
  protocol.step(state, event, now, random, out);
  while (out.applyTo > 0) {
    const index = out.applyTo;
    out.applyTo = 0;
    protocol.step(state, { ...NO_EVENT, kind: APPLIED, index }, now, random, out);
  }
}

export interface BenchOptions {
  readonly id?: NodeId;
  readonly nodes?: number;
  readonly disk?: Partial<RaftDisk>;
  readonly options?: Partial<RaftOptions>;
}

/** One node, to which the test says by hand what happens. `out` holds the effects of the last event. */
export class Bench {
  now: Micros = 0;
  readonly protocol: RaftProtocol;
  readonly node: RaftNode;
  readonly out = new HandOut();
  /** The oldest write that is not durable yet. */
  private nextTicket: Ticket = 1;
  private readonly random = new Dice(1);

  constructor({ id = 0, nodes = 5, disk = {}, options = {} }: BenchOptions = {}) {
    this.protocol = raft(nodes, options);
    const found: RaftDisk = { term: 0, votedFor: NOBODY, log: [], ...disk };
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
      this.receive(node, vote(this.node.term));
      votes++;
    }
    this.sync();
  }

  /** The other nodes acknowledge the log up to here. */
  acknowledge(index: number, ...nodes: NodeId[]): void {
    for (const node of nodes) this.receive(node, ack(this.node.term, index));
  }

  private step(event: StepEvent<Message>): void {
    this.out.clear();
    stepFully(this.protocol, this.node, event, this.now, this.random, this.out);
  }
}

export function requestOf(session: number, sequence: number, changes: Partial<Request['command']> = {}): Request {
  const command = { op: 'put' as const, key: 'x', value: `${session}.${sequence}`, expected: null, ...changes };
  return Object.freeze({ client: 100 + session, session, sequence, command: Object.freeze(command) });
}

/** Entries of these terms, none of which asks for anything. */
export function entriesOf(...terms: number[]): Entry[] {
  return terms.map((term) => Object.freeze({ term, request: null, bytes: 16 }));
}

/** The terms of a node's log, from index 1 on. */
export function termsOf(node: RaftNode): number[] {
  return Array.from({ length: node.log.lastIndex }, (_, i) => node.log.term(i + 1));
}

export function vote(term: number, granted = true): Vote {
  return { type: VOTE, term, granted };
}

export function candidacy(term: number, candidate: NodeId, lastLogIndex = 0, lastLogTerm = 0): RequestVote {
  return { type: REQUEST_VOTE, term, candidate, lastLogIndex, lastLogTerm };
}

export function appendOf(
  term: number,
  leader: NodeId,
  [prevLogIndex, prevLogTerm]: readonly [number, number] = [0, 0],
  entries: readonly Entry[] = [],
  leaderCommit = 0,
): AppendEntries {
  return { type: APPEND_ENTRIES, term, leader, prevLogIndex, prevLogTerm, entries, leaderCommit };
}

export function ack(term: number, matchIndex: number): AppendReply {
  return { type: APPEND_REPLY, term, success: true, matchIndex, rejectedIndex: 0, conflictTerm: 0, conflictIndex: 0 };
}

export function reject(term: number, rejectedIndex: number, conflictTerm: number, conflictIndex: number): AppendReply {
  return { type: APPEND_REPLY, term, success: false, matchIndex: 0, rejectedIndex, conflictTerm, conflictIndex };
}
