import type { SignatureTotals } from '../../../runs/fuzz/tally.ts';
import { printable } from '../../../scenarios/language/printable.ts';
import type { EndedFuzz, FuzzFailure, FuzzHead, FuzzReporter } from '../../fuzz-reporter.ts';
import type { ReportOutput } from '../../reporter.ts';
import { explainRun } from '../failure.ts';
import { cut, hanging, wrap } from '../layout.ts';
import { counted, elapsed, grouped, rounded } from '../quantities.ts';
import type { TextOptions } from '../text-reporter.ts';
import { seenTable } from './seen-table.ts';
import { knownTable, signatureTable } from './signature-table.ts';

const INDENT = '  ';
/** Signatures of which the first run is told in full as soon as it is found. */
const MOST_SHOWN = 10;
/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 110;
/** Scenarios that are named. */
const MOST_NAMED = 3;
/** Frames of a defect that are shown. */
const FRAMES = 8;

/** `whitewater fuzz`, for people: the first run of each signature in full as it is found, and last the tables. */
export class TextFuzzReporter implements FuzzReporter {
  readonly #output: ReportOutput;
  readonly #options: TextOptions;
  readonly #width: number;
  #shown = 0;

  constructor(output: ReportOutput, options: TextOptions) {
    this.#output = output;
    this.#options = options;
    this.#width = Math.min(options.width, WIDEST);
  }

  begin({ titles, firstSeed, planned, millis, jobs, folder, before }: FuzzHead): void {
    if (this.#options.isQuiet) return;
    const names = titles.slice(0, MOST_NAMED).join(', ');
    const what = titles.length <= MOST_NAMED ? names : `${counted(titles.length, 'scenario')}`;
    const limits = [
      ...(planned === null ? [] : [counted(planned, 'run')]),
      ...(millis === null ? [] : [elapsed(millis)]),
    ];
    const length = limits.length === 0 ? 'until interrupted' : `for ${limits.join(' or ')}`;
    const on = before === 0 ? '' : `, after ${counted(before, 'run')} before`;
    const seeds = `seeds from ${String(firstSeed)}`;
    this.#print(
      wrap(`Fuzzing ${what}, ${seeds}, ${length}${on}, ${counted(jobs, 'job')}; results in ${folder}`, this.#width),
    );
  }

  runFailed({ record, isFirst, isKnown, result, replay }: FuzzFailure): void {
    if (!isFirst || isKnown) return;
    const { style } = this.#options;
    const { signature, scenario, seed, kind, summary, stack } = record;
    const head = `${style.bad('✗')} ${style.strong(printable(scenario))}  seed ${printable(seed)}  ${kind}  ${style.bad(signature)}`;
    if (this.#shown++ >= MOST_SHOWN) {
      this.#print(['', head, ...hanging(INDENT, summary, this.#width)]);
      return;
    }
    const lines =
      result === null
        ? [
            ...wrap(summary, this.#width - INDENT.length),
            ...stack.slice(0, FRAMES).map((frame) => INDENT + printable(frame)),
          ]
        : explainRun(result, style, this.#width - INDENT.length);
    const body = lines.map((line) => (line === '' ? '' : INDENT + line));
    this.#print(['', head, '', ...body, '', `${INDENT}Replay: ${replay}`]);
  }

  end(campaign: EndedFuzz): void {
    const { tally, marks } = campaign;
    const { style, isQuiet } = this.#options;
    const width = this.#width;
    const blocks = [
      ...(isQuiet || tally.runs === 0
        ? []
        : [
            seenTable('Faults that struck', tally.faults, Object.keys(tally.faults), style, width),
            seenTable('Marks', tally.marks, marks, style, width),
          ]),
      ...this.#failures(campaign),
      this.#totals(campaign),
    ];
    for (const block of blocks)
      if (block.length > 0) this.#print([...(isQuiet && this.#shown === 0 ? [] : ['']), ...block]);
  }

  #failures({ tally, replay, unusedKnown }: EndedFuzz): string[][] {
    const { style } = this.#options;
    const { newSignatures, knownSignatures, unlisted, difference } = tally;
    const differs = `Two runs of ${difference?.scenario ?? ''} with seed ${difference?.seed ?? ''} differ, so no result is reliable.`;
    const add = 'Lines for a file of known failures (--known FILE), once you know these:';
    return [
      difference === null
        ? []
        : [style.bad(style.strong('Not reproducible')), ...hanging(INDENT, differs, this.#width)],
      knownSignatures.length === 0 ? [] : [style.strong('Known failures'), ...knownTable(knownSignatures, this.#width)],
      unusedKnown.length === 0
        ? []
        : hanging('', `Known failures that were not seen: ${unusedKnown.join(', ')}`, this.#width),
      newSignatures.length === 0
        ? []
        : [style.strong('Failures'), ...signatureTable(newSignatures, replay, style, this.#width)],
      unlisted === 0 ? [] : [`${counted(unlisted, 'run')} of further signatures failed`],
      newSignatures.length === 0
        ? []
        : [style.faint(add), ...newSignatures.slice(0, MOST_SHOWN).map((each) => this.#knownLine(each))],
    ];
  }

  /** What a file of known failures would say of a signature. */
  #knownLine({ signature, first }: SignatureTotals): string {
    return cut(`${INDENT}${signature}  ${printable(first.summary)}`, this.#width);
  }

  #totals({ tally, ended, planned, work, missingShards, folder, resume }: EndedFuzz): string[] {
    const { style } = this.#options;
    const { failed, passed, events, virtualMicros } = tally;
    const part = (count: number, word: string, colour = style.bad): string[] =>
      count === 0 ? [] : [colour(`${grouped(count)} ${word}`)];
    const counts = [
      ...part(failed.defect, failed.defect === 1 ? 'defect' : 'defects'),
      ...part(failed.died, 'died'),
      ...part(failed.hung, 'hung'),
      ...part(failed.violation, 'violated'),
      ...part(failed.unmet, 'unmet'),
      ...part(failed.inconclusive, 'inconclusive', style.doubtful),
      ...part(passed, 'passed', style.good),
    ];
    const of = planned === null ? '' : ` of ${grouped(planned)}`;
    const stopped: Readonly<Record<EndedFuzz['ended'], string[]>> = {
      complete: tally.runs >= (planned ?? 0) ? [] : [style.doubtful(`Incomplete: ${grouped(tally.runs)}${of} runs.`)],
      time: [],
      bail: [style.doubtful(`Ended early: ${counted(tally.newFailures, 'run')} failed (--bail).`)],
      interrupted: [style.doubtful(`Interrupted after ${grouped(tally.runs)}${of} runs.`)],
    };
    const missing =
      missingShards.length === 0 ? [] : [style.doubtful(`Missing shards: ${missingShards.map(String).join(', ')}`)];
    return [
      ...missing,
      ...stopped[ended],
      `Runs     ${counts.length === 0 ? 'none' : counts.join(' | ')} (${grouped(tally.runs)})`,
      `Work     ${rounded(events)} events   ${virtual(virtualMicros)} of virtual time${paceOf(work)}`,
      `Results  ${printable(folder)}`,
      ...(resume === null ? [] : [`Go on:   ${resume}`]),
    ];
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#output.write(`${lines.join('\n')}\n`);
  }
}

/** `   9.5s   633 runs/s   2 jobs`; nothing where nothing ran. */
function paceOf(work: EndedFuzz['work']): string {
  if (work === null) return '';
  const { runs, wallMillis, jobs } = work;
  const speed = wallMillis > 0 && runs > 1 ? `   ${rounded((runs / wallMillis) * 1_000)} runs/s` : '';
  return `   ${elapsed(wallMillis)}${speed}   ${counted(jobs, 'job')}`;
}

/** Virtual time as days, hours or minutes: `3.2 days`. */
function virtual(micros: number): string {
  const hours = micros / 3_600_000_000;
  if (hours >= 48) return `${(hours / 24).toFixed(1)} days`;
  if (hours >= 1) return `${hours.toFixed(1)} hours`;
  return `${(hours * 60).toFixed(1)} minutes`;
}
