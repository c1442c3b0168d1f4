import type { Invariant } from './invariants.ts';

/**
 * Liveness properties, as far as they can be told from one run: each is stated so that Raft as published keeps it under
 * whatever faults, and only an implementation that is stuck, or does not do what it promised, does not. Breaking one
 * leaves a run unmet.
 */
const LIST: readonly Invariant[] = [
  property('Lv1', 'LeaderElected', 'Raft §5.2, §5.6', 'when every disturbance has ended, somebody comes to lead'),
  property('Lv3', 'LogsConverge', 'Raft §5.3', 'under a leader, all logs become equal and all clients are answered'),
  property(
    'Lv6',
    'ReconfigurationCompletes',
    'dissertation §4.1–4.3',
    'a change of members comes to an end, waits for newcomers to catch up, and shuts nobody out',
  ),
  property('Lv7', 'LeaderWithoutQuorum', 'dissertation §6.2', 'a leader that hears from no quorum steps down in time'),
  property(
    'Lv8',
    'TransferEnds',
    'dissertation §3.10',
    "a leader that hands over takes no writes, waits for its successor's log, is left in peace, and gives up in time",
  ),
  property(
    'Lv9',
    'PreVoteKeepsTerms',
    'dissertation §9.6',
    'terms rise only through candidates that a quorum has encouraged to stand, and that is not done for bad logs',
  ),
  property(
    'Lv10',
    'LeaderStays',
    'dissertation §4.2.3',
    'a leader that a quorum answers does not give up, and nobody who has just heard from it helps to depose it',
  ),
  property('Lv11', 'CommitSpreads', 'Raft §5.3', 'followers learn what is committed without a further write'),
  property(
    'Lv12',
    'WithinBudget',
    'Raft §5.3; dissertation §5.1',
    "logs are compacted as often as promised, and a follower's place in the log is found in few steps",
  ),
  property('Lv13', 'NoRedirectLoop', 'dissertation §6.2', 'clients are not sent round in circles'),
];

/** Every liveness property that is checked while a run goes on or after it has settled, in the order of the ids. */
export const LIVENESS: ReadonlyMap<string, Invariant> = new Map(LIST.map((one) => [one.id, one]));

function property(id: string, title: string, section: string, statement: string): Invariant {
  return { id, title, section, statement };
}
