import type { Micros, NodeId, Random } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import type { Action, ChaosProcess, Step } from '../scenario.ts';
import { Bindings } from './bindings.ts';
import { pauseFor } from './execution.ts';
import type { StepContext, StepRoutine, Thread } from './execution.ts';
import type { ExecutedStep, Strike } from './recording.ts';
import { countOf, type Scope, votersOf } from './selectors.ts';
import { perform } from './steps.ts';
import { TIMELINE } from './threads.ts';
import type { Armed, ChaosTrigger } from './triggers.ts';

/** The cause of what happens by the clock. */
const START = 0;

/** One source of random faults at work. */
export class Chaos implements ChaosTrigger {
  /** What is armed for chaos that strikes at an event; null: it strikes by the clock. */
  readonly trigger: Pick<Armed, 'step' | 'action'> | null;
  readonly #process: ChaosProcess;
  readonly #context: StepContext;
  /** Matches of the event. */
  #matches = 0;
  /** Matches, or times, between its start and its stop. */
  #chances = 0;
  #strikes = 0;
  /** Strikes that are due, by number, with the match at which each is. */
  readonly #due: { readonly strike: number; readonly match: number }[] = [];

  constructor(process: ChaosProcess, context: StepContext) {
    this.#process = process;
    this.#context = context;
    this.trigger = triggerOf(process);
  }

  /** Strikes again and again, until it ends. */
  *strikeByTheClock(): StepRoutine {
    const { environment } = this.#context;
    const { when, start, stop, times } = this.#process;
    if (when.kind === 'at') return;
    yield* pauseFor(environment, start);
    while (times === null || this.#strikes < times) {
      // Without a microsecond in between, time would stand still.
      const gap = Math.max(1, environment.sample(when.gap, this.#random('every', this.#chances + 1)));
      if (environment.now + gap >= stop) return;
      yield* pauseFor(environment, gap);
      if (!this.strikes(environment.now)) continue;
      // A strike that takes time does not put off the next one.
      this.#context.begin(TIMELINE, START, (own) => this.perform(own, new Bindings(null)));
    }
  }

  strikes(now: Micros): boolean {
    const { start, stop, chance } = this.#process;
    this.#matches++;
    if (now < start || now >= stop) return false;
    this.#chances++;
    if (chance < 1 && !this.#random('chance', this.#chances).chance(chance)) return false;
    this.#due.push({ strike: ++this.#strikes, match: this.#matches });
    return true;
  }

  /** One strike: one of the alternatives, drawn. */
  *perform(thread: Thread, bindings: Bindings): StepRoutine {
    const { do: steps, keepsMajority } = this.#process;
    const { strike, match } = this.#due.shift()!;
    const chosen = steps[this.#random('step', strike).below(steps.length)]!;
    thread.record = this.#recorded(match);
    for (const step of chosen) {
      if (keepsMajority && !leavesMajority(step, this.#scope(bindings))) this.#skip(step);
      else yield* perform(step, this.#context, bindings, thread);
    }
  }

  #recorded(match: number): ExecutedStep[] | null {
    const { recording, environment } = this.#context;
    if (recording === null) return null;
    const strike: Strike = {
      process: this.#process,
      at: environment.now,
      match: this.trigger === null ? null : match,
      steps: [],
    };
    recording.strikes.push(strike);
    return strike.steps;
  }

  #skip({ path }: Step): void {
    const { counts } = this.#context;
    counts.begin(path);
    counts.addIdle(path);
  }

  #scope(bindings: Bindings): Scope {
    return { cluster: this.#context.environment, recall: (name) => bindings.recall(name) };
  }

  #random(purpose: string, ordinal: number): Random {
    return this.#context.environment.random('chaos', this.#process.name, purpose, ordinal);
  }
}

/** An `on` step that fires at the event of the process. */
function triggerOf({ when, times, do: steps, path, line }: ChaosProcess): Chaos['trigger'] {
  if (when.kind === 'every') return null;
  const action = { kind: 'on' as const, event: when.event, times, do: steps.flat() };
  const unused = { after: null, at: null, within: null, lasts: null, label: null, draws: null, written: {} };
  return { action, step: { action, ...unused, maySkip: true, mustStrike: false, as: 'it', path, line } };
}

/** Whether a majority of the voters is left that run and reach each other, with as many less as the step takes. */
function leavesMajority({ action }: Step, scope: Scope): boolean {
  const { cluster } = scope;
  const voters = votersOf(cluster);
  const majority = Math.floor(voters.length / 2) + 1;
  return inService(voters, majority, cluster) - nodesTaken(action, scope) >= majority;
}

/** How many of the voters run, and exchange messages with a majority of them. */
function inService(voters: readonly NodeId[], majority: number, cluster: ClusterView): number {
  const active = voters.filter((node) => cluster.isUp(node) && !cluster.isPaused(node));
  const reach = (a: NodeId, b: NodeId): boolean => a === b || (cluster.reaches(a, b) && cluster.reaches(b, a));
  return active.filter((node) => active.filter((other) => reach(node, other)).length >= majority).length;
}

/** How many nodes an action puts out of service at most. */
function nodesTaken(action: Action, scope: Scope): number {
  if ('nodes' in action) return countOf(action.nodes, scope);
  return action.kind === 'partition' ? countOf(action.groups[0]!, scope) : 1;
}
