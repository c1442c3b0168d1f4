/** A fault of the library that changes no verdict and no mark, and stays. Known bugs are not tried for it. */
export interface Exception {
  /** The name of the scenario. */
  readonly scenario: string;
  /** Where the fault is, such as `script[2]` or `network.loss`. */
  readonly path: string;
  /** Why it stays, as a sentence. */
  readonly reason: string;
}

/** Why a step stays in a scenario of a known bug. */
const BREAKS_BEFORE =
  'The invariant breaks at the wrong step itself; the fault shows the harm that the source tells of.';
const HARMLESS = 'The fault must do no harm: that the runs are the same with it is what the scenario shows.';
const AMONG_MANY = 'The source has many faults at once, under which clients go on; one of them alone need not show.';

/** The exceptions of `npm run necessity`. */
export const EXCEPTIONS: readonly Exception[] = [
  { scenario: 'change-before-own-term-commit-unsafe', path: 'script[6]', reason: BREAKS_BEFORE },
  { scenario: 'change-before-own-term-commit-unsafe', path: 'script[10]', reason: BREAKS_BEFORE },
  { scenario: 'configuration-not-yet-applied-unsafe', path: 'script[2]', reason: BREAKS_BEFORE },
  { scenario: 'configuration-not-yet-applied-unsafe', path: 'script[5]', reason: BREAKS_BEFORE },
  { scenario: 'figure-4-2-direct-unsafe', path: 'script[2]', reason: BREAKS_BEFORE },
  { scenario: 'wiped-node-rejoins-same-id-unsafe', path: 'script[1]', reason: BREAKS_BEFORE },
  { scenario: 'wiped-node-rejoins-same-id-unsafe', path: 'script[5].together[1]', reason: BREAKS_BEFORE },
  { scenario: 'follower-clock-jumps-forward-and-back', path: 'script[6]', reason: HARMLESS },
  { scenario: 'wall-clock-jump-expires-sessions', path: 'script[6]', reason: HARMLESS },
  {
    scenario: 'follower-with-fast-clock-deposes-leader',
    path: 'script[6]',
    reason: 'The step ends the drift of an earlier step, so that the cluster can converge.',
  },
  {
    scenario: 'follower-slow-link',
    path: 'script[3]',
    reason: 'The step makes a slow link faster: without it the follower catches up too, only later.',
  },
  {
    scenario: 'one-voter-to-two-and-back',
    path: 'script[2].do[7]',
    reason: 'The node is no voter any more: that the cluster commits without it, whether it runs or not, is the point.',
  },
  {
    scenario: 'removed-node-unaware-is-ignored',
    path: 'script[1]',
    reason: 'The source has the node cut off; here no leader sends a node its removal, whether it is reachable or not.',
  },
  {
    scenario: 'unreachable-new-member-catch-up-aborted',
    path: 'script[3]',
    reason: 'Two of three voters must commit while the third is down as they do while it runs.',
  },
  {
    scenario: 'concurrent-requests-in-one-session',
    path: 'network.loss',
    reason: 'Lost messages make clients send requests again, and so do the leaders that are cut off.',
  },
  { scenario: 'churn-with-loss-and-reordering', path: 'script[0]', reason: AMONG_MANY },
  { scenario: 'churn-with-loss-and-reordering', path: 'script[1].do[3].do[0]', reason: AMONG_MANY },
  { scenario: 'members-added-and-removed-under-load', path: 'script[1].do[1]', reason: AMONG_MANY },
  { scenario: 'scheduled-crash-pause-stall-partition', path: 'timeline[0]', reason: AMONG_MANY },
  { scenario: 'scheduled-crash-pause-stall-partition', path: 'timeline[2]', reason: AMONG_MANY },
  { scenario: 'scheduled-crash-pause-stall-partition', path: 'timeline[3]', reason: AMONG_MANY },
];
