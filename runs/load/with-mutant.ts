import { parseDocument } from '../../scenarios/language/document.ts';
import { loadScenario } from '../../scenarios/language/load.ts';
import { Problems } from '../../scenarios/language/problems.ts';
import type { MappingTree } from '../../scenarios/language/tree.ts';
import type { LoadedScenario } from './load-files.ts';
import { VOCABULARY } from './vocabulary.ts';

/**
 * The same scenario with a known bug in every node, and its text with that bug, so that the repro files of its runs have it
 * too. Lines in reports stay those of the file.
 *
 * @param id that of a known bug
 */
export function withMutant(loaded: LoadedScenario, id: string): LoadedScenario {
  const { scenario, text } = loaded;
  if (text === null) {
    const { cluster } = scenario;
    const versions = cluster.versions.map((version) => ({ ...version, mutant: id }));
    return { ...loaded, mutant: id, scenario: { ...scenario, cluster: { ...cluster, mutant: id, versions } } };
  }
  const { file, name } = scenario;
  const changed = loadScenario(text, file ?? name, VOCABULARY, id);
  return { ...loaded, text: textWithMutant(text, id), mutant: id, scenario: { ...changed, file, name } };
}

/** Null if the text has a form into which nothing can be put safely. */
function textWithMutant(text: string, id: string): string | null {
  const tree = parseDocument(text, new Problems(text, ''));
  const cluster = tree?.kind === 'mapping' ? tree.entries.find(({ key }) => key === 'cluster')?.value : undefined;
  if (cluster?.kind !== 'mapping') return null;
  const changed = put(text, cluster, id);
  try {
    return loadScenario(changed, 'scenario', VOCABULARY).cluster.mutant === id ? changed : null;
  } catch {
    return null;
  }
}

function put(text: string, cluster: MappingTree, id: string): string {
  const own = cluster.entries.find(({ key }) => key === 'mutant');
  if (own !== undefined) return text.slice(0, own.value.start) + id + text.slice(own.value.end);
  if (text[cluster.start] === '{') {
    return `${text.slice(0, cluster.start + 1)} mutant: ${id},${text.slice(cluster.start + 1)}`;
  }
  const first = cluster.entries[0]!.keyStart;
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  return `${text.slice(0, first)}mutant: ${id}\n${indent}${text.slice(first)}`;
}
