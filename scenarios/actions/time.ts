import type { Distribution } from '../../sim/base/distribution.ts';
import { describeDistribution } from '../../sim/base/distribution.ts';
import { pauseFor } from '../interpreter/execution.ts';
import { distribution, distributionOf, leastOf } from '../language/distribution.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

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
    yield* pauseFor(exec.environment, exec.environment.sample(span, exec.random('wait')));
  },
};
