import * as z from 'zod';
import type { ActionDefinition, InnerSteps, Spelling, Topic } from '../actions/definition.ts';
import { longest } from '../../sim/base/distribution.ts';
import type { Action, Step } from '../scenario.ts';
import type { SettingValue } from '../settings.ts';
import { didYouMean, sameWord, suggestion } from './did-you-mean.ts';
import { distribution, distributionOf } from './distribution.ts';
import { moveIn } from './move-key.ts';
import type { Place } from './place.ts';
import type { Path } from './problems.ts';
import { renamedTo } from './renamed.ts';
import { key, keysInside, mapping, needed, withTraits } from './shapes.ts';
import type { TreeReader } from './shapes.ts';
import type { MappingTree, Tree } from './tree.ts';
import { dataOf, foundAt, quoted } from './tree.ts';
import { drawsOfStep, duration, name, text, word } from './values.ts';

/** Every kind of action with its definition. */
export type ActionTable = { readonly [K in Action['kind']]: ActionDefinition<K> };

/** A definition whose kind is not known. */
export type AnyDefinition = ActionDefinition<Action['kind']>;

/** A key that makes a step an action, with what belongs to that action. */
export interface ActionForm extends Spelling<Action> {
  readonly topic: Topic;
  readonly control: boolean;
  readonly within: boolean;
  readonly chooses: boolean;
  readonly strikes: boolean;
  readonly lasts: boolean;
}

/** A step as it was read, before its names are resolved; null if it was not a step, which has been reported. */
export type RawStep = {
  readonly form: ActionForm;
  readonly value: unknown;
  readonly modifiers: Readonly<Record<string, unknown>>;
  /** The step as data. */
  readonly written: Readonly<Record<string, SettingValue>>;
} | null;

/** Called for each compiled step with its place. */
export type CheckStep = (step: Step, place: Place) => void;

type Where = 'script' | 'timeline' | 'chaos' | 'strike';

const STEP = 'a step like { crash: leader }';

const within = key(duration, 'How long the step may wait to become possible or true; then the run is unmet.', '10s');
const withinStrike = key(duration, 'How long the step may wait to become possible; then it is skipped.', '0ms');
const otherwise = key(
  word('skip'),
  'What becomes of a step that is not possible or true in time: `skip` goes on without it.',
  'the run is unmet',
);
const as = key(name('a name', 'old'), 'Remembers the nodes chosen; later steps call them by this name with a `$`.');
const must = key(
  word('strike'),
  'The fault must strike in each run, or the run is unmet; otherwise in at least one run of an invocation.',
);
const label = key(text, 'What reports call the step.');
const draws = key(
  drawsOfStep,
  'Whose random draws the step makes, like `script[2] 1`: those of the first execution of that step. Resolved files have it.',
  'its own',
);
const after = key(distribution, 'A pause before the step.', '0ms');
const lasts = key(
  distribution,
  'How long the fault lasts before it is undone by itself; the script goes on meanwhile, and is not over before.',
  'until a later step, or settling, ends it',
);
const at = needed(duration, 'When it happens, from the start of the run.');

/** Keys that go with any step, for each place of a step. */
export function commonKeys(where: Where): z.ZodRawShape {
  return where === 'script'
    ? { after, within, otherwise, as, for: lasts, must, label, draws }
    : { at, within, otherwise, as, for: lasts, must, label, draws };
}

/** All keys that name an action, in the order of the table. */
export function formsOf(table: ActionTable): readonly ActionForm[] {
  return Object.values(table as Readonly<Record<string, AnyDefinition>>).flatMap((definition) => {
    const { topic, control = false, within: waits = true, chooses = true, strikes = false } = definition;
    const { lasts = strikes } = definition;
    return definition.spellings.map((spelling) => ({
      ...spelling,
      topic,
      control,
      within: waits,
      chooses,
      strikes,
      lasts,
    }));
  });
}

/** The actions as the step language knows them, made when the first step is read. */
interface Vocabulary {
  readonly table: ActionTable;
  readonly forms: ReadonlyMap<string, ActionForm>;
  readonly keys: readonly string[];
  /** All keys that can stand beside an action. */
  readonly modifiers: readonly string[];
  readonly mappings: Readonly<Record<Where, ReadonlyMap<string, z.ZodObject>>>;
}

function vocabularyOf(table: ActionTable): Vocabulary {
  const forms = formsOf(table);
  const mappingsFor = (where: Where, some: readonly ActionForm[]) =>
    new Map(some.map((form) => [form.key, stepMapping(form, where)]));
  return {
    table,
    forms: new Map(forms.map((form) => [form.key, form])),
    keys: forms.map((form) => form.key),
    modifiers: [
      ...new Set([
        'after',
        'at',
        'within',
        'otherwise',
        'as',
        'must',
        'for',
        'label',
        'draws',
        ...forms.flatMap((form) => Object.keys(form.modifiers)),
      ]),
    ],
    mappings: {
      script: mappingsFor('script', forms),
      timeline: mappingsFor(
        'timeline',
        forms.filter((form) => !form.control),
      ),
      chaos: mappingsFor(
        'chaos',
        forms.filter((form) => !form.control),
      ),
      strike: mappingsFor(
        'strike',
        forms.filter((form) => !form.control),
      ),
    },
  };
}

function isChaos(where: Where): where is 'chaos' | 'strike' {
  return where === 'chaos' || where === 'strike';
}

/** The mapping that a step with this action is. */
function stepMapping(form: ActionForm, where: Where): z.ZodObject {
  const own = { [form.key]: needed(form.value, form.about), ...form.modifiers };
  if (isChaos(where)) {
    const inside = (given: string): string | null => strayInChaos(given, where) ?? strayModifier(given, form);
    const more = { after, ...(form.within && { within: withinStrike }), ...(form.chooses && { as }) };
    return mapping(
      STEP,
      { ...own, ...(where === 'strike' && more), ...(form.lasts && { for: lasts }), label, draws },
      { inside },
    );
  }
  const shape = {
    ...own,
    ...(where === 'script' ? { after } : { at }),
    ...(form.within && { within, otherwise }),
    ...(form.chooses && { as }),
    ...(form.lasts && { for: lasts }),
    ...(form.strikes && { must }),
    label,
    draws,
  };
  return mapping(STEP, shape, { inside: (given) => strayModifier(given, form) });
}

/**
 * How steps are read and compiled. Control actions hold steps and are actions themselves, so the table of actions is
 * looked up only when it is needed.
 */
export class StepLanguage {
  /** The step of a script, and of the `do:` of its control steps. */
  readonly scriptStep: z.ZodType<RawStep>;
  readonly timelineStep: z.ZodType<RawStep>;
  /** What a strike of chaos may do. */
  readonly chaosStep: z.ZodType<RawStep>;
  /** One of several steps of a strike. */
  readonly strikeStep: z.ZodType<RawStep>;
  readonly #tableOf: () => ActionTable;
  #vocabulary: Vocabulary | null = null;

  constructor(tableOf: () => ActionTable) {
    this.#tableOf = tableOf;
    this.scriptStep = this.#stepSchema('script', 'step', 'A step: one action, and modifiers.');
    this.timelineStep = this.#stepSchema(
      'timeline',
      'timelineStep',
      'A step of the timeline: one action, and when it happens.',
    );
    this.chaosStep = this.#stepSchema('chaos', 'chaosStep', 'What a strike of chaos does: one action, and modifiers.');
    this.strikeStep = this.#stepSchema('strike', 'strikeStep', 'One of several steps that a strike of chaos does.');
  }

  get #known(): Vocabulary {
    return (this.#vocabulary ??= vocabularyOf(this.#tableOf()));
  }

  #stepSchema(where: Where, id: string, description: string): z.ZodType<RawStep> {
    const union = z.lazy(() => z.union([...this.#known.mappings[where].values()]));
    const schema = union.meta({ id, description });
    withTraits(schema, {
      expected: STEP,
      read: (tree, path, reader) => readStep(this.#known, where, tree, path, reader),
    });
    // What the reader makes of a step is for `traits.read` to say; zod sees the YAML.
    return schema as unknown as z.ZodType<RawStep>;
  }

  /** Looks up the names in steps. What a step binds with `as` is known to those after it. */
  readonly stepsOf = (raw: readonly RawStep[], place: Place, check?: CheckStep): readonly Step[] => {
    const steps: Step[] = [];
    for (const [index, one] of raw.entries()) {
      const here = place.at(index);
      const step = this.stepOf(one, here);
      if (step === null) continue;
      check?.(step, here);
      steps.push(step);
    }
    return steps;
  };

  /** Looks up the names in a step; null for one that was wrong, which has been reported. */
  readonly stepOf = (raw: RawStep, place: Place): Step | null => {
    return raw === null ? null : stepOf(raw, place, this.#known.table);
  };

  /** Reports a step that takes time where everything happens at one instant. */
  readonly refuseToWait: CheckStep = (step, place) => {
    const { table } = this.#known;
    const what = waitOf(step, table);
    if (what !== null) place.problem(`${what} inside "together", where all steps happen at one instant`);
    for (const { key: under, steps } of innerStepsAtOnce(step.action, table)) {
      if (steps.some((one) => waitsDeep(one, table)))
        place.at(under).problem('a wait inside "together", where all steps happen at one instant');
    }
  };
}

/** Reads a step: finds its action by its key, so that everything else can be judged by what goes with that. */
function readStep(known: Vocabulary, where: Where, tree: Tree, path: Path, reader: TreeReader): RawStep {
  const { problems } = reader;
  if (tree.kind !== 'mapping') {
    problems.add(path, `expected ${STEP}, got ${foundAt(tree)}${hintOf(tree, known)}`);
    return null;
  }
  const form = formOf(tree, path, reader, known);
  if (form === null) return null;
  const schema = known.mappings[where].get(form.key);
  if (schema === undefined) {
    const here = isChaos(where) ? 'chaos' : 'the timeline';
    problems.add([...path, form.key], `"${form.key}" controls the script; ${here} has no such steps`, 'key');
    return null;
  }
  const given = tree.entries.find(({ key: word }) => word === form.key)!.value;
  const meant = form.meant?.(given) ?? null;
  if (meant !== null) {
    const at = [...path, form.key];
    problems.add(at, meant.message, 'key');
    if (meant.key !== null) problems.replaceBy(meant.key, at, 'key');
    return null;
  }
  const fitting = tree.entries.filter(({ key: given }) => {
    if (Object.hasOwn(schema.shape, given)) return true;
    const mistake = (isChaos(where) ? strayInChaos(given, where) : null) ?? strayKey(given, form, known);
    if (mistake === null) return true;
    problems.add([...path, given], mistake, 'key');
    if (Object.hasOwn(keysInside(form.value), given)) moveIn([...path, given], [form.key], problems);
    return false;
  });
  const read = reader.read(schema, { ...tree, entries: fitting }, path) as Readonly<Record<string, unknown>>;
  return { form, value: read[form.key], modifiers: read, written: dataOf(tree) as NonNullable<RawStep>['written'] };
}

/** The action of a step; mistakes about which it is are reported. */
function formOf(
  tree: MappingTree,
  path: Path,
  { problems }: TreeReader,
  { forms, keys, modifiers }: Vocabulary,
): ActionForm | null {
  const given = tree.entries.map((entry) => entry.key);
  const named = given.map((word) => forms.get(word)).filter((form) => form !== undefined);
  // `disk` and `expect` are actions, and modifiers of other actions.
  const own = named.filter((form) => !named.some((other) => Object.hasOwn(other.modifiers, form.key)));
  const [first] = own;
  if (first !== undefined) return first;
  const unknown = given.filter((word) => !modifiers.includes(word));
  const [wrong] = unknown;
  if (wrong === undefined)
    problems.add(
      path,
      given.includes('for') && given.includes('do')
        ? '"for" says how long a fault lasts, beside its action; "each" executes steps for each of several nodes, "repeat" several times'
        : `no action; expected one, such as crash or wait, beside ${given.join(', ') || 'nothing'}`,
    );
  else {
    problems.add([...path, wrong], unknownAction(wrong, keys), 'key');
    const same = sameWord(wrong, keys);
    if (same !== null) problems.replaceBy(same, [...path, wrong], 'key');
  }
  for (const other of unknown.slice(1)) {
    problems.add([...path, other], `unknown key ${quoted(other)}${suggestion(other, [...keys, ...modifiers])}`, 'key');
  }
  return null;
}

function unknownAction(word: string, keys: readonly string[]): string {
  const renamed = renamedTo('key', word, keys);
  if (renamed !== null) return renamed;
  if (word === 'stop')
    return 'unknown action "stop"; "crash" ends a process, "pause" has it stand still until "resume"';
  const near = didYouMean(word, keys);
  const hint = near === null ? `; actions are ${keys.join(', ')}` : `; did you mean "${near}"?`;
  return `unknown action ${quoted(word)}${hint}`;
}

/** The problem of a key that does not go with an action; null for an unknown key. */
function strayKey(given: string, form: ActionForm, { forms, keys }: Vocabulary): string | null {
  const modifier = strayModifier(given, form);
  if (modifier !== null) return modifier;
  if (Object.hasOwn(keysInside(form.value), given)) {
    return `"${given}" belongs inside the value of "${form.key}": ${form.key}: { ${given}: … }`;
  }
  const owners = [...forms.values()].filter((other) => Object.hasOwn(other.modifiers, given)).map((other) => other.key);
  if (keys.includes(given)) {
    const also = owners.length === 0 ? '' : ` ("${given}" as a modifier goes with ${owners.join(', ')})`;
    return `a second action "${given}" beside "${form.key}"; a step has one${also}`;
  }
  if (owners.length > 0) return `"${given}" does not go with "${form.key}"; it goes with ${owners.join(', ')}`;
  return null;
}

/** The problem of a key that goes with the steps of a script or timeline, and not with those of chaos. */
function strayInChaos(given: string, where: 'chaos' | 'strike'): string | null {
  if (given === 'otherwise' || (given === 'within' && where === 'chaos')) {
    return `"${given}" means nothing here: what chaos cannot do at once is skipped`;
  }
  if (given === 'must') return '"must" means nothing here: a strike may be skipped';
  if (given === 'at') return '"at" means nothing here: the process says when it strikes';
  if (where === 'strike') return null;
  if (given === 'after') return '"after" means nothing here: the process says when it strikes';
  if (given === 'as') return '"as" means nothing here: no step comes after this one';
  return null;
}

/** The problem of a key that goes with other actions than this; null: it is none that goes with many actions. */
function strayModifier(given: string, form: ActionForm): string | null {
  if (given === 'at') return '"at" belongs to the timeline; in a script, "after" makes a pause before a step';
  if (given === 'after') return '"after" belongs to the script; in the timeline, "at" says when';
  if (given === 'within') return `"within" has nothing to wait for beside "${form.key}"`;
  if (given === 'otherwise') return `"otherwise" has nothing to wait for beside "${form.key}"`;
  if (given === 'for') {
    const hint = form.control ? `; "wait" lets time pass, "within" bounds a wait` : '';
    return `"for" goes with faults that can be undone; "${form.key}" is none${hint}`;
  }
  if (given === 'must') return `"must" goes with faults; "${form.key}" injects none`;
  if (given === 'as' && form.key === 'each') return '"as" is not needed: in the steps of "each", $it is the node';
  if (given === 'as') return `"as" has nothing to remember: "${form.key}" chooses no nodes`;
  return null;
}

function hintOf(tree: Tree, { keys }: Vocabulary): string {
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return '';
  const { value } = tree;
  return keys.includes(value) ? `; did you mean { ${value}: … }?` : '';
}

function stepOf({ form, value, modifiers, written }: NonNullable<RawStep>, place: Place, table: ActionTable): Step {
  const common = modifiers as z.output<
    z.ZodObject<{
      after: typeof after;
      within: typeof within;
      otherwise: typeof otherwise;
      as: typeof as;
      for: typeof lasts;
      must: typeof must;
      label: typeof label;
      draws: typeof draws;
    }>
  >;
  const when = modifiers as { readonly at?: number };
  const action = form.build(value, modifiers, place);
  if (common.as !== undefined && definitionIn(table, action).choosesNothing?.(action) === true) {
    place.at('as').problem(`"as" has nothing to remember: this "${form.key}" chooses no nodes`, 'key');
  }
  if (common.as !== undefined && common.as !== '') place.scope.remembered.bind(common.as);
  return {
    action,
    after: common.after === undefined ? null : distributionOf(common.after, place.at('after')),
    lasts: common.for === undefined ? null : distributionOf(common.for, place.at('for')),
    at: when.at ?? null,
    within: common.within ?? null,
    maySkip: common.otherwise !== undefined,
    mustStrike: common.must !== undefined,
    as: common.as ?? null,
    label: common.label ?? null,
    path: place.text,
    line: place.line,
    draws: common.draws ?? null,
    written,
  };
}

/** What makes a step take time, or null. */
function waitOf(step: Step, table: ActionTable): string | null {
  if (step.after !== null && longest(step.after) > 0) return 'a pause ("after")';
  return definitionIn(table, step.action).waits?.(step.action, step) ?? null;
}

function waitsDeep(step: Step, table: ActionTable): boolean {
  if (waitOf(step, table) !== null) return true;
  return innerStepsAtOnce(step.action, table).some(({ steps }) => steps.some((one) => waitsDeep(one, table)));
}

/** The steps that an action executes itself: those of an armed trigger run later. */
function innerStepsAtOnce(action: Action, table: ActionTable): readonly InnerSteps[] {
  return action.kind === 'on' ? [] : (definitionIn(table, action).innerSteps?.(action) ?? []);
}

/** The definition of an action. The type of the table guarantees that it fits the kind of the action. */
export function definitionIn(table: ActionTable, { kind }: Action): AnyDefinition {
  return table[kind] as AnyDefinition;
}

/** All names bound with `as` in these steps and the steps they hold. */
export function boundNames(raw: readonly RawStep[]): readonly string[] {
  return raw.flatMap((step) => {
    if (step === null) return [];
    const { as: own } = step.modifiers as { readonly as?: string };
    const inner = [step.value, step.modifiers['do'], step.modifiers['else']].filter(isSteps);
    return [...(own === undefined ? [] : [own]), ...inner.flatMap(boundNames)];
  });
}

function isSteps(value: unknown): value is readonly RawStep[] {
  return Array.isArray(value) && value.every((one) => one === null || (typeof one === 'object' && 'form' in one));
}
