import type { Micros } from '../../sim/protocol.ts';

/** A span in words, rounded: `150 ms`. */
export function milliseconds(span: Micros): string {
  return `${Math.round(span / 1_000)} ms`;
}
