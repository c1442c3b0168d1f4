import { describe, expect, it } from 'vitest';
import { columns } from './layout.ts';
import { sampleViolation } from '../../runs/testing/sample-results.ts';
import { style } from './style.ts';
import { explainViolation } from './violation.ts';

const plain = style(false);

describe('the explanation of a violation', () => {
  it('puts the two witnesses side by side, names the quorums and what they share, and ends with the latest cause', () => {
    expect(`\n${explainViolation(sampleViolation(), plain, 78).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      StateMachineSafety  I4, Raft §5.4.3
      at 4.812s, event #18204, on n4
      n4 applied index 7 {term 5, put x 9}, where n2 had applied index 7 {term 3,
      put x 1}

      Witnesses
        A  n2  3.177250s  #12410               B  n4  4.812s  #18204
           index 7 {term 3, put x 1} applied      index 7 {term 5, put x 9} applied
           by n2                                  by n4
        The logs agree through index 6.

      Quorums
        n1, n2, n3   nodes that have index 7 on disk
        n3, n4, n5   nodes in term 5
        n3           shared by both

      Broken in the same event
        I28 StateHash: n2 has another state

      Causes, newest last
        … earlier causes are left out
        4.100000s  #15501  n5: n3 ⇒ RequestVoteReply T5 granted
        4.805120s  #17990  n5: heartbeat timer fires
        4.812000s  #18204  n4: n5 ⇒ AppendEntries T5 prev 7/T5 commit 7

      Faults in force
        script[1]: partition: n1 -> n3, n1 -> n4, n1 -> n5, n2 -> n3, n2 -> n4, n2
        -> n5 cut
      "
    `);
  });

  it('puts the witnesses one under the other on a narrow terminal', () => {
    expect(`\n${explainViolation(sampleViolation(), plain, 50).slice(4, 12).join('\n')}\n`).toMatchInlineSnapshot(`
      "

      Witnesses
        A  n2  3.177250s  #12410
           index 7 {term 3, put x 1} applied by n2
        B  n4  4.812s  #18204
           index 7 {term 5, put x 9} applied by n4
        The logs agree through index 6.

      "
    `);
  });

  it('shows where a node has thrown, innermost first, and what else the event has broken', () => {
    const crash = sampleViolation({
      invariant: 'Crash',
      title: 'NodeCrash',
      section: 'any program',
      summary: 'n4 threw RangeError: no entry 7',
      agreement: null,
      quorums: [],
      quorumIntersection: null,
      stack: ['Log.entry (log.ts:12:3)', 'applyCommitted (apply.ts:43:13)', 'Object.step (raft.ts:145:7)'],
      others: [
        { invariant: 'I22', title: 'PointerOrder', summary: 'n4 commits up to 7, but its log ends at 6' },
        {
          invariant: 'I14',
          title: 'CommitRule',
          summary: 'n4 committed index 7, but leaders have committed only up to 6',
        },
      ],
    });
    const lines = explainViolation(crash, plain, 78);
    expect(`\n${lines.slice(0, 3).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      NodeCrash  Crash, any program
      at 4.812s, event #18204, on n4
      n4 threw RangeError: no entry 7
      "
    `);
    expect(`\n${lines.slice(lines.indexOf('Thrown at'), lines.indexOf('Causes, newest last')).join('\n')}\n`)
      .toMatchInlineSnapshot(`
      "
      Thrown at
        Log.entry (log.ts:12:3)
        applyCommitted (apply.ts:43:13)
        Object.step (raft.ts:145:7)

      Broken in the same event
        I22 PointerOrder: n4 commits up to 7, but its log ends at 6
        I14 CommitRule: n4 committed index 7, but leaders have committed only up to
        6

      "
    `);
    for (const width of [50, 78]) {
      for (const line of explainViolation(crash, plain, width)) expect(columns(line)).toBeLessThanOrEqual(width);
    }
  });

  it('leaves out sections without content', () => {
    const bare = sampleViolation({
      witnesses: [],
      agreement: null,
      quorums: [],
      quorumIntersection: null,
      chain: [],
      chainTruncated: false,
      stack: [],
      others: [],
      activeFaults: [],
    });
    expect(`\n${explainViolation(bare, plain, 78).join('\n')}\n`).toMatchInlineSnapshot(`
      "
      StateMachineSafety  I4, Raft §5.4.3
      at 4.812s, event #18204, on n4
      n4 applied index 7 {term 5, put x 9}, where n2 had applied index 7 {term 3,
      put x 1}
      "
    `);
  });

  it('says so when two quorums share no node', () => {
    expect(explainViolation(sampleViolation({ quorumIntersection: [] }), plain, 78)).toContain(
      '  none         no node is in both',
    );
  });

  it.each([50, 78, 108])('keeps within %i columns', (width) => {
    for (const line of explainViolation(sampleViolation(), plain, width)) {
      expect(columns(line)).toBeLessThanOrEqual(width);
    }
  });

  it('says the same with colours and without', () => {
    const coloured = explainViolation(sampleViolation(), style(true), 78).join('\n');
    expect(coloured).toContain('\u001b[');
    expect(coloured.replace(/\u001b\[\d+m/gu, '')).toBe(explainViolation(sampleViolation(), plain, 78).join('\n'));
  });
});
