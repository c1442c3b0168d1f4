import type { Mutant } from '../../core/mutants/mutant.ts';
import { RULES, type Rules } from '../../core/rules/index.ts';

/**
 * The rules of a known bug, which notice whether one that the bug has replaced was asked: otherwise a run cannot tell the bug
 * from Raft as published.
 */
export class CountedRules {
  /** How often a replaced rule was asked. */
  asked = 0;
  readonly rules: Rules;

  constructor({ rules }: Mutant) {
    const replaced = Object.entries(rules).filter(([name, rule]) => rule !== RULES[name as keyof Rules]);
    const ask = (): void => void (this.asked += 1);
    const counted = replaced.map(([name, rule]: [string, (...args: never) => unknown]) => {
      // Rules ask each other by `this`.
      const counting = function (this: unknown, ...args: never): unknown {
        ask();
        return Reflect.apply(rule, this, args);
      };
      return [name, counting] as const;
    });
    this.rules = Object.freeze({ ...rules, ...Object.fromEntries(counted) });
  }
}
