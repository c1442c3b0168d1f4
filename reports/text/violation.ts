import type { ViolationReport, Witness } from '../../runs/simulate/result.ts';
import { columns, hanging, padEnd, padStart, wrap } from './layout.ts';
import { exactInstant, instant } from './quantities.ts';
import type { Style } from './style.ts';

const GAP = 3;
const INDENT = '  ';

/** Explains a violation: the rule, the facts that contradict each other, the quorums, and the chain of causes. */
export function explainViolation(violation: ViolationReport, style: Style, width: number): string[] {
  const { invariant, title, section, at, event, node, summary, agreement } = violation;
  return [
    `${style.bad(style.strong(title))}  ${invariant}, ${section}`,
    style.faint(`at ${instant(at)}, event #${String(event)}, on ${node}`),
    ...wrap(summary, width),
    ...part(style, 'Witnesses', [
      ...witnesses(violation.witnesses, style, width - INDENT.length),
      ...(agreement === null ? [] : wrap(sentence(agreement), width - INDENT.length)),
    ]),
    ...part(style, 'Quorums', quorums(violation, width - INDENT.length)),
    ...part(
      style,
      'Thrown at',
      violation.stack.flatMap((frame) => hanging('', frame, width - INDENT.length)),
    ),
    ...part(style, 'Broken in the same event', others(violation, width - INDENT.length)),
    ...part(style, 'Causes, newest last', causes(violation, style, width - INDENT.length)),
    ...part(
      style,
      'Faults in force',
      violation.activeFaults.flatMap(({ text }) => hanging('', text, width - INDENT.length)),
    ),
  ];
}

function part(style: Style, title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ['', style.strong(title), ...lines.map((line) => `${INDENT}${line}`)];
}

/** Two witnesses stand side by side; any other number one under the other. */
function witnesses(facts: readonly Witness[], style: Style, width: number): string[] {
  const [left, right] = facts;
  if (left === undefined || right === undefined || facts.length > 2 || width < 60) {
    return facts.flatMap((fact) => witness(fact, style, width).map(({ shown }) => shown));
  }
  const half = Math.floor((width - GAP) / 2);
  const [a, b] = [witness(left, style, half), witness(right, style, half)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, row) => {
    const [one, other] = [a[row], b[row]];
    if (other === undefined) return one?.shown ?? '';
    return `${one?.shown ?? ''}${' '.repeat(half + GAP - (one?.columns ?? 0))}${other.shown}`;
  });
}

/** Lines with their widths: colours take no columns, but `length` counts them. */
function witness({ label, node, event, at, text }: Witness, style: Style, width: number) {
  const head = `${label}  ${node}  ${instant(at)}  #${String(event)}`;
  const indent = ' '.repeat(columns(label) + 2);
  const body = wrap(text, Math.max(20, width - indent.length)).map((line) => indent + line);
  return [
    { shown: `${style.notable(label)}${style.faint(head.slice(label.length))}`, columns: columns(head) },
    ...body.map((line) => ({ shown: line, columns: columns(line) })),
  ];
}

function quorums({ quorums, quorumIntersection }: ViolationReport, width: number): string[] {
  const lists = quorums.map(({ nodes }) => (nodes.length === 0 ? 'none' : nodes.join(', ')));
  const longest = Math.max(0, ...lists.map(columns), columns('in both'));
  const lines = quorums.flatMap(({ text }, index) => hanging(`${padEnd(lists[index] ?? '', longest)}   `, text, width));
  if (quorumIntersection === null) return lines;
  const shared = quorumIntersection.length === 0 ? 'no node is in both' : `shared by both`;
  const first = quorumIntersection.length === 0 ? 'none' : quorumIntersection.join(', ');
  return [...lines, ...hanging(`${padEnd(first, longest)}   `, shared, width)];
}

function others({ others }: ViolationReport, width: number): string[] {
  return others.flatMap(({ invariant, title, summary }) => hanging('', `${invariant} ${title}: ${summary}`, width));
}

function causes({ chain, chainTruncated }: ViolationReport, style: Style, width: number): string[] {
  const oldestFirst = chain.toReversed();
  const times = oldestFirst.map(({ at }) => exactInstant(at));
  const events = oldestFirst.map(({ event }) => `#${String(event)}`);
  const [timeWidth, eventWidth] = [Math.max(0, ...times.map(columns)), Math.max(0, ...events.map(columns))];
  const lines = oldestFirst.flatMap(({ text }, index) => {
    const place = `${padStart(times[index] ?? '', timeWidth)}  ${padStart(events[index] ?? '', eventWidth)}`;
    const [first = '', ...rest] = hanging(`${place}  `, text, width);
    return [style.faint(place) + first.slice(place.length), ...rest];
  });
  return chainTruncated ? [style.faint('… earlier causes are left out'), ...lines] : lines;
}

function sentence(text: string): string {
  const full = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/u.test(full) ? full : `${full}.`;
}
