import {
  APPEND_ENTRIES,
  APPEND_ENTRIES_REPLY,
  type AppendEntriesReply,
  INSTALL_SNAPSHOT,
  type InstallSnapshot,
  NONE,
  REQUEST_VOTE,
  type RequestVote,
  INSTALL_SNAPSHOT_REPLY,
  REQUEST_VOTE_REPLY,
} from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER, LEADER } from '../../core/view.ts';
import { isVoter } from '../configurations.ts';
import { becomeLeader, entry, FakeCluster, type FakeNode, follow, members, request } from './fake-cluster.ts';
import type { SentMessage } from './fake-environment.ts';

/** The rule that all nodes break. */
export type Broken =
  | 'none'
  | 'votes twice'
  | 'votes for any log'
  | 'forgets its vote in a crash'
  | 'leads with a minority'
  | 'commits old terms by counting'
  | 'commits with a minority'
  | 'acknowledges before it is durable'
  | 'truncates its log for a short message'
  | 'ignores prevLogTerm'
  | 'commits beyond what it was sent'
  | 'counts replies of earlier terms'
  | 'changes two voters at once'
  | 'changes the members before it has committed anything'
  | 'keeps a configuration that its log has lost'
  | 'counts replies of non-voters'
  | 'installs snapshots that are behind'
  | 'drops the entries after a snapshot';

export interface RandomOptions {
  readonly nodes: number;
  readonly broken: Broken;
  /** Whether logs are compacted. */
  readonly compacts: boolean;
  /** Whether members come and go. */
  readonly changes: boolean;
}

/** A small Raft that takes random legal steps, but breaks one rule. */
export class RandomRaft {
  readonly cluster: FakeCluster;
  private readonly nodes: number;
  private readonly options: RandomOptions;
  private readonly votes: Set<number>[];
  private readonly sequences = [0, 0, 0];
  /** A node that is cut off; NONE: no node. */
  private cutOff = NONE;
  /** Positions in `sentMessages` of the messages that have not arrived yet. */
  private readonly inFlight: number[] = [];
  private posted = 0;
  private rest = 0;

  constructor(options: RandomOptions) {
    const { nodes } = options;
    this.cluster = new FakeCluster(nodes);
    this.options = options;
    this.nodes = nodes;
    this.votes = Array.from({ length: nodes }, () => new Set<number>());
  }

  /** Takes one step, which the number decides. */
  act(choice: number): void {
    this.rest = choice;
    const action = this.below(16);
    if (action === 0) this.fault();
    else if (action === 15 && this.options.compacts && this.below(3) === 0) this.compact();
    else if (action === 14 && this.options.changes && this.below(8) === 0) this.changeMembers();
    else if (action < 9) this.deliver();
    else if (action < 13) this.persist();
    else this.lead(action === 13);
  }

  /** A fault: a node is cut off, crashes, restarts, pauses or starts an election. */
  private fault(): void {
    const { cluster } = this;
    const id = this.below(this.nodes);
    const what = this.below(8);
    const node = cluster.view(id);
    if (what === 0) {
      this.cutOff = this.cutOff === NONE ? id : NONE;
    } else if (node === null) {
      this.boot(id);
    } else if (cluster.isPaused(id)) {
      cluster.resume(id);
    } else if (what === 3) {
      cluster.pause(id);
    } else if (what === 1) {
      cluster.crash(id, this.below(cluster.pendingWrites(id) + 1));
    } else if (what === 2) {
      this.startElection(node);
    }
  }

  private breaks(rule: Broken): boolean {
    return this.options.broken === rule;
  }

  private below(bound: number): number {
    const drawn = this.rest % bound;
    this.rest = Math.floor(this.rest / bound);
    return drawn;
  }

  private boot(id: number): void {
    this.cluster.boot(id, (node) => {
      if (this.breaks('forgets its vote in a crash')) node.votedFor = NONE;
    });
  }

  /** The oldest write of a node becomes durable. */
  private persist(): void {
    const { cluster } = this;
    const paused = this.below(this.nodes);
    if (cluster.isPaused(paused)) cluster.sync(paused, Math.min(1, cluster.pendingWrites(paused)));
    const id = this.oneOf((node) => cluster.pendingWrites(node.id) > 0);
    if (id === NONE) return;
    cluster.sync(id, 1);
    const node = cluster.node(id);
    const { term, votedFor } = cluster.disk(id);
    if (node.role === CANDIDATE && term === node.term && votedFor === id) this.handleVote(id, id);
    if (node.role === LEADER) this.advance(id);
  }

  /** A leader of any term handles a request or sends a message. */
  private lead(serves: boolean): void {
    const id = this.oneOf((node) => node.role === LEADER);
    if (id === NONE) {
      const node = this.cluster.view(this.below(this.nodes));
      if (node !== null && !this.cluster.isPaused(node.id) && (this.isIdle() || this.below(32) === 0))
        this.startElection(node);
    } else if (serves) this.handleRequest(this.cluster.node(id));
    else this.send(this.cluster.node(id));
  }

  /** No message is in flight and no write is pending: only a timeout can make progress. */
  private isIdle(): boolean {
    return (
      this.inFlight.length === 0 &&
      this.posted === this.cluster.sentMessages.length &&
      this.oneOf((node) => this.cluster.pendingWrites(node.id) > 0) === NONE
    );
  }

  private startElection({ id, role, configuration }: FakeNode): void {
    if (role === LEADER || !isVoter(configuration, id)) return;
    this.votes[id]!.clear();
    this.cluster.startElection(id);
  }

  private oneOf(wanted: (node: FakeNode) => boolean): number {
    const found: number[] = [];
    for (let id = 0; id < this.nodes; id++) {
      const node = this.cluster.view(id);
      if (node !== null && !this.cluster.isPaused(id) && wanted(node)) found.push(id);
    }
    return found.length === 0 ? NONE : found[this.below(found.length)]!;
  }

  private handleRequest(node: FakeNode): void {
    const session = this.below(this.sequences.length);
    // Most are new requests; the others are retries.
    if (this.below(3) > 0 || this.sequences[session] === 0) this.sequences[session]!++;
    this.cluster.append(node.id, request(session, this.sequences[session]!, { op: 'append' }));
  }

  private send(leader: FakeNode): void {
    const to = this.below(this.nodes);
    if (to === leader.id) return;
    const prev = leader.nextIndex[to]! - 1;
    if (prev < leader.base) this.cluster.offerSnapshot(leader.id, to);
    else this.cluster.offer(leader.id, to, prev, Math.min(leader.log.lastIndex, prev + this.below(4)));
  }

  /** A message arrives: one of the oldest in flight, or now and then one that has arrived before. */
  private deliver(): void {
    const { cluster, inFlight } = this;
    const { sentMessages } = cluster;
    while (this.posted < sentMessages.length) inFlight.push(this.posted++);
    if (sentMessages.length === 0) return;
    const isRepeated = inFlight.length === 0 || this.below(6) === 0;
    const place = isRepeated
      ? this.below(sentMessages.length)
      : inFlight.splice(this.below(Math.min(8, inFlight.length)), 1)[0]!;
    const sent = sentMessages[place]!;
    const { from, to } = sent;
    if (cluster.view(to) === null || cluster.isPaused(to)) return;
    if (from === this.cutOff || to === this.cutOff) return;
    this.handle(sent);
  }

  private handle(sent: SentMessage): void {
    const { cluster } = this;
    const { from, to, message } = sent;
    switch (message.type) {
      case REQUEST_VOTE:
        this.handleRequestVote(to, message);
        break;
      case REQUEST_VOTE_REPLY:
        this.observeTerm(to, message.term);
        if (message.granted && cluster.node(to).role === CANDIDATE && cluster.node(to).term === message.term)
          this.handleVote(to, from);
        break;
      case APPEND_ENTRIES:
        if (this.acceptBroken(to, sent)) break;
        cluster.accept(to, message);
        break;
      case APPEND_ENTRIES_REPLY:
        this.observeTerm(to, message.term);
        this.handleAck(to, from, message);
        break;
      case INSTALL_SNAPSHOT:
        if (message.term >= cluster.node(to).term) this.install(to, message);
        break;
      case INSTALL_SNAPSHOT_REPLY:
        this.observeTerm(to, message.term);
        if (cluster.node(to).role !== LEADER || cluster.node(to).term !== message.term) break;
        cluster.count(to, from, message);
        this.advance(to);
        break;
      default:
    }
  }

  /** A node takes a snapshot of what it has applied, and keeps some of the entries before. */
  private compact(): void {
    const { cluster } = this;
    const id = this.oneOf((node) => node.lastApplied > node.snapshot.index);
    if (id !== NONE) cluster.snapshot(id, this.below(4));
  }

  private install(id: number, message: InstallSnapshot): void {
    const { cluster } = this;
    const node = cluster.node(id);
    if (this.breaks('installs snapshots that are behind') && message.lastIndex < node.commitIndex) {
      node.commitIndex = 0;
      cluster.install(id, message);
      return;
    }
    const drops = this.breaks('drops the entries after a snapshot');
    cluster.install(id, message, () => {
      if (drops) node.entries.length = 0;
    });
  }

  /** A leader adds or removes a voter or a learner, or enters or leaves a joint configuration. */
  private changeMembers(): void {
    const { cluster } = this;
    const early = this.breaks('changes the members before it has committed anything');
    const id = this.oneOf(
      (node) =>
        node.role === LEADER &&
        ((node.configurationIndex <= node.commitIndex && node.termAt(node.commitIndex) === node.term) || early),
    );
    if (id === NONE) return;
    const { voters, outgoing, learners } = cluster.node(id).configuration;
    if (outgoing.length > 0) {
      cluster.reconfigure(id, members(voters, { learners }));
      return;
    }
    const what = this.below(4);
    const one = this.below(this.nodes);
    const toggled = (nodes: readonly number[], node: number): readonly number[] =>
      nodes.includes(node) ? nodes.filter((other) => other !== node) : [...nodes, node].toSorted((a, b) => a - b);
    let next = toggled(voters, one);
    if (what === 0 || this.breaks('changes two voters at once')) next = toggled(next, this.below(this.nodes));
    const rest = learners.filter((node) => !next.includes(node));
    if (next.length === 0) return;
    if (what === 1 && !voters.includes(one))
      cluster.reconfigure(id, members(voters, { learners: toggled(learners, one) }));
    else if (what === 0 && !this.breaks('changes two voters at once'))
      cluster.reconfigure(id, members(next, { outgoing: voters, learners: rest }));
    else cluster.reconfigure(id, members(next, { learners: rest }));
  }

  /** Whether these nodes are enough for the node to be elected or to commit. */
  private isQuorum(
    { configuration: { voters, outgoing } }: FakeNode,
    nodes: readonly number[],
    needed: number,
  ): boolean {
    if (this.breaks('counts replies of non-voters')) return nodes.length * 2 > voters.length;
    const suffices = (of: readonly number[]): boolean =>
      nodes.filter((node) => of.includes(node)).length + needed >= Math.floor(of.length / 2) + 1;
    return suffices(voters) && (outgoing.length === 0 || suffices(outgoing));
  }

  private observeTerm(id: number, term: number): void {
    if (term > this.cluster.node(id).term) this.cluster.step(id, (node, out) => follow(node, out, term));
  }

  private handleRequestVote(id: number, { term, candidate, lastLogIndex, lastLogTerm }: RequestVote): void {
    this.cluster.step(id, (node, out) => {
      if (term > node.term) follow(node, out, term);
      const isFree = node.votedFor === NONE || node.votedFor === candidate || this.breaks('votes twice');
      const last = node.log.lastIndex;
      const isUpToDate =
        lastLogTerm > node.termAt(last) ||
        (lastLogTerm === node.termAt(last) && lastLogIndex >= last) ||
        this.breaks('votes for any log');
      const granted = term === node.term && isFree && isUpToDate && node.votedFor !== id;
      if (granted && node.votedFor !== candidate) {
        node.votedFor = candidate;
        out.saveVote();
      }
      out.send(candidate, { type: REQUEST_VOTE_REPLY, term: node.term, granted });
    });
  }

  private handleVote(id: number, from: number): void {
    const votes = this.votes[id]!.add(from);
    const spared = this.breaks('leads with a minority') ? this.nodes : 0;
    if (!this.isQuorum(this.cluster.node(id), [...votes], spared)) return;
    this.cluster.step(id, (node, out) => {
      becomeLeader(node, 0);
      node.entries.push(entry(node.term));
      out.persist({ kind: 'log', from: node.log.lastIndex, entries: node.entries.slice(-1) });
    });
  }

  private handleAck(id: number, from: number, reply: AppendEntriesReply): void {
    const node = this.cluster.node(id);
    if (node.role !== LEADER) return;
    if (reply.term !== node.term && !this.breaks('counts replies of earlier terms')) return;
    if (reply.success) {
      this.cluster.count(id, from, { ...reply, matchIndex: Math.min(reply.matchIndex, node.log.lastIndex) });
      this.advance(id);
    } else {
      const next = Math.max(node.matchIndex[from]! + 1, Math.min(node.nextIndex[from]!, reply.conflictIndex));
      this.cluster.step(id, () => (node.nextIndex[from] = next));
    }
  }

  private advance(id: number): void {
    const node = this.cluster.node(id);
    const spared = this.breaks('commits with a minority') ? 1 : 0;
    const reached = (index: number): readonly number[] =>
      node.matchIndex.flatMap((match, other) => (match >= index ? [other] : []));
    let index = node.log.lastIndex;
    while (index > node.commitIndex && !this.isQuorum(node, reached(index), spared)) index--;
    if (index <= node.commitIndex) return;
    if (node.termAt(index) !== node.term && !this.breaks('commits old terms by counting')) return;
    this.cluster.step(id, (_node, out) => {
      node.commitIndex = index;
      out.apply(index);
      // It has committed its own removal.
      if (node.configurationIndex <= index && !isVoter(node.configuration, id)) node.role = FOLLOWER;
    });
  }

  /** Handles AppendEntries with the broken rule, if that is one of AppendEntries. */
  private acceptBroken(id: number, { message }: SentMessage): boolean {
    const { cluster } = this;
    const node = cluster.node(id);
    if (message.type !== APPEND_ENTRIES || message.term < node.term) return false;
    if (this.breaks('acknowledges before it is durable')) {
      cluster.send(id, message.leader, cluster.accept(id, message));
      return true;
    }
    const last = message.prevLogIndex + message.entries.length;
    if (message.prevLogIndex < node.base) return false;
    if (this.breaks('keeps a configuration that its log has lost')) {
      const { configuration, configurationIndex: index } = node;
      cluster.accept(id, message);
      if (node.configurationIndex < index)
        cluster.step(id, () => (node.pinnedConfiguration = { configuration, index }));
      return true;
    }
    if (this.breaks('commits beyond what it was sent')) {
      cluster.accept(id, message);
      const commit = Math.min(message.leaderCommit, node.log.lastIndex);
      if (commit > node.commitIndex) cluster.commit(id, commit);
      return true;
    }
    if (this.breaks('truncates its log for a short message') && last < node.log.lastIndex) {
      cluster.accept(id, message);
      if (node.log.lastIndex > last && node.termAt(last) === (message.entries.at(-1)?.term ?? message.prevLogTerm)) {
        cluster.step(id, (_node, out) => {
          node.entries.length = last - node.base;
          out.persist({ kind: 'log', from: last + 1, entries: [] });
        });
      }
      return true;
    }
    if (this.breaks('ignores prevLogTerm') && message.prevLogIndex <= node.log.lastIndex) {
      cluster.accept(id, { ...message, prevLogTerm: node.termAt(message.prevLogIndex) });
      return true;
    }
    return false;
  }
}
