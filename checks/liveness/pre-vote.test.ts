import { describe, expect, test } from 'vitest';
import { REQUEST_PRE_VOTE_REPLY, REQUEST_PRE_VOTE, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE, PRE_CANDIDATE } from '../../core/view.ts';
import { FakeCluster, type FakeNode, type FakeOut, follow, n1, n2, n3, n4, n5 } from '../testing/fake-cluster.ts';
import { livenessFailures, handle } from '../testing/hooks.ts';

function cluster(nodes = 3, expected: object = { preVote: true }): FakeCluster {
  return new FakeCluster(nodes, { expected });
}

function becomeCandidate(node: FakeNode, out: FakeOut): void {
  node.role = CANDIDATE;
  node.term++;
  node.votedFor = node.id;
  out.saveVote();
}

/** n1 receives these pre-votes, and becomes candidate with the last of them. */
function campaign(made: FakeCluster, ...grants: (readonly [from: number, term: number])[]): FakeCluster {
  made.step(n1, (node) => (node.role = PRE_CANDIDATE));
  grants.forEach(([from, term], place) => {
    handle(made, from, n1, { type: REQUEST_PRE_VOTE_REPLY, term, granted: true }, (node, out) => {
      if (place === grants.length - 1) becomeCandidate(node, out);
    });
  });
  made.sync(n1);
  return made;
}

describe('[Lv9] PreVoteKeepsTerms', () => {
  test('[Lv9] a node that becomes candidate without a quorum of pre-votes fails', () => {
    const made = campaign(cluster(5), [n2, 1]);
    expect(livenessFailures(made)).toEqual(['Lv9: n1 started an election in term 1 with the pre-votes of n1, n2 only']);
  });

  test('[Lv9] with a quorum it may, in any order of arrival', () => {
    expect(livenessFailures(campaign(cluster(5), [n2, 1], [n3, 1]))).toEqual([]);
    const restarted = cluster(5);
    handle(restarted, n4, n1, { type: REQUEST_PRE_VOTE_REPLY, term: 1, granted: true });
    expect(livenessFailures(campaign(restarted, [n2, 1]))).toEqual([]);
  });

  test('[Lv9] pre-votes for another term, a second one of the same node, and refusals do not count', () => {
    const old = cluster(5);
    for (const node of [n1, n2, n3, n4, n5]) old.enterTerm(node, 0);
    expect(livenessFailures(campaign(old, [n2, 1], [n3, 7]))).toHaveLength(1);
    expect(livenessFailures(campaign(cluster(5), [n2, 1], [n2, 1]))).toHaveLength(1);
    const denied = cluster(3);
    handle(denied, n2, n1, { type: REQUEST_PRE_VOTE_REPLY, term: 1, granted: false }, becomeCandidate);
    expect(livenessFailures(denied)).toHaveLength(1);
  });

  test('[Lv9] a late pre-vote for an earlier term does not take those for this one away', () => {
    expect(livenessFailures(campaign(cluster(5), [n2, 1], [n4, 0], [n3, 1]))).toEqual([]);
  });

  test('[Lv9] what was granted before a crash does not count after it', () => {
    const made = cluster(5);
    handle(made, n2, n1, { type: REQUEST_PRE_VOTE_REPLY, term: 1, granted: true });
    made.restart(n1);
    expect(livenessFailures(campaign(made, [n3, 1]))).toHaveLength(1);
  });

  test('[Lv9] while joint, both majorities must grant pre-votes, and learners do not count', () => {
    const configuration = { voters: [n1, n4, n5], outgoing: [n1, n2, n3], learners: [], leavesByItself: true };
    const joint = (): FakeCluster => {
      const made = cluster(5);
      made.node(n1).pinnedConfiguration = { configuration, index: 0 };
      return made;
    };
    expect(livenessFailures(campaign(joint(), [n4, 1], [n5, 1]))).toHaveLength(1);
    expect(livenessFailures(campaign(joint(), [n4, 1], [n2, 1]))).toEqual([]);
    const withLearner = cluster();
    withLearner.node(n1).pinnedConfiguration = {
      configuration: { voters: [n1, n2], outgoing: [], learners: [n3], leavesByItself: true },
      index: 0,
    };
    expect(livenessFailures(campaign(withLearner, [n3, 1]))).toHaveLength(1);
  });

  test('[Lv9] the target of TimeoutNow needs no pre-votes, and neither does the only voter', () => {
    const target = cluster();
    handle(target, n2, n1, { type: TIMEOUT_NOW, term: 0 }, becomeCandidate);
    const alone = cluster(1);
    alone.step(n1, becomeCandidate);
    for (const made of [target, alone]) expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv9] a term that rises because of a RequestPreVote fails', () => {
    const made = cluster();
    const request = { type: REQUEST_PRE_VOTE, term: 1, candidate: n1, lastLogIndex: 0, lastLogTerm: 0 } as const;
    handle(made, n1, n2, request, (node, out) => follow(node, out, 1));
    expect(livenessFailures(made)).toEqual(['Lv9: n2 entered term 1 because it received a RequestPreVote']);
  });

  test('[Lv9] entering a term without a candidate fails, and a term with one does not', () => {
    const made = campaign(cluster(), [n2, 1]);
    made.enterTerm(n3, 1);
    expect(livenessFailures(made)).toEqual([]);
    made.enterTerm(n3, 2);
    expect(livenessFailures(made)).toEqual(['Lv9: n3 entered term 2, which has no candidate']);
  });

  test('[Lv9] terms that the disks began with need no candidate', () => {
    const made = new FakeCluster(3, { expected: { preVote: true }, terms: [4, 2, 0] });
    made.enterTerm(n2, 4);
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv9] granting a pre-vote to a candidate whose log is behind fails, and to one whose log is up to date does not', () => {
    for (const [lastLogIndex, lastLogTerm, count] of [
      [1, 2, 1],
      [2, 1, 1],
      [2, 2, 0],
      [0, 3, 0],
    ] as const) {
      const made = new FakeCluster(3, { expected: { preVote: true }, logs: [[], [1, 2]] });
      const request = { type: REQUEST_PRE_VOTE, term: 3, candidate: n1, lastLogIndex, lastLogTerm } as const;
      handle(made, n1, n2, request, (_node, out) =>
        out.send(n1, { type: REQUEST_PRE_VOTE_REPLY, term: 3, granted: true }, false),
      );
      expect(livenessFailures(made)).toHaveLength(count);
    }
  });

  test('[Lv9] without PreVote, a node may become candidate at any time', () => {
    const made = cluster(3, {});
    made.startDurableElection(n1);
    made.enterTerm(n2, 9);
    expect(livenessFailures(made)).toEqual([]);
  });
});
