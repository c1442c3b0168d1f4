import type * as z from 'zod';
import { DEFAULT_OPTIONS, HIGHEST_PRIORITY } from '../../core/options.ts';
import type { RaftOptions } from '../../core/options.ts';
import { describeSpan } from '../../sim/base/distribution.ts';
import type { RaftPlan } from '../scenario.ts';
import type { Place } from './place.ts';
import { key } from './shapes.ts';
import { driftBound, duration, flag, range, size, whole, word } from './values.ts';

const entries = whole('a number of entries', 1, 1_000_000_000);

const SPANS: ReadonlySet<string> = new Set(['heartbeatInterval', 'sessionTimeout']);
const SIZES: ReadonlySet<string> = new Set([
  'maxBytesPerAppend',
  'maxInflightBytes',
  'maxUncommittedBytes',
  'snapshotBytes',
  'snapshotChunk',
]);

const READS = ['log', 'readIndex', 'lease'] as const;

/** The core's default of an option as a scenario would write it; `none`: what null means. */
function standard(option: keyof RaftOptions, none = 'no limit'): string {
  return describeOption(option, DEFAULT_OPTIONS[option], none);
}

/** The options given, as a scenario would write them. */
export function describeOptions(plan: RaftPlan): Record<string, string> {
  const options = Object.keys(plan) as readonly (keyof RaftOptions)[];
  return Object.fromEntries(options.map((option) => [option, describeOption(option, plan[option] ?? null)]));
}

/** The value of an option as a scenario would write it; `none`: what null means. */
export function describeOption(
  option: keyof RaftOptions,
  value: RaftOptions[keyof RaftOptions],
  none = 'none',
): string {
  if (value === null) return none;
  if (typeof value === 'object') return value.map((span) => describeSpan(span)).join('..');
  if (typeof value !== 'number') return String(value);
  if (SPANS.has(option)) return describeSpan(value);
  if (SIZES.has(option)) return `${String(value)}B`;
  return option === 'clockDriftBound' ? `${String(value * 1_000_000)}ppm` : String(value);
}

/** Options of the Raft core. */
export const raftOptions = {
  electionTimeout: key(
    range,
    'A node draws its election timeout from this range each time.',
    standard('electionTimeout'),
  ),
  heartbeatInterval: key(duration, 'How often a leader sends heartbeats.', standard('heartbeatInterval')),
  priority: key(
    whole('a priority from 0 to 3', 0, HIGHEST_PRIORITY),
    'How soon the node starts an election when its leader is silent: for each step below 3 it waits for another longest election timeout, and with 0 it starts none by its timer. Most useful by node.',
    standard('priority'),
  ),
  voteTimer: key(
    word('granted', 'durable'),
    'When a vote restarts the election timer of the node that gives it, itself as a candidate included: as soon as it is `granted`, or when it is `durable`.',
    standard('voteTimer'),
  ),
  noop: key(flag, 'Whether a new leader appends an empty entry of its term.', standard('noop')),
  preVote: key(
    flag,
    'Whether a node requests pre-votes from the others before it raises its term.',
    standard('preVote'),
  ),
  checkQuorum: key(
    flag,
    'Whether a leader steps down after an election timeout without contact to a quorum, and nodes with recent leader contact deny their votes.',
    standard('checkQuorum'),
  ),
  maxEntriesPerAppend: key(
    whole('a number of entries', 1, 1_000_000),
    'Most entries in one AppendEntries.',
    standard('maxEntriesPerAppend'),
  ),
  maxBytesPerAppend: key(
    size,
    'Most bytes of entries in one AppendEntries, but always one entry.',
    standard('maxBytesPerAppend'),
  ),
  maxInflight: key(
    whole('a number of messages', 1, 1_000_000),
    'Most AppendEntries with entries in flight to a follower.',
    standard('maxInflight'),
  ),
  maxInflightBytes: key(
    size,
    'Most bytes of entries in flight to a follower, but always one AppendEntries.',
    standard('maxInflightBytes'),
  ),
  maxUncommittedBytes: key(
    size,
    'Most bytes of uncommitted requests; above this a leader rejects further requests.',
    standard('maxUncommittedBytes'),
  ),
  snapshotEvery: key(
    entries,
    'Applied entries after which a node takes a snapshot and compacts its log.',
    standard('snapshotEvery', 'never'),
  ),
  snapshotBytes: key(
    size,
    'Bytes of applied entries after which a node takes a snapshot and compacts its log.',
    standard('snapshotBytes', 'never'),
  ),
  snapshotTrailing: key(
    whole('a number of entries', 0, 1_000_000_000),
    'Entries before a snapshot that stay in the log, for slow followers.',
    standard('snapshotTrailing', 'as many as snapshotEvery, or 0'),
  ),
  snapshotChunk: key(
    size,
    'Most bytes of a snapshot in one InstallSnapshot, but always one record.',
    standard('snapshotChunk'),
  ),
  reads: key(
    word(...READS),
    'How a leader serves reads: through the `log`, by confirming that it leads (`readIndex`), or for the time of a `lease`, which needs `checkQuorum: true`.',
    standard('reads'),
  ),
  readsAtFollowers: key(
    flag,
    'Whether a follower serves reads, with a read index that the leader confirms; not with `reads: log`.',
    standard('readsAtFollowers'),
  ),
  clockDriftBound: key(
    driftBound,
    'The greatest error of a clock rate that leases allow for. A greater bound makes leases shorter; with a greater error they are unsafe.',
    standard('clockDriftBound'),
  ),
  forwarding: key(
    flag,
    'Whether a follower forwards requests to the leader instead of redirecting the client.',
    standard('forwarding'),
  ),
  sessionTimeout: key(
    duration,
    'Log time after which an idle session of a client expires; sessions are then registered by a request of their own.',
    standard('sessionTimeout', 'never'),
  ),
};

type RawRaft = z.output<z.ZodObject<typeof raftOptions>>;

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

/**
 * The options given. Combinations that make no sense are reported.
 *
 * @param common the options of all nodes, where those given are for one
 */
export function raftOf(raw: RawRaft, place: Place, common: RawRaft = {}): RaftPlan {
  checkAboveNothing(raw, place);
  checkReads(raw, common, place);
  checkHeartbeat(raw, common, place);
  const { clockDriftBound, ...rest } = raw;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as RaftPlan;
  return clockDriftBound === undefined ? given : { ...given, clockDriftBound: clockDriftBound / 1_000_000 };
}

function checkAboveNothing(raw: RawRaft, place: Place): void {
  if (raw.electionTimeout?.[0] === 0) place.at('electionTimeout').problem('an election timeout must be more than 0');
  for (const [option, called] of Object.entries(POSITIVE)) {
    if (raw[option as keyof typeof POSITIVE] === 0) place.at(option).problem(`${called} must be more than 0`);
  }
}

function checkHeartbeat(raw: RawRaft, common: RawRaft, place: Place): void {
  if (raw.electionTimeout === undefined && raw.heartbeatInterval === undefined) return;
  const all = { ...common, ...raw };
  const { electionTimeout = DEFAULT_OPTIONS.electionTimeout } = all;
  const { heartbeatInterval = DEFAULT_OPTIONS.heartbeatInterval } = all;
  const given = raw.heartbeatInterval === undefined ? 'electionTimeout' : 'heartbeatInterval';
  if (heartbeatInterval < electionTimeout[1] || !place.at(given).isSound) return;
  place
    .at(given)
    .problem(
      'every election timeout ends before a heartbeat arrives; expected a heartbeat interval shorter than the election timeout',
    );
}

function checkReads(raw: RawRaft, common: RawRaft, place: Place): void {
  const { reads = DEFAULT_OPTIONS.reads, checkQuorum = DEFAULT_OPTIONS.checkQuorum } = { ...common, ...raw };
  const { readsAtFollowers = DEFAULT_OPTIONS.readsAtFollowers } = raw;
  if (raw.reads === 'lease' && !checkQuorum && place.at('checkQuorum').isSound) {
    place.at('reads').problem('a lease rests on leader stickiness; add "checkQuorum: true", or use readIndex');
  }
  if (readsAtFollowers && reads === 'log' && place.at('reads').isSound) {
    place
      .at('readsAtFollowers')
      .problem('with "reads: log" every read goes through the leader; add "reads: readIndex" or "reads: lease"', 'key');
  }
}
