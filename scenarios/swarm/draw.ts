import type { Random } from '../../sim/protocol.ts';
import { ScenarioError } from '../language/errors.ts';
import { loadMade, type Vocabulary } from '../language/load.ts';
import type { Scenario } from '../scenario.ts';
import { describeDrawn } from './describe.ts';
import { survivesRemovedNodes } from './removed-nodes.ts';
import { type DrawnSwarm, drawSwarm } from './swarm.ts';
import { mappingOf, type WrittenScenario } from './written.ts';

/** The scenario that a seed has drawn. */
export interface Draw {
  readonly scenario: Scenario;
  /** The same as plain data. */
  readonly written: WrittenScenario;
  /** What was drawn, in a few lines. */
  readonly drew: readonly string[];
}

/** So often another scenario is drawn, if what the file says does not go together with what was drawn. */
const MOST_ATTEMPTS = 50;

/**
 * What a scenario with `chaos: swarm` is with a seed: what it does not say itself is drawn. Null for any other scenario.
 *
 * @param random gives the stream of the seed for these words
 * @throws ScenarioError if nothing that can be drawn goes together with what it says
 */
export function draw(
  scenario: Scenario,
  random: (...words: readonly (string | number)[]) => Random,
  vocabulary: Vocabulary,
): Draw | null {
  const { swarm } = scenario;
  if (swarm === null) return null;
  for (let attempt = 1; ; attempt++) {
    const drawn = drawSwarm((part) => random('swarm', attempt, part), swarm.given);
    const written = combined(drawn, scenario.written);
    try {
      const loaded = loadMade(written, scenario.file ?? scenario.name, vocabulary);
      return { scenario: asGiven(loaded, scenario), written, drew: describeDrawn(written) };
    } catch (error) {
      if (!(error instanceof ScenarioError) || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

/** What the file says goes before what was drawn; steps and chaos of both take place. */
function combined({ scenario: drawn }: DrawnSwarm, written: WrittenScenario): WrittenScenario {
  const { cluster, chaos, script, timeline, clients, ...others } = written;
  const own = (key: string): WrittenScenario => mappingOf(drawn[key]);
  const clusters = mappingOf(cluster);
  const { swarm: _, ...processes } = mappingOf(chaos);
  const sections = Object.entries(others).map(([key, value]) => {
    return [key, SECTIONS.includes(key) ? { ...own(key), ...mappingOf(value) } : value] as const;
  });
  const scenario: WrittenScenario = {
    ...drawn,
    ...Object.fromEntries(sections),
    cluster: {
      ...own('cluster'),
      ...clusters,
      raft: { ...mappingOf(own('cluster')['raft']), ...mappingOf(clusters['raft']) },
    },
    ...clientsOf(clients, drawn['clients']),
    script: [...listOf(script), ...listOf(drawn['script'])],
    timeline: [...listOf(timeline), ...listOf(drawn['timeline'])],
    chaos: { ...own('chaos'), ...processes },
  };
  // Who asks for liveness gets it asked for.
  return Object.hasOwn(others, 'settle') || survivesRemovedNodes(scenario) ? scenario : { ...scenario, settle: 'off' };
}

/** Sections of which each key can be given. */
const SECTIONS: readonly string[] = ['network', 'disk', 'clock', 'process', 'limits'];

/** A number of clients leaves their load to be drawn; a mapping says all of it. */
function clientsOf(given: unknown, drawn: unknown): WrittenScenario {
  if (given === undefined) return drawn === undefined ? {} : { clients: drawn };
  if (typeof given !== 'number') return { clients: given };
  return { clients: given === 0 ? 0 : { ...mappingOf(drawn), count: given } };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What has been changed in the scenario since it was loaded, such as a known bug to run with, holds for what it draws. */
function asGiven(drawn: Scenario, scenario: Scenario): Scenario {
  const { name, settings, file, checks, cluster } = scenario;
  const { mutant } = cluster;
  const own = { ...drawn, name, settings, file, checks, warnings: [] };
  if (mutant === null) return own;
  const versions = drawn.cluster.versions.map(({ raft }) => ({ raft, mutant }));
  return {
    ...own,
    cluster: { ...drawn.cluster, mutant, versions },
    uses: { ...drawn.uses, mutants: [mutant] },
  };
}
