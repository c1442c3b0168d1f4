import { describe, expect, it } from 'vitest';
import { sampleResult } from '../testing/sample-results.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { worstExitCode } from './exit-code.ts';
import type { Seeds } from './seeds.ts';
import { Campaign, type CampaignStep, type RunMade, type RunWanted, wantedRuns } from './campaign.ts';
import type { RunResult } from '../simulate/result.ts';
import { VOCABULARY } from '../load/vocabulary.ts';

const scenarios = ['one', 'two'].map((name) =>
  loadScenario(`name: ${name}\nseed: own-${name}\ncluster: { nodes: 3 }\n`, `${name}.yaml`, VOCABULARY),
);

/** A campaign with its runs in order, and its steps as words. */
function runCampaign(
  seeds: Seeds,
  result: (scenario: Scenario, seed: string, call: number) => Partial<RunResult> = () => ({}),
) {
  const calls: string[] = [];
  const campaign = new Campaign(scenarios, seeds, (scenario, seed) => {
    calls.push(`${scenario.name} ${seed}`);
    return sampleResult({ scenario: scenario.name, seed, ...result(scenario, seed, calls.length) });
  });
  const describeStep = (step: CampaignStep) =>
    step.kind === 'yield' || step.kind === 'wait'
      ? step.kind
      : `${step.scenario.name} ${step.kind === 'run' ? step.result.seed : 'done'}`;
  const steps = [...campaign.steps()].map(describeStep);
  return { campaign, calls, steps };
}

const range = (first: number, last: number): Seeds => ({ kind: 'range', first, last });

describe('a campaign', () => {
  it('runs every scenario with every seed, and the first seed of each a second time', () => {
    const { calls, steps, campaign } = runCampaign(range(4, 6));
    expect(calls).toEqual(['one 4', 'one 4', 'one 5', 'one 6', 'two 4', 'two 4', 'two 5', 'two 6']);
    expect(steps).toEqual(['one 4', 'one 5', 'one 6', 'one done', 'two 4', 'two 5', 'two 6', 'two done']);
    expect(campaign.planned).toBe(6);
    expect(campaign.summary().runs).toBe(6);
  });

  it("uses the scenario's own seed, or one for all", () => {
    expect(runCampaign({ kind: 'own' }).steps.filter((step) => !step.endsWith('done'))).toEqual([
      'one own-one',
      'two own-two',
    ]);
    expect(runCampaign({ kind: 'one', seed: 'x' }).steps).toEqual(['one x', 'one done', 'two x', 'two done']);
  });

  it('runs nothing ahead: after any step, the tallies have all that is finished', () => {
    const campaign = new Campaign(scenarios, range(1, 1_000_000_000), ({ name }, seed) =>
      sampleResult({ scenario: name, seed }),
    );
    const steps = campaign.steps();
    for (let taken = 0; taken < 3; taken++) steps.next();
    expect(campaign.summary()).toMatchObject({ runs: 3, passed: 3, events: 3 * 1_204 });
  });

  it('notices a difference between the two runs of a first seed, in hash, verdict or number of events', () => {
    for (const change of [{ hash: 'f' }, { events: 1 }, { verdict: 'unmet' }] as const) {
      const { campaign } = runCampaign(range(1, 2), (_scenario, _seed, call) => (call === 2 ? change : {}));
      expect(campaign.exitCode()).toBe(4);
      expect(campaign.tallies.map(({ difference }) => difference?.seed)).toEqual(['1', undefined]);
      // The second run only compares.
      expect(campaign.summary()).toMatchObject({ runs: 4, passed: 4 });
    }
    expect(runCampaign(range(1, 2), (_scenario, _seed, call) => ({ wallMillis: call })).campaign.exitCode()).toBe(0);
  });

  it('counts a fault over all seeds together, and calls it untested only when all have run', () => {
    const strikes = (times: (seed: string) => number) => (_scenario: Scenario, seed: string) => ({
      faultStrikes: [
        { path: 'network', kind: 'loss', injected: 1, strikes: times(seed) },
        { path: 'network', kind: 'duplicate', injected: 1, strikes: 1 },
        { path: 'script[1]', kind: 'loss', injected: 1, strikes: 1 },
      ],
    });
    const never = runCampaign(
      range(1, 3),
      strikes(() => 0),
    ).campaign;
    expect(never.exitCode()).toBe(3);
    // Loss elsewhere is another fault.
    expect(never.tallies[0]?.gaps).toEqual([{ kind: 'untested', path: 'network', what: 'loss', place: 'network' }]);
    expect(never.tallies[0]?.faultStrikes.map(({ strikes, struckIn }) => [strikes, struckIn])).toEqual([
      [0, 0],
      [3, 3],
      [3, 3],
    ]);
    expect(
      runCampaign(
        range(1, 3),
        strikes((seed) => (seed === '2' ? 1 : 0)),
      ).campaign.exitCode(),
    ).toBe(0);
    const unfinished = new Campaign(scenarios, range(1, 3), () =>
      sampleResult({ faultStrikes: [{ path: 'network', kind: 'loss', injected: 1, strikes: 0 }] }),
    );
    unfinished.steps().next();
    expect(unfinished.exitCode()).toBe(0);
  });

  it('remembers the first run of the worst verdict, and every failing seed', () => {
    const verdicts = ['pass', 'inconclusive', 'unmet', 'violation', 'violation', 'unmet'] as const;
    const { campaign } = runCampaign(range(0, 5), (_scenario, seed) => ({ verdict: verdicts[Number(seed)] ?? 'pass' }));
    const [tally] = campaign.tallies;
    expect(tally?.worst?.seed).toBe('3');
    expect(tally?.failingSeeds).toEqual(['1', '2', '3', '4', '5']);
    expect(tally?.verdicts).toEqual({ pass: 1, violation: 2, unmet: 2, inconclusive: 1 });
  });

  it('adds up marks, with the number of runs they were seen in', () => {
    const { campaign } = runCampaign(range(1, 4), (_scenario, seed) => ({
      marks: seed === '1' ? {} : { 'split-vote': 2, never: 0 },
    }));
    expect([...(campaign.tallies[0]?.marks ?? [])]).toEqual([['split-vote', { total: 6, runs: 3 }]]);
  });

  it('takes no more room for a million runs than for a thousand', () => {
    const campaign = new Campaign(scenarios.slice(0, 1), range(1, 20_000), (_scenario, seed) =>
      sampleResult({ seed, verdict: 'unmet' }),
    );
    for (const _step of campaign.steps());
    expect(campaign.tallies[0]?.failed).toBe(20_000);
    expect(campaign.tallies[0]?.failingSeeds).toHaveLength(1_000);
  });
});

describe('a campaign whose runs are made elsewhere', () => {
  const made = ({ scenario, seed }: RunWanted, changes: Partial<RunResult> = {}): RunMade => ({
    result: sampleResult({ scenario: scenarios[scenario]!.name, seed, ...changes }),
  });

  it('asks for them in the order in which it needs them, and is as one that makes them itself', () => {
    const wanted = [...wantedRuns(scenarios, range(4, 6))];
    const left = [...wanted];
    let isThere = true;
    const campaign = new Campaign(scenarios, range(4, 6), {
      // Every other time, the run is not there yet.
      take: () => {
        isThere = !isThere;
        return isThere ? made(left.shift()!) : null;
      },
      arrival: () => Promise.resolve(),
    });
    const steps = [...campaign.steps()].map(({ kind }) => kind);
    const here = runCampaign(range(4, 6));
    expect(wanted.map(({ scenario, seed }) => `${scenarios[scenario]!.name} ${seed}`)).toEqual(here.calls);
    expect(left).toEqual([]);
    expect(steps.filter((kind) => kind === 'wait')).toHaveLength(wanted.length);
    const tallies = ({ campaign: { tallies } }: { campaign: Campaign }) =>
      tallies.map(({ runs, events }) => [runs, events]);
    expect(tallies({ campaign })).toEqual(tallies(here));
  });

  it('throws what was thrown there, at the run that threw', () => {
    const results = [
      made({ scenario: 0, seed: '1' }),
      made({ scenario: 0, seed: '1' }),
      { error: new Error('broken') },
    ];
    const campaign = new Campaign(scenarios, range(1, 9), {
      take: () => results.shift()!,
      arrival: () => Promise.resolve(),
    });
    expect(() => [...campaign.steps()]).toThrow('broken');
    expect(campaign.current).toMatchObject({ scenario: { name: 'one' }, seed: '2' });
  });
});

describe('the exit code of several runs', () => {
  it('is the worst, in the order 70, 4, 1, 3, 5, 0', () => {
    const order = [70, 4, 1, 3, 5, 0];
    for (const [place, worse] of order.entries()) {
      for (const better of order.slice(place)) {
        expect(worstExitCode([better, worse])).toBe(worse);
        expect(worstExitCode([worse, better])).toBe(worse);
      }
    }
    expect(worstExitCode([])).toBe(0);
  });
});
