import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntries,
  type AppendEntriesReply,
  type Configuration,
  INSTALL_SNAPSHOT,
  type InstallSnapshot,
  type Message,
  NONE,
  REQUEST_PRE_VOTE_REPLY,
  REQUEST_PRE_VOTE,
  REQUEST_VOTE,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
  type InstallSnapshotReply,
  TIMEOUT_NOW,
  REQUEST_VOTE_REPLY,
} from '../../core/messages.ts';
import { CANDIDATE, PRE_CANDIDATE } from '../../core/view.ts';
import type { Request } from '../../sim/protocol.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { agreement, becomeLeader, entry, type FakeNode, type FakeOut, follow } from './fake-node.ts';

export type { FakeClusterOptions } from './fake-environment.ts';
export { FakeMachine, ok } from './fake-machine.ts';
export { becomeLeader, entry, FakeNode, FakeOut, follow, members, request } from './fake-node.ts';

export const [n1, n2, n3, n4, n5, n6, n7] = [0, 1, 2, 3, 4, 5, 6] as const;

/**
 * A cluster driven by hand. The methods named after what a Raft node does change the state as Raft would, without
 * checking whether that is legal: that is up to the test.
 */
export class FakeCluster extends FakeEnvironment {
  /** Moves to a later term, as a follower without a vote. */
  enterTerm(id: number, term: number): void {
    this.step(id, (node, out) => follow(node, out, term));
    this.sync(id);
  }

  /** Becomes candidate, by default in the next term; RequestVote leaves when its own vote is durable. */
  startElection(id: number, term = this.node(id).term + 1): void {
    this.step(id, (node, out) => {
      node.role = CANDIDATE;
      node.term = term;
      node.votedFor = id;
      node.leader = NONE;
      out.saveVote();
      const lastLogIndex = node.log.lastIndex;
      const requestVote: RequestVote = {
        type: REQUEST_VOTE,
        term,
        candidate: id,
        lastLogIndex,
        lastLogTerm: node.termAt(lastLogIndex),
        transfer: false,
      };
      for (let to = 0; to < this.nodes; to++) if (to !== id) out.send(to, requestVote);
    });
  }

  /** Becomes pre-candidate and sends RequestPreVote for the next term to all nodes. */
  requestPreVotes(id: number): void {
    this.step(id, (node, out) => {
      node.role = PRE_CANDIDATE;
      const lastLogIndex = node.log.lastIndex;
      const lastLogTerm = node.termAt(lastLogIndex);
      const requestVote: Message = {
        type: REQUEST_PRE_VOTE,
        term: node.term + 1,
        candidate: id,
        lastLogIndex,
        lastLogTerm,
      };
      for (let to = 0; to < this.nodes; to++) if (to !== id) out.send(to, requestVote, false);
    });
  }

  /** Replies to a RequestPreVote. */
  replyPreVote(id: number, candidate: number, granted = true): void {
    this.step(id, (node, out) => {
      const term = granted ? this.node(candidate).term + 1 : node.term;
      out.send(candidate, { type: REQUEST_PRE_VOTE_REPLY, term, granted }, false);
    });
  }

  /** The leader begins a leadership transfer and sends TimeoutNow. */
  transferLeadership(id: number, to: number): void {
    this.step(id, (node, out) => {
      node.transferee = to;
      out.send(to, { type: TIMEOUT_NOW, term: node.term }, false);
    });
  }

  /** Becomes candidate, and its vote becomes durable at once. */
  startDurableElection(id: number, term = this.node(id).term + 1): void {
    this.startElection(id, term);
    this.sync(id);
  }

  /** Grants its vote; the reply leaves when the vote is durable. */
  vote(id: number, candidate: number, term = this.node(candidate).term): void {
    this.step(id, (node, out) => {
      follow(node, out, term);
      node.votedFor = candidate;
      out.saveVote();
      out.send(candidate, { type: REQUEST_VOTE_REPLY, term, granted: true });
    });
    this.sync(id);
  }

  deny(id: number, candidate: number, term = this.node(candidate).term): void {
    this.step(id, (node, out) => {
      follow(node, out, Math.max(term, node.term));
      out.send(candidate, { type: REQUEST_VOTE_REPLY, term: node.term, granted: false });
    });
    this.sync(id);
  }

  /** Wins, with what votes there are. */
  lead(id: number): void {
    this.step(id, (node) => becomeLeader(node, this.stable(id)));
  }

  /** Becomes candidate, receives these votes and wins. */
  elect(id: number, voters: readonly number[], term = this.node(id).term + 1): void {
    this.startDurableElection(id, term);
    for (const voter of voters) this.vote(voter, id);
    this.lead(id);
  }

  /** The leader appends entries of its term: requests, or (null) no-ops. They are not durable yet. */
  append(id: number, ...requests: readonly (Request | null)[]): void {
    this.step(id, (node, out) => {
      const from = node.log.lastIndex + 1;
      const entries = requests.map((one) => entry(node.term, one));
      node.entries.push(...entries);
      out.persist({ kind: 'log', from, entries });
    });
  }

  /** The leader appends a configuration. It is not durable yet. */
  reconfigure(id: number, configuration: Configuration): void {
    this.step(id, (node, out) => {
      const one = entry(node.term, null, configuration);
      out.persist({ kind: 'log', from: node.log.lastIndex + 1, entries: [one] });
      node.entries.push(one);
    });
  }

  /** The leader appends a configuration, which these followers get, and commits it. */
  change(id: number, followers: readonly number[], configuration: Configuration): void {
    this.reconfigure(id, configuration);
    this.sync(id);
    for (const follower of followers) this.replicate(id, follower);
    this.commit(id, this.node(id).log.lastIndex);
  }

  /** The node takes a snapshot of all that it has applied, and drops all but `trailing` of the entries before. */
  snapshot(id: number, trailing = 0): void {
    this.step(id, (node, out) => {
      node.snapshot = node.takeSnapshot();
      node.compactTo(Math.max(node.base, node.snapshot.index - trailing));
      const { snapshot, base, baseTerm } = node;
      out.persist({ kind: 'snapshot', snapshot, base, baseTerm, keepsLog: true });
    });
  }

  /** The leader sends its snapshot, in one chunk. */
  offerSnapshot(id: number, to: number): InstallSnapshot {
    const { term, snapshot } = this.node(id);
    const message: InstallSnapshot = {
      type: INSTALL_SNAPSHOT,
      term,
      leader: id,
      lastIndex: snapshot.index,
      lastTerm: snapshot.term,
      configuration: snapshot.configuration,
      configurationIndex: snapshot.configurationIndex,
      time: snapshot.time,
      offset: 0,
      records: snapshot.records,
      done: true,
      round: 0,
      memberSince: 0,
    };
    this.step(id, (_node, out) => out.send(to, message, false));
    return message;
  }

  /** The follower handles InstallSnapshot as §7 says; its reply leaves when the snapshot is durable. */
  install(id: number, message: InstallSnapshot, change: (node: FakeNode) => void = () => {}): InstallSnapshotReply {
    const { term, lastIndex, leader } = message;
    const reply: InstallSnapshotReply = {
      type: INSTALL_SNAPSHOT_REPLY,
      term,
      lastIndex,
      offset: 100,
      done: true,
      round: 0,
      memberSince: 0,
    };
    this.step(id, (node, out) => {
      follow(node, out, term);
      node.leader = leader;
      if (lastIndex > node.commitIndex) {
        installSnapshot(node, out, message);
        change(node);
      }
      out.send(leader, reply);
    });
    return reply;
  }

  /** The leader sends the entries after `prev` up to `last`. */
  offer(id: number, to: number, prev: number, last = this.node(id).log.lastIndex): AppendEntries {
    const node = this.node(id);
    const message: AppendEntries = {
      type: APPEND_ENTRIES,
      term: node.term,
      leader: id,
      prevLogIndex: prev,
      prevLogTerm: node.termAt(prev),
      entries: node.entries.slice(prev - node.base, last - node.base),
      leaderCommit: node.commitIndex,
      round: 0,
      memberSince: 0,
    };
    this.step(id, (_node, out) => out.send(to, message, false));
    return message;
  }

  /** The follower handles AppendEntries as Figure 2 says; its reply leaves when the entries are durable. */
  accept(id: number, message: AppendEntries): AppendEntriesReply {
    const { term, leader, prevLogIndex, entries, leaderCommit } = message;
    const last = prevLogIndex + entries.length;
    let reply = appendReply(term, last);
    this.step(id, (node, out) => {
      if (node.term > term) {
        reply = { ...appendReply(node.term, 0), success: false, rejectedIndex: prevLogIndex };
        out.send(leader, reply);
        return;
      }
      follow(node, out, term);
      node.leader = leader;
      if (!matches(node, message)) {
        reply = { ...appendReply(term, 0), success: false, rejectedIndex: prevLogIndex, conflictIndex: prevLogIndex };
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

  /** The leader counts a follower's success. */
  count(id: number, from: number, reply: AppendEntriesReply | InstallSnapshotReply): void {
    const matchIndex = reply.type === APPEND_ENTRIES_REPLY ? reply.matchIndex : reply.lastIndex;
    this.step(id, (node) => {
      node.matchIndex[from] = Math.max(node.matchIndex[from]!, matchIndex);
      node.nextIndex[from] = Math.max(node.nextIndex[from]!, node.matchIndex[from] + 1);
    });
  }

  /** The follower gets what it lacks up to `last`, makes it durable and says so, and the leader counts it. */
  replicate(id: number, to: number, last = this.node(id).log.lastIndex): void {
    const prev = Math.min(last, agreement(this.node(id), this.node(to)));
    if (prev < this.node(id).base) {
      const installed = this.install(to, this.offerSnapshot(id, to));
      this.sync(to);
      this.count(id, to, installed);
      if (last > this.node(to).log.lastIndex) this.replicate(id, to, last);
      return;
    }
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
  write(id: number, followers: readonly number[], ...requests: readonly (Request | null)[]): void {
    this.append(id, ...requests);
    this.sync(id);
    for (const follower of followers) this.replicate(id, follower);
    this.commit(id, this.node(id).log.lastIndex);
  }
}

/** Raft Figure 2, AppendEntries, receiver 2. What has been compacted away was committed: it matches. */
function matches(node: FakeNode, { prevLogIndex, prevLogTerm }: AppendEntries): boolean {
  if (prevLogIndex < node.base) return true;
  return prevLogIndex <= node.log.lastIndex && node.termAt(prevLogIndex) === prevLogTerm;
}

/** Raft Figure 2, AppendEntries, receiver 3 and 4. */
function store(node: FakeNode, out: FakeOut, { prevLogIndex, entries }: AppendEntries): void {
  const place = prevLogIndex - node.base;
  let held = Math.max(0, -place);
  while (held < entries.length && node.entries[place + held]?.term === entries[held]!.term) held++;
  if (held >= entries.length) return;
  const lacking = entries.slice(held);
  node.entries.length = place + held;
  node.entries.push(...lacking);
  out.persist({ kind: 'log', from: prevLogIndex + held + 1, entries: lacking });
}

/** Raft Figure 13, InstallSnapshot, receiver 6 to 8. */
function installSnapshot(node: FakeNode, out: FakeOut, message: InstallSnapshot): void {
  const { lastIndex: index, lastTerm: term, configuration, configurationIndex, time, records } = message;
  node.snapshot = { index, term, configuration, configurationIndex, time, records, bytes: 100 };
  const keepsLog = index >= node.base && index <= node.log.lastIndex && node.termAt(index) === term;
  if (keepsLog) {
    node.compactTo(index);
  } else {
    node.entries.length = 0;
    node.base = index;
    node.baseTerm = term;
  }
  node.commitIndex = index;
  out.restore();
  out.persist({ kind: 'snapshot', snapshot: node.snapshot, base: node.base, baseTerm: node.baseTerm, keepsLog });
}

function appendReply(term: number, matchIndex: number): AppendEntriesReply {
  return {
    type: APPEND_ENTRIES_REPLY,
    term,
    success: true,
    matchIndex,
    rejectedIndex: 0,
    conflictTerm: 0,
    conflictIndex: 0,
    round: 0,
    memberSince: 0,
  };
}
