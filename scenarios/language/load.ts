import type { Micros } from '../../sim/protocol.ts';
import type { RawStep } from './step-language.ts';
import { chaosOf, isSwarm } from './chaos.ts';
import { clientsOf, clientsSummary } from './clients.ts';
import { clocksOf, clusterOf, disksOf, processesOf } from './cluster.ts';
import { checkCopies } from './copies.ts';
import { parseDocument } from './document.ts';
import { type Problem, ScenarioError } from './errors.ts';
import { checkPossible } from './possible.ts';
import { checkFinite } from './finite.ts';
import { type Combination, combinationsOf, namingSettings, settingsOf, together } from './matrix.ts';
import { networkOf } from './network.ts';
import { KINDS_OF_NODES, type NodeNames, nodeNamesOf } from './node-names.ts';
import { exceptOf, expectationsOf, reproOf } from './outcome.ts';
import { Place } from './place.ts';
import { Problems } from './problems.ts';
import { Reader } from './reader.ts';
import type { Scope, Vocabulary } from './scope.ts';
import { HasMessage, noUses, Remembered } from './scope.ts';
import { drawsNodes, withSomeNodes } from './drawn-nodes.ts';
import { type Setting, withSettings } from './settings.ts';
import { STEPS } from '../actions/index.ts';
import { boundNames } from './step-language.ts';
import type { RaftPlan, Scenario, Step, SwarmPlan } from '../scenario.ts';
import { scenarioSchema } from './schema.ts';
import type { RawScenario } from './schema.ts';
import { checkUpgrades, longestTimeout, usedVersions } from './versions.ts';
import { dataOf, type Tree, treeOf } from './tree.ts';

export type { Vocabulary } from './scope.ts';

const DEFAULT_LIMITS = { time: 600_000_000, events: 10_000_000, steps: 1_000_000, memory: 750_000_000 };
const LEAST_SETTLE = 10_000_000;
/** And at least this many of the longest election timeouts: an election is a game of chance, and may fail many times. */
const SETTLE_TIMEOUTS = 40;

/**
 * Loads a scenario: YAML text to the form that runs.
 *
 * @param text The file's contents.
 * @param file Its path, for messages, and for the name of a scenario that has none.
 * @param vocabulary The names that mean something to the caller; an empty list is not checked.
 * @throws ScenarioError with every mistake of the scenario, in the order of the file, or if its matrix has several
 * combinations. Nothing else is ever thrown.
 *
 * @example
 * ```ts
 * const scenario = loadScenario('cluster: { nodes: 3 }', 'quiet.yaml', vocabulary);
 * scenario.cluster.nodes; // ['n1', 'n2', 'n3']
 * ```
 */
export function loadScenario(text: string, file: string, vocabulary: Vocabulary): Scenario {
  const [scenario, ...others] = loadScenarios(text, file, vocabulary);
  if (others.length > 0) {
    const { problems } = parsed(text, file);
    const count = String(others.length + 1);
    problems.add(['matrix'], `${count} combinations, where one scenario is expected`, 'key');
    problems.throwIfAny();
  }
  return scenario!;
}

/**
 * Loads the combinations of a scenario's matrix, in order. Without a matrix there is one scenario.
 *
 * @param given Settings of the command line, at different paths.
 * @throws ScenarioError with every mistake of every combination, whose message says with which settings it occurs. Nothing
 * else is ever thrown.
 */
export function loadScenarios(
  text: string,
  file: string,
  vocabulary: Vocabulary,
  given: readonly Setting[] = [],
): readonly Scenario[] {
  const { plain, tree, problems } = parsed(text, file);
  const combinations = tree === null || problems.any ? [[]] : combinationsOf(tree, given, problems);
  if (tree === null || combinations.length === 0) {
    problems.throwIfAny();
    throw new Error('nothing is wrong with a document that cannot be read');
  }
  const load = (combination: Combination, own: Problems): Scenario | null =>
    scenarioOf(withSettings(tree, combination, own), file, vocabulary, own);
  const loaded = combinations.map((combination) => {
    const own = combinations.length === 1 && combination.length === 0 ? problems : new Problems(plain, file);
    return { combination, scenario: load(combination, own), own };
  });
  const said = (of: (from: Problems) => readonly Problem[]) =>
    namingSettings(
      loaded.map(({ combination, own }) => ({ combination, problems: of(own) })),
      () => {
        const without = new Problems(plain, file);
        load([], without);
        return of(without);
      },
    );
  const errors = together(said(({ errors }) => errors));
  if (errors.length > 0) throw new ScenarioError(errors);
  const warnings = said(({ warnings }) => warnings);
  return loaded.map(({ scenario, combination }, index) => {
    return { ...scenario!, settings: settingsOf(combination), warnings: warnings[index]! };
  });
}

/**
 * Loads a scenario from plain data that has been made, not written.
 *
 * @throws ScenarioError with every mistake
 */
export function loadMade(data: object, file: string, vocabulary: Vocabulary): Scenario {
  const problems = new Problems('', file);
  const scenario = scenarioOf(treeOf(data, { start: 0, end: 0 }), file, vocabulary, problems);
  problems.throwIfAny();
  return scenario!;
}

/** Every mistake of a scenario; one with a matrix is read with its first combination. */
export function examine(text: string, file: string, vocabulary: Vocabulary): Problems {
  const { tree, problems } = parsed(text, file);
  if (tree === null) return problems;
  const [first = []] = problems.any ? [] : combinationsOf(tree, [], problems);
  scenarioOf(withSettings(tree, first, problems), file, vocabulary, problems);
  return problems;
}

function parsed(text: string, file: string) {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text;
  const problems = new Problems(plain, file);
  const tree = parseDocument(plain, problems);
  problems.root = tree;
  return { plain, tree, problems };
}

/** Null if the document is no mapping, which is reported. */
function scenarioOf(tree: Tree, file: string, vocabulary: Vocabulary, problems: Problems): Scenario | null {
  problems.root = tree;
  const raw = new Reader(problems).read(scenarioSchema, withSomeNodes(tree), []);
  if (tree.kind !== 'mapping') return null;
  return compile(raw, tree, file, vocabulary, problems);
}

/** Looks up names, fills in defaults, and reports what only makes no sense as a whole. */
function compile(raw: RawScenario, tree: Tree, file: string, vocabulary: Vocabulary, problems: Problems): Scenario {
  // Names and clients can be checked only if the places that define them are valid.
  const { count, hasLoad } = clientsSummary(raw.clients);
  const isWrong = (kind: string): boolean => problems.concern(['cluster', kind]);
  const clusterIsSound = !KINDS_OF_NODES.some(isWrong) && (problems.has(['cluster', 'nodes']) || drawsNodes(tree));
  const clientsAreSound = !problems.isReportedAt(['clients']) && !problems.isReportedAt(['clients', 'count']);
  const { script: rawScript = [], timeline: rawTimeline = [] } = raw;
  const members = nodeNamesOf(raw.cluster, new Place(['cluster'], nowhere(vocabulary), problems));
  const scope: Scope = {
    vocabulary,
    nodes: clusterIsSound ? members.nodes : null,
    clients: clientsAreSound ? count : null,
    hasLoad,
    remembered: new Remembered(new Set([...boundNames(rawScript), ...boundNames(rawTimeline)])),
    hasMessage: new HasMessage(),
    timeLimit: problems.concern(['limits']) ? Infinity : (raw.limits?.time ?? DEFAULT_LIMITS.time),
    uses: noUses(),
  };
  const root = new Place([], scope, problems);
  const { script, timeline } = stepsOfBoth(rawScript, rawTimeline, root);
  const chaos = chaosOf(raw.chaos, root.at('chaos'));
  checkFinite(script, timeline, root);
  const waitedFor = [...scope.uses.marks];
  scope.uses.marks.clear();
  const expect = expectationsOf(raw.expect, root.at('expect'));
  const { neededMarks, neededOperations, upgrades, backups, restores, ...uses } = scope.uses;
  const marks = [...new Set([...uses.marks, ...waitedFor])];
  if (raw.limits?.time === 0) root.at('limits', 'time').problem('a limit of 0 leaves no time to run');
  if (raw.limits?.memory === 0) root.at('limits', 'memory').problem('a limit of 0 leaves no memory to run in');
  const cluster = clusterOf(raw.cluster, members, root.at('cluster'));
  const versions = usedVersions(cluster, upgrades);
  checkUpgrades(upgrades, cluster);
  checkCopies(backups, restores);
  const scenario = {
    name: raw.name ?? nameOf(file),
    settings: {},
    file,
    about: raw.about ?? null,
    source: raw.source ?? null,
    tags: raw.tags ?? [],
    seed: raw.seed ?? '1',
    cluster,
    network: networkOf(raw.network, root.at('network')),
    disks: disksOf(raw.disk, root.at('disk')),
    clocks: clocksOf(raw.clock, root.at('clock')),
    processes: processesOf(raw.process, root.at('process')),
    clients: clientsOf(raw.clients, root.at('clients')),
    script,
    timeline,
    chaos,
    swarm: isSwarm(raw.chaos) ? swarmOf(raw, members, tree) : null,
    settle: raw.settle === 'off' ? null : { within: raw.settle?.within ?? defaultSettle(versions.options) },
    checks: { except: exceptOf(raw.checks, root.at('checks')) },
    expect,
    limits: {
      time: scope.timeLimit,
      events: raw.limits?.events ?? DEFAULT_LIMITS.events,
      steps: raw.limits?.steps ?? DEFAULT_LIMITS.steps,
      memory: raw.limits?.memory ?? DEFAULT_LIMITS.memory,
    },
    repro: reproOf(raw.repro, root.at('repro')),
    uses: { ...uses, ...versions, marks },
    warnings: [],
    written: dataOf(tree) as Scenario['written'],
  };
  if (!problems.any) checkPossible(scenario, { neededMarks, neededOperations }, root);
  return { ...scenario, warnings: problems.warnings };
}

/** How long a cluster with these election timeouts may stand still before it counts as dead. */
function defaultSettle(options: readonly RaftPlan[]): Micros {
  return Math.max(LEAST_SETTLE, SETTLE_TIMEOUTS * longestTimeout(options));
}

function stepsOfBoth(rawScript: readonly RawStep[], rawTimeline: readonly RawStep[], root: Place) {
  const script = STEPS.stepsOf(rawScript, root.at('script'));
  // Which comes first, a step of the script or one of the timeline, is known only when they run.
  const inOrder = root.scope.remembered.outOfOrder(() => STEPS.stepsOf(rawTimeline, root.at('timeline')));
  const timeline: readonly Step[] = inOrder.toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return { script, timeline };
}

/** What a seed does not draw. */
function swarmOf(raw: RawScenario, { nodes, voters, learners }: NodeNames, tree: Tree): SwarmPlan {
  const named = (some: readonly number[]): readonly string[] => some.map((node) => nodes[node]!);
  const standby = nodes.slice(voters.length + learners.length);
  return {
    given: {
      nodes: drawsNodes(tree) ? null : { voters: named(voters), learners: named(learners), standby },
      clients: raw.clients === undefined ? null : clientsSummary(raw.clients).count,
    },
  };
}

function nowhere(vocabulary: Vocabulary): Scope {
  return {
    vocabulary,
    nodes: null,
    clients: null,
    hasLoad: false,
    remembered: new Remembered(new Set()),
    hasMessage: new HasMessage(),
    timeLimit: 0,
    uses: noUses(),
  };
}

/** A name for a scenario that has none: that of its file, in the letters a name may have. */
function nameOf(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).replace(/\.ya?ml$/u, '');
  const clean = base.replace(/[^\w.-]+/gu, '-').replace(/^[^A-Za-z]+/u, '');
  return clean === '' ? 'scenario' : clean.slice(0, 100);
}
