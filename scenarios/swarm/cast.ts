import type { Dice } from './dice.ts';

/** Who takes part, and what the other parts of a swarm depend on. */
export interface Cast {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
  readonly standby: readonly string[];
  /** All nodes. */
  readonly nodes: readonly string[];
  /**
   * Whether settings keep to what Raft needs to be live: timeouts well above the time that a broadcast takes. Otherwise
   * safety alone is asked for.
   */
  readonly isTame: boolean;
  readonly reads: 'log' | 'readIndex' | 'lease';
  /** How long faults are injected, in milliseconds. */
  readonly span: number;
  readonly clients: number;
  /** Keys that clients use: k1 to kN. */
  readonly keys: number;
}

const SIZES = [
  [1, 1],
  [4, 2],
  [36, 3],
  [8, 4],
  [30, 5],
  [4, 6],
  [8, 7],
  [1, 8],
  [2, 9],
] as const;

/** Learners and nodes on standby. */
const OTHERS = [
  [10, [0, 0]],
  [3, [1, 0]],
  [3, [0, 2]],
  [3, [1, 1]],
  [1, [2, 0]],
  [2, [0, 1]],
] as const;

/** Nodes that a scenario names; null: they are drawn. */
export type GivenNodes = Pick<Cast, 'voters' | 'learners' | 'standby'> | null;

export function drawCast(dice: Dice, given: GivenNodes, clients: number | null): Cast {
  const isTame = dice.chance(0.75);
  const members = given ?? drawNodes(dice);
  const { voters, learners, standby } = members;
  return {
    ...members,
    nodes: [...voters, ...learners, ...standby],
    isTame,
    reads: dice.weighted([
      [4, 'log'],
      [3, 'readIndex'],
      [3, 'lease'],
    ]),
    span: dice.pick([1_000, 2_000, 3_000, 5_000, 8_000]),
    clients: clients ?? dice.pick([1, 2, 3, 4, 5, 8]),
    keys: dice.between(1, 3),
  };
}

function drawNodes(dice: Dice): NonNullable<GivenNodes> {
  const voting = dice.weighted(SIZES);
  const [learning, waiting] = dice.weighted<readonly [number, number]>(OTHERS);
  const names = Array.from({ length: voting + learning + waiting }, (_, index) => `n${String(index + 1)}`);
  return {
    voters: names.slice(0, voting),
    learners: names.slice(voting, voting + learning),
    standby: names.slice(voting + learning),
  };
}
