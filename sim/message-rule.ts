import { type Distribution, sample } from './base/distribution.ts';
import type { Facts, Micros, Random } from './protocol.ts';
import type { Links } from './faults/fault-log.ts';

/** The type of something that the network carries, and what it carries itself. */
export type Content = { readonly type: string } & Facts;

/** Which messages are meant. */
export interface MessageFilter {
  /** In words, for the event hash and reports: `AppendEntries, entries at least 1`. */
  readonly text: string;
  matches(content: Content): boolean;
}

/** What can be done to a single message: it is lost, kept until it is released, doubled, damaged, or so much later. */
export type SingleEffect =
  { readonly kind: 'drop' | 'hold' | 'duplicate' | 'corrupt' } | { readonly kind: 'delay'; readonly by: Distribution };

/** What can be done to all messages of a kind: the same, or what is done to links otherwise. */
export type MessageEffect =
  | SingleEffect
  | { readonly kind: 'cut' | 'clog' }
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
  readonly links: Links | 'all';
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
  constructor(
    fault: number,
    links: Links | 'all',
    filter: MessageFilter,
    effect: MessageEffect,
    nth: number,
    count: number,
    draws: Random,
  ) {
    this.fault = fault;
    this.links = links;
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

  /** Whether it keeps what it takes until that is released. */
  get holds(): boolean {
    return this.effect.kind === 'hold' || this.effect.kind === 'clog';
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

/** What several rules together make of one message. */
export class Treatment {
  /** The rules that have made a difference. */
  readonly effective: MessageRule[] = [];
  /** What keeps it from arriving; null: nothing. */
  stopped: 'cut' | 'dropped' | 'lost' | 'held' | null = null;
  /** In place of that of its link; null: as drawn for the link. */
  latency: Micros | null = null;
  /** On top of the latency. */
  delay: Micros = 0;
  isCorrupt = false;
  /** The latencies of further copies. */
  readonly copies: Micros[] = [];

  /**
   * @param rules those that take the message, in the order of injection; what stops it is the last that acts
   * @param latency of its link, for further copies
   */
  constructor(rules: readonly MessageRule[], latency: Distribution) {
    for (const rule of rules) {
      if (this.apply(rule, latency)) this.effective.push(rule);
      if (this.stopped !== null) break;
    }
  }

  /** Returns whether the rule makes a difference. */
  private apply({ effect, draws }: MessageRule, latency: Distribution): boolean {
    switch (effect.kind) {
      case 'cut':
        this.stopped = 'cut';
        return true;
      case 'drop':
        this.stopped = 'dropped';
        return true;
      case 'clog':
      case 'hold':
        this.stopped = 'held';
        return true;
      case 'delay':
        this.delay += sample(effect.by, draws);
        return true;
      case 'duplicate':
        this.copies.push(sample(latency, draws));
        return true;
      case 'corrupt':
        this.isCorrupt = true;
        return true;
      case 'conditions': {
        if (effect.latency !== null) this.latency = sample(effect.latency, draws);
        if (effect.loss > 0 && draws.chance(effect.loss)) {
          this.stopped = 'lost';
          return true;
        }
        const isDoubled = effect.duplicate > 0 && draws.chance(effect.duplicate);
        if (isDoubled) this.copies.push(sample(effect.latency ?? latency, draws));
        return isDoubled || effect.latency !== null;
      }
    }
  }
}
