import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReplyStatus } from '../protocol.ts';
import { ClientHarness, loadOf, put } from '../testing/client-harness.ts';

const ANY = -1;
const TIMEOUT = 100_000;
const SECOND = 1_000_000;

describe('an operation', () => {
  test('is ok with the first ok that arrives, from whomever, and later answers change nothing', () => {
    const desk = new ClientHarness(3);
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(700);
    desk.answer('ok', ANY, desk.last, '1');
    desk.answer('refused');
    const operation = desk.clients.operation(id)!;
    expect(operation).toMatchObject({
      id,
      client: 0,
      invokedAt: 0,
      completedAt: 700,
      outcome: 'ok',
      reply: { value: '1' },
    });
    const { invoked, ok, failed, unknown, outstanding } = desk.clients;
    expect([invoked, ok, failed, unknown, outstanding]).toEqual([1, 1, 0, 0, 0]);
    expect(desk.notes).toEqual(['invoked 1 pending', 'completed 1 ok']);
  });

  test('without an answer is retried after each timeout, at another node, and then unknown', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(4), fc.integer({ min: 2, max: 5 }), (seed, retries, nodes) => {
        const desk = new ClientHarness(nodes, { retries }, seed);
        const id = desk.clients.operate(0, put('x', '1'), ANY);
        desk.runTo(10 * TIMEOUT);
        expect(desk.asked.map(({ at }) => at)).toEqual(Array.from({ length: retries + 1 }, (_, i) => i * TIMEOUT));
        for (let i = 1; i <= retries; i++) expect(desk.asked[i]!.to).not.toBe(desk.asked[i - 1]!.to);
        const { outcome, completedAt, reply } = desk.clients.operation(id)!;
        expect([outcome, completedAt, reply]).toEqual(['unknown', (retries + 1) * TIMEOUT, null]);
      }),
    );
  });

  test('asks the only node again when the cluster has one', () => {
    const desk = new ClientHarness(1, { retries: 1 });
    desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(TIMEOUT);
    expect(desk.asked.map(({ to }) => to)).toEqual([0, 0]);
  });

  test('follows redirects at once, and the next one begins where the last one was answered', () => {
    const desk = new ClientHarness(5);
    desk.clients.operate(0, put('x', '1'), ANY);
    const first = desk.last.to;
    const leader = (first + 2) % 5;
    desk.runTo(300);
    desk.answer('redirect', leader);
    expect(desk.last).toMatchObject({ at: 300, to: leader });
    desk.answer('ok');
    desk.clients.operate(0, put('x', '2'), ANY);
    expect(desk.last.to).toBe(leader);
  });

  test('redirected to nobody, it asks another node after a pause of 10 to 50 ms', () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const desk = new ClientHarness(3, {}, seed);
        desk.clients.operate(0, put('x', '1'), ANY);
        const { to } = desk.last;
        desk.answer('redirect');
        desk.runTo(9_999);
        expect(desk.asked.length).toBe(1);
        desk.runTo(50_000);
        expect(desk.asked.length).toBe(2);
        expect(desk.last.to).not.toBe(to);
      }),
    );
  });

  test('a redirect to the node that gave it is taken for a redirect to nobody', () => {
    const desk = new ClientHarness(3);
    desk.clients.operate(0, put('x', '1'), ANY);
    const { to } = desk.last;
    desk.answer('redirect', to);
    expect(desk.asked.length).toBe(1);
    desk.runTo(50_000);
    expect(desk.last.to).not.toBe(to);
  });

  test('redirected until its time is over, it has certainly not been executed', () => {
    const desk = new ClientHarness(3, { retries: 0 });
    desk.onAsk = (asked) => desk.later(asked.at + 5000, () => desk.answer('redirect', ANY, asked));
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(SECOND);
    expect(desk.clients.operation(id)!.outcome).toBe('fail');
    expect(desk.asked.length).toBeGreaterThan(2);
  });

  test('refused at its first attempt, it has certainly not been executed', () => {
    const desk = new ClientHarness(3);
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.answer('refused');
    expect(desk.clients.operation(id)!.outcome).toBe('fail');
  });

  test.each(['timeout', 'unknown', 'duplicate'] as const)(
    'refused after an attempt that may live on (%s), it is unknown',
    (doubt) => {
      const desk = new ClientHarness(3);
      const id = desk.clients.operate(0, put('x', '1'), ANY);
      if (doubt === 'timeout') desk.runTo(TIMEOUT);
      else if (doubt === 'unknown') desk.answer('unknown', (desk.last.to + 1) % 3);
      else desk.clients.noteDuplicate(desk.last.request);
      desk.answer('refused');
      expect(desk.clients.operation(id)!.outcome).toBe('unknown');
    },
  );

  test('an answer to an earlier attempt that says nothing about the present one is not listened to', () => {
    const desk = new ClientHarness(3);
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    const early = desk.last;
    desk.runTo(TIMEOUT);
    const asked = desk.asked.length;
    // The node that neither attempt has gone to.
    const third = 3 - early.to - desk.last.to;
    desk.answer('redirect', third, early);
    desk.answer('unknown', third, early);
    expect(desk.asked.length).toBe(asked);
    expect(desk.clients.operation(id)!.outcome).toBe('pending');
    desk.answer('ok', ANY, early);
    expect(desk.clients.operation(id)!.outcome).toBe('ok');
  });

  test('an answer to an operation that is over does not complete the next one', () => {
    const desk = new ClientHarness(3, { retries: 0 });
    desk.clients.operate(0, put('x', '1'), ANY);
    const early = desk.last;
    desk.runTo(TIMEOUT);
    const next = desk.clients.operate(0, put('x', '2'), ANY);
    desk.answer('ok', ANY, early);
    expect(desk.clients.operation(next)!.outcome).toBe('pending');
  });

  test('a timeout of an attempt that was answered does not end the one that followed', () => {
    const desk = new ClientHarness(3, { retries: 0 });
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(TIMEOUT - 1);
    desk.answer('redirect', (desk.last.to + 1) % 3);
    desk.runTo(TIMEOUT + 1);
    expect(desk.clients.operation(id)!.outcome).toBe('pending');
    desk.runTo(2 * TIMEOUT);
    expect(desk.clients.operation(id)!.outcome).toBe('unknown');
  });
});

describe('sticking to one node', () => {
  test('an operation for one node asks no other', () => {
    const desk = new ClientHarness(3, { retries: 3 });
    desk.clients.operate(0, put('x', '1'), 2);
    desk.runTo(SECOND);
    expect(desk.asked.map(({ to }) => to)).toEqual([2, 2, 2, 2]);
  });

  test('a redirect ends it: certainly not executed, unless an attempt was left unanswered', () => {
    const desk = new ClientHarness(3);
    const sure = desk.clients.operate(0, put('x', '1'), 2);
    desk.answer('redirect', 0);
    expect(desk.clients.operation(sure)).toMatchObject({ outcome: 'fail', reply: { leader: 0 } });
    const unsure = desk.clients.operate(0, put('x', '2'), 2);
    desk.runTo(TIMEOUT);
    desk.answer('redirect', 0);
    expect(desk.clients.operation(unsure)!.outcome).toBe('unknown');
    expect(desk.asked.every(({ to }) => to === 2)).toBe(true);
  });

  test('what it was told does not change whom the next operation asks first', () => {
    const desk = new ClientHarness(3);
    desk.clients.operate(0, put('x', '1'), ANY);
    desk.answer('ok');
    const leader = desk.last.to;
    desk.clients.operate(0, put('x', '2'), (leader + 1) % 3);
    desk.answer('redirect', (leader + 2) % 3);
    desk.clients.operate(0, put('x', '3'), ANY);
    expect(desk.last.to).toBe(leader);
  });
});

describe('queueing', () => {
  test('operations of one client run one after the other, in the order they were asked for', () => {
    const desk = new ClientHarness(3);
    const ids = ['a', 'b', 'c'].map((value) => desk.clients.operate(0, put('x', value), ANY));
    expect(desk.clients.outstanding).toBe(3);
    expect(desk.asked.length).toBe(1);
    for (const [i, id] of ids.entries()) {
      expect(ids.map((other) => desk.clients.operation(other) !== null)).toEqual(ids.map((_, other) => other <= i));
      expect(desk.clients.isIdle(0)).toBe(false);
      desk.runTo(desk.now + 1000);
      desk.answer('ok');
      expect(desk.clients.operation(id)).toMatchObject({ outcome: 'ok', completedAt: desk.now });
    }
    expect(desk.clients.isIdle(0)).toBe(true);
    expect(desk.operations.map(({ request }) => request.command.value)).toEqual(['a', 'b', 'c']);
  });

  test('clients do not wait for each other', () => {
    const desk = new ClientHarness(3, { count: 2 });
    desk.clients.operate(0, put('x', 'a'), ANY);
    desk.clients.operate(1, put('x', 'b'), ANY);
    expect(desk.asked.map(({ request }) => request.client)).toEqual([3, 4]);
    expect(desk.asked[0]!.request.session).not.toBe(desk.asked[1]!.request.session);
  });

  test('under an open loop too, a queued operation waits for the one asked for before it', () => {
    const desk = new ClientHarness(3, { timeout: 100 * SECOND });
    desk.clients.startLoad(loadOf({ think: null, rate: 1000, count: 5 }));
    desk.runTo(SECOND);
    const [behind] = desk.asked;
    desk.answer('ok', ANY, behind);
    desk.clients.operate(0, put('x', 'a'), ANY);
    const second = desk.clients.operate(0, put('x', 'b'), ANY);
    const [, another] = desk.asked;
    desk.answer('ok', ANY, another);
    expect(desk.clients.operation(second)).toBe(null);
  });
});

describe('a closed loop', () => {
  test('thinks between a completion and the next operation, and has one under way at a time', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 5000 }), fc.nat(9000), (think, delay, start) => {
        const desk = new ClientHarness(3);
        desk.onAsk = (asked) => desk.later(asked.at + delay, () => desk.answer('ok', ANY, asked));
        desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: think }, start }));
        desk.runTo(100_000);
        const { operations } = desk;
        expect(operations.length).toBeGreaterThan(5);
        expect(operations[0]!.invokedAt).toBe(start + think);
        const pauses = operations.slice(1).map(({ invokedAt }, i) => invokedAt - operations[i]!.completedAt);
        expect(pauses).toEqual(pauses.map(() => think));
      }),
      { numRuns: 30 },
    );
  });

  test('goes on after an operation that timed out', () => {
    const desk = new ClientHarness(3, { retries: 0 });
    desk.clients.startLoad(loadOf());
    desk.runTo(10 * TIMEOUT);
    expect(desk.clients.unknown).toBe(10);
  });

  test('stops after its count, and when it is told to', () => {
    const desk = new ClientHarness(3, { count: 2 });
    desk.onAsk = (asked) => desk.later(asked.at + 100, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ count: 7 }));
    desk.runTo(SECOND);
    expect(desk.clients.ok).toBe(14);
    desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: 1000 } }));
    desk.runTo(SECOND + 10_500);
    desk.clients.stopLoad();
    const { invoked } = desk.clients;
    expect(invoked).toBeGreaterThan(14);
    desk.runTo(2 * SECOND);
    expect(desk.clients.invoked).toBe(invoked);
    expect(desk.clients.outstanding).toBe(0);
  });

  test('leaves the spare clients alone, which do as they are told', () => {
    const desk = new ClientHarness(3, { count: 1, spare: 1 });
    desk.onAsk = (asked) => desk.later(asked.at + 100, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ count: 5 }));
    const id = desk.clients.operate(1, put('x', 'scripted'), ANY);
    desk.runTo(SECOND);
    expect(desk.operations.filter(({ client }) => client === 1).map((operation) => operation.id)).toEqual([id]);
    expect(desk.clients.ok).toBe(6);
    expect(new Set(desk.operations.map(({ request }) => request.session)).size).toBe(2);
  });

  test('gives way to a scripted operation and goes on when that is done', () => {
    const desk = new ClientHarness(3);
    desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: 10_000 } }));
    desk.clients.operate(0, put('x', 'scripted'), ANY);
    desk.runTo(20_000);
    expect(desk.asked.length).toBe(1);
    desk.answer('ok');
    desk.runTo(29_999);
    expect(desk.asked.length).toBe(1);
    desk.runTo(30_000);
    expect(desk.asked.length).toBe(2);
  });

  test('a scripted operation in a pause does not make the loop run faster from then on', () => {
    const desk = new ClientHarness(3);
    desk.onAsk = (asked) => desk.later(asked.at + 1000, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: 100_000 } }));
    desk.runTo(50_000);
    desk.clients.operate(0, put('x', 'scripted'), ANY);
    desk.runTo(SECOND);
    const { operations } = desk;
    for (let i = 2; i < operations.length; i++) {
      expect(operations[i]!.invokedAt - operations[i - 1]!.completedAt).toBeGreaterThanOrEqual(100_000);
    }
  });

  test('draws operations by their weights, over all keys, and never one of weight 0', () => {
    const desk = new ClientHarness(3);
    desk.onAsk = (asked) => desk.later(asked.at + 1, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ ops: { put: 5, get: 3, cas: 1, append: 0, delete: 1 }, count: 3000 }));
    desk.runTo(SECOND);
    const counts = new Map<string, number>();
    const keys = new Set<string>();
    for (const { request } of desk.operations) {
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
    const desk = new ClientHarness(3, { count: 3 });
    desk.onAsk = (asked) => desk.later(asked.at + 1, () => desk.answer('ok', ANY, asked));
    const ops = { put: 1, get: 1, cas: 1, append: 1, delete: 1 };
    desk.clients.startLoad(loadOf({ ops, valueSize: 12, count: 100 }));
    desk.runTo(SECOND);
    const written = desk.operations.map(({ request }) => request.command.value).filter((value) => value !== '');
    expect(new Set(written).size).toBe(written.length);
    expect(written.every((value) => value.length === 12)).toBe(true);
    for (const { request } of desk.operations) {
      if (request.command.op === 'get' || request.command.op === 'delete') expect(request.command.value).toBe('');
    }
  });

  test('a cas expects the value its client saw last under that key', () => {
    const desk = new ClientHarness(1);
    const values = new Map<string, string>();
    desk.onAsk = (asked) =>
      desk.later(asked.at + 1, () => {
        const { key, value } = asked.request.command;
        values.set(key, `seen ${value}`);
        desk.answer('ok', ANY, asked, `seen ${value}`);
      });
    const ops = { put: 1, get: 0, cas: 1, append: 0, delete: 0 };
    desk.clients.startLoad(loadOf({ ops, count: 60 }));
    const expected = new Map<string, string>();
    desk.runTo(SECOND);
    for (const { request } of desk.operations) {
      const { op, key, value } = request.command;
      if (op === 'cas') expect(request.command.expected).toBe(expected.get(key) ?? null);
      expected.set(key, `seen ${value}`);
    }
  });
});

describe('an open loop', () => {
  test('keeps its rate although nothing is ever answered, each operation in a session that is free', () => {
    const desk = new ClientHarness(3, { count: 2, timeout: 500_000, retries: 0 });
    desk.clients.startLoad(loadOf({ think: null, rate: 200 }));
    desk.runTo(5 * SECOND);
    expect(Math.abs(desk.clients.invoked - 2000)).toBeLessThan(150);
    const busy = new Map<number, number>();
    const invoked = desk.operations.toSorted((a, b) => a.invokedAt - b.invokedAt || a.id - b.id);
    for (const { request, invokedAt, completedAt } of invoked) {
      expect(busy.get(request.session) ?? 0).toBeLessThanOrEqual(invokedAt);
      busy.set(request.session, completedAt < 0 ? Infinity : completedAt);
    }
    // 200 a second, each under way for half a second, by two clients.
    expect(Math.abs(busy.size - 200)).toBeLessThan(60);
    expect(Math.abs(desk.clients.outstanding - 200)).toBeLessThan(60);
  });

  test('its gaps lie between nothing and twice the mean', () => {
    const desk = new ClientHarness(3);
    desk.onAsk = (asked) => desk.later(asked.at + 10, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ think: null, rate: 100, start: 1000 }));
    desk.runTo(3 * SECOND);
    let last = 1000;
    for (const { invokedAt } of desk.operations) {
      expect(invokedAt - last).toBeGreaterThanOrEqual(1);
      expect(invokedAt - last).toBeLessThanOrEqual(20_000);
      last = invokedAt;
    }
  });

  test('a load that is started again replaces the one before', () => {
    const desk = new ClientHarness(3);
    desk.onAsk = (asked) => desk.later(asked.at + 10, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ think: null, rate: 100 }));
    desk.clients.startLoad(loadOf({ think: null, rate: 100 }));
    desk.runTo(10 * SECOND);
    expect(Math.abs(desk.clients.invoked - 1000)).toBeLessThan(100);
  });

  test('stops after its count', () => {
    const desk = new ClientHarness(3);
    desk.clients.startLoad(loadOf({ think: null, rate: 1000, count: 12 }));
    desk.runTo(5 * SECOND);
    expect(desk.clients.invoked).toBe(12);
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
  ): { desk: ClientHarness; done: Act[] } {
    const desk = new ClientHarness(3, { count: 2, retries: 2 }, seed);
    const done: Act[] = [];
    desk.onAsk = (asked) => {
      const { act, leader, delay } = acts[done.length] ?? { act: 'lose' as const, leader: -1, delay: 0 };
      done.push(act);
      if (act !== 'lose') desk.later(asked.at + delay, () => desk.answer(act, leader, asked));
    };
    desk.clients.startLoad(loadOf(open ? { think: null, rate: 20, count: 10 } : { count: 10 }));
    desk.clients.operate(0, put('x', 'scripted'), 1);
    desk.runTo(60 * SECOND);
    return { desk, done };
  }

  test('a retry is the same Request object, and sequences of a session count from 1 without a gap', () => {
    fc.assert(
      fc.property(fc.string(), acts, fc.boolean(), (seed, acts, open) => {
        const { desk } = play(seed, acts, open);
        const objects = new Map<string, unknown>();
        for (const { request } of desk.asked) {
          expect(Object.isFrozen(request)).toBe(true);
          const name = `${request.session}/${request.sequence}`;
          if (objects.has(name)) expect(objects.get(name)).toBe(request);
          objects.set(name, request);
        }
        const last = new Map<number, number>();
        for (const { request, client } of desk.operations) {
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
        const { desk } = play(seed, acts, open);
        expect(desk.clients.outstanding).toBe(0);
        const { invoked, ok, failed, unknown } = desk.clients;
        expect(ok + failed + unknown).toBe(invoked);
        for (const { invokedAt, completedAt } of desk.operations) {
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
        const { desk, done } = play(seed, acts, open);
        for (const { outcome, request } of desk.operations) {
          const met = done.filter((_, i) => desk.asked[i]!.request === request);
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
        const trail = ({ desk }: { desk: ClientHarness }): unknown => [desk.asked, desk.notes];
        expect(trail(play(seed, acts, open))).toEqual(trail(play(seed, acts, open)));
      }),
      { numRuns: 30 },
    );
  });

  test('a second copy of an answer is not taken for the answer to a later attempt at the same node', () => {
    const desk = new ClientHarness(2, { retries: 0 });
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    const [first] = desk.asked;
    const other = 1 - first!.to;
    desk.runTo(60_000);
    desk.answer('redirect', other);
    desk.runTo(70_000);
    desk.answer('redirect', first!.to);
    // The third attempt is on its way to the first node, which leads by now and will execute it.
    desk.runTo(75_000);
    desk.clients.noteDuplicate(first!.request);
    desk.answer('redirect', other, first);
    desk.runTo(110_000);
    desk.answer('redirect');
    expect(desk.clients.operation(id)!.outcome).not.toBe('fail');
  });
});
