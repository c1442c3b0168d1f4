import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { VOCABULARY } from '../runs/load/vocabulary.ts';
import { traceRun } from '../runs/simulate/simulate.ts';
import { findScenarios, readScenario } from '../scenarios/files.ts';
import type { TraceEvent } from '../sim/trace-event.ts';

const LIBRARY = findScenarios([fileURLToPath(new URL('../scenarios/library', import.meta.url))]);

/** What is wrong with the causes in a trace, one line each. */
function mistakes(events: readonly TraceEvent[], nodes: number): string[] {
  const of = new Map<number, TraceEvent[]>();
  for (const event of events) of.set(event.event, [...(of.get(event.event) ?? []), event]);
  const found: string[] = [];
  for (const event of events) {
    const { kind, cause, node, peer, text, fields } = event;
    const report = (what: string): void => void found.push(`#${event.event} ${kind} "${text}" of #${cause}: ${what}`);
    const causes = of.get(cause) ?? [];
    if (cause >= event.event) report('not earlier');
    if (cause > 0 && causes.length === 0) report('an event that left no trace');
    if (kind === 'timer' && node < nodes && !causes.some((one) => isAt(one, node))) report('of another node');
    if (kind === 'delivered' && fields['type'] !== 'Request' && fields['type'] !== 'Reply') {
      if (!causes.some((one) => one.kind === 'sent' && one.node === peer && one.peer === node))
        report('nothing was sent');
    }
    if (kind === 'delivered' && fields['type'] === 'Request' && !causes.some((one) => one.node === peer)) {
      report('the client did nothing');
    }
    const isDone = ['crashed', 'paused', 'admin-request', 'restarted', 'resumed'].includes(kind);
    if (isDone && !causes.some((one) => one.kind === 'step' || fields['fault'] === 'settle' || one.kind === 'fault')) {
      report('no step');
    }
  }
  return found;
}

/** Whether something happened at the node in this trace event; everything starts everywhere. */
function isAt({ kind, node, fields }: TraceEvent, there: number): boolean {
  return node === there || kind === 'started' || fields['fault'] === 'settle';
}

test.each(LIBRARY.map((file) => [file.slice(file.lastIndexOf('library/') + 8), file]))(
  'every event of %s has an earlier cause, with a trace, where it should be',
  (_name, file) => {
    const scenario = readScenario(file, VOCABULARY);
    const { events, nodes } = traceRun(scenario, '1');
    expect(mistakes(events, nodes.length).slice(0, 5)).toEqual([]);
  },
);
