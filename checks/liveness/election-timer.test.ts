import { describe, expect, test } from 'vitest';
import { REQUEST_VOTE, type RequestVote, TIMEOUT_NOW } from '../../core/messages.ts';
import { CANDIDATE } from '../../core/view.ts';
import { DEFAULT_EXPECTED_OPTIONS, type ExpectedOptions } from '../expected-options.ts';
import { FakeCluster, follow, n1, n2, n3 } from '../testing/fake-cluster.ts';
import { handle, heartbeat, livenessFailures } from '../testing/hooks.ts';

const MS = 1_000;

/** n1 leads term 1, and a second has passed. Election timeouts are 150 ms to 300 ms. `own`: options of n2. */
function cluster(own: Partial<ExpectedOptions> = {}): FakeCluster {
  const of = (node: number) => ({ ...DEFAULT_EXPECTED_OPTIONS, ...(node === n2 && own) });
  const expectedCluster = { of, possible: [of(n1), of(n2)] };
  const made = new FakeCluster(3, { enabled: ['Lv17', 'Lv20'], expectedCluster });
  made.now = 1_000 * MS;
  made.checks.timerForced(n1);
  made.elect(n1, [n2]);
  made.now += 1_000 * MS;
  return made;
}

function contact(made: FakeCluster): void {
  handle(made, n1, n2, heartbeat(made, n1, 0), (node, out) => {
    follow(node, out, 1);
    node.leader = n1;
  });
}

/** n2 starts an election this long after what came before. */
function startAfter(made: FakeCluster, span: number): readonly string[] {
  // The election itself takes a millisecond.
  made.now += span - MS;
  made.startElection(n2);
  return livenessFailures(made);
}

describe('[Lv17] TimerRestarts', () => {
  test('[Lv17] an election shortly after contact with the leader fails', () => {
    const made = cluster();
    contact(made);
    expect(startAfter(made, 20 * MS)).toEqual([
      'Lv17: n2 started an election 20 ms after it heard from its leader, but the shortest election timeout is 150 ms',
    ]);
  });

  test('[Lv17] one after the shortest election timeout does not', () => {
    const made = cluster();
    contact(made);
    expect(startAfter(made, 150 * MS)).toEqual([]);
  });

  test('[Lv17] so does one shortly after a vote was granted, and not after it was denied', () => {
    const asked = (granted: boolean): readonly string[] => {
      const made = cluster();
      made.startDurableElection(n3);
      const request: RequestVote = {
        ...{ type: REQUEST_VOTE, term: 2, candidate: n3, lastLogIndex: 0, lastLogTerm: 0, transfer: false },
      };
      handle(made, n3, n2, request, (node, out) => {
        follow(node, out, 2);
        if (granted) node.votedFor = n3;
        out.saveVote();
      });
      return startAfter(made, 20 * MS);
    };
    expect(asked(true)).toHaveLength(1);
    expect(asked(true)[0]).toContain('20 ms after it granted a vote');
    expect(asked(false)).toEqual([]);
  });

  test('[Lv17] so does an election shortly after another', () => {
    const made = cluster();
    expect(startAfter(made, 200 * MS)).toEqual([]);
    expect(startAfter(made, 20 * MS)[0]).toContain('20 ms after it had started one');
  });

  test('[Lv17] so does one shortly after a boot', () => {
    const made = cluster();
    made.restart(n2);
    expect(startAfter(made, 20 * MS)[0]).toContain('after it booted');
  });

  test('[Lv17] a timer that is made to fire, or a clock that was set, is no reason', () => {
    const forced = cluster();
    contact(forced);
    forced.checks.timerForced(n2);
    expect(startAfter(forced, 20 * MS)).toEqual([]);
    const adjusted = cluster();
    contact(adjusted);
    adjusted.adjustments.set(n2, 1);
    expect(startAfter(adjusted, 20 * MS)).toEqual([]);
  });

  test('[Lv17] an election because of a message is checked elsewhere', () => {
    const made = cluster();
    contact(made);
    made.now += 20 * MS;
    handle(made, n1, n2, { type: 9, term: 1 }, (node) =>
      Object.assign(node, { role: CANDIDATE, term: 2, votedFor: n2 }),
    );
    expect(livenessFailures(made)).toEqual([]);
  });
});

describe('[Lv17] where the timer waits for votes', () => {
  /** n2 votes for n3, and 100 ms later that is durable, unless it never is. */
  function voted(own: Partial<ExpectedOptions>, isDurable = true): FakeCluster {
    const made = cluster(own);
    made.startDurableElection(n3);
    const request: RequestVote = {
      ...{ type: REQUEST_VOTE, term: 2, candidate: n3, lastLogIndex: 0, lastLogTerm: 0, transfer: false },
    };
    handle(made, n3, n2, request, (node, out) => {
      follow(node, out, 2);
      node.votedFor = n3;
      out.saveVote();
    });
    made.now += 100 * MS;
    if (isDurable) made.sync(n2);
    return made;
  }

  test('[Lv17] an election shortly after a vote was durable fails', () => {
    expect(startAfter(voted({ voteTimer: 'durable' }), 149 * MS)).toEqual([
      'Lv17: n2 started an election 149 ms after its vote was durable, but the shortest election timeout is 150 ms',
    ]);
    expect(startAfter(voted({ voteTimer: 'durable' }), 150 * MS)).toEqual([]);
    expect(startAfter(voted({ voteTimer: 'granted' }), 149 * MS)).toEqual([]);
  });

  test('[Lv17] so does one before it is durable, however late, but not if the timer was made to fire', () => {
    expect(startAfter(voted({ voteTimer: 'durable' }, false), 5_000 * MS)).toEqual([
      'Lv17: n2 started an election before its last vote was durable',
    ]);
    expect(startAfter(voted({ voteTimer: 'granted' }, false), 5_000 * MS)).toEqual([]);
    const forced = voted({ voteTimer: 'durable' }, false);
    forced.checks.timerForced(n2);
    expect(startAfter(forced, 20 * MS)).toEqual([]);
  });

  test('[Lv17] a vote for itself counts, too', () => {
    const made = cluster({ voteTimer: 'durable' });
    made.startElection(n2);
    made.now += 400 * MS;
    expect(startAfter(made, 20 * MS)).toEqual(['Lv17: n2 started an election before its last vote was durable']);
  });

  test('[Lv17] contact with the leader ends the wait', () => {
    const made = voted({ voteTimer: 'durable' }, false);
    made.sync(n3);
    handle(made, n3, n2, { ...heartbeat(made, n1, 0), term: 2, leader: n3 }, (node, out) => {
      follow(node, out, 2);
      node.leader = n3;
      node.votedFor = n3;
    });
    made.now += 100 * MS;
    made.sync(n2);
    expect(startAfter(made, 50 * MS)).toEqual([]);
  });
});

describe('[Lv20] PriorityObserved', () => {
  test('[Lv20] a node of a lower priority that waits for its election timeout alone fails', () => {
    const early = (priority: number, span: number): readonly string[] => {
      const made = cluster({ priority });
      contact(made);
      return startAfter(made, span);
    };
    expect(early(2, 449 * MS)).toEqual([
      'Lv20: n2 started an election 449 ms after it heard from its leader, but with priority 2 it waits 450 ms',
    ]);
    expect(early(2, 450 * MS)).toEqual([]);
    expect(early(1, 749 * MS)).toHaveLength(1);
    expect(early(1, 750 * MS)).toEqual([]);
    // Which property is broken depends on how early it is.
    expect(early(1, 20 * MS)[0]).toContain('Lv17');
  });

  test('[Lv20] but not if its timer was made to fire', () => {
    const made = cluster({ priority: 1 });
    contact(made);
    made.checks.timerForced(n2);
    expect(startAfter(made, 200 * MS)).toEqual([]);
  });

  test('[Lv20] a node of priority 0 that starts an election by its timer fails, however late, and if it was made to fire', () => {
    const made = cluster({ priority: 0 });
    contact(made);
    made.checks.timerForced(n2);
    expect(startAfter(made, 5_000 * MS)).toEqual([
      'Lv20: n2 started an election 5000 ms after it heard from its leader, but its priority is 0',
    ]);
  });

  test('[Lv20] one that the leader has asked to start one does not', () => {
    const made = cluster({ priority: 0 });
    contact(made);
    handle(made, n1, n2, { type: TIMEOUT_NOW, term: 1 }, (node) =>
      Object.assign(node, { role: CANDIDATE, term: 2, votedFor: n2 }),
    );
    expect(livenessFailures(made)).toEqual([]);
  });
});
