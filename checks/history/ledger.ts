import type { Entry } from '../../core/messages.ts';
import type { Micros, Request } from '../../sim/protocol.ts';
import { EXECUTED, type Executed, KvModel, type Outcome, REJECTED, REPEATED, type ModelReply } from './kv-model.ts';
import { FORGOTTEN } from './prefixes.ts';
import { RingBuffer } from './ring-buffer.ts';
import type { ReferenceMachine } from '../observed-cluster.ts';

/** Called for each entry that is committed. */
export interface LedgerReader {
  /**
   * @param term the commit term
   * @param reply the result of executing the request; null if there is none, or it was not executed
   */
  committed(index: number, term: number, request: Request | null, reply: ModelReply | null): void;
}

/**
 * What the cluster has committed, in order: for each index the log prefix that was committed there first, by which node,
 * when, and in which term. It only grows; entries that all nodes have compacted can be dropped.
 */
export class Ledger {
  reader: LedgerReader | null = null;
  private readonly prefixes = new RingBuffer(0);
  private readonly terms = new RingBuffer(0);
  private readonly nodes = new RingBuffer(0);
  private readonly events = new RingBuffer(0);
  private readonly times = new RingBuffer(0);
  private readonly hashes = new RingBuffer(0);
  private readonly outcomes = new RingBuffer(0);
  private readonly logTimes = new RingBuffer(0);
  private readonly model: KvModel;
  private readonly reference: ReferenceMachine;
  private logTime: Micros = 0;

  constructor(reference: ReferenceMachine) {
    this.reference = reference;
    this.model = new KvModel(reference.sessionTimeout);
    this.push(0, 0, -1, 0, 0, EXECUTED);
  }

  get length(): number {
    return this.prefixes.end - 1;
  }

  /** The lowest index that is kept. */
  get first(): number {
    return this.prefixes.first;
  }

  /** Prefix id committed at this index; FORGOTTEN for one that is not kept. */
  prefix(index: number): number {
    return index >= this.prefixes.first ? this.prefixes.at(index) : index === 0 ? 0 : FORGOTTEN;
  }

  // All of the following take an index that is kept.

  /** Term of the leader that committed the index: the commit term, which is not always the entry's. */
  commitTerm(index: number): number {
    return this.terms.at(index);
  }

  node(index: number): number {
    return this.nodes.at(index);
  }

  event(index: number): number {
    return this.events.at(index);
  }

  time(index: number): Micros {
    return this.times.at(index);
  }

  /** Digest of the state after replaying the ledger up to this index. */
  stateHash(index: number): number {
    return this.hashes.at(index);
  }

  /** Log time after the entry at this index. */
  timeInLog(index: number): Micros {
    return this.logTimes.at(index);
  }

  /** Whether the request of the entry is in the ledger at a lower index too. */
  isRepeat(index: number): boolean {
    return this.outcomes.at(index) === REPEATED;
  }

  /** Whether the entry holds a request of a session that was not open. */
  isRejected(index: number): boolean {
    return this.outcomes.at(index) === REJECTED;
  }

  /** Sessions that have expired so far. */
  get expiredSessions(): number {
    return this.model.expired;
  }

  /** The result of the request; undefined if it was never executed, null if it has been dropped. */
  reply(request: Request): Executed | null | undefined {
    return this.model.reply(request);
  }

  /** Whether the session has been used, or registered, and has not expired. */
  isOpen(session: number): boolean {
    return this.model.isOpen(session);
  }

  hasExecuted(request: Request): boolean {
    return this.model.hasExecuted(request);
  }

  /** Appends a committed entry. Returns the outcome of its request. */
  extend(prefix: number, entry: Entry, term: number, node: number, event: number, at: Micros): Outcome {
    this.logTime = Math.max(this.logTime, entry.time);
    this.model.passTime(entry.time);
    this.reference.passTime(entry.time);
    const outcome = entry.request === null ? EXECUTED : this.replay(entry.request, this.length + 1);
    this.push(prefix, term, node, event, at, outcome);
    this.notifyReader(term, entry.request, outcome);
    return outcome;
  }

  /** The last index whose commit term is below this term, as far as is remembered; 0 if there is none. */
  lastCommittedBefore(term: number): number {
    // Nearly always the last index qualifies at once: commit terms rise with the index.
    let index = this.length;
    while (index > this.first && this.terms.at(index) >= term) index--;
    return index;
  }

  /** Indices that are remembered. */
  get size(): number {
    return this.prefixes.end - this.prefixes.first;
  }

  forgetBefore(index: number): void {
    const { prefixes, terms, nodes, events, times, hashes, outcomes, logTimes } = this;
    for (const column of [prefixes, terms, nodes, events, times, hashes, outcomes, logTimes])
      column.forgetBefore(index);
  }

  private push(prefix: number, term: number, node: number, event: number, at: Micros, outcome: Outcome): void {
    this.prefixes.push(prefix);
    this.terms.push(term);
    this.nodes.push(node);
    this.events.push(event);
    this.times.push(at);
    this.outcomes.push(outcome);
    this.logTimes.push(this.logTime);
    this.hashes.push(this.reference.hash);
  }

  private notifyReader(term: number, request: Request | null, outcome: Outcome): void {
    if (this.reader === null) return;
    const reply = request !== null && outcome === EXECUTED ? (this.model.reply(request)?.reply ?? null) : null;
    this.reader.committed(this.length, term, request, reply);
  }

  private replay(request: Request, index: number): Outcome {
    // The reference machine is used for its hashes only.
    if (this.reference.recordedReply(request) === null) this.reference.execute(request, index);
    return this.model.execute(request, index);
  }
}
