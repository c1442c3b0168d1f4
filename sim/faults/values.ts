import type { Distribution } from '../base/distribution.ts';
import type { Hasher } from '../protocol.ts';

/** What a fault sets, by name: numbers, words, flags, distributions; null: no limit. */
export type FaultValues = Readonly<Record<string, FaultValue>>;

export type FaultValue = number | string | boolean | null | Distribution;

/** Feeds values to the event hash, in the order of their names. */
export function digestValues(values: FaultValues, hasher: Hasher): void {
  for (const name of Object.keys(values).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))) {
    hasher.text(name);
    digestValue(values[name]!, hasher);
  }
}

function digestValue(value: FaultValue, hasher: Hasher): void {
  if (typeof value === 'number' && Number.isSafeInteger(value)) hasher.int(value);
  else if (typeof value !== 'object' || value === null) hasher.text(String(value));
  else digestDistribution(value, hasher);
}

function digestDistribution(distribution: Distribution, hasher: Hasher): void {
  hasher.text(distribution.kind);
  switch (distribution.kind) {
    case 'constant':
      hasher.int(distribution.value);
      return;
    case 'uniform':
      hasher.int(distribution.low);
      hasher.int(distribution.high);
      return;
    case 'normal':
      hasher.int(distribution.mean);
      hasher.int(distribution.deviation);
      return;
    case 'exponential':
      hasher.int(distribution.mean);
      return;
    case 'choice':
      hasher.int(distribution.of.length);
      for (const [index, one] of distribution.of.entries()) {
        hasher.int(distribution.weights[index]!);
        digestDistribution(one, hasher);
      }
  }
}
