import type { Micros } from '../../sim/protocol.ts';
import type { Action, AdminAction, Step } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import * as actions from './actions.ts';
import { allHold, describeCondition, partsOf } from './conditions.ts';
import { describeAction } from './describe.ts';
import { elect } from './elect.ts';
import { Execution, YIELD, pauseFor, StepFailed } from './execution.ts';
import type { StepRoutine } from './execution.ts';
import type { Bindings } from './bindings.ts';
import { operation } from './operation.ts';
import { performAdminAction } from './admin-steps.ts';
import type { Triggers } from './triggers.ts';

/** What all steps of a run share. */
export interface StepContext {
  readonly stage: Environment;
  readonly triggers: Triggers;
  /** How long `elect` gives an election before it starts another, and a node that was given an order. */
  readonly electionPatience: Micros;
  /** Counts an execution of the step of this path, and returns which one it is, from 1. */
  nextOccurrence(path: string): number;
}

/** Executes steps in order, each after the one before, giving way to fired triggers in between. */
export function* performAll(steps: readonly Step[], scene: StepContext, names: Bindings): StepRoutine {
  for (const step of steps) {
    yield* perform(step, scene, names);
    yield YIELD;
  }
}

/** Executes one step: its pause, then its action. `within` counts from the end of the pause. */
export function* perform(step: Step, scene: StepContext, names: Bindings): StepRoutine {
  const { stage } = scene;
  yield* pauseFor(stage, step.after ?? 0);
  const x = new Execution(step, stage, names, scene.nextOccurrence(step.path));
  const { action } = step;
  stage.note(step.path, step.label ?? inWords(action, x));
  switch (action.kind) {
    case 'repeat':
      for (let time = 0; time < action.times; time++) yield* performAll(action.do, scene, names);
      return;
    case 'maybe':
      return yield* performAll(x.random('maybe').chance(action.probability) ? action.do : action.else, scene, names);
    case 'if':
      return yield* performAll(allHold(partsOf(action.condition), x) ? action.do : action.else, scene, names);
    case 'together':
      return together(action.do, scene, names);
    case 'on':
      return scene.triggers.arm(step, action, names);
    case 'elect':
      return yield* elect(action, x, scene.electionPatience);
    case 'transfer':
    case 'forgetLeader':
    case 'snapshot':
    case 'change':
    case 'reconfigure':
    case 'leaveJoint':
      return yield* performAdminAction(action, x, scene.electionPatience);
    default:
      return yield* act(action, x);
  }
}

/** The action as traces tell it, with the condition it looks at. */
function inWords(action: Action, x: Execution): string {
  const asks = action.kind === 'until' || action.kind === 'expect' || action.kind === 'if';
  const words = describeAction(action, x.stage);
  return asks ? `${words} ${describeCondition(action.condition, x)}` : words;
}

/** `together:` all its steps happen at this instant, in order, with nothing in between. A step that has to wait fails. */
function together(steps: readonly Step[], scene: StepContext, names: Bindings): void {
  for (const step of steps) {
    for (const halt of perform(step, scene, names)) {
      if (halt === YIELD) continue;
      throw new StepFailed(step, `cannot wait inside together: ${halt.why()}`);
    }
  }
}

type Simple = Exclude<Action, AdminAction | { readonly kind: 'repeat' | 'maybe' | 'if' | 'together' | 'on' | 'elect' }>;

function* act(action: Simple, x: Execution): StepRoutine {
  switch (action.kind) {
    case 'wait':
      return yield* actions.wait(action, x);
    case 'timeout':
      return yield* actions.timeout(action, x);
    case 'crash':
      return yield* actions.crash(action, x);
    case 'restart':
      return yield* actions.restart(action, x);
    case 'pause':
      return yield* actions.pause(action, x);
    case 'resume':
      return yield* actions.resume(action, x);
    case 'wipe':
      return yield* actions.wipe(action, x);
    case 'slowProcess':
      return yield* actions.slowProcess(action, x);
    case 'partition':
      return yield* actions.partition(action, x);
    case 'isolate':
      return yield* actions.isolate(action, x);
    case 'cut':
      return yield* actions.cut(action, x);
    case 'bridge':
      return yield* actions.bridge(action, x);
    case 'ring':
      return yield* actions.ring(action, x);
    case 'clog':
      return yield* actions.clog(action, x);
    case 'release':
      return yield* actions.release(action, x);
    case 'heal':
      return yield* actions.heal(action, x);
    case 'weather':
      return yield* actions.weather(action, x);
    case 'disk':
      return yield* actions.disk(action, x);
    case 'clock':
      return yield* actions.clock(action, x);
    case 'operation':
      return yield* operation(action, x);
    case 'load':
      return actions.load(action, x);
    case 'count':
      return x.stage.resetCount();
    case 'until':
    case 'expect':
      return yield* actions.holdCondition(action, x);
  }
}
