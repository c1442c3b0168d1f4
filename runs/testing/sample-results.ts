import type { RunResult, ViolationReport } from '../simulate/result.ts';

/** A run for tests of reports; what matters to a test is in `changes`. */
export function sampleResult(changes: Partial<RunResult> = {}): RunResult {
  return {
    scenario: 'split-vote',
    settings: {},
    file: 'scenarios/library/election/split-vote.yaml',
    seed: '1',
    verdict: 'pass',
    violation: null,
    unmet: [],
    limit: null,
    hash: '6fa118a8bee2d4a0',
    events: 1_204,
    virtualMicros: 2_143_000,
    messages: { sent: 310, delivered: 300, dropped: 8, duplicated: 2, bytes: 12_345 },
    elections: 3,
    leaderChanges: 1,
    maxTerm: 2,
    committed: 42,
    ops: { invoked: 40, ok: 38, failed: 1, unknown: 1 },
    marks: { 'leader-elected': 2, 'split-vote': 1 },
    faults: { crash: 1 },
    faultStrikes: [],
    steps: [],
    anySeed: [],
    drew: [],
    except: [],
    wallMillis: 12.5,
    ...changes,
  };
}

/** Two nodes that applied different entries at one index. */
export function sampleViolation(changes: Partial<ViolationReport> = {}): ViolationReport {
  return {
    invariant: 'I4',
    title: 'StateMachineSafety',
    section: 'Raft §5.4.3',
    at: 4_812_000,
    event: 18_204,
    node: 'n4',
    summary: 'n4 applied index 7 {term 5, put x 9}, where n2 had applied index 7 {term 3, put x 1}',
    witnesses: [
      { label: 'A', node: 'n2', event: 12_410, at: 3_177_250, text: 'index 7 {term 3, put x 1} applied by n2' },
      { label: 'B', node: 'n4', event: 18_204, at: 4_812_000, text: 'index 7 {term 5, put x 9} applied by n4' },
    ],
    agreement: 'the logs agree through index 6',
    quorums: [
      { text: 'nodes that have index 7 on disk', nodes: ['n1', 'n2', 'n3'] },
      { text: 'nodes in term 5', nodes: ['n3', 'n4', 'n5'] },
    ],
    quorumIntersection: ['n3'],
    chain: [
      { event: 18_204, at: 4_812_000, text: 'n4: n5 ⇒ AppendEntries T5 prev 7/T5 commit 7' },
      { event: 17_990, at: 4_805_120, text: 'n5: heartbeat timer fires' },
      { event: 15_501, at: 4_100_000, text: 'n5: n3 ⇒ RequestVoteReply T5 granted' },
    ],
    chainTruncated: true,
    stack: [],
    others: [{ invariant: 'I28', title: 'StateHash', summary: 'n2 has another state' }],
    activeFaults: [
      {
        path: 'script[1]',
        kind: 'partition',
        target: {
          links: [
            { from: 'n1', to: 'n3' },
            { from: 'n2', to: 'n3' },
          ],
        },
        since: 2_143_000,
        text: 'script[1]: partition: n1 -> n3, n1 -> n4, n1 -> n5, n2 -> n3, n2 -> n4, n2 -> n5 cut',
      },
    ],
    ...changes,
  };
}
