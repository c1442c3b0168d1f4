import { describe, expect, test } from 'vitest';
import { REQUEST_VOTE, type RequestVote, TIMEOUT_NOW } from '../../core/messages.ts';
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

/** n1 leads term 1, has committed A, and hands over to n2. */
function handing(expected: object = {}): FakeCluster {
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
    const made = handing();
    pass(made, 1_000 * MS);
    expect(livenessFailures(made)).toHaveLength(1);
    expect(livenessFailures(made)[0]).toMatch(/^Lv8: n1 did not abort its leadership transfer to n2 for \d{3} ms$/);
  });

  test('[Lv8] one that aborts, changes the target, receives the request again or is deposed does not', () => {
    const given = handing();
    pass(given, 500 * MS);
    given.step(n1, (node) => (node.transferee = -1));
    const turned = handing();
    pass(turned, 500 * MS);
    turned.step(n1, (node) => (node.transferee = n3));
    pass(turned, 500 * MS);
    const ordered = handing();
    pass(ordered, 500 * MS);
    ordered.step(n1, () => ordered.checks.adminRequested(n1, { kind: 'transfer', to: n2 }));
    pass(ordered, 500 * MS);
    const deposed = handing();
    pass(deposed, 500 * MS);
    deposed.enterTerm(n1, 2);
    pass(given, 2_000 * MS);
    pass(deposed, 2_000 * MS);
    for (const made of [given, turned, ordered, deposed]) expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] a paused leader cannot abort', () => {
    const made = handing();
    made.pause(n1);
    made.now += 5_000 * MS;
    made.step(n1, () => {});
    made.resume(n1);
    made.step(n1, () => {});
    made.step(n1, (node) => (node.transferee = -1));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv8] a request appended during the transfer fails, other entries do not', () => {
    const made = handing();
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
    const made = handing();
    made.step(n1, (_node, out) => out.send(n3, { type: TIMEOUT_NOW, term: 1 }, false));
    expect(livenessFailures(made)).toEqual(['Lv8: n1 sent TimeoutNow to n3, whose log lacked 1 of its entries']);
  });

  test('[Lv8] TimeoutNow to a target with all entries does not, though more is appended in the same event', () => {
    const made = handing();
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

  /** n2 stands because n1 wants it, and asks n3, which does this. */
  function asks(request_: RequestVote, change: (node: FakeNode, out: FakeOut) => void): FakeCluster {
    const made = handing({ checkQuorum: true });
    made.startDurableElection(n2, 2);
    handle(made, n2, n3, request_, change);
    return made;
  }

  test('[Lv8] a node that ignores an election that the leader wants fails', () => {
    expect(livenessFailures(asks(wanted, () => {}))).toEqual([
      "Lv8: n3 ignored the RequestVote of n2, the target of its leader's transfer",
    ]);
    expect(livenessFailures(asks(wanted, (node, out) => follow(node, out, 2)))).toEqual([
      "Lv8: n3 did not vote for n2, the target of its leader's transfer",
    ]);
  });

  test('[Lv8] a node that votes, or has the better log, or is in a later term, does not', () => {
    const votes = (node: FakeNode, out: FakeOut): void => {
      follow(node, out, 2);
      node.votedFor = n2;
      out.saveVote();
    };
    expect(livenessFailures(asks(wanted, votes))).toEqual([]);
    const better = handing({ checkQuorum: true });
    better.replicate(n1, n3);
    better.startDurableElection(n2, 2);
    handle(better, n2, n3, { ...wanted, lastLogIndex: 0, lastLogTerm: 0 }, (node, out) => follow(node, out, 2));
    expect(livenessFailures(better)).toEqual([]);
    const later = handing({ checkQuorum: true });
    later.startDurableElection(n2, 2);
    later.enterTerm(n3, 3);
    handle(later, n2, n3, wanted);
    expect(livenessFailures(later)).toEqual([]);
  });

  test('[Lv8] the target must set the transfer flag where leader stickiness keeps others from voting', () => {
    const stand = (expected: object, transfer: boolean): FakeCluster => {
      const made = handing(expected);
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
    expect(livenessFailures(stand({ checkQuorum: true }, false))).toEqual([
      'Lv8: n2 sent RequestVote for term 2 without the transfer flag, although it had received TimeoutNow',
    ]);
    expect(livenessFailures(stand({ checkQuorum: true }, true))).toEqual([]);
    expect(livenessFailures(stand({}, false))).toEqual([]);
  });
});
