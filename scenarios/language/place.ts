import { formatPath } from './problems.ts';
import type { Path, Problems } from './problems.ts';
import type { Scope } from './scope.ts';

/** A place in the scenario being compiled: where mistakes are reported, and what names mean there. */
export class Place {
  readonly path: Path;
  readonly scope: Scope;
  readonly #problems: Problems;

  constructor(path: Path, scope: Scope, problems: Problems) {
    this.path = path;
    this.scope = scope;
    this.#problems = problems;
  }

  /** A place below this one. */
  at(...parts: Path): Place {
    return new Place([...this.path, ...parts], this.scope, this.#problems);
  }

  /** Reports a mistake here. */
  problem(message: string, where: 'value' | 'key' = 'value'): void {
    this.#problems.add(this.path, message, where);
  }

  /** Says which key and value to write instead of what is here, where that needs no guess. */
  replaceBy(key: string, value: string): void {
    this.#problems.replaceEntryBy(key, value, this.path);
  }

  /** Warns of what is valid here, but hardly what was meant. */
  warning(message: string): void {
    this.#problems.warn(this.path, message);
  }

  /** Whether the scenario has this key here. */
  has(key: string): boolean {
    return this.#problems.has([...this.path, key]);
  }

  /** Whether nothing has been reported here or below, so that further problems are not just consequences of it. */
  get isSound(): boolean {
    return !this.#problems.concern(this.path);
  }

  /** The path as reports show it: `script[2].do[0]`. */
  get text(): string {
    return formatPath(this.path);
  }

  /** The line in the file, from 1. */
  get line(): number {
    return this.#problems.lineOf(this.path);
  }
}
