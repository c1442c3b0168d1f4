import type { RunResult } from '../../runs/simulate/result.ts';
import { hanging, padEnd } from './layout.ts';
import { bytes, counted, grouped, instant } from './quantities.ts';
import type { Style } from './style.ts';

const LABEL = 16;

/** All figures of one run. */
export function runFigures(result: RunResult, style: Style, width: number): string[] {
  const { events, virtualMicros, messages, elections, leaderChanges, maxTerm, committed, ops } = result;
  const rows: [string, string][] = [
    ['virtual time', `${instant(virtualMicros)}, ${counted(events, 'event')}`],
    [
      'elections',
      `${counted(elections, 'candidacy', 'candidacies')}, ${counted(leaderChanges, 'change')} of leader, highest term ${grouped(maxTerm)}`,
    ],
    ['log', `${counted(committed, 'entry', 'entries')} committed`],
    [
      'messages',
      `${grouped(messages.sent)} sent (${bytes(messages.bytes)}), ${grouped(messages.delivered)} delivered, ` +
        `${grouped(messages.dropped)} dropped, ${grouped(messages.duplicated)} duplicated`,
    ],
    [
      'operations',
      ops.invoked === 0
        ? 'none'
        : `${grouped(ops.invoked)} invoked: ${grouped(ops.ok)} ok, ${grouped(ops.failed)} failed, ${grouped(ops.unknown)} unknown`,
    ],
    ['marks', tallied(result.marks)],
    ['faults', tallied({ ...result.faults, ...struck(result) })],
    ['hash', result.hash],
  ];
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = hanging(padEnd(`  ${name}`, LABEL), text, width);
    return [style.faint(first.slice(0, LABEL)) + first.slice(LABEL), ...rest];
  });
}

/** Random faults that struck; one that did not is told elsewhere. */
function struck({ randomFaults }: RunResult): Record<string, number> {
  return Object.fromEntries(Object.entries(randomFaults).filter(([, times]) => times > 0));
}

/** `crash 2, partition 1`. */
function tallied(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([name, times]) => `${name} ${grouped(times)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}
