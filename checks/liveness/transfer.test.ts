import { describe, expect, test } from 'vitest';
import { REQUEST_VOTE, type RequestVote, TIMEOUT_NOW, type TimeoutNow } from '../../core/messages.ts';
import { CANDIDATE } from '../../core/view.ts';
import {
  entry,
  FakeCluster,
  type FakeNode,
  type FakeOut,
  follow,
  n1,
  n2,
  n3,
  request,
} from '../testing/fake-cluster.ts';
import { livenessFailures, handle, receiveHeartbeatReply } from '../testing/hooks.ts';

const MS = 1_000;
const A = request(1, 1);
const B = request(2, 1);

/** n1 leads term 1, has committed A, and transfers its leadership to n2. */
function transferring(expected: object = {}): FakeCluster {
  const made = new FakeCluster(3, { expected });
  made.elect(n1, [n2]);
  made.write(n1, [n2], A);
  made.step(n1, (node) => (node.transferee = n2));
  return made;
}

function pass(made: FakeCluster, span: number): void {
  for (const until = made.now + span; made.now < until;) {
    made.now += 49 * MS;
    made.step(n1, () => {});
  }
}

describe('[Lv8] TransferEnds: the leader', () => {
  test('[Lv8] one that never aborts fails', () => {
    const made = transferring();
    pass(made, 1_000 * MS);
    expect(livenessFailures(made)).toHaveLength(1);
    expect(livenessFailures(made)[0]).toMatch(/^Lv8: n1 did not abort its leadership transfer to n2 for \d{3} ms$/);
  });

  test('[Lv8] one that aborts, changes the target, receives the request again or is deposed does not', () => {
    const aborted = transferring();
    pass(aborted, 500 * MS);
    aborted.step(n1, (node) => (node.transferee = -1));
    const turned = transferring();
    pass(turned, 500 * MS);
    turned.step(n1, (node) => (node.transferee = n3));
    pass(turned, 500 * MS);
    const repeated = transferring();
    pass(repeated, 500 * MS);
    repeated.step(n1, () => repeated.checks.adminRequested(n1, { kind: 'transfer', to: n2 }));
    pass(repeated, 500 * MS);
    const deposed = transferring();
    pass(deposed, 500 * MS);
    deposed.enterTerm(n1, 2);
    pass(aborted, 2_000 * MS);
    pass(deposed, 2_000 * MS);
    for (const made of [aborted, turned, repeated, deposed]) expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] a paused leader cannot abort', () => {
    const made = transferring();
    made.pause(n1);
    made.now += 5_000 * MS;
    made.step(n1, () => {});
    made.resume(n1);
    made.step(n1, () => {});
    made.step(n1, (node) => (node.transferee = -1));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] a request appended during the transfer fails, other entries do not', () => {
    const made = transferring();
    made.append(n1, null);
    expect(livenessFailures(made)).toEqual([]);
    made.append(n1, B);
    expect(livenessFailures(made)).toEqual(['Lv8: n1 appended a request during its leadership transfer to n2']);
  });

  test('[Lv8] a request appended before the transfer, or after the abort, does not', () => {
    const made = new FakeCluster(3);
    made.elect(n1, [n2]);
    made.append(n1, A);
    made.step(n1, (node) => (node.transferee = n2));
    made.step(n1, (node) => (node.transferee = -1));
    made.append(n1, B);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] TimeoutNow to a target that lacks entries fails', () => {
    const made = transferring();
    made.step(n1, (_node, out) => out.send(n3, { type: TIMEOUT_NOW, term: 1 }, false));
    expect(livenessFailures(made)).toEqual(['Lv8: n1 sent TimeoutNow to n3, whose log lacked 1 of its entries']);
  });

  test('[Lv8] TimeoutNow to a target with all entries does not, though more is appended in the same event', () => {
    const made = transferring();
    receiveHeartbeatReply(made, n1, n2);
    made.step(n1, (node, out) => {
      out.send(n2, { type: TIMEOUT_NOW, term: 1 }, false);
      node.entries.push(entry(1));
    });
    expect(livenessFailures(made)).toEqual([]);
  });
});

describe('[Lv8] TransferEnds: the other nodes', () => {
  const wanted: RequestVote = {
    type: REQUEST_VOTE,
    term: 2,
    candidate: n2,
    lastLogIndex: 1,
    lastLogTerm: 1,
    transfer: true,
  };

  /** n2 becomes candidate because of TimeoutNow and sends RequestVote to n3, which does this. */
  function voteRequested(requestVote: RequestVote, change: (node: FakeNode, out: FakeOut) => void): FakeCluster {
    const made = transferring({ checkQuorum: true });
    made.startDurableElection(n2, 2);
    handle(made, n2, n3, requestVote, change);
    return made;
  }

  test('[Lv8] a node that ignores an election that the leader wants fails', () => {
    expect(livenessFailures(voteRequested(wanted, () => {}))).toEqual([
      "Lv8: n3 ignored the RequestVote of n2, the target of its leader's transfer",
    ]);
    expect(livenessFailures(voteRequested(wanted, (node, out) => follow(node, out, 2)))).toEqual([
      "Lv8: n3 did not vote for n2, the target of its leader's transfer",
    ]);
  });

  test('[Lv8] a node that votes, or has the better log, or is in a later term, does not', () => {
    const votes = (node: FakeNode, out: FakeOut): void => {
      follow(node, out, 2);
      node.votedFor = n2;
      out.saveVote();
    };
    expect(livenessFailures(voteRequested(wanted, votes))).toEqual([]);
    const better = transferring({ checkQuorum: true });
    better.replicate(n1, n3);
    better.startDurableElection(n2, 2);
    handle(better, n2, n3, { ...wanted, lastLogIndex: 0, lastLogTerm: 0 }, (node, out) => follow(node, out, 2));
    expect(livenessFailures(better)).toEqual([]);
    const later = transferring({ checkQuorum: true });
    later.startDurableElection(n2, 2);
    later.enterTerm(n3, 3);
    handle(later, n2, n3, wanted);
    expect(livenessFailures(later)).toEqual([]);
  });

  test('[Lv8] the target must set the transfer flag where leader stickiness keeps others from voting', () => {
    const targetOf = (expected: object, transfer: boolean): FakeCluster => {
      const made = transferring(expected);
      made.send(n1, n2, { type: TIMEOUT_NOW, term: 1 });
      handle(made, n1, n2, { type: TIMEOUT_NOW, term: 1 }, (node, out) => {
        node.role = CANDIDATE;
        node.term = 2;
        node.votedFor = n2;
        out.saveVote();
        out.send(n3, { ...wanted, transfer });
      });
      made.sync(n2);
      return made;
    };
    expect(livenessFailures(targetOf({ checkQuorum: true }, false))).toEqual([
      'Lv8: n2 sent RequestVote for term 2 without the transfer flag, although it had received TimeoutNow',
    ]);
    expect(livenessFailures(targetOf({ checkQuorum: true }, true))).toEqual([]);
    expect(livenessFailures(targetOf({}, false))).toEqual([]);
  });
});

describe('[Lv8] TransferEnds: who requests an election', () => {
  const timeoutNow = (term: number): TimeoutNow => ({ type: TIMEOUT_NOW, term });

  /** n1 has led term 1, and n3 leads term 2, which all nodes are in. */
  function secondTerm(expected: object = { checkQuorum: true }): FakeCluster {
    const made = new FakeCluster(3, { expected, enabled: ['Lv8'] });
    made.elect(n1, [n2]);
    made.write(n1, [n2, n3], A);
    made.elect(n3, [n2], 2);
    for (const follower of [n1, n2]) made.replicate(n3, follower);
    return made;
  }

  /** The node becomes candidate of the term after its own, and sends RequestVote to n3 when its vote is durable. */
  function campaign(id: number, transfer: boolean): (node: FakeNode, out: FakeOut) => void {
    return (node, out) => {
      const term = node.term + 1;
      Object.assign(node, { role: CANDIDATE, term, votedFor: id });
      out.saveVote();
      const { lastIndex } = node.log;
      const last = { lastLogIndex: lastIndex, lastLogTerm: node.termAt(lastIndex) };
      out.send(n3, { type: REQUEST_VOTE, term, candidate: id, ...last, transfer });
    };
  }

  test('[Lv8] a node that obeys TimeoutNow of an earlier term fails', () => {
    const made = secondTerm();
    made.send(n1, n2, timeoutNow(1));
    handle(made, n1, n2, timeoutNow(1), campaign(n2, true));
    expect(livenessFailures(made)).toEqual(['Lv8: n2 obeyed TimeoutNow of term 1, although it was in term 2']);
  });

  test('[Lv8] so does one without CheckQuorum', () => {
    const made = secondTerm({});
    made.send(n1, n2, timeoutNow(1));
    handle(made, n1, n2, timeoutNow(1), campaign(n2, false));
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv8] a node that ignores it, or enters a later term as a follower, does not', () => {
    const made = secondTerm();
    made.send(n1, n2, timeoutNow(1));
    handle(made, n1, n2, timeoutNow(1));
    handle(made, n1, n2, timeoutNow(1), (node, out) => follow(node, out, 3));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] an election with the transfer flag that no leader has requested fails', () => {
    const made = secondTerm();
    made.step(n2, campaign(n2, true));
    made.sync(n2);
    expect(livenessFailures(made)).toEqual([
      'Lv8: n2 sent RequestVote for term 3 as the target of a transfer that no leader of term 2 has requested',
    ]);
  });

  test('[Lv8] so does one that only a leader of an earlier term, or a leader from another node, has requested', () => {
    const earlier = secondTerm();
    earlier.send(n1, n2, timeoutNow(1));
    earlier.step(n2, campaign(n2, true));
    earlier.sync(n2);
    const other = secondTerm();
    other.send(n3, n1, timeoutNow(2));
    other.step(n2, campaign(n2, true));
    other.sync(n2);
    for (const made of [earlier, other]) expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv8] so does another attempt of the target in a further term', () => {
    const made = secondTerm();
    made.send(n3, n2, timeoutNow(2));
    handle(made, n3, n2, timeoutNow(2), campaign(n2, true));
    made.sync(n2);
    expect(livenessFailures(made)).toEqual([]);
    made.step(n2, campaign(n2, true));
    made.sync(n2);
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv8] an election without the transfer flag needs no request', () => {
    const made = secondTerm();
    made.step(n2, campaign(n2, false));
    made.sync(n2);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] TimeoutNow that is sent twice, and the second time when the target is candidate already, is no fault', () => {
    const made = secondTerm();
    made.send(n3, n2, timeoutNow(2));
    made.send(n3, n2, timeoutNow(2));
    handle(made, n3, n2, timeoutNow(2), campaign(n2, true));
    made.sync(n2);
    handle(made, n3, n2, timeoutNow(2));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] one that arrives twice, before and after the election, is no fault of a node that obeys it once', () => {
    const made = secondTerm();
    made.send(n3, n2, timeoutNow(2));
    handle(made, n3, n2, timeoutNow(2), campaign(n2, true));
    made.sync(n2);
    made.vote(n3, n2);
    made.lead(n2);
    handle(made, n3, n2, timeoutNow(2));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] one that arrives after that of a later term is no fault of a node that obeys the later', () => {
    const made = secondTerm();
    made.send(n1, n2, timeoutNow(1));
    made.send(n3, n2, timeoutNow(2));
    handle(made, n3, n2, timeoutNow(2), campaign(n2, true));
    made.sync(n2);
    handle(made, n1, n2, timeoutNow(1));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] requests of many terms are remembered', () => {
    const made = secondTerm();
    for (let term = 2; term < 60; term++) made.send(n3, n1, timeoutNow(term));
    made.step(n1, campaign(n1, true));
    made.sync(n1);
    expect(livenessFailures(made)).toEqual([]);
  });

  /** n2 becomes candidate because of TimeoutNow, and crashes before that is durable; then it does this. */
  function crashed(kept: number, transfer: boolean): FakeCluster {
    const made = secondTerm();
    made.send(n3, n2, timeoutNow(2));
    handle(made, n3, n2, timeoutNow(2), campaign(n2, true));
    made.crash(n2, kept);
    made.boot(n2);
    made.step(n2, campaign(n2, transfer));
    made.sync(n2);
    return made;
  }

  test('[Lv8] a target that crashed before its term was durable becomes candidate of that term by itself', () => {
    const made = crashed(0, false);
    expect(made.sentMessages.at(-1)?.message).toMatchObject({ type: REQUEST_VOTE, term: 3, transfer: false });
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] one whose term was durable becomes candidate of the next, for which no leader has asked', () => {
    expect(livenessFailures(crashed(1, false))).toEqual([]);
    expect(livenessFailures(crashed(1, true))).toEqual([
      'Lv8: n2 sent RequestVote for term 4 as the target of a transfer that no leader of term 3 has requested',
    ]);
  });
});
