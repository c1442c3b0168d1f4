import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { AdminAction } from '../scenario.ts';
import type { Environment } from '../environment.ts';
import { chooseAble, running } from './actions.ts';
import { describeSpan } from './describe.ts';
import type { AdminTask } from './admin-tasks.ts';
import {
  changeTask,
  leaveJointTask,
  forgetLeaderTask,
  isChanged,
  reconfigureTask,
  snapshotTask,
  transferTask,
} from './admin-tasks.ts';
import type { StepRoutine, Execution } from './execution.ts';
import { PENDING_FOR } from './operation.ts';
import { isRunning } from './selectors.ts';

/**
 * `transfer`, `add`, `snapshot` and the like: has a node that is up, for most of them the leader, do something, and
 * waits for what `expect` says. With several nodes, one after the other.
 *
 * - `done`: the order is given until what it asks for has come about: again to a new leader, and every `patience` to
 *   one that has declined or does not seem to be at it.
 * - `declined`: the node asked refuses.
 * - `pending`: one node accepts, and nothing comes of it for all of `within`. Others are not asked then: they might do it.
 * - `asked`: the order is given once.
 */
export function* performAdminAction(action: AdminAction, x: Execution, patience: Micros): StepRoutine {
  const errands = yield* tasksOf(action, x);
  for (const errand of errands) {
    const petition = new AdminAttempt(errand, x, patience);
    switch (action.expect) {
      case 'done':
        yield* untilDone(petition, x);
        break;
      case 'pending':
        yield* stayPending(petition, x);
        break;
      case 'declined':
      case 'asked':
        yield* submitOnce(petition, x, action.expect);
    }
  }
}

function* untilDone(petition: AdminAttempt, x: Execution): StepRoutine {
  while (!petition.isReached()) {
    if (petition.isDue()) petition.present();
    yield* x.untilOr(
      petition.nextTry,
      () => petition.isReached() || petition.isDue(),
      () => `expected ${petition.goal}; ${petition.obstacle()}`,
    );
  }
}

function* stayPending(petition: AdminAttempt, x: Execution): StepRoutine {
  const { stage } = x;
  const since = stage.now;
  const span = x.step.within ?? PENDING_FOR;
  const end = since + span;
  const expectation = `expected ${petition.words} to stay pending for ${describeSpan(span)}`;
  const isDue = (): boolean => !petition.accepted && petition.isDue();
  while (!petition.isReached() && stage.now < end) {
    if (isDue()) petition.present();
    const ready = (): boolean => petition.isReached() || isDue();
    const until = petition.nextTry > stage.now ? Math.min(petition.nextTry, end) : end;
    if (!ready()) yield { ready, until, why: () => `${expectation}; it takes time` };
  }
  if (petition.isReached()) {
    throw x.failure(`${expectation}; after ${describeSpan(stage.now - since)} it came about: ${petition.state}`);
  }
  // An order that nobody has taken up proves nothing.
  if (!petition.accepted) throw x.failure(`${expectation}; ${petition.obstacle()}`);
}

function* submitOnce(petition: AdminAttempt, x: Execution, wanted: 'declined' | 'asked'): StepRoutine {
  yield* x.until(
    () => petition.isDue(),
    () => `expected somebody to ask for ${petition.words}; ${petition.obstacle()}`,
  );
  petition.present();
  if (wanted === 'declined' && petition.accepted) {
    throw x.failure(`expected ${petition.asked()} to decline ${petition.words}; it accepted`);
  }
}

/** An errand under way: who was asked last, and what they said. */
class AdminAttempt {
  readonly #errand: AdminTask;
  readonly #x: Execution;
  readonly #patience: Micros;
  /** Who was asked last, and in which term; −1: nobody yet. */
  #node: NodeId = -1;
  #term = -1;
  /** Why they declined, or null. */
  #reason: string | null = null;
  /** Who they were when they were asked. */
  #asked = 'nobody';
  /** Whether somebody has accepted. */
  accepted = false;
  /** When the one asked last may be asked again. */
  nextTry: Micros;

  constructor(errand: AdminTask, x: Execution, patience: Micros) {
    this.#errand = errand;
    this.#x = x;
    this.#patience = patience;
    this.nextTry = x.stage.now;
  }

  get words(): string {
    return this.#errand.description;
  }

  get goal(): string {
    return this.#errand.goal;
  }

  get state(): string {
    return this.#errand.state();
  }

  /** Who was asked last: `n1, leader,`. */
  asked(): string {
    return this.#asked;
  }

  isReached(): boolean {
    return this.#errand.isReached(this.accepted);
  }

  /** Whether there is somebody to ask, who was not asked before, or long enough ago and to no avail. */
  isDue(): boolean {
    const { stage } = this.#x;
    const node = this.#errand.target();
    if (node === null || !stage.isUp(node) || stage.isPaused(node)) return false;
    if (node !== this.#node || stage.term(node) !== this.#term) return true;
    return stage.now >= this.nextTry && (this.#reason !== null || !this.#errand.isPending(node));
  }

  present(): void {
    const { stage, step } = this.#x;
    const node = this.#errand.target()!;
    this.#node = node;
    this.#term = stage.term(node);
    this.#asked = describeAsked(node, stage);
    this.#reason = stage.admin(node, this.#errand.request(node), step.path);
    this.accepted ||= this.#reason === null;
    this.nextTry = stage.now + this.#patience;
  }

  /** What stands in the way. */
  obstacle(): string {
    const { stage } = this.#x;
    const node = this.#errand.target();
    const said = this.#reason === null ? '' : `${this.#asked} declined: ${this.#reason}`;
    const absent = describeAbsence(node, stage);
    if (absent !== null) return said === '' ? absent : `${absent}; ${said}`;
    return said === '' ? this.state : said;
  }
}

function describeAsked(node: NodeId, stage: Environment): string {
  return `${stage.nodeName(node)}${stage.role(node) === 'leader' ? ', leader,' : ''}`;
}

/** Why nobody can be asked, or null. */
function describeAbsence(node: NodeId | null, stage: Environment): string | null {
  if (node === null) return 'no node leads';
  if (!stage.isUp(node)) return `${stage.nodeName(node)} is down`;
  return stage.isPaused(node) ? `${describeAsked(node, stage)} is paused` : null;
}

function* tasksOf(action: AdminAction, x: Execution): StepRoutine<readonly AdminTask[]> {
  const { stage } = x;
  switch (action.kind) {
    case 'transfer': {
      const [[target = 0] = []] = yield* x.choose([action.to], { eligible: isRunning });
      x.remember([target]);
      return [transferTask(target, stage)];
    }
    case 'change': {
      const { change } = action;
      const eligible = (_: Environment, node: NodeId): boolean => !isChanged(change, node, stage);
      const [nodes = []] = yield* x.choose([action.nodes], { eligible });
      x.remember(nodes);
      return nodes.map((node) => changeTask(change, node, stage));
    }
    case 'reconfigure': {
      const learning = action.learners === null ? [] : [action.learners];
      const [voters = [], learners = null] = yield* x.choose([action.voters, ...learning], { disjoint: true });
      x.remember(voters);
      return [reconfigureTask({ voters, learners, leave: action.leave }, stage)];
    }
    case 'leaveJoint':
      return [leaveJointTask(stage)];
    case 'snapshot':
    case 'forgetLeader': {
      const errandFor = action.kind === 'snapshot' ? snapshotTask : forgetLeaderTask;
      const nodes = yield* chooseAble(x, action.nodes, running);
      x.remember(nodes);
      return nodes.map((node) => errandFor(node, stage));
    }
  }
}
