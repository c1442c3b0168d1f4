import type { RunResult } from '../../runs/simulate/result.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { settingsText } from '../../scenarios/settings.ts';
import { hanging, padEnd } from './layout.ts';
import { bytes, counted, grouped, instant } from './quantities.ts';
import type { Style } from './style.ts';

const LABEL = 16;

/** All figures of one run. */
export function runFigures(result: RunResult, style: Style, width: number): string[] {
  const { events, virtualMicros, messages, elections, leaderChanges, maxTerm, committed, ops } = result;
  const set = settingsText(result.settings).join(' ');
  const rows: [string, string][] = [
    ...(set === '' ? [] : [['settings', printable(set)] as [string, string]]),
    ['virtual time', `${instant(virtualMicros)}, ${counted(events, 'event')}`],
    [
      'elections',
      `${grouped(elections)} started, ${counted(leaderChanges, 'leader change')}, highest term ${grouped(maxTerm)}`,
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
    ['marks', listed(Object.entries(result.marks))],
    ...(result.except.length === 0 ? [] : [['not checked', result.except.join(', ')] as [string, string]]),
    ['faults', listed([...Object.entries(result.faults), ...occurred(result)])],
    ...result.drew.map((line, index): [string, string] => [index === 0 ? 'drawn' : '', line]),
    ['hash', result.hash],
  ];
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = hanging(padEnd(`  ${name}`, LABEL), text, width);
    return [style.faint(first.slice(0, LABEL)) + first.slice(LABEL), ...rest];
  });
}

/** Losses and duplicates, which no step injects, with how often they occurred. */
function occurred({ faultStrikes }: RunResult): [string, number][] {
  return faultStrikes
    .filter(({ path, strikes }) => strikes > 0 && path.startsWith('network'))
    .map(({ path, kind, strikes }) => [path === 'network' ? kind : `${kind} (${path})`, strikes]);
}

/** `crash 2, partition 1`. */
function listed(counts: readonly (readonly [string, number])[]): string {
  const words = counts.map(([name, times]) => `${name} ${grouped(times)}`);
  return words.length === 0 ? 'none' : words.join(', ');
}
