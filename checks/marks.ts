/** Situations that a run can be asked to have produced, and what each of them means. */
export const MARKS: ReadonlyMap<string, string> = new Map([
  // Elections.
  ['leader-elected', 'a node became leader'],
  ['leader-change', 'a leader other than the one before was elected'],
  ['split-vote', 'two or more candidates of a term shared the votes so that none of them could win'],
  ['candidate-gave-way', 'a candidate became a follower without having won'],
  ['leader-stepped-down', 'a running leader became a follower'],
  ['stale-leader', 'a leader was elected while the leader of an earlier term still ran'],
  ['vote-denied', 'a vote was denied because it had been given'],
  ['vote-denied-by-log', "a free vote was denied because the candidate's log was behind"],
  // Logs.
  ['log-truncated', 'a running node cut back its log'],
  ['write-rolled-back', "a running node gave up a client's entry that was not committed"],
  ['fast-backup', 'a leader took a nextIndex back by more than one entry at once'],
  ['follower-caught-up', 'a follower that was more than 20 entries behind the commitIndex caught up with it'],
  // Commitment.
  ['indirect-commit', 'a leader committed entries of earlier terms along with one of its own'],
  ['old-term-majority', 'a majority had an entry of an earlier term that its leader could not commit yet'],
  ['commit-before-own-fsync', 'a leader committed an entry before its own disk had it'],
  ['repeated-request', 'a request was committed a second time'],
  // Crashes and disks.
  ['unsynced-write-lost', 'a crash lost a write that was not durable'],
  ['write-torn', 'a crash left a part of a write'],
  ['vote-lost', 'a node came back without a vote it had given before its crash'],
  ['term-lost', 'a node came back in an earlier term than it had crashed in'],
  ['entries-lost', 'a node came back with a shorter log than it had crashed with'],
  // The network.
  ['message-overtaken', 'a message was sent that will arrive before an earlier one of its link'],
  ['duplicate-delivered', 'the second copy of a message was delivered'],
]);
