import * as z from 'zod';
import type { Action, Step } from '../scenario.ts';
import type { ActionSpec, RawStep } from './action.ts';
import { clientActions } from './client-actions.ts';
import { controlActions } from './control-actions.ts';
import { didYouMean, suggestion } from './did-you-mean.ts';
import { networkActions } from './network-actions.ts';
import { nodeActions } from './node-actions.ts';
import { adminActions } from './admin-actions.ts';
import type { Place } from './place.ts';
import type { Path } from './problems.ts';
import { key, mapping, needed, withTraits } from './shapes.ts';
import type { TreeReader } from './shapes.ts';
import type { MappingTree, Tree } from './tree.ts';
import { foundAt, quoted } from './tree.ts';
import { duration, name, text } from './values.ts';

type Where = 'script' | 'timeline';

const STEP = 'a step like { crash: leader }';

const within = key(duration, 'How long the step may wait to become possible or true; then the run is unmet.', '10s');
const as = key(name('a name', 'old'), 'Remembers the nodes chosen; later steps call them by this name with a `$`.');
const label = key(text, 'What reports call the step.');
const after = key(duration, 'A pause before the step.', '0ms');
const at = needed(duration, 'When it happens, from the start of the run.');

/** The step of a script, and of the `do:` of its control steps. */
const scriptStep: z.ZodType<RawStep> = stepSchema('script');

/** Every action there is. */
export const ACTIONS: readonly ActionSpec[] = [
  ...nodeActions,
  ...adminActions,
  ...networkActions,
  ...clientActions,
  ...controlActions(scriptStep, stepsOf),
];

const KEYS: readonly string[] = ACTIONS.map((spec) => spec.key);

export const timelineStep: z.ZodType<RawStep> = stepSchema('timeline');

const MAPPINGS: Readonly<Record<Where, ReadonlyMap<string, z.ZodObject>>> = {
  script: new Map(ACTIONS.map((spec) => [spec.key, stepMapping(spec, 'script')])),
  timeline: new Map(ACTIONS.filter((spec) => !spec.control).map((spec) => [spec.key, stepMapping(spec, 'timeline')])),
};

export { scriptStep };

/** Keys that go with any step, by where the step stands. */
export function commonKeys(where: Where): z.ZodRawShape {
  return where === 'script' ? { after, within, as, label } : { at, within, as, label };
}

function stepSchema(where: Where): z.ZodType<RawStep> {
  const described =
    where === 'script' ? 'A step: one action, and modifiers.' : 'A step of the timeline: one action, and when.';
  const union = z.lazy(() => z.union([...MAPPINGS[where].values()]));
  const schema = union.meta({ id: where === 'script' ? 'step' : 'timelineStep', description: described });
  withTraits(schema, { expected: STEP, read: (tree, path, reader) => readStep(where, tree, path, reader) });
  // What the reader makes of a step is for `traits.read` to say; zod sees the YAML.
  return schema as unknown as z.ZodType<RawStep>;
}

/** The mapping an action is spelled with. */
function stepMapping(spec: ActionSpec, where: Where): z.ZodObject {
  const shape = {
    [spec.key]: needed(spec.value, spec.about),
    ...spec.modifiers,
    ...(where === 'script' ? { after } : { at }),
    ...(spec.within && { within }),
    ...(spec.chooses && { as }),
    label,
  };
  return mapping(STEP, shape);
}

/** Reads a step: finds its action by its key, so that everything else can be judged by what goes with that. */
function readStep(where: Where, tree: Tree, path: Path, reader: TreeReader): RawStep {
  const { problems } = reader;
  if (tree.kind !== 'mapping') {
    problems.add(path, `expected ${STEP}, got ${foundAt(tree)}${hintOf(tree)}`);
    return null;
  }
  const spec = actionOf(tree, path, reader);
  if (spec === null) return null;
  const schema = MAPPINGS[where].get(spec.key);
  if (schema === undefined) {
    problems.add([...path, spec.key], `"${spec.key}" steers a script; the timeline has no such steps`, 'key');
    return null;
  }
  const fitting = tree.entries.filter(({ key: given }) => {
    if (Object.hasOwn(schema.shape, given)) return true;
    const mistake = strayKey(given, spec);
    if (mistake !== null) problems.add([...path, given], mistake, 'key');
    return mistake === null;
  });
  const read = reader.read(schema, { ...tree, entries: fitting }, path) as Readonly<Record<string, unknown>>;
  return { spec, value: read[spec.key], modifiers: read };
}

/** The action of a step; mistakes about which it is are reported. */
function actionOf(tree: MappingTree, path: Path, { problems }: TreeReader): ActionSpec | null {
  const given = tree.entries.map((entry) => entry.key);
  const named = ACTIONS.filter((spec) => given.includes(spec.key));
  // `disk` and `expect` are actions, and modifiers of other actions.
  const own = named.filter((spec) => !named.some((other) => Object.hasOwn(other.modifiers, spec.key)));
  const first = given.map((word) => own.find((spec) => spec.key === word)).find((spec) => spec !== undefined);
  if (first !== undefined) return first;
  const modifiers = modifierKeys();
  const unknown = given.filter((word) => !modifiers.includes(word));
  const [wrong] = unknown;
  if (wrong === undefined)
    problems.add(path, `no action; expected one, such as crash or wait, beside ${given.join(', ') || 'nothing'}`);
  else problems.add([...path, wrong], unknownAction(wrong), 'key');
  for (const other of unknown.slice(1)) {
    problems.add([...path, other], `unknown key ${quoted(other)}${suggestion(other, [...KEYS, ...modifiers])}`, 'key');
  }
  return null;
}

function unknownAction(word: string): string {
  const near = didYouMean(word, KEYS);
  const hint = near === null ? `; actions are ${KEYS.join(', ')}` : `; did you mean "${near}"?`;
  return `unknown action ${quoted(word)}${hint}`;
}

/** What is wrong with a key of the language that does not go with an action; null for one that is simply unknown. */
function strayKey(given: string, spec: ActionSpec): string | null {
  if (given === 'at') return '"at" belongs to the timeline; in a script, "after" makes a pause before a step';
  if (given === 'after') return '"after" belongs to the script; in the timeline, "at" says when';
  if (given === 'within') return `"within" has nothing to wait for beside "${spec.key}"`;
  if (given === 'as') return `"as" has nothing to remember: "${spec.key}" chooses no nodes`;
  const owners = ACTIONS.filter((other) => Object.hasOwn(other.modifiers, given)).map((other) => other.key);
  if (KEYS.includes(given)) {
    const also = owners.length === 0 ? '' : ` ("${given}" as a modifier goes with ${owners.join(', ')})`;
    return `a second action "${given}" beside "${spec.key}"; a step has one${also}`;
  }
  if (owners.length > 0) return `"${given}" does not go with "${spec.key}"; it goes with ${owners.join(', ')}`;
  return null;
}

function modifierKeys(): readonly string[] {
  return [
    ...new Set(['after', 'at', 'within', 'as', 'label', ...ACTIONS.flatMap((spec) => Object.keys(spec.modifiers))]),
  ];
}

function hintOf(tree: Tree): string {
  if (tree.kind !== 'scalar' || typeof tree.value !== 'string') return '';
  const { value } = tree;
  return KEYS.includes(value) ? `; did you mean { ${value}: … }?` : '';
}

/** Looks up the names in steps, and tells those that come after what they remember. */
export function stepsOf(
  raw: readonly RawStep[],
  place: Place,
  check: (step: Step, place: Place) => void = () => undefined,
): readonly Step[] {
  const steps: Step[] = [];
  for (const [index, one] of raw.entries()) {
    if (one === null) continue;
    const here = place.at(index);
    const step = stepOf(one, here);
    check(step, here);
    steps.push(step);
  }
  return steps;
}

function stepOf({ spec, value, modifiers }: NonNullable<RawStep>, place: Place): Step {
  const common = modifiers as z.output<
    z.ZodObject<{ after: typeof after; within: typeof within; as: typeof as; label: typeof label }>
  >;
  const when = modifiers as { readonly at?: number };
  const action = spec.build(value, modifiers, place);
  if (common.as !== undefined && choosesNothing(action)) {
    place.at('as').problem(`"as" has nothing to remember: this "${spec.key}" chooses no nodes`, 'key');
  }
  if (common.as !== undefined && common.as !== '') place.scope.remembered.bind(common.as);
  return {
    action,
    after: common.after ?? null,
    at: when.at ?? null,
    within: common.within ?? null,
    as: common.as ?? null,
    label: common.label ?? null,
    path: place.text,
    line: place.line,
  };
}

/** Whether an action that may choose nodes does not, written as it is. */
function choosesNothing(action: Action): boolean {
  if (action.kind === 'heal') return action.what === 'all';
  if (action.kind === 'release' || action.kind === 'weather') return action.links === null;
  return action.kind === 'operation' && action.to === null;
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
  return Array.isArray(value) && value.every((one) => one === null || (typeof one === 'object' && 'spec' in one));
}
