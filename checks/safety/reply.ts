import type { Reply, Request } from '../../sim/protocol.ts';
import { describeRequest } from '../../sim/describe-request.ts';
import { LEADER } from '../../core/view.ts';
import type { CheckContext } from '../context.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Checks replies to clients: I29, I30. */
export class ReplyChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /**
   * A reply leaves a node. An `ok` says that the request is committed, with this result; all others but `unknown` say that
   * this node has not executed the request, and will not.
   */
  replied(node: number, request: Request, reply: Reply): void {
    const { context } = this;
    const isRelayed = context.histories[node]!.forwardReplyIn === context.cluster.event;
    if (reply.status === 'busy') context.cluster.mark('request-rejected-busy');
    if (reply.status === 'refused') context.cluster.mark('session-rejected');
    if (reply.status !== 'ok') {
      // What another node has replied was judged when that reply left it.
      if (!isRelayed) this.rejected(node, request, reply);
      return;
    }
    if (request.command.op === 'register') {
      this.registered(node, request, reply);
      return;
    }
    const executed = context.ledger.reply(request);
    // The session has moved on: its client no longer waits for this reply.
    if (executed === null) return;
    if (executed === undefined) {
      const which = `session ${request.session}, request ${request.sequence}`;
      const summary = `${context.name(node)} acknowledged "${describeRequest(request)}" (${which}), which is not committed`;
      context.report('I30', node, summary);
      return;
    }
    if (executed.reply.value === reply.value && executed.reply.applied === reply.applied) {
      if (!isRelayed) this.acknowledged(node, request);
      return;
    }
    const value = reply.value ?? 'absent';
    const right = executed.reply.value ?? 'absent';
    const summary = `${context.name(node)} replied ${value} to "${describeRequest(request)}", but executing it once, at index ${executed.index}, gives ${right}`;
    context.report(executed.repeatedAt > 0 ? 'I29' : 'I30', node, summary, {
      witnesses: [context.commitWitness('A', executed.index), context.present('B', node, `reply: ${value}`)],
    });
  }

  /** A leader replies to a request that another node has forwarded, through that node. */
  forwarded(node: number, request: Request, reply: Reply): void {
    if (reply.status === 'ok') this.acknowledged(node, request);
    else this.rejected(node, request, reply);
  }

  /**
   * A node acknowledges a request: with the result of executing it, if it does that in this event. Otherwise the reply is the
   * one that the session has recorded; and so it is if the node has applied the entry of a retry, which it does not execute.
   */
  private acknowledged(node: number, request: Request): void {
    const { cluster, histories, ledger } = this.context;
    const executed = ledger.reply(request);
    if (executed === undefined || executed === null) return;
    const { index, repeatedAt } = executed;
    const history = histories[node]!;
    const isRepeat = repeatedAt > 0 && repeatedAt <= history.applied;
    if (isRepeat || history.hadApplied(index, cluster.event)) cluster.mark('retry-answered-from-session');
  }

  /** A node has not executed the request, and will not. */
  private rejected(node: number, request: Request, reply: Reply): void {
    if (reply.status === 'ok' || reply.status === 'unknown') return;
    if (reply.status === 'refused') this.checkRefused(node, request);
    this.checkNotPending(this.context.histories[node]!, request, reply);
  }

  /** I30: a session that a node says has expired is not open. One that has expired is never open again. */
  private checkRefused(node: number, request: Request): void {
    const { context } = this;
    if (context.reference.sessionTimeout !== null && !context.ledger.isOpen(request.session)) return;
    const summary = `${context.name(node)} refused "${describeRequest(request)}" because session ${request.session} had expired, but it has not`;
    context.report('I30', node, summary);
  }

  /** I30: a leader does not reject what it has executed, or has appended itself and may commit yet. */
  private checkNotPending({ node, view, role, term }: NodeHistory, request: Request, { status }: Reply): void {
    if (view === null || role !== LEADER || request.command.op === 'register') return;
    const { context } = this;
    const executed = context.ledger.reply(request);
    let index = executed !== undefined && executed !== null && executed.index <= view.lastApplied ? executed.index : 0;
    const { log } = view;
    for (let at = log.lastIndex; index === 0 && at > Math.max(view.commitIndex, log.base); at--) {
      const entry = log.entry(at);
      if (entry.term !== term) break;
      if (entry.request === request) index = at;
    }
    if (index === 0) return;
    const deed = index <= view.lastApplied ? 'has executed it' : 'has appended it in its term';
    const summary = `${context.name(node)} replied ${status} to "${describeRequest(request)}", but it ${deed}, at index ${index}`;
    context.report('I30', node, summary);
  }

  /** I30: a request has been reported to its client as not executed. */
  failed(request: Request): void {
    if (this.context.ledger.hasExecuted(request)) this.reportFailed(request);
  }

  /** I30: a request that was reported to its client as not executed has not been executed. */
  auditFailed(failed: readonly Request[]): void {
    for (const request of failed) this.failed(request);
  }

  private reportFailed(request: Request): void {
    const { context } = this;
    const { session, sequence } = request;
    const index = this.indexOf(request);
    const summary = `request ${sequence} of session ${session} was reported to its client as failed, but it was executed`;
    context.report('I30', index === 0 ? -1 : context.ledger.node(index), summary, {
      witnesses: index === 0 ? [] : [context.commitWitness('A', index)],
    });
  }

  /** Index of the request in the kept part of the ledger; 0 if it is not there. */
  private indexOf({ session, sequence }: Request): number {
    const { ledger, prefixes } = this.context;
    for (let index = Math.max(1, ledger.first); index <= ledger.length; index++) {
      const { request } = prefixes.entry(ledger.prefix(index));
      if (request?.session === session && request.sequence === sequence) return index;
    }
    return 0;
  }

  /** I30: the id of a session is the index of the entry that opened it. */
  private registered(node: number, request: Request, { value }: Reply): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const index = Number(value);
    if (index >= 1 && index < ledger.first) return;
    const isThere = Number.isInteger(index) && index >= 1 && index <= ledger.length;
    const registration = isThere ? prefixes.entry(ledger.prefix(index)).request : null;
    if (registration !== null && registration.command.op === 'register') {
      if (registration.client === request.client && registration.sequence === request.sequence) return;
    }
    const summary = `${context.name(node)} replied to request ${request.sequence} that it had opened session ${value ?? 'absent'}, but the entry at that index is another`;
    context.report('I30', node, summary);
  }
}
