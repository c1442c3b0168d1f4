import { FORWARD, FORWARD_REPLY, type Message } from '../../core/messages.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { Operations } from '../history/operations.ts';

/** Fruitless redirects of one request in a row, per node of the cluster, that still count as no loop. */
const REDIRECTS_PER_NODE = 3;

/**
 * Checks where clients are redirected: Lv13.
 *
 * A node that is named as the leader of a term has led it. If it redirects the client in turn, it must know of a later
 * term; two nodes that know no better than each other may go on redirecting for ever. A pause in which the cluster may
 * change breaks the chain: a reply that names no leader, or no reply at all. A request that was forwarded is not forwarded
 * again: the client gets a redirect.
 */
export class RedirectChecks {
  private readonly context: CheckContext;
  private readonly operations: Operations;

  constructor(context: CheckContext, operations: Operations) {
    this.context = context;
    this.operations = operations;
  }

  /** A reply leaves a node for a client. */
  replied(node: number, request: Request, reply: Reply): void {
    if (reply.status === 'redirect') this.redirected(node, request, reply.leader);
  }

  /**
   * A node forwards a request itself, or replies to the node that forwarded it.
   *
   * @param handled the message that it handles meanwhile; null: none
   */
  sent(from: number, to: number, message: Message, handled: Message | null): void {
    if (message.type === FORWARD) {
      this.redirected(from, message.request, to);
      if (handled?.type === FORWARD && isSame(handled.request, message.request))
        this.forwardedAgain(from, to, message.request);
    } else if (message.type === FORWARD_REPLY) this.replied(from, message.request, message.reply);
  }

  /** Two nodes that take each other for the leader would pass the request back and forth. */
  private forwardedAgain(from: number, to: number, { command }: Request): void {
    const { context } = this;
    const what = `"${command.op} ${command.key}" was forwarded to ${context.name(from)}`;
    context.reportLiveness('Lv13', from, `${what}, which has forwarded it again, to ${context.name(to)}`);
  }

  private redirected(node: number, request: Request, to: number): void {
    const operation = this.operations.find(request);
    const { view } = this.context.histories[node]!;
    if (operation === undefined || view === null) return;
    const isFruitless = node === operation.redirectedTo && view.term <= operation.redirectedIn;
    operation.redirects = isFruitless && to >= 0 && to !== node ? operation.redirects + 1 : 0;
    operation.redirectedTo = to;
    operation.redirectedIn = view.term;
    const { context } = this;
    if (operation.redirects <= REDIRECTS_PER_NODE * context.cluster.nodes) return;
    const { op, key } = request.command;
    const what = `"${op} ${key}" was redirected ${operation.redirects} times in a row`;
    const text = `${what}, the last time by ${context.name(node)} to ${context.name(to)}`;
    context.reportLiveness('Lv13', node, text);
  }
}

/** Whether it is the same request: that of one session and number. */
function isSame(a: Request, b: Request): boolean {
  return a.session === b.session && a.sequence === b.sequence;
}
