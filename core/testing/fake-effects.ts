import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  type Out,
  type Random,
  type Reply,
  type Request,
  type SnapshotWork,
  type StepEvent,
  type Ticket,
  type TimerId,
} from '../../sim/protocol.ts';
import type { AdminRequest } from '../admin-request.ts';
import type { Message, Write } from '../messages.ts';
import type { RaftNode } from '../node.ts';
import type { RaftProtocol } from '../raft.ts';

/** Records effects as data. */
export class FakeEffects implements Out<Message, Write> {
  lastTicket: Ticket = 0;
  writes: Write[] = [];
  sent: { to: NodeId; message: Message; after: Ticket }[] = [];
  timers: { timer: TimerId; at: Micros }[] = [];
  replies: { to: EndpointId; request: Request; reply: Reply; after: Ticket }[] = [];
  appliedEntries: { index: number; stateHash: number }[] = [];
  restoredSnapshots: { index: number; stateHash: number }[] = [];
  snapshotWork: SnapshotWork[] = [];
  rejections: string[] = [];
  halts: string[] = [];
  marks: string[] = [];
  applyTo = 0;
  /** Whether the disk can be read. */
  isReadable = true;
  /** What the wall clock reads. */
  wallTime: Micros = 0;

  clear(): void {
    this.writes = [];
    this.sent = [];
    this.timers = [];
    this.replies = [];
    this.appliedEntries = [];
    this.restoredSnapshots = [];
    this.snapshotWork = [];
    this.rejections = [];
    this.halts = [];
    this.marks = [];
    this.applyTo = 0;
  }

  persist(delta: Write): Ticket {
    this.writes.push(delta);
    return ++this.lastTicket;
  }

  send(to: NodeId, message: Message, after: Ticket = 0): void {
    this.sent.push({ to, message, after });
  }

  setTimer(timer: TimerId, at: Micros): void {
    this.timers.push({ timer, at });
  }

  clearTimer(timer: TimerId): void {
    this.timers.push({ timer, at: Infinity });
  }

  apply(index: number): void {
    this.applyTo = Math.max(this.applyTo, index);
  }

  applied(index: number, stateHash: number): void {
    this.appliedEntries.push({ index, stateHash });
  }

  reply(request: Request, reply: Reply, after: Ticket = 0): void {
    this.replies.push({ to: request.client, request, reply, after });
  }

  restored(index: number, stateHash: number): void {
    this.restoredSnapshots.push({ index, stateHash });
  }

  worked(on: SnapshotWork): boolean {
    if (on === 'read' && !this.isReadable) return false;
    this.snapshotWork.push(on);
    return true;
  }

  reject(reason: string): void {
    this.rejections.push(reason);
  }

  halt(reason: string): void {
    this.halts.push(reason);
  }

  mark(name: string): void {
    this.marks.push(name);
  }

  readWallClock(): Micros {
    return this.wallTime;
  }
}

export const NO_EVENT: StepEvent<Message, AdminRequest> = Object.freeze({
  kind: MESSAGE,
  from: 0,
  message: null,
  timer: 0,
  ticket: 0,
  failure: null,
  index: 0,
  request: null,
  adminRequest: null,
});
/** Takes a step, and the steps that apply what it has committed, as the simulator does. */
export function stepFully(
  protocol: RaftProtocol,
  state: RaftNode,
  event: StepEvent<Message, AdminRequest>,
  now: Micros,
  random: Random,
  out: FakeEffects,
): void {
  protocol.step(state, event, now, random, out);
  while (out.applyTo > 0) {
    const index = out.applyTo;
    out.applyTo = 0;
    protocol.step(state, { ...NO_EVENT, kind: APPLIED, index }, now, random, out);
  }
}
