import type * as z from 'zod';
import type { RaftPlan } from '../scenario.ts';
import type { Place } from './place.ts';
import { key, mapping } from './shapes.ts';
import { drift, duration, flag, range, size, whole, word } from './values.ts';

const entries = whole('a number of entries', 1, 1_000_000_000);

/** Beyond this, a lease would be shorter than half of what its followers promise. */
const MOST_DRIFT = 500_000;

const READS = ['log', 'readIndex', 'lease'] as const;

/** Options of the Raft core. */
export const raft = mapping('options of Raft like { electionTimeout: 150ms..300ms }', {
  electionTimeout: key(range, 'An election timeout is drawn from this range each time.', '150ms..300ms'),
  heartbeatInterval: key(duration, 'How often a leader lets its followers hear from it.', '50ms'),
  noop: key(flag, 'Whether a new leader appends an empty entry of its term.', true),
  preVote: key(flag, 'Whether a node asks if it would be elected before it raises its term.', false),
  checkQuorum: key(
    flag,
    'Whether a leader steps down that has not heard from a quorum for an election timeout, and nobody votes who has just heard from a leader.',
    false,
  ),
  maxEntriesPerAppend: key(whole('a number of entries', 1, 1_000_000), 'Most entries in one AppendEntries.', 64),
  maxBytesPerAppend: key(size, 'Most bytes of entries in one AppendEntries, but always one entry.', 'no limit'),
  maxInflight: key(
    whole('a number of messages', 1, 1_000_000),
    'Most AppendEntries with entries under way to a follower.',
    1,
  ),
  maxInflightBytes: key(
    size,
    'Most bytes of entries under way to a follower, but always one AppendEntries.',
    'no limit',
  ),
  maxUncommittedBytes: key(
    size,
    'Bytes of requests that are not committed above which a leader takes no more.',
    'no limit',
  ),
  snapshotEvery: key(entries, 'Applied entries after which a node takes a snapshot and compacts its log.', 'never'),
  snapshotBytes: key(size, 'Bytes of applied entries after which it does.', 'never'),
  snapshotTrailing: key(
    whole('a number of entries', 0, 1_000_000_000),
    'Entries before a snapshot that stay in the log, for slow followers.',
    'as many as snapshotEvery, or 0',
  ),
  snapshotChunk: key(size, 'Most bytes of a snapshot in one InstallSnapshot, but always one record.', '4096B'),
  reads: key(
    word(...READS),
    'How a leader answers reads: through the `log`, by confirming that it leads (`readIndex`), or for the time of a `lease`, which needs `checkQuorum: true`.',
    'log',
  ),
  readsAtFollowers: key(
    flag,
    'Whether a follower answers reads, with an index it has asked the leader for; not with `reads: log`.',
    false,
  ),
  clockDriftBound: key(
    drift,
    'By how much the rate of a clock may be wrong: shortens leases, and guarantees nothing to clocks that are worse.',
    '10000ppm',
  ),
  forwarding: key(flag, 'Whether a follower passes requests on to the leader instead of naming it.', false),
  sessionTimeout: key(
    duration,
    'Time in the log after which an idle session of a client expires; sessions are opened by a request of their own then.',
    'never',
  ),
});

type RawRaft = z.output<typeof raft>;

/** Options that are nothing at 0, and what each of them is. */
const POSITIVE = {
  heartbeatInterval: 'a heartbeat interval',
  maxBytesPerAppend: 'a size',
  maxInflightBytes: 'a size',
  maxUncommittedBytes: 'a size',
  snapshotBytes: 'a size',
  snapshotChunk: 'a size',
  sessionTimeout: 'a session timeout',
} as const satisfies Partial<Record<keyof RawRaft, string>>;

/** The options given. Combinations that make no sense are reported. */
export function raftOf(raw: RawRaft, place: Place): RaftPlan {
  checkAboveNothing(raw, place);
  checkReads(raw, place);
  checkHeartbeat(raw, place);
  const { clockDriftBound, ...rest } = raw;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as RaftPlan;
  if (clockDriftBound === undefined) return given;
  if (clockDriftBound < 0 || clockDriftBound > MOST_DRIFT) {
    const most = `${String(MOST_DRIFT)}ppm`;
    place.at('clockDriftBound').problem(`a clock may be wrong either way; expected a bound from 0ppm to ${most}`);
  }
  return { ...given, clockDriftBound: clockDriftBound / 1_000_000 };
}

function checkAboveNothing(raw: RawRaft, place: Place): void {
  if (raw.electionTimeout?.[0] === 0) place.at('electionTimeout').problem('an election timeout must be more than 0');
  for (const [option, called] of Object.entries(POSITIVE)) {
    if (raw[option as keyof typeof POSITIVE] === 0) place.at(option).problem(`${called} must be more than 0`);
  }
}

/** The paper's, for those that are not given. */
const ELECTION_TIMEOUT = [150_000, 300_000] as const;
const HEARTBEAT_INTERVAL = 50_000;

function checkHeartbeat(raw: RawRaft, place: Place): void {
  const { electionTimeout = ELECTION_TIMEOUT, heartbeatInterval = HEARTBEAT_INTERVAL } = raw;
  const given = raw.heartbeatInterval === undefined ? 'electionTimeout' : 'heartbeatInterval';
  if (heartbeatInterval < electionTimeout[1] || !place.at(given).isSound) return;
  place
    .at(given)
    .problem('every leader is given up before it is heard from; expected heartbeats more often than election timeouts');
}

function checkReads({ reads = 'log', checkQuorum = false, readsAtFollowers = false }: RawRaft, place: Place): void {
  if (reads === 'lease' && !checkQuorum && place.at('checkQuorum').isSound) {
    place
      .at('reads')
      .problem('a lease rests on followers that stay loyal to their leader; add "checkQuorum: true", or use readIndex');
  }
  if (readsAtFollowers && reads === 'log' && place.at('reads').isSound) {
    place
      .at('readsAtFollowers')
      .problem('with "reads: log" every read goes through the leader; add "reads: readIndex" or "reads: lease"', 'key');
  }
}
