import type { NodeId } from '../../sim/protocol.ts';
import {
  APPEND_ENTRIES_REPLY,
  type Entry,
  INSTALL_SNAPSHOT_REPLY,
  type Message,
  type RaftDisk,
  REQUEST_VOTE,
  REQUEST_VOTE_REPLY,
} from '../messages.ts';
import type { RaftNode } from '../node.ts';
import { RULES } from '../rules/index.ts';
import { LEADER } from '../view.ts';
import { messageType } from '../wire.ts';

/**
 * Checks the properties of Raft Figure 3, and that nodes claim only what disks hold. Failures are put into `broken`.
 */
export class ClaimChecker {
  readonly broken: string[] = [];
  readonly leaders = new Map<number, NodeId>();
  /** Committed entries by index, each as text; and the hash of the state after each, once a node has applied it. */
  readonly committed: string[] = [];
  readonly hashes: number[] = [];
  readonly joint = new Set<number>();
  /** The candidate a node has voted for, by node and term. */
  private readonly votes = new Map<string, NodeId>();

  /** State Machine Safety. Raft §5.4.3. */
  checkState(id: NodeId, index: number, stateHash: number): void {
    if ((this.hashes[index] ?? stateHash) !== stateHash) this.broken.push(`state after ${index} differs on ${id}`);
    this.hashes[index] = stateHash;
  }

  /** Election Safety and Leader Completeness. Raft §5.2, §5.4. */
  checkElection(node: RaftNode): void {
    const other = this.leaders.get(node.term) ?? node.id;
    if (other !== node.id) this.broken.push(`${other} and ${node.id} lead in term ${node.term}`);
    this.leaders.set(node.term, node.id);
    for (let index = node.log.base + 1; index < this.committed.length; index++) {
      if (entryText(node, index) !== this.committed[index])
        this.broken.push(`leader ${node.id} lacks committed ${index}`);
    }
  }

  /** What a message claims is on its sender's disk when it leaves. */
  checkMessage(from: NodeId, to: NodeId, message: Message, disk: RaftDisk): void {
    if (message.type === REQUEST_VOTE) this.checkVote(from, message.term, from);
    if (RULES.carriesSenderTerm(message) && disk.term < message.term)
      this.broken.push(`${from} sends a term that is not on its disk, in a ${messageType(message)}`);
    if (message.type === REQUEST_VOTE_REPLY && message.granted) {
      if (disk.term === message.term && disk.votedFor !== to)
        this.broken.push(`${from} grants a vote it has not on disk`);
      this.checkVote(from, message.term, to);
    }
    if (message.type === APPEND_ENTRIES_REPLY && message.success && lastOnDisk(disk) < message.matchIndex)
      this.broken.push(`${from} acknowledges entries that are not on its disk`);
    if (message.type === INSTALL_SNAPSHOT_REPLY && message.done && lastOnDisk(disk) < message.lastIndex)
      this.broken.push(`${from} acknowledges a snapshot that is not on its disk`);
  }

  /** Log Matching, State Machine Safety; and what a node claims about itself and others. */
  check(node: RaftNode, disk: RaftDisk, others: readonly (RaftNode | null)[], disks: readonly RaftDisk[]): void {
    this.checkBounds(node);
    this.checkConfiguration(node);
    this.checkDurable(node, disk);
    if (node.role === LEADER) this.checkMatches(node, disks);
    for (let index = node.log.base + 1; index <= node.commitIndex; index++) {
      const entry = entryText(node, index);
      if ((this.committed[index] ?? entry) !== entry) this.broken.push(`${index} is committed twice`);
      this.committed[index] = entry;
    }
    for (const other of others) if (other !== null && other !== node) this.checkMatching(node, other);
  }

  private checkBounds({ id, log, snapshot, commitIndex, lastApplied, stableIndex, configurations }: RaftNode): void {
    const ascend = [0, log.base, snapshot.index, lastApplied, commitIndex, log.lastIndex];
    for (let i = 1; i < ascend.length; i++) {
      if (ascend[i - 1]! > ascend[i]!)
        this.broken.push(`${id} has base, snapshot, applied, commit, last ${ascend.join()}`);
    }
    if (stableIndex > log.lastIndex) this.broken.push(`${id} counts more entries as durable than it has`);
    if (log.base > 0 && log.base === snapshot.index && log.term(log.base) !== snapshot.term)
      this.broken.push(`${id} has another term at its log's base than in its snapshot`);
    for (let i = 1; i < configurations.length; i++) {
      if (configurations[i - 1]!.index >= configurations[i]!.index)
        this.broken.push(`${id} has configurations that do not ascend`);
    }
  }

  /** A node uses the configuration of the last entry that holds one, or of the snapshot. Dissertation §4.1. */
  private checkConfiguration({ id, log, snapshot, configuration, configurationIndex }: RaftNode): void {
    if (configuration.outgoing.length > 0) this.joint.add(configurationIndex);
    let index = log.lastIndex;
    while (index > snapshot.index && log.entry(index).configuration === null) index--;
    const inLog = index > snapshot.index;
    const expected = inLog ? log.entry(index).configuration : snapshot.configuration;
    const at = inLog ? index : snapshot.configurationIndex;
    if (JSON.stringify(configuration) !== JSON.stringify(expected) || configurationIndex !== at)
      this.broken.push(`${id} uses the configuration of ${configurationIndex}, not that of ${at}`);
  }

  private checkDurable(node: RaftNode, disk: RaftDisk): void {
    if (node.stableIndex > lastOnDisk(disk)) this.broken.push(`${node.id} counts ${node.stableIndex} as durable`);
    for (let index = Math.max(disk.base, node.log.base) + 1; index <= node.stableIndex; index++) {
      if (onDisk(disk, index) !== node.log.entry(index)) this.broken.push(`${node.id} counts ${index} as durable`);
    }
  }

  /** What a matchIndex claims is on the follower's disk, unless that is in a later term. Raft Figure 2, matchIndex. */
  private checkMatches(leader: RaftNode, disks: readonly RaftDisk[]): void {
    for (const [id, disk] of disks.entries()) {
      const match = leader.matchIndex[id]!;
      if (match === 0 || disk.term !== leader.term) continue;
      const isThere =
        match <= lastOnDisk(disk) &&
        (match <= disk.base || match <= leader.log.base || onDisk(disk, match) === leader.log.entry(match));
      if (!isThere) this.broken.push(`${leader.id} counts on ${match} of ${id}`);
    }
  }

  private checkMatching(node: RaftNode, other: RaftNode): void {
    const base = Math.max(node.log.base, other.log.base);
    let index = Math.min(node.log.lastIndex, other.log.lastIndex);
    while (index > base && node.log.term(index) !== other.log.term(index)) index--;
    for (; index > base; index--) {
      if (node.log.entry(index) === other.log.entry(index)) continue;
      if (entryText(node, index) !== entryText(other, index)) this.broken.push(`logs do not match at ${index}`);
    }
  }

  /** At most one vote a term, over all incarnations of a node. Raft §5.2. */
  private checkVote(from: NodeId, term: number, candidate: NodeId): void {
    const key = `${from} ${term}`;
    const other = this.votes.get(key) ?? candidate;
    if (other !== candidate) this.broken.push(`${from} votes for ${other} and ${candidate} in term ${term}`);
    this.votes.set(key, candidate);
  }
}

function lastOnDisk({ base, log }: RaftDisk): number {
  return base + log.length;
}

function onDisk({ base, log }: RaftDisk, index: number): Entry | undefined {
  return log[index - base - 1];
}

function entryText(node: RaftNode, index: number): string {
  if (!node.log.has(index)) return 'nothing';
  const { term, request, configuration, time } = node.log.entry(index);
  const members = configuration === null ? 'no-op' : JSON.stringify(configuration);
  return `${term} ${request === null ? members : `${request.session}.${request.sequence}`} ${time}`;
}
