import { mappingOf, type WrittenScenario } from './written.ts';

/** What a scenario is made of, in a few lines for people: the cluster, the world around it, and what happens in it. */
export function describeDrawn(written: WrittenScenario): readonly string[] {
  const cluster = mappingOf(written['cluster']);
  const { raft, nodes, ...others } = cluster;
  const voters = Array.isArray(nodes) ? nodes.length : nodes;
  const steps = Array.isArray(written['script']) ? written['script'].length : 0;
  const { stop, ...processes } = mappingOf(written['chaos']);
  return [
    [
      `cluster ${String(voters)} voters`,
      ...Object.entries(others).map(pair),
      ...Object.entries(mappingOf(raft)).map(pair),
    ],
    ['network', 'disk', 'process', 'clock'].flatMap((key) => {
      const parts = Object.entries(mappingOf(written[key])).map(pair);
      return parts.length === 0 ? [] : [`${key} ${parts.join(', ')}`];
    }),
    [`clients ${Object.entries(mappingOf(written['clients'])).map(pair).join(', ') || 'none'}`],
    [
      `chaos until ${text(stop)}: ${Object.keys(processes).join(', ')}`,
      ...(steps > 0 ? [`${String(steps)} steps of stories`] : []),
      written['settle'] === 'off' ? 'safety only' : 'then settles',
    ],
  ].map((line) => line.join(', '));
}

function pair([key, value]: readonly [string, unknown]): string {
  return value === true ? key : `${key} ${text(value)}`;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(text).join(' ');
  if (typeof value !== 'object' || value === null) return String(value);
  return `(${Object.entries(value).map(pair).join(' ')})`;
}
