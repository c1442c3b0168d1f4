import { createHash } from 'node:crypto';
import type { Scenario } from '../../scenarios/scenario.ts';
import type { RunResult, Unmet, UnmetKind } from '../simulate/result.ts';
import { normalise } from './normalise.ts';
import type { FailureKind } from './records.ts';

/** Hexadecimal digits of an id: enough to tell some thousand signatures apart. */
const DIGITS = 6;
/** Longer sentences are cut: they can hold the values of clients. */
const LONGEST_SUMMARY = 500;

/** Why a run failed, in a form that runs with the same cause share. */
export interface Signature {
  /** Such as `I14-3f9a2c`: what broke, and digits of a hash over the rest. */
  readonly id: string;
  /** What happened in this run, in one sentence. */
  readonly summary: string;
}

/** What a signature calls an expectation that was not met; a liveness property keeps its own id. */
const WORDS: Readonly<Record<Exclude<UnmetKind, 'liveness'>, string>> = {
  step: 'step',
  expectation: 'expect',
  mark: 'mark',
  fault: 'fault',
  'nothing-happened': 'nothing',
};

/** Words that ids begin with where no check broke: what a file of known signatures may name as a whole. */
export const SIGNATURE_WORDS: readonly string[] = [...Object.values(WORDS), 'limit', 'hung', 'died', 'defect'];

/**
 * The signature of a run that did not pass: what broke, which way, and what led there.
 *
 * Which way is the check's own sentence, and what led there the kind of the event in which it broke. Both are normalised,
 * so that neither the seed nor the names of the nodes matter. Of several unmet expectations, the first explains the others.
 */
export function signatureOf(result: RunResult, { cluster: { nodes } }: Pick<Scenario, 'cluster'>): Signature {
  const { violation, unmet, limit } = result;
  if (violation !== null) {
    const { invariant, summary, chain } = violation;
    const led = chain[0] === undefined ? '' : kindOfEvent(chain[0].text, nodes);
    return made(invariant, ['violation', normalise(summary, nodes), led], `${violation.title}: ${summary}`);
  }
  const [first] = unmet;
  if (result.verdict === 'inconclusive' || first === undefined) {
    const reason = limit ?? 'a limit was reached';
    return made('limit', ['inconclusive', normalise(reason, nodes)], reason);
  }
  const word = first.kind === 'liveness' ? (first.id ?? first.kind) : WORDS[first.kind];
  return made(word, ['unmet', first.kind, first.id ?? '', normalise(whatWasExpected(first), nodes)], first.text);
}

/** The signature of a run that came to no verdict. @param reason a sentence without anything that only one run has */
export function signatureOfLoss(kind: Exclude<FailureKind, 'violation' | 'unmet' | 'inconclusive'>, reason: string) {
  return made(kind, [kind, normalise(reason, [])], reason);
}

/**
 * The kind of an event of a chain of causes: `AppendEntriesReply`, `durable`, `restarted`, `election timer fires`.
 *
 * @param text as the chain has it: the node's name and a colon, then what happened
 */
function kindOfEvent(text: string, names: readonly string[]): string {
  const event = text.replace(/^[^\s:]+: /u, '');
  const delivered = /^⇐ \S+ (\w+)/u.exec(event);
  if (delivered !== null) return delivered[1]!;
  return normalise(/^([a-z -]+):/u.exec(event)?.[1] ?? event, names);
}

/** The sentence without the place in the scenario, without how the cluster stood, and without how long it had taken. */
function whatWasExpected({ kind, text }: Unmet): string {
  // After it come the nodes and clients one by one, as many as there are.
  if (kind === 'liveness') return text.split(';', 1)[0]!;
  const sentence = text.replace(/^(?:script|timeline|expect)[^\s:]*(?: \([^)]*\))*: /u, '');
  return sentence.split(';', 1)[0]!.replace(/ \(after [^)]*\)$/u, '');
}

function made(word: string, parts: readonly string[], summary: string): Signature {
  const hash = createHash('sha256').update([word, ...parts].join('\n'));
  const shown = summary.length <= LONGEST_SUMMARY ? summary : `${summary.slice(0, LONGEST_SUMMARY - 1)}…`;
  return { id: `${word}-${hash.digest('hex').slice(0, DIGITS)}`, summary: shown };
}
