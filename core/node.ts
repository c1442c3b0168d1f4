import type { Request, Ticket } from '../sim/protocol.ts';
import { Log } from './log.ts';
import { type AppendEntries, NOBODY, type RaftDisk } from './messages.ts';
import type { RaftOptions } from './options.ts';
import type { Rules } from './rules.ts';
import { KeyValueStore } from './store.ts';
import { FOLLOWER, type RaftView, type RoleCode } from './view.ts';

/** A log write on its way to the disk. */
export interface LogWriteUnderWay {
  readonly ticket: Ticket;
  /** The log in memory equals what this write makes durable up to here. */
  matches: number;
}

/** The state of one node: Raft Figure 2, State. */
export class RaftNode implements RaftView {
  readonly id: number;
  /** Number of nodes in the cluster. */
  readonly nodes: number;
  readonly options: RaftOptions;
  readonly rules: Rules;

  // Persistent state on all servers.
  term: number;
  votedFor: number;
  readonly log: Log;

  // Volatile state on all servers.
  role: RoleCode = FOLLOWER;
  leader = NOBODY;
  commitIndex = 0;
  lastApplied = 0;
  readonly store: KeyValueStore;

  // Volatile state on candidates.
  /** By node: 1 if it has voted for us in this term. */
  readonly votes: Uint8Array;

  // Volatile state on leaders.
  readonly nextIndex: Float64Array;
  readonly matchIndex: Float64Array;
  /** By node: last index of the entries under way to it, 0 if none are. */
  readonly awaiting: Float64Array;
  /** By node: local time from which on entries under way count as lost. */
  readonly repeatAt: Float64Array;
  /** By node: how long to wait before entries are sent again. Doubles with each repetition. */
  readonly patience: Float64Array;
  /** By node: local time at which it last answered. */
  readonly heardAt: Float64Array;
  /** Requests appended in this leadership and not yet answered, by index. */
  readonly waiting: Map<number, Request>;
  /** The sequence number each session waits for, among those. */
  readonly asked: Map<number, number>;
  /** The AppendEntries built last: followers that need the same share it. Forgotten when the log changes. */
  lastAppend: AppendEntries | null = null;

  // The disk.
  /** The log in memory is durable up to here. */
  stableIndex: number;
  /** The newest write. What we say must not leave before it is durable. */
  lastTicket: Ticket = 0;
  /** The write that holds our vote for ourselves. */
  voteTicket: Ticket = 0;
  readonly writes: LogWriteUnderWay[] = [];

  constructor(id: number, nodes: number, options: RaftOptions, rules: Rules, disk: RaftDisk) {
    this.id = id;
    this.nodes = nodes;
    this.options = options;
    this.rules = rules;
    this.term = disk.term;
    this.votedFor = rules.voteAtRestart(disk);
    this.log = new Log(disk.log.slice());
    this.stableIndex = this.log.lastIndex;
    this.store = new KeyValueStore();
    this.votes = new Uint8Array(nodes);
    this.nextIndex = new Float64Array(nodes);
    this.matchIndex = new Float64Array(nodes);
    this.awaiting = new Float64Array(nodes);
    this.repeatAt = new Float64Array(nodes);
    this.patience = new Float64Array(nodes);
    this.heardAt = new Float64Array(nodes);
    this.waiting = new Map();
    this.asked = new Map();
  }

  lookup(key: string): string | null {
    return this.store.lookup(key);
  }

  clone(): RaftNode {
    const disk = { term: this.term, votedFor: this.votedFor, log: [] };
    const copy = new RaftNode(this.id, this.nodes, this.options, this.rules, disk);
    return Object.assign(copy, this, {
      votedFor: this.votedFor,
      log: this.log.clone(),
      store: this.store.clone(),
      votes: this.votes.slice(),
      nextIndex: this.nextIndex.slice(),
      matchIndex: this.matchIndex.slice(),
      awaiting: this.awaiting.slice(),
      repeatAt: this.repeatAt.slice(),
      patience: this.patience.slice(),
      heardAt: this.heardAt.slice(),
      waiting: new Map(this.waiting),
      asked: new Map(this.asked),
      writes: this.writes.map((write) => ({ ...write })),
    });
  }
}
