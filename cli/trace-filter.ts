import { suggestion } from '../runs/load/load-files.ts';
import type { TracedRun } from '../runs/simulate/result.ts';
import { TRACE_KINDS } from '../runs/load/vocabulary.ts';
import type { TraceEvent } from '../sim/trace-event.ts';
import type { Micros } from '../sim/protocol.ts';
import { UsageError } from './errors.ts';
import { words } from './words.ts';

export interface TraceFilterOptions {
  readonly node?: string;
  readonly kind?: string;
  /** Kinds to leave out. */
  readonly except?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly causes?: string;
}

/** Which trace events are shown. Mistakes in the options are reported before anything runs, as far as possible. */
export class TraceFilter {
  readonly #names: readonly string[] | null;
  readonly #kinds: ReadonlySet<string> | null;
  readonly #except: ReadonlySet<string>;
  readonly #from: Micros;
  readonly #to: Micros;
  readonly #causes: number | null;

  constructor({ node, kind, except = [], from, to, causes }: TraceFilterOptions) {
    this.#names = node === undefined ? null : words('--node', node);
    this.#kinds = kind === undefined ? null : new Set(kinds('--kind', words('--kind', kind)));
    this.#except = new Set(kinds('--except', except));
    this.#from = from === undefined ? 0 : duration('--from', from);
    this.#to = to === undefined ? Infinity : duration('--to', to);
    this.#causes = causes === undefined ? null : eventNumber(causes);
    if (this.#to < this.#from) throw new UsageError(`--to ${String(to)} is before --from ${String(from)}`);
  }

  /** Looks the names up before the run: nodes, and clients c1, c2, … */
  checkNames(endpoints: readonly string[]): void {
    for (const name of this.#names ?? []) {
      if (!endpoints.includes(name)) {
        throw new UsageError(`--node: there is no node ${JSON.stringify(name)}${suggestion(name, endpoints)}`);
      }
    }
  }

  of({ endpoints, events }: TracedRun): (event: TraceEvent) => boolean {
    const nodes = this.#names === null ? null : new Set(this.#names.map((name) => endpoints.indexOf(name)));
    const chain = this.#causes === null ? null : causesOf(this.#causes, events);
    // A trace event without a node concerns every node.
    const isAt = (node: number) => nodes === null || node < 0 || nodes.has(node);
    return ({ at, kind, node, event }) =>
      at >= this.#from &&
      at <= this.#to &&
      (this.#kinds === null || this.#kinds.has(kind)) &&
      !this.#except.has(kind) &&
      isAt(node) &&
      (chain === null || chain.has(event));
  }
}

/** The numbers of an event and of its causes, back to the first. */
function causesOf(event: number, events: readonly TraceEvent[]): ReadonlySet<number> {
  const causes = new Map(events.map((each) => [each.event, each.cause]));
  if (!causes.has(event)) {
    const last = events.at(-1)?.event ?? 0;
    throw new UsageError(`--causes: the run has no trace of event ${event}; its last event is ${last}`);
  }
  const chain = new Set<number>();
  for (let at: number | undefined = event; at !== undefined && at > 0 && !chain.has(at); at = causes.get(at))
    chain.add(at);
  return chain;
}

function kinds(option: string, found: readonly string[]): readonly string[] {
  for (const kind of found) {
    if (!TRACE_KINDS.includes(kind)) {
      const near = suggestion(kind, TRACE_KINDS);
      const all = near === '' ? `; expected some of ${TRACE_KINDS.join(', ')}` : near;
      throw new UsageError(`${option}: there is no kind ${JSON.stringify(kind)}${all}`);
    }
  }
  return found;
}

function eventNumber(text: string): number {
  const match = /^#?(\d{1,15})$/u.exec(text);
  if (match === null)
    throw new UsageError(`--causes: expected the number of an event, like 18204, got ${JSON.stringify(text)}`);
  return Number(match[1]);
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['us', 1],
  ['ms', 1_000],
  ['s', 1_000_000],
  ['m', 60_000_000],
]);

function duration(option: string, text: string): Micros {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)(us|ms|s|m)$/u.exec(text);
  if (match === null) {
    throw new UsageError(`${option}: expected a time like 150ms or 2.5s, got ${JSON.stringify(text)}`);
  }
  return Math.round(Number(match[1]) * (UNITS.get(match[2] ?? '') ?? 1));
}
