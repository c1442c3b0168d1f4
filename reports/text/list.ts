import type { LoadedScenario } from '../../runs/load/load-files.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { columns, cut, padEnd, padStart } from './layout.ts';
import { counted } from './quantities.ts';
import type { Style } from './style.ts';
import { titleOf } from '../../scenarios/settings.ts';
import { fittingTitle } from './title.ts';

/** Names longer than this are cut. */
const LONGEST_NAME = 42;

/** `whitewater list`: scenarios by topic, a line each. */
export function scenarioList(scenarios: readonly LoadedScenario[], style: Style, width: number): string[] {
  const nameWidth = Math.min(
    LONGEST_NAME,
    Math.max(4, ...scenarios.map(({ scenario }) => columns(titleOf(scenario.name, scenario.settings)))),
  );
  const topics = new Map<string, LoadedScenario[]>();
  for (const loaded of scenarios) {
    const { topic } = loaded.file;
    topics.set(topic, [...(topics.get(topic) ?? []), loaded]);
  }
  const lines: string[] = [];
  for (const [topic, members] of topics) {
    if (lines.length > 0) lines.push('');
    const count = style.faint(counted(members.length, 'scenario'));
    lines.push(`${style.strong(printable(topic === '' ? '.' : topic))}  ${count}`);
    for (const { scenario } of members) lines.push(listed(scenario, nameWidth, style, width));
  }
  return lines;
}

function listed(scenario: LoadedScenario['scenario'], nameWidth: number, style: Style, width: number) {
  const { name, settings, cluster, swarm, about } = scenario;
  const count = cluster.nodes.length;
  const isDrawn = swarm?.given.nodes === null;
  const nodes = isDrawn ? ' drawn  ' : `${padStart(String(count), 2)} ${count === 1 ? 'node ' : 'nodes'}`;
  const first = `  ${padEnd(fittingTitle(name, settings, nameWidth), nameWidth)}  ${nodes}  `;
  const text = printable((about ?? '').replace(/\s+/gu, ' '));
  return `${first}${style.faint(cut(text, Math.max(20, width - columns(first))))}`.trimEnd();
}
