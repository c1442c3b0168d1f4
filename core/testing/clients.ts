import type { Reply, Request } from '../../sim/protocol.ts';
import type { Dice } from './dice.ts';
import { requestOf } from './messages.ts';

/** A pending request of a client. */
interface Operation {
  readonly request: Request;
  /** The longest value that any client had seen when it was first sent: its reply must not be shorter. */
  readonly floor: string;
}

interface Client {
  readonly endpoint: number;
  /** 0: none is open. */
  session: number;
  sequence: number;
  registering: Request | null;
  readonly open: Map<number, Operation>;
}

/** Operations of one session that may be pending at once. */
const MAX_OPEN = 3;

/**
 * Clients that append words to one key, each word once, and read it. So every reply must begin with what was known when
 * its request was sent, and none may contradict another: that is linearizability for such a value.
 */
export class Clients {
  readonly broken: string[];
  completed = 0;
  reads = 0;
  expired = 0;
  /** The longest value that any client has seen. */
  known = '';
  private readonly registers: boolean;
  private readonly dice: Dice;
  private readonly all: Client[] = [];
  private readonly replies = new Map<Request, string>();
  private words = 0;

  constructor(count: number, registers: boolean, dice: Dice, broken: string[]) {
    this.registers = registers;
    this.dice = dice;
    this.broken = broken;
    for (let i = 0; i < count; i++) {
      const session = registers ? 0 : i + 1;
      this.all.push({ endpoint: 100 + i, session, sequence: 0, registering: null, open: new Map() });
    }
  }

  /** The next request of some client: a new one, or a retry. */
  next(): Request {
    const client = this.all[this.dice.below(this.all.length)]!;
    if (client.session === 0) return (client.registering ??= this.registration(client));
    const { open } = client;
    // Now and then a client abandons an operation.
    for (const sequence of open.keys()) if (this.dice.chance(0.02)) open.delete(sequence);
    if (open.size > 0 && (open.size >= MAX_OPEN || this.dice.chance(0.6))) {
      return [...open.values()][this.dice.below(open.size)]!.request;
    }
    const sequence = ++client.sequence;
    const firstUncompleted = Math.min(sequence, ...open.keys());
    const op = this.dice.chance(0.4) ? 'get' : 'append';
    const value = op === 'get' ? '' : `${++this.words} `;
    const request = Object.freeze({
      ...requestOf(client.session, sequence, { op, value }),
      client: client.endpoint,
      firstUncompleted,
    });
    open.set(sequence, { request, floor: this.known });
    return request;
  }

  receive(request: Request, reply: Reply): void {
    const client = this.all[request.client - 100]!;
    if (request.command.op === 'register') {
      if (request !== client.registering || reply.status !== 'ok') return;
      client.registering = null;
      client.session = Number(reply.value);
      return;
    }
    if (reply.status === 'refused') this.close(client, request);
    if (reply.status !== 'ok') return;
    this.checkRepeatedReply(request, reply);
    const operation = client.open.get(request.sequence);
    if (operation?.request !== request) return;
    client.open.delete(request.sequence);
    this.completed++;
    if (request.command.op === 'get') this.reads++;
    this.checkValue(operation, reply.value ?? '');
  }

  private registration(client: Client): Request {
    const sequence = ++client.sequence;
    const request = requestOf(0, sequence, { op: 'register', value: '' });
    return Object.freeze({ ...request, client: client.endpoint });
  }

  private close(client: Client, { session }: Request): void {
    if (!this.registers) this.broken.push(`a request of session ${session} is refused`);
    if (session !== client.session) return;
    this.expired++;
    client.session = 0;
    client.open.clear();
  }

  /** A retry of the same change gets the same reply. Dissertation §6.3. */
  private checkRepeatedReply(request: Request, reply: Reply): void {
    if (request.command.op === 'get') return;
    const text = JSON.stringify(reply);
    if ((this.replies.get(request) ?? text) !== text)
      this.broken.push(`${request.session}.${request.sequence} got two different replies`);
    this.replies.set(request, text);
  }

  private checkValue({ request, floor }: Operation, value: string): void {
    const { op, value: word } = request.command;
    if (value.length < floor.length) this.broken.push(`a ${op} of ${request.session} gets a stale value`);
    if (op === 'append' && !value.endsWith(word)) this.broken.push(`an append gets a value without its word`);
    const [shorter, longer] = value.length < this.known.length ? [value, this.known] : [this.known, value];
    if (!longer.startsWith(shorter)) this.broken.push(`clients see different histories`);
    this.known = longer;
  }
}
