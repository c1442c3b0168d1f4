import type { Facts } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import type { FieldTest, FieldValue } from '../scenario.ts';
import { liveLeader } from './selectors.ts';

/** Whether facts are as the tests ask. Fields that they do not have fit no test. */
export function fits(tests: ReadonlyMap<string, FieldTest>, facts: Facts, cluster: ClusterView): boolean {
  for (const [name, test] of tests) {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (fact === undefined || !fitsOne(test, fact, cluster)) return false;
  }
  return true;
}

function fitsOne({ oneOf, not, min, max }: FieldTest, fact: Facts[string], cluster: ClusterView): boolean {
  const known = (value: FieldValue): string | number => (typeof value === 'object' ? leaderTerm(cluster) : value);
  const is = (value: FieldValue): boolean => String(known(value)) === String(fact);
  if (oneOf !== null && !oneOf.some(is)) return false;
  if (not !== null && is(not)) return false;
  if (min !== null && !(Number(fact) >= Number(known(min)))) return false;
  return max === null || Number(fact) <= Number(known(max));
}

/** Not a number while there is no leader: no term fits. */
function leaderTerm(cluster: ClusterView): number {
  const leader = liveLeader(cluster);
  return leader === null ? NaN : cluster.term(leader);
}

/** Tests in words: `type AppendEntries, entries at least 1`. */
export function describeTests(tests: ReadonlyMap<string, FieldTest>): string {
  return [...tests].map(([name, test]) => `${name} ${describeTest(test)}`).join(', ');
}

function describeTest({ oneOf, not, min, max }: FieldTest): string {
  const word = (value: FieldValue): string => (typeof value === 'object' ? "the leader's" : String(value));
  if (oneOf !== null) return oneOf.map(word).join(' or ');
  const bounds =
    min !== null && max !== null
      ? [`${word(min)}..${word(max)}`]
      : [...(min === null ? [] : [`at least ${word(min)}`]), ...(max === null ? [] : [`at most ${word(max)}`])];
  return [...bounds, ...(not === null ? [] : [`not ${word(not)}`])].join(', ');
}
