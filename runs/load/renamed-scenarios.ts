/**
 * The name that a bundled scenario has today, for a name it had in an earlier version; null if there never was one of
 * that name.
 */
export function renamedScenario(_name: string): string | null {
  return null;
}
