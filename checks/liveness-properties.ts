import type { Area } from '../core/areas.ts';
import type { Invariant } from './invariants.ts';

/**
 * Liveness properties, as far as one run can show them. Each is stated so that Raft as published keeps it under all
 * faults; only an implementation that is stuck, or does not do what its options say, breaks it. A run that breaks one
 * is unmet.
 */
const LIST: readonly Invariant[] = [
  property('Lv1', 'election', 'LeaderElected', 'Raft §5.2, §5.6', 'after all faults have ended, a leader is elected'),
  property(
    'Lv3',
    'replication',
    'LogsConverge',
    'Raft §5.3',
    'under a stable leader, all logs become equal and all clients receive replies',
  ),
  property(
    'Lv6',
    'membership',
    'ReconfigurationCompletes',
    'dissertation §4.1–4.3',
    'a membership change completes, waits until new members have caught up, and never makes a node reject the messages of others',
  ),
  property(
    'Lv7',
    'check-quorum',
    'LeaderWithoutQuorum',
    'dissertation §6.2',
    'a leader without contact to a quorum steps down in time',
  ),
  property(
    'Lv8',
    'transfer',
    'TransferEnds',
    'dissertation §3.10',
    "during a leadership transfer the leader appends no requests, waits until the target's log is complete, and aborts in time; the other nodes vote for the target, which obeys only the leader of its term",
  ),
  property(
    'Lv9',
    'pre-vote',
    'PreVoteKeepsTerms',
    'dissertation §9.6',
    'a term rises only through a candidate with the pre-votes of a quorum, and no node grants a pre-vote to a candidate whose log is behind its own',
  ),
  property(
    'Lv10',
    'check-quorum',
    'LeaderStays',
    'dissertation §4.2.3',
    'a leader in contact with a quorum does not step down, and no node that has just heard from a leader helps to depose it',
  ),
  property(
    'Lv11',
    'replication',
    'CommitSpreads',
    'Raft §5.3',
    'a follower raises its commitIndex with every AppendEntries that it accepts, up to leaderCommit or the last new entry',
  ),
  property(
    'Lv12',
    'replication',
    'WithinBudget',
    'Raft §5.3; dissertation §5.1',
    'snapshots are taken as often as the options say, and a leader finds where a log matches in few steps, each at a lower index',
  ),
  property(
    'Lv13',
    'sessions',
    'NoRedirectLoop',
    'dissertation §6.2',
    'clients are not redirected in circles, and a request is forwarded once',
  ),
  property(
    'Lv14',
    'election',
    'QuorumElects',
    'Raft §5.2, §5.6',
    'a quorum that works and is connected elects a leader, whatever faults there are elsewhere',
  ),
  property(
    'Lv15',
    'replication',
    'LeaderCommits',
    'Raft §5.3',
    'a leader that is connected to a working quorum commits what it has appended',
  ),
  property(
    'Lv16',
    'check-quorum',
    'StickinessEnds',
    'dissertation §4.2.3',
    'a node ignores candidates, and denies pre-votes, only until the shortest election timeout has passed since it heard from a leader',
  ),
  property(
    'Lv17',
    'election',
    'TimerRestarts',
    'Raft §5.2',
    'a node starts no election before an election timeout has passed since it heard from its leader, granted a vote or started one; where its timer waits for votes, since that vote was durable',
  ),
  property(
    'Lv18',
    'replication',
    'HeartbeatsContinue',
    'Raft §5.2; dissertation §5.3',
    'a leader sends heartbeats to every member, also while it sends a snapshot',
  ),
  property(
    'Lv19',
    'sessions',
    'RequestsGetReplies',
    'Raft §8',
    'while a quorum works that waits for no snapshot, every request gets a reply, and not busy for ever',
  ),
  property(
    'Lv20',
    'election',
    'PriorityObserved',
    'Raft §5.2',
    'a node of a lower priority waits as much longer before it starts an election as its priority says, and with priority 0 starts none by its timer',
  ),
];

/** Every liveness property that is checked during a run or after it has been healed, in the order of the ids. */
export const LIVENESS: ReadonlyMap<string, Invariant> = new Map(LIST.map((one) => [one.id, one]));

function property(id: string, area: Area, title: string, section: string, statement: string): Invariant {
  return { id, area, title, section, statement };
}
