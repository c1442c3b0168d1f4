import {
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  REQUEST,
  type Request,
  type StepEvent,
  TIMER,
} from '../sim/protocol.ts';
import { cloneDisk, freshDisk, tearWrite, writeDisk } from './disk.ts';
import { APPEND_REPLY, type Message, REQUEST_VOTE, type RaftDisk, VOTE, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';
import { type RaftProtocol, raft } from './raft.ts';
import { Dice, HandOut, NO_EVENT, requestOf, stepFully } from './testing-node.ts';
import { ELECTION, HEARTBEAT } from './timers.ts';
import { LEADER } from './view.ts';

/** Everything a node has met since its last boot: enough to live through it again. */
export interface Life {
  readonly disk: RaftDisk;
  readonly bootedAt: Micros;
  readonly steps: { readonly event: StepEvent<Message>; readonly now: Micros }[];
}

interface Machine {
  node: RaftNode | null;
  disk: RaftDisk;
  out: HandOut;
  pending: Write[];
  durable: number;
  held: { after: number; to: NodeId; message: Message }[];
  life: Life;
  /** Highest seen in this life. */
  committed: number;
  applied: number;
}

/** The dice of a node's n-th step, the same in every replay. */
export function diceOf(node: NodeId, step: number): Dice {
  return new Dice(node * 7919 + step * 31 + 1);
}

/**
 * A cluster without a simulator: at each turn one thing happens that could. Messages arrive in any order, twice or
 * never, timers fire at any time, writes take as long as they like, nodes crash. What Raft promises is checked at each
 * turn, and what breaks it is put into `broken`.
 */
export class Cluster {
  readonly protocol: RaftProtocol;
  readonly broken: string[] = [];
  readonly machines: Machine[] = [];
  readonly flying: { from: NodeId; to: NodeId; message: Message }[] = [];
  now: Micros = 0;
  readonly leaders = new Map<number, NodeId>();
  /** Whom a node has told it votes for, by node and term. */
  private readonly votes = new Map<string, NodeId>();
  crashes = 0;
  answered = 0;
  /** Committed entries by index, each as text; and the state after it, once somebody has applied it. */
  readonly committed: string[] = [];
  readonly hashes: number[] = [];

  private readonly dice: Dice;
  private readonly sessions: { request: Request; isAnswered: boolean; answer: string | null }[] = [];

  constructor(nodes: number, seed: number) {
    this.protocol = raft(nodes, { maxEntriesPerAppend: 3 });
    this.dice = new Dice(seed);
    for (let session = 1; session <= 3; session++) {
      this.sessions.push({ request: this.requestOf(session, 1), isAnswered: false, answer: null });
    }
    for (let id = 0; id < nodes; id++) {
      const disk = freshDisk();
      const life: Life = { disk, bootedAt: 0, steps: [] };
      this.machines.push({
        node: null,
        disk,
        out: new HandOut(),
        pending: [],
        durable: 0,
        held: [],
        life,
        committed: 0,
        applied: 0,
      });
      this.boot(id);
    }
  }

  run(turns: number): void {
    for (let turn = 0; turn < turns && this.broken.length === 0; turn++) this.turn();
  }

  /** One thing happens. */
  turn(): void {
    this.now += this.dice.below(20_000);
    const id = this.dice.below(this.machines.length);
    const machine = this.machines[id]!;
    const draw = this.dice.below(1000);
    if (machine.node === null) {
      if (draw < 300) this.boot(id);
    } else if (draw < 300) {
      this.persist(id);
    } else if (draw < 340) {
      this.step(id, { ...NO_EVENT, kind: TIMER, timer: HEARTBEAT });
    } else if (draw < 348) {
      this.step(id, { ...NO_EVENT, kind: TIMER, timer: ELECTION });
    } else if (draw < 410) {
      this.ask(id);
    } else if (draw < 416) {
      this.crash(id);
    } else {
      this.fly();
    }
  }

  private boot(id: NodeId): void {
    const machine = this.machines[id]!;
    machine.out = new HandOut();
    machine.pending = [];
    machine.durable = 0;
    machine.held = [];
    machine.committed = 0;
    machine.applied = 0;
    machine.life = { disk: cloneDisk(machine.disk), bootedAt: this.now, steps: [] };
    machine.node = this.protocol.boot(id, cloneDisk(machine.disk), this.now, diceOf(id, 0), machine.out);
    this.settle(id);
  }

  private crash(id: NodeId): void {
    const machine = this.machines[id]!;
    this.crashes++;
    const kept = this.dice.below(machine.pending.length + 1);
    for (const write of machine.pending.slice(0, kept)) writeDisk(machine.disk, write);
    const lost = machine.pending[kept];
    const torn = lost !== undefined && this.dice.chance(0.5) ? tearWrite(lost, this.dice) : null;
    if (torn !== null) writeDisk(machine.disk, torn);
    machine.node = null;
  }

  private persist(id: NodeId): void {
    const machine = this.machines[id]!;
    const write = machine.pending.shift();
    if (write === undefined) return;
    writeDisk(machine.disk, write);
    const ticket = ++machine.durable;
    for (const { to, message } of machine.held.filter(({ after }) => after <= ticket)) this.leave(id, to, message);
    machine.held = machine.held.filter(({ after }) => after > ticket);
    this.step(id, { ...NO_EVENT, kind: PERSISTED, ticket });
  }

  private ask(id: NodeId): void {
    const session = this.dice.below(this.sessions.length);
    const { request, isAnswered } = this.sessions[session]!;
    // A client gives up on an operation now and then.
    if (isAnswered || this.dice.chance(0.02)) {
      const next = this.requestOf(session + 1, request.sequence + 1);
      this.sessions[session] = { request: next, isAnswered: false, answer: null };
    }
    this.step(id, { ...NO_EVENT, kind: REQUEST, request: this.sessions[session]!.request });
  }

  /** A message arrives, once or not for the last time, or is lost. */
  private fly(): void {
    if (this.flying.length === 0) return;
    const place = this.dice.chance(0.5) ? 0 : this.dice.below(this.flying.length);
    const { from, to, message } = this.flying[place]!;
    if (!this.dice.chance(0.05)) this.flying.splice(place, 1);
    if (this.dice.chance(0.05) || this.machines[to]!.node === null) return;
    this.step(to, { ...NO_EVENT, kind: MESSAGE, from, message });
  }

  private step(id: NodeId, event: StepEvent<Message>): void {
    const { node, out, life } = this.machines[id]!;
    life.steps.push({ event, now: this.now });
    const before = node!.role;
    stepFully(this.protocol, node!, event, this.now, diceOf(id, life.steps.length), out);
    if (node!.role === LEADER && before !== LEADER) this.checkElection(node!);
    this.settle(id);
    this.checkLog(node!);
  }

  /** Effects take effect. */
  private settle(id: NodeId): void {
    const machine = this.machines[id]!;
    const { out } = machine;
    for (const write of out.writes) machine.pending.push(freezeDeeply(write));
    for (const { to, message, after } of out.sent) {
      if (after <= machine.durable) this.leave(id, to, message);
      else machine.held.push({ to, message: freezeDeeply(message), after });
    }
    for (const { index, stateHash } of out.applied_) {
      if (index !== ++machine.applied) this.broken.push(`${id} applies ${index} after ${machine.applied - 1}`);
      if ((this.hashes[index] ?? stateHash) !== stateHash) this.broken.push(`state after ${index} differs on ${id}`);
      this.hashes[index] = stateHash;
    }
    for (const { request, reply } of out.replies) {
      const session = this.sessions[request.session - 1]!;
      if (reply.status !== 'ok' || session.request !== request) continue;
      const answer = JSON.stringify(reply);
      if ((session.answer ?? answer) !== answer) this.broken.push(`${request.session} was told two different things`);
      if (!session.isAnswered) this.answered++;
      session.isAnswered = true;
      session.answer = answer;
    }
    out.clear();
  }

  private leave(from: NodeId, to: NodeId, message: Message): void {
    const { disk } = this.machines[from]!;
    if (disk.term < message.term) this.broken.push(`${from} speaks of a term that is not on its disk`);
    if (message.type === VOTE && message.granted) {
      if (disk.term === message.term && disk.votedFor !== to)
        this.broken.push(`${from} grants a vote it has not on disk`);
      this.checkVote(from, message.term, to);
    }
    if (message.type === REQUEST_VOTE) this.checkVote(from, message.term, from);
    if (message.type === APPEND_REPLY && message.success && disk.log.length < message.matchIndex) {
      this.broken.push(`${from} acknowledges what is not on its disk`);
    }
    this.flying.push({ from, to, message: freezeDeeply(message) });
  }

  /** Raft Figure 3: Election Safety, Leader Completeness. */
  private checkElection(node: RaftNode): void {
    const other = this.leaders.get(node.term) ?? node.id;
    if (other !== node.id) this.broken.push(`${other} and ${node.id} lead in term ${node.term}`);
    this.leaders.set(node.term, node.id);
    for (const [index, entry] of this.committed.entries()) {
      if (index > 0 && entryText(node, index) !== entry) this.broken.push(`leader ${node.id} lacks committed ${index}`);
    }
  }

  /** At most one vote a term, over all of a node's lives. Raft §5.2. */
  private checkVote(from: NodeId, term: number, candidate: NodeId): void {
    const key = `${from} ${term}`;
    const other = this.votes.get(key) ?? candidate;
    if (other !== candidate) this.broken.push(`${from} votes for ${other} and ${candidate} in term ${term}`);
    this.votes.set(key, candidate);
  }

  /** What a leader counts on is on the followers' disks, until they hear of a later one. Raft Figure 2, matchIndex. */
  private checkMatches(leader: RaftNode): void {
    for (const [id, { disk }] of this.machines.entries()) {
      const match = leader.matchIndex[id]!;
      if (match === 0 || disk.term !== leader.term) continue;
      if (disk.log[match - 1] !== leader.log.entry(match)) this.broken.push(`${leader.id} counts on ${match} of ${id}`);
    }
  }

  /** Raft Figure 3: Log Matching, State Machine Safety; and what nodes believe to be on their disks. */
  private checkLog(node: RaftNode): void {
    const machine = this.machines[node.id]!;
    if (node.role === LEADER) this.checkMatches(node);
    if (node.commitIndex < machine.committed) this.broken.push(`${node.id} takes a commit back`);
    machine.committed = node.commitIndex;
    for (let index = 1; index <= node.commitIndex; index++) {
      const entry = entryText(node, index);
      if ((this.committed[index] ?? entry) !== entry) this.broken.push(`${index} is committed twice`);
      this.committed[index] = entry;
    }
    for (const { node: other } of this.machines) {
      if (other === null || other === node) continue;
      let index = Math.min(node.log.lastIndex, other.log.lastIndex);
      while (index > 0 && node.log.term(index) !== other.log.term(index)) index--;
      for (; index > 0; index--) {
        if (entryText(node, index) !== entryText(other, index)) this.broken.push(`logs do not match at ${index}`);
      }
    }
    const { disk } = machine;
    for (let index = 1; index <= node.stableIndex; index++) {
      if (disk.log[index - 1] !== node.log.entry(index)) this.broken.push(`${node.id} takes ${index} for durable`);
    }
  }

  /** Each request appends a word of its own, so that one executed twice can be seen. */
  private requestOf(session: number, sequence: number): Request {
    return requestOf(session, sequence, { op: 'append', key: 'x', value: `${session}.${sequence} ` });
  }
}

function entryText(node: RaftNode, index: number): string {
  if (!node.log.has(index)) return 'nothing';
  const { term, request } = node.log.entry(index);
  return `${term} ${request === null ? 'no-op' : request.command.value}`;
}

function freezeDeeply<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freezeDeeply(part);
  return value;
}
