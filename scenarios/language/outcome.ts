import type * as z from 'zod';
import type { AnySeedExpectation, Condition, Expectations, RecordedUnmet, Repro } from '../scenario.ts';
import { checkBounds, conditionOf, conditionShape, useMark } from './conditions.ts';
import type { Place } from './place.ts';
import { checkKnown } from './selectors.ts';
import { either, key, leaf, list, mapping, InvalidValue, needed, record } from './shapes.ts';
import { found, textOf } from './tree.ts';
import { name, text, whole, word } from './values.ts';

const markName = name('the name of a mark', 'split-vote');
const count = whole('a whole number', 0, 1_000_000_000);

const conditionsAndMark = {
  ...conditionShape,
  mark: key(
    either('the name of a mark, or { name, min, max }', [
      markName,
      mapping('a mapping like { name: split-vote, min: 2 }', {
        name: needed(markName, 'Which mark.'),
        min: key(count, 'The least number of times.', 1),
        max: key(count, 'The most times.'),
      }),
    ]),
    'The mark must have been seen.',
  ),
};

/** What some run must show, or every run. */
const ofSeeds = mapping(
  'a mapping like { violation: I33 } or { mark: split-vote }',
  { violation: key(text, 'The invariant that must be violated, or `any`.'), ...conditionsAndMark },
  { nonEmpty: true, main: 'violation' },
);

const expectation = mapping(
  'a mapping like { mark: log-truncated }',
  {
    verdict: key(word('pass', 'violation'), 'How the run must end.', 'pass'),
    invariant: key(text, 'With `verdict: violation`: the invariant that must be violated.', 'any'),
    anySeed: key(
      ofSeeds,
      'At least one run of an invocation must show all of this: a violation (`violation: I33`), marks, conditions. A run that violates that invariant passes; the others are judged as always.',
    ),
    everySeed: key(ofSeeds, 'Every run must show all of this: the same as without `everySeed`.'),
    ...conditionsAndMark,
  },
  { nonEmpty: true, main: 'verdict' },
);

/** `checks:` of a scenario. */
export const checks = mapping('a mapping like { except: [I16] }', {
  except: key(
    list('a list of ids like [I16]', text),
    'Ids of invariants and liveness properties that are not reported, to look past the first that breaks.',
    '[]',
  ),
});

/** The checks that are not reported, each once. */
export function exceptOf(raw: z.output<typeof checks> | undefined, place: Place): readonly string[] {
  const ids = raw?.except ?? [];
  const { checks: known = [] } = place.scope.vocabulary;
  for (const [index, id] of ids.entries()) checkKnown('invariant', id, known, place.at('except', index));
  return [...new Set(ids)];
}

/** `expect:` of a scenario: one mapping, or a list of them. */
export const expectations = either('a mapping like { verdict: violation }, or a list of them', [
  expectation,
  list('a list of at least one expectation', expectation, 1),
]);

type RawExpectation = z.output<typeof expectation>;

export function expectationsOf(raw: z.output<typeof expectations> | undefined, place: Place): Expectations {
  const given =
    raw === undefined
      ? []
      : isList(raw)
        ? raw.map((one, index) => [one, place.at(index)] as const)
        : [[raw, place] as const];
  // What is expected of every run is expected of each.
  const entries = given.flatMap(([one, at]) => [[one, at] as const, ...everySeedOf(one, at)]);
  const marks = entries.flatMap(([one, at]) => marksOf(one, at.at('mark')));
  const conditions = entries.flatMap(([one, at]) => conditionsOf(one, at));
  const anySeed = given.flatMap(([{ anySeed: some }, at]) =>
    some === undefined ? [] : [someOf(some, at.at('anySeed'))],
  );
  return { ...verdictOf(entries), marks, conditions, anySeed };
}

type RawOfSeeds = z.output<typeof ofSeeds>;

function everySeedOf({ everySeed }: RawExpectation, place: Place): readonly (readonly [RawExpectation, Place])[] {
  if (everySeed === undefined) return [];
  const at = place.at('everySeed');
  const { violation, ...rest } = everySeed;
  if (violation === undefined) return [[rest, at]];
  checkViolation(violation, at);
  return [[{ ...rest, verdict: 'violation', ...(violation === 'any' ? {} : { invariant: violation }) }, at]];
}

function someOf(raw: RawOfSeeds, place: Place): AnySeedExpectation {
  const { violation, ...rest } = raw;
  if (violation !== undefined) checkViolation(violation, place);
  return {
    violation: violation ?? null,
    marks: marksOf(rest, place.at('mark')),
    conditions: conditionsOf(rest, place),
  };
}

function checkViolation(violation: string, place: Place): void {
  if (violation === 'any') return;
  checkKnown('invariant', violation, place.scope.vocabulary.invariants, place.at('violation'));
}

function verdictOf(
  entries: readonly (readonly [RawExpectation, Place])[],
): Pick<Expectations, 'verdict' | 'invariant'> {
  const given = entries.filter(([{ verdict, invariant }]) => verdict !== undefined || invariant !== undefined);
  for (const [, at] of given.slice(1)) at.problem('the verdict is given twice; expected one entry with "verdict"');
  const [first] = given;
  if (first === undefined) return { verdict: 'pass', invariant: null };
  const [{ verdict, invariant }, at] = first;
  if (invariant === undefined) return { verdict: verdict ?? 'pass', invariant: null };
  if (verdict !== 'violation') at.at('invariant').problem('"invariant" goes with "verdict: violation"', 'key');
  checkKnown('invariant', invariant, at.scope.vocabulary.invariants, at.at('invariant'));
  return { verdict: 'violation', invariant };
}

function marksOf({ mark }: RawExpectation, place: Place): Expectations['marks'] {
  if (mark === undefined) return [];
  if (typeof mark === 'string') return [{ name: useMark(mark, 1, place), min: 1, max: Number.MAX_SAFE_INTEGER }];
  const max = mark.max ?? Number.MAX_SAFE_INTEGER;
  // `max: 0` alone says that it must not occur.
  const min = mark.min ?? Math.min(1, max);
  checkBounds(min, max, place);
  return [{ name: useMark(mark.name, min, place.at('name')), min, max }];
}

function conditionsOf(
  {
    verdict: _verdict,
    invariant: _invariant,
    anySeed: _anySeed,
    everySeed: _everySeed,
    mark: _mark,
    ...rest
  }: RawExpectation,
  place: Place,
): readonly Condition[] {
  return Object.keys(rest).length === 0 ? [] : [conditionOf(rest, place)];
}

function isList(raw: z.output<typeof expectations>): raw is RawExpectation[] {
  return Array.isArray(raw);
}

/** 16 hexadecimal digits, which YAML may take for a number. */
const hash = leaf(
  'a hash of 16 hexadecimal digits',
  { type: ['string', 'integer'], pattern: '^[0-9a-f]{16}$' },
  '',
  (value) => {
    const said = textOf(value) ?? '';
    if (!/^[0-9a-f]{16}$/u.test(said))
      throw new InvalidValue(`expected a hash of 16 hexadecimal digits, got ${found(value)}`);
    return said;
  },
);

const unmet = mapping('an expectation like { kind: mark, id: split-vote }', {
  kind: needed(
    word('step', 'expectation', 'mark', 'fault', 'liveness', 'load', 'nothing-happened'),
    'The kind of expectation.',
  ),
  id: key(text, 'The mark, liveness property, invariant or kind of fault.', 'none'),
  path: key(text, 'The step.', 'none'),
  node: key(text, 'The node.', 'none'),
  at: key(whole('a virtual time in microseconds', 0, Number.MAX_SAFE_INTEGER), 'When it was found.', 'none'),
  text: key(text, 'The whole of it as a sentence.', 'none'),
});

/** What a repro file says about its run. */
export const repro = mapping('what the run gave: { verdict, invariant, unmet, hash, events, versions }', {
  verdict: needed(word('pass', 'violation', 'unmet', 'inconclusive'), 'The verdict.'),
  invariant: key(text, 'The invariant that was violated.', 'none'),
  unmet: key(list('a list of expectations', unmet), 'The expectations that were not met.', '[]'),
  hash: needed(hash, 'The hash over every event.'),
  events: needed(whole('a number of events', 0, Number.MAX_SAFE_INTEGER), 'The number of events.'),
  versions: key(record('versions by name like { whitewater: 0.1.0 }', text), 'The versions that made it.'),
});

export function reproOf(raw: z.output<typeof repro> | undefined, place: Place): Repro | null {
  if (raw === undefined) return null;
  const { verdict, invariant = null, unmet: missing = [], hash: given, events, versions = {} } = raw;
  if (invariant !== null) checkKnown('invariant', invariant, place.scope.vocabulary.invariants, place.at('invariant'));
  return { verdict, invariant, unmet: missing.map(recordedOf), hash: given, events, versions: { ...versions } };
}

function recordedOf({ kind, id, path, node, at, text: said }: z.output<typeof unmet>): RecordedUnmet {
  return { kind, id: id ?? null, path: path ?? null, node: node ?? null, at: at ?? null, text: said ?? null };
}
