import { INVARIANTS } from '../../checks/invariants.ts';
import { LIVENESS } from '../../checks/liveness-properties.ts';
import { suggestion } from '../../scenarios/language/did-you-mean.ts';
import type { RunOptions, SimulateOptions } from './simulate.ts';

/**
 * Rejects what TypeScript would reject: these functions are called from JavaScript too, where 42 would be another seed
 * than '42', and an unknown invariant would silently check nothing.
 *
 * @throws TypeError that says what was expected and what was given
 */
export function checkArguments(scenario: unknown, seed: unknown, options: unknown): void {
  if (!isScenario(scenario)) {
    throw new TypeError(`scenario: expected a Scenario, as loadScenario returns it, got ${typeName(scenario)}`);
  }
  if (seed !== null && typeof seed !== 'string') {
    const hint = typeof seed === 'number' ? `: write '${seed}' instead of ${seed}` : '';
    throw new TypeError(`seed: expected a string or null, got ${typeName(seed)}${hint}`);
  }
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options: expected an object like { invariants: ['I1'] }, got ${typeName(options)}`);
  }
  checkOptions(options);
}

const OPTIONS: readonly string[] = ['invariants', 'checks', 'freeze', 'record'] satisfies (keyof SimulateOptions)[];
/** For callers in this package. */
const OWN: readonly string[] = ['rulesOf', 'recording'] satisfies (keyof RunOptions)[];

function checkOptions(options: { [key in keyof SimulateOptions]: unknown }): void {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name) && !OWN.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`options: there is no option "${unknown}"; expected some of ${OPTIONS.join(', ')}`);
  }
  const { invariants, checks, freeze, record } = options;
  if (invariants !== undefined) checkInvariants(invariants);
  for (const [name, value] of Object.entries({ checks, freeze })) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new TypeError(`options.${name}: expected true or false, got ${typeName(value)}`);
    }
  }
  if (record !== undefined && typeof record !== 'function') {
    throw new TypeError(`options.record: expected a function that takes a trace event, got ${typeName(record)}`);
  }
}

function checkInvariants(ids: unknown): void {
  if (!Array.isArray(ids)) {
    throw new TypeError(`options.invariants: expected a list of ids like ['I1', 'I4'], got ${typeName(ids)}`);
  }
  for (const id of ids as readonly unknown[]) {
    if (typeof id !== 'string') throw new TypeError(`options.invariants: expected ids like 'I1', got ${typeName(id)}`);
    if (INVARIANTS.has(id) || LIVENESS.has(id)) continue;
    const near = suggestion(id, [...INVARIANTS.keys(), ...LIVENESS.keys()]);
    const all = near === '' ? '; INVARIANTS and LIVENESS list the ids' : near;
    throw new TypeError(`options.invariants: there is no invariant or liveness property "${id}"${all}`);
  }
}

/** Whether a value is what `loadScenario` returns. */
export function isScenario(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { cluster, network, clients, script, timeline, expect, uses, limits } = value as Record<string, unknown>;
  const isPart = (part: unknown): boolean => typeof part === 'object' && part !== null;
  // The text of a scenario as an object has `cluster` too, but a number of nodes where a Scenario lists their names.
  if (![cluster, network, clients, script, timeline, expect, uses, limits].every(isPart)) return false;
  const { nodes, disks } = cluster as { nodes?: unknown; disks?: unknown };
  // JSON keeps no maps: a Scenario that was written as JSON and read again is none.
  return Array.isArray(nodes) && disks instanceof Map;
}

/** What was given, for a message: `a number`, `null`, `an array`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
