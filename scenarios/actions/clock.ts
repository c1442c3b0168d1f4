import type { Drift } from '../../sim/clock.ts';
import type { ClocksOfNode } from '../../sim/faults/clock-faults.ts';
import type { Micros } from '../../sim/protocol.ts';
import { change } from '../interpreter/choosing.ts';
import { describeSelector } from '../interpreter/describe.ts';
import { selector } from '../language/selector-words.ts';
import { ownSelectorOf } from '../language/selectors.ts';
import { key, mapping, needed } from '../language/shapes.ts';
import { drift, signedDuration, word } from '../language/values.ts';
import type { Selector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition } from './definition.ts';

export type ClockAction = {
  readonly kind: 'clock';
  readonly nodes: Selector;
  /** Which clocks of the nodes. */
  readonly of: ClocksOfNode;
  readonly offset: Micros | null;
  /** Parts per million; a range is drawn from for each node. */
  readonly drift: Drift | null;
  readonly jump: Micros | null;
};

export const clock: ActionDefinition<'clock'> = {
  topic: 'disks and clocks',
  strikes: true,
  spellings: [
    spelling('clock', {
      about:
        'Changes clocks, for good or `for` a time: sets them, moves them, lets them run at another rate, stand still or run backwards.',
      example: 'clock: { nodes: n1, drift: stopped }',
      value: mapping('a mapping like { nodes: n1, jump: 5s }', {
        nodes: needed(selector, 'Which nodes.'),
        offset: key(signedDuration, 'How far ahead of true time the clock is set; negative: behind.'),
        drift: key(drift, 'How much faster it runs from here on; negative: slower; `stopped`, `backwards`.'),
        jump: key(signedDuration, 'By how much it is moved from where it stands.'),
        of: key(
          word('wall', 'monotonic', 'both'),
          'Which clock: the `wall` clock, which gives timestamps, or the `monotonic` one, by which timers and leases go.',
          'both',
        ),
      }),
      build: ({ nodes: raw, offset, drift: ppm, jump, of = 'both' }, _, place) => {
        const at = place.at('clock');
        const nodes = ownSelectorOf(raw, at.at('nodes'));
        if (offset === undefined && ppm === undefined && jump === undefined && at.isSound) {
          at.problem('nothing to change: expected one of offset, drift, jump');
        }
        if (offset !== undefined && jump !== undefined) {
          at.at('jump').problem('"offset" sets the clock, "jump" moves it; expected only one of them', 'key');
        }
        return { kind: 'clock', nodes, of, offset: offset ?? null, drift: ppm ?? null, jump: jump ?? null };
      },
    }),
  ],
  describe: ({ nodes, of }, naming) => `${of === 'both' ? '' : `${of} `}clock ${describeSelector(nodes, naming)}`,
  *perform({ nodes, of, offset, drift: ppm, jump }, exec) {
    const { faults } = exec.environment;
    yield* change(exec, nodes, (node) => faults.clocks.setClock(node, { of, offset, drift: ppm, jump }, exec.origin));
  },
};
