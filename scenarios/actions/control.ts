import { allHold, explainCondition, nodesOfCondition, partsOf } from '../interpreter/conditions.ts';
import { Bindings } from '../interpreter/bindings.ts';
import { describeEvent, describeSelector } from '../interpreter/describe.ts';
import type { Execution, StepRoutine } from '../interpreter/execution.ts';
import { condition, conditionOf } from '../language/conditions.ts';
import { event, eventOf } from '../language/events.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { key, list, needed } from '../language/shapes.ts';
import type { StepLanguage } from '../language/step-language.ts';
import type { Tree } from '../language/tree.ts';
import { probability, span, whole, wholeOr } from '../language/values.ts';
import type { Condition, EventFilter, Selector, Step } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition, ActionOf, InnerSteps, Meant } from './definition.ts';

export type ControlAction =
  | { readonly kind: 'until'; readonly condition: Condition }
  | { readonly kind: 'expect'; readonly condition: Condition }
  | { readonly kind: 'repeat'; readonly times: number; readonly do: readonly Step[] }
  | { readonly kind: 'each'; readonly nodes: Selector; readonly do: readonly Step[] }
  | {
      readonly kind: 'maybe';
      /** From 0 to 1. */
      readonly probability: number;
      readonly do: readonly Step[];
      readonly else: readonly Step[];
    }
  | { readonly kind: 'if'; readonly condition: Condition; readonly do: readonly Step[]; readonly else: readonly Step[] }
  | { readonly kind: 'together'; readonly do: readonly Step[] }
  /** Fires so many times; null: whenever the event happens. */
  | { readonly kind: 'on'; readonly event: EventFilter; readonly times: number | null; readonly do: readonly Step[] };

/** Most times anything is repeated, nested repetitions multiplied. */
export const MOST_TIMES = 1_000_000;

const CONTROLS = { topic: 'control', control: true } as const;
const HOLDS_STEPS = { ...CONTROLS, within: false, chooses: false } as const;

const inner = (steps: readonly Step[], under = 'do'): InnerSteps => ({ key: under, steps });

const until: ActionDefinition<'until'> = {
  ...CONTROLS,
  spellings: [
    spelling('until', {
      about: 'Waits until a condition holds; the run is unmet if it does not `within` 10s or the time given.',
      example: 'until: { leader: { in: [n3, n4, n5] } }\nwithin: 2s',
      value: condition,
      meant: waitOf,
      build: (raw, _, place) => ({ kind: 'until', condition: conditionOf(raw, place.at('until')) }),
    }),
  ],
  waits: () => '"until" waits',
  condition: (action) => action.condition,
  describe: () => 'until',
  perform: (action, exec) => holdCondition(action.condition, exec, exec.deadline),
};

const expect: ActionDefinition<'expect'> = {
  ...CONTROLS,
  spellings: [
    spelling('expect', {
      about: 'A condition that must hold now, or `within` a time.',
      example: 'expect: { leaders: 1 }',
      value: condition,
      build: (raw, _, place) => ({ kind: 'expect', condition: conditionOf(raw, place.at('expect')) }),
    }),
  ],
  waits: (_, { within }) => (within === null ? null : '"expect" with "within" waits'),
  condition: (action) => action.condition,
  describe: () => 'expect',
  perform: (action, exec) =>
    holdCondition(action.condition, exec, exec.step.within === null ? exec.began : exec.deadline),
};

/** What lets time pass, for a span of time that was written in place of a condition. */
function waitOf(value: Tree): Meant | null {
  const isSpan = value.kind === 'scalar' && typeof value.value === 'string' && span.safeParse(value.value).success;
  return isSpan ? { message: '"until" waits for a condition; "wait" takes a duration', key: 'wait' } : null;
}

/** Waits until the condition holds, at most until the deadline. */
function* holdCondition(condition: Condition, exec: Execution, deadline: number): StepRoutine {
  const parts = partsOf(condition);
  yield* exec.until(
    () => allHold(parts, exec),
    () => explainCondition(condition, exec),
    deadline,
  );
  exec.remember(nodesOfCondition(condition, exec));
}

type Holding = 'repeat' | 'each' | 'maybe' | 'if' | 'together' | 'on';

/** The actions that control the script. Most of them hold steps, which `language` reads and compiles. */
export function controlActions({ scriptStep, stepsOf, refuseToWait }: StepLanguage): {
  readonly [K in Holding | 'until' | 'expect']: ActionDefinition<K>;
} {
  const steps = list('a list of at least one step', scriptStep, 1);
  const body = { do: needed(steps, 'The steps.') };
  const otherwise = { else: key(steps, 'The steps otherwise.', 'nothing') };

  const repeat: ActionDefinition<'repeat'> = {
    ...HOLDS_STEPS,
    spellings: [
      spelling('repeat', {
        about: 'Executes steps several times.',
        example: 'repeat: 9\ndo:\n  - crash: leader\n    as: old\n  - until: { leaders: 1 }\n  - restart: $old',
        value: whole('a number of times', 1, MOST_TIMES),
        modifiers: body,
        build: (times, more, place) => ({ kind: 'repeat', times, do: stepsOf(more.do, place.at('do')) }),
      }),
    ],
    innerSteps: (action) => [inner(action.do)],
    leastTime: (action, _, ofSteps) => action.times * ofSteps(action.do),
    describe: ({ times }) => `repeat ${times} times`,
    *perform(action, { context, bindings, thread }) {
      for (let time = 0; time < action.times; time++) yield* context.performAll(action.do, bindings, thread);
    },
  };

  const each: ActionDefinition<'each'> = {
    ...HOLDS_STEPS,
    within: true,
    spellings: [
      spelling('each', {
        about: 'Executes steps for each of several nodes, one after the other; in them, `$it` is the node.',
        example: 'each: [n1, n2, n3]\ndo:\n  - restart: $it\n  - until: { leaders: 1 }',
        value: selector,
        meant: (value) =>
          value.kind === 'scalar' && typeof value.value === 'number'
            ? { message: '"each" takes nodes; "repeat" executes steps several times', key: 'repeat' }
            : null,
        modifiers: body,
        build: (raw, more, place) => ({
          kind: 'each',
          nodes: ownSelectorOf(raw, place.at('each')),
          do: place.scope.remembered.during('it', () => stepsOf(more.do, place.at('do'))),
        }),
      }),
    ],
    innerSteps: (action) => [inner(action.do)],
    leastTime: (action, _, ofSteps) => ofSteps(action.do),
    describe: ({ nodes }, naming) => `each ${describeSelector(nodes, naming)}`,
    *perform({ nodes, do: steps }, exec) {
      const { context, bindings, thread } = exec;
      const [chosen = []] = yield* exec.choose([nodes]);
      for (const node of chosen) {
        const own = new Bindings(bindings);
        own.keep('it', [node]);
        yield* context.performAll(steps, own, thread);
      }
    },
  };

  const maybe: ActionDefinition<'maybe'> = {
    ...HOLDS_STEPS,
    spellings: [
      spelling('maybe', {
        about: 'Executes steps with a probability, drawn from the seed.',
        example: 'maybe: 50%\ndo:\n  - pause: follower\nelse:\n  - wait: 100ms',
        value: probability,
        modifiers: { ...body, ...otherwise },
        build: (chance, more, place) => ({
          kind: 'maybe',
          probability: chance,
          do: stepsOf(more.do, place.at('do')),
          else: stepsOf(more.else ?? [], place.at('else')),
        }),
      }),
    ],
    innerSteps: branches,
    leastTime: (action, _, ofSteps) => {
      if (action.probability === 1) return ofSteps(action.do);
      return action.probability === 0 ? ofSteps(action.else) : Math.min(ofSteps(action.do), ofSteps(action.else));
    },
    describe: (action) => `maybe ${Math.round(action.probability * 10_000) / 100}%`,
    perform(action, exec) {
      const isChosen = exec.random('maybe').chance(action.probability);
      return exec.context.performAll(isChosen ? action.do : action.else, exec.bindings, exec.thread);
    },
  };

  const when: ActionDefinition<'if'> = {
    ...HOLDS_STEPS,
    spellings: [
      spelling('if', {
        about: 'Executes steps if a condition holds at this moment.',
        example: 'if: { leader: n1 }\ndo:\n  - crash: n1',
        value: condition,
        modifiers: { ...body, ...otherwise },
        build: (raw, more, place) => ({
          kind: 'if',
          condition: conditionOf(raw, place.at('if')),
          do: stepsOf(more.do, place.at('do')),
          else: stepsOf(more.else ?? [], place.at('else')),
        }),
      }),
    ],
    innerSteps: branches,
    leastTime: (action, _, ofSteps) => Math.min(ofSteps(action.do), ofSteps(action.else)),
    condition: (action) => action.condition,
    describe: () => 'if',
    perform(action, exec) {
      const holds = allHold(partsOf(action.condition), exec);
      return exec.context.performAll(holds ? action.do : action.else, exec.bindings, exec.thread);
    },
  };

  const together: ActionDefinition<'together'> = {
    ...HOLDS_STEPS,
    spellings: [
      spelling('together', {
        about: 'Executes steps at one instant, with nothing in between.',
        example: 'together:\n  - crash: n1\n  - timeout: n2',
        value: steps,
        build: (raw, _, place) => ({
          ...{ kind: 'together', do: stepsOf(raw, place.at('together'), refuseToWait) },
        }),
      }),
    ],
    innerSteps: (action) => [inner(action.do, 'together')],
    describe: () => 'together',
    perform: (action, { context, bindings, thread }) => context.performTogether(action.do, bindings, thread),
  };

  const on: ActionDefinition<'on'> = {
    ...CONTROLS,
    spellings: [
      spelling('on', {
        about: 'Arms steps that run at an event, before the next event; the script goes on meanwhile.',
        example: 'on: { event: vote-granted, node: n3 }\nas: voter\ndo:\n  - crash: $voter',
        value: event,
        modifiers: {
          ...body,
          times: key(
            wholeOr('always', 'a number of times, or always', 1, MOST_TIMES),
            'How many times it fires before it is disarmed; `always`: whenever the event happens.',
            1,
          ),
        },
        build: (raw, more, place) => {
          const filter = eventOf(raw, place.at('on'));
          const { as } = more as { readonly as?: string };
          const { remembered, hasMessage } = place.scope;
          if (as !== undefined) remembered.bind(as);
          const times = more.times === 'always' ? null : (more.times ?? 1);
          return {
            kind: 'on',
            event: filter,
            times,
            do: hasMessage.during(filter.event === 'sent', () =>
              remembered.outOfOrder(() => stepsOf(more.do, place.at('do'))),
            ),
          };
        },
      }),
    ],
    innerSteps: (action) => [inner(action.do)],
    describe: (action, naming) => `on ${describeEvent(action.event, naming)}`,
    perform: (action, exec) => exec.context.arm(exec, action),
  };

  return { until, expect, repeat, each, maybe, if: when, together, on };
}

/** The steps of both branches. */
function branches(action: ActionOf<'maybe' | 'if'>): readonly InnerSteps[] {
  return [inner(action.do), inner(action.else, 'else')];
}
