import type { Observer } from '../observer.ts';
import { Simulation } from '../simulation.ts';
import { type Behaviour, type Note, puppets, type PuppetRequest, type PuppetState } from './puppet.ts';
import { type PlanChanges, planOf } from './sample-plan.ts';

export type PuppetSimulation = Simulation<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

/** A simulation of puppets that behave like this, which has begun. */
export function puppetSimulation(
  behaviour: Behaviour,
  changes: PlanChanges = {},
  observer: Observer<Note> | null = null,
): PuppetSimulation {
  const simulation: PuppetSimulation = new Simulation(puppets(behaviour), planOf(changes));
  simulation.start(observer, null);
  return simulation;
}
