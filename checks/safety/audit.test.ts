import { describe, expect, test } from 'vitest';
import { entry, FakeCluster, n1, n2, n3, request } from '../testing/fake-cluster.ts';

/** n1 leads term 1 and has committed three entries; n2 has them too, and knows of the commit if `knowsCommit`. */
function committed(knowsCommit: boolean): FakeCluster {
  const cluster = new FakeCluster(3);
  cluster.elect(n1, [n2]);
  cluster.write(n1, [n2], request(1, 1), request(1, 2), request(1, 3));
  if (knowsCommit) cluster.replicate(n1, n2);
  return cluster;
}

const OTHER = entry(1, request(8, 1));

describe('the audit at the end', () => {
  test('[I2] an entry changed in memory, in the middle of a log behind an unchanged tail, is found by the audit', () => {
    const cluster = committed(false);
    cluster.step(n2, (node) => (node.entries[1] = OTHER));
    expect(cluster.violation).toBeNull();
    const violation = cluster.end();
    expect(violation).toMatchObject({ invariant: 'I2', node: n2 });
    expect(violation?.summary).toBe('index 2 in the log of n2 was changed although later entries were not');
    expect(violation?.witnesses).toMatchObject([
      { label: 'A', node: n1, text: 'index 2 {term 1, put x 1.2} was there before' },
    ]);
  });

  test('[I6] if the node knew it to be committed, the ledger is what is broken', () => {
    const cluster = committed(true);
    cluster.step(n2, (node) => (node.entries[1] = OTHER));
    expect(cluster.violation).toBeNull();
    expect(cluster.end()).toMatchObject({ invariant: 'I6', node: n2 });
  });

  test('[I2] a change behind the tail is found when entries were appended with it', () => {
    const cluster = committed(false);
    cluster.append(n1, request(1, 4));
    cluster.step(n2, (node) => {
      node.entries[0] = OTHER;
      node.entries.push(cluster.node(n1).entries[3]!);
    });
    expect(cluster.violation).toBeNull();
    expect(cluster.end()?.summary).toContain('index 1 in the log of n2');
  });

  test('[I2] an entry changed on a disk, in the middle behind an unchanged tail, is found by the audit', () => {
    const cluster = committed(true);
    cluster.disk(n2).log[1] = OTHER;
    cluster.checks.persisted(n2);
    expect(cluster.violation).toBeNull();
    const violation = cluster.end();
    expect(violation).toMatchObject({ invariant: 'I2', node: n2, witnesses: [{ label: 'A', node: n1 }] });
    expect(violation?.summary).toBe('index 2 on the disk of n2 was changed although later entries were not');
  });

  test('the audit of long logs yields now and then', () => {
    const cluster = new FakeCluster(3);
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], ...Array.from({ length: 10_001 }, (_, sequence) => request(1, sequence + 1)));
    // The logs and the disks of n1 and n2.
    expect(Array.from(cluster.checks.audit())).toHaveLength(4);
    expect(cluster.violation).toBeNull();
  });

  test('[I2] the disk of a node that is down is looked at too', () => {
    const cluster = committed(true);
    cluster.crash(n2);
    cluster.disk(n2).log[0] = OTHER;
    expect(cluster.end()).toMatchObject({ invariant: 'I2', node: n2 });
  });

  test('[I2] a disk that has lost its last entries unnoticed is found', () => {
    const cluster = committed(true);
    cluster.disk(n2).log.length = 2;
    expect(cluster.end()?.summary).toContain('index 3 on the disk of n2');
  });

  test('[I2] another command under the same sequence number is another entry', () => {
    const cluster = committed(true);
    cluster.disk(n2).log[1] = entry(1, request(1, 2, { value: 'corrupted' }));
    expect(cluster.end()).toMatchObject({ invariant: 'I2', node: n2 });
  });

  test('[I6] a commitIndex beyond the end of the log is found', () => {
    const cluster = new FakeCluster(3, { enabled: ['I6'] });
    cluster.elect(n1, [n2]);
    cluster.write(n1, [n2], request(1, 1));
    cluster.step(n2, (node) => (node.commitIndex = 5));
    expect(cluster.violation).toBeNull();
    expect(cluster.end()?.summary).toBe('n2 has committed up to 5, but its log ends at 1');
  });

  test('unchanged logs and disks are accepted, of running and of crashed nodes', () => {
    const cluster = committed(true);
    cluster.append(n1, request(1, 4));
    cluster.accept(n3, cluster.offer(n1, n3, 0));
    cluster.crash(n1);
    cluster.crash(n2);
    cluster.boot(n2);
    expect(cluster.end()).toBeNull();
  });
});
