/**
 * A scenario in which n3, with known bug S15, restarts with a log that begins after its snapshot, and throws when it is
 * sent what follows.
 *
 * @param cluster further keys of `cluster`, such as `, mutant: S15`
 */
export function gapScenario(cluster: string): string {
  return `
name: gap
cluster: { nodes: 3, raft: { snapshotTrailing: 0 }${cluster} }
disk: { loseUnsynced: all, fsync: 5ms }
clients: { count: 2, ops: none }
script:
  - elect: n1
  - repeat: 5
    do:
      - write: { key: x, value: abc }
        expect: ok
  - until: { converged: true }
  - on: { event: persisted, node: n3 }
    do:
      - crash: n3
      - after: 50ms
        restart: n3
  - snapshot: n3
    expect: submitted
  - wait: 500ms
`;
}
