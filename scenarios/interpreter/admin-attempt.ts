import type { Micros, NodeId } from '../../sim/protocol.ts';
import type { ClusterView } from '../environment.ts';
import type { AdminTask } from './admin-tasks.ts';
import type { Execution } from './execution.ts';

/** An admin task in progress: which node received the request last, and what it replied. */
export class AdminAttempt {
  readonly #task: AdminTask;
  readonly #exec: Execution;
  /** Which node received the request last, and in which term; −1: none yet. */
  #node: NodeId = -1;
  #term = -1;
  /** Why that node rejected it, or null. */
  #reason: string | null = null;
  /** What that node was at that time: `n1, leader,`. */
  #described = 'no node';
  /** Whether some node has received the request. */
  submitted = false;
  /** Whether some node has accepted. */
  accepted = false;
  /** When the request may be submitted to the same node again. */
  nextTry: Micros;

  constructor(task: AdminTask, exec: Execution) {
    this.#task = task;
    this.#exec = exec;
    this.nextTry = exec.environment.now;
  }

  get words(): string {
    return this.#task.description;
  }

  get goal(): string {
    return this.#task.goal;
  }

  get state(): string {
    return this.#task.state();
  }

  /** The node that received the request last: `n1, leader,`. */
  get receiver(): string {
    return this.#described;
  }

  isReached(): boolean {
    return this.#task.isReached(this.accepted);
  }

  /**
   * Whether there is a node to submit the request to: one that has not received it, or one that received it a retry
   * interval ago and does not seem to carry it out.
   */
  isDue(): boolean {
    const { environment } = this.#exec;
    const node = this.#task.target();
    if (node === null || !environment.isUp(node) || environment.isPaused(node)) return false;
    if (node !== this.#node || environment.term(node) !== this.#term) return true;
    return environment.now >= this.nextTry && (this.#reason !== null || !this.#task.isPending(node));
  }

  submit(): void {
    const { environment, context, origin } = this.#exec;
    const node = this.#task.target()!;
    this.submitted = true;
    this.#node = node;
    this.#term = environment.term(node);
    this.#described = describeReceiver(node, environment);
    this.#reason = environment.admin(node, this.#task.request(node), origin);
    this.accepted ||= this.#reason === null;
    this.nextTry = environment.now + context.retryInterval;
  }

  /** Why the goal is not reached. */
  obstacle(): string {
    const absence = describeAbsence(this.#task.target(), this.#exec.environment);
    const rejection = this.#reason === null ? '' : `${this.#described} rejected it: ${this.#reason}`;
    if (absence !== null) return rejection === '' ? absence : `${absence}; ${rejection}`;
    return rejection === '' ? this.state : rejection;
  }
}

function describeReceiver(node: NodeId, cluster: ClusterView): string {
  return `${cluster.nodeName(node)}${cluster.role(node) === 'leader' ? ', leader,' : ''}`;
}

/** Why no node can receive the request, or null. */
function describeAbsence(node: NodeId | null, cluster: ClusterView): string | null {
  if (node === null) return 'no node leads';
  if (!cluster.isUp(node)) return `${cluster.nodeName(node)} is down`;
  return cluster.isPaused(node) ? `${describeReceiver(node, cluster)} is paused` : null;
}
