import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientSettings } from './client-host.ts';
import type { ReplyStatus, Request } from '../protocol.ts';
import { type SentRequest, ClientHarness, loadOf, put } from '../testing/client-harness.ts';

const ANY = -1;
const TIMEOUT = 100_000;
const SECOND = 1_000_000;

const isRegistration = ({ request }: SentRequest): boolean => request.command.op === 'register';

describe('busy', () => {
  test('makes a client ask the same node again after a pause of 10 to 50 ms, which is not an attempt', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom(ANY, 2), (seed, only) => {
        const harness = new ClientHarness(3, { retries: 0 }, seed);
        const id = harness.clients.operate(0, put('x', '1'), only);
        const { to } = harness.last;
        harness.reply('busy');
        harness.runTo(9_999);
        expect(harness.sent.length).toBe(1);
        harness.runTo(50_000);
        expect(harness.sent.length).toBe(2);
        expect(harness.last.to).toBe(to);
        harness.reply('ok');
        expect(harness.clients.operation(id)!.outcome).toBe('ok');
      }),
    );
  });

  test('after an attempt that was left unanswered, the next one goes to another node again', () => {
    const harness = new ClientHarness(2);
    harness.clients.operate(0, put('x', '1'), ANY);
    harness.reply('busy');
    harness.runTo(50_000);
    const { at, to } = harness.last;
    harness.runTo(at + TIMEOUT);
    expect(harness.last.to).toBe(1 - to);
  });

  test.each([ANY, 2])('until its time is over, an operation (for node %s) has certainly not been executed', (only) => {
    const harness = new ClientHarness(3, { retries: 0 });
    harness.onRequest = (asked) => harness.later(asked.at + 5000, () => harness.reply('busy', ANY, asked));
    const id = harness.clients.operate(0, put('x', '1'), only);
    harness.runTo(SECOND);
    expect(harness.clients.operation(id)!.outcome).toBe('fail');
    expect(harness.sent.length).toBeGreaterThan(2);
  });

  test('says nothing about an attempt that was left unanswered', () => {
    const harness = new ClientHarness(1, { retries: 1 });
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(TIMEOUT);
    harness.onRequest = (asked) => harness.later(asked.at + 5000, () => harness.reply('busy', ANY, asked));
    harness.reply('busy');
    harness.runTo(SECOND);
    expect(harness.clients.operation(id)!.outcome).toBe('unknown');
  });
});

type Act = 'lose' | ReplyStatus;
const act = fc.record({
  act: fc.constantFrom<Act>('lose', 'ok', 'ok', 'redirect', 'busy', 'unknown', 'refused', 'refused'),
  leader: fc.integer({ min: -1, max: 2 }),
  delay: fc.oneof(fc.nat(20_000), fc.nat(250_000)),
});
const settings = fc.record({
  perSession: fc.integer({ min: 1, max: 4 }),
  register: fc.boolean(),
  retries: fc.nat(2),
});
const play = fc.record({ seed: fc.string(), acts: fc.array(act, { maxLength: 80 }), open: fc.boolean(), settings });

/** The n-th request meets the n-th act; the n-th registration that is answered opens session 1000 + n. */
function played({ seed, acts, open, settings }: typeof play extends fc.Arbitrary<infer P> ? P : never): ClientHarness {
  const harness = new ClientHarness(3, { count: 2, ...settings }, seed);
  let met = 0;
  let opened = 1000;
  harness.onRequest = (asked) => {
    const { act, leader, delay } = acts[met++] ?? { act: 'ok' as const, leader: -1, delay: 1000 };
    if (act === 'lose') return;
    harness.later(asked.at + delay, () => {
      const value = act === 'ok' && isRegistration(asked) ? `${++opened}` : null;
      harness.reply(act, leader, asked, value);
    });
  };
  harness.clients.startLoad(loadOf(open ? { think: null, rate: 100, count: 12 } : { count: 12 }));
  for (const value of ['a', 'b', 'c', 'd']) harness.clients.operate(0, put('x', value), ANY);
  harness.runTo(60 * SECOND);
  return harness;
}

/** The operations of each session, known by their objects since unregistered sessions have no name. */
function bySession(harness: ClientHarness): Map<string, Request[]> {
  const sessions = new Map<string, Request[]>();
  for (const { request, client } of harness.operations) {
    if (request.session === 0) continue;
    const name = `${client}/${request.session}`;
    sessions.set(name, [...(sessions.get(name) ?? []), request]);
  }
  return sessions;
}

describe('whatever the nodes answer', () => {
  test('no session has more operations pending than it takes', () => {
    let most = 0;
    fc.assert(
      fc.property(play, (play) => {
        const harness = played(play);
        for (const requests of bySession(harness).values()) {
          const own = harness.operations.filter(({ request }) => requests.includes(request));
          for (const { invokedAt, id } of own) {
            const others = own.filter((other) => other.id < id && other.completedAt > invokedAt);
            expect(others.length).toBeLessThan(play.settings.perSession);
            most = Math.max(most, others.length);
          }
        }
      }),
    );
    expect(most).toBe(3);
  });

  test('sequence numbers of a session count from 1, and leave out only what was never sent', () => {
    fc.assert(
      fc.property(play, (play) => {
        const harness = played(play);
        const sent = new Set(harness.sent.map(({ request }) => request));
        for (const requests of bySession(harness).values()) {
          expect(requests.map(({ sequence }) => sequence)).toEqual(requests.map((_, i) => requests[0]!.sequence + i));
          // Those before the first one with a name were timed out while the session was being registered.
          if (!play.settings.register) expect(requests[0]!.sequence).toBe(1);
          for (const request of requests) expect(Object.isFrozen(request)).toBe(true);
        }
        for (const { request, outcome } of harness.operations) {
          if (!sent.has(request)) expect(outcome).toBe('fail');
        }
      }),
    );
  });

  test('firstUnanswered is the lowest of the session that was pending when the operation began', () => {
    let lower = 0;
    fc.assert(
      fc.property(play, (play) => {
        const harness = played(play);
        for (const requests of bySession(harness).values()) {
          const own = harness.operations.filter(({ request }) => requests.includes(request));
          for (const { request, invokedAt, id } of own) {
            const open = own.filter((other) => other.id <= id && other.completedAt > invokedAt);
            const lowest = Math.min(request.sequence, ...open.map((other) => other.request.sequence));
            if (lowest < request.sequence) lower++;
            if (request.firstUnanswered === lowest) continue;
            // One that ended at that very moment, or before the session had a name.
            const others = harness.operations.filter(
              (other) =>
                other.completedAt >= invokedAt &&
                (other.request.session === 0 || other.completedAt === invokedAt) &&
                other.request.client === request.client,
            );
            expect(others.map((other) => other.request.sequence)).toContain(request.firstUnanswered);
          }
          const firsts = requests.map(({ firstUnanswered }) => firstUnanswered);
          expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
        }
      }),
    );
    expect(lower).toBeGreaterThan(100);
  });

  test('no operation is sent in a session before that is registered, and registrations count as no operations', () => {
    fc.assert(
      fc.property(play, (play) => {
        const harness = played({ ...play, settings: { ...play.settings, register: true } });
        const opened = new Set(harness.notes.filter((note) => note.startsWith('registered')));
        for (const { request } of harness.sent.filter((asked) => !isRegistration(asked))) {
          expect(opened).toContain(`registered ${request.client} ${request.session}`);
        }
        for (const { request } of harness.sent.filter(isRegistration)) {
          expect(request).toMatchObject({ session: 0, firstUnanswered: request.sequence });
        }
        expect(harness.operations.every(({ request }) => request.command.op !== 'register')).toBe(true);
        const { invoked, ok, failed, unknown } = harness.clients;
        expect([invoked, invoked]).toEqual([harness.operations.length, ok + failed + unknown]);
      }),
    );
  });

  test('no session is used for another operation once a node has refused it', () => {
    let refused = 0;
    fc.assert(
      fc.property(play, (play) => {
        const harness = played({ ...play, settings: { ...play.settings, register: true } });
        for (const { request, reply, completedAt } of harness.operations) {
          if (reply?.status !== 'refused' || request.session === 0) continue;
          refused++;
          const later = harness.operations.filter((other) => other.invokedAt > completedAt);
          expect(later.map((other) => other.request.session)).not.toContain(request.session);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
    expect(refused).toBeGreaterThan(30);
  });

  test('every operation ends, within its attempts and one more timeout', () => {
    fc.assert(
      fc.property(play, (play) => {
        const harness = played(play);
        expect(harness.clients.outstanding).toBe(0);
        for (const { invokedAt, completedAt } of harness.operations) {
          expect(completedAt).toBeGreaterThanOrEqual(invokedAt);
          expect(completedAt - invokedAt).toBeLessThanOrEqual((play.settings.retries + 2) * TIMEOUT + 50_000);
        }
      }),
    );
  });

  test('requests that certainly were not executed are kept, with or without the history', () => {
    fc.assert(
      fc.property(play, (play) => {
        const { clients, operations } = played(play);
        const failed = operations.filter(({ outcome }) => outcome === 'fail').map(({ request }) => request);
        expect(new Set(clients.failedRequests)).toEqual(new Set(failed));
        expect(clients.failedRequests.length).toBe(failed.length);
      }),
    );
  });
});

describe('several operations of one session', () => {
  const wide = (changes: Partial<ClientSettings> = {}): ClientHarness =>
    new ClientHarness(3, { perSession: 3, ...changes });

  test('a closed loop has as many pending as its session takes, each followed by a pause of its own', () => {
    const harness = wide();
    harness.onRequest = (asked) => harness.later(asked.at + 3000, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: 2000 }, count: 30 }));
    harness.runTo(SECOND);
    expect(new Set(harness.operations.map(({ request }) => request.session))).toEqual(new Set([1]));
    const starts = harness.operations.map(({ invokedAt }) => invokedAt);
    // Three at once, every 5 ms.
    expect(starts).toEqual(Array.from({ length: 30 }, (_, i) => 2000 + 5000 * Math.floor(i / 3)));
  });

  test('scripted operations take their places, and the loops go on when they are done, no faster than before', () => {
    const harness = wide();
    harness.onRequest = (asked) => harness.later(asked.at + 1000, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ think: { kind: 'constant', value: 9000 } }));
    harness.runTo(8_500);
    for (const value of ['a', 'b', 'c', 'd']) harness.clients.operate(0, put('x', value), ANY);
    expect(harness.clients.outstanding).toBe(4);
    harness.runTo(SECOND);
    const rate = harness.operations.filter(({ invokedAt }) => invokedAt >= 500_000).length;
    expect(rate).toBe(150);
  });

  test('an open loop opens another session only when all places are taken', () => {
    const harness = wide({ timeout: 10 * SECOND });
    harness.clients.startLoad(loadOf({ think: null, rate: 100, count: 10 }));
    harness.runTo(SECOND);
    expect(harness.operations.map(({ request }) => request.session)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
    harness.reply('ok', ANY, harness.sent[4]);
    harness.clients.startLoad(loadOf({ think: null, rate: 100, count: 1 }));
    harness.runTo(2 * SECOND);
    expect(harness.last.request).toMatchObject({ session: 2, sequence: 4, firstUnanswered: 1 });
  });

  test('an answer goes to the operation that asked, whatever their order', () => {
    const harness = wide();
    const ids = ['a', 'b', 'c', 'd'].map((value) => harness.clients.operate(0, put('x', value), ANY));
    expect(harness.sent.length).toBe(3);
    harness.reply('ok', ANY, harness.sent[1], 'b');
    expect(ids.map((id) => harness.clients.operation(id)?.outcome)).toEqual(['pending', 'ok', 'pending', 'pending']);
    expect(harness.last.request).toMatchObject({ sequence: 4, firstUnanswered: 1 });
    harness.reply('ok', ANY, harness.sent[0], 'a');
    const last = harness.clients.operate(0, put('x', 'e'), ANY);
    expect(harness.clients.operation(last)!.request).toMatchObject({ sequence: 5, firstUnanswered: 3 });
  });

  test('what a client has timed out counts as answered', () => {
    const harness = wide({ retries: 0 });
    harness.clients.operate(0, put('x', 'a'), ANY);
    harness.runTo(TIMEOUT);
    const id = harness.clients.operate(0, put('x', 'b'), ANY);
    expect(harness.clients.operation(id)!.request).toMatchObject({ sequence: 2, firstUnanswered: 2 });
  });
});

describe('registration', () => {
  const registering = (changes: Partial<ClientSettings> = {}): ClientHarness =>
    new ClientHarness(3, { register: true, ...changes });

  test('comes first, follows redirects and asks again; the operation is the client’s from when it wanted it', () => {
    const harness = registering();
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    const registration = harness.last.request;
    expect(registration).toMatchObject({ client: 3, session: 0, sequence: 1, command: { op: 'register' } });
    harness.reply('redirect', (harness.last.to + 1) % 3);
    harness.runTo(TIMEOUT);
    expect(harness.sent.map(({ request }) => request)).toEqual([registration, registration, registration]);
    harness.reply('ok', ANY, harness.last, '17');
    expect(harness.last.request).toMatchObject({ session: 17, sequence: 1, command: { value: '1' } });
    expect(harness.last.to).toBe(harness.sent[2]!.to);
    harness.reply('ok');
    expect(harness.clients.operation(id)).toMatchObject({ outcome: 'ok', invokedAt: 0, completedAt: TIMEOUT });
    expect(harness.operations.map((operation) => operation.id)).toEqual([id]);
    harness.clients.operate(0, put('x', '2'), ANY);
    expect(harness.last.request).toMatchObject({ session: 17, sequence: 2, firstUnanswered: 2 });
  });

  test('is done once for all operations that wait for it', () => {
    const harness = registering({ perSession: 3 });
    for (const value of ['a', 'b', 'c']) harness.clients.operate(0, put('x', value), ANY);
    expect(harness.sent.length).toBe(1);
    harness.reply('ok', ANY, harness.last, '5');
    expect(harness.sent.slice(1).map(({ request }) => [request.session, request.sequence])).toEqual([
      [5, 1],
      [5, 2],
      [5, 3],
    ]);
  });

  test('the answer to another attempt at it, later, is not listened to', () => {
    const harness = registering();
    const id = harness.clients.operate(0, put('x', '1'), ANY);
    harness.runTo(TIMEOUT);
    const [first, second] = harness.sent;
    harness.reply('ok', ANY, second, '8');
    harness.reply('ok', ANY, first, '9');
    expect(harness.sent.length).toBe(3);
    harness.reply('ok');
    harness.clients.operate(0, put('x', '2'), ANY);
    expect(harness.last.request.session).toBe(8);
    expect(harness.clients.operation(id)!.outcome).toBe('ok');
  });

  test('timed out, its operation has certainly not been executed, and the next one that waits goes on with it', () => {
    const harness = registering({ perSession: 2, retries: 0 });
    const first = harness.clients.operate(0, put('x', 'a'), 1);
    const second = harness.clients.operate(0, put('x', 'b'), 2);
    harness.clients.noteDuplicate(harness.last.request);
    harness.runTo(TIMEOUT - 1);
    const third = harness.clients.operate(0, put('x', 'c'), 2);
    harness.runTo(TIMEOUT);
    // The second one’s time is over too; the third one asks.
    expect([first, second].map((id) => harness.clients.operation(id)!.outcome)).toEqual(['fail', 'fail']);
    expect(harness.last).toMatchObject({ at: TIMEOUT, to: 2, request: { command: { op: 'register' } } });
    harness.reply('ok', ANY, harness.last, '7');
    expect(harness.last).toMatchObject({ to: 2, request: { session: 7, command: { value: 'c' } } });
    harness.reply('ok');
    expect(harness.clients.operation(third)!.outcome).toBe('ok');
  });

  test('answered when the operation has had its time, it is of use to the next one only', () => {
    const harness = registering({ retries: 0 });
    const late = harness.clients.operate(0, put('x', '1'), ANY);
    harness.reply('busy');
    harness.runTo(TIMEOUT - 1);
    // The attempt after the pause has the whole of a timeout.
    expect(harness.clients.operation(late)!.outcome).toBe('pending');
    harness.runTo(TIMEOUT + 1);
    harness.reply('ok', ANY, harness.last, '5');
    expect(harness.clients.operation(late)!.outcome).toBe('fail');
    harness.clients.operate(0, put('x', '2'), ANY);
    expect(harness.last.request).toMatchObject({ session: 5, sequence: 2, firstUnanswered: 2 });
  });

  test('an ok without an id is no registration', () => {
    const harness = registering();
    harness.clients.operate(0, put('x', '1'), ANY);
    harness.reply('ok');
    expect(harness.sent.length).toBe(1);
    harness.runTo(TIMEOUT);
    expect(harness.sent.every(isRegistration)).toBe(true);
    expect(harness.sent.length).toBe(2);
  });

  test('a session that has expired ends its operation, certainly or not, and the next one registers anew', () => {
    const harness = registering({ perSession: 2 });
    const sure = harness.clients.operate(0, put('x', 'a'), ANY);
    harness.reply('ok', ANY, harness.last, '5');
    const unsure = harness.clients.operate(0, put('x', 'b'), ANY);
    const [, a, b] = harness.sent;
    harness.clients.noteDuplicate(b!.request);
    harness.reply('refused', ANY, a);
    const next = harness.clients.operate(0, put('x', 'c'), ANY);
    expect(harness.last.request).toMatchObject({ session: 0, sequence: 2, command: { op: 'register' } });
    harness.reply('refused', ANY, b);
    expect([sure, unsure].map((id) => harness.clients.operation(id)!.outcome)).toEqual(['fail', 'unknown']);
    harness.reply('ok', ANY, harness.last, '6');
    expect(harness.clients.operation(next)!.request).toMatchObject({ session: 6, sequence: 1, firstUnanswered: 1 });
    // The late refusal of the old session does not close the one that has taken its place.
    harness.clients.operate(0, put('x', 'd'), ANY);
    expect(harness.last.request).toMatchObject({ session: 6, sequence: 2 });
  });

  test('clients that need not register keep a session that was refused', () => {
    const harness = new ClientHarness(3);
    harness.clients.operate(0, put('x', 'a'), ANY);
    harness.reply('refused');
    harness.clients.operate(0, put('x', 'b'), ANY);
    expect(harness.last.request).toMatchObject({ session: 1, sequence: 2 });
  });
});

test('the history is kept only when it is asked for', () => {
  for (const history of [false, true]) {
    const harness = new ClientHarness(3, { history });
    harness.onRequest = (asked) => harness.later(asked.at + 10, () => harness.reply('ok', ANY, asked));
    harness.clients.startLoad(loadOf({ count: 5 }));
    harness.runTo(SECOND);
    expect([harness.clients.ok, harness.clients.history.length]).toEqual([5, history ? 5 : 0]);
  }
});
