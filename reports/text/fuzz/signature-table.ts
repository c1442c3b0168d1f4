import type { FailureRecord } from '../../../runs/fuzz/records.ts';
import type { SignatureTotals } from '../../../runs/fuzz/tally.ts';
import { printable } from '../../../scenarios/language/printable.ts';
import { columns, hanging, padEnd, padStart } from '../layout.ts';
import { grouped } from '../quantities.ts';
import type { Style } from '../style.ts';

const INDENT = '  ';
/** Signatures that are listed: there are more of them than causes. */
const LISTED = 30;
/** Longer sentences are cut: the run itself is told above, and by the command. */
const LONGEST = 300;

/** Failures by signature: how many runs, the signature, what happened in the first of them, and how to see it again. */
export function signatureTable(
  signatures: readonly SignatureTotals[],
  replay: (first: FailureRecord) => string,
  style: Style,
  width: number,
): string[] {
  const listed = signatures.slice(0, LISTED);
  const runs = Math.max(4, ...listed.map((each) => columns(grouped(each.runs))));
  const id = Math.max(9, ...listed.map(({ signature }) => columns(signature)));
  const head = `${INDENT}${padStart('runs', runs)}  ${padEnd('signature', id)}  the first of them`;
  const more = signatures.length - listed.length;
  return [
    style.faint(head),
    ...listed.flatMap((each) => {
      const { signature, first } = each;
      const start = `${INDENT}${padStart(grouped(each.runs), runs)}  ${padEnd(signature, id)}  `;
      const [line = '', ...rest] = hanging(start, sentenceOf(first), width);
      const coloured = line.replace(signature, () => style.bad(signature));
      return [coloured, ...rest, `${' '.repeat(columns(start))}${style.faint(replay(first))}`];
    }),
    ...(more > 0 ? [`${INDENT}and ${grouped(more)} more signatures, in the results`] : []),
  ];
}

/** Signatures that are known, a line each. */
export function knownTable(signatures: readonly SignatureTotals[], width: number): string[] {
  const runs = Math.max(4, ...signatures.map((each) => columns(grouped(each.runs))));
  return signatures.slice(0, LISTED).flatMap(({ signature, first, ...each }) => {
    return hanging(`${INDENT}${padStart(grouped(each.runs), runs)}  ${signature}  `, sentenceOf(first), width).slice(
      0,
      1,
    );
  });
}

function sentenceOf({ scenario, seed, summary }: FailureRecord): string {
  const text = printable(`${scenario}, seed ${seed}: ${summary}`);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
