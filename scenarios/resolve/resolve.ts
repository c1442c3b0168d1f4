import type { Micros } from '../../sim/protocol.ts';
import { definitionOf } from '../actions/index.ts';
import type { ExecutedStep, Recording, Strike } from '../interpreter/recording.ts';
import type { ChaosPlan, Scenario } from '../scenario.ts';
import type { SettingValue } from '../settings.ts';
import { drawnNodes, withNames } from './substitute.ts';

type Written = Readonly<Record<string, SettingValue>>;

/** Modifiers that say when a step happens or how long its fault lasts: what was drawn for them takes their place. */
const DRAWN_MODIFIERS: readonly string[] = ['at', 'after', 'for', 'draws'];

/**
 * The scenario in which everything is explicit that script, timeline and chaos have drawn in a run: `maybe`, `repeat`, `if` and
 * `each` are the steps that were executed, words that draw nodes are names, ranges of time are times. Strikes of chaos by the clock
 * are steps of the timeline, those at events have the number of the match of their event; what was skipped is left out. Draws of
 * links, disks and clocks stay with the seed.
 *
 * @param written the scenario as YAML has it
 */
export function resolved(written: Written, scenario: Scenario, recording: Recording): Written {
  const resolver = new Resolver(scenario);
  const { script: _, timeline: __, chaos, ...others } = written;
  const strikes = resolver.strikes(recording.strikes);
  const script = resolver.script(recording.script, null);
  const timeline = [...resolver.timeline(recording.timeline), ...strikes.timeline];
  const stop = scenario.chaos === null ? {} : { stop: span(endOfChaos(scenario.chaos, recording)) };
  return {
    ...others,
    ...(script.length > 0 && { script }),
    ...(timeline.length > 0 && { timeline }),
    ...(chaos !== undefined && { chaos: { ...strikes.chaos, ...stop } }),
  };
}

/** When the run may end: a strike that has begun goes on after the stop, if only to wait for what is then skipped. */
function endOfChaos({ stop }: ChaosPlan, { strikes }: Recording): Micros {
  return strikes.flatMap(({ steps }) => steps).reduce((last, { ended }) => Math.max(last, ended), stop);
}

class Resolver {
  readonly #nodes: readonly string[];

  constructor({ cluster }: Scenario) {
    this.#nodes = cluster.nodes;
  }

  /** @param it the node that `$it` means in them, if they no longer stand in an `each`; null: `$it` stays */
  script(steps: readonly ExecutedStep[], it: string | null): Written[] {
    return steps.flatMap((executed) => this.#inScript(executed, it));
  }

  timeline(steps: readonly ExecutedStep[]): Written[] {
    return steps
      .filter(hasCome)
      .map((executed) => ({ at: span(executed.step.at ?? 0), ...this.#leaf(executed, null) }));
  }

  /** The strikes as steps of the timeline where they can be, and as chaos that strikes once. */
  strikes(all: readonly Strike[]): { readonly timeline: readonly Written[]; readonly chaos: Written } {
    const struck = all.filter(({ steps }) => steps.some(hasCome));
    // At one instant, steps of the timeline come first.
    const several = new Set(struck.filter((strike) => !isSingle(strike)).map(({ at }) => at));
    const isTimed = (strike: Strike): boolean => isSingle(strike) && !several.has(strike.at);
    const timeline = struck.filter(isTimed).map(({ at, steps }): Written => {
      const only = steps[0]!;
      return { at: span(at), ...this.#leaf(only, null), ...optional(only) };
    });
    const others = struck.filter((strike) => !isTimed(strike));
    const chaos = others.map((strike, index): readonly [string, Written] => {
      return [nameOf(strike, index), { ...when(strike), times: 1, do: [this.#sequence(strike.steps)] }];
    });
    return { timeline, chaos: Object.fromEntries(chaos) };
  }

  #inScript(executed: ExecutedStep, it: string | null): Written[] {
    const { step, pause, inner } = executed;
    const before: Written[] = pause > 0 ? [{ wait: span(pause) }] : [];
    switch (step.action.kind) {
      case 'repeat':
      case 'maybe':
      case 'if':
        return [...before, ...this.script(inner, it)];
      case 'each':
        return [...before, ...inner.flatMap((one) => this.#inScript(one, this.#itOf(one)))];
      case 'together': {
        const together = this.script(inner, it);
        return together.length === 0 ? before : [...before, { together }];
      }
      case 'on':
        return [...before, ...this.#armed(executed, it)];
      case 'until':
      case 'expect':
        // In vain: nothing came of it but that time passed.
        if (executed.outcome === 'skipped') return [...before, ...elapsed(executed)];
        return [this.#withPause(executed, it)];
      default:
        return hasCome(executed) ? [this.#withPause(executed, it)] : before;
    }
  }

  #itOf({ it }: ExecutedStep): string | null {
    return it === null ? null : this.#nodes[it]!;
  }

  /** Each firing by itself, at the match of the event at which it came; then what is left to fire. */
  #armed({ step, firings, drawn }: ExecutedStep, it: string | null): Written[] {
    const { action, written } = step;
    if (action.kind !== 'on') return [];
    const { after: _, on, times: __, do: ___, ...others } = written;
    const names = { drawn: drawnNodes(action, drawn, this.#nodes), it };
    const event = withNames(asMapping(on!), names) as Written;
    const at = (match: number): Written => ({ ...event, count: match * action.event.count });
    const fired = firings.flatMap((steps, index): Written[] => {
      const inner = this.script(steps, it);
      return inner.length === 0 ? [] : [{ on: at(index + 1), ...others, do: inner }];
    });
    const isOver = action.times === null ? firings.length > 0 : firings.length >= action.times;
    if (isOver) return fired;
    const left = action.times === null ? {} : { times: action.times - firings.length };
    return [
      ...fired,
      { on: at(firings.length + 1), ...others, ...left, do: withNames(written['do']!, { drawn: [], it }) },
    ];
  }

  #withPause(executed: ExecutedStep, it: string | null): Written {
    const { pause } = executed;
    return { ...this.#leaf(executed, it), ...(pause > 0 && { after: span(pause) }) };
  }

  /** The steps of one strike; the pause before one that was skipped goes to the next. */
  #sequence(steps: readonly ExecutedStep[]): Written[] {
    let waited = 0;
    return steps.flatMap((executed): Written[] => {
      waited += executed.pause;
      if (!hasCome(executed)) return [];
      const after = waited;
      waited = 0;
      return [{ ...this.#leaf(executed, null), ...(after > 0 && { after: span(after) }) }];
    });
  }

  /** A step that holds no others, without what says when it happens. */
  #leaf({ step, drawn, lasts, span: waited, repetition, outcome }: ExecutedStep, it: string | null): Written {
    const { action, written } = step;
    const kept = Object.fromEntries(Object.entries(written).filter(([key]) => !DRAWN_MODIFIERS.includes(key)));
    const names = withNames(kept, { drawn: drawnNodes(action, drawn, this.#nodes), it }) as Written;
    return {
      ...names,
      ...(waited !== null && { wait: span(waited) }),
      ...(lasts !== null && { for: span(lasts) }),
      ...((outcome === 'skipped' || goesOnDrawing(step.action.kind, written)) && { draws: drawsOf(step, repetition) }),
    };
  }
}

/** What a strike was at: a time, or a match of its event. */
function when({ process, at, match }: Strike): Written {
  if (process.when.kind === 'every' || match === null) return { every: span(at) };
  const { count } = process.when.event;
  return { at: { ...asMapping(process.written['at']!), count: match * count } };
}

/** An event that is written as a word, as a mapping. */
function asMapping(event: SettingValue): Written {
  return typeof event === 'object' && event !== null && !Array.isArray(event)
    ? (event as Written)
    : { event: event as SettingValue };
}

function nameOf({ process, match }: Strike, index: number): string {
  return `${process.name.slice(0, 30)}-${String(match ?? 'x')}-${String(index + 1)}`.replace('-x-', '-');
}

function isSingle({ process, steps }: Strike): boolean {
  return process.when.kind === 'every' && steps.length === 1;
}

/** A strike is not awaited, and may come to nothing in another run. */
function optional({ step }: ExecutedStep): Written {
  return definitionOf(step.action).within === false ? {} : { within: '0ms', otherwise: 'skip' };
}

function elapsed({ began, ended }: ExecutedStep): Written[] {
  return ended > began ? [{ wait: span(ended - began) }] : [];
}

/** Whether something came of a step. One that was skipped may have waited, or asked for something, before. */
function hasCome({ outcome, hasActed }: ExecutedStep): boolean {
  return outcome !== 'skipped' || hasActed;
}

/** Whether what the step does goes on drawing, message by message, from a stream of the step. */
function goesOnDrawing(kind: string, written: Written): boolean {
  if (kind === 'message') return true;
  const { network } = written;
  return kind === 'network' && typeof network === 'object' && network !== null && 'types' in network;
}

function drawsOf({ path, draws }: ExecutedStep['step'], repetition: number): string {
  const own = draws ?? { path, repetition };
  return `${own.path} ${String(own.repetition)}`;
}

function span(micros: Micros): string {
  return `${String(micros)}us`;
}
