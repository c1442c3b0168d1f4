import { describe, expect, test } from 'vitest';
import { type AppendEntries, REQUEST_VOTE, type RequestVote, REQUEST_VOTE_REPLY } from '../../core/messages.ts';
import { CANDIDATE, FOLLOWER } from '../../core/view.ts';
import { entry, FakeCluster, n1, n2, n3, n4, n5, request } from '../testing/fake-cluster.ts';

const A = request(1, 1);
const B = request(2, 1);
const ASK: Omit<RequestVote, 'term' | 'candidate'> = {
  type: REQUEST_VOTE,
  lastLogIndex: 0,
  lastLogTerm: 0,
  transfer: false,
};

describe('[I8] VoteOnce', () => {
  test('[I8] a second vote in a term, for another candidate, is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.vote(n2, n1);
    cluster.vote(n2, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 changed its vote in term 1 from n1 to n3');
  });

  test('[I8] a node that crashed after voting does not vote for another in that term', () => {
    const cluster = new FakeCluster(3, { enabled: ['I8'] });
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.vote(n2, n1);
    cluster.crash(n2);
    cluster.boot(n2, (node) => (node.votedFor = -1));
    cluster.vote(n2, n3);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n2 });
    expect(cluster.violation?.summary).toBe('n2 changed its vote in term 1 from n1 to n3');
  });

  test('[I8] a vote that was given in a term left long ago still counts', () => {
    const cluster = new FakeCluster(3, { enabled: ['I8'] });
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.vote(n2, n1);
    cluster.enterTerm(n2, 5);
    cluster.send(n2, n3, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n2 });
  });

  test('[I8] a node that has voted for another and then becomes candidate in the same term is rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I8'] });
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.startDurableElection(n2, 1);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n2 });
  });

  test('[I8] a candidate that loses its own vote in a crash and votes for another in that term is rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I8'] });
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.crash(n3);
    cluster.boot(n3, (node) => (node.votedFor = -1));
    cluster.vote(n3, n1);
    expect(cluster.violation).toMatchObject({ invariant: 'I8', node: n3 });
  });

  test('[I8] the same candidate may be granted its vote again, also by a later incarnation', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.vote(n2, n1);
    cluster.vote(n2, n1);
    cluster.restart(n2);
    cluster.vote(n2, n1);
    cluster.lead(n1);
    expect(cluster.end()).toBeNull();
  });

  test('[I8] votes for different candidates in different terms are accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.elect(n3, [n2], 2);
    cluster.elect(n2, [n1], 3);
    expect(cluster.end()).toBeNull();
  });

  test('[I8] a vote that was lost in a crash before it had left may be given to another', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.step(n2, (node, out) => {
      Object.assign(node, { term: 1, votedFor: n1 });
      out.saveVote();
      out.send(n1, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    });
    cluster.restart(n2);
    cluster.vote(n2, n3);
    cluster.lead(n3);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I16] SendAfterPersist', () => {
  test('[I16] a message of a term that is not durable at its sender is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.step(n1, (node, out) => {
      Object.assign(node, { role: CANDIDATE, term: 1, votedFor: n1 });
      out.saveVote();
      out.send(n2, { ...ASK, term: 1, candidate: n1 }, false);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 sends a message of term 1, but its durable term is 0');
  });

  test('[I16] a denial of a term that is not durable is rejected like any message', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.step(n2, (node, out) => {
      node.term = 1;
      out.saveVote();
      out.send(n1, { type: REQUEST_VOTE_REPLY, term: 1, granted: false }, false);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n2 });
  });

  test('[I16] a granted vote that is not durable is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.enterTerm(n2, 1);
    cluster.step(n2, (node, out) => {
      node.votedFor = n1;
      out.saveVote();
      out.send(n1, { type: REQUEST_VOTE_REPLY, term: 1, granted: true }, false);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n2 });
    expect(cluster.violation?.summary).toContain('but its durable vote is for no node');
  });

  test('[I16] a granted vote while the disk holds a vote for another candidate is rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I16'] });
    cluster.startDurableElection(n1);
    cluster.startDurableElection(n3);
    cluster.vote(n2, n1);
    cluster.send(n2, n3, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n2 });
  });

  test('[I16] a candidate that sends RequestVote before its own vote is durable is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.step(n1, (node, out) => {
      Object.assign(node, { role: CANDIDATE, term: 1, votedFor: n1 });
      out.persist({ kind: 'vote', term: 1, votedFor: -1 });
      out.saveVote();
    });
    // Its term is durable, and its vote not yet.
    cluster.sync(n1, 1);
    cluster.step(n1, (_node, out) => {
      out.send(n2, { ...ASK, term: 1, candidate: n1 }, false);
    });
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n1 });
    expect(cluster.violation?.summary).toContain('its own vote is not durable');
  });

  test('[I16] an acknowledgement of entries that are not durable is rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.send(n2, n1, ack);
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n2, witnesses: [{ node: n2 }] });
    expect(cluster.violation?.summary).toBe('n2 acknowledges index 1, but its durable log ends at 0');
  });

  test('[I16] an acknowledgement of entries in whose place the disk has others is rejected', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n2], 4);
    cluster.append(n1, A, B);
    const ack = cluster.accept(n2, cluster.offer(n1, n2, 1));
    cluster.send(n2, n1, ack);
    expect(cluster.violation).toMatchObject({ invariant: 'I16', node: n2 });
  });

  test('[I16] replies that are held until what they claim is durable are accepted', () => {
    const cluster = new FakeCluster(3, { logs: [[1], [1, 2, 2], [1]], terms: [3, 3, 3] });
    cluster.elect(n1, [n2], 4);
    cluster.append(n1, A, B);
    const sent = cluster.sentMessages.length;
    cluster.accept(n2, cluster.offer(n1, n2, 1));
    expect(cluster.sentMessages).toHaveLength(sent + 1);
    cluster.sync(n2);
    expect(cluster.sentMessages).toHaveLength(sent + 2);
    expect(cluster.end()).toBeNull();
  });

  test('[I16] replies that are held while their node enters a later term are accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, A);
    cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.step(n2, (node, out) => {
      Object.assign(node, { term: 2, votedFor: -1 });
      out.saveVote();
    });
    cluster.sync(n2);
    expect(cluster.sentMessages.at(-1)?.message.term).toBe(1);
    expect(cluster.end()).toBeNull();
  });

  test('[I16] an acknowledgement that a paused process sends when its disk has lost entries in a later term is accepted', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3], 1);
    cluster.append(n1, A, B);
    cluster.accept(n2, cluster.offer(n1, n2, 0));
    cluster.elect(n5, [n3, n4], 2);
    cluster.append(n5, null);
    cluster.accept(n2, cluster.offer(n5, n2, 0));
    cluster.pause(n2);
    cluster.sync(n2);
    expect(cluster.disk(n2).log).toHaveLength(1);
    const before = cluster.sentMessages.length;
    cluster.resume(n2);
    expect(cluster.sentMessages.slice(before).map(({ message }) => message)).toMatchObject([
      { term: 1, matchIndex: 2 },
      { term: 2, matchIndex: 1 },
    ]);
    expect(cluster.end()).toBeNull();
  });

  test('[I16] a vote that leaves when the disk is already in a later term is accepted', () => {
    const cluster = new FakeCluster(3);
    cluster.startDurableElection(n1);
    cluster.step(n2, (node, out) => {
      Object.assign(node, { term: 1, votedFor: n1 });
      out.saveVote();
    });
    cluster.sync(n2);
    cluster.enterTerm(n2, 2);
    // A paused process sends what it held only when it resumes.
    cluster.send(n2, n1, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    expect(cluster.end()).toBeNull();
  });

  test('[I16] a leader may send entries that are not durable at itself', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.append(n1, A);
    cluster.offer(n1, n2, 0);
    expect(cluster.disk(n1).log).toHaveLength(0);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I20] WireSane', () => {
  function leading(options: { enabled?: readonly string[] } = {}): FakeCluster {
    const cluster = new FakeCluster(3, { ...options, logs: [[1, 1], [1, 1], [1]], terms: [1, 1, 1] });
    cluster.elect(n1, [n2], 2);
    cluster.append(n1, A, B);
    cluster.sync(n1);
    return cluster;
  }

  const WRONG: readonly [string, Partial<AppendEntries>][] = [
    ['another term at prevLogIndex', { prevLogTerm: 2 }],
    ['a prevLogIndex that does not fit its entries', { prevLogIndex: 1 }],
    ['entries beyond its log', { entries: [entry(2, A), entry(2, B), entry(2)] }],
    ['an entry its log does not have there', { entries: [entry(2, B)] }],
    ['an entry of another term', { entries: [entry(1, A)] }],
    ['a commitIndex it has not reached', { leaderCommit: 1 }],
    ['another leader', { leader: n2 }],
    ['a term for the empty log', { prevLogIndex: 0, prevLogTerm: 1, entries: [] }],
  ];

  test.each(WRONG)('[I20] a leader that sends %s is rejected', (_what, wrong) => {
    const cluster = leading();
    const message = { ...cluster.offer(n1, n2, 2), ...wrong };
    expect(cluster.violation).toBeNull();
    cluster.step(n1, (_node, out) => out.send(n2, message));
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n1 });
    expect(cluster.violation?.summary).toContain('which contradicts its log');
  });

  test('[I20] heartbeats, some entries and the whole log are accepted', () => {
    const cluster = leading();
    for (let prev = 0; prev <= 4; prev++) {
      for (let last = prev; last <= 4; last++) cluster.offer(n1, n3, prev, last);
    }
    expect(cluster.end()).toBeNull();
  });

  test('[I20] AppendEntries repeated after the leader has appended more are accepted', () => {
    const cluster = leading();
    const message = cluster.offer(n1, n2, 2, 3);
    cluster.write(n1, [n2], request(3, 1));
    cluster.send(n1, n2, message);
    expect(cluster.end()).toBeNull();
  });

  test('[I20] two senders of AppendEntries in one term are rejected', () => {
    const cluster = leading({ enabled: ['I20'] });
    cluster.offer(n1, n3, 2);
    cluster.elect(n2, [n3], 2);
    cluster.offer(n2, n3, 2);
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n2 });
    expect(cluster.violation?.summary).toBe('n1 and n2 both sent AppendEntries of term 2');
  });

  test('[I20] so they are when AppendEntries of other terms were sent in between', () => {
    const cluster = leading({ enabled: ['I20'] });
    cluster.offer(n1, n3, 2);
    cluster.elect(n3, [n2], 3);
    cluster.offer(n3, n2, 1);
    cluster.send(n2, n3, { ...cluster.offer(n1, n3, 2), leader: n2 });
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n2 });
  });

  test('[I20] AppendEntries of a node that does not lead that term are rejected', () => {
    const cluster = new FakeCluster(3);
    cluster.enterTerm(n1, 1);
    cluster.offer(n1, n2, 0);
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n1 });
  });

  test.each([
    ['a longer log', { lastLogIndex: 3 }],
    ['a later last term', { lastLogTerm: 2 }],
    ['another candidate', { candidate: n2 }],
  ])('[I20] a candidate that claims %s is rejected', (_what, wrong) => {
    const cluster = new FakeCluster(3, { logs: [[1, 1], [1, 1], [1]] });
    cluster.startDurableElection(n1);
    const ask = cluster.sentMessages.at(-1)!.message;
    cluster.send(n1, n2, ask);
    expect(cluster.violation).toBeNull();
    cluster.send(n1, n2, { ...ask, ...wrong });
    expect(cluster.violation).toMatchObject({ invariant: 'I20', node: n1 });
  });

  test('[I20] a RequestVote may leave after the election is lost and the log has changed', () => {
    const cluster = new FakeCluster(3, { logs: [[1, 1], [1, 2], [1]], terms: [2, 2, 2] });
    cluster.startElection(n1, 3);
    cluster.elect(n2, [n3], 4);
    cluster.accept(n1, cluster.offer(n2, n1, 1));
    cluster.sync(n1);
    expect(cluster.sentMessages.filter(({ from }) => from === n1).map(({ message }) => message.term)).toEqual([
      3, 3, 4,
    ]);
    expect(cluster.end()).toBeNull();
  });

  test('[I20] leaders of different terms that send in turn are accepted', () => {
    const cluster = leading();
    cluster.elect(n2, [n3], 3);
    cluster.offer(n1, n3, 2);
    cluster.offer(n2, n3, 1);
    cluster.offer(n1, n3, 0);
    cluster.offer(n2, n1, 1);
    expect(cluster.end()).toBeNull();
  });

  test('[I20] AppendEntries that a slow disk held may leave after the leader was deposed and has truncated its log', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2], 1);
    cluster.append(n1, A, B);
    const message = cluster.offer(n1, n2, 0);
    cluster.elect(n3, [n2], 2);
    cluster.append(n3, null);
    cluster.sync(n3);
    cluster.replicate(n3, n1);
    cluster.send(n1, n2, message);
    expect(cluster.end()).toBeNull();
  });
});

describe('[I21] Roles, on the wire', () => {
  test('[I21] a leader that grants a vote in its own term is rejected', () => {
    const cluster = new FakeCluster(3, { enabled: ['I21'] });
    cluster.elect(n1, [n2]);
    cluster.startDurableElection(n3);
    cluster.send(n1, n3, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    expect(cluster.violation).toMatchObject({ invariant: 'I21', node: n1 });
    expect(cluster.violation?.summary).toBe('n1 grants a vote in term 1, which it leads itself');
  });

  test('[I21] its disk, which holds its vote for itself, is found first', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.startDurableElection(n3);
    cluster.send(n1, n3, { type: REQUEST_VOTE_REPLY, term: 1, granted: true });
    expect(cluster.violation?.invariant).toBe('I16');
  });

  test('[I21] a leader that is deposed by a request for its vote may grant it in the later term', () => {
    const cluster = new FakeCluster(5);
    cluster.elect(n1, [n2, n3]);
    cluster.elect(n4, [n5, n1], 2);
    expect(cluster.node(n1)).toMatchObject({ role: FOLLOWER, votedFor: n4 });
    expect(cluster.end()).toBeNull();
  });
});
