import type { Distribution } from './base/distribution.ts';
import type { Facts, Random } from './protocol.ts';

/** The type of something that the network carries, and what it carries itself. */
export type Content = { readonly type: string } & Facts;

/** Which messages are meant. */
export interface MessageFilter {
  /** In words, for the event hash and reports: `AppendEntries, entries at least 1`. */
  readonly text: string;
  matches(content: Content): boolean;
}

/** What becomes of a message. */
export type MessageEffect =
  /** Lost, kept by the link until it is released, arriving twice, or found to be corrupt by its receiver, which drops it. */
  | { readonly kind: 'cut' | 'drop' | 'clog' | 'hold' | 'duplicate' | 'corrupt' }
  /** So much later than otherwise. */
  | { readonly kind: 'delay'; readonly by: Distribution }
  /** Another latency (null: the same), and probabilities of loss and duplication besides those of the link. */
  | {
      readonly kind: 'conditions';
      readonly latency: Distribution | null;
      readonly loss: number;
      readonly duplicate: number;
    };

/** A fault that concerns some messages of some links. */
export class MessageRule {
  readonly fault: number;
  readonly filter: MessageFilter;
  readonly effect: MessageEffect;
  /** A stream of its own, so that it shifts no other draw. */
  readonly draws: Random;
  /** Matching messages that still pass before the first one that is meant. */
  private toPass: number;
  /** Messages that it still takes; Infinity: all. */
  private left: number;

  /**
   * @param nth the first of the matching messages that is meant, from 1
   * @param count how many from there on; Infinity: all
   */
  constructor(fault: number, filter: MessageFilter, effect: MessageEffect, nth: number, count: number, draws: Random) {
    this.fault = fault;
    this.filter = filter;
    this.effect = effect;
    this.draws = draws;
    this.toPass = nth - 1;
    this.left = count;
  }

  /** Whether it takes no further message. */
  get isSpent(): boolean {
    return this.left === 0;
  }

  /** Whether this message is one that it takes, which is counted. */
  takes(content: Content): boolean {
    if (this.left === 0 || !this.filter.matches(content)) return false;
    if (this.toPass > 0) {
      this.toPass--;
      return false;
    }
    this.left--;
    return true;
  }
}
