import type { Occurrences, ScenarioTally } from '../runs/campaign/tally.ts';
import type { Fix } from '../runs/load/fix-files.ts';
import type { LoadedScenario, Loading } from '../runs/load/load-files.ts';
import type { Replay } from '../runs/repro/replay.ts';
import type { RunResult, TracedRun, ViolationReport } from '../runs/simulate/result.ts';
import type { Problem } from '../scenarios/language/errors.ts';
import type { TraceEvent } from '../sim/trace-event.ts';
import { describeGap } from './gap.ts';
import { jsonLine } from './json-line.ts';
import type {
  CampaignProblem,
  EndedCampaign,
  FinishedRun,
  FinishedScenario,
  Reporter,
  ReportOutput,
} from './reporter.ts';

/** `whitewater run --json`: a line of JSON per run and per scenario, and last the summary. */
export class NdjsonReporter implements Reporter {
  readonly #output: ReportOutput;

  constructor(output: ReportOutput) {
    this.#output = output;
  }

  runFinished({ result, repro }: FinishedRun): void {
    this.#output.write(jsonLine('run', { ...runFields(result, repro), ...wallMillis(result) }));
  }

  problem(problem: CampaignProblem): void {
    this.#output.write(jsonLine('problem', { problem: problemFields(problem) }));
  }

  scenarioFinished(scenario: FinishedScenario): void {
    this.#output.write(jsonLine('scenario', scenarioFields(scenario)));
  }

  end({ summary, scenarios, stopped, exitCode }: EndedCampaign): void {
    const { wallMillis, ...counts } = summary;
    this.#output.write(
      jsonLine('summary', { summary: { ...counts, stopped, exitCode, wallMillis: Math.round(wallMillis) } }),
    );
    for (const { replay } of scenarios) if (replay !== null) this.#output.note(`Replay: ${replay}\n`);
  }
}

/** `whitewater replay --json`: the run, and its comparison with the recorded result. */
export function replayLine({ result, comparison, difference, exitCode }: Replay): string {
  const fields = { ...comparison, hashesOfTwoRuns: difference?.hashes ?? null };
  return jsonLine('replay', {
    ...runFields(result, result.file),
    comparison: fields,
    exitCode,
    ...wallMillis(result),
  });
}

/** `whitewater trace --json`: the trace events that are shown, one a line, and last the run. */
export function* traceLines(run: TracedRun, shows: (event: TraceEvent) => boolean): Generator<string, void> {
  const { events, endpoints, result } = run;
  for (const each of events) {
    if (!shows(each)) continue;
    const { at, event, cause, kind, node, peer, text, fields } = each;
    const places = { node: endpoints[node] ?? null, peer: endpoints[peer] ?? null };
    yield jsonLine('trace-event', { at, event, cause, kind, ...places, text, fields });
  }
  yield jsonLine('run', { ...runFields(result, null), ...wallMillis(result) });
}

/** `whitewater lint --json`: a line per problem, and last the totals. */
export function lintLines({ problems, warnings, files }: Loading): string[] {
  const bad = new Set(problems.map(({ file }) => file)).size;
  return [
    ...problems.map((problem) => lintProblemLine(problem, 'error')),
    ...warnings.map((problem) => lintProblemLine(problem, 'warning')),
    jsonLine('lint-summary', {
      summary: { files, filesWithProblems: bad, problems: problems.length, warnings: warnings.length },
    }),
  ];
}

function lintProblemLine(problem: Problem, severity: 'error' | 'warning'): string {
  const { file, line: row, column, length, path, message, excerpt } = problem;
  return jsonLine('lint-problem', { severity, file, line: row, column, length, path, message, excerpt });
}

/** `whitewater lint --fix --json`: a line per word that was rewritten. */
export function fixLine({ file, line: row, old, new: renamed }: Fix): string {
  return jsonLine('lint-fix', { file, line: row, old, new: renamed });
}

/** `whitewater list --json`: a line per scenario. */
export function listLine({ scenario, file: { topic, isBundled, path } }: LoadedScenario): string {
  const { name, settings, file, about, source, tags, seed, cluster, swarm } = scenario;
  const { nodes, mutant } = cluster;
  const place = { file, bundled: isBundled, path };
  return jsonLine('listed-scenario', {
    name,
    settings,
    topic,
    nodes: swarm?.given.nodes === null ? null : nodes.length,
    mutant,
    about,
    source,
    tags,
    seed,
    ...place,
  });
}

function runFields(result: RunResult, repro: string | null) {
  const { scenario, settings, seed, verdict, violation, unmet, hash, events, virtualMicros, messages } = result;
  const { elections, leaderChanges, maxTerm, committed, ops, marks, faults, faultStrikes, file, limit } = result;
  const { steps, anySeed, drew, except } = result;
  return {
    scenario,
    settings,
    seed,
    verdict,
    violation: violation === null ? null : violationFields(violation),
    unmet,
    limit,
    hash,
    events,
    virtualMicros,
    messages,
    elections,
    leaderChanges,
    maxTerm,
    committed,
    ops,
    marks,
    faults,
    faultStrikes,
    steps,
    anySeed,
    drew,
    except,
    file,
    repro,
  };
}

/** Real time comes last in a line: nothing else differs between two runs of a seed. */
function wallMillis(result: RunResult) {
  return { wallMillis: Math.round(result.wallMillis * 1_000) / 1_000 };
}

function violationFields(violation: ViolationReport) {
  const { invariant, section, at, event, summary, ...more } = violation;
  return { invariant, section, at, event, summary, ...more };
}

function problemFields(problem: CampaignProblem) {
  const { kind, tally } = problem;
  const { scenario, settings, runs, file } = tally;
  if (problem.kind !== 'not-reproducible') {
    const { path, what } = problem.gap;
    return { kind, scenario, settings, path, what, text: describeGap(problem.gap, tally), runs, file };
  }
  const { seed, hashes } = problem.difference;
  return { kind, scenario, settings, seed, hashes, file };
}

function scenarioFields({ tally, repros, replay }: FinishedScenario) {
  const { scenario, settings, planned, runs, verdicts, failingSeeds, events, virtualMicros, faultStrikes, file } =
    tally;
  return {
    scenario,
    settings,
    outcome: tally.outcome,
    planned,
    runs,
    verdicts,
    failingSeeds,
    worstSeed: tally.worst?.seed ?? null,
    events,
    virtualMicros,
    expectedMarks: tally.expectedMarks,
    marks: occurrences(tally.marks),
    faults: occurrences(tally.faults),
    faultStrikes,
    steps: tally.steps,
    anySeed: tally.anySeed,
    repros,
    replay,
    file,
    wallMillis: Math.round(tally.wallMillis),
  };
}

function occurrences(seen: ScenarioTally['marks']): Record<string, Occurrences> {
  return Object.fromEntries(seen);
}
