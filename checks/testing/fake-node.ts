import type { Configuration, Entry, Message, RaftDisk, Snapshot, Write } from '../../core/messages.ts';
import { NONE } from '../../core/messages.ts';
import { FOLLOWER, LEADER, type LogView, type RaftView, type RoleCode } from '../../core/view.ts';
import type { Command, Micros, Request } from '../../sim/protocol.ts';
import { FakeMachine } from './fake-machine.ts';

/** A client's request: `put x <session>.<sequence>`, by default. */
export function request(
  session: number,
  sequence: number,
  command: Partial<Command> = {},
  firstUnanswered = sequence,
): Request {
  const put: Command = { op: 'put', key: 'x', value: `${session}.${sequence}`, expected: null };
  const client = 100 + session;
  return Object.freeze({ client, session, sequence, firstUnanswered, command: Object.freeze({ ...put, ...command }) });
}

export function entry(
  term: number,
  clientRequest: Request | null = null,
  configuration: Configuration | null = null,
  time: Micros = 0,
): Entry {
  return Object.freeze({ term, request: clientRequest, configuration, time, bytes: 16 });
}

/** A configuration; the lists ascend. */
export function members(
  voters: readonly number[],
  { outgoing = [], learners = [] }: { outgoing?: readonly number[]; learners?: readonly number[] } = {},
): Configuration {
  return Object.freeze({ voters, outgoing, learners, leavesByItself: true });
}

/** A log, from its base on. */
interface Stored {
  readonly base: number;
  readonly baseTerm: number;
  readonly entries: readonly Entry[];
}

function lastOf({ base, entries }: Stored): number {
  return base + entries.length;
}

function termIn({ base, baseTerm, entries }: Stored, index: number): number {
  return index === base ? baseTerm : entries[index - base - 1]!.term;
}

/** Length of the common prefix, judged by terms; what either has compacted away counts as equal. */
export function agreement(a: Stored, b: Stored): number {
  const last = Math.min(lastOf(a), lastOf(b));
  let index = Math.max(a.base, b.base);
  if (index > last) return last;
  if (termIn(a, index) !== termIn(b, index)) return index - 1;
  while (index < last && termIn(a, index + 1) === termIn(b, index + 1)) index++;
  return index;
}

/** A node as plain data, which a test may change at will. */
export class FakeNode implements RaftView {
  role: RoleCode = FOLLOWER;
  leader = NONE;
  commitIndex: number;
  lastApplied: number;
  term: number;
  votedFor: number;
  transferee = NONE;
  catchingUp = NONE;
  readonly id: number;
  base: number;
  baseTerm: number;
  /** The entry of index i is at i − base − 1. */
  readonly entries: Entry[];
  readonly log: LogView;
  snapshot: Snapshot;
  /** A configuration that it uses instead of that of its log; null: that of the log. */
  pinnedConfiguration: { readonly configuration: Configuration; readonly index: number } | null = null;
  readonly nextIndex: number[];
  readonly matchIndex: number[];
  machine: FakeMachine;

  constructor(id: number, nodes: number, disk: RaftDisk, sessionTimeout: Micros | null = null) {
    this.id = id;
    this.term = disk.term;
    this.votedFor = disk.votedFor;
    this.base = disk.base;
    this.baseTerm = disk.baseTerm;
    this.entries = disk.log.slice();
    this.snapshot = disk.snapshot;
    this.commitIndex = disk.snapshot.index;
    this.lastApplied = disk.snapshot.index;
    this.machine = new FakeMachine(sessionTimeout, disk.snapshot.records);
    this.log = new FakeLog(this);
    this.nextIndex = new Array<number>(nodes).fill(1);
    this.matchIndex = new Array<number>(nodes).fill(0);
  }

  get configuration(): Configuration {
    return this.inForce.configuration;
  }

  get configurationIndex(): number {
    return this.inForce.index;
  }

  lookup(key: string): string | null {
    return this.machine.lookup(key);
  }

  /** 0 for index 0. */
  termAt(index: number): number {
    return termIn(this, index);
  }

  /** A snapshot of its current state. */
  takeSnapshot(): Snapshot {
    const index = this.lastApplied;
    const { time } = this.machine;
    let { configuration, configurationIndex } = this.snapshot;
    for (let one = this.base + 1; one <= index; one++) {
      const found = this.log.entry(one).configuration;
      if (found !== null) [configuration, configurationIndex] = [found, one];
    }
    const records = this.machine.export();
    return { index, term: this.termAt(index), configuration, configurationIndex, time, records, bytes: 100 };
  }

  /** Forgets the entries up to `index`. */
  compactTo(index: number): void {
    const term = this.termAt(index);
    this.entries.splice(0, index - this.base);
    this.base = index;
    this.baseTerm = term;
  }

  private get inForce(): { readonly configuration: Configuration; readonly index: number } {
    if (this.pinnedConfiguration !== null) return this.pinnedConfiguration;
    const { snapshot, entries, base } = this;
    for (let place = entries.length - 1; place >= 0; place--) {
      const { configuration } = entries[place]!;
      if (configuration !== null) return { configuration, index: base + place + 1 };
    }
    return { configuration: snapshot.configuration, index: snapshot.configurationIndex };
  }
}

/** Shows the current log of a node. */
class FakeLog implements LogView {
  private readonly node: FakeNode;

  constructor(node: FakeNode) {
    this.node = node;
  }

  get base(): number {
    return this.node.base;
  }

  get lastIndex(): number {
    return lastOf(this.node);
  }

  entry(index: number): Entry {
    return this.node.entries[index - this.node.base - 1]!;
  }

  term(index: number): number {
    return termIn(this.node, index);
  }
}

/** The effects of a step, carried out when it is over. */
export class FakeOut {
  readonly executions: { readonly index: number; readonly hash: number }[] = [];
  readonly writes: Write[] = [];
  readonly sends: { readonly to: number; readonly message: Message; readonly held: boolean }[] = [];
  restoration: { readonly index: number; readonly hash: number } | null = null;
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
      const { request: clientRequest, time } = node.log.entry(++node.lastApplied);
      node.machine.passTime(time);
      if (clientRequest !== null && node.machine.recordedReply(clientRequest) === null)
        node.machine.execute(clientRequest, node.lastApplied);
      this.executions.push({ index: node.lastApplied, hash: node.machine.hash });
    }
  }

  /** The state becomes that of the node's snapshot. */
  restore(): void {
    const { node } = this;
    node.machine = new FakeMachine(node.machine.sessionTimeout, node.snapshot.records);
    node.lastApplied = node.snapshot.index;
    this.restoration = { index: node.snapshot.index, hash: node.machine.hash };
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
  node.votedFor = NONE;
  node.leader = NONE;
  out.saveVote();
}
