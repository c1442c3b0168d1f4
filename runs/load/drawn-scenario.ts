import { textOfScenario } from '../../scenarios/language/write.ts';
import { draw, type Draw } from '../../scenarios/swarm/draw.ts';
import { Streams } from '../../sim/base/random.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { SettingValue } from '../../scenarios/settings.ts';
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
  return drawn === null ? null : writtenOut(drawn.scenario.written, drawn.scenario);
}

/**
 * A scenario that has been made out of another one, as a file.
 *
 * @param written what it is, as YAML has it
 * @param from the one that it was made of: its name, and what has been changed in it since it was loaded, hold for it too
 */
export function writtenOut(written: Readonly<Record<string, SettingValue>>, from: Scenario): WrittenOut {
  const { cluster, name, checks, settings, file } = from;
  const { matrix: _, ...others } = written;
  const mutant = cluster.mutant === null ? {} : { mutant: cluster.mutant };
  const text = textOfScenario({
    name,
    ...others,
    cluster: { ...(written['cluster'] as object), ...mutant },
    ...(checks.except.length > 0 && { checks: { except: checks.except } }),
  });
  return { scenario: { ...loadScenario(text, file ?? name, VOCABULARY), settings }, text };
}
