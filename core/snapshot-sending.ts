import type { Micros, NodeId, Out } from '../sim/protocol.ts';
import { INSTALL_SNAPSHOT, type Message, type Write } from './messages.ts';
import type { RaftNode } from './node.ts';

/** Sends the part of the snapshot that the follower lacks next. Dissertation §5.3, Figure 5.3. */
export function sendSnapshotChunk(self: RaftNode, to: NodeId, now: Micros, out: Out<Message, Write>): void {
  const progress = self.progress[to]!;
  const snapshot = progress.snapshot!;
  const { records } = snapshot;
  let first = 0;
  for (let before = 0; before < progress.offset && first < records.length; first++) before += records[first]!.bytes;
  let end = first;
  let bytes = 0;
  while (end < records.length && (end === first || bytes + records[end]!.bytes <= self.options.snapshotChunk)) {
    bytes += records[end++]!.bytes;
  }
  progress.probedIndex = snapshot.index;
  progress.retryAt = now + progress.retryInterval;
  out.send(to, {
    type: INSTALL_SNAPSHOT,
    term: self.term,
    leader: self.id,
    lastIndex: snapshot.index,
    lastTerm: snapshot.term,
    configuration: snapshot.configuration,
    configurationIndex: snapshot.configurationIndex,
    time: snapshot.time,
    offset: progress.offset,
    records: records.slice(first, end),
    done: end === records.length,
    round: self.heartbeatRound,
  });
}
