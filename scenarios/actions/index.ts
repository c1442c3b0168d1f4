import { definitionIn, formsOf, StepLanguage } from '../language/step-language.ts';
import type { ActionForm, ActionTable, AnyDefinition } from '../language/step-language.ts';
import type { Action } from '../scenario.ts';
import * as admin from './admin.ts';
import { count, load, operation } from './client.ts';
import { controlActions } from './control.ts';
import { bridge, isolate, partition, ring } from './cuts.ts';
import { clock } from './clock.ts';
import { disk } from './disk.ts';
import { elect, timeout } from './election.ts';
import { message } from './messages.ts';
import { clog, cut, heal, network, release } from './network.ts';
import { crash, pause, process, restart, resume, wipe } from './process.ts';
import { wait } from './time.ts';
import { upgrade } from './upgrade.ts';

/** How steps are read and compiled. */
export const STEPS = new StepLanguage(() => ACTIONS);

const { transfer, forgetLeader, change, reconfigure, leaveJoint, snapshot } = admin;

/**
 * Every action of the language, by its kind. The loader, the JSON Schema, the reference page, traces and the
 * interpreter follow from this table; the order is that of the JSON Schema and of the sections of the reference.
 */
const ACTIONS: ActionTable = {
  ...{ wait, timeout, elect, transfer, forgetLeader },
  ...{ change, reconfigure, leaveJoint, snapshot },
  ...{ crash, restart, pause, resume, wipe, process, upgrade },
  ...{ partition, isolate, cut, bridge, ring, clog, release, heal, network, message },
  ...{ disk, clock },
  ...{ operation, load, count },
  ...controlActions(STEPS),
};

/** Every key that makes a step an action. */
export const FORMS: readonly ActionForm[] = formsOf(ACTIONS);

/** The definition of an action. */
export function definitionOf(action: Action): AnyDefinition {
  return definitionIn(ACTIONS, action);
}
