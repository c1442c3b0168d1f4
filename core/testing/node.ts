import {
  ADMIN,
  FAILED,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  type Reply,
  REQUEST,
  type Request,
  type StepEvent,
  type Ticket,
  TIMER,
  type TimerId,
  type WriteFailure,
} from '../../sim/protocol.ts';
import type { AdminRequest } from '../admin-request.ts';
import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Configuration,
  type Message,
  type RaftDisk,
} from '../messages.ts';
import { ELECTION, type RaftNode } from '../node.ts';
import type { RaftOptions } from '../options.ts';
import { raft, type RaftProtocol } from '../raft.ts';
import { RULES, type Rules } from '../rules/index.ts';
import { Dice } from './dice.ts';
import { FakeEffects, NO_EVENT, stepFully } from './fake-effects.ts';
import { ack, voteReply } from './messages.ts';

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

/** One node that the test feeds with events. `out` holds the effects of the last event. */
export class TestNode {
  now: Micros = 0;
  /** How far the wall clock is ahead of the monotonic one. */
  wallAhead: Micros = 0;
  readonly protocol: RaftProtocol;
  readonly state: RaftNode;
  readonly out = new FakeEffects();
  /** The oldest write that is not durable yet. */
  private nextTicket: Ticket = 1;
  private readonly random: Dice;

  constructor({ id = 0, nodes = 5, disk = {}, options = {}, members, rules = RULES, seed = 1 }: TestNodeOptions = {}) {
    this.protocol = raft(nodes, options, rules, members);
    this.random = new Dice(seed);
    const found: RaftDisk = { ...this.protocol.freshDisk(id), ...disk };
    this.state = this.protocol.boot(id, found, this.now, this.random, this.out);
  }

  receive(from: NodeId, message: Message): void {
    this.step({ ...NO_EVENT, kind: MESSAGE, from, message });
  }

  fire(timer: TimerId): void {
    this.step({ ...NO_EVENT, kind: TIMER, timer });
  }

  request(request: Request): void {
    this.step({ ...NO_EVENT, kind: REQUEST, request });
  }

  /** Returns why the node rejects the request, or null. */
  admin(adminRequest: AdminRequest): string | null {
    this.step({ ...NO_EVENT, kind: ADMIN, adminRequest });
    return this.out.rejections[0] ?? null;
  }

  /** The oldest pending write becomes durable. */
  syncOne(): void {
    this.step({ ...NO_EVENT, kind: PERSISTED, ticket: this.nextTicket++ });
  }

  /** The oldest pending write fails, and those after it are lost with it. */
  failWrite(failure: WriteFailure): void {
    const ticket = this.nextTicket;
    this.nextTicket = this.out.lastTicket + 1;
    this.step({ ...NO_EVENT, kind: FAILED, ticket, failure });
  }

  /** All pending writes become durable; `out` holds the effects of the last one. */
  sync(): void {
    while (this.nextTicket <= this.out.lastTicket) this.syncOne();
  }

  get hasPendingWrite(): boolean {
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
    for (let node = 0, votes = 1; votes <= this.state.nodes / 2; node++) {
      if (node === this.state.id) continue;
      this.receive(node, voteReply(this.state.term));
      votes++;
    }
    this.sync();
  }

  /** The other nodes acknowledge the log up to here. */
  acknowledge(index: number, ...nodes: NodeId[]): void {
    for (const node of nodes) this.receive(node, this.ackOf(node, index));
  }

  /** These nodes reply to the latest heartbeat round: their logs reach to `index`. */
  confirm(index: number, ...nodes: NodeId[]): void {
    const { heartbeatRound: round } = this.state;
    for (const node of nodes) this.receive(node, { ...this.ackOf(node, index), round });
  }

  /** The last entry becomes durable here and on these nodes. */
  commit(...nodes: NodeId[]): void {
    this.sync();
    this.acknowledge(this.state.log.lastIndex, ...nodes);
  }

  /** The replies to clients of the last event. */
  get replies(): Reply[] {
    return this.out.replies.map(({ reply }) => reply);
  }

  /** What a member acknowledges in its present membership. */
  private ackOf(node: NodeId, index: number): AppendEntriesReply {
    const { memberSince } = this.state.progress[node]!;
    return { ...ack(this.state.term, index), memberSince };
  }

  private step(event: StepEvent<Message, AdminRequest>): void {
    this.out.clear();
    this.out.wallTime = this.now + this.wallAhead;
    stepFully(this.protocol, this.state, event, this.now, this.random, this.out);
  }
}

/** The terms of the entries in a node's log. */
export function termsOf({ log }: RaftNode): number[] {
  return Array.from({ length: log.lastIndex - log.base }, (_, i) => log.term(log.base + i + 1));
}

/** A leader of three in term `term` + 1, whose followers have acknowledged nothing. */
export function leading(disk: TestNodeOptions['disk'] = {}, options: TestNodeOptions['options'] = {}): TestNode {
  const node = new TestNode({ nodes: 3, disk, options });
  node.lead();
  return node;
}

/** The first AppendEntries of the last event to this node. */
export function appendTo(node: TestNode, to: NodeId): AppendEntries {
  const message = node.sentTo(to).find(({ type }) => type === APPEND_ENTRIES);
  if (message?.type !== APPEND_ENTRIES) throw new Error('no AppendEntries');
  return message;
}

/** The first message that the last event has sent: a reply to AppendEntries. */
export function firstReplyOf(node: TestNode): AppendEntriesReply {
  const message = node.out.sent[0]?.message;
  if (message?.type !== APPEND_ENTRIES_REPLY) throw new Error('no reply to AppendEntries');
  return message;
}

/** A node in term 5 that follows no leader yet. */
export function follower(options: TestNodeOptions = {}): TestNode {
  return new TestNode({ ...options, disk: { term: 5, ...options.disk } });
}

/** A candidate of term 5, whose vote for itself is on disk. */
export function candidate(options: TestNodeOptions = {}): TestNode {
  const node = new TestNode({ ...options, disk: { term: 4, ...options.disk } });
  node.fire(ELECTION);
  node.sync();
  return node;
}

/** The leader of term 5, whose first entry is on its own disk and nowhere else. */
export function leader(options: TestNodeOptions = {}): TestNode {
  const node = new TestNode({ ...options, disk: { term: 4, ...options.disk } });
  node.lead();
  return node;
}

/** The leader of term 5 in a cluster of three, whose log all nodes have and which is committed. */
export function convergedLeader(
  disk: TestNodeOptions['disk'] = {},
  options: TestNodeOptions['options'] = {},
): TestNode {
  const node = leader({ nodes: 3, disk, options });
  node.acknowledge(node.state.log.lastIndex, 1, 2);
  return node;
}

/** The reply to AppendEntries that the last event has sent. */
export function replyOf(node: TestNode): AppendEntriesReply {
  const message = node.out.sent.find((sent) => sent.message.type === APPEND_ENTRIES_REPLY)?.message;
  if (message?.type !== APPEND_ENTRIES_REPLY) throw new Error('no reply to AppendEntries');
  return message;
}

/** To when the last event has set a timer; null if it has left it alone, Infinity if it has stopped it. */
export function timerOf(node: TestNode, timer: number): number | null {
  return node.out.timers.findLast((set) => set.timer === timer)?.at ?? null;
}
