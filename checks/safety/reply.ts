import type { Reply, Request } from '../../sim/protocol.ts';
import type { CheckContext } from '../context.ts';

/** Watches what clients are told: I29, I30. */
export class ReplyChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** A reply leaves a node. An `ok` says that the request is committed, with this result. */
  replied(node: number, request: Request, reply: Reply): void {
    const { context } = this;
    if (reply.status === 'busy') context.watched.mark('request-rejected-busy');
    if (reply.status === 'refused') context.watched.mark('session-rejected');
    if (reply.status !== 'ok') return;
    if (request.command.op === 'register') {
      this.registered(node, request, reply);
      return;
    }
    const executed = context.ledger.told(request);
    // The session has moved on: an answer to an old request interests nobody.
    if (executed === null) return;
    if (executed === undefined) {
      const which = `session ${request.session}, request ${request.sequence}`;
      const summary = `${context.name(node)} acknowledged "${inWords(request)}" (${which}), which is not committed`;
      context.report('I30', node, summary);
      return;
    }
    if (executed.told.value === reply.value && executed.told.applied === reply.applied) return;
    const told = reply.value ?? 'absent';
    const right = executed.told.value ?? 'absent';
    const summary = `${context.name(node)} answered "${inWords(request)}" with ${told}, but executing it once, at index ${executed.index}, gives ${right}`;
    context.report(executed.repeated ? 'I29' : 'I30', node, summary, {
      witnesses: [context.commitWitness('A', executed.index), context.here('B', node, `answer: ${told}`)],
    });
  }

  /** Requests that clients were told had certainly not been executed: none of them may have been. */
  auditFailed(failed: readonly Request[]): void {
    const { context } = this;
    for (const request of failed) {
      if (!context.ledger.hasExecuted(request)) continue;
      const { session, sequence } = request;
      const index = this.indexOf(request);
      const summary = `the client of session ${session} was told that request ${sequence} had failed, but it was executed`;
      context.report('I30', index === 0 ? -1 : context.ledger.node(index), summary, {
        witnesses: index === 0 ? [] : [context.commitWitness('A', index)],
      });
    }
  }

  /** Where the request stands in the part of the ledger that is remembered; 0 if it does not. */
  private indexOf({ session, sequence }: Request): number {
    const { ledger, prefixes } = this.context;
    for (let index = Math.max(1, ledger.first); index <= ledger.length; index++) {
      const { request } = prefixes.entry(ledger.prefix(index));
      if (request?.session === session && request.sequence === sequence) return index;
    }
    return 0;
  }

  /** A session is named after the index of the entry that opened it. */
  private registered(node: number, request: Request, { value }: Reply): void {
    const { context } = this;
    const { ledger, prefixes } = context;
    const index = Number(value);
    if (index >= 1 && index < ledger.first) return;
    const isThere = Number.isInteger(index) && index >= 1 && index <= ledger.length;
    const asked = isThere ? prefixes.entry(ledger.prefix(index)).request : null;
    if (asked !== null && asked.command.op === 'register') {
      if (asked.client === request.client && asked.sequence === request.sequence) return;
    }
    const summary = `${context.name(node)} told the client of request ${request.sequence} that it had opened session ${value ?? 'absent'}, but it is not what stands at that index`;
    context.report('I30', node, summary);
  }
}

function inWords({ command }: Request): string {
  return `${command.op} ${command.key} ${command.value}`.trim();
}
