import type { Scenario } from '../../scenarios/scenario.ts';

/** The same scenario with a known bug in every node; null: with none. Whether the bug can show there is not looked at. */
export function withMutant(scenario: Scenario, mutant: string | null): Scenario {
  const { cluster, uses } = scenario;
  const versions = cluster.versions.map(({ raft }) => ({ raft, mutant }));
  return {
    ...scenario,
    cluster: { ...cluster, mutant, versions },
    uses: { ...uses, mutants: mutant === null ? [] : [mutant] },
  };
}
