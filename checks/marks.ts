import type { Area } from '../core/areas.ts';

/** An area of Raft, or what lies outside the nodes: their clients and the network. */
export type MarkArea = Area | 'clients' | 'network';

/** A situation that a run can be asked to have produced. */
export interface Mark {
  /** In kebab case, as scenarios name it. */
  readonly id: string;
  readonly area: MarkArea;
  /** What happened, as a clause in the past tense. */
  readonly statement: string;
}

const LIST: readonly Mark[] = [
  mark('leader-elected', 'election', 'a node became leader'),
  mark('leader-change', 'election', 'a leader other than the one before was elected'),
  mark('split-vote', 'election', 'the votes of a term were so divided that no candidate could win any more'),
  mark('candidate-stepped-down', 'election', 'a candidate became a follower without having won'),
  mark('leader-stepped-down', 'election', 'a running leader became a follower'),
  mark('stale-leader', 'election', 'a leader was elected while the leader of an earlier term was still running'),
  mark('vote-denied', 'election', 'a node denied its vote because it had voted for another candidate in that term'),
  mark(
    'vote-denied-by-log',
    'election',
    "a node denied a vote it was free to give because the candidate's log was behind",
  ),
  mark('pre-vote-denied', 'pre-vote', 'a node denied a pre-vote'),
  mark('pre-candidate-stepped-down', 'pre-vote', 'a pre-candidate became a follower without having raised its term'),
  mark('vote-request-ignored', 'check-quorum', 'a node ignored a RequestVote of a later term'),
  mark('quorum-lost', 'check-quorum', 'a leader stepped down in its own term because it had no contact with a quorum'),
  mark('log-truncated', 'replication', 'a running node removed entries from the end of its log'),
  mark('write-rolled-back', 'replication', "a running node removed a client's uncommitted entry from its log"),
  mark('fast-backtracking', 'replication', 'a leader lowered a nextIndex by more than one at once'),
  mark(
    'follower-caught-up',
    'replication',
    'a follower that was more than 20 entries behind the commitIndex caught up with it',
  ),
  mark(
    'indirect-commit',
    'replication',
    'a leader committed entries of earlier terms by committing one of its own term',
  ),
  mark(
    'old-term-majority',
    'replication',
    'a majority stored an entry of an earlier term that its leader could not commit yet',
  ),
  mark('apply-lag', 'replication', 'a commitIndex rose while 10 or more entries below it were not applied yet'),
  mark(
    'entries-pipelined',
    'flow-control',
    'a leader sent entries before the entries it had sent earlier were acknowledged',
  ),
  mark('commit-before-own-fsync', 'durability', 'a leader committed an entry that was not durable on its own disk yet'),
  mark('unsynced-write-lost', 'durability', 'a crash lost a write that was not durable'),
  mark('synced-write-lost', 'durability', 'a crash lost a write that had been reported as durable, because fsync lied'),
  mark('write-failed', 'durability', 'a write failed'),
  mark('node-halted', 'durability', 'a node stopped by itself'),
  mark('read-failed', 'durability', 'a node could not read its disk'),
  mark('start-refused', 'durability', 'a node did not start, because of its disk'),
  mark('write-torn', 'durability', 'a crash left only the beginning of a write on the disk'),
  mark('vote-lost', 'durability', 'a node restarted without the vote it had given before its crash'),
  mark('term-lost', 'durability', 'a node restarted in an earlier term than it had crashed in'),
  mark('entries-lost', 'durability', 'a node restarted without entries that it had held before its crash'),
  mark('snapshot-taken', 'snapshot', 'a node took a snapshot of its state'),
  mark('log-compacted', 'snapshot', 'a node dropped entries that its snapshot covers'),
  mark('snapshot-sent', 'snapshot', 'a leader sent the first chunk of a snapshot'),
  mark(
    'snapshot-resumed',
    'snapshot',
    'a leader sent a chunk that does not follow the chunk of that snapshot it had sent last',
  ),
  mark('snapshot-installed', 'snapshot', 'a node replaced its state by that of a snapshot'),
  mark('log-suffix-kept', 'snapshot', 'a node that installed a snapshot kept the entries after it'),
  mark(
    'log-discarded',
    'snapshot',
    'a node that installed a snapshot discarded a log that reached its index but did not match',
  ),
  mark('configuration-committed', 'membership', 'a configuration was committed'),
  mark('configuration-rolled-back', 'membership', 'a running node removed an uncommitted configuration from its log'),
  mark('joint-entered', 'membership', 'a leader appended a joint configuration to its log'),
  mark('joint-left', 'membership', 'a configuration that ends a joint one was committed'),
  mark('elected-in-joint', 'membership', 'a node became leader while it used a joint configuration'),
  mark('learner-added', 'membership', 'a configuration with a further learner was committed'),
  mark('learner-promoted', 'membership', 'a configuration that makes a learner a voter was committed'),
  mark('non-voter-voted', 'membership', 'a node granted a vote although it is no voter of the configuration it uses'),
  mark('catch-up-aborted', 'membership', 'a leader aborted the promotion of a new member that did not catch up'),
  mark('member-removed', 'membership', 'a configuration without a member of the one before was committed'),
  mark('leader-removed', 'membership', 'a leader committed a configuration that it is not a member of'),
  mark(
    'removed-node-campaigned',
    'membership',
    'a node started an election although the last committed configuration has removed it',
  ),
  mark('leadership-transferred', 'transfer', 'a node was elected because the running leader had sent it TimeoutNow'),
  mark('transfer-aborted', 'transfer', 'a leader aborted a leadership transfer and went on leading'),
  mark('read-confirmed', 'reads', 'a leader replied to a get after a heartbeat round had confirmed that it leads'),
  mark('lease-read', 'reads', 'a leader replied to a get by its lease, without a heartbeat round'),
  mark(
    'follower-read',
    'reads',
    'a follower received from its leader the index that it must apply before it replies to a get',
  ),
  mark('session-opened', 'sessions', 'the registration of a session was committed'),
  mark('session-expired', 'sessions', 'a session expired'),
  mark('session-rejected', 'sessions', 'a request was rejected because its session was not open'),
  mark('request-committed-twice', 'sessions', 'an entry was committed whose request had been committed before'),
  mark(
    'retry-answered-from-session',
    'sessions',
    'a node acknowledged a request by the reply that its session had recorded, without executing it again',
  ),
  mark('request-forwarded', 'clients', 'a follower forwarded a request to the leader'),
  mark('request-rejected-busy', 'clients', 'a node rejected a request as busy: the client is to retry later'),
  mark('message-reordered', 'network', 'a message was sent that will arrive before an earlier one of its link'),
  mark('message-dropped', 'network', 'a step lost a message'),
  mark('message-delayed', 'network', 'a step had a message arrive later'),
  mark('message-held', 'network', 'a step held a message back'),
  mark('message-corrupted', 'network', 'a step damaged a message'),
  mark('duplicate-delivered', 'network', 'the second copy of a message was delivered'),
];

/** Every mark by id. */
export const MARKS: ReadonlyMap<string, Mark> = new Map(LIST.map((one) => [one.id, one]));

function mark(id: string, area: MarkArea, statement: string): Mark {
  return { id, area, statement };
}
