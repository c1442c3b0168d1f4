import type { Expectations } from '../../scenarios/scenario.ts';

type ExpectedMark = Expectations['marks'][number];

/** Why a count does not meet an expected mark, or null: `mark split-vote: not seen, expected at least once`. */
export function unmetMark(mark: ExpectedMark, count: number): string | null {
  const { name, min, max } = mark;
  const seen = count === 0 ? 'not seen' : `seen ${times(count)}`;
  if (count > max) return `mark ${name}: ${seen}, expected ${atMost(max)}`;
  if (count < min) return `mark ${name}: ${seen}, expected ${atLeast(min)}`;
  return null;
}

/** The mark in words: `mark split-vote at least once`. */
export function describeMark({ name, min, max }: ExpectedMark): string {
  const bounds = [...(min > 0 ? [atLeast(min)] : []), ...(max < Number.MAX_SAFE_INTEGER ? [atMost(max)] : [])];
  return `mark ${name} ${bounds.join(', ')}`;
}

function atLeast(min: number): string {
  return min === 1 ? 'at least once' : `at least ${times(min)}`;
}

function atMost(max: number): string {
  return max === 0 ? 'never' : `at most ${times(max)}`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
