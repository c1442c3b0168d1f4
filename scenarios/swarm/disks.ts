import type { Cast } from './cast.ts';
import type { Dice } from './dice.ts';

type Written = Readonly<Record<string, unknown>>;

/** Disks on which a history has been written that can have come about: a common beginning, and tails of their own terms. */
export function drawDisks(dice: Dice, { voters }: Cast): Written {
  const beginning = Array.from({ length: dice.between(1, 3) }, () => 1);
  const tails = Array.from({ length: dice.between(1, 3) }, (_, index) =>
    Array.from({ length: dice.between(0, 4) }, () => index + 2),
  );
  const highest = tails.length + 1;
  const isHalf = dice.chance(0.5);
  return Object.fromEntries(
    voters.map((voter, index) => {
      const isShort = isHalf ? index % 2 === 0 : dice.chance(0.5);
      const tail = isHalf ? tails[0]! : dice.pick(tails);
      const own = isHalf ? tail : tail.slice(0, dice.between(0, tail.length));
      const log = isShort ? beginning : [...beginning, ...own];
      return [voter, { log, term: highest + (isShort || !isHalf ? dice.between(0, 5) : 0) }];
    }),
  );
}
