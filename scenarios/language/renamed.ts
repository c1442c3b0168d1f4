/** A word of an earlier version, and what it is called in this one. */
export interface Renamed {
  /**
   * key: of a mapping. word: a value out of a fixed list. mark, event: names of marks and trace events. scenario:
   * folder and name of a bundled scenario. option: of the command line. code: exports of the package and members.
   */
  readonly kind: 'key' | 'word' | 'mark' | 'event' | 'scenario' | 'option' | 'code';
  readonly old: string;
  readonly new: string;
  /** The place to which the row applies, if the word is still right in other places. */
  readonly where?: string;
}

function rows(kind: Renamed['kind'], names: Readonly<Record<string, string>>, where?: string): readonly Renamed[] {
  return Object.entries(names).map(([old, current]) => ({
    ...{ kind, old, new: current },
    ...(where !== undefined && { where }),
  }));
}

/**
 * Every word that has been renamed. The loader refuses an old word of scenario files and names the new one,
 * `lint --fix` rewrites it, and docs/renamed.md is made from this table.
 */
export const RENAMED: readonly Renamed[] = [
  ...rows('key', { weather: 'network', slowProcess: 'process' }, 'step'),
  ...rows('key', { spares: 'standby' }, 'cluster'),
  ...rows('key', { order: 'request' }, 'event'),
  ...rows('word', { asked: 'submitted', declined: 'rejected' }, 'expect of a step that makes an admin request'),
  ...rows('event', { order: 'admin-request', declined: 'admin-rejected' }),
  ...rows('mark', {
    'candidate-gave-way': 'candidate-stepped-down',
    'vote-ignored': 'vote-request-ignored',
    'learner-voted': 'non-voter-voted',
    'pre-vote-lost': 'pre-candidate-stepped-down',
    'leader-transferred': 'leadership-transferred',
    'fast-backup': 'fast-backtracking',
    pipelined: 'entries-pipelined',
    'suffix-kept': 'log-suffix-kept',
    'log-replaced': 'log-discarded',
    'configuration-changed': 'configuration-committed',
    'catch-up-given-up': 'catch-up-aborted',
    'repeated-request': 'request-committed-twice',
    'applied-late': 'apply-lag',
    forwarded: 'request-forwarded',
    busy: 'request-rejected-busy',
    'session-refused': 'session-rejected',
    'message-overtaken': 'message-reordered',
  }),
  ...rows('scenario', {
    elections: 'election',
    prevote: 'pre-vote',
    partitions: 'partition',
    disks: 'durability',
    clients: 'crashes',
    'clients/churn': 'crashes/churn',
    'clients/retried-append': 'sessions/retried-append-executed-once',
    'clients/unreliable-churn': 'network/churn-with-loss-and-reordering',
    'clocks/fast-clock': 'clocks/follower-with-fast-clock-deposes-leader',
    'clocks/jumping-clock': 'clocks/follower-clock-jumps-forward-and-back',
    'clocks/slow-clock': 'clocks/leader-with-slow-clock-replaced',
    'crashes/a-bad-day': 'crashes/scheduled-crash-pause-stall-partition',
    'crashes/acknowledged-by-nobody': 'replication/leader-crash-before-ack-arrives',
    'crashes/after-the-commit': 'election/leader-crash-at-commit-on-bare-quorum',
    'crashes/everybody-crashes': 'durability/all-nodes-lose-power-during-write',
    'crashes/three-new-leaders': 'election/three-leaders-crash-when-elected',
    'disks/applied-before-its-own-fsync': 'durability/follower-applies-before-own-fsync',
    'disks/before-its-own-fsync': 'durability/leader-commits-before-own-fsync',
    'disks/everything-in-parallel': 'flow-control/fsync-apply-and-network-overlap',
    'disks/not-with-its-own-word-alone': 'durability/leader-own-fsync-not-counted-early',
    'disks/overwritten-under-a-stalled-disk': 'durability/stale-fsync-after-overwrite-not-counted',
    'disks/torn-write': 'durability/torn-write',
    'disks/vote-behind-an-unsynced-entry': 'election/vote-denied-on-unsynced-entries',
    'disks/vote-kept-by-the-disk': 'durability/vote-survives-crash',
    'disks/vote-lost-with-the-disk': 'durability/unsynced-vote-lost-in-crash',
    'disks/wiped-under-its-old-name': 'durability/wiped-node-rejoins-same-id-unsafe',
    'elections/behind-and-behind-again': 'election/two-nodes-candidate-lacks-last-entry',
    'elections/everybody-stands': 'election/all-nodes-candidates-at-once',
    'elections/greetings-of-a-stale-leader': 'election/stale-heartbeats-do-not-reset-timer',
    'elections/hasty-loser': 'election/denied-vote-does-not-reset-timer',
    'elections/late-request-for-a-vote': 'election/late-request-vote-after-leader-elected',
    'elections/leader-crash': 'election/leader-crash',
    'elections/longer-is-not-newer': 'election/longer-log-of-older-term-denied',
    'elections/news-in-an-answer': 'election/higher-term-in-heartbeat-reply',
    'elections/nine-elections': 'election/nine-leaders-cut-off-in-a-row',
    'elections/one-election': 'election/uncontested-election',
    'elections/re-election': 'election/re-election-then-no-quorum',
    'elections/split-vote': 'election/split-vote',
    'elections/three-ties': 'election/three-split-votes-half-is-no-quorum',
    'elections/vote-of-an-earlier-term': 'election/stale-vote-not-counted-in-next-term',
    'elections/votes-arrive-twice': 'election/duplicated-vote-counted-once',
    'flow-control/a-leader-that-knows-less': 'replication/new-leader-lower-commit-index',
    'flow-control/a-long-thin-line': 'flow-control/pipelining-over-high-latency-links',
    'flow-control/alone': 'durability/single-node-replies-after-own-fsync',
    'flow-control/back-from-silence': 'flow-control/heartbeat-reply-resumes-replication',
    'flow-control/commit-without-entries': 'replication/heartbeat-carries-commit-index',
    'flow-control/feeling-the-way-back': 'flow-control/probe-then-pipeline-figure-7-logs',
    'flow-control/full-up-and-alone': 'flow-control/uncommitted-limit-on-isolated-leader',
    'flow-control/one-big-entry-at-a-time': 'flow-control/max-bytes-per-append-large-entries',
    'flow-control/the-window-is-full': 'flow-control/inflight-window-full-to-silent-follower',
    'membership/a-long-way-to-go': 'membership/new-member-catches-up-over-slow-link',
    'membership/changes-in-two-terms': 'membership/change-before-own-term-commit-rejected',
    'membership/changes-in-two-terms-unsafe': 'membership/change-before-own-term-commit-unsafe',
    'membership/changes-not-yet-applied': 'membership/configuration-not-yet-applied',
    'membership/changes-not-yet-applied-unsafe': 'membership/configuration-not-yet-applied-unsafe',
    'membership/come-and-go': 'membership/members-added-and-removed-under-load',
    'membership/figure-4-2-direct': 'membership/figure-4-2-direct-unsafe',
    'membership/joint-until-further-notice': 'membership/explicit-joint-rejects-other-changes',
    'membership/leader-dies-in-joint': 'membership/leader-crash-in-joint',
    'membership/moving-house': 'membership/leader-crash-during-reconfiguration',
    'membership/newcomer-out-of-reach': 'membership/unreachable-new-member-catch-up-aborted',
    'membership/one-becomes-two': 'membership/one-voter-to-two-and-back',
    'membership/one-change-at-a-time': 'membership/second-change-rejected-until-committed',
    'membership/promoted-without-knowing': 'membership/promoted-learner-unaware-grants-vote',
    'membership/removed-and-not-told': 'membership/removed-node-unaware-is-ignored',
    'membership/replace-the-leader': 'membership/leader-replaced-by-transfer-in-joint',
    'membership/replaced-while-leading': 'membership/leader-replaced-steps-down-at-commit',
    'membership/too-slow-to-vote': 'membership/slow-new-member-catch-up-aborted',
    'membership/two-at-once': 'membership/one-voter-to-three-and-back-joint',
    'membership/unknown-candidate': 'membership/vote-for-candidate-not-in-configuration',
    'network/acknowledgement-of-an-earlier-term': 'replication/stale-term-acks-not-counted',
    'network/acknowledgements-in-disorder': 'replication/reordered-acks-keep-match-index',
    'network/everything-twice': 'network/every-message-duplicated',
    'network/released-in-disorder': 'replication/reordered-append-entries',
    'network/rough-weather': 'network/loss-duplication-and-reordering',
    'partitions/bridge': 'partition/two-groups-over-a-bridge-node',
    'partitions/deaf-leader': 'partition/one-way-partition-leader-hears-nothing',
    'partitions/flapping-leader': 'partition/flapping-leader-partial-connectivity',
    'partitions/minority-leader': 'partition/minority-leader',
    'partitions/mute-leader': 'partition/one-way-partition-leader-sends-nothing',
    'partitions/no-quorum': 'partition/no-quorum',
    'partitions/rejoin': 'partition/two-leaders-cut-off-and-rejoin',
    'partitions/ring': 'partition/ring-topology',
    'partitions/two-clients': 'partition/appends-on-both-sides-of-partition',
    'prevote/a-quorum-that-forgets': 'check-quorum/election-after-quorum-forgets-leader',
    'prevote/behind-on-the-log': 'pre-vote/pre-vote-denied-by-stale-log',
    'prevote/cloudflare-outage': 'pre-vote/cloudflare-partial-partition',
    'prevote/encouragement-of-an-earlier-term': 'pre-vote/stale-pre-votes-not-counted',
    'prevote/forget-leader': 'check-quorum/forget-leader',
    'prevote/last-friend': 'check-quorum/leader-with-one-follower-steps-down',
    'prevote/leader-left-alone': 'check-quorum/isolated-leader-steps-down',
    'prevote/leader-without-quorum': 'check-quorum/leader-without-quorum-frees-client',
    'prevote/long-logs-and-high-terms': 'pre-vote/long-logs-low-term-short-logs-high-term',
    'prevote/loyal-followers': 'check-quorum/leader-stickiness-ignores-candidate',
    'prevote/quiet-return': 'pre-vote/isolated-node-returns-without-disruption',
    'prevote/stale-question': 'pre-vote/stale-term-pre-vote-gets-reply',
    'prevote/two-outposts': 'pre-vote/partial-connectivity-leader-stable',
    'reads/a-leader-nobody-hears': 'reads/partitioned-leader-holds-back-reads',
    'reads/answers-to-earlier-greetings': 'reads/earlier-heartbeat-round-confirms-no-read',
    'reads/at-the-end-of-a-slow-line': 'reads/follower-read-over-slow-link',
    'reads/before-its-own-entry': 'reads/new-leader-read-waits-for-own-commit',
    'reads/far-from-applied': 'reads/follower-read-waits-for-slow-apply',
    'reads/lease-and-slow-answers': 'reads/lease-counts-from-heartbeat-sent',
    'reads/lease-and-the-restarted-voter': 'reads/restarted-voter-waits-out-lease',
    'reads/lease-beyond-the-bound': 'reads/lease-clock-drift-beyond-bound-unsafe',
    'reads/lease-during-a-transfer': 'reads/lease-ends-at-leadership-transfer',
    'reads/lease-of-a-paused-leader': 'reads/lease-expires-while-leader-paused',
    'reads/lease-within-the-bound': 'reads/lease-clock-drift-within-bound',
    'reads/no-forgetting-while-there-are-leases': 'reads/forget-leader-rejected-with-leases',
    'reads/shared-rounds': 'reads/reads-share-heartbeat-rounds',
    'replication/a-tail-nobody-touches': 'replication/heartbeat-ack-excludes-extra-suffix',
    'replication/backup': 'replication/fast-backtracking-three-histories',
    'replication/catching-up': 'replication/diverged-log-repaired-in-few-messages',
    'replication/each-byte-once': 'replication/entry-bytes-sent-once-per-follower',
    'replication/heartbeat-to-a-diverged-follower': 'replication/heartbeat-to-diverged-follower-rejected',
    'replication/quiet': 'replication/message-count-budget',
    'replication/slow-disk': 'replication/follower-slow-disk',
    'replication/slow-link': 'replication/follower-slow-link',
    'replication/slow-process': 'replication/follower-slow-process',
    'replication/slow-state-machine': 'replication/follower-slow-apply',
    'sessions/clocks-at-odds': 'sessions/session-expiry-with-skewed-clocks',
    'sessions/expired-by-log-time': 'sessions/session-expires-by-log-time',
    'sessions/kept-through-it-all': 'sessions/session-survives-snapshots-and-crashes',
    'sessions/late-retry': 'sessions/retry-after-session-expiry-rejected',
    'sessions/passed-on-once': 'sessions/forwarded-request-not-forwarded-again',
    'sessions/several-at-once': 'sessions/concurrent-requests-in-one-session',
    'sessions/through-another-follower': 'sessions/retry-forwarded-by-another-follower',
    'snapshot/a-request-it-never-saw': 'snapshot/snapshot-contains-sessions',
    'snapshot/all-crash': 'snapshot/all-nodes-crash-with-snapshots',
    'snapshot/answer-lost': 'snapshot/last-snapshot-reply-lost',
    'snapshot/away-for-too-long': 'snapshot/partitioned-node-needs-snapshot',
    'snapshot/bounded-log': 'snapshot/log-bounded-by-snapshots',
    'snapshot/conflicting-suffix': 'snapshot/snapshot-replaces-conflicting-log',
    'snapshot/crash-after-install': 'snapshot/crash-before-snapshot-is-durable',
    'snapshot/crashed-and-behind': 'snapshot/crashed-node-needs-snapshot',
    'snapshot/finished-by-the-next-leader': 'snapshot/snapshot-resumed-by-next-leader',
    'snapshot/heard-of-through-its-parts': 'check-quorum/snapshot-replies-count-as-contact',
    'snapshot/kept-by-a-later-write': 'snapshot/snapshot-survives-later-disk-writes',
    'snapshot/lost-parts': 'snapshot/lost-chunks-resent',
    'snapshot/members-in-the-snapshot': 'snapshot/snapshot-contains-configuration',
    'snapshot/membership-of-a-lost-branch': 'snapshot/snapshot-discards-lost-configuration',
    'snapshot/older-than-the-state': 'snapshot/stale-snapshot-not-installed',
    'snapshot/overtaken-by-the-next': 'snapshot/leader-takes-snapshot-while-sending-one',
    'snapshot/parts-that-come-late': 'snapshot/late-and-duplicated-chunks',
    'snapshot/slow-to-apply': 'snapshot/snapshot-of-applied-state-only',
    'snapshot/suffix-stays': 'snapshot/snapshot-keeps-matching-suffix',
    'transfer/across-the-partition': 'transfer/transfer-to-partitioned-target-aborted',
    'transfer/behind-the-partition': 'transfer/transfer-within-minority-fails',
    'transfer/far-behind': 'transfer/transfer-waits-for-target-log',
    'transfer/handed-round': 'transfer/transfer-around-all-nodes-under-load',
    'transfer/leases-and-impatience': 'transfer/transfer-ends-lease',
    'transfer/loyal-to-the-leader': 'transfer/transfer-overrides-leader-stickiness',
    'transfer/nobody-there': 'transfer/transfer-to-crashed-target-aborted',
    'transfer/successor-dies': 'transfer/transfer-target-crashes-on-timeout-now',
    'transfer/told-too-late': 'transfer/late-timeout-now-to-demoted-target',
    'transfer/who-may-take-over': 'transfer/invalid-transfer-requests-rejected',
  }),
  ...rows('code', {
    Program: 'Scenario',
    Observation: 'TraceEvent',
    Violation: 'ViolationReport',
    'TracedRun.observations': 'TracedRun.events',
  }),
  ...rows('code', { 'RunResult.unmet[i]': 'RunResult.unmet[i].text' }, 'unmet is a list of records'),
  ...rows(
    'code',
    {
      'RunResult.randomFaults[kind]': 'RunResult.faultStrikes[i].strikes',
      'RunResult.randomFaults': 'RunResult.faultStrikes',
      RandomFault: 'FaultStrikes',
    },
    'faultStrikes is a list of all faults, with path and kind',
  ),
  ...rows('code', { 'MARKS.get(id)': 'MARKS.get(id).statement' }, 'MARKS has the shape of INVARIANTS'),
  ...rows(
    'code',
    { ORDER: 'ADMIN', 'StepEvent.order': 'StepEvent.adminRequest', 'Out.decline': 'Out.reject' },
    'whitewater/protocol',
  ),
  ...rows('code', { Order: 'Protocol' }, 'whitewater/protocol: a type parameter, described by Protocol.admin'),
];

/**
 * What to say of a word that was valid in an earlier version: `"weather" is now called "network"`. Null if it has not
 * been renamed to one of the valid words.
 */
export function renamedTo(kind: Renamed['kind'], word: string, valid: readonly string[]): string | null {
  if (valid.includes(word)) return null;
  const row = RENAMED.find((one) => one.old === word && one.kind === kind && valid.includes(one.new));
  return row === undefined ? null : `"${word}" is now called "${row.new}"`;
}

/** The page docs/renamed.md. */
export function renamedPage(): string {
  const table = (kind: Renamed['kind']): string => {
    const found = RENAMED.filter((row) => row.kind === kind);
    if (found.length === 0) return '';
    const lines = found.map(
      (row) => `| \`${row.old}\` | \`${row.new}\`${row.where === undefined ? '' : ` (${row.where})`} |`,
    );
    return `\n## ${TITLES[kind]}\n\n| old | new |\n|---|---|\n${lines.join('\n')}\n`;
  };
  return `# Renamed words

<!-- Made from the table in scenarios/language/renamed.ts. Change the table, not this page. -->

Words that have another name than in earlier versions. A scenario with an old word is refused with the new word named;
\`whitewater lint --fix\` rewrites the words in scenario files, and keeps comments and layout.
${(Object.keys(TITLES) as Renamed['kind'][]).map(table).join('')}`;
}

const TITLES: Readonly<Record<Renamed['kind'], string>> = {
  key: 'Keys',
  word: 'Values',
  event: 'Trace events',
  mark: 'Marks',
  scenario: 'Bundled scenarios',
  option: 'Options of the command line',
  code: 'In code',
};
