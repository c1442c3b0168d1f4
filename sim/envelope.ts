import type { Reply, Request } from './protocol.ts';

/** A reply on its way to a client, or held back until a write is durable. */
export class Envelope {
  readonly request: Request;
  readonly reply: Reply;

  constructor(request: Request, reply: Reply) {
    this.request = request;
    this.reply = reply;
  }
}
