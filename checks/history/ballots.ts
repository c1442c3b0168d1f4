import { type Moment, NEVER } from './node-history.ts';

/** Who voted for whom in a term, and when. */
interface Ballot {
  /** By node: the candidate it has voted for, −1 for nobody. */
  readonly votes: Int32Array;
  readonly givenAt: Moment[];
}

/** The votes of all terms. A vote counts although its giver has gone on. */
export class Ballots {
  private readonly nodes: number;
  private readonly byTerm = new Map<number, Ballot>();

  constructor(nodes: number) {
    this.nodes = nodes;
  }

  /** Terms of which any vote is remembered. */
  get size(): number {
    return this.byTerm.size;
  }

  /** Whom the node has voted for in this term, −1 for nobody. */
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

  /** Flags who has voted for the candidate. */
  flag(term: number, candidate: number, flags: Uint8Array): void {
    const votes = this.byTerm.get(term)?.votes;
    for (let node = 0; node < this.nodes; node++)
      flags[node] = votes !== undefined && votes[node] === candidate ? 1 : 0;
  }

  /**
   * A node has come back in this term with this vote: another that it was not told to have given is as if not given.
   *
   * @param granted the candidates that were told so, by term
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
