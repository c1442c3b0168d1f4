import type { Recorder } from '../../sim/observer.ts';
import type { ViolationReport } from './result.ts';

/** How many events of a chain of causes are shown. A longer chain is marked as truncated. */
const CHAIN_LENGTH = 12;

/** The most events of which the cause is kept: 5 bytes for each. What lies before is cut off the chain. */
const MOST_CAUSES = 20_000_000;

export interface ChainOfCauses {
  /** The event and those that led to it, newest first. */
  readonly chain: ViolationReport['chain'];
  readonly truncated: boolean;
}

/**
 * The events that led to an event. The same run goes by twice, because what is kept of it must fit into memory however
 * long it is: first the cause of each event is noted, a number, and then only the events of the chain are put into words.
 *
 * @param runAgain runs the same run once more with that recorder
 * @param name what a node or client is called
 */
export function* chainOfCauses(
  last: number,
  runAgain: (recorder: Recorder) => Generator<void, void>,
  name: (endpoint: number) => string,
): Generator<void, ChainOfCauses> {
  const size = Math.min(last + 1, MOST_CAUSES);
  const isKept = (event: number): boolean => event > last - size && event <= last;
  const causes = new Int32Array(size);
  yield* runAgain({
    begin: (event, cause) => {
      if (isKept(event)) causes[event % size] = cause;
    },
    wants: () => false,
    record: () => undefined,
  });
  const isLink = new Uint8Array(size);
  let first = last;
  for (; first > 0 && isKept(first); first = causes[first % size]!) isLink[first % size] = 1;

  const chain: { event: number; at: number; text: string }[] = [];
  let isNextLink = false;
  yield* runAgain({
    begin: (event) => {
      isNextLink = isKept(event) && isLink[event % size] === 1;
    },
    wants: () => isNextLink,
    record: ({ event, at, node, text }) => {
      // An event is called by the first thing that it shows.
      if (!isNextLink) return;
      isNextLink = false;
      const link = { event, at, text: node < 0 ? text : `${name(node)}: ${text}` };
      // A timer that set itself again and again says it once.
      if (chain.at(-1)?.text === link.text) chain.pop();
      chain.push(link);
      if (chain.length > CHAIN_LENGTH) chain.shift();
    },
  });
  const isFull = chain.length === CHAIN_LENGTH && causes[chain[0]!.event % size]! > 0;
  return { chain: chain.reverse(), truncated: isFull || first > 0 };
}
