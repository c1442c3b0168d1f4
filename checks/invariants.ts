import type { Area } from '../core/areas.ts';

/** A rule that a run must keep, and where it is stated: an invariant or a liveness property. */
export interface Invariant {
  /** `I` (safety) or `Lv` (liveness) and a number. */
  readonly id: string;
  /** Null: it is about any program, not about Raft. */
  readonly area: Area | null;
  /** In camel case, capitalized. */
  readonly title: string;
  /** Section of the paper or of the dissertation. */
  readonly section: string;
  /** One sentence in the present tense, without capital and full stop. */
  readonly statement: string;
}

/** What a node breaks that throws. */
const CRASH = 'Crash';

const LIST: readonly Invariant[] = [
  invariant('I1', 'election', 'ElectionSafety', 'Raft §5.2', 'at most one leader is elected in a term'),
  invariant(
    'I2',
    'replication',
    'LogMatching',
    'Raft §5.3',
    'two logs that hold an entry of the same index and term are equal up to that index',
  ),
  invariant(
    'I3',
    'election',
    'LeaderCompleteness',
    'Raft §5.4.3',
    'an entry committed in a term is in the log of the leader of every later term',
  ),
  invariant(
    'I4',
    'replication',
    'StateMachineSafety',
    'Raft §5.4.3',
    'no two nodes apply different entries at the same index',
  ),
  invariant(
    'I5',
    'replication',
    'LeaderAppendOnly',
    'Raft §5.3',
    'a leader never overwrites or deletes entries of its log',
  ),
  invariant(
    'I6',
    'replication',
    'CommitLedger',
    'Raft §5.3',
    'an entry that was once committed at an index stays there, on every node',
  ),
  invariant(
    'I7',
    'election',
    'TermMonotonic',
    'Raft §5.1',
    'the current term of a node never decreases, in memory or on disk',
  ),
  invariant('I8', 'election', 'VoteOnce', 'Raft §5.2', 'a node grants at most one vote in a term, restarts included'),
  invariant('I9', 'replication', 'CommitMonotonic', 'Raft Figure 2', 'commitIndex never decreases while a node runs'),
  invariant(
    'I10',
    'replication',
    'ApplyOrder',
    'Raft Figure 2',
    'a node applies entries in log order, once each, and only after they are committed',
  ),
  invariant(
    'I11',
    'replication',
    'MatchMonotonic',
    'Raft Figure 2',
    "a leader's matchIndex for a follower never decreases",
  ),
  invariant(
    'I12',
    'replication',
    'MatchValid',
    'Raft §5.3',
    "up to its matchIndex, a follower's durable log equals its leader's log",
  ),
  invariant('I13', 'replication', 'NextGtMatch', 'Raft Figure 2', 'nextIndex is greater than matchIndex'),
  invariant(
    'I14',
    'replication',
    'CommitRule',
    'Raft §5.4.2',
    'a leader commits only up to an entry of its own term that is durable on a majority',
  ),
  invariant(
    'I15',
    'replication',
    'LogTermsMonotonic',
    'Raft §5.3',
    "terms never decrease along a log, and none is greater than the node's current term",
  ),
  invariant(
    'I16',
    'durability',
    'SendAfterPersist',
    'Raft Figure 2',
    "what a message claims is durable on its sender's disk when the message leaves",
  ),
  invariant(
    'I17',
    'election',
    'CandidateTermFresh',
    'Raft §5.2',
    'when a candidate holds the votes of a quorum, its term has no other leader and no entry',
  ),
  invariant(
    'I18',
    'replication',
    'LeaderOwnsItsTerm',
    'Raft §5.3',
    'every entry of a term was created by the leader of that term',
  ),
  invariant(
    'I19',
    'election',
    'QuorumAtTerm',
    'Raft §5.2',
    'a leader is elected by the votes of a quorum whose nodes have reached its term',
  ),
  invariant(
    'I20',
    'replication',
    'WireSane',
    'Raft Figure 2',
    "AppendEntries and InstallSnapshot agree with their sender's log, and only the leader of a term sends them",
  ),
  invariant(
    'I21',
    'election',
    'Roles',
    'Raft Figure 4',
    'roles change only as Figure 4 allows, and a leader grants no vote',
  ),
  invariant(
    'I22',
    'snapshot',
    'PointerOrder',
    'Raft Figure 2; dissertation §5.1',
    'last compacted index ≤ snapshot index ≤ lastApplied ≤ commitIndex ≤ last log index',
  ),
  invariant(
    'I23',
    'membership',
    'ConfigFromLog',
    'Raft §6; dissertation §4.1',
    'a node uses the latest configuration in its snapshot and log, committed or not',
  ),
  invariant(
    'I24',
    'membership',
    'OneReconfig',
    'Raft §6; dissertation §4.1, §4.3',
    'a leader changes the configuration by one voter or through a joint configuration, and only after it has committed the previous change and an entry of its term',
  ),
  invariant(
    'I25',
    'membership',
    'QuorumsIntersect',
    'Raft §6; dissertation §4.1',
    'every majority that can elect a node intersects every majority of the last committed configuration',
  ),
  invariant(
    'I26',
    'membership',
    'OnlyVotersCount',
    'Raft §6; dissertation §4.2',
    'only voters start elections, and only the votes and acknowledgements of voters count, each once',
  ),
  invariant(
    'I27',
    'snapshot',
    'SnapshotFaithful',
    'Raft §7; dissertation §5.1',
    'a snapshot holds the committed state at its index; installing it undoes nothing and keeps the entries after it exactly if the log matches it',
  ),
  invariant(
    'I28',
    'replication',
    'StateHash',
    'Raft §5.4.3',
    'nodes that have applied the same index have the same state, which is that of replaying the committed log',
  ),
  invariant(
    'I29',
    'sessions',
    'ExactlyOnce',
    'Raft §8; dissertation §6.3',
    'a request changes the state at most once, however often it is committed',
  ),
  invariant(
    'I30',
    'sessions',
    'AckDurable',
    'Raft §5.3',
    'a reply is true: an acknowledged request is committed with this result, and one that was rejected is not executed',
  ),
  invariant(
    'I31',
    'reads',
    'Linearizable',
    'dissertation §6.3–6.4',
    'a reply reflects everything that was acknowledged before its request was invoked',
  ),
  invariant(
    'I32',
    'reads',
    'ReadIndexValid',
    'dissertation §6.4',
    'a read outside the log reflects everything that was committed when it arrived, and a quorum has confirmed the leader since',
  ),
  invariant(
    'I33',
    'reads',
    'LeaseExclusive',
    'dissertation §6.4.1',
    'while a leader serves reads by its lease, no later leader has committed an entry',
  ),
  invariant(
    'I34',
    'durability',
    'IdentityFresh',
    'Raft Figure 2, persistent state',
    'a node that has lost its disk never votes or acknowledges again under the same id',
  ),
  invariant(
    'I35',
    'snapshot',
    'Refinement',
    'Raft §5.3, §7',
    'the log that a node restarts with or installs below its snapshot is a prefix of the committed log',
  ),
  invariant(
    'I36',
    'durability',
    'StateFromDisk',
    'Raft Figure 2, persistent state',
    'a node boots with the term, the vote, the log and the snapshot that are on its disk, and only if their checksums fit',
  ),
  {
    id: CRASH,
    area: null,
    title: 'NodeCrash',
    section: 'any program',
    statement: 'a node handles every event and boots without throwing an exception',
  },
];

/** Every invariant that is checked, in the order of the ids: I1 to I36, and `Crash`. */
export const INVARIANTS: ReadonlyMap<string, Invariant> = new Map(LIST.map((one) => [one.id, one]));

function invariant(id: string, area: Area, title: string, section: string, statement: string): Invariant {
  return { id, area, title, section, statement };
}
