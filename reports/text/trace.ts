import type { TracedRun } from '../../runs/simulate/result.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { printable } from '../../scenarios/language/printable.ts';
import { columns, wrap } from './layout.ts';
import { counted, instant } from './quantities.ts';
import type { Style } from './style.ts';
import { heading, laneOf, type Lanes, lanesOf, NodeStates, placeOf } from './trace-lanes.ts';
import { titleOf } from '../../scenarios/settings.ts';

/** Takes the place of a node's name where a trace event concerns the whole cluster. */
const CLUSTER = '==';

export interface TraceView {
  /**
   * Columns of the terminal. Null: the trace goes into a pipe, for `grep` and `diff`; then every trace event is one
   * whole line, and no line depends on the one before.
   */
  readonly width: number | null;
  readonly style: Style;
  /** Which trace events are shown. */
  readonly shows: (event: TraceEvent) => boolean;
}

/**
 * A run as text: a line per trace event, in the lane of its node, so that the history of one node can be read down the
 * page. A line holds one text only, which may therefore extend over the lanes to its right.
 */
export function* traceText(run: TracedRun, view: TraceView): Generator<string, void> {
  const { style, width, shows } = view;
  const lanes = lanesOf(run, width);
  const states = new NodeStates(lanes);
  yield style.strong(heading(lanes));
  let previous = -1;
  let shown = 0;
  for (const event of run.events) {
    states.see(event);
    if (!shows(event)) continue;
    // Several trace events of one simulation event: only the first line has its time and number.
    const isRepeated = width !== null && event.event === previous;
    previous = event.event;
    shown += 1;
    const place = isRepeated ? ' '.repeat(lanes.start) : placeOf(event, lanes);
    const [name, text] = wording(event, run);
    yield* rows(place, name, text, laneOf(lanes, event.node), {
      lanes,
      states,
      width,
      style,
      kind: event.kind,
    });
  }
  yield* conclusion(run, shown, style, width);
}

interface Row {
  readonly lanes: Lanes;
  readonly states: NodeStates;
  readonly width: number | null;
  readonly style: Style;
  readonly kind: string;
}

function* rows(place: string, name: string, text: string, lane: number, row: Row): Generator<string, void> {
  const { lanes, states, width, style, kind } = row;
  const drawn = states.drawn(lanes);
  const indent = lane + columns(name) + 1;
  const room = width === null ? null : Math.max(20, width - lanes.start - indent);
  const colour = colourOf(kind, style);
  for (const [index, line] of wrap(text, room).entries()) {
    const isFirst = index === 0;
    const left = style.faint(drawn.slice(0, lane).padEnd(lane));
    const head = isFirst ? style.strong(name) : style.faint(under(name, drawn, lane));
    yield `${isFirst ? style.faint(place) : ' '.repeat(lanes.start)}${left}${head} ${colour(line)}`.trimEnd();
  }
}

/** What fills the columns under the name in the further lines of a long text: the node's own lane. */
function under(name: string, drawn: string, lane: number): string {
  return (name === CLUSTER ? '' : drawn.slice(lane, lane + 1)).padEnd(columns(name));
}

/** The name and the text of a line. */
function wording({ node, text }: TraceEvent, { endpoints }: TracedRun): [string, string] {
  const name = endpoints[node];
  return name === undefined ? [CLUSTER, text] : [name, text];
}

function colourOf(kind: string, style: Style): (text: string) => string {
  switch (kind) {
    case 'elected':
      return style.good;
    case 'crashed':
    case 'halted':
      return style.bad;
    case 'dropped':
    case 'duplicated':
    case 'fault':
    case 'paused':
    case 'restarted':
    case 'read-failed':
    case 'write-failed':
    case 'resumed':
    case 'truncated':
      return style.doubtful;
    case 'applied':
    case 'committed':
    case 'completed':
    case 'mark':
      return style.notable;
    case 'delivered':
    case 'held':
    case 'persisted':
    case 'sent':
    case 'timer':
    case 'writing':
      return style.faint;
    default:
      return String;
  }
}

function* conclusion({ result, events }: TracedRun, shown: number, style: Style, width: number | null) {
  const { scenario, settings, seed, verdict, hash, violation, unmet, limit } = result;
  yield '';
  if (violation !== null) {
    const { title, invariant, at, event, summary } = violation;
    const text = `${title} (${invariant}) broken at ${instant(at)}, #${String(event)}: ${summary}`;
    yield* wrap(text, width).map(style.bad);
  }
  if (limit !== null) yield* wrap(limit, width);
  for (const { text } of unmet) yield* wrap(`not met: ${text}`, width);
  const part = shown === events.length ? '' : `${String(shown)} of `;
  const count = `${part}${counted(events.length, 'trace event')}`;
  yield* wrap(printable(`${titleOf(scenario, settings)}  seed ${seed}  ${verdict}  hash ${hash}  ${count}`), width);
}
