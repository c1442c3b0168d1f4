import type {
  AppendEntries,
  AppendEntriesReply,
  Configuration,
  InstallSnapshot,
  InstallSnapshotReply,
} from '../../core/messages.ts';
import { LEADER, type RaftView } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import { reachedByQuorum } from '../quorums.ts';

/** Rounds of a leadership whose beginning is remembered. */
const ROUNDS = 1024;

/** The rounds of greetings of one leadership, and who has answered them. */
class Rounds {
  term = -1;
  /** The highest sent. */
  private last = 0;
  /** By round modulo ROUNDS: the round, and the event in which it was first sent. */
  private readonly rounds = new Float64Array(ROUNDS);
  private readonly events = new Float64Array(ROUNDS);
  /** By node: the event in which the latest round began that it has answered. */
  readonly acknowledged: Float64Array;
  /** The latest event after which a quorum has answered a round begun in it. */
  confirmed = -1;

  constructor(nodes: number) {
    this.acknowledged = new Float64Array(nodes);
  }

  /** The node needs nobody to answer itself. */
  begin(term: number, node: number): void {
    this.term = term;
    this.last = 0;
    this.rounds.fill(0);
    this.acknowledged.fill(-1);
    this.acknowledged[node] = Infinity;
  }

  sent(round: number, event: number): void {
    if (round <= this.last) return;
    this.last = round;
    this.rounds[round % ROUNDS] = round;
    this.events[round % ROUNDS] = event;
  }

  acknowledge(node: number, round: number, now: number): void {
    const remembered = this.rounds[round % ROUNDS]!;
    if (round <= 0 || remembered < round) return;
    // Of a round too long ago to be remembered, the best is believed.
    const begun = remembered === round ? this.events[round % ROUNDS]! : now;
    this.acknowledged[node] = Math.max(this.acknowledged[node]!, begun);
  }
}

/**
 * Which leaders have shown that they still lead: by a round of greetings, begun after a certain event, that a quorum has
 * answered in their term. Dissertation §6.4.
 */
export class ReadConfirmations {
  private readonly context: CheckContext;
  /** By node: those of its latest leadership. */
  private readonly rounds: readonly Rounds[];
  /** The latest event since which a leader that told a follower where to read was known to lead. */
  private confirmedReadIndex = -1;

  constructor(context: CheckContext) {
    const { nodes } = context.cluster;
    this.context = context;
    this.rounds = Array.from({ length: nodes }, () => new Rounds(nodes));
  }

  sent(from: number, { term, round }: AppendEntries | InstallSnapshot): void {
    const rounds = this.rounds[from]!;
    if (term < rounds.term) return;
    if (term > rounds.term) rounds.begin(term, from);
    rounds.sent(round, this.context.cluster.event);
  }

  acknowledged(from: number, to: number, { term, round }: AppendEntriesReply | InstallSnapshotReply): void {
    const { view } = this.context.histories[to]!;
    const rounds = this.rounds[to]!;
    if (view === null || view.role !== LEADER || view.term !== term || rounds.term !== term) return;
    rounds.acknowledge(from, round, this.context.cluster.event);
    // By the configuration of this moment: by a later one, the same answers may no longer be a quorum.
    rounds.confirmed = Math.max(rounds.confirmed, reachedByQuorum(view.configuration, rounds.acknowledged));
  }

  /** A leader goes by another configuration from now on: what it had shown by the one before stays shown. */
  reconfigured(node: number, view: RaftView, before: Configuration): void {
    const rounds = this.rounds[node]!;
    if (view.role !== LEADER) return;
    if (rounds.term < view.term) rounds.begin(view.term, node);
    const shown = Math.min(this.context.cluster.event, reachedByQuorum(before, rounds.acknowledged));
    rounds.confirmed = Math.max(rounds.confirmed, shown);
  }

  /** The node, which leads or has led this term, tells a follower where to read. */
  confirmsReadIndex(node: number, view: RaftView, term: number): void {
    const rounds = this.rounds[node]!;
    const led = rounds.term === term ? rounds.confirmed : -1;
    const shown = view.role === LEADER ? this.confirmedBy(node, view) : led;
    this.confirmedReadIndex = Math.max(this.confirmedReadIndex, Math.min(this.context.cluster.event, shown));
  }

  /** Whether the leader has shown, by rounds begun in this event or later, that it leads. */
  confirms(node: number, view: RaftView, event: number): boolean {
    return this.confirmedBy(node, view) >= event;
  }

  /** Whether the node has done so when it still led, or some leader has that told followers where to read. */
  confirmedForFollower(node: number, event: number): boolean {
    return this.rounds[node]!.confirmed >= event || this.confirmedReadIndex >= event;
  }

  /** Among the nodes that vote, those whose answers count: to say who is missing. */
  respondersSince(node: number, event: number): readonly number[] {
    const responders: number[] = [];
    this.rounds[node]!.acknowledged.forEach((begun, other) => begun >= event && responders.push(other));
    return responders;
  }

  private confirmedBy(node: number, view: RaftView): number {
    const rounds = this.rounds[node]!;
    if (rounds.term < view.term) rounds.begin(view.term, node);
    return Math.max(rounds.confirmed, reachedByQuorum(view.configuration, rounds.acknowledged));
  }
}
