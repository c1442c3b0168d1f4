import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReplyStatus } from '../protocol.ts';
import { ClientHarness, loadOf, put } from '../testing/client-harness.ts';

const ANY = -1;
const TIMEOUT = 100_000;
const SECOND = 1_000_000;

describe('an operation', () => {
  test('is ok with the first ok that arrives, from whomever, and later answers change nothing', () => {
    const harness = new ClientHarness(3);
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(700);
    harness.reply('ok', ANY, harness.last, '1');
    harness.reply('refused');
    const operation = harness.clients.operation(id)!;
    expect(operation).toMatchObject({
      id,
      client: 0,
      invokedAt: 0,
      completedAt: 700,
      outcome: 'ok',
      reply: { value: '1' },
    });
    const { invoked, ok, failed, unknown, outstanding } = harness.clients;
    expect([invoked, ok, failed, unknown, outstanding]).toEqual([1, 1, 0, 0, 0]);
    expect(harness.notes).toEqual(['invoked 1 pending', 'completed 1 ok']);
  });

  test('without an answer is retried after each timeout, at another node, and then unknown', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(4), fc.integer({ min: 2, max: 5 }), (seed, retries, nodes) => {
        const harness = new ClientHarness(nodes, { retries }, seed);
        const id = harness.clients.operate(0, put('x', '1'), ANY);
        harness.runTo(10 * TIMEOUT);
        expect(harness.sent.map(({ at }) => at)).toEqual(Array.from({ length: retries + 1 }, (_, i) => i * TIMEOUT));
        for (let i = 1; i <= retries; i++) expect(harness.sent[i]!.to).not.toBe(harness.sent[i - 1]!.to);
        const { outcome, completedAt, reply } = harness.clients.operation(id)!;
        expect([outcome, completedAt, reply]).toEqual(['unknown', (retries + 1) * TIMEOUT, null]);
      }),
    );
  });

  test('asks the only node again when the cluster has one', () => {
    const harness = new ClientHarness(1, { retries: 1 });
    harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(TIMEOUT);
    expect(harness.sent.map(({ to }) => to)).toEqual([0, 0]);
  });

  test('follows redirects at once, and the next one begins where the last one was answered', () => {
    const harness = new ClientHarness(5);
    harness.clients.operate(0, put('x', '1'), ANY);
    const first = harness.last.to;
    const leader = (first + 2) % 5;
    harness.runTo(300);
    harness.reply('redirect', leader);
    expect(harness.last).toMatchObject({ at: 300, to: leader });
    harness.reply('ok');
    harness.clients.operate(0, put('x', '2'), ANY);
    expect(harness.last.to).toBe(leader);
  });

  test('redirected to no node, it tries another node after a pause of 10 to 50 ms', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const harness = new ClientHarness(3, {}, seed);
        harness.clients.operate(0, put('x', '1'), ANY);
        const { to } = harness.last;
        harness.reply('redirect');
        harness.runTo(9_999);
        expect(harness.sent.length).toBe(1);
        harness.runTo(50_000);
        expect(harness.sent.length).toBe(2);
        expect(harness.last.to).not.toBe(to);
      }),
    );
  });

  test('a redirect to the node that gave it is taken for a redirect to no node', () => {
    const harness = new ClientHarness(3);
    harness.clients.operate(0, put('x', '1'), ANY);
    const { to } = harness.last;
    harness.reply('redirect', to);
    expect(harness.sent.length).toBe(1);
    harness.runTo(50_000);
    expect(harness.last.to).not.toBe(to);
  });

  test('redirected until its time is over, it has certainly not been executed', () => {
    const harness = new ClientHarness(3, { retries: 0 });
    harness.onRequest = (asked) => harness.later(asked.at + 5000, () => harness.reply('redirect', ANY, asked));
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(SECOND);
    expect(harness.clients.operation(id)!.outcome).toBe('fail');
    expect(harness.sent.length).toBeGreaterThan(2);
  });

  test('refused at its first attempt, it has certainly not been executed', () => {
    const harness = new ClientHarness(3);
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.reply('refused');
    expect(harness.clients.operation(id)!.outcome).toBe('fail');
  });

  test.each(['timeout', 'unknown', 'duplicate'] as const)(
    'refused after an attempt that may live on (%s), it is unknown',
    (doubt) => {
      const harness = new ClientHarness(3);
      const id = harness.clients.operate(0, put('x', '1'), ANY);
      if (doubt === 'timeout') harness.runTo(TIMEOUT);
      else if (doubt === 'unknown') harness.reply('unknown', (harness.last.to + 1) % 3);
      else harness.clients.noteDuplicate(harness.last.request);
      harness.reply('refused');
      expect(harness.clients.operation(id)!.outcome).toBe('unknown');
    },
  );

  test('an answer to an earlier attempt that says nothing about the present one is not listened to', () => {
    const harness = new ClientHarness(3);
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    const early = harness.last;
    harness.runTo(TIMEOUT);
    const asked = harness.sent.length;
    // The node that neither attempt has gone to.
    const third = 3 - early.to - harness.last.to;
    harness.reply('redirect', third, early);
    harness.reply('unknown', third, early);
    expect(harness.sent.length).toBe(asked);
    expect(harness.clients.operation(id)!.outcome).toBe('pending');
    harness.reply('ok', ANY, early);
    expect(harness.clients.operation(id)!.outcome).toBe('ok');
  });

  test('an answer to an operation that is over does not complete the next one', () => {
    const harness = new ClientHarness(3, { retries: 0 });
    harness.clients.operate(0, put('x', '1'), ANY);
    const early = harness.last;
    harness.runTo(TIMEOUT);
    const next = harness.clients.operate(0, put('x', '2'), ANY);
    harness.reply('ok', ANY, early);
    expect(harness.clients.operation(next)!.outcome).toBe('pending');
  });

  test('a timeout of an attempt that was answered does not end the one that followed', () => {
    const harness = new ClientHarness(3, { retries: 0 });
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(TIMEOUT - 1);
    harness.reply('redirect', (harness.last.to + 1) % 3);
    harness.runTo(TIMEOUT + 1);
    expect(harness.clients.operation(id)!.outcome).toBe('pending');
    harness.runTo(2 * TIMEOUT);
    expect(harness.clients.operation(id)!.outcome).toBe('unknown');
  });
});

describe('sticking to one node', () => {
  test('an operation for one node asks no other', () => {
    const harness = new ClientHarness(3, { retries: 3 });
    harness.clients.operate(0, put('x', '1'), 2);
    harness.runTo(SECOND);
    expect(harness.sent.map(({ to }) => to)).toEqual([2, 2, 2, 2]);
  });

  test('a redirect ends it: certainly not executed, unless an attempt was left unanswered', () => {
    const harness = new ClientHarness(3);
    const sure = harness.clients.operate(0, put('x', '1'), 2);
    harness.reply('redirect', 0);
    expect(harness.clients.operation(sure)).toMatchObject({ outcome: 'fail', reply: { leader: 0 } });
    const unsure = harness.clients.operate(0, put('x', '2'), 2);
    harness.runTo(TIMEOUT);
    harness.reply('redirect', 0);
    expect(harness.clients.operation(unsure)!.outcome).toBe('unknown');
    expect(harness.sent.every(({ to }) => to === 2)).toBe(true);
  });

  test('what it was told does not change whom the next operation asks first', () => {
    const harness = new ClientHarness(3);
    harness.clients.operate(0, put('x', '1'), ANY);
    harness.reply('ok');
    const leader = harness.last.to;
    harness.clients.operate(0, put('x', '2'), (leader + 1) % 3);
    harness.reply('redirect', (leader + 2) % 3);
    harness.clients.operate(0, put('x', '3'), ANY);
    expect(harness.last.to).toBe(leader);
  });
});

describe('queueing', () => {
  test('operations of one client run one after the other, in the order they were asked for', () => {
    const harness = new ClientHarness(3);
    const ids = ['a', 'b', 'c'].map((value) => harness.clients.operate(0, put('x', value), ANY));
    expect(harness.clients.outstanding).toBe(3);
    expect(harness.sent.length).toBe(1);
    for (const [i, id] of ids.entries()) {
      expect(ids.map((other) => harness.clients.operation(other) !== null)).toEqual(ids.map((_, other) => other <= i));
      expect(harness.clients.isIdle(0)).toBe(false);
      harness.runTo(harness.now + 1000);
      harness.reply('ok');
      expect(harness.clients.operation(id)).toMatchObject({ outcome: 'ok', completedAt: harness.now });
    }
    expect(harness.clients.isIdle(0)).toBe(true);
    expect(harness.operations.map(({ request }) => request.command.value)).toEqual(['a', 'b', 'c']);
  });

  test('clients do not wait for each other', () => {
    const harness = new ClientHarness(3, { count: 2 });
    harness.clients.operate(0, put('x', 'a'), ANY);
    harness.clients.operate(1, put('x', 'b'), ANY);
    expect(harness.sent.map(({ request }) => request.client)).toEqual([3, 4]);
    expect(harness.sent[0]!.request.session).not.toBe(harness.sent[1]!.request.session);
  });

  test('under an open loop too, a queued operation waits for the one asked for before it', () => {
    const harness = new ClientHarness(3, { timeout: 100 * SECOND });
    harness.clients.startLoad(loadOf({ think: null, rate: 1000, count: 5 }));
    harness.runTo(SECOND);
    const [behind] = harness.sent;
    harness.reply('ok', ANY, behind);
    harness.clients.operate(0, put('x', 'a'), ANY);
    const second = harness.clients.operate(0, put('x', 'b'), ANY);
    const [, another] = harness.sent;
    harness.reply('ok', ANY, another);
    expect(harness.clients.operation(second)).toBe(null);
  });
});

describe('a closed loop', () => {
  test('thinks between a completion and the next operation, and has one pending at a time', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 5000 }), fc.nat(9000), (think, delay, start) => {
        const harness = new ClientHarness(3);
        harness.onRequest = (asked) => harness.later(asked.at + delay, () => harness.reply('ok', ANY, asked));
        harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: think }, start }));
        harness.runTo(100_000);
        const { operations } = harness;
        expect(operations.length).toBeGreaterThan(5);
        expect(operations[0]!.invokedAt).toBe(start + think);
        const pauses = operations.slice(1).map(({ invokedAt }, i) => invokedAt - operations[i]!.completedAt);
        expect(pauses).toEqual(pauses.map(() => think));
      }),
      { numRuns: 30 },
    );
  });

  test('goes on after an operation that timed out', () => {
    const harness = new ClientHarness(3, { retries: 0 });
    harness.clients.startLoad(loadOf());
    harness.runTo(10 * TIMEOUT);
    expect(harness.clients.unknown).toBe(10);
  });

  test('stops after its count, and when it is told to', () => {
    const harness = new ClientHarness(3, { count: 2 });
    harness.onRequest = (asked) => harness.later(asked.at + 100, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ count: 7 }));
    harness.runTo(SECOND);
    expect(harness.clients.ok).toBe(14);
    harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: 1000 } }));
    harness.runTo(SECOND + 10_500);
    harness.clients.stopLoad();
    const { invoked } = harness.clients;
    expect(invoked).toBeGreaterThan(14);
    harness.runTo(2 * SECOND);
    expect(harness.clients.invoked).toBe(invoked);
    expect(harness.clients.outstanding).toBe(0);
  });

  test('leaves the spare clients alone, which do as they are told', () => {
    const harness = new ClientHarness(3, { count: 1, spare: 1 });
    harness.onRequest = (asked) => harness.later(asked.at + 100, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ count: 5 }));
    const id = harness.clients.operate(1, put('x', 'scripted'), ANY);
    harness.runTo(SECOND);
    expect(harness.operations.filter(({ client }) => client === 1).map((operation) => operation.id)).toEqual([id]);
    expect(harness.clients.ok).toBe(6);
    expect(new Set(harness.operations.map(({ request }) => request.session)).size).toBe(2);
  });

  test('gives way to a scripted operation and goes on when that is done', () => {
    const harness = new ClientHarness(3);
    harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: 10_000 } }));
    harness.clients.operate(0, put('x', 'scripted'), ANY);
    harness.runTo(20_000);
    expect(harness.sent.length).toBe(1);
    harness.reply('ok');
    harness.runTo(29_999);
    expect(harness.sent.length).toBe(1);
    harness.runTo(30_000);
    expect(harness.sent.length).toBe(2);
  });

  test('a scripted operation in a pause does not make the loop run faster from then on', () => {
    const harness = new ClientHarness(3);
    harness.onRequest = (asked) => harness.later(asked.at + 1000, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: 100_000 } }));
    harness.runTo(50_000);
    harness.clients.operate(0, put('x', 'scripted'), ANY);
    harness.runTo(SECOND);
    const { operations } = harness;
    for (let i = 2; i < operations.length; i++) {
      expect(operations[i]!.invokedAt - operations[i - 1]!.completedAt).toBeGreaterThanOrEqual(100_000);
    }
  });

  test('draws operations by their weights, over all keys, and never one of weight 0', () => {
    const harness = new ClientHarness(3);
    harness.onRequest = (asked) => harness.later(asked.at + 1, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ ops: { put: 5, get: 3, cas: 1, append: 0, delete: 1 }, count: 3000 }));
    harness.runTo(SECOND);
    const counts = new Map<string, number>();
    const keys = new Set<string>();
    for (const { request } of harness.operations) {
      counts.set(request.command.op, (counts.get(request.command.op) ?? 0) + 1);
      keys.add(request.command.key);
    }
    expect(keys).toEqual(new Set(['k1', 'k2', 'k3']));
    expect(counts.has('append')).toBe(false);
    for (const [op, share] of [
      ['put', 0.5],
      ['get', 0.3],
      ['cas', 0.1],
      ['delete', 0.1],
    ] as const) {
      expect(Math.abs(counts.get(op)! / 3000 - share)).toBeLessThan(0.04);
    }
  });

  test('every written value is unique, and padded to its size', () => {
    const harness = new ClientHarness(3, { count: 3 });
    harness.onRequest = (asked) => harness.later(asked.at + 1, () => harness.reply('ok', ANY, asked));
    const ops = { put: 1, get: 1, cas: 1, append: 1, delete: 1 };
    harness.clients.startLoad(loadOf({ ops, valueSize: 12, count: 100 }));
    harness.runTo(SECOND);
    const written = harness.operations.map(({ request }) => request.command.value).filter((value) => value !== '');
    expect(new Set(written).size).toBe(written.length);
    expect(written.every((value) => value.length === 12)).toBe(true);
    for (const { request } of harness.operations) {
      if (request.command.op === 'get' || request.command.op === 'delete') expect(request.command.value).toBe('');
    }
  });

  test('a cas expects the value its client saw last under that key', () => {
    const harness = new ClientHarness(1);
    const values = new Map<string, string>();
    harness.onRequest = (asked) =>
      harness.later(asked.at + 1, () => {
        const { key, value } = asked.request.command;
        values.set(key, `seen ${value}`);
        harness.reply('ok', ANY, asked, `seen ${value}`);
      });
    const ops = { put: 1, get: 0, cas: 1, append: 0, delete: 0 };
    harness.clients.startLoad(loadOf({ ops, count: 60 }));
    const expected = new Map<string, string>();
    harness.runTo(SECOND);
    for (const { request } of harness.operations) {
      const { op, key, value } = request.command;
      if (op === 'cas') expect(request.command.expected).toBe(expected.get(key) ?? null);
      expected.set(key, `seen ${value}`);
    }
  });
});

describe('an open loop', () => {
  test('keeps its rate although nothing is ever answered, each operation in a session that is free', () => {
    const harness = new ClientHarness(3, { count: 2, timeout: 500_000, retries: 0 });
    harness.clients.startLoad(loadOf({ think: null, rate: 200 }));
    harness.runTo(5 * SECOND);
    expect(Math.abs(harness.clients.invoked - 2000)).toBeLessThan(150);
    const busy = new Map<number, number>();
    const invoked = harness.operations.toSorted((a, b) => a.invokedAt - b.invokedAt || a.id - b.id);
    for (const { request, invokedAt, completedAt } of invoked) {
      expect(busy.get(request.session) ?? 0).toBeLessThanOrEqual(invokedAt);
      busy.set(request.session, completedAt < 0 ? Infinity : completedAt);
    }
    // 200 a second, each pending for half a second, by two clients.
    expect(Math.abs(busy.size - 200)).toBeLessThan(60);
    expect(Math.abs(harness.clients.outstanding - 200)).toBeLessThan(60);
  });

  test('its gaps lie between nothing and twice the mean', () => {
    const harness = new ClientHarness(3);
    harness.onRequest = (asked) => harness.later(asked.at + 10, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ think: null, rate: 100, start: 1000 }));
    harness.runTo(3 * SECOND);
    let last = 1000;
    for (const { invokedAt } of harness.operations) {
      expect(invokedAt - last).toBeGreaterThanOrEqual(1);
      expect(invokedAt - last).toBeLessThanOrEqual(20_000);
      last = invokedAt;
    }
  });

  test('a load that is started again replaces the one before', () => {
    const harness = new ClientHarness(3);
    harness.onRequest = (asked) => harness.later(asked.at + 10, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ think: null, rate: 100 }));
    harness.clients.startLoad(loadOf({ think: null, rate: 100 }));
    harness.runTo(10 * SECOND);
    expect(Math.abs(harness.clients.invoked - 1000)).toBeLessThan(100);
  });

  test('stops after its count', () => {
    const harness = new ClientHarness(3);
    harness.clients.startLoad(loadOf({ think: null, rate: 1000, count: 12 }));
    harness.runTo(5 * SECOND);
    expect(harness.clients.invoked).toBe(12);
  });
});

describe('whatever the nodes answer', () => {
  type Act = 'lose' | ReplyStatus;
  const act = fc.record({
    act: fc.constantFrom<Act>('lose', 'ok', 'redirect', 'redirect', 'redirect', 'unknown', 'refused'),
    leader: fc.integer({ min: -1, max: 2 }),
    // Some answers come only after the client has given the attempt up.
    delay: fc.oneof(fc.nat(20_000), fc.nat(250_000)),
  });
  const acts = fc.array(act, { maxLength: 80 });

  /** The n-th request meets the n-th act. */
  function play(
    seed: string,
    acts: readonly { act: Act; leader: number; delay: number }[],
    open: boolean,
  ): { harness: ClientHarness; done: Act[] } {
    const harness = new ClientHarness(3, { count: 2, retries: 2 }, seed);
    const done: Act[] = [];
    harness.onRequest = (asked) => {
      const { act, leader, delay } = acts[done.length] ?? { act: 'lose' as const, leader: -1, delay: 0 };
      done.push(act);
      if (act !== 'lose') harness.later(asked.at + delay, () => harness.reply(act, leader, asked));
    };
    harness.clients.startLoad(loadOf(open ? { think: null, rate: 20, count: 10 } : { count: 10 }));
    harness.clients.operate(0, put('x', 'scripted'), 1);
    harness.runTo(60 * SECOND);
    return { harness, done };
  }

  test('a retry is the same Request object, and sequences of a session count from 1 without a gap', () => {
    fc.assert(
      fc.property(fc.string(), acts, fc.boolean(), (seed, acts, open) => {
        const { harness } = play(seed, acts, open);
        const objects = new Map<string, unknown>();
        for (const { request } of harness.sent) {
          expect(Object.isFrozen(request)).toBe(true);
          const name = `${request.session}/${request.sequence}`;
          if (objects.has(name)) expect(objects.get(name)).toBe(request);
          objects.set(name, request);
        }
        const last = new Map<number, number>();
        for (const { request, client } of harness.operations) {
          expect(request.client).toBe(3 + client);
          expect(request.sequence).toBe((last.get(request.session) ?? 0) + 1);
          last.set(request.session, request.sequence);
        }
      }),
    );
  });

  test('every operation ends, within its attempts and one more timeout', () => {
    fc.assert(
      fc.property(fc.string(), acts, fc.boolean(), (seed, acts, open) => {
        const { harness } = play(seed, acts, open);
        expect(harness.clients.outstanding).toBe(0);
        const { invoked, ok, failed, unknown } = harness.clients;
        expect(ok + failed + unknown).toBe(invoked);
        for (const { invokedAt, completedAt } of harness.operations) {
          expect(completedAt).toBeGreaterThanOrEqual(invokedAt);
          expect(completedAt - invokedAt).toBeLessThanOrEqual(4 * TIMEOUT + 50_000);
        }
      }),
    );
  });

  test('fail means that every attempt was answered by a promise not to execute it, ok that one was executed', () => {
    let failed = 0;
    fc.assert(
      fc.property(fc.string(), acts, fc.boolean(), (seed, acts, open) => {
        const { harness, done } = play(seed, acts, open);
        for (const { outcome, request } of harness.operations) {
          const met = done.filter((_, i) => harness.sent[i]!.request === request);
          if (outcome === 'ok') expect(met).toContain('ok');
          if (outcome !== 'fail') continue;
          failed++;
          for (const act of met) expect(['redirect', 'refused']).toContain(act);
        }
      }),
      { numRuns: 300 },
    );
    expect(failed).toBeGreaterThan(20);
  });

  test('two runs with the same seed and the same answers are the same', () => {
    fc.assert(
      fc.property(fc.string(), acts, fc.boolean(), (seed, acts, open) => {
        const trail = ({ harness }: { harness: ClientHarness }): unknown => [harness.sent, harness.notes];
        expect(trail(play(seed, acts, open))).toEqual(trail(play(seed, acts, open)));
      }),
      { numRuns: 30 },
    );
  });

  test('a second copy of an answer is not taken for the answer to a later attempt at the same node', () => {
    const harness = new ClientHarness(2, { retries: 0 });
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    const [first] = harness.sent;
    const other = 1 - first!.to;
    harness.runTo(60_000);
    harness.reply('redirect', other);
    harness.runTo(70_000);
    harness.reply('redirect', first!.to);
    // The third attempt is on its way to the first node, which leads by now and will execute it.
    harness.runTo(75_000);
    harness.clients.noteDuplicate(first!.request);
    harness.reply('redirect', other, first);
    harness.runTo(110_000);
    harness.reply('redirect');
    expect(harness.clients.operation(id)!.outcome).not.toBe('fail');
  });
});
