import type { SimulationContext } from './context.ts';
import { Envelope, MutableStepEvent } from './effects.ts';
import { Machine } from './machine.ts';
import type { ControlledNode } from './node-control.ts';
import {
  ADMIN,
  APPLIED,
  type EndpointId,
  FAILED,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  type SnapshotWork,
  type StepKind,
  TIMER,
  type Ticket,
  type TimerId,
  type WriteFailure,
} from './protocol.ts';
import { NO_ROW } from './timers.ts';
import { sample } from './base/distribution.ts';
import { NOTHING, WORK, WRITE_FAILED } from './base/event-kinds.ts';

/** What was held until a write was durable, and waits for a node that is paused or busy. */
interface HeldEffects {
  readonly to: readonly EndpointId[];
  readonly what: readonly unknown[];
}

/** One node and the machine it runs on: how it boots and takes an event, and what becomes of its effects. */
export class NodeRuntime<S, M, D, K, V, A> implements ControlledNode {
  readonly id: NodeId;
  /** Null while the node is down. */
  state: S | null = null;
  readonly machine: Machine<D, K>;
  /** What the running incarnation runs, and what the next one will. */
  protocol: Protocol<S, M, D, K, V, A>;
  nextProtocol: Protocol<S, M, D, K, V, A>;
  /** Fault that has set the next one, or 0. */
  upgradedBy = 0;
  private readonly context: SimulationContext<S, M, D, K, V, A>;
  private readonly stepEvent = new MutableStepEvent<M, A>();
  private readonly wallClock = (): Micros => this.readWallClock();

  constructor(id: NodeId, protocol: Protocol<S, M, D, K, V, A>, context: SimulationContext<S, M, D, K, V, A>) {
    const { plan, streams } = context;
    this.id = id;
    this.protocol = protocol;
    this.nextProtocol = protocol;
    this.context = context;
    this.machine = new Machine(id, protocol, plan, streams);
  }

  // What can be seen.

  get isUp(): boolean {
    return this.state !== null;
  }

  get localTime(): Micros {
    return this.machine.clock.local(this.context.now);
  }

  // Events of the queue. Each returns its kind, or NOTHING for a stale row.

  /** A message from a node, or a request from a client, arrives. */
  arrive(kind: typeof MESSAGE | typeof REQUEST, from: EndpointId, payload: unknown): number {
    if (this.machine.isEngaged) this.wait(kind, from, 0, payload, this.context.queue.bytes);
    else this.run(kind, from, 0, payload);
    return kind;
  }

  timerRow(timer: TimerId, incarnation: number): number {
    const { context, machine } = this;
    const { timers } = machine;
    if (machine.incarnation !== incarnation || !timers.takeRow(timer, context.now)) return NOTHING;
    if (!timers.isOn(timer)) return NOTHING;
    if (!timers.isDue(timer, this.localTime)) {
      this.scheduleTimer(timer);
      return NOTHING;
    }
    context.begin(timers.setBy(timer));
    context.hash.int(context.now);
    context.hash.int((timer << 16) | (this.id << 4) | TIMER);
    if (machine.isEngaged) this.wait(TIMER, 0, timer, null);
    else this.timerFires(timer);
    return TIMER;
  }

  writeDone(ticket: Ticket, incarnation: number): number {
    const { context, machine, id } = this;
    if (machine.incarnation !== incarnation || machine.disk.isDurable(ticket) || machine.disk.isStuck) return NOTHING;
    context.begin(machine.disk.issuedBy(ticket));
    if (machine.disk.fails) return this.writeFails(ticket);
    context.hash.int(context.now);
    context.hash.int((id << 4) | PERSISTED);
    context.hash.int(ticket);
    let write;
    try {
      write = machine.disk.complete(ticket);
    } catch (error) {
      this.panic(error);
      return PERSISTED;
    }
    context.observer?.persisted(id);
    context.tracer.persisted(id, write.delta, ticket);
    // The disk works on under a paused process, which learns of it and sends what it held only later.
    if (machine.isEngaged) {
      const { heldFor, held, heldCount } = write;
      this.wait(PERSISTED, 0, ticket, { to: heldFor.slice(0, heldCount), what: held.slice(0, heldCount) });
    } else {
      for (let i = 0; i < write.heldCount; i++) context.depart(id, write.heldFor[i]!, write.held[i]);
      this.run(PERSISTED, 0, ticket, null);
    }
    return PERSISTED;
  }

  /** The write, and all after it, are lost instead of durable. */
  private writeFails(ticket: Ticket): number {
    const { context, machine, id } = this;
    context.hash.int(context.now);
    context.hash.int((id << 4) | WRITE_FAILED);
    context.hash.int(ticket);
    const { delta, failure, by } = machine.disk.fail(ticket);
    machine.failedBy = by;
    context.faults.hit(by);
    if (!machine.disk.fails) context.faults.end(by, context.now);
    context.tracer.writeFailed(id, delta, ticket, failure);
    context.addMark('write-failed', id);
    if (machine.isEngaged) this.wait(FAILED, 0, ticket, failure);
    else this.run(FAILED, 0, ticket, failure);
    return WRITE_FAILED;
  }

  batchDone(turn: number, incarnation: number): number {
    const { context, machine } = this;
    const { applyQueue } = machine;
    if (machine.incarnation !== incarnation || applyQueue.turn !== turn) return NOTHING;
    applyQueue.isBusy = false;
    context.begin(applyQueue.batchBy);
    context.hash.int(context.now);
    context.hash.int((this.id << 4) | APPLIED);
    context.hash.int(applyQueue.batch);
    if (machine.isEngaged) this.wait(APPLIED, 0, applyQueue.batch, null);
    else this.runBatch(applyQueue.batch);
    return APPLIED;
  }

  /** The process is done with its work on snapshots, or with the event at the head of the inbox, which takes effect. */
  workDone(turn: number, incarnation: number): number {
    const { context, machine } = this;
    if (machine.incarnation !== incarnation || machine.workTurn !== turn) return NOTHING;
    machine.isWorking = false;
    if (machine.isPaused) return NOTHING;
    if (machine.snapshotWork > 0) {
      this.snapshotWorkDone();
      return WORK;
    }
    const { kind, from, detail, payload, since } = machine.inbox.take();
    context.begin(this.causeOfWork(kind, detail, since));
    context.hash.int(context.now);
    context.hash.int((this.id << 4) | WORK);
    if (kind === TIMER) {
      // An event ahead of it in the inbox may have moved the timer.
      if (machine.timers.isDue(detail, this.localTime)) this.timerFires(detail);
    } else if (kind === APPLIED) {
      this.runBatch(detail);
    } else {
      context.tracer.handled(this.id, since);
      if (kind === PERSISTED) this.departHeld(payload as HeldEffects);
      this.run(kind, from, detail, kind === PERSISTED ? null : payload);
    }
    this.beginWork();
    return WORK;
  }

  private snapshotWorkDone(): void {
    const { context, machine } = this;
    machine.snapshotWork = 0;
    context.begin(machine.snapshotWorkBy);
    context.hash.int(context.now);
    context.hash.int((this.id << 4) | WORK);
    this.beginWork();
  }

  /** Why the node rejects the request; null if it does not, or if it is paused or busy and will handle it only later. */
  admin(request: A): string | null {
    const { context } = this;
    context.rejection = null;
    if (this.state === null) {
      context.rejection = 'it is down';
      context.tracer.adminRejected(this.id, context.rejection);
    } else if (this.machine.isEngaged) {
      this.wait(ADMIN, 0, 0, request);
    } else {
      this.run(ADMIN, 0, 0, request);
    }
    return context.rejection;
  }

  // What is done from outside.

  boot(): void {
    const { context, machine, id } = this;
    const local = this.localTime;
    machine.clock.forget(context.now);
    if (machine.disk.unreadableBy > 0) {
      this.noteFailedRead();
      this.refuseToStart('its disk cannot be read', machine.disk.unreadableBy);
      return;
    }
    context.effects.begin(machine.disk, this.wallClock);
    try {
      const disk = this.nextProtocol.cloneDisk(machine.disk.contents);
      this.state = this.nextProtocol.boot(id, disk, local, machine.random, context.effects);
    } catch (error) {
      this.takeUpgrade();
      this.panic(error);
      return;
    }
    const { halting } = context.effects;
    if (halting !== null) {
      machine.disk.takeBack(context.effects.firstTicket);
      context.effects.end();
      this.refuseToStart(halting, 0);
      return;
    }
    this.takeUpgrade();
    context.observer?.booted(id);
    this.reportApplied();
    if (this.apply(local)) this.drain();
  }

  /** The node runs what it was to run from this boot on: a boot that is refused shows nothing of it. */
  private takeUpgrade(): void {
    if (this.nextProtocol === this.protocol) return;
    this.protocol = this.nextProtocol;
    this.context.faults.hit(this.upgradedBy);
  }

  /** The node is gone, and with it all that was not on the disk. */
  shutDown(): void {
    this.state = null;
  }

  /** Leaves the node, which is down, an empty disk. */
  wipe(): void {
    this.machine.disk.replace(this.protocol.freshDisk(this.id));
  }

  // The inside.

  private run(kind: StepKind, from: EndpointId, detail: number, payload: unknown): void {
    const { stepEvent, context, machine } = this;
    const { effects } = context;
    const local = this.localTime;
    stepEvent.kind = kind;
    stepEvent.from = from;
    stepEvent.message = kind === MESSAGE ? (payload as M) : null;
    stepEvent.request = kind === REQUEST ? (payload as Request) : null;
    stepEvent.adminRequest = kind === ADMIN ? (payload as A) : null;
    stepEvent.timer = detail;
    stepEvent.ticket = detail;
    stepEvent.index = detail;
    stepEvent.failure = kind === FAILED ? (payload as WriteFailure) : null;
    if (kind === FAILED) machine.disk.admitFailure();
    if (context.observer !== null) this.announce(kind, from, payload);
    effects.begin(machine.disk, this.wallClock);
    try {
      this.protocol.step(this.state!, stepEvent, local, machine.random, effects);
    } catch (error) {
      this.panic(error);
      return;
    }
    if (effects.halting !== null) {
      this.halt(effects.halting);
      return;
    }
    if (!this.apply(local)) return;
    context.observer?.stepped(this.id);
    this.drain();
  }

  /** The node stops by itself. What was not on the disk is gone, and nothing of the event leaves it. */
  private halt(reason: string): void {
    const { context, machine, id } = this;
    const { failedBy } = machine;
    machine.disk.takeBack(context.effects.firstTicket);
    context.effects.end();
    context.hash.text('halt');
    context.tracer.halted(id, 'stops', reason);
    context.addMark('node-halted', id);
    context.faults.end(machine.pausedBy, context.now);
    machine.stop('keep');
    this.shutDown();
    context.observer?.crashed(id);
    machine.crashedBy = context.halts.noteHalt(id, failedBy);
  }

  /** @param because the fault that it does not start for, without which it would; 0: none */
  private refuseToStart(reason: string, because: number): void {
    const { context, machine, id } = this;
    this.state = null;
    context.hash.text('no start');
    context.tracer.halted(id, 'does not start', reason);
    context.addMark('start-refused', id);
    machine.crashedBy = context.halts.noteHalt(id, because);
  }

  private noteFailedRead(): void {
    const { context, machine, id } = this;
    context.faults.hit(machine.disk.unreadableBy);
    context.tracer.readFailed(id);
    context.addMark('read-failed', id);
  }

  /**
   * The node has thrown instead of taking an event: its process is gone, and with it all that was not on the disk. Where
   * no observer can report it, the error goes on.
   */
  panic(error: unknown): void {
    const { context, machine, id } = this;
    if (context.observer === null) throw error;
    context.effects.end();
    context.hash.text('panic');
    context.tracer.panicked(id, error);
    context.observer.panicked(id, error);
    context.faults.end(machine.pausedBy, context.now);
    // A pending write may be what the node could not fold into its disk.
    const { wentBackBy } = machine.stop('lose-all');
    this.shutDown();
    if (wentBackBy > 0) context.observer.wiped(id);
    context.observer.crashed(id);
  }

  /** Tells the observer what the node is about to handle. */
  private announce(kind: StepKind, from: EndpointId, payload: unknown): void {
    const observer = this.context.observer!;
    if (kind === MESSAGE) observer.delivered(from, this.id, payload as M);
    else if (kind === REQUEST) observer.requested(this.id, payload as Request);
    else if (kind === ADMIN) observer.adminRequested(this.id, payload as A);
  }

  private timerFires(timer: TimerId): void {
    this.machine.timers.turnOff(timer);
    this.context.tracer.timer(this.id, timer);
    this.run(TIMER, 0, timer, null);
  }

  /** The node has learned that its state machine may be advanced up to the batch's index. */
  private runBatch(index: number): void {
    const { applyQueue } = this.machine;
    applyQueue.end();
    this.run(APPLIED, 0, index, null);
    if (applyQueue.wanted > 0 && applyQueue.batch === 0) this.beginBatch();
  }

  /**
   * Lets the node advance its state machine as far as it has requested, at once or when that has taken its time. Returns
   * whether the node is still up.
   */
  private apply(local: Micros): boolean {
    const { context, stepEvent, machine } = this;
    const { effects } = context;
    while (effects.applyTo > 0) {
      if (!machine.applyQueue.isInstant) {
        machine.applyQueue.request(effects.applyTo, context.event);
        if (machine.applyQueue.batch === 0) this.beginBatch();
        return true;
      }
      // What is to be applied is looked at first.
      context.observer?.stepped(this.id);
      this.reportApplied();
      if (context.observer?.isBroken === true) break;
      stepEvent.kind = APPLIED;
      stepEvent.index = effects.applyTo;
      effects.applyTo = 0;
      try {
        this.protocol.step(this.state!, stepEvent, local, machine.random, effects);
      } catch (error) {
        this.panic(error);
        return false;
      }
      if (effects.halting !== null) {
        this.halt(effects.halting);
        return false;
      }
    }
    return true;
  }

  private beginBatch(): void {
    const { applyQueue } = this.machine;
    this.context.faults.hit(applyQueue.slowedBy);
    applyQueue.begin();
    this.scheduleBatch();
  }

  /** Reports what has become of the state machine since the last report. */
  private reportApplied(): void {
    const { observer, effects, hash, tracer } = this.context;
    if (effects.restoredIndex >= 0) {
      hash.int(effects.restoredIndex);
      hash.int(effects.restoredHash);
      observer?.restored(this.id, effects.restoredIndex, effects.restoredHash);
      tracer.restored(this.id, effects.restoredIndex);
    }
    for (let i = 0; i < effects.appliedCount; i++) {
      hash.int(effects.appliedHash[i]!);
      observer?.applied(this.id, effects.appliedIndex[i]!, effects.appliedHash[i]!);
    }
    effects.reported();
  }

  /** Carries out the effects of the step that has just ended. */
  private drain(): void {
    const { context, machine, id } = this;
    const { effects } = context;
    this.reportApplied();
    if (effects.rejection !== null) {
      context.rejection = effects.rejection;
      context.tracer.adminRejected(id, effects.rejection);
    }
    for (let i = 0; i < effects.writeCount; i++) this.issueWrite(effects.firstTicket + i, effects.writes[i]!);
    for (let i = 0; i < effects.timerCount; i++) this.setTimer(effects.timerIds[i]!, effects.timerTimes[i]!);
    for (let i = 0; i < effects.sendCount; i++) {
      const after = effects.sendAfter[i]!;
      const to = effects.sendTo[i]!;
      const what = effects.sendWhat[i];
      if (machine.disk.isDurable(after)) context.depart(id, to, what);
      else this.hold(to, what, after);
    }
    for (let i = 0; i < effects.markCount; i++) context.addMark(effects.marks[i]!, id);
    if (effects.readFailed) this.noteFailedRead();
    for (let i = 0; i < effects.workCount; i++) this.workOnSnapshot(effects.work[i]!);
    effects.end();
    if (machine.snapshotWork > 0) this.beginWork();
  }

  /** The event that has just been handled keeps the process busy for as long as this takes. */
  private workOnSnapshot(work: SnapshotWork): void {
    const { context, machine } = this;
    const span = sample(machine.snapshotSpans[work], machine.snapshotRandom);
    if (machine.snapshotSpans[work] !== machine.plannedSnapshotSpans[work])
      context.faults.hit(machine.snapshotsSlowedBy);
    if (span === 0) return;
    context.tracer.busy(this.id, work, span);
    machine.snapshotWork += span;
    machine.snapshotWorkBy = context.event;
  }

  private issueWrite(ticket: Ticket, delta: D): void {
    const { context, machine } = this;
    const { disk } = machine;
    context.faults.hit(disk.slowedBy);
    if (disk.stalledUntil > context.now) context.faults.hit(disk.stalledBy);
    disk.noteIssue(ticket, context.event);
    this.scheduleWrite(ticket);
    context.tracer.writing(this.id, delta, ticket);
  }

  private setTimer(timer: TimerId, at: Micros): void {
    const { context, machine } = this;
    machine.timers.set(timer, at, context.event);
    if (!machine.timers.isOn(timer)) return;
    // A clock that has jumped and runs as planned changes nothing about timers that are set afterwards.
    if (machine.clock.drift !== machine.plannedDrift) context.faults.hit(machine.clockBy);
    this.scheduleTimer(timer);
  }

  /** A change of the wall clock has an effect where the node gets another reading than without it. */
  private readWallClock(): Micros {
    const { context, machine } = this;
    const reading = machine.wallClock.local(context.now);
    if (machine.wallClockBy > 0 && reading !== machine.wallClockBefore.local(context.now)) {
      context.faults.hit(machine.wallClockBy);
    }
    return reading;
  }

  private hold(to: EndpointId, what: unknown, after: Ticket): void {
    this.machine.disk.hold(after, to, what);
    const { tracer } = this.context;
    if (tracer.isOn && !(what instanceof Envelope)) tracer.held(this.id, to, what as M, after);
  }

  private departHeld({ to, what }: HeldEffects): void {
    for (let i = 0; i < what.length; i++) this.context.depart(this.id, to[i]!, what[i]);
  }

  /** Puts an event into the inbox of the node, which cannot take it at this moment. */
  private wait(kind: StepKind, from: EndpointId, detail: number, payload: unknown, bytes = 0): void {
    const { context, machine } = this;
    context.faults.hit(machine.pausedBy);
    context.faults.hit(machine.slowedBy);
    machine.inbox.push({ kind, from, detail, payload, bytes, since: context.event });
    this.beginWork();
  }

  /** The process takes up its work on snapshots, or else the event at the head of the inbox, if it is free. */
  beginWork(): void {
    const { context, machine } = this;
    if (machine.isWorking || machine.isPaused) return;
    let busy = machine.snapshotWork;
    if (busy === 0) {
      if (machine.inbox.length === 0) return;
      if (machine.isSlow) busy = sample(machine.service, machine.serviceRandom);
    }
    machine.isWorking = true;
    context.queue.push(context.now + busy, WORK, this.id, ++machine.workTurn, machine.incarnation, null, 0);
  }

  /** What a waiting event was caused by: a timer and a batch by what set them, anything else by its own arrival. */
  private causeOfWork(kind: StepKind, detail: number, since: number): number {
    const { timers, applyQueue } = this.machine;
    if (kind === TIMER) return timers.setBy(detail);
    return kind === APPLIED ? applyQueue.batchBy : since;
  }

  /** Says when the batch in progress is done. An earlier row for it, if there is one, is ignored. */
  scheduleBatch(): void {
    const { context, machine } = this;
    const at = context.now + machine.applyQueue.draw();
    context.queue.push(at, APPLIED, this.id, machine.applyQueue.turn, machine.incarnation, null, 0);
  }

  /** Says when a pending write becomes durable. An earlier row for it, if there is one, comes too late and is ignored. */
  scheduleWrite(ticket: Ticket): void {
    const { context, machine } = this;
    const at = machine.disk.completion(context.now);
    context.queue.push(at, PERSISTED, this.id, ticket, machine.incarnation, null, 0);
  }

  /** Sees to it that a queue row stands for the timer at the time it is due, or earlier. */
  scheduleTimer(timer: TimerId): void {
    const { context, machine } = this;
    const at = machine.timers.row(timer, machine.clock, context.now);
    if (at !== NO_ROW) context.queue.push(at, TIMER, this.id, timer, machine.incarnation, null, 0);
  }
}
