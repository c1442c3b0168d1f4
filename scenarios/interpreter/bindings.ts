import type { NodeId } from '../../sim/protocol.ts';

/**
 * What `as` remembered, for `$name` to find again.
 *
 * The script has one such memory. Each fired trigger has its own in front of it: two runs of the same `do:` that
 * overlap keep to the node that fired each of them, while the script sees the newest.
 */
export class Bindings {
  readonly #behind: Bindings | null;
  readonly #nodes = new Map<string, readonly NodeId[]>();

  constructor(behind: Bindings | null) {
    this.#behind = behind;
  }

  remember(name: string, nodes: readonly NodeId[]): void {
    this.#nodes.set(name, nodes);
    this.#behind?.remember(name, nodes);
  }

  /** The same for this memory alone. */
  keep(name: string, nodes: readonly NodeId[]): void {
    this.#nodes.set(name, nodes);
  }

  recall(name: string): readonly NodeId[] | null {
    return this.#nodes.get(name) ?? this.#behind?.recall(name) ?? null;
  }
}
