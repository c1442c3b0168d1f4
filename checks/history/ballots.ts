import { type Moment, NEVER } from './node-history.ts';

/** The votes of a term. */
interface Ballot {
  /** By node: the candidate it has voted for; −1: none. */
  readonly votes: Int32Array;
  readonly givenAt: Moment[];
}

/** The votes of all terms. A vote still counts after its node has entered a later term. */
export class Ballots {
  private readonly nodes: number;
  private readonly byTerm = new Map<number, Ballot>();

  constructor(nodes: number) {
    this.nodes = nodes;
  }

  /** The terms with votes that are kept. */
  get size(): number {
    return this.byTerm.size;
  }

  /** The candidate that the node has voted for in this term; −1: none. */
  vote(term: number, node: number): number {
    return this.byTerm.get(term)?.votes[node] ?? -1;
  }

  /** When it gave that vote. */
  givenAt(term: number, node: number): Moment {
    return this.byTerm.get(term)?.givenAt[node] ?? NEVER;
  }

  give(term: number, node: number, candidate: number, moment: Moment): void {
    const { votes, givenAt } = this.of(term);
    if (votes[node] !== candidate) givenAt[node] = moment;
    votes[node] = candidate;
  }

  /** Sets the flags of the nodes that have voted for the candidate to 1, all others to 0. */
  flag(term: number, candidate: number, flags: Uint8Array): void {
    const votes = this.byTerm.get(term)?.votes;
    for (let node = 0; node < this.nodes; node++)
      flags[node] = votes !== undefined && votes[node] === candidate ? 1 : 0;
  }

  /**
   * A node has restarted in this term with this vote: another vote that it has not sent to a candidate counts as not
   * given.
   *
   * @param granted by term: the candidate to which it has sent a granted vote
   */
  rebooted(node: number, term: number, votedFor: number, granted: ReadonlyMap<number, number>): void {
    this.of(term).votes[node] = votedFor;
    for (const [one, { votes }] of this.byTerm) {
      const candidate = granted.get(one);
      if (candidate !== undefined) votes[node] = candidate;
      else if (one > term) votes[node] = -1;
    }
  }

  forgetBelow(term: number): void {
    for (const one of this.byTerm.keys()) if (one < term) this.byTerm.delete(one);
  }

  private of(term: number): Ballot {
    let ballot = this.byTerm.get(term);
    if (ballot === undefined) {
      ballot = { votes: new Int32Array(this.nodes).fill(-1), givenAt: [] };
      this.byTerm.set(term, ballot);
    }
    return ballot;
  }
}
