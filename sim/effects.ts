import type { Disk } from './disk.ts';
import {
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  type Out,
  type Reply,
  type Request,
  type SnapshotWork,
  type StepEvent,
  type StepKind,
  type Ticket,
  type TimerId,
  type WriteFailure,
} from './protocol.ts';

/** A reply in flight to a client, or held until a write is durable. */
export class Envelope {
  readonly request: Request;
  readonly reply: Reply;

  constructor(request: Request, reply: Reply) {
    this.request = request;
    this.reply = reply;
  }
}

/** The event that a node is stepped with, used again for the next one. */
export class MutableStepEvent<M, A> implements StepEvent<M, A> {
  kind: StepKind = MESSAGE;
  from = 0;
  message: M | null = null;
  timer = 0;
  ticket = 0;
  failure: WriteFailure | null = null;
  index = 0;
  request: Request | null = null;
  adminRequest: A | null = null;
}

/**
 * The `out` of a step: collects effects in parallel lists that are used again for every event, so that a step
 * allocates nothing but the messages themselves.
 */
export class Effects<M, D, K> implements Out<M, D> {
  readonly writes: (D | null)[] = [];
  writeCount = 0;
  firstTicket: Ticket = 0;
  readonly sendTo: EndpointId[] = [];
  readonly sendWhat: unknown[] = [];
  readonly sendAfter: Ticket[] = [];
  sendCount = 0;
  readonly timerIds: TimerId[] = [];
  readonly timerTimes: Micros[] = [];
  timerCount = 0;
  /** Highest index requested with `apply`, 0 for none. */
  applyTo = 0;
  readonly appliedIndex: number[] = [];
  readonly appliedHash: number[] = [];
  appliedCount = 0;
  /** Index and digest of the snapshot that has replaced the state machine; index −1: none has. */
  restoredIndex = -1;
  restoredHash = 0;
  /** Work on snapshots that the step took. */
  readonly work: SnapshotWork[] = [];
  workCount = 0;
  /** Whether a snapshot could not be read. */
  readFailed = false;
  /** Why the admin request is rejected; null: it is not. */
  rejection: string | null = null;
  /** Why the node stops; null: it does not. */
  halting: string | null = null;
  readonly marks: string[] = [];
  markCount = 0;

  private disk: Disk<D, K> | null = null;
  private wallClock: (() => Micros) | null = null;

  /** Takes the effects of a step of the node with this disk and this wall clock. */
  begin(disk: Disk<D, K>, wallClock: () => Micros): void {
    this.disk = disk;
    this.wallClock = wallClock;
    this.firstTicket = disk.lastTicket + 1;
  }

  /** Forgets everything; references to messages go too, so that they can be collected. */
  end(): void {
    for (let i = 0; i < this.writeCount; i++) this.writes[i] = null;
    for (let i = 0; i < this.sendCount; i++) this.sendWhat[i] = null;
    this.writeCount = 0;
    this.sendCount = 0;
    this.timerCount = 0;
    this.markCount = 0;
    this.workCount = 0;
    this.applyTo = 0;
    this.rejection = null;
    this.halting = null;
    this.readFailed = false;
    this.reported();
  }

  /** What has become of the state machine has been reported. */
  reported(): void {
    this.restoredIndex = -1;
    this.appliedCount = 0;
  }

  persist(delta: D): Ticket {
    this.writes[this.writeCount++] = delta;
    return this.disk!.take(delta);
  }

  send(to: NodeId, message: M, after: Ticket = 0): void {
    const at = this.sendCount++;
    this.sendTo[at] = to;
    this.sendWhat[at] = message;
    this.sendAfter[at] = after;
  }

  setTimer(timer: TimerId, at: Micros): void {
    const place = this.timerCount++;
    this.timerIds[place] = timer;
    this.timerTimes[place] = at;
  }

  clearTimer(timer: TimerId): void {
    this.setTimer(timer, Infinity);
  }

  apply(index: number): void {
    if (index > this.applyTo) this.applyTo = index;
  }

  applied(index: number, stateHash: number): void {
    const at = this.appliedCount++;
    this.appliedIndex[at] = index;
    this.appliedHash[at] = stateHash;
  }

  restored(index: number, stateHash: number): void {
    this.restoredIndex = index;
    this.restoredHash = stateHash;
  }

  worked(on: SnapshotWork): boolean {
    if (on === 'read' && this.disk!.unreadableBy > 0) {
      this.readFailed = true;
      return false;
    }
    this.work[this.workCount++] = on;
    return true;
  }

  reject(reason: string): void {
    this.rejection = reason;
  }

  halt(reason: string): void {
    this.halting = reason;
  }

  reply(request: Request, reply: Reply, after: Ticket = 0): void {
    const at = this.sendCount++;
    this.sendTo[at] = request.client;
    this.sendWhat[at] = new Envelope(request, reply);
    this.sendAfter[at] = after;
  }

  mark(name: string): void {
    this.marks[this.markCount++] = name;
  }

  readWallClock(): Micros {
    return this.wallClock!();
  }
}
