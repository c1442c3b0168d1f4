import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../load/load-scenario.ts';
import { withMutant } from '../load/with-mutant.ts';
import type { RunResult, Unmet } from '../simulate/result.ts';
import { simulate } from '../simulate/simulate.ts';
import { sampleResult, sampleViolation } from '../testing/sample-results.ts';
import { signatureOf, signatureOfLoss } from './signature.ts';

const CLUSTER = { cluster: loadScenario('cluster: { nodes: 5 }').cluster };

const idOf = (changes: Partial<RunResult>): string => signatureOf(sampleResult(changes), CLUSTER).id;

const violated = (changes: Parameters<typeof sampleViolation>[0]): string =>
  idOf({ verdict: 'violation', violation: sampleViolation(changes) });

const unmet = (...failures: Unmet[]): string => idOf({ verdict: 'unmet', unmet: failures });

describe('the signature of a violation', () => {
  const chain = (text: string) => [{ event: 1, at: 1, text }];

  it('is the id of the invariant and six digits', () => {
    expect(violated({})).toMatch(/^I4-[0-9a-f]{6}$/u);
  });

  it('is the same for other nodes, indices, times and seeds', () => {
    expect(
      violated({
        summary: 'n1 applied index 19 {term 2, put y 1}, where n3 had applied index 19 {term 9, get z}',
        chain: chain('n1: n2 ⇒ AppendEntries T9 prev 18/T9 commit 19'),
        event: 3,
        at: 5,
        node: 'n1',
      }),
    ).toBe(violated({ chain: chain('n4: n5 ⇒ AppendEntries T5 prev 7/T5 commit 7') }));
  });

  it('is the same however long the values are that the sentence holds, and the sentence is cut', () => {
    const applied = (value: string) => `n1 applied index 7 {term 5, put x ${value}} and "get ${value}"`;
    const long = applied('v'.repeat(100_000));
    expect(violated({ summary: long })).toBe(violated({ summary: applied('v') }));
    const { summary } = signatureOf(sampleResult({ violation: sampleViolation({ summary: long }) }), CLUSTER);
    expect([summary.length, summary.at(-1)]).toEqual([500, '…']);
  });

  it('differs by invariant, by what the check says, and by the kind of event that broke it', () => {
    const delivered = (message: string) => violated({ chain: chain(`n4: ⇐ n5 ${message}`) });
    const ids = [
      delivered('AppendEntries T5 prev 7/T5 commit 7'),
      delivered('InstallSnapshot T5 of 10/T1'),
      violated({ chain: chain('n4: restarted') }),
      violated({ chain: chain('n4: durable: log 4 of term 1') }),
      violated({ invariant: 'I5' }),
      violated({ summary: 'n4 applied no index' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(delivered('AppendEntries T6 prev 1/T5 +2..3 commit 0')).toBe(ids[0]);
    expect(violated({ chain: chain('n1: durable: term 4, vote none') })).toBe(ids[3]);
  });
});

describe('the signature of a run that was not violated', () => {
  it('does not depend on how many nodes and clients lag behind', () => {
    const lag = (text: string) =>
      unmet({ kind: 'liveness', id: 'Lv3', text: `Lv3 LogsConverge: 40 s without progress, ${text}` });
    const one = 'n2 leads term 8, but the logs have not converged; n1 shares 2 of 9 entries';
    expect(lag(`${one}; c1 has waited 3 s for "get x" (no reply); n3 shares 4 of 9 entries`)).toBe(lag(one));
    expect(lag('n2 leads term 8, but a fresh write was not acknowledged')).not.toBe(lag(one));
  });

  it('begins with the liveness property, or with the kind of expectation', () => {
    expect(unmet({ kind: 'liveness', id: 'Lv14', text: 'Lv14 QuorumElects: no leader' })).toMatch(/^Lv14-/u);
    expect(unmet({ kind: 'mark', id: 'split-vote', text: 'mark split-vote: not seen' })).toMatch(/^mark-/u);
    expect(idOf({ verdict: 'inconclusive', limit: 'the limit of 600 s was reached' })).toMatch(/^limit-/u);
    expect(signatureOfLoss('hung', 'swarm took longer than 60 s').id).toMatch(/^hung-/u);
  });

  it('is that of the first expectation, which explains the others', () => {
    const first: Unmet = { kind: 'step', text: 'script[1] (line 4): expected 1 leader; no node leads (after 5s)' };
    expect(unmet(first, { kind: 'liveness', id: 'Lv1', text: 'no leader' })).toBe(unmet(first));
  });

  it('does not depend on the place of a step, on how the cluster stood, or on how long it took', () => {
    const step = (text: string) => unmet({ kind: 'step', text });
    expect(step('script[10] (line 25): expected convergence; n1 leads term 1; n1 log to 1 (after 10s)')).toBe(
      step('script[0].do[0] (line 11): expected convergence; no node leads (after 3s)'),
    );
    expect(step('script[1] (line 2): expected convergence')).not.toBe(step('script[1] (line 2): expected 1 leader'));
  });
});

describe('the signatures of known bugs over many seeds', () => {
  const scenario = loadScenario(`
cluster: { nodes: 5, raft: { snapshotEvery: 20, snapshotTrailing: 3, preVote: true } }
network: { latency: 1ms..20ms, loss: 5%, duplicate: 5% }
disk: { loseUnsynced: all, fsync: 1ms..10ms }
clients: { count: 3, think: 5ms..40ms }
script:
  - until: { leaders: 1 }
  - repeat: 4
    do:
      - crash: any
        as: down
      - wait: 300ms
      - restart: $down
      - isolate: leader
      - wait: 400ms
      - heal: all
`);
  const SEEDS = 25;

  const BUGS = ['C1', 'C4', 'C5', 'E1', 'E4', 'E7', 'E22', 'K1', 'K4', 'L2', 'L3', 'L6', 'L11', 'S1', 'V2'];
  /** The signatures of each bug, with how many runs have them. */
  const found = new Map<string, Map<string, number>>();

  beforeAll(() => {
    for (const bug of BUGS) {
      const broken = withMutant(scenario, bug);
      const ids = new Map<string, number>();
      for (let seed = 1; seed <= SEEDS; seed++) {
        const result = simulate(broken, String(seed));
        if (result.verdict === 'pass') continue;
        const { id } = signatureOf(result, broken);
        ids.set(id, (ids.get(id) ?? 0) + 1);
      }
      found.set(bug, ids);
    }
  });

  it('are a handful for each bug, however many runs fail', () => {
    expect([...found.values()].filter(({ size }) => size > 0).length).toBeGreaterThanOrEqual(10);
    for (const [bug, ids] of found) expect(ids.size, `${bug}: ${[...ids.keys()].join(' ')}`).toBeLessThanOrEqual(5);
  });

  it('tell most bugs apart', () => {
    const most = [...found.values()].flatMap((ids) => [...ids].sort(([, a], [, b]) => b - a).slice(0, 1));
    expect(new Set(most.map(([id]) => id)).size).toBeGreaterThanOrEqual(most.length * 0.7);
  });
});
