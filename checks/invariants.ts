/** A rule that must hold after every event, and where it is stated. */
export interface Invariant {
  readonly id: string;
  readonly title: string;
  readonly section: string;
  readonly statement: string;
}

const LIST: readonly Invariant[] = [
  invariant('I1', 'ElectionSafety', 'Raft §5.2', 'at most one leader is ever elected in a term'),
  invariant('I2', 'LogMatching', 'Raft §5.3', 'entries of equal index and term end equal logs'),
  invariant('I3', 'LeaderCompleteness', 'Raft §5.4.3', 'what a term committed is in the log of every later leader'),
  invariant('I4', 'StateMachineSafety', 'Raft §5.4.3', 'no two nodes apply different entries at one index'),
  invariant('I5', 'LeaderAppendOnly', 'Raft §5.3', 'a leader never overwrites or deletes entries of its log'),
  invariant('I6', 'CommitLedger', 'Raft §5.3', 'what was once committed at an index stays, on every node'),
  invariant('I7', 'TermMonotonic', 'Raft §5.1', 'a current term never decreases, in memory or on disk'),
  invariant('I8', 'VoteOnce', 'Raft §5.2', 'a node grants one vote a term, over all its incarnations'),
  invariant('I9', 'CommitMonotonic', 'Raft Figure 2', 'commitIndex never decreases while a node runs'),
  invariant(
    'I10',
    'ApplyOrder',
    'Raft Figure 2',
    'entries are applied in order, once each, none before it is committed',
  ),
  invariant('I11', 'MatchMonotonic', 'Raft Figure 2', 'a matchIndex never decreases during a leadership'),
  invariant('I12', 'MatchValid', 'Raft §5.3', "up to its matchIndex a follower's durable log equals its leader's"),
  invariant('I13', 'NextGtMatch', 'Raft Figure 2', 'a nextIndex stands after its matchIndex'),
  invariant('I14', 'CommitRule', 'Raft §5.4.2', 'a leader commits an entry of its own term, durable on a majority'),
  invariant('I15', 'LogTermsMonotonic', 'Raft §5.3', "terms never decrease along a log, nor pass the node's own"),
  invariant('I16', 'SendAfterPersist', 'Raft Figure 2', "what a message claims is on its sender's disk when it leaves"),
  invariant(
    'I17',
    'CandidateTermFresh',
    'Raft §5.2',
    'a candidate with the votes of a quorum finds no entry and no leader of its term',
  ),
  invariant('I18', 'LeaderOwnsItsTerm', 'Raft §5.3', 'every entry of a term comes from the leader of that term'),
  invariant('I19', 'QuorumAtTerm', 'Raft §5.2', 'a leader of a term was elected by a quorum that has reached it'),
  invariant('I20', 'WireSane', 'Raft Figure 2', "AppendEntries says what is in its sender's log; one sender a term"),
  invariant('I21', 'Roles', 'Raft Figure 4', 'roles change along the arrows of Figure 4; a leader grants no vote'),
  invariant(
    'I22',
    'PointerOrder',
    'Raft Figure 2; dissertation §5.1',
    'last compacted index ≤ snapshot index ≤ lastApplied ≤ commitIndex ≤ last log index',
  ),
  invariant(
    'I23',
    'ConfigFromLog',
    'Raft §6; dissertation §4.1',
    'a node goes by the last configuration in its snapshot and log, committed or not',
  ),
  invariant(
    'I24',
    'OneReconfig',
    'Raft §6; dissertation §4.1, §4.3',
    'a leader changes the configuration by one voter or through a joint one, after committing the last change and an entry of its term',
  ),
  invariant(
    'I25',
    'QuorumsIntersect',
    'Raft §6; dissertation §4.1',
    'whoever could be elected goes by a configuration whose majorities intersect those of the one committed last',
  ),
  invariant(
    'I26',
    'OnlyVotersCount',
    'Raft §6; dissertation §4.2',
    'votes and acknowledgements are those of voters, each counted once, and only voters stand for election',
  ),
  invariant(
    'I27',
    'SnapshotFaithful',
    'Raft §7; dissertation §5.1',
    'a snapshot is the committed state at its index, takes nothing back, and leaves exactly the entries that follow it',
  ),
  invariant(
    'I28',
    'StateHash',
    'Raft §5.4.3',
    'equal applied indices mean equal states, those of replaying the ledger',
  ),
  invariant(
    'I29',
    'ExactlyOnce',
    'Raft §8; dissertation §6.3',
    'a request changes the state once, however often it is in the log',
  ),
  invariant('I30', 'AckDurable', 'Raft §5.3', 'an acknowledged request is committed, with the result it was told'),
  invariant(
    'I31',
    'Linearizable',
    'dissertation §6.3–6.4',
    'an answer takes account of all that was acknowledged before its request was made',
  ),
  invariant(
    'I32',
    'ReadIndexValid',
    'dissertation §6.4',
    'a read beside the log sees all that was committed when it came, by a leader confirmed since',
  ),
  invariant(
    'I33',
    'LeaseExclusive',
    'dissertation §6.4.1',
    'while a lease holds, no later leader has committed anything',
  ),
  invariant(
    'I34',
    'IdentityFresh',
    'Raft Figure 2, persistent state',
    'a node that has lost its disk never votes or acknowledges again under its old name',
  ),
  invariant(
    'I35',
    'Refinement',
    'Raft §5.3, §7',
    'what a node comes back with or installs as committed is a prefix of what the cluster has committed',
  ),
];

/** Every invariant that is checked, in the order of the ids. */
export const INVARIANTS: ReadonlyMap<string, Invariant> = new Map(LIST.map((one) => [one.id, one]));

function invariant(id: string, title: string, section: string, statement: string): Invariant {
  return { id, title, section, statement };
}
