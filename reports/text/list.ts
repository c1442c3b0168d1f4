import type { Scenario } from '../../scenarios/scenario.ts';
import { columns, cut, padEnd, padStart, printable } from './layout.ts';
import { counted } from './quantities.ts';
import type { Style } from './style.ts';

/** The folder a scenario stands in: its topic. */
function topicOf({ file }: Scenario): string {
  return file === null ? '' : (/([^/\\]+)[/\\][^/\\]+$/u.exec(file)?.[1] ?? '');
}

/** Scenarios by topic, a line each. */
export function scenarioList(programs: readonly Scenario[], style: Style, width: number): string[] {
  const nameWidth = Math.min(34, Math.max(4, ...programs.map(({ name }) => columns(name))));
  const groups = new Map<string, Scenario[]>();
  for (const program of programs) {
    const topic = topicOf(program);
    groups.set(topic, [...(groups.get(topic) ?? []), program]);
  }
  const lines: string[] = [];
  for (const [topic, members] of groups) {
    if (lines.length > 0) lines.push('');
    lines.push(
      `${style.strong(printable(topic === '' ? '.' : topic))}  ${style.faint(counted(members.length, 'scenario'))}`,
    );
    for (const { name, cluster, about } of members) {
      const first = `  ${padEnd(cut(name, nameWidth), nameWidth)}  ${padStart(String(cluster.nodes.length), 2)} nodes  `;
      lines.push(`${first}${style.faint(cut(printable(about ?? ''), Math.max(20, width - columns(first))))}`.trimEnd());
    }
  }
  return lines;
}

/** A scenario as a line of JSON. */
export function listLine(program: Scenario): string {
  const { name, file, about, source, tags, seed, cluster } = program;
  const topic = topicOf(program);
  return `${JSON.stringify({ name, topic, nodes: cluster.nodes.length, mutant: cluster.mutant, about, source, tags, seed, file })}\n`;
}
