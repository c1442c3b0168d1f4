import type { Command } from '../sim/protocol.ts';

/** What a client must be told: the part of a reply that depends on the state. */
export interface Told {
  readonly value: string | null;
  readonly applied: boolean;
}

/**
 * The key-value store once more, as plainly as it can be said. The nodes' own state machine replays the ledger too, for
 * its hashes; what clients are told is judged by this one, so that a bug of the store is not its own witness.
 */
export class Model {
  private readonly values = new Map<string, string>();

  execute({ op, key, value, expected }: Command): Told {
    const held = this.values.get(key) ?? null;
    switch (op) {
      case 'get':
        return { value: held, applied: true };
      case 'put':
        return this.hold(key, value);
      case 'append':
        return this.hold(key, (held ?? '') + value);
      case 'delete':
        this.values.delete(key);
        return { value: null, applied: true };
      case 'cas':
        if (held === expected) this.values.set(key, value);
        return { value: held, applied: held === expected };
    }
  }

  private hold(key: string, value: string): Told {
    this.values.set(key, value);
    return { value, applied: true };
  }
}
