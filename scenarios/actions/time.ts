import type { Distribution } from '../../sim/base/distribution.ts';
import { describeDistribution } from '../../sim/base/distribution.ts';
import { pauseFor } from '../interpreter/execution.ts';
import { distribution, distributionOf, leastOf } from '../language/distribution.ts';
import { conditionShape } from '../language/conditions.ts';
import { type MappingTree, textOf, type Tree } from '../language/tree.ts';
import { span } from '../language/values.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition, Meant } from './definition.ts';

export interface WaitAction {
  readonly kind: 'wait';
  readonly span: Distribution;
}

export const wait: ActionDefinition<'wait'> = {
  topic: 'time',
  spellings: [
    spelling('wait', {
      about: 'Lets time pass.',
      example: 'wait: 2s',
      value: distribution,
      meant: untilOf,
      build: (raw, _, place) => ({ kind: 'wait', span: distributionOf(raw, place.at('wait')) }),
    }),
  ],
  control: true,
  within: false,
  chooses: false,
  waits: () => '"wait" waits',
  leastTime: ({ span }) => leastOf(span),
  describe: ({ span }) => `wait ${describeDistribution(span)}`,
  *perform({ span }, exec) {
    const drawn = exec.environment.sample(span, exec.random('wait'));
    if (exec.record !== null) exec.record.span = drawn;
    yield* pauseFor(exec.environment, drawn);
  },
};

/** What waits for a condition that was written in place of a span of time. */
function untilOf(value: Tree): Meant | null {
  const message = '"wait" takes a duration like 2s; "until" waits for a condition';
  if (value.kind === 'mapping') {
    const isCondition = value.entries.some(({ key }) => Object.hasOwn(conditionShape, key));
    return isCondition ? { message, key: 'until' } : spanInside(value);
  }
  if (value.kind !== 'scalar' || typeof value.value !== 'string') return null;
  const [, word] = /\b(leader|converge)/iu.exec(value.value) ?? [];
  if (word === undefined) return null;
  const written = word.toLowerCase() === 'leader' ? '{ leaders: 1 }' : '{ converged: true }';
  return { message: `${message}: until: ${written}`, key: null };
}

/** `wait: { for: 3s }`. */
function spanInside({ entries }: MappingTree): Meant | null {
  const [only, ...more] = entries;
  if (only === undefined || more.length > 0 || only.key === 'exponential' || only.value.kind !== 'scalar') return null;
  const said = textOf(only.value.value);
  const isSpan = said !== null && span.safeParse(said).success;
  return isSpan ? { message: `"wait" takes the duration itself: wait: ${said}`, key: null } : null;
}
