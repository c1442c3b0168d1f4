import { NONE } from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { Micros } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';
import type { CalmPeriod } from './calm.ts';
import { isElectable } from './electable.ts';
import { milliseconds } from './milliseconds.ts';

/**
 * Longest election timeouts within which a working quorum elects a leader. An election is a game of chance: if only one of
 * three nodes has a log that can win, a round elects it with a probability of a third or more, and it takes some forty
 * rounds until a correct cluster is never blamed.
 */
const ELECTION_BOUND = 40;

/** How many round trips an election timeout, and the range it is drawn from, must be worth for elections to succeed. */
const ROUND_TRIPS_PER_TIMEOUT = 3;

/** Longest election timeouts, plus as many round trips, within which a leader with a working quorum makes progress. */
const PROGRESS_BOUND = 10;

/** The leader that was seen last, and how far its log had been replicated. */
interface Progress {
  node: number;
  term: number;
  /** When it was seen to lead first. */
  since: Micros;
  /** A sum that grows with every entry that is committed or acknowledged, and every chunk that is sent. */
  replicated: number;
  /** When that grew last, or all was committed. */
  at: Micros;
}

/** Checks that a quorum that works gets a leader, and that its leader commits what is submitted: Lv14, Lv15. */
export class QuorumProgressChecks {
  private readonly context: CheckContext;
  private readonly calm: CalmPeriod;
  private readonly progress: Progress = { node: NONE, term: 0, since: 0, replicated: -1, at: 0 };
  private ledAt: Micros = 0;
  private nextLook: Micros = 0;

  constructor(context: CheckContext, calm: CalmPeriod) {
    this.context = context;
    this.calm = calm;
  }

  /** The leader of the calm period and since when it has been seen to lead; null if there is none. */
  get leader(): { readonly node: number; readonly since: Micros } | null {
    const { node, since, term } = this.progress;
    const view = node === NONE ? null : this.context.histories[node]!.view;
    return view !== null && view.role === LEADER && view.term === term ? { node, since } : null;
  }

  /** How long a leader with a working quorum may take for what must pass `steps` round trips, one after the other. */
  bound(steps: number): Micros {
    const { longestTimeout } = this.context.options;
    return PROGRESS_BOUND * longestTimeout + (PROGRESS_BOUND + 2 * steps) * this.calm.roundTrip;
  }

  /** A node has handled an event. Returns whether the calm period has been looked at. */
  stepped(history: NodeHistory, view: RaftView): boolean {
    const { context, calm } = this;
    const { now } = context.cluster;
    if (view.role === LEADER && history.role !== LEADER) this.ledAt = now;
    if (now < this.nextLook) return false;
    calm.update();
    this.nextLook = now + Math.ceil(context.options.longestTimeout / 2);
    if (calm.since === Infinity) return false;
    const leader = this.findLeader();
    if (leader === null) this.checkElected();
    else this.checkProgress(leader);
    return leader !== null;
  }

  private findLeader(): RaftView | null {
    const { context, calm, progress } = this;
    let found: RaftView | null = null;
    for (const { node, view } of context.histories) {
      if (calm.members[node] === 0 || view === null || view.role !== LEADER) continue;
      if (found !== null && found.term >= view.term) continue;
      found = view;
      if (progress.node === node && progress.term === view.term) continue;
      Object.assign(progress, { node, term: view.term, since: context.cluster.now, replicated: -1 });
    }
    if (found !== null) this.ledAt = context.cluster.now;
    return found;
  }

  private checkElected(): void {
    const { context, calm } = this;
    const { now } = context.cluster;
    const { shortestTimeout, longestTimeout, narrowestRange, waitsForVotes } = context.options;
    const needed = ROUND_TRIPS_PER_TIMEOUT * calm.roundTrip;
    if (shortestTimeout < needed || narrowestRange < needed) return;
    const span = now - Math.max(calm.since, this.ledAt);
    const round = longestTimeout + (waitsForVotes ? calm.roundTrip : 0);
    if (span <= ELECTION_BOUND * round || !calm.isQuorum() || !isElectable(context, calm.writers)) return;
    const text = `${calm.names} work and reach each other, but have elected no leader for ${milliseconds(span)}`;
    context.reportLiveness('Lv14', -1, text);
  }

  private checkProgress(view: RaftView): void {
    const { context, calm, progress } = this;
    const { now } = context.cluster;
    const { commitIndex, log } = view;
    const replicated = this.replicated(view);
    // Without an entry of its own term, a leader commits nothing (§5.4.2).
    const isIdle = commitIndex >= log.lastIndex || log.term(log.lastIndex) !== view.term;
    if (isIdle || replicated !== progress.replicated) {
      progress.replicated = replicated;
      progress.at = now;
      return;
    }
    const span = now - Math.max(calm.since, progress.at);
    if (span <= this.bound(0) || !calm.isQuorum()) return;
    const name = context.name(progress.node);
    const what = `leads term ${view.term}, and ${calm.names} work and reach each other`;
    const text = `${name} ${what}, but index ${commitIndex + 1} is not committed, and nothing has moved for ${milliseconds(span)}`;
    context.reportLiveness('Lv15', progress.node, text);
  }

  private replicated(view: RaftView): number {
    const { sentOffset, sentSnapshot } = this.context.histories[this.progress.node]!;
    let sum = view.commitIndex;
    for (let node = 0; node < sentOffset.length; node++)
      sum += view.matchIndex[node]! + sentSnapshot[node]! + sentOffset[node]!;
    return sum;
  }
}
