import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type AppendEntries,
  type AppendReply,
  type Entry,
  type Message,
  NOBODY,
  type RaftDisk,
  REQUEST_VOTE,
  VOTE,
  type Write,
} from '../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER, type LogView, type RaftView, type RoleCode } from '../core/view.ts';
import type { Command, Reply, Request } from '../sim/protocol.ts';
import { RaftChecks } from './checks.ts';
import type { Finding } from './finding.ts';
import type { ReferenceMachine, Watched } from './watched.ts';

export const [n1, n2, n3, n4, n5, n6, n7] = [0, 1, 2, 3, 4, 5, 6] as const;

/** A client's request: `put x <session>.<sequence>`, unless told otherwise. */
export function request(session: number, sequence: number, command: Partial<Command> = {}): Request {
  const put: Command = { op: 'put', key: 'x', value: `${session}.${sequence}`, expected: null };
  return Object.freeze({ client: 100 + session, session, sequence, command: Object.freeze({ ...put, ...command }) });
}

export function entry(term: number, asked: Request | null = null): Entry {
  return Object.freeze({ term, request: asked, bytes: 16 });
}

export function ok(value: string | null): Reply {
  return { status: 'ok', value, applied: true, leader: NOBODY };
}

/** A state machine of a few lines; its hash is a digest of all that was executed. Knows put, append, get and delete. */
export class FakeMachine implements ReferenceMachine {
  hash = 0;
  private readonly values = new Map<string, string>();
  private readonly sessions = new Map<number, { sequence: number; reply: Reply }>();

  get keys(): readonly string[] {
    return [...this.values.keys()];
  }

  lookup(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  answered({ session, sequence }: Request): Reply | null {
    const last = this.sessions.get(session);
    return last !== undefined && last.sequence >= sequence ? last.reply : null;
  }

  execute({ session, sequence, command: { op, key, value } }: Request): Reply {
    const before = this.lookup(key);
    const after = op === 'get' ? before : op === 'delete' ? null : op === 'append' ? (before ?? '') + value : value;
    if (after === null) this.values.delete(key);
    else this.values.set(key, after);
    for (const letter of `${session}.${sequence} ${key}=${after ?? ''};`) {
      this.hash = (Math.imul(this.hash, 31) + letter.charCodeAt(0)) | 0;
    }
    const reply = ok(after);
    this.sessions.set(session, { sequence, reply });
    return reply;
  }
}

/** A node as plain data, for a test to do with as it likes. */
export class FakeNode implements RaftView {
  role: RoleCode = FOLLOWER;
  leader = NOBODY;
  commitIndex = 0;
  lastApplied = 0;
  term: number;
  votedFor: number;
  readonly id: number;
  /** The entry of index i stands at i − 1. */
  readonly entries: Entry[];
  readonly log: LogView;
  readonly nextIndex: number[];
  readonly matchIndex: number[];
  readonly machine = new FakeMachine();

  constructor(id: number, nodes: number, disk: RaftDisk) {
    this.id = id;
    this.term = disk.term;
    this.votedFor = disk.votedFor;
    const entries = disk.log.slice();
    this.entries = entries;
    this.log = {
      get lastIndex(): number {
        return entries.length;
      },
      entry: (index) => entries[index - 1]!,
    };
    this.nextIndex = new Array<number>(nodes).fill(1);
    this.matchIndex = new Array<number>(nodes).fill(0);
  }

  lookup(key: string): string | null {
    return this.machine.lookup(key);
  }

  /** 0 for index 0. */
  termAt(index: number): number {
    return index === 0 ? 0 : this.entries[index - 1]!.term;
  }
}

/** A message that has left its sender. */
export interface Letter {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
}

interface Held {
  readonly write: Write;
  readonly leave: (() => void)[];
}

/** The effects of a step, carried out when it is over. */
export class FakeOut {
  readonly executions: { readonly index: number; readonly hash: number }[] = [];
  readonly writes: Write[] = [];
  readonly sends: { readonly to: number; readonly message: Message; readonly held: boolean }[] = [];
  private readonly node: FakeNode;

  constructor(node: FakeNode) {
    this.node = node;
  }

  persist(write: Write): void {
    this.writes.push(write);
  }

  saveVote(): void {
    this.persist({ kind: 'vote', term: this.node.term, votedFor: this.node.votedFor });
  }

  /** The message leaves when everything written so far is durable, or (`held` false) at once. */
  send(to: number, message: Message, held = true): void {
    this.sends.push({ to, message, held });
  }

  /** Executes what is not executed yet, up to this index. */
  apply(index: number): void {
    const { node } = this;
    while (node.lastApplied < index) {
      const { request: asked } = node.entries[node.lastApplied++]!;
      if (asked !== null && node.machine.answered(asked) === null) node.machine.execute(asked);
      this.executions.push({ index: node.lastApplied, hash: node.machine.hash });
    }
  }
}

export interface FakeClusterOptions {
  /** The invariants that may be reported; default all. */
  readonly enabled?: readonly string[];
  /** Logs at the beginning, as entries or as terms of no-ops. */
  readonly logs?: readonly (readonly (Entry | number)[])[];
  /** Terms at the beginning; default: that of the last entry. */
  readonly terms?: readonly number[];
}

/**
 * A cluster driven by hand, under the checks. It calls them in the order in which `sim/world.ts` does. `step` lets a
 * node do anything; the methods named after what a Raft node does change the state as Raft would, without asking
 * whether they may: that is up to the test.
 */
export class FakeCluster implements Watched {
  readonly nodes: number;
  now = 0;
  event = 0;
  readonly checks: RaftChecks;
  readonly marks = new Map<string, number>();
  readonly notes: string[] = [];
  /** Every message that has left, in order. */
  readonly letters: Letter[] = [];
  private readonly running: (FakeNode | null)[] = [];
  private readonly disks: RaftDisk[] = [];
  private readonly pending: Held[][] = [];
  /** By node: what a paused process will do first when it goes on; null for one that runs. */
  private readonly paused: ((() => void)[] | null)[] = [];

  constructor(nodes: number, { enabled, logs = [], terms = [] }: FakeClusterOptions = {}) {
    this.nodes = nodes;
    this.checks = new RaftChecks(this, new FakeMachine(), enabled === undefined ? null : new Set(enabled));
    for (let id = 0; id < nodes; id++) {
      const log = (logs[id] ?? []).map((one) => (typeof one === 'number' ? entry(one) : one));
      this.disks.push({ term: terms[id] ?? log.at(-1)?.term ?? 0, votedFor: NOBODY, log });
      this.running.push(null);
      this.pending.push([]);
      this.paused.push(null);
    }
    for (let id = 0; id < nodes; id++) this.boot(id);
  }

  // What the checks see.

  view(id: number): FakeNode | null {
    return this.running[id]!;
  }

  disk(id: number): RaftDisk {
    return this.disks[id]!;
  }

  nodeName(id: number): string {
    return `n${id + 1}`;
  }

  mark(name: string): void {
    this.marks.set(name, (this.marks.get(name) ?? 0) + 1);
  }

  wants(): boolean {
    return true;
  }

  note(kind: string, _node: number, _peer: number, _fields: object, text: string): void {
    this.notes.push(`${kind}: ${text}`);
  }

  // What a test asks.

  node(id: number): FakeNode {
    const node = this.running[id] ?? null;
    if (node === null) throw new Error(`${this.nodeName(id)} is down`);
    return node;
  }

  pendingWrites(id: number): number {
    return this.pending[id]!.length;
  }

  get finding(): Finding | null {
    return this.checks.finding;
  }

  /** Ends the run with the full audit; what was found, if anything was. */
  end(): Finding | null {
    this.checks.audit();
    return this.finding;
  }

  // What the world does.

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

  /** From here on the disk works without its process, which learns of it and sends what waited only in `resume`. */
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

  /** The node stops. The first `kept` of its pending writes had reached the platter all the same. */
  crash(id: number, kept = 0): void {
    this.tick();
    for (const { write } of this.pending[id]!.slice(0, kept)) writeDisk(this.disks[id]!, write);
    this.pending[id]!.length = 0;
    this.paused[id] = null;
    this.running[id] = null;
    this.checks.crashed(id);
  }

  /** The node starts from its disk. */
  boot(id: number, change: (node: FakeNode) => void = () => {}): void {
    this.tick();
    const node = new FakeNode(id, this.nodes, this.disks[id]!);
    change(node);
    this.running[id] = node;
    this.checks.booted(id);
  }

  restart(id: number): void {
    this.crash(id);
    this.boot(id);
  }

  send(from: number, to: number, message: Message): void {
    this.letters.push({ from, to, message });
    this.checks.sent(from, to, message);
  }

  reply(id: number, asked: Request, reply: Reply): void {
    this.checks.replied(id, asked, reply);
  }

  // What Raft nodes do.

  /** Moves to a later term, as a follower without a vote. */
  enterTerm(id: number, term: number): void {
    this.step(id, (node, out) => follow(node, out, term));
    this.sync(id);
  }

  /** Stands for election, by default in the next term; asks everybody for a vote when its own is durable. */
  campaign(id: number, term = this.node(id).term + 1): void {
    this.step(id, (node, out) => {
      node.role = CANDIDATE;
      node.term = term;
      node.votedFor = id;
      node.leader = NOBODY;
      out.saveVote();
      const lastLogIndex = node.log.lastIndex;
      const ask: Message = {
        type: REQUEST_VOTE,
        term,
        candidate: id,
        lastLogIndex,
        lastLogTerm: node.termAt(lastLogIndex),
      };
      for (let to = 0; to < this.nodes; to++) if (to !== id) out.send(to, ask);
    });
  }

  /** Stands for election, with a fast disk. */
  stand(id: number, term = this.node(id).term + 1): void {
    this.campaign(id, term);
    this.sync(id);
  }

  /** Gives its vote; the answer leaves when the vote is durable. */
  vote(id: number, candidate: number, term = this.node(candidate).term): void {
    this.step(id, (node, out) => {
      follow(node, out, term);
      node.votedFor = candidate;
      out.saveVote();
      out.send(candidate, { type: VOTE, term, granted: true });
    });
    this.sync(id);
  }

  deny(id: number, candidate: number, term = this.node(candidate).term): void {
    this.step(id, (node, out) => {
      follow(node, out, Math.max(term, node.term));
      out.send(candidate, { type: VOTE, term: node.term, granted: false });
    });
    this.sync(id);
  }

  /** Wins, with what votes there are. */
  lead(id: number): void {
    this.step(id, (node) => becomeLeader(node, this.stable(id)));
  }

  /** Stands, gets these votes and wins. */
  elect(id: number, voters: readonly number[], term = this.node(id).term + 1): void {
    this.stand(id, term);
    for (const voter of voters) this.vote(voter, id);
    this.lead(id);
  }

  /** The leader appends entries of its term: requests, or (null) no-ops. They are not durable yet. */
  append(id: number, ...asked: readonly (Request | null)[]): void {
    this.step(id, (node, out) => {
      const from = node.log.lastIndex + 1;
      const entries = asked.map((one) => entry(node.term, one));
      node.entries.push(...entries);
      out.persist({ kind: 'log', from, entries });
    });
  }

  /** The leader sends what stands after `prev` up to `last`. */
  offer(id: number, to: number, prev: number, last = this.node(id).log.lastIndex): AppendEntries {
    const node = this.node(id);
    const message: AppendEntries = {
      type: APPEND_ENTRIES,
      term: node.term,
      leader: id,
      prevLogIndex: prev,
      prevLogTerm: node.termAt(prev),
      entries: node.entries.slice(prev, last),
      leaderCommit: node.commitIndex,
    };
    this.step(id, (_node, out) => out.send(to, message, false));
    return message;
  }

  /** The follower handles AppendEntries as Figure 2 says; its answer leaves when it is durable. */
  accept(id: number, message: AppendEntries): AppendReply {
    const { term, leader, prevLogIndex, entries, leaderCommit } = message;
    const last = prevLogIndex + entries.length;
    let reply = answer(term, last);
    this.step(id, (node, out) => {
      if (node.term > term) {
        reply = { ...answer(node.term, 0), success: false, rejectedIndex: prevLogIndex };
        out.send(leader, reply);
        return;
      }
      follow(node, out, term);
      node.leader = leader;
      if (prevLogIndex > node.log.lastIndex || node.termAt(prevLogIndex) !== message.prevLogTerm) {
        reply = { ...answer(term, 0), success: false, rejectedIndex: prevLogIndex, conflictIndex: prevLogIndex };
        out.send(leader, reply);
        return;
      }
      store(node, out, message);
      node.commitIndex = Math.max(node.commitIndex, Math.min(leaderCommit, last));
      out.apply(node.commitIndex);
      out.send(leader, reply);
    });
    return reply;
  }

  /** The leader takes notice of a follower's success. */
  count(id: number, from: number, reply: AppendReply): void {
    this.step(id, (node) => {
      node.matchIndex[from] = Math.max(node.matchIndex[from]!, reply.matchIndex);
      node.nextIndex[from] = Math.max(node.nextIndex[from]!, node.matchIndex[from] + 1);
    });
  }

  /** The follower gets what it lacks up to `last`, makes it durable and says so, and the leader counts it. */
  replicate(id: number, to: number, last = this.node(id).log.lastIndex): void {
    const prev = Math.min(last, agreement(this.node(id).entries, this.node(to).entries));
    const reply = this.accept(to, this.offer(id, to, prev, last));
    this.sync(to);
    this.count(id, to, reply);
  }

  /** The node raises its commitIndex and applies. */
  commit(id: number, index: number): void {
    this.step(id, (node, out) => {
      node.commitIndex = index;
      out.apply(index);
    });
  }

  /** Everything at once: the leader appends, its disk and these followers have it, and it commits. */
  write(id: number, followers: readonly number[], ...asked: readonly (Request | null)[]): void {
    this.append(id, ...asked);
    this.sync(id);
    for (const follower of followers) this.replicate(id, follower);
    this.commit(id, this.node(id).log.lastIndex);
  }

  // The inside.

  /** How far the log in memory is durable. */
  private stable(id: number): number {
    return agreement(this.node(id).entries, this.disks[id]!.log);
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
    for (const { index, hash } of out.executions) this.checks.applied(id, index, hash);
    for (const write of out.writes) this.pending[id]!.push({ write, leave: [] });
    const last = this.pending[id]!.at(-1);
    for (const { to, message, held } of out.sends) {
      if (held && last !== undefined) last.leave.push(() => this.send(id, to, message));
      else this.send(id, to, message);
    }
  }
}

export function becomeLeader(node: FakeNode, stable: number): void {
  node.role = LEADER;
  node.leader = node.id;
  node.nextIndex.fill(node.log.lastIndex + 1);
  node.matchIndex.fill(0);
  node.matchIndex[node.id] = stable;
}

/** A follower of this term; if it is a later one, without a vote. */
export function follow(node: FakeNode, out: FakeOut, term: number): void {
  node.role = FOLLOWER;
  if (term <= node.term) return;
  node.term = term;
  node.votedFor = NOBODY;
  node.leader = NOBODY;
  out.saveVote();
}

/** Raft Figure 2, AppendEntries, receiver 3 and 4. */
function store(node: FakeNode, out: FakeOut, { prevLogIndex, entries }: AppendEntries): void {
  let held = 0;
  while (held < entries.length && node.entries[prevLogIndex + held]?.term === entries[held]!.term) held++;
  if (held === entries.length) return;
  const lacking = entries.slice(held);
  node.entries.length = prevLogIndex + held;
  node.entries.push(...lacking);
  out.persist({ kind: 'log', from: prevLogIndex + held + 1, entries: lacking });
}

function answer(term: number, matchIndex: number): AppendReply {
  return {
    type: APPEND_REPLY,
    term,
    success: true,
    matchIndex,
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
  };
}

function writeDisk(disk: RaftDisk, write: Write): void {
  if (write.kind === 'vote') {
    disk.term = write.term;
    disk.votedFor = write.votedFor;
  } else {
    disk.log.length = write.from - 1;
    disk.log.push(...write.entries);
  }
}

/** Length of the common prefix, as terms tell it. */
function agreement(a: readonly Entry[], b: readonly Entry[]): number {
  let index = 0;
  while (index < a.length && index < b.length && a[index]!.term === b[index]!.term) index++;
  return index;
}
