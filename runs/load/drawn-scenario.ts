import { textOfScenario } from '../../scenarios/language/write.ts';
import { draw, type Draw } from '../../scenarios/swarm/draw.ts';
import { Streams } from '../../sim/base/random.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import { VOCABULARY } from './vocabulary.ts';

/** A scenario with the text of a file that holds it. */
export interface WrittenOut {
  readonly scenario: Scenario;
  readonly text: string;
}

/** What a seed draws of a swarm. Null for any other scenario. */
export function drawOf(scenario: Scenario, seed: string): Draw | null {
  const streams = new Streams(seed);
  return draw(scenario, (...words) => streams.get(...words), VOCABULARY);
}

/** What a seed draws of a swarm, written out: it runs as the swarm does with that seed. Null for any other scenario. */
export function drawnScenario(swarm: Scenario, seed: string): WrittenOut | null {
  const drawn = drawOf(swarm, seed);
  if (drawn === null) return null;
  const { cluster, name, checks } = drawn.scenario;
  const mutant = cluster.mutant === null ? {} : { mutant: cluster.mutant };
  const text = textOfScenario({
    name,
    ...drawn.written,
    cluster: { ...(drawn.written['cluster'] as object), ...mutant },
    ...(checks.except.length > 0 && { checks }),
  });
  return { scenario: { ...loadScenario(text, swarm.file ?? name, VOCABULARY), settings: swarm.settings }, text };
}
