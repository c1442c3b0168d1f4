import type { TracedRun } from '../../runs/simulate/result.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { columns, padStart } from './layout.ts';
import { exactInstant } from './quantities.ts';

/** Columns that a text in the last lane should have. */
const TEXT = 44;
const WIDEST_STEP = 12;

/** The columns of a trace: time, event and cause, then a lane for each node and one for all clients. */
export interface Lanes {
  /** Names over the lanes. */
  readonly names: readonly string[];
  /** Columns from one lane to the next; 0: the terminal is too narrow for lanes. */
  readonly step: number;
  readonly time: number;
  readonly event: number;
  /** Columns before the first lane. */
  readonly start: number;
}

/** @param width columns of the terminal; null: a pipe, where lines may be of any length */
export function lanesOf({ events, nodes, result }: TracedRun, width: number | null): Lanes {
  const hasClients = events.some(({ node }) => node >= nodes.length);
  const names = [...nodes, ...(hasClients ? ['clients'] : [])];
  const time = columns(exactInstant(result.virtualMicros));
  const event = Math.max('event'.length, columns(`#${String(events.at(-1)?.event ?? 0)}`));
  const start = time + 1 + event + 1 + event + 2;
  const narrowest = Math.max(...nodes.map(columns)) + 1;
  const gaps = Math.max(1, names.length - 1);
  if (width === null) return { names, step: narrowest + 2, time, event, start };
  const room = Math.floor((width - start - TEXT) / gaps);
  const step = Math.max(narrowest, Math.min(WIDEST_STEP, room));
  const isTooNarrow = start + gaps * step + TEXT / 2 > width;
  return { names, step: isTooNarrow ? 0 : step, time, event, start };
}

export function laneOf(lanes: Lanes, node: number): number {
  return Math.min(Math.max(0, node), lanes.names.length - 1) * lanes.step;
}

export function heading(lanes: Lanes): string {
  const { names, step, time, event } = lanes;
  const titles = `${padStart('time', time)} ${padStart('event', event)} ${padStart('cause', event)}  `;
  if (step === 0) return titles.trimEnd();
  return (
    titles +
    names
      .map((name) => name.slice(0, Math.max(step - 1, 7)).padEnd(step))
      .join('')
      .trimEnd()
  );
}

export function placeOf({ at, event: number, cause }: TraceEvent, { time, event }: Lanes): string {
  const from = cause === 0 ? '' : `<${String(cause)}`;
  return `${padStart(exactInstant(at), time)} ${padStart(`#${String(number)}`, event)} ${padStart(from, event)}  `;
}

/** Which nodes run, according to the trace events so far. */
export class NodeStates {
  readonly #signs: string[];

  constructor(lanes: Lanes) {
    this.#signs = lanes.names.map(() => '|');
  }

  see({ kind, node }: TraceEvent): void {
    if (node < 0 || node >= this.#signs.length) return;
    if (kind === 'crashed' || kind === 'halted') this.#signs[node] = ' ';
    if (kind === 'paused') this.#signs[node] = ':';
    if (kind === 'restarted' || kind === 'resumed') this.#signs[node] = '|';
  }

  /** All lanes without text: `|` a running node, `:` a paused one, nothing for one that is down. */
  drawn(lanes: Lanes): string {
    return lanes.step === 0 ? '' : this.#signs.map((sign) => sign.padEnd(lanes.step)).join('');
  }
}
