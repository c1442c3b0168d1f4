import type { Entry } from '../core/messages.ts';
import type { Micros, Request } from '../sim/protocol.ts';
import { Model, type Told } from './model.ts';
import type { ReferenceMachine } from './watched.ts';

/** The last request of a session that was executed, and what came of it. */
export interface Executed {
  readonly sequence: number;
  readonly told: Told;
  readonly index: number;
  /** Whether the request stands in the ledger more than once. */
  repeated: boolean;
}

/**
 * What the cluster has committed, in order: for each index the log prefix that was committed there first, by whom,
 * when, and in which term. It only grows.
 */
export class Ledger {
  private readonly prefixes: number[] = [0];
  private readonly terms: number[] = [0];
  private readonly nodes: number[] = [-1];
  private readonly events: number[] = [0];
  private readonly times: Micros[] = [0];
  private readonly hashes: number[] = [0];
  private readonly repeats: boolean[] = [false];
  private readonly executed = new Map<number, Executed>();
  private readonly model = new Model();
  private readonly reference: ReferenceMachine;

  constructor(reference: ReferenceMachine) {
    this.reference = reference;
  }

  get length(): number {
    return this.prefixes.length - 1;
  }

  /** Prefix id committed at this index. */
  prefix(index: number): number {
    return this.prefixes[index]!;
  }

  /** Term of the leader that committed the index: the commit term, which is not always the entry's. */
  commitTerm(index: number): number {
    return this.terms[index]!;
  }

  node(index: number): number {
    return this.nodes[index]!;
  }

  event(index: number): number {
    return this.events[index]!;
  }

  time(index: number): Micros {
    return this.times[index]!;
  }

  /** Digest of the state after replaying the ledger up to this index. */
  stateHash(index: number): number {
    return this.hashes[index]!;
  }

  /** Whether the entry repeats a request that stands earlier in the ledger. */
  isRepeat(index: number): boolean {
    return this.repeats[index]!;
  }

  lastExecuted(session: number): Executed | undefined {
    return this.executed.get(session);
  }

  /** The entry after the last is committed. Returns whether it repeats an earlier request. */
  extend(prefix: number, entry: Entry, term: number, node: number, event: number, at: Micros): boolean {
    this.prefixes.push(prefix);
    this.terms.push(term);
    this.nodes.push(node);
    this.events.push(event);
    this.times.push(at);
    const repeat = entry.request !== null && !this.replay(entry.request);
    this.repeats.push(repeat);
    this.hashes.push(this.reference.hash);
    return repeat;
  }

  /** The last index whose commit term is below this term, 0 if there is none. */
  lastCommittedBefore(term: number): number {
    // Nearly always the tip qualifies at once: the terms rise with the index.
    let index = this.length;
    while (index > 0 && this.terms[index]! >= term) index--;
    return index;
  }

  /** Executes a committed request, unless its session has already had it, or has gone on. */
  private replay(request: Request): boolean {
    // The reference machine is there for its hashes.
    if (this.reference.answered(request) === null) this.reference.execute(request);
    const { session, sequence, command } = request;
    const before = this.executed.get(session);
    if (before !== undefined && before.sequence >= sequence) {
      if (before.sequence === sequence) before.repeated = true;
      return false;
    }
    this.executed.set(session, { sequence, told: this.model.execute(command), index: this.length, repeated: false });
    return true;
  }
}
