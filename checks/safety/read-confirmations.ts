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

/** The latest heartbeat rounds of a leadership of which is remembered in which event they began. */
const ROUNDS = 1024;

/** The heartbeat rounds of one leadership, and which nodes have acknowledged them. */
class HeartbeatRounds {
  term = -1;
  /** The latest round sent. */
  private last = 0;
  /** Ring buffer: at round modulo ROUNDS, the round. */
  private readonly rounds = new Float64Array(ROUNDS);
  /** Ring buffer: at round modulo ROUNDS, the event in which the round was first sent. */
  private readonly events = new Float64Array(ROUNDS);
  /** By node: the event in which the latest round began that it has acknowledged. */
  readonly acknowledged: Float64Array;
  /** The latest event after which a quorum has acknowledged a round begun in it. */
  confirmed = -1;

  constructor(nodes: number) {
    this.acknowledged = new Float64Array(nodes);
  }

  /** The leader counts as having acknowledged every round. */
  begin(term: number, leader: number): void {
    this.term = term;
    this.last = 0;
    this.rounds.fill(0);
    this.acknowledged.fill(-1);
    this.acknowledged[leader] = Infinity;
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
    // A round too old to be remembered counts as begun in this event, so that no leader is accused wrongly.
    const begun = remembered === round ? this.events[round % ROUNDS]! : now;
    this.acknowledged[node] = Math.max(this.acknowledged[node]!, begun);
  }
}

/**
 * Which leaders have confirmed that they still lead: by a heartbeat round, begun after a certain event, that a quorum
 * has acknowledged in their term (for I32). Dissertation §6.4.
 */
export class ReadConfirmations {
  private readonly context: CheckContext;
  /** By node: the rounds of its latest leadership; null: it has never led. Only leaders have the two ring buffers. */
  private readonly rounds: (HeartbeatRounds | null)[];
  /** The latest event since which a leader that sent a read index to a follower was known to lead. */
  private confirmedReadIndex = -1;

  constructor(context: CheckContext) {
    this.context = context;
    this.rounds = new Array<HeartbeatRounds | null>(context.cluster.nodes).fill(null);
  }

  sent(from: number, { term, round }: AppendEntries | InstallSnapshot): void {
    const rounds = this.roundsOf(from);
    if (term < rounds.term) return;
    if (term > rounds.term) rounds.begin(term, from);
    rounds.sent(round, this.context.cluster.event);
  }

  acknowledged(from: number, to: number, { term, round }: AppendEntriesReply | InstallSnapshotReply): void {
    const { view } = this.context.histories[to]!;
    const rounds = this.rounds[to]!;
    if (rounds === null || view === null) return;
    if (view.role !== LEADER || view.term !== term || rounds.term !== term) return;
    rounds.acknowledge(from, round, this.context.cluster.event);
    // By the configuration of this moment: by a later one, the same acknowledgements may no longer be a quorum.
    rounds.confirmed = Math.max(rounds.confirmed, reachedByQuorum(view.configuration, rounds.acknowledged));
  }

  /** A leader uses another configuration from this event on: what a quorum of the one before has confirmed stays. */
  reconfigured(node: number, view: RaftView, before: Configuration): void {
    if (view.role !== LEADER) return;
    const rounds = this.roundsOf(node);
    if (rounds.term < view.term) rounds.begin(view.term, node);
    const confirmed = Math.min(this.context.cluster.event, reachedByQuorum(before, rounds.acknowledged));
    rounds.confirmed = Math.max(rounds.confirmed, confirmed);
  }

  /** The node, which leads or has led this term, sends a follower a read index. */
  readIndexSent(node: number, view: RaftView, term: number): void {
    const rounds = this.rounds[node]!;
    const led = rounds?.term === term ? rounds.confirmed : -1;
    const confirmed = view.role === LEADER ? this.confirmedBy(node, view) : led;
    this.confirmedReadIndex = Math.max(this.confirmedReadIndex, Math.min(this.context.cluster.event, confirmed));
  }

  /** Whether the leader has confirmed, by rounds begun in this event or later, that it leads. */
  confirms(node: number, view: RaftView, event: number): boolean {
    return this.confirmedBy(node, view) >= event;
  }

  /** Whether the node did so while it led, or some leader did that has sent followers a read index. */
  confirmedForFollower(node: number, event: number): boolean {
    const confirmed = this.rounds[node]?.confirmed ?? -1;
    return confirmed >= event || this.confirmedReadIndex >= event;
  }

  /** The nodes that have acknowledged a round begun in this event or later. */
  respondersSince(node: number, event: number): readonly number[] {
    const responders: number[] = [];
    this.rounds[node]?.acknowledged.forEach((begun, other) => begun >= event && responders.push(other));
    return responders;
  }

  private confirmedBy(node: number, view: RaftView): number {
    const rounds = this.roundsOf(node);
    if (rounds.term < view.term) rounds.begin(view.term, node);
    return Math.max(rounds.confirmed, reachedByQuorum(view.configuration, rounds.acknowledged));
  }

  private roundsOf(leader: number): HeartbeatRounds {
    return (this.rounds[leader] ??= new HeartbeatRounds(this.context.cluster.nodes));
  }
}
