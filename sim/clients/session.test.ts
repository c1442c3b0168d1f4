import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientSettings } from './clients.ts';
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
        const desk = new ClientHarness(3, { retries: 0 }, seed);
        const id = desk.clients.operate(0, put('x', '1'), only);
        const { to } = desk.last;
        desk.answer('busy');
        desk.runTo(9_999);
        expect(desk.asked.length).toBe(1);
        desk.runTo(50_000);
        expect(desk.asked.length).toBe(2);
        expect(desk.last.to).toBe(to);
        desk.answer('ok');
        expect(desk.clients.operation(id)!.outcome).toBe('ok');
      }),
    );
  });

  test('after an attempt that was left unanswered, the next one goes to another node again', () => {
    const desk = new ClientHarness(2);
    desk.clients.operate(0, put('x', '1'), ANY);
    desk.answer('busy');
    desk.runTo(50_000);
    const { at, to } = desk.last;
    desk.runTo(at + TIMEOUT);
    expect(desk.last.to).toBe(1 - to);
  });

  test.each([ANY, 2])('until its time is over, an operation (for node %s) has certainly not been executed', (only) => {
    const desk = new ClientHarness(3, { retries: 0 });
    desk.onAsk = (asked) => desk.later(asked.at + 5000, () => desk.answer('busy', ANY, asked));
    const id = desk.clients.operate(0, put('x', '1'), only);
    desk.runTo(SECOND);
    expect(desk.clients.operation(id)!.outcome).toBe('fail');
    expect(desk.asked.length).toBeGreaterThan(2);
  });

  test('says nothing about an attempt that was left unanswered', () => {
    const desk = new ClientHarness(1, { retries: 1 });
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(TIMEOUT);
    desk.onAsk = (asked) => desk.later(asked.at + 5000, () => desk.answer('busy', ANY, asked));
    desk.answer('busy');
    desk.runTo(SECOND);
    expect(desk.clients.operation(id)!.outcome).toBe('unknown');
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
  const desk = new ClientHarness(3, { count: 2, ...settings }, seed);
  let met = 0;
  let opened = 1000;
  desk.onAsk = (asked) => {
    const { act, leader, delay } = acts[met++] ?? { act: 'ok' as const, leader: -1, delay: 1000 };
    if (act === 'lose') return;
    desk.later(asked.at + delay, () => {
      const value = act === 'ok' && isRegistration(asked) ? `${++opened}` : null;
      desk.answer(act, leader, asked, value);
    });
  };
  desk.clients.startLoad(loadOf(open ? { think: null, rate: 100, count: 12 } : { count: 12 }));
  for (const value of ['a', 'b', 'c', 'd']) desk.clients.operate(0, put('x', value), ANY);
  desk.runTo(60 * SECOND);
  return desk;
}

/** The operations of each session, known by their objects since unregistered sessions have no name. */
function bySession(desk: ClientHarness): Map<string, Request[]> {
  const sessions = new Map<string, Request[]>();
  for (const { request, client } of desk.operations) {
    if (request.session === 0) continue;
    const name = `${client}/${request.session}`;
    sessions.set(name, [...(sessions.get(name) ?? []), request]);
  }
  return sessions;
}

describe('whatever the nodes answer', () => {
  test('no session has more operations under way than it takes', () => {
    let most = 0;
    fc.assert(
      fc.property(play, (play) => {
        const desk = played(play);
        for (const requests of bySession(desk).values()) {
          const own = desk.operations.filter(({ request }) => requests.includes(request));
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
        const desk = played(play);
        const sent = new Set(desk.asked.map(({ request }) => request));
        for (const requests of bySession(desk).values()) {
          expect(requests.map(({ sequence }) => sequence)).toEqual(requests.map((_, i) => requests[0]!.sequence + i));
          // Those before the first one with a name were given up while the session was being registered.
          if (!play.settings.register) expect(requests[0]!.sequence).toBe(1);
          for (const request of requests) expect(Object.isFrozen(request)).toBe(true);
        }
        for (const { request, outcome } of desk.operations) {
          if (!sent.has(request)) expect(outcome).toBe('fail');
        }
      }),
    );
  });

  test('firstUnanswered is the lowest of the session that was under way when the operation began', () => {
    let lower = 0;
    fc.assert(
      fc.property(play, (play) => {
        const desk = played(play);
        for (const requests of bySession(desk).values()) {
          const own = desk.operations.filter(({ request }) => requests.includes(request));
          for (const { request, invokedAt, id } of own) {
            const open = own.filter((other) => other.id <= id && other.completedAt > invokedAt);
            const lowest = Math.min(request.sequence, ...open.map((other) => other.request.sequence));
            if (lowest < request.sequence) lower++;
            if (request.firstUnanswered === lowest) continue;
            // One that ended at that very moment, or before the session had a name.
            const others = desk.operations.filter(
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
        const desk = played({ ...play, settings: { ...play.settings, register: true } });
        const opened = new Set(desk.notes.filter((note) => note.startsWith('registered')));
        for (const { request } of desk.asked.filter((asked) => !isRegistration(asked))) {
          expect(opened).toContain(`registered ${request.client} ${request.session}`);
        }
        for (const { request } of desk.asked.filter(isRegistration)) {
          expect(request).toMatchObject({ session: 0, firstUnanswered: request.sequence });
        }
        expect(desk.operations.every(({ request }) => request.command.op !== 'register')).toBe(true);
        const { invoked, ok, failed, unknown } = desk.clients;
        expect([invoked, invoked]).toEqual([desk.operations.length, ok + failed + unknown]);
      }),
    );
  });

  test('no session is used for another operation once a node has refused it', () => {
    let refused = 0;
    fc.assert(
      fc.property(play, (play) => {
        const desk = played({ ...play, settings: { ...play.settings, register: true } });
        for (const { request, reply, completedAt } of desk.operations) {
          if (reply?.status !== 'refused' || request.session === 0) continue;
          refused++;
          const later = desk.operations.filter((other) => other.invokedAt > completedAt);
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
        const desk = played(play);
        expect(desk.clients.outstanding).toBe(0);
        for (const { invokedAt, completedAt } of desk.operations) {
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

  test('a closed loop has as many under way as its session takes, each followed by a pause of its own', () => {
    const desk = wide();
    desk.onAsk = (asked) => desk.later(asked.at + 3000, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: 2000 }, count: 30 }));
    desk.runTo(SECOND);
    expect(new Set(desk.operations.map(({ request }) => request.session))).toEqual(new Set([1]));
    const starts = desk.operations.map(({ invokedAt }) => invokedAt);
    // Three at once, every 5 ms.
    expect(starts).toEqual(Array.from({ length: 30 }, (_, i) => 2000 + 5000 * Math.floor(i / 3)));
  });

  test('scripted operations take their places, and the loops go on when they are done, no faster than before', () => {
    const desk = wide();
    desk.onAsk = (asked) => desk.later(asked.at + 1000, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ think: { kind: 'constant', value: 9000 } }));
    desk.runTo(8_500);
    for (const value of ['a', 'b', 'c', 'd']) desk.clients.operate(0, put('x', value), ANY);
    expect(desk.clients.outstanding).toBe(4);
    desk.runTo(SECOND);
    const rate = desk.operations.filter(({ invokedAt }) => invokedAt >= 500_000).length;
    expect(rate).toBe(150);
  });

  test('an open loop opens another session only when all places are taken', () => {
    const desk = wide({ timeout: 10 * SECOND });
    desk.clients.startLoad(loadOf({ think: null, rate: 100, count: 10 }));
    desk.runTo(SECOND);
    expect(desk.operations.map(({ request }) => request.session)).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
    desk.answer('ok', ANY, desk.asked[4]);
    desk.clients.startLoad(loadOf({ think: null, rate: 100, count: 1 }));
    desk.runTo(2 * SECOND);
    expect(desk.last.request).toMatchObject({ session: 2, sequence: 4, firstUnanswered: 1 });
  });

  test('an answer goes to the operation that asked, whatever their order', () => {
    const desk = wide();
    const ids = ['a', 'b', 'c', 'd'].map((value) => desk.clients.operate(0, put('x', value), ANY));
    expect(desk.asked.length).toBe(3);
    desk.answer('ok', ANY, desk.asked[1], 'b');
    expect(ids.map((id) => desk.clients.operation(id)?.outcome)).toEqual(['pending', 'ok', 'pending', 'pending']);
    expect(desk.last.request).toMatchObject({ sequence: 4, firstUnanswered: 1 });
    desk.answer('ok', ANY, desk.asked[0], 'a');
    const last = desk.clients.operate(0, put('x', 'e'), ANY);
    expect(desk.clients.operation(last)!.request).toMatchObject({ sequence: 5, firstUnanswered: 3 });
  });

  test('what a client has given up counts as answered', () => {
    const desk = wide({ retries: 0 });
    desk.clients.operate(0, put('x', 'a'), ANY);
    desk.runTo(TIMEOUT);
    const id = desk.clients.operate(0, put('x', 'b'), ANY);
    expect(desk.clients.operation(id)!.request).toMatchObject({ sequence: 2, firstUnanswered: 2 });
  });
});

describe('registration', () => {
  const registering = (changes: Partial<ClientSettings> = {}): ClientHarness =>
    new ClientHarness(3, { register: true, ...changes });

  test('comes first, follows redirects and asks again; the operation is the client’s from when it wanted it', () => {
    const desk = registering();
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    const registration = desk.last.request;
    expect(registration).toMatchObject({ client: 3, session: 0, sequence: 1, command: { op: 'register' } });
    desk.answer('redirect', (desk.last.to + 1) % 3);
    desk.runTo(TIMEOUT);
    expect(desk.asked.map(({ request }) => request)).toEqual([registration, registration, registration]);
    desk.answer('ok', ANY, desk.last, '17');
    expect(desk.last.request).toMatchObject({ session: 17, sequence: 1, command: { value: '1' } });
    expect(desk.last.to).toBe(desk.asked[2]!.to);
    desk.answer('ok');
    expect(desk.clients.operation(id)).toMatchObject({ outcome: 'ok', invokedAt: 0, completedAt: TIMEOUT });
    expect(desk.operations.map((operation) => operation.id)).toEqual([id]);
    desk.clients.operate(0, put('x', '2'), ANY);
    expect(desk.last.request).toMatchObject({ session: 17, sequence: 2, firstUnanswered: 2 });
  });

  test('is done once for all operations that wait for it', () => {
    const desk = registering({ perSession: 3 });
    for (const value of ['a', 'b', 'c']) desk.clients.operate(0, put('x', value), ANY);
    expect(desk.asked.length).toBe(1);
    desk.answer('ok', ANY, desk.last, '5');
    expect(desk.asked.slice(1).map(({ request }) => [request.session, request.sequence])).toEqual([
      [5, 1],
      [5, 2],
      [5, 3],
    ]);
  });

  test('the answer to another attempt at it, later, is not listened to', () => {
    const desk = registering();
    const id = desk.clients.operate(0, put('x', '1'), ANY);
    desk.runTo(TIMEOUT);
    const [first, second] = desk.asked;
    desk.answer('ok', ANY, second, '8');
    desk.answer('ok', ANY, first, '9');
    expect(desk.asked.length).toBe(3);
    desk.answer('ok');
    desk.clients.operate(0, put('x', '2'), ANY);
    expect(desk.last.request.session).toBe(8);
    expect(desk.clients.operation(id)!.outcome).toBe('ok');
  });

  test('given up, its operation has certainly not been executed, and the next one that waits goes on with it', () => {
    const desk = registering({ perSession: 2, retries: 0 });
    const first = desk.clients.operate(0, put('x', 'a'), 1);
    const second = desk.clients.operate(0, put('x', 'b'), 2);
    desk.clients.noteDuplicate(desk.last.request);
    desk.runTo(TIMEOUT - 1);
    const third = desk.clients.operate(0, put('x', 'c'), 2);
    desk.runTo(TIMEOUT);
    // The second one’s time is over too; the third one asks.
    expect([first, second].map((id) => desk.clients.operation(id)!.outcome)).toEqual(['fail', 'fail']);
    expect(desk.last).toMatchObject({ at: TIMEOUT, to: 2, request: { command: { op: 'register' } } });
    desk.answer('ok', ANY, desk.last, '7');
    expect(desk.last).toMatchObject({ to: 2, request: { session: 7, command: { value: 'c' } } });
    desk.answer('ok');
    expect(desk.clients.operation(third)!.outcome).toBe('ok');
  });

  test('answered when the operation has had its time, it is of use to the next one only', () => {
    const desk = registering({ retries: 0 });
    const late = desk.clients.operate(0, put('x', '1'), ANY);
    desk.answer('busy');
    desk.runTo(TIMEOUT - 1);
    // The attempt after the pause has the whole of a timeout.
    expect(desk.clients.operation(late)!.outcome).toBe('pending');
    desk.runTo(TIMEOUT + 1);
    desk.answer('ok', ANY, desk.last, '5');
    expect(desk.clients.operation(late)!.outcome).toBe('fail');
    desk.clients.operate(0, put('x', '2'), ANY);
    expect(desk.last.request).toMatchObject({ session: 5, sequence: 2, firstUnanswered: 2 });
  });

  test('an ok without an id is no registration', () => {
    const desk = registering();
    desk.clients.operate(0, put('x', '1'), ANY);
    desk.answer('ok');
    expect(desk.asked.length).toBe(1);
    desk.runTo(TIMEOUT);
    expect(desk.asked.every(isRegistration)).toBe(true);
    expect(desk.asked.length).toBe(2);
  });

  test('a session that has expired ends its operation, certainly or not, and the next one registers anew', () => {
    const desk = registering({ perSession: 2 });
    const sure = desk.clients.operate(0, put('x', 'a'), ANY);
    desk.answer('ok', ANY, desk.last, '5');
    const unsure = desk.clients.operate(0, put('x', 'b'), ANY);
    const [, a, b] = desk.asked;
    desk.clients.noteDuplicate(b!.request);
    desk.answer('refused', ANY, a);
    const next = desk.clients.operate(0, put('x', 'c'), ANY);
    expect(desk.last.request).toMatchObject({ session: 0, sequence: 2, command: { op: 'register' } });
    desk.answer('refused', ANY, b);
    expect([sure, unsure].map((id) => desk.clients.operation(id)!.outcome)).toEqual(['fail', 'unknown']);
    desk.answer('ok', ANY, desk.last, '6');
    expect(desk.clients.operation(next)!.request).toMatchObject({ session: 6, sequence: 1, firstUnanswered: 1 });
    // The late refusal of the old session does not close the one that has taken its place.
    desk.clients.operate(0, put('x', 'd'), ANY);
    expect(desk.last.request).toMatchObject({ session: 6, sequence: 2 });
  });

  test('clients that need not register keep a session that was refused', () => {
    const desk = new ClientHarness(3);
    desk.clients.operate(0, put('x', 'a'), ANY);
    desk.answer('refused');
    desk.clients.operate(0, put('x', 'b'), ANY);
    expect(desk.last.request).toMatchObject({ session: 1, sequence: 2 });
  });
});

test('the history is kept only when it is asked for', () => {
  for (const history of [false, true]) {
    const desk = new ClientHarness(3, { history });
    desk.onAsk = (asked) => desk.later(asked.at + 10, () => desk.answer('ok', ANY, asked));
    desk.clients.startLoad(loadOf({ count: 5 }));
    desk.runTo(SECOND);
    expect([desk.clients.ok, desk.clients.history.length]).toEqual([5, history ? 5 : 0]);
  }
});
