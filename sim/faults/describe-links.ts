import type { EndpointId } from '../protocol.ts';

/**
 * Directed links in words: as sides, `n1 n2 | n3 n4 n5`, where they keep sides apart and nothing else, otherwise one by
 * one, `n1 -> n2, n2 <-> n3`.
 */
export function describeLinks(
  links: readonly (readonly [EndpointId, EndpointId])[],
  nodes: number,
  name: (endpoint: EndpointId) => string,
): string {
  const cut = new Set(links.map(([from, to]) => key(from, to)));
  const sides = sidesOf(cut, nodes);
  const between = links.filter(([from, to]) => from < nodes && to < nodes);
  const apart = nodes * nodes - sides.reduce((sum, side) => sum + side.length * side.length, 0);
  if (sides.length > 1 && between.length === apart) {
    return sides.map((side) => side.map(name).join(' ')).join(' | ');
  }
  return links
    .filter(([from, to]) => from < to || !cut.has(key(to, from)))
    .map(([from, to]) => `${name(from)} ${cut.has(key(to, from)) ? '<->' : '->'} ${name(to)}`)
    .join(', ');
}

/** Nodes that still reach each other, directly or by way of others, in both directions. */
function sidesOf(cut: ReadonlySet<string>, nodes: number): EndpointId[][] {
  const sides: EndpointId[][] = [];
  for (let node = 0; node < nodes; node++) {
    const touches = (other: EndpointId): boolean => !cut.has(key(node, other)) || !cut.has(key(other, node));
    const joined = sides.filter((side) => side.some(touches));
    const rest = sides.filter((side) => !joined.includes(side));
    sides.splice(
      0,
      sides.length,
      ...rest,
      [...joined.flat(), node].sort((a, b) => a - b),
    );
  }
  return sides.sort((a, b) => a[0]! - b[0]!);
}

function key(from: EndpointId, to: EndpointId): string {
  return `${from} ${to}`;
}
