/**
 * Random histories of a small Raft on the fake cluster: messages late, twice or never, writes that become durable one
 * by one, crashes between any two. Legal ones raise no alarm; with one rule broken, the right alarm is raised first.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  APPEND_ENTRIES,
  APPEND_REPLY,
  type AppendReply,
  NOBODY,
  REQUEST_VOTE,
  type RequestVote,
  VOTE,
} from '../core/messages.ts';
import { CANDIDATE, LEADER } from '../core/view.ts';
import { becomeLeader, entry, FakeCluster, type FakeNode, follow, request } from './fake-cluster.ts';

type Broken =
  | 'none'
  | 'votes twice'
  | 'votes for any log'
  | 'forgets its vote in a crash'
  | 'leads with a minority'
  | 'commits old terms by counting'
  | 'commits with a minority'
  | 'acknowledges before it is durable'
  | 'cuts its log for a short message'
  | 'does not look at prevLogTerm'
  | 'commits beyond what it was sent'
  | 'counts answers of earlier terms';

class RandomRaft {
  readonly cluster: FakeCluster;
  private readonly broken: Broken;
  private readonly nodes: number;
  private readonly quorum: number;
  private readonly votes: Set<number>[];
  private readonly sequences = [0, 0, 0];
  /** A node that is cut off, or NOBODY. */
  private cutOff = NOBODY;
  /** Places in `letters`: what has left and not arrived. */
  private readonly underWay: number[] = [];
  private posted = 0;
  private rest = 0;

  constructor(nodes: number, broken: Broken) {
    this.cluster = new FakeCluster(nodes);
    this.nodes = nodes;
    this.broken = broken;
    this.quorum = Math.floor(nodes / 2) + 1;
    this.votes = Array.from({ length: nodes }, () => new Set<number>());
  }

  /** One thing happens; the number decides which. */
  act(choice: number): void {
    this.rest = choice;
    const action = this.below(16);
    if (action === 0) this.trouble();
    else if (action < 9) this.deliver();
    else if (action < 13) this.persist();
    else this.lead(action === 13);
  }

  /** Something that does not happen often: a node is cut off, crashes, comes back or stands for election. */
  private trouble(): void {
    const { cluster } = this;
    const id = this.below(this.nodes);
    const what = this.below(8);
    const node = cluster.view(id);
    if (what === 0) {
      this.cutOff = this.cutOff === NOBODY ? id : NOBODY;
    } else if (node === null) {
      this.boot(id);
    } else if (cluster.isPaused(id)) {
      cluster.resume(id);
    } else if (what === 3) {
      cluster.pause(id);
    } else if (what === 1) {
      cluster.crash(id, this.below(cluster.pendingWrites(id) + 1));
    } else if (what === 2) {
      this.campaign(node);
    }
  }

  private breaks(rule: Broken): boolean {
    return this.broken === rule;
  }

  private below(bound: number): number {
    const drawn = this.rest % bound;
    this.rest = Math.floor(this.rest / bound);
    return drawn;
  }

  private boot(id: number): void {
    this.cluster.boot(id, (node) => {
      if (this.breaks('forgets its vote in a crash')) node.votedFor = NOBODY;
    });
  }

  /** The oldest write of a node becomes durable. */
  private persist(): void {
    const { cluster } = this;
    const paused = this.below(this.nodes);
    if (cluster.isPaused(paused)) cluster.sync(paused, Math.min(1, cluster.pendingWrites(paused)));
    const id = this.oneOf((node) => cluster.pendingWrites(node.id) > 0);
    if (id === NOBODY) return;
    cluster.sync(id, 1);
    const node = cluster.node(id);
    const { term, votedFor } = cluster.disk(id);
    if (node.role === CANDIDATE && term === node.term && votedFor === id) this.countVote(id, id);
    if (node.role === LEADER) this.advance(id);
  }

  /** A leader, of whatever term, takes a request or sends something. */
  private lead(serves: boolean): void {
    const id = this.oneOf((node) => node.role === LEADER);
    if (id === NOBODY) {
      const node = this.cluster.view(this.below(this.nodes));
      if (node !== null && !this.cluster.isPaused(node.id) && (this.isIdle() || this.below(32) === 0))
        this.campaign(node);
    } else if (serves) this.serve(this.cluster.node(id));
    else this.send(this.cluster.node(id));
  }

  /** Nothing is under way and nothing waits for a disk: only a timeout can go on from here. */
  private isIdle(): boolean {
    return (
      this.underWay.length === 0 &&
      this.posted === this.cluster.letters.length &&
      this.oneOf((node) => this.cluster.pendingWrites(node.id) > 0) === NOBODY
    );
  }

  private campaign({ id, role }: FakeNode): void {
    if (role === LEADER) return;
    this.votes[id]!.clear();
    this.cluster.campaign(id);
  }

  private oneOf(wanted: (node: FakeNode) => boolean): number {
    const found: number[] = [];
    for (let id = 0; id < this.nodes; id++) {
      const node = this.cluster.view(id);
      if (node !== null && !this.cluster.isPaused(id) && wanted(node)) found.push(id);
    }
    return found.length === 0 ? NOBODY : found[this.below(found.length)]!;
  }

  private serve(node: FakeNode): void {
    const session = this.below(this.sequences.length);
    // Most are new requests; the others are retries.
    if (this.below(3) > 0 || this.sequences[session] === 0) this.sequences[session]!++;
    this.cluster.append(node.id, request(session, this.sequences[session]!, { op: 'append' }));
  }

  private send(leader: FakeNode): void {
    const to = this.below(this.nodes);
    if (to === leader.id) return;
    const prev = leader.nextIndex[to]! - 1;
    this.cluster.offer(leader.id, to, prev, Math.min(leader.log.lastIndex, prev + this.below(4)));
  }

  /** A message arrives: one of the oldest under way, or now and then one that has arrived before. */
  private deliver(): void {
    const { cluster, underWay } = this;
    const { letters } = cluster;
    while (this.posted < letters.length) underWay.push(this.posted++);
    if (letters.length === 0) return;
    const isRepeated = underWay.length === 0 || this.below(6) === 0;
    const place = isRepeated
      ? this.below(letters.length)
      : underWay.splice(this.below(Math.min(8, underWay.length)), 1)[0]!;
    const letter = letters[place]!;
    const { from, to, message } = letter;
    if (cluster.view(to) === null || cluster.isPaused(to)) return;
    if (from === this.cutOff || to === this.cutOff) return;
    switch (message.type) {
      case REQUEST_VOTE:
        this.consider(to, message);
        break;
      case VOTE:
        this.meetTerm(to, message.term);
        if (message.granted && cluster.node(to).role === CANDIDATE && cluster.node(to).term === message.term)
          this.countVote(to, from);
        break;
      case APPEND_ENTRIES:
        if (this.acceptBadly(to, letter)) break;
        cluster.accept(to, message);
        break;
      case APPEND_REPLY:
        this.meetTerm(to, message.term);
        this.countAck(to, from, message);
    }
  }

  private meetTerm(id: number, term: number): void {
    if (term > this.cluster.node(id).term) this.cluster.step(id, (node, out) => follow(node, out, term));
  }

  private consider(id: number, { term, candidate, lastLogIndex, lastLogTerm }: RequestVote): void {
    this.cluster.step(id, (node, out) => {
      if (term > node.term) follow(node, out, term);
      const isFree = node.votedFor === NOBODY || node.votedFor === candidate || this.breaks('votes twice');
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
      out.send(candidate, { type: VOTE, term: node.term, granted });
    });
  }

  private countVote(id: number, from: number): void {
    const votes = this.votes[id]!.add(from);
    const needed = this.breaks('leads with a minority') ? 1 : this.quorum;
    if (votes.size < needed) return;
    this.cluster.step(id, (node, out) => {
      becomeLeader(node, 0);
      node.entries.push(entry(node.term));
      out.persist({ kind: 'log', from: node.log.lastIndex, entries: node.entries.slice(-1) });
    });
  }

  private countAck(id: number, from: number, reply: AppendReply): void {
    const node = this.cluster.node(id);
    if (node.role !== LEADER) return;
    if (reply.term !== node.term && !this.breaks('counts answers of earlier terms')) return;
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
    const needed = this.breaks('commits with a minority') ? Math.max(1, this.quorum - 1) : this.quorum;
    const index = node.matchIndex.toSorted((a, b) => b - a)[needed - 1]!;
    if (index <= node.commitIndex) return;
    if (node.termAt(index) === node.term || this.breaks('commits old terms by counting'))
      this.cluster.commit(id, index);
  }

  /** Handles AppendEntries with a broken rule, if it is one of those. */
  private acceptBadly(id: number, { message }: FakeCluster['letters'][number]): boolean {
    const { cluster } = this;
    const node = cluster.node(id);
    if (message.type !== APPEND_ENTRIES || message.term < node.term) return false;
    if (this.breaks('acknowledges before it is durable')) {
      cluster.send(id, message.leader, cluster.accept(id, message));
      return true;
    }
    const last = message.prevLogIndex + message.entries.length;
    if (this.breaks('commits beyond what it was sent')) {
      cluster.accept(id, message);
      const commit = Math.min(message.leaderCommit, node.log.lastIndex);
      if (commit > node.commitIndex) cluster.commit(id, commit);
      return true;
    }
    if (this.breaks('cuts its log for a short message') && last < node.log.lastIndex) {
      cluster.accept(id, message);
      if (node.log.lastIndex > last && node.termAt(last) === (message.entries.at(-1)?.term ?? message.prevLogTerm)) {
        cluster.step(id, (_node, out) => {
          node.entries.length = last;
          out.persist({ kind: 'log', from: last + 1, entries: [] });
        });
      }
      return true;
    }
    if (this.breaks('does not look at prevLogTerm') && message.prevLogIndex <= node.log.lastIndex) {
      cluster.accept(id, { ...message, prevLogTerm: node.termAt(message.prevLogIndex) });
      return true;
    }
    return false;
  }
}

const histories = fc.record({
  nodes: fc.noBias(fc.integer({ min: 1, max: 5 })),
  choices: fc.array(fc.noBias(fc.nat()), { minLength: 1_500, maxLength: 1_500 }),
});

test('no legal history raises an alarm', () => {
  const marks = new Set<string>();
  let committed = 0;
  fc.assert(
    fc.property(histories, ({ nodes, choices }) => {
      const { cluster, act } = start(nodes, 'none');
      for (const choice of choices) {
        act(choice);
        if (cluster.finding !== null) break;
      }
      expect(cluster.end()).toBeNull();
      for (const mark of cluster.marks.keys()) marks.add(mark);
      committed += cluster.checks.committed;
    }),
    { numRuns: 400, seed: 1 },
  );
  // The histories were worth it.
  expect(committed).toBeGreaterThan(1_000);
  expect([...marks].toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
    expect.arrayContaining([
      'candidate-gave-way',
      'entries-lost',
      'indirect-commit',
      'leader-change',
      'leader-stepped-down',
      'log-truncated',
      'old-term-majority',
      'repeated-request',
      'split-vote',
      'stale-leader',
      'term-lost',
      'vote-denied',
      'vote-denied-by-log',
      'vote-lost',
      'write-rolled-back',
    ]),
  );
});

const EXPECTED: readonly [Exclude<Broken, 'none'>, readonly string[]][] = [
  ['votes twice', ['I8']],
  ['votes for any log', ['I3']],
  ['forgets its vote in a crash', ['I8', 'I21']],
  ['leads with a minority', ['I1', 'I3', 'I19']],
  ['commits old terms by counting', ['I14']],
  ['commits with a minority', ['I14']],
  ['acknowledges before it is durable', ['I12', 'I16']],
  ['cuts its log for a short message', ['I3', 'I6', 'I12', 'I14', 'I22']],
  ['does not look at prevLogTerm', ['I2', 'I6', 'I12', 'I18']],
  ['commits beyond what it was sent', ['I6']],
  ['counts answers of earlier terms', ['I12']],
];

test.each(EXPECTED)('a node that %s is found by %j first', (broken, expected) => {
  const found = new Set<string>();
  for (const { nodes, choices } of fc.sample(histories, { numRuns: 300, seed: 1 })) {
    const { cluster, act } = start(nodes, broken);
    for (const choice of choices) {
      act(choice);
      if (cluster.finding !== null) break;
    }
    if (cluster.finding !== null) found.add(cluster.finding.invariant);
  }
  expect([...found].filter((id) => !expected.includes(id))).toEqual([]);
  expect(found.size).toBeGreaterThan(0);
});

function start(nodes: number, broken: Broken): { cluster: FakeCluster; act: (choice: number) => void } {
  const raft = new RandomRaft(nodes, broken);
  return { cluster: raft.cluster, act: (choice) => raft.act(choice) };
}
