import * as z from 'zod';
import { definitionOf, STEPS } from '../actions/index.ts';
import { CHAOS_FAULTS, type ChaosFault } from '../chaos/faults.ts';
import { describeSpan, type Distribution } from '../../sim/base/distribution.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { SettingValue } from '../settings.ts';
import type { ChaosPlan, ChaosProcess, Step } from '../scenario.ts';
import { didYouMean, oneOf } from './did-you-mean.ts';
import { distribution, distributionOf } from './distribution.ts';
import { event, eventOf } from './events.ts';
import type { Place } from './place.ts';
import type { Path } from './problems.ts';
import { nodesWord, type RawNodes } from './selector-words.ts';
import { nodesOf } from './selectors.ts';
import { either, key, list, mapping, openMapping, type TreeReader, withTraits } from './shapes.ts';
import type { RawStep } from './step-language.ts';
import { dataOf, quoted, textOf, type Tree, treeOf } from './tree.ts';
import { duration, flag, NAME, probability, whole, word } from './values.ts';

/** How long chaos lasts unless the scenario says otherwise. */
const DEFAULT_STOP: Micros = 10_000_000;

const PROCESS = 'a process like { every: 1s..3s }';
const CHAOS = 'a mapping like { crash: { every: 1s..3s } }';

/** Several nodes are alternatives: a strike takes one of them. */
const targets = either('a node or a word like leader, or a list of them', [
  nodesWord,
  list('a list of nodes or words', nodesWord, 1),
]);

/** What a process may do: a fault by its name, a step, or several steps in order. */
type RawDeed =
  | { readonly kind: 'fault'; readonly name: string }
  | { readonly kind: 'step'; readonly step: RawStep }
  | { readonly kind: 'steps'; readonly steps: readonly RawStep[] };

const strikeSteps = list('a list of at least one step', STEPS.strikeStep, 1);

/** A fault by its name is a scalar, a step a mapping, and several are a list; `read` tells them apart. */
const deed = withTraits(
  z.union([z.enum(Object.keys(CHAOS_FAULTS)), STEPS.chaosStep, strikeSteps]) as unknown as z.ZodType<RawDeed | null>,
  { expected: 'a fault like crash, a step like { crash: leader }, or a list of steps', read: readDeed },
);

/** The keys of a process as they are written. */
export const chaosProcess = mapping(PROCESS, {
  every: key(distribution, 'The time from one strike to the next.'),
  at: key(event, 'The event at which it strikes, before the next one; `$it` is where it happened.'),
  chance: key(probability, 'How probable a strike is each time.', '100%'),
  on: key(
    targets,
    'The nodes that its faults are injected on; of a list, each strike takes one.',
    'as the table below says',
  ),
  for: key(distribution, 'How long a fault lasts.', 'as the table below says'),
  max: key(
    word('minority'),
    '`minority`: a strike is skipped if it would leave less than a majority of the voters running and connected.',
    'no limit',
  ),
  times: key(whole('a number of strikes', 1, 1_000_000), 'Most strikes.', 'no limit'),
  start: key(duration, 'When it begins.', '0ms'),
  stop: key(duration, 'When it ends.', 'with `chaos.stop`'),
  do: key(
    list('a list of at least one fault or step', deed, 1),
    'Faults by their names, steps, or lists of steps that follow each other; each strike takes one of them.',
    'the fault of its name',
  ),
});

/** A process with the steps of the faults that it names. */
export interface RawProcess extends z.output<typeof chaosProcess> {
  /** The steps of named faults in their place. */
  readonly written: Readonly<Record<string, SettingValue>>;
  readonly deeds: readonly { readonly place: Path; readonly steps: RawStep | readonly RawStep[] }[];
}

const process = withTraits(chaosProcess.meta({ id: 'chaosProcess' }) as unknown as z.ZodType<RawProcess>, {
  expected: PROCESS,
  read: readProcess,
});

/** Keys of chaos as a whole. */
export const chaosShape = {
  stop: key(duration, 'When chaos ends; the run goes on until then.', '10s, or drawn'),
  swarm: key(flag, 'Whether each seed draws what the scenario does not say, besides these processes.', false),
};

export const chaos = either('swarm, or a mapping like { crash: { every: 1s..3s } }', [
  word('swarm'),
  openMapping(CHAOS, chaosShape, process),
]);

/** Whether each seed is to draw what the scenario does not say. */
export function isSwarm(raw: z.output<typeof chaos> | undefined): boolean {
  return raw === 'swarm' || raw?.swarm === true;
}

function readDeed(tree: Tree, path: Path, reader: TreeReader): RawDeed | null {
  if (tree.kind === 'list') return { kind: 'steps', steps: reader.read(strikeSteps, tree, path) };
  if (tree.kind === 'mapping') return { kind: 'step', step: reader.read(STEPS.chaosStep, tree, path) };
  const name = textOf(tree.value) ?? '';
  if (Object.hasOwn(CHAOS_FAULTS, name)) return { kind: 'fault', name };
  reader.problems.add(path, unknownFault(name, 'a step is written like { crash: leader }'));
  return null;
}

function unknownFault(name: string, otherwise: string): string {
  const names = Object.keys(CHAOS_FAULTS);
  const near = didYouMean(name, names);
  const meant = near === null ? `expected ${oneOf(names)}` : `did you mean "${near}"?`;
  return `unknown fault ${quoted(name)} (${otherwise}); ${meant}`;
}

interface GivenDeed {
  readonly one: RawDeed | null;
  readonly place: Path;
}

/** Reads a process, and the steps that its faults stand for. */
function readProcess(tree: Tree, path: Path, reader: TreeReader): RawProcess {
  const { problems } = reader;
  const name = String(path.at(-1));
  const written = dataOf(tree) as RawProcess['written'];
  if (tree.kind !== 'mapping' && Object.hasOwn(chaosProcess.shape, name)) {
    problems.add(path, `"${name}" belongs to a process, which has a name: crash: { ${name}: … }`, 'key');
    return { written, deeds: [] };
  }
  const raw = { ...reader.read(chaosProcess, tree, path), written };
  if (tree.kind !== 'mapping') return { ...raw, deeds: [] };
  if (!NAME.test(name)) problems.add(path, `${quoted(name)} is no name; expected letters, digits, - and _`, 'key');
  if (!problems.concern(path) && (raw.every === undefined) === (raw.at === undefined)) {
    const what = raw.every === undefined ? 'nothing says when it strikes' : '"every" beside "at"';
    problems.add(path, `${what}; expected either every: 1s..3s, or at: elected`, 'key');
  }
  const own = raw.do?.map((one, index) => ({ one, place: [...path, 'do', index] }));
  if (own === undefined && !Object.hasOwn(CHAOS_FAULTS, name)) {
    problems.add(path, unknownFault(name, 'a process of a name of your own needs "do"'), 'key');
    return { ...raw, deeds: [] };
  }
  const deeds: readonly GivenDeed[] = own ?? [{ one: { kind: 'fault' as const, name }, place: path }];
  if (raw.on !== undefined && deeds.every(({ one }) => one !== null && one.kind !== 'fault')) {
    problems.add([...path, 'on'], 'this means nothing for steps, which name their nodes themselves', 'key');
  }
  if (problems.concern(path)) return { ...raw, deeds: [] };
  return {
    ...raw,
    deeds: deeds.flatMap(({ one, place }: GivenDeed): RawProcess['deeds'] => {
      if (one?.kind === 'steps') return [{ place, steps: one.steps }];
      if (one?.kind !== 'fault') return [{ place, steps: one?.step ?? null }];
      return stepsOfFault(one.name, raw, tree).map((step) => {
        return { place, steps: reader.read(STEPS.chaosStep, treeOf(step, tree), place) };
      });
    }),
  };
}

/** The steps of a fault as they would be written. */
function stepsOfFault(name: string, raw: z.output<typeof chaosProcess>, tree: Tree): readonly object[] {
  const fault: ChaosFault = CHAOS_FAULTS[name as keyof typeof CHAOS_FAULTS];
  const on = fault.on === null ? [''] : (targetsIn(tree) ?? (raw.at === undefined ? fault.on : ['$it']));
  const lasts = fault.lasts === null || raw.for !== undefined ? {} : { for: fault.lasts };
  return on.flatMap((nodes) => fault.steps(nodes)).map((step) => ({ ...step, ...lasts }));
}

/** The words of `on` as they are written; null: there is none. */
function targetsIn(tree: Tree): readonly string[] | null {
  const on = tree.kind === 'mapping' ? tree.entries.find((entry) => entry.key === 'on')?.value : undefined;
  if (on === undefined) return null;
  const words = on.kind === 'list' ? on.items : [on];
  return words.map((one) => (one.kind === 'scalar' ? (textOf(one.value) ?? '') : ''));
}

/** Looks up the names in the processes. */
export function chaosOf(raw: z.output<typeof chaos> | undefined, place: Place): ChaosPlan | null {
  if (raw === undefined || raw === 'swarm') return null;
  const { stop = DEFAULT_STOP, swarm: _, ...processes } = raw;
  const limit = place.scope.timeLimit;
  if (stop > limit) {
    place.at('stop').problem(`${describeSpan(stop)} is beyond limits.time, ${describeSpan(limit)}`);
  }
  return {
    stop,
    processes: Object.entries(processes).map(([name, process]) => processOf(name, process, stop, place.at(name))),
  };
}

function processOf(name: string, raw: RawProcess, end: Micros, place: Place): ChaosProcess {
  const { start = 0, stop = end } = raw;
  if (stop > end) place.at('stop').problem(`${describeSpan(stop)} is after chaos.stop, ${describeSpan(end)}`);
  if (start >= stop) place.at('start').problem(`it ends at ${describeSpan(stop)}, before it begins`);
  const filter = raw.at === undefined ? null : eventOf(raw.at, place.at('at'));
  const { remembered, hasMessage } = place.scope;
  const compile = (): readonly (readonly Step[])[] => {
    if (raw.on !== undefined) checkTargets(raw.on, place.at('on'));
    return place.isSound ? deedsOf(raw, place) : [];
  };
  return {
    name,
    path: place.text,
    line: place.line,
    written: raw.written,
    when: filter === null ? { kind: 'every', gap: gapOf(raw, place) } : { kind: 'at', event: filter },
    chance: raw.chance ?? 1,
    keepsMajority: raw.max !== undefined,
    times: raw.times ?? null,
    start,
    stop,
    do: hasMessage.during(filter?.event === 'sent', () =>
      filter === null ? compile() : remembered.during('it', compile),
    ),
  };
}

function gapOf({ every }: RawProcess, place: Place): Distribution {
  return distributionOf(every ?? [1, 1], place.at('every'));
}

function checkTargets(raw: RawNodes | readonly RawNodes[], place: Place): void {
  if (!isSeveral(raw)) nodesOf(raw, place);
  else for (const [index, one] of raw.entries()) nodesOf(one, place.at(index));
}

function isSeveral(raw: RawNodes | readonly RawNodes[]): raw is readonly RawNodes[] {
  return Array.isArray(raw);
}

/** What a strike may do, each with the time that its fault lasts. */
function deedsOf(raw: RawProcess, place: Place): readonly (readonly Step[])[] {
  const given = raw.for === undefined ? null : distributionOf(raw.for, place.at('for'));
  const deeds = raw.deeds.map(({ place: path, steps }) => {
    const at = place.at(...path.slice(place.path.length));
    if (areSteps(steps)) return STEPS.stepsOf(steps, at);
    // All steps of a named fault have one path, and are one to those who count.
    const step = STEPS.stepOf(steps, at);
    return step === null ? [] : [step];
  });
  if (given !== null && deeds.length > 0 && !deeds.flat().some(mayLast)) {
    place.at('for').problem('this means nothing: what it does is over at once, or ends by itself', 'key');
  }
  return deeds.map((steps) =>
    steps.map((one) => ({
      ...one,
      ...{ within: one.within ?? 0, maySkip: true, lasts: one.lasts ?? (mayLast(one) ? given : null) },
    })),
  );
}

function areSteps(raw: RawStep | readonly RawStep[]): raw is readonly RawStep[] {
  return Array.isArray(raw);
}

function mayLast({ action }: Step): boolean {
  const { strikes = false, lasts = strikes } = definitionOf(action);
  return lasts;
}
