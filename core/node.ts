import type { Micros, NodeId, Request, Ticket } from '../sim/protocol.ts';
import { membersOf } from './configuration.ts';
import { KeyValueStore } from './kv-store.ts';
import { Log } from './log.ts';
import {
  type AppendEntries,
  type Configuration,
  NONE,
  type RaftDisk,
  type Snapshot,
  type SnapshotRecord,
} from './messages.ts';
import type { RaftOptions } from './options.ts';
import { Progress } from './progress.ts';
import type { Rules } from './rules/index.ts';
import { FOLLOWER, type RaftView, type RoleCode } from './view.ts';

/** Timer of followers and candidates: fires after an election timeout without contact from a leader. Raft §5.2. */
export const ELECTION = 0;
/** Timer of leaders: fires when heartbeats are due. Raft §5.2. */
export const HEARTBEAT = 1;

/** The names of the timers, by number. */
export const TIMERS: readonly string[] = Object.freeze(['election', 'heartbeat']);

/** A log or snapshot write that is not durable yet. */
export interface PendingLogWrite {
  readonly ticket: Ticket;
  /** The log in memory equals what this write makes durable up to here. */
  matches: number;
}

/** A configuration, and the index of the entry that holds it. */
export interface ConfigurationRecord {
  readonly index: number;
  readonly configuration: Configuration;
}

/** A read that is served without going through the log. Dissertation §6.4. */
export interface PendingRead {
  /** The client's request; null for a follower's ReadIndex. */
  readonly request: Request | null;
  /** The follower that sent ReadIndex or forwarded the request; NONE if the client sent it. */
  readonly from: NodeId;
  /** The number that the follower gave to it. */
  readonly read: number;
  /** The index that must be applied before the read is served; −1 until it is known. */
  index: number;
  /** The heartbeat round that a quorum must reply to first; 0: it is confirmed. */
  heartbeatRound: number;
  /** Local time after which its client has surely retried. */
  readonly expiresAt: Micros;
}

/** A snapshot of which some chunks have arrived. */
export interface IncomingSnapshot {
  readonly lastIndex: number;
  readonly lastTerm: number;
  /** Bytes received without a gap. */
  offset: number;
  readonly records: SnapshotRecord[];
}

/** A new member that catches up with the log before it votes. Dissertation §4.2.1. */
export interface CatchUp {
  readonly node: NodeId;
  /** The index it must reach to end the current round, and the local time at which that round began. */
  goal: number;
  since: Micros;
  rounds: number;
}

/** The state of one node. Raft Figure 2, State. */
export class RaftNode implements RaftView {
  readonly id: number;
  /** Number of nodes there are, members or not. */
  readonly nodes: number;
  readonly options: RaftOptions;
  readonly rules: Rules;

  // Figure 2, persistent state on all servers.
  term: number;
  votedFor: number;
  readonly log: Log;
  snapshot: Snapshot;

  // Figure 2, volatile state on all servers.
  role: RoleCode = FOLLOWER;
  leader = NONE;
  commitIndex: number;
  lastApplied: number;
  store: KeyValueStore;
  /** The configurations of the snapshot and of the log after it, by ascending index: at least one. */
  readonly configurations: ConfigurationRecord[];
  /** The configuration the node uses: that of the last record, committed or not. Dissertation §4.1. */
  configuration: Configuration;
  configurationIndex: number;
  /** Its members, ascending. */
  members: readonly NodeId[];
  /** By node: 1 for a member. */
  readonly isMember: Uint8Array;
  /** Local time until which this node ignores candidates, because it has a leader. Dissertation §4.2.3. */
  stickyUntil: Micros = -Infinity;
  /** The snapshot that is arriving, or null. */
  incoming: IncomingSnapshot | null = null;
  /** Bytes of the entries applied since the last snapshot. */
  bytesSinceSnapshot = 0;

  // Volatile state on candidates.
  /** By node: 1 if it has granted its vote in this term (or its pre-vote, while this node is a pre-candidate). */
  readonly votes: Uint8Array;

  // Figure 2, volatile state on leaders.
  readonly nextIndex: Float64Array;
  readonly matchIndex: Float64Array;
  readonly progress: readonly Progress[];
  /** Requests appended in this leadership whose clients have no reply yet, by index. */
  readonly pendingRequests: Map<number, Request>;
  /** The followers that forwarded some of those, and get the replies, by index. */
  readonly forwardedBy: Map<number, NodeId>;
  /** The keys of those requests (see `keyOf`). */
  readonly pendingKeys: Set<number>;
  /** Bytes of the requests among the entries appended and not committed. */
  uncommittedBytes = 0;
  /** The AppendEntries built last, which followers that need the same share; null after the log has changed. */
  lastAppend: AppendEntries | null = null;
  /** Index of the first entry that this leader appended in its term; 0 until there is one. */
  firstOwnIndex = 0;
  /** The transfer target, or NONE; and the local time at which the transfer is aborted. */
  transferee: NodeId = NONE;
  transferUntil: Micros = 0;
  /** Whether TimeoutNow was sent in this leadership: from then on, no lease holds. */
  timeoutNowSent = false;
  catchUp: CatchUp | null = null;

  // Reads.
  /** The number of the latest heartbeat round. */
  heartbeatRound = 0;
  /** Local time at which each unconfirmed round began: that of round `oldestRound + i` is at position i. */
  readonly roundStarts: Micros[] = [];
  oldestRound = 1;
  /** Local time until which no other node can be elected. Dissertation §6.4.1. */
  leaseUntil: Micros = -Infinity;
  readonly reads: PendingRead[] = [];
  /** Followers: the number of the last read. */
  lastRead = 0;

  // The disk.
  /** The log in memory is durable up to here. */
  stableIndex: number;
  /** The newest write. Messages that depend on it must not leave before it is durable. */
  lastTicket: Ticket = 0;
  /** The write that holds the current term. */
  termTicket: Ticket = 0;
  /** The write that holds this candidate's vote for itself; Infinity: that does not count. */
  voteTicket: Ticket = 0;
  /** The newest write that is known to be durable. */
  durableTicket: Ticket = 0;
  /** The write of a vote that the election timer waits for: it is stopped until then. 0: it runs, or the node leads. */
  timerTicket: Ticket = 0;
  readonly writes: PendingLogWrite[] = [];

  constructor(id: number, nodes: number, options: RaftOptions, rules: Rules, found: RaftDisk) {
    const disk = rules.diskAtRestart(found);
    const { snapshot } = disk;
    this.id = id;
    this.nodes = nodes;
    this.options = options;
    this.rules = rules;
    this.term = disk.term;
    this.votedFor = disk.votedFor;
    this.log = new Log(disk.log.slice(), disk.base, disk.baseTerm);
    this.snapshot = snapshot;
    this.commitIndex = snapshot.index;
    this.lastApplied = snapshot.index;
    this.store = new KeyValueStore(options.sessionTimeout, snapshot.records, snapshot.time);
    this.configurations = [{ index: snapshot.configurationIndex, configuration: snapshot.configuration }];
    for (let index = Math.max(snapshot.index, this.log.base) + 1; index <= this.log.lastIndex; index++) {
      const { configuration } = this.log.entry(index);
      if (configuration !== null) this.configurations.push({ index, configuration });
    }
    const last = this.configurations[this.configurations.length - 1]!;
    this.configuration = last.configuration;
    this.configurationIndex = last.index;
    this.members = membersOf(last.configuration);
    this.stableIndex = this.log.lastIndex;
    this.isMember = new Uint8Array(nodes);
    for (const node of this.members) this.isMember[node] = 1;
    this.votes = new Uint8Array(nodes);
    this.nextIndex = new Float64Array(nodes);
    this.matchIndex = new Float64Array(nodes);
    this.progress = Array.from({ length: nodes }, () => new Progress());
    this.pendingRequests = new Map();
    this.forwardedBy = new Map();
    this.pendingKeys = new Set();
  }

  get catchingUp(): NodeId {
    return this.catchUp === null ? NONE : this.catchUp.node;
  }

  lookup(key: string): string | null {
    return this.store.lookup(key);
  }

  clone(): RaftNode {
    const { term, votedFor } = this;
    // The constructor need not read the fields that are replaced below.
    const snapshot = { ...this.snapshot, records: [] };
    const disk = { term, votedFor, snapshot, base: 0, baseTerm: 0, log: [], damage: [] };
    const copy = new RaftNode(this.id, this.nodes, this.options, this.rules, disk);
    return Object.assign(copy, this, {
      votedFor,
      log: this.log.clone(),
      store: this.store.clone(),
      configurations: this.configurations.slice(),
      incoming: this.incoming === null ? null : { ...this.incoming, records: this.incoming.records.slice() },
      isMember: this.isMember.slice(),
      votes: this.votes.slice(),
      nextIndex: this.nextIndex.slice(),
      matchIndex: this.matchIndex.slice(),
      progress: this.progress.map((progress) => progress.clone()),
      pendingRequests: new Map(this.pendingRequests),
      forwardedBy: new Map(this.forwardedBy),
      pendingKeys: new Set(this.pendingKeys),
      catchUp: this.catchUp === null ? null : { ...this.catchUp },
      roundStarts: this.roundStarts.slice(),
      reads: this.reads.map((read) => ({ ...read })),
      writes: this.writes.map((write) => ({ ...write })),
    });
  }
}
