/** A scenario as YAML writes it. */
export type WrittenScenario = Readonly<Record<string, unknown>>;

/** The value, if it is a mapping; else an empty one. */
export function mappingOf(value: unknown): WrittenScenario {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as WrittenScenario) : {};
}
