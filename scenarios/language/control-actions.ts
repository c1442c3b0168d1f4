import type * as z from 'zod';
import type { Action, AdminAction, Step } from '../scenario.ts';
import { action } from './action.ts';
import type { ActionSpec, CompileSteps, RawStep } from './action.ts';
import { condition, conditionOf } from './conditions.ts';
import { event, eventOf } from './events.ts';
import type { Place } from './place.ts';
import { key, list, needed } from './shapes.ts';
import { probability, whole, wholeOr } from './values.ts';

/** Most times anything is repeated, nested repetitions multiplied. */
export const MOST_TIMES = 1_000_000;

/** Steps that steer the script. They hold steps themselves: how those are read and compiled is given. */
export function controlActions(step: z.ZodType<RawStep>, compile: CompileSteps): readonly ActionSpec[] {
  const steps = list('a list of at least one step', step, 1);
  const body = { do: needed(steps, 'The steps.') };
  const otherwise = { else: key(steps, 'The steps otherwise.', 'nothing') };
  return [
    action('control', 'until', {
      about: 'Waits until a condition holds; the run is unmet if it does not `within` 10s or the time given.',
      example: 'until: { leader: { in: [n3, n4, n5] } }\nwithin: 2s',
      value: condition,
      control: true,
      build: (raw, _, place) => ({ kind: 'until', condition: conditionOf(raw, place.at('until')) }),
    }),
    action('control', 'expect', {
      about: 'A condition that must hold now, or `within` a time.',
      example: 'expect: { leaders: 1 }',
      value: condition,
      control: true,
      build: (raw, _, place) => ({ kind: 'expect', condition: conditionOf(raw, place.at('expect')) }),
    }),
    action('control', 'repeat', {
      about: 'Does steps several times.',
      example: 'repeat: 9\ndo:\n  - crash: leader\n    as: old\n  - until: { leaders: 1 }\n  - restart: $old',
      value: whole('a number of times', 1, MOST_TIMES),
      modifiers: body,
      control: true,
      within: false,
      chooses: false,
      build: (times, more, place) => ({ kind: 'repeat', times, do: compile(more.do, place.at('do')) }),
    }),
    action('control', 'maybe', {
      about: 'Does steps with a probability, drawn from the seed.',
      example: 'maybe: 50%\ndo:\n  - pause: follower\nelse:\n  - wait: 100ms',
      value: probability,
      modifiers: { ...body, ...otherwise },
      control: true,
      within: false,
      chooses: false,
      build: (chance, more, place) => ({
        kind: 'maybe',
        probability: chance,
        do: compile(more.do, place.at('do')),
        else: compile(more.else ?? [], place.at('else')),
      }),
    }),
    action('control', 'if', {
      about: 'Does steps if a condition holds now.',
      example: 'if: { leader: n1 }\ndo:\n  - crash: n1',
      value: condition,
      modifiers: { ...body, ...otherwise },
      control: true,
      within: false,
      chooses: false,
      build: (raw, more, place) => ({
        kind: 'if',
        condition: conditionOf(raw, place.at('if')),
        do: compile(more.do, place.at('do')),
        else: compile(more.else ?? [], place.at('else')),
      }),
    }),
    action('control', 'together', {
      about: 'Does steps at one instant, with nothing in between.',
      example: 'together:\n  - crash: n1\n  - timeout: n2',
      value: steps,
      control: true,
      within: false,
      chooses: false,
      build: (raw, _, place) => ({ kind: 'together', do: compile(raw, place.at('together'), refuseToWait) }),
    }),
    action('control', 'on', {
      about: 'Arms steps that run at an event, before the next one; the script goes on meanwhile.',
      example: 'on: { event: vote-granted, node: n3, count: 2 }\nas: voter\ndo:\n  - crash: $voter',
      value: event,
      modifiers: {
        ...body,
        times: key(
          wholeOr('always', 'a number of times, or always', 1, MOST_TIMES),
          'How many times it fires, before it is disarmed; `always`: whenever the event happens.',
          1,
        ),
      },
      control: true,
      within: false,
      build: (raw, more, place) => {
        const filter = eventOf(raw, place.at('on'));
        const { as } = more as { readonly as?: string };
        const { remembered } = place.scope;
        if (as !== undefined) remembered.bind(as);
        const times = more.times === 'always' ? null : (more.times ?? 1);
        return { kind: 'on', event: filter, times, do: remembered.outOfOrder(() => compile(more.do, place.at('do'))) };
      },
    }),
  ];
}

/** Reports a step that takes time where everything happens at one instant. */
function refuseToWait(step: Step, place: Place): void {
  const what = waitOf(step);
  if (what !== null) place.problem(`${what} inside "together", where all steps happen at one instant`);
  for (const [keyOfSteps, inner] of innerSteps(step.action)) {
    if (inner.some((one) => waitsDeep(one)))
      place.at(keyOfSteps).problem('a wait inside "together", where all steps happen at one instant');
  }
}

function waitsDeep(step: Step): boolean {
  return waitOf(step) !== null || innerSteps(step.action).some(([, inner]) => inner.some(waitsDeep));
}

/** What makes a step take time, or null. */
function waitOf({ after, within, action }: Step): string | null {
  const { kind, ...rest } = action;
  if (after !== null && after > 0) return 'a pause ("after")';
  if (kind === 'wait' || kind === 'until' || kind === 'elect') return `"${kind}" waits`;
  if (kind === 'expect' && within !== null) return '"expect" with "within" waits';
  if (isAwaited(action)) {
    const word = action.kind === 'change' ? action.change : action.kind;
    return `"${word}" waits, unless it has "expect: asked",`;
  }
  if (kind === 'operation' && 'expect' in rest && rest.expect !== null)
    return 'an operation whose outcome is awaited ("expect")';
  return null;
}

/** Whether the action is an order whose result is awaited. Nodes forget who leads at once. */
function isAwaited(action: Action): action is AdminAction {
  switch (action.kind) {
    case 'transfer':
    case 'snapshot':
    case 'change':
    case 'reconfigure':
    case 'leaveJoint':
      return action.expect === 'done' || action.expect === 'pending';
    default:
      return false;
  }
}

function innerSteps(within: Action): readonly (readonly [string, readonly Step[]])[] {
  if (within.kind === 'repeat') return [['do', within.do]];
  if (within.kind === 'together') return [['together', within.do]];
  if (within.kind === 'maybe' || within.kind === 'if')
    return [
      ['do', within.do],
      ['else', within.else],
    ];
  return [];
}
