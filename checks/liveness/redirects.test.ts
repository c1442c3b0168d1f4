import { describe, expect, test } from 'vitest';
import { FORWARD, FORWARD_REPLY } from '../../core/messages.ts';
import type { Reply } from '../../sim/protocol.ts';
import { FakeCluster, n1, n2, n3, request } from '../testing/fake-cluster.ts';
import { handle, invoke, livenessFailures } from '../testing/hooks.ts';

const A = request(1, 1);

function redirect(leader: number): Reply {
  return { status: 'redirect', value: null, applied: false, leader };
}

/** Three nodes in term 1, and a client that has invoked A. */
function cluster(): FakeCluster {
  const made = new FakeCluster(3);
  for (const node of [n1, n2, n3]) made.enterTerm(node, 1);
  invoke(made, A);
  return made;
}

describe('[Lv13] NoRedirectLoop', () => {
  test('[Lv13] two nodes that each redirect to the other fail', () => {
    const made = cluster();
    for (let i = 0; i < 6; i++) {
      made.reply(n1, A, redirect(n2));
      made.reply(n2, A, redirect(n1));
    }
    expect(livenessFailures(made)).toEqual([
      'Lv13: "put x" was redirected 10 times in a row, the last time by n1 to n2',
    ]);
  });

  test('[Lv13] so do nodes that forward a request to each other', () => {
    const made = cluster();
    for (let i = 0; i < 6; i++) {
      made.send(n1, n2, { type: FORWARD, term: 1, request: A });
      made.send(n2, n1, { type: FORWARD_REPLY, term: 1, request: A, reply: redirect(n1) });
    }
    expect(livenessFailures(made)).toHaveLength(1);
  });

  test('[Lv13] so does a node that forwards what was forwarded to it, and not one that forwards what a client sent it', () => {
    const forward = { type: FORWARD, term: 1, request: A } as const;
    const passedOn = cluster();
    handle(passedOn, n1, n2, forward, () => passedOn.send(n2, n3, forward));
    expect(livenessFailures(passedOn)).toEqual([
      'Lv13: "put x" was forwarded to n2, which has forwarded it again, to n3',
    ]);
    const own = cluster();
    own.send(n2, n3, forward);
    const other = { ...forward, request: invoke(own, request(1, 2)) };
    handle(own, n1, n2, other, () => own.send(n2, n3, forward));
    expect(livenessFailures(own)).toEqual([]);
  });

  test('[Lv13] many nodes that name an unreachable leader do not', () => {
    const made = cluster();
    for (let i = 0; i < 20; i++) for (const node of [n2, n3]) made.reply(node, A, redirect(n1));
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv13] a pause breaks the chain: no known leader, or a node that names itself', () => {
    for (const target of [-1, n2]) {
      const made = cluster();
      for (let i = 0; i < 20; i++) {
        made.reply(n1, A, redirect(n2));
        made.reply(n2, A, redirect(i % 3 === 0 ? target : n1));
      }
      expect(livenessFailures(made)).toEqual([]);
    }
  });

  test('[Lv13] redirects of ever later terms may be wrong again and again', () => {
    const made = cluster();
    for (let term = 2; term < 40; term++) {
      const [from, to] = term % 2 === 0 ? ([n1, n2] as const) : ([n2, n1] as const);
      made.enterTerm(from, term);
      made.reply(from, A, redirect(to));
    }
    expect(livenessFailures(made)).toEqual([]);
  });

  test('[Lv13] each operation is counted separately', () => {
    const made = cluster();
    for (let i = 1; i < 20; i++) {
      const other = invoke(made, request(1, i + 1));
      made.reply(n1, other, redirect(n2));
      made.reply(n2, other, redirect(n1));
      made.checks.completed(other, 'unknown');
    }
    expect(livenessFailures(made)).toEqual([]);
  });
});
