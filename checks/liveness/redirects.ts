import { FORWARD, FORWARD_REPLY, type Message } from '../../core/messages.ts';
import type { Reply, Request } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';
import type { Operations } from '../history/operations.ts';

/** Times that each node may send a client on in vain before it goes round in circles. */
const REDIRECTS_PER_NODE = 3;

/**
 * Watches where clients are sent: Lv13.
 *
 * Whoever is named as leader of a term has led it. If it sends the client on in its turn, it knows of a later term; if it
 * knows no better than the node before, the two may go on like that for ever. A pause, in which the world may change,
 * breaks the chain: nobody known to lead, no answer at all.
 */
export class RedirectChecks {
  private readonly context: CheckContext;
  private readonly operations: Operations;

  constructor(context: CheckContext, operations: Operations) {
    this.context = context;
    this.operations = operations;
  }

  /** An answer leaves a node for a client. */
  replied(node: number, request: Request, reply: Reply): void {
    if (reply.status === 'redirect') this.redirected(node, request, reply.leader);
  }

  /** A node passes a request on itself, or tells the one that did where to go. */
  sent(from: number, to: number, message: Message): void {
    if (message.type === FORWARD) this.redirected(from, message.request, to);
    else if (message.type === FORWARD_REPLY) this.replied(from, message.request, message.reply);
  }

  private redirected(node: number, request: Request, to: number): void {
    const operation = this.operations.find(request);
    const { view } = this.context.histories[node]!;
    if (operation === undefined || view === null) return;
    const isInVain = node === operation.sentTo && view.term <= operation.sentIn;
    operation.hops = isInVain && to >= 0 && to !== node ? operation.hops + 1 : 0;
    operation.sentTo = to;
    operation.sentIn = view.term;
    const { context } = this;
    if (operation.hops <= REDIRECTS_PER_NODE * context.cluster.nodes) return;
    const what = `"${request.command.op} ${request.command.key}" was sent on ${operation.hops} times in a row`;
    context.reportLiveness('Lv13', `${what}, at last by ${context.name(node)} to ${context.name(to)}`);
  }
}
