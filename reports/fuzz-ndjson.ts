import type { FuzzTally } from '../runs/fuzz/tally.ts';
import type { Seen } from '../runs/fuzz/records.ts';
import type { EndedFuzz, FuzzFailure, FuzzReporter } from './fuzz-reporter.ts';
import { jsonLine } from './json-line.ts';
import type { ReportOutput } from './reporter.ts';

/** `whitewater fuzz --json`: a line of JSON per failing run, and last the campaign. */
export class FuzzNdjsonReporter implements FuzzReporter {
  readonly #output: ReportOutput;

  constructor(output: ReportOutput) {
    this.#output = output;
  }

  runFailed({ record, isKnown, replay }: FuzzFailure): void {
    const { type: _type, signature, ...fields } = record;
    this.#output.write(jsonLine('failure', { signature, known: isKnown, ...fields, replay }));
  }

  end(campaign: EndedFuzz): void {
    this.#output.write(campaignLine(campaign));
  }
}

function campaignLine({
  tally,
  ended,
  planned,
  folder,
  missingShards,
  unusedKnown,
  work,
  exitCode,
  ...campaign
}: EndedFuzz): string {
  const { runs, passed, failed, newFailures, unlisted, events, virtualMicros, difference } = tally;
  return jsonLine('campaign', {
    ...{ folder, ended, planned, runs, passed, failed, newFailures, unlisted, events, virtualMicros },
    signatures: signaturesOf(tally, campaign.replay),
    marks: occurrences(tally.marks),
    faults: occurrences(tally.faults),
    notReproducible: difference === null ? null : { seed: difference.seed, hashes: difference.hashes },
    ...{ missingShards, unusedKnown, resume: campaign.resume, exitCode, jobs: work?.jobs ?? null },
    wallMillis: work === null ? null : Math.round(work.wallMillis),
  });
}

function signaturesOf({ signatures }: FuzzTally, replay: EndedFuzz['replay']): readonly object[] {
  return signatures.map(({ signature, kind, runs, first, isKnown }) => {
    const { run, scenario, seed, summary, repro } = first;
    return {
      signature,
      kind,
      known: isKnown,
      runs,
      first: { run, scenario, seed, summary, repro },
      replay: replay(first),
    };
  });
}

function occurrences(counts: Readonly<Record<string, Seen>>): Record<string, { total: number; runs: number }> {
  return Object.fromEntries(Object.entries(counts).map(([name, [total, runs]]) => [name, { total, runs }]));
}
