import { assert } from './base/assert.ts';
import { Clients, type Operation } from './clients/clients.ts';
import { Cluster } from './cluster.ts';
import { sample } from './base/distribution.ts';
import type { Envelope } from './envelope.ts';
import { CLIENT, NOTHING, REPLY, WAKE, WORK } from './base/event-kinds.ts';
import type { Machine } from './machine.ts';
import type { Observer, Recorder } from './observer.ts';
import type { WorldPlan } from './plan.ts';
import {
  APPLIED,
  type EndpointId,
  MESSAGE,
  type Micros,
  type NodeId,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Request,
  type StepKind,
  TIMER,
  type Ticket,
  type TimerId,
} from './protocol.ts';

/**
 * What happens by itself: machines, network and clients under one virtual clock. `step` takes the next event from the
 * queue and lets it happen.
 */
export class Kernel<S, M, D, K, V, A> extends Cluster<S, M, D, K, V, A> {
  delivered = 0;
  readonly clients: Clients;
  private readonly duplicateDelivered;
  private actions = 0;

  constructor(protocol: Protocol<S, M, D, K, V, A>, plan: WorldPlan<K>) {
    super(protocol, plan);
    this.clients = new Clients(this, plan.clients, this.streams);
    this.duplicateDelivered = this.marks.counter('duplicate-delivered');
  }

  /** Boots all nodes. The observer and recorder see everything from here on. */
  start(observer: Observer<M, A> | null, recorder: Recorder | null): void {
    this.observer = observer;
    this.narrator.recorder = recorder;
    this.beginAction('boot', -1);
    for (let node = 0; node < this.nodes; node++) this.boot(node);
  }

  // What can be seen.

  isUp(node: NodeId): boolean {
    return this.machines[node]!.state !== null;
  }

  isPaused(node: NodeId): boolean {
    return this.machines[node]!.paused;
  }

  /** Whether events that are due may have to wait: the node is paused, slow, or still has others to handle. */
  isHeldUp(node: NodeId): boolean {
    const { isEngaged, inbox } = this.machines[node]!;
    return isEngaged || inbox.length > 0;
  }

  /** The node's state; null while it is down. */
  state(node: NodeId): S | null {
    return this.machines[node]!.state;
  }

  /** A read-only look at the node; null while it is down. */
  view(node: NodeId): V | null {
    const { state } = this.machines[node]!;
    return state === null ? null : this.protocol.view(state);
  }

  /** Increases with every action, mark and completed operation, and with every message while types are counted. */
  get revision(): number {
    const { ok, failed, unknown } = this.clients;
    return this.actions + this.marks.revision + ok + failed + unknown + (this.traffic === null ? 0 : this.network.sent);
  }

  /** What is durable on the node's disk. */
  diskContents(node: NodeId): K {
    return this.machines[node]!.disk.contents;
  }

  localTime(node: NodeId): Micros {
    return this.machines[node]!.clock.local(this.now);
  }

  /** Time of the next row in the queue, Infinity if there is none. */
  get nextTime(): Micros {
    return this.queue.length === 0 ? Infinity : this.queue.nextTime;
  }

  // What can happen.

  /** Lets the next event happen and returns its kind; NOTHING if its row had been overtaken. */
  step(): number {
    const { queue } = this;
    assert(queue.pop(), 'a step was asked for although nothing is left to happen');
    this.now = queue.time;
    const { kind, target, from, detail, payload } = queue;
    this.cause = queue.cause;
    switch (kind) {
      case MESSAGE:
      case REQUEST:
        return this.arrive(kind, target, from, detail, payload);
      case TIMER:
        return this.timerRow(target, from, detail);
      case PERSISTED:
        return this.writeDone(target, from, detail);
      case APPLIED:
        return this.batchDone(target, from, detail);
      case REPLY:
        return this.replyArrives(target, from, detail, payload as Envelope);
      case CLIENT:
        return this.clientWakes(target, from, detail);
      case WORK:
        return this.workDone(target, from, detail);
      default:
        return kind;
    }
  }

  /** A row of kind WAKE at that time, so that `step` returns then. */
  wakeAt(at: Micros): void {
    this.queue.push(Math.max(at, this.now), WAKE, 0, 0, 0, null, this.event);
  }

  /** Numbers an action from outside as an event of its own, caused by nothing inside the simulation. */
  beginAction(name: string, node: NodeId | -1): void {
    this.actions++;
    this.event++;
    this.cause = 0;
    this.hash.int(this.now);
    this.hash.text(name);
    this.hash.int(node);
  }

  /** Adds an observation if somebody wants its kind. Ask `wants` first where the text costs something. */
  note(
    kind: string,
    node: EndpointId | -1,
    peer: EndpointId | -1,
    fields: Readonly<Record<string, string | number | boolean>>,
    text: string,
  ): void {
    this.narrator.note(kind, node, peer, fields, text);
  }

  wants(kind: string): boolean {
    return this.narrator.wants(kind);
  }

  // ClientHost.

  sendRequest(client: EndpointId, to: NodeId, request: Request): void {
    const { command } = request;
    const bytes = 32 + command.key.length + command.value.length;
    const fate = this.network.send(client, to, REQUEST, request, bytes, this.now, this.event);
    if (fate === 'duplicated') this.clients.noteDuplicate(request);
    if (fate !== 'sent') this.narrator.fate(fate, client, to, 'Request', '');
  }

  because(event: number): void {
    this.cause = event;
  }

  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void {
    this.queue.push(at, CLIENT, client, place, generation, null, this.event);
  }

  noteOperation(what: string, operation: Operation): void {
    const { command, session, sequence } = operation.request;
    if (what === 'invoked') {
      this.hash.int(session);
      this.hash.int(sequence);
      this.hash.text(command.op);
      this.hash.text(command.key);
      this.hash.text(command.value);
    }
    this.narrator.operation(what, operation);
    const { observer } = this;
    if (observer === null) return;
    if (what === 'invoked') observer.invoked(operation.request);
    else if (operation.outcome !== 'pending') observer.completed(operation.request, operation.outcome, operation.reply);
  }

  noteSession(client: EndpointId, session: number): void {
    this.narrator.registered(client, session);
  }

  // The inside.

  private arrive(
    kind: typeof MESSAGE | typeof REQUEST,
    node: NodeId,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): number {
    if (this.network.isStale(from, node, detail)) return this.lostOnArrival(node, from, 'cut');
    const machine = this.machines[node]!;
    if (machine.state === null) {
      this.network.dropped++;
      return this.lostOnArrival(node, from, 'down');
    }
    this.delivered++;
    this.event++;
    if ((detail & 1) === 1) {
      this.duplicateDelivered.count++;
      this.noteMark('duplicate-delivered', node);
    }
    this.hash.int(this.now);
    this.hash.int((from << 16) | (node << 4) | kind);
    if (kind === MESSAGE) {
      this.protocol.digest(payload as M, this.hash);
    } else {
      this.hash.int((payload as Request).session);
      this.hash.int((payload as Request).sequence);
    }
    if (this.narrator.isOn) this.narrator.delivered(kind, node, from, payload);
    if (machine.isEngaged) this.wait(node, machine, kind, from, 0, payload);
    else this.run(node, machine, kind, from, 0, payload);
    return kind;
  }

  private timerRow(node: NodeId, timer: TimerId, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || !machine.timers.takeRow(timer, this.now)) return NOTHING;
    if (!machine.timers.isOn(timer)) return NOTHING;
    if (!machine.timers.isDue(timer, machine.clock.local(this.now))) {
      this.scheduleTimer(node, machine, timer);
      return NOTHING;
    }
    this.event++;
    this.hash.int(this.now);
    this.hash.int((timer << 16) | (node << 4) | TIMER);
    if (machine.isEngaged) {
      this.wait(node, machine, TIMER, 0, timer, null);
      return TIMER;
    }
    this.timerFires(node, machine, timer);
    return TIMER;
  }

  private timerFires(node: NodeId, machine: Machine<S, D, K>, timer: TimerId): void {
    machine.timers.set(timer, Infinity);
    this.narrator.timer(node, timer);
    this.run(node, machine, TIMER, 0, timer, null);
  }

  private writeDone(node: NodeId, ticket: Ticket, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || machine.disk.isDurable(ticket)) return NOTHING;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | PERSISTED);
    this.hash.int(ticket);
    const write = machine.disk.complete(ticket);
    this.observer?.persisted(node);
    this.narrator.persisted(node, write.delta, ticket);
    // The disk works on under a paused process, which learns of it and sends what it held only later.
    if (machine.isEngaged) {
      const held = { to: write.heldFor.slice(0, write.heldCount), what: write.held.slice(0, write.heldCount) };
      this.wait(node, machine, PERSISTED, 0, ticket, held);
    } else {
      for (let i = 0; i < write.heldCount; i++) this.leave(node, write.heldFor[i]!, write.held[i]);
      this.run(node, machine, PERSISTED, 0, ticket, null);
    }
    return PERSISTED;
  }

  private batchDone(node: NodeId, turn: number, incarnation: number): number {
    const machine = this.machines[node]!;
    const { applying } = machine;
    if (machine.incarnation !== incarnation || applying.turn !== turn) return NOTHING;
    applying.isBusy = false;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | APPLIED);
    this.hash.int(applying.batch);
    if (machine.isEngaged) this.wait(node, machine, APPLIED, 0, applying.batch, null);
    else this.runBatch(node, machine, applying.batch);
    return APPLIED;
  }

  private replyArrives(client: EndpointId, from: NodeId, detail: number, { request, reply }: Envelope): number {
    if (this.network.isStale(from, client, detail)) return this.lostOnArrival(client, from, 'cut');
    this.event++;
    this.delivered++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (client << 4) | REPLY);
    this.hash.int(request.sequence);
    this.hash.text(reply.status);
    // What it says follows from the state it was read from, which was hashed when it was applied.
    this.hash.int(reply.value === null ? -1 : reply.value.length);
    this.clients.receive(client, from, request, reply);
    return REPLY;
  }

  private clientWakes(client: EndpointId, place: number, generation: number): number {
    this.event++;
    if (!this.clients.wake(client, place, generation)) {
      this.event--;
      return NOTHING;
    }
    this.hash.int(this.now);
    this.hash.int((client << 4) | CLIENT);
    return CLIENT;
  }

  /** Puts an event into the inbox of a node that cannot take it now. */
  protected wait(
    node: NodeId,
    machine: Machine<S, D, K>,
    kind: StepKind,
    from: EndpointId,
    detail: number,
    payload: unknown,
  ): void {
    this.faults.hit(machine.pausedBy);
    this.faults.hit(machine.slowedBy);
    machine.inbox.push({ kind, from, detail, payload, cause: this.event });
    this.beginWork(node, machine);
  }

  protected beginWork(node: NodeId, machine: Machine<S, D, K>): void {
    if (machine.working || machine.paused || machine.inbox.length === 0) return;
    machine.working = true;
    const busy = machine.slow ? sample(machine.service, machine.serviceRandom) : 0;
    this.queue.push(this.now + busy, WORK, node, ++machine.shift, machine.incarnation, null, machine.inbox[0]!.cause);
  }

  /** The head of the inbox takes effect. */
  private workDone(node: NodeId, shift: number, incarnation: number): number {
    const machine = this.machines[node]!;
    if (machine.incarnation !== incarnation || machine.shift !== shift) return NOTHING;
    machine.working = false;
    if (machine.paused) return NOTHING;
    const waiting = machine.inbox.shift()!;
    this.event++;
    this.hash.int(this.now);
    this.hash.int((node << 4) | WORK);
    const { kind, from, detail, payload } = waiting;
    if (kind === TIMER) {
      // An event ahead of it in the inbox may have moved the timer.
      if (machine.timers.isDue(detail, machine.clock.local(this.now))) this.timerFires(node, machine, detail);
    } else if (kind === PERSISTED) {
      const held = payload as { to: number[]; what: unknown[] };
      for (let i = 0; i < held.what.length; i++) this.leave(node, held.to[i]!, held.what[i]);
      this.run(node, machine, PERSISTED, 0, detail, null);
    } else if (kind === APPLIED) {
      this.runBatch(node, machine, detail);
    } else {
      this.run(node, machine, kind, from, detail, payload);
    }
    this.beginWork(node, machine);
    return WORK;
  }

  private lostOnArrival(node: NodeId, from: EndpointId, reason: string): number {
    this.event++;
    this.hash.int(this.now);
    this.hash.int((from << 16) | (node << 4) | NOTHING);
    this.narrator.lost(node, from, reason);
    return NOTHING;
  }
}
