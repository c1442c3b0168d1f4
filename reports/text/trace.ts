import type { TracedRun } from '../../runs/simulate/result.ts';
import type { TraceEvent } from '../../sim/trace-event.ts';
import { columns, printable, wrap } from './layout.ts';
import { counted, instant } from './quantities.ts';
import type { Style } from './style.ts';
import { heading, laneOf, type Lanes, lanesOf, NodeStates, placeOf } from './trace-lanes.ts';

/** Stands in the place of a node's name before what concerns the whole cluster. */
const CLUSTER = '==';

export interface TraceView {
  /**
   * Columns of the terminal. Null: the trace goes into a pipe, for `grep` and `diff`; then every observation is one
   * whole line, and no line depends on the one before.
   */
  readonly width: number | null;
  readonly style: Style;
  /** Which observations are shown. */
  readonly shows: (observation: TraceEvent) => boolean;
}

/**
 * A run as text: an observation a line, in the lane of the node where it took place, so that what one node did can be
 * read down the page. A line holds one text only, which may therefore run on over the lanes to its right.
 */
export function* traceText(run: TracedRun, view: TraceView): Generator<string, void> {
  const { style, width, shows } = view;
  const lanes = lanesOf(run, width);
  const states = new NodeStates(lanes);
  yield style.strong(heading(lanes));
  let event = -1;
  let shown = 0;
  for (const observation of run.observations) {
    states.see(observation);
    if (!shows(observation)) continue;
    // Several observations of one event: its time and number stand at the first.
    const isRepeated = width !== null && observation.event === event;
    event = observation.event;
    shown += 1;
    const place = isRepeated ? ' '.repeat(lanes.start) : placeOf(observation, lanes);
    const [name, text] = wording(observation, run);
    yield* rows(place, name, text, laneOf(lanes, observation.node), {
      lanes,
      states,
      width,
      style,
      kind: observation.kind,
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

/** What stands under the name in the further lines of a long text: the node's own lane. */
function under(name: string, drawn: string, lane: number): string {
  return (name === CLUSTER ? '' : drawn.slice(lane, lane + 1)).padEnd(columns(name));
}

/** Whose line it is, and what it says. What concerns the whole cluster is marked off. */
function wording({ node, text }: TraceEvent, { endpoints }: TracedRun): [string, string] {
  const name = endpoints[node];
  return name === undefined ? [CLUSTER, text] : [name, text];
}

function colourOf(kind: string, style: Style): (text: string) => string {
  switch (kind) {
    case 'elected':
      return style.good;
    case 'crashed':
      return style.bad;
    case 'dropped':
    case 'duplicated':
    case 'fault':
    case 'paused':
    case 'restarted':
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

function* conclusion({ result, observations }: TracedRun, shown: number, style: Style, width: number | null) {
  const { scenario, seed, verdict, hash, violation, unmet, limit } = result;
  yield '';
  if (violation !== null) {
    const { title, invariant, at, event, summary } = violation;
    const text = `${title} (${invariant}) broken at ${instant(at)}, #${String(event)}: ${summary}`;
    yield* wrap(text, width).map(style.bad);
  }
  if (limit !== null) yield* wrap(limit, width);
  for (const text of unmet) yield* wrap(`not met: ${text}`, width);
  const part = shown === observations.length ? '' : `${String(shown)} of `;
  yield* wrap(
    printable(
      `${scenario}  seed ${seed}  ${verdict}  hash ${hash}  ${part}${counted(observations.length, 'observation')}`,
    ),
    width,
  );
}
