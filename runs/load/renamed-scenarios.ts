/**
 * The present name of a bundled scenario, by a name it had in an earlier version; null if no scenario had that name.
 */
export function renamedScenario(_name: string): string | null {
  return null;
}
