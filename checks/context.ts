import type { Finding, FindingWitness } from './finding.ts';
import { Ledger } from './ledger.ts';
import { Prefixes } from './prefixes.ts';
import { type Moment, Shadow } from './shadow.ts';
import type { ReferenceMachine, Watched } from './watched.ts';

/** Who led a term, since when, and with which log it was elected. */
export interface Leadership {
  readonly term: number;
  readonly node: number;
  /** Prefix id of the log with which it was elected. */
  readonly tip: number;
  readonly event: number;
  readonly at: number;
  readonly quorum: readonly number[];
}

/** What a report of a broken invariant may carry besides its summary. */
export interface Evidence {
  readonly witnesses?: readonly FindingWitness[];
  readonly agreement?: number | null;
  readonly quorums?: Finding['quorums'];
}

/** What the checks share: the memory of the run so far, and the first violation. */
export class CheckContext {
  readonly watched: Watched;
  readonly shadows: readonly Shadow[];
  readonly prefixes = new Prefixes();
  readonly ledger: Ledger;
  /** Every leader of the run by term, deposed and crashed ones included. */
  readonly leaders = new Map<number, Leadership>();
  highestLeaderTerm = 0;
  finding: Finding | null = null;
  /** Increases whenever something a script's condition may ask about has changed. */
  revision = 0;
  /** Until all nodes have booted once, logs may hold entries that were there before the run. */
  beginning = true;
  private readonly enabled: ReadonlySet<string> | null;

  constructor(watched: Watched, reference: ReferenceMachine, enabled: ReadonlySet<string> | null) {
    this.watched = watched;
    this.enabled = enabled;
    this.ledger = new Ledger(reference);
    const shadows: Shadow[] = [];
    for (let node = 0; node < watched.nodes; node++) shadows.push(new Shadow(node, watched.nodes));
    this.shadows = shadows;
  }

  get quorum(): number {
    return Math.floor(this.watched.nodes / 2) + 1;
  }

  /** The first report is kept: what breaks first is nearest to the cause. */
  report(invariant: string, node: number, summary: string, evidence: Evidence = {}): void {
    if (this.finding !== null || (this.enabled !== null && !this.enabled.has(invariant))) return;
    this.finding = {
      invariant,
      node,
      event: this.watched.event,
      at: this.watched.now,
      summary,
      witnesses: evidence.witnesses ?? [],
      agreement: evidence.agreement ?? null,
      quorums: evidence.quorums ?? [],
    };
  }

  name(node: number): string {
    return node < 0 ? 'nobody' : this.watched.nodeName(node);
  }

  /** A witness of this very event. */
  here(label: string, node: number, text: string): FindingWitness {
    return { label, node, event: this.watched.event, at: this.watched.now, text };
  }

  get moment(): Moment {
    return { event: this.watched.event, at: this.watched.now };
  }

  /** A witness of an earlier event. */
  then(label: string, node: number, { event, at }: Moment, text: string): FindingWitness {
    return { label, node, event, at, text };
  }

  /** The last entry of a prefix in words: `index 7 {term 3, put x 1}`. */
  describeEntry(prefix: number): string {
    if (prefix === 0) return 'the empty log';
    const { term, request } = this.prefixes.entry(prefix);
    const words =
      request === null ? 'no-op' : `${request.command.op} ${request.command.key} ${request.command.value}`.trim();
    return `index ${this.prefixes.depth(prefix)} {term ${term}, ${words}}`;
  }

  /** The last entry of a prefix as a witness, from where it was seen first. */
  entryWitness(label: string, prefix: number, what: string): FindingWitness {
    return {
      label,
      node: this.prefixes.firstNode(prefix),
      event: this.prefixes.firstEvent(prefix),
      at: this.prefixes.firstTime(prefix),
      text: `${this.describeEntry(prefix)} ${what}`,
    };
  }

  /** The commit of an index as a witness. */
  commitWitness(label: string, index: number): FindingWitness {
    const { ledger } = this;
    return {
      label,
      node: ledger.node(index),
      event: ledger.event(index),
      at: ledger.time(index),
      text: `${this.describeEntry(ledger.prefix(index))} committed in term ${ledger.commitTerm(index)} by ${this.name(ledger.node(index))}`,
    };
  }
}
