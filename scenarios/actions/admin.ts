import type { MemberChange } from '../../core/admin-request.ts';
import type { ClusterView } from '../environment.ts';
import type { NodeId } from '../../sim/protocol.ts';
import { performTasks } from '../interpreter/admin-steps.ts';
import {
  changeTask,
  forgetLeaderTask,
  isChanged,
  leaveJointTask,
  reconfigureTask,
  snapshotTask,
  transferTask,
} from '../interpreter/admin-tasks.ts';
import { chooseAble, RUNNING } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { PENDING_FOR } from '../interpreter/operation.ts';
import { isRunning } from '../interpreter/selectors.ts';
import type { Place } from '../language/place.ts';
import { selector, selectorOrNone } from '../language/selector-words.ts';
import type { RawSelector } from '../language/selector-words.ts';
import { checkDisjoint, oneNodeOf, ownSelectorOf, selectorOf } from '../language/selectors.ts';
import { key, mapping, needed } from '../language/shapes.ts';
import { word } from '../language/values.ts';
import type { Selector, Step } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition, Spelling } from './definition.ts';

/**
 * done: the step waits until the goal is reached, and repeats the request to new leaders. rejected: the node must
 * reject the request. submitted: the step submits the request once and does not wait. pending: a node accepts, and the
 * goal is not reached when `within` (or 500 ms) has passed.
 */
export type AdminExpectation = 'done' | 'rejected' | 'submitted' | 'pending';

/** What an administrator requests of nodes, which may reject it. */
export type AdminAction =
  /** A leadership transfer to the node. */
  | { readonly kind: 'transfer'; readonly to: Selector; readonly expect: AdminExpectation }
  /** Nodes forget which node leads. */
  | { readonly kind: 'forgetLeader'; readonly nodes: Selector; readonly expect: AdminExpectation }
  | { readonly kind: 'snapshot'; readonly nodes: Selector; readonly expect: AdminExpectation }
  /** The leader changes the membership, one node after the other. */
  | {
      readonly kind: 'change';
      readonly change: MemberChange;
      readonly nodes: Selector;
      readonly expect: AdminExpectation;
    }
  /** Null learners: as they are, without those that become voters. */
  | {
      readonly kind: 'reconfigure';
      readonly voters: Selector;
      readonly learners: Selector | null;
      readonly leave: 'auto' | 'explicit';
      readonly expect: AdminExpectation;
    }
  | { readonly kind: 'leaveJoint'; readonly expect: AdminExpectation };

/** The modifiers of every admin request; the reference page shows them once. */
export const adminModifiers = {
  expect: key(
    word('done', 'rejected', 'pending', 'submitted'),
    'The outcome that is expected: `done` (the step waits, and repeats the request to new leaders), `rejected` (at once), `pending` (accepted, but not done `within` 500ms), or `submitted` (the step does not wait).',
    'done',
  ),
};

interface AdminModifiers {
  readonly expect?: AdminExpectation | undefined;
}

/** What all admin requests have in common as steps. */
const COMMON = {
  leastTime: ({ expect }: AdminAction, { within }: Step) => (expect === 'pending' ? (within ?? PENDING_FOR) : 0),
};

/** Why the step waits: it does unless it only submits its request, or expects that it is rejected at once. */
function waitOf(called: string, { expect }: AdminAction): string | null {
  return expect === 'done' || expect === 'pending' ? `"${called}" waits, unless it has "expect: submitted",` : null;
}

export const transfer: ActionDefinition<'transfer'> = {
  ...COMMON,
  topic: 'elections',
  spellings: [
    spelling('transfer', {
      about: 'Has the leader transfer the leadership to a node; done when that node leads.',
      example: 'transfer: n3\nwithin: 2s',
      value: selector,
      modifiers: adminModifiers,
      build: (to, { expect = 'done' }: AdminModifiers, place) => ({
        ...{ kind: 'transfer', to: oneNodeOf(to, place.at('transfer')), expect },
      }),
    }),
  ],
  waits: (action) => waitOf('transfer', action),
  describe: ({ to }, naming) => `transfer ${describeSelector(to, naming)}`,
  *perform({ to, expect }, exec) {
    const [[target = 0] = []] = yield* exec.choose([to], { eligible: isRunning });
    exec.remember([target]);
    yield* performTasks([transferTask(target, exec.environment)], expect, exec);
  },
};

export const forgetLeader: ActionDefinition<'forgetLeader'> = {
  ...COMMON,
  topic: 'elections',
  spellings: [
    spelling('forgetLeader', {
      about: 'Has followers forget which node leads, as if they had not heard from a leader for an election timeout.',
      example: 'forgetLeader: followers',
      value: selector,
      modifiers: adminModifiers,
      build: (nodes, { expect = 'done' }: AdminModifiers, place) => {
        if (expect === 'pending')
          place.at('expect').problem('nodes forget at once or reject the request; nothing stays pending');
        return { kind: 'forgetLeader', nodes: ownSelectorOf(nodes, place.at('forgetLeader')), expect };
      },
    }),
  ],
  describe: ({ nodes }, naming) => `forgetLeader ${describeSelector(nodes, naming)}`,
  *perform({ nodes, expect }, exec) {
    const chosen = yield* chooseAble(exec, nodes, RUNNING);
    exec.remember(chosen);
    const tasks = chosen.map((node) => forgetLeaderTask(node, exec.environment));
    yield* performTasks(tasks, expect, exec);
  },
};

export const snapshot: ActionDefinition<'snapshot'> = {
  ...COMMON,
  topic: 'snapshots',
  spellings: [
    spelling('snapshot', {
      about: 'Has nodes take a snapshot of everything they have applied, and compact their logs.',
      example: 'snapshot: n1',
      value: selector,
      modifiers: adminModifiers,
      build: (nodes, { expect = 'done' }: AdminModifiers, place) => ({
        ...{ kind: 'snapshot', nodes: ownSelectorOf(nodes, place.at('snapshot')), expect },
      }),
    }),
  ],
  waits: (action) => waitOf('snapshot', action),
  describe: ({ nodes }, naming) => `snapshot ${describeSelector(nodes, naming)}`,
  *perform({ nodes, expect }, exec) {
    const chosen = yield* chooseAble(exec, nodes, RUNNING);
    exec.remember(chosen);
    const tasks = chosen.map((node) => snapshotTask(node, exec.environment));
    yield* performTasks(tasks, expect, exec);
  },
};

/** A change of the membership by one node, or by one after the other. */
function changeSpelling(
  change: MemberChange,
  about: string,
  example: string,
): Spelling<Extract<AdminAction, { kind: 'change' }>> {
  return spelling(change, {
    about,
    example,
    value: selector,
    modifiers: adminModifiers,
    build: (nodes, { expect = 'done' }: AdminModifiers, place) => ({
      ...{ kind: 'change', change, nodes: ownSelectorOf(nodes, place.at(change)), expect },
    }),
  });
}

export const change: ActionDefinition<'change'> = {
  ...COMMON,
  topic: 'membership',
  spellings: [
    changeSpelling(
      'add',
      'Has the leader add voters, one after the other; each one catches up with the log first.',
      'add: n4',
    ),
    changeSpelling(
      'addLearner',
      'Has the leader add nodes that receive the log without voting.',
      'addLearner: [n4, n5]',
    ),
    changeSpelling('promote', 'Has the leader make voters of learners.', 'promote: n4\nwithin: 2s'),
    changeSpelling('remove', 'Has the leader remove members; it can remove itself.', 'remove: leader\nas: gone'),
  ],
  waits: (action) => waitOf(action.change, action),
  describe: (action, naming) => `${action.change} ${describeSelector(action.nodes, naming)}`,
  *perform(action, exec) {
    const { environment } = exec;
    const eligible = (_: ClusterView, node: NodeId): boolean => !isChanged(action.change, node, environment);
    const [nodes = []] = yield* exec.choose([action.nodes], { eligible });
    exec.remember(nodes);
    const tasks = nodes.map((node) => changeTask(action.change, node, environment));
    yield* performTasks(tasks, action.expect, exec);
  },
};

const configuration = mapping('a mapping like { voters: [n1, n2, n4] }', {
  voters: needed(selector, 'The nodes that vote.'),
  learners: key(
    selectorOrNone,
    'The nodes that receive the log without voting; `none`.',
    'as before, without the voters',
  ),
  leave: key(
    word('auto', 'explicit'),
    '`explicit`: both configurations count until a `leaveJoint` step; `auto`: until the leader has committed the joint one.',
    'auto',
  ),
});

export const reconfigure: ActionDefinition<'reconfigure'> = {
  ...COMMON,
  topic: 'membership',
  spellings: [
    spelling('reconfigure', {
      about:
        'Has the leader change to any other configuration, through a joint one in which the majorities of both count; directly if at most one voter is added or removed and `leave` is not `explicit`. New members vote at once: to let them catch up first, make them learners.',
      example: 'reconfigure: { voters: [n1, n4, n5], learners: none }\nexpect: done',
      value: configuration,
      modifiers: adminModifiers,
      build: ({ voters, learners, leave = 'auto' }, { expect = 'done' }: AdminModifiers, place) => {
        const at = place.at('reconfigure');
        checkMembers(voters, learners, at);
        return {
          kind: 'reconfigure',
          voters: selectorOf(voters, at.at('voters')),
          learners: learners === undefined ? null : selectorOf(learners, at.at('learners')),
          leave,
          expect,
        };
      },
    }),
  ],
  waits: (action) => waitOf('reconfigure', action),
  describe: (action, naming) => {
    const learners = action.learners === null ? '' : `, learners ${describeSelector(action.learners, naming)}`;
    return `reconfigure voters ${describeSelector(action.voters, naming)}${learners}`;
  },
  *perform(action, exec) {
    const learning = action.learners === null ? [] : [action.learners];
    const [voters = [], learners = null] = yield* exec.choose([action.voters, ...learning], { disjoint: true });
    exec.remember(voters);
    const task = reconfigureTask({ voters, learners, leave: action.leave }, exec.environment);
    yield* performTasks([task], action.expect, exec);
  },
};

export const leaveJoint: ActionDefinition<'leaveJoint'> = {
  ...COMMON,
  topic: 'membership',
  spellings: [
    spelling('leaveJoint', {
      about: 'Has the leader leave the joint configuration that `leave: explicit` stays in.',
      example: 'leaveJoint: now',
      value: word('now'),
      modifiers: adminModifiers,
      build: (_value, { expect = 'done' }: AdminModifiers) => ({ kind: 'leaveJoint', expect }),
    }),
  ],
  chooses: false,
  waits: (action) => waitOf('leaveJoint', action),
  describe: () => 'leaveJoint',
  *perform({ expect }, exec) {
    yield* performTasks([leaveJointTask(exec.environment)], expect, exec);
  },
};

/** A node is a voter or a learner, not both. */
function checkMembers(voters: RawSelector, learners: RawSelector | 'none' | undefined, place: Place): void {
  if (learners === undefined || learners === 'none') return;
  checkDisjoint([
    { raw: voters, place: place.at('voters'), called: 'the voters' },
    { raw: learners, place: place.at('learners'), called: 'the learners' },
  ]);
}
