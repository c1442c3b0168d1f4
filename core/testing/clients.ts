import type { Reply, Request } from '../../sim/protocol.ts';
import { requestOf } from './messages.ts';
import type { Dice } from './dice.ts';

/** What a client has asked and waits for. */
interface Operation {
  readonly request: Request;
  /** The longest value that anybody had seen when it was asked first: nobody may see less from then on. */
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

/** Operations of one session that may be under way at once. */
const MAX_OPEN = 3;

/**
 * Clients that append words to one key, each word once, and read it. So every answer must begin with what was known
 * when its question was asked, and none may contradict another: that is linearizability for such a value.
 */
export class Clients {
  readonly broken: string[];
  answered = 0;
  reads = 0;
  expired = 0;
  /** The longest value any client has been told of. */
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

  /** What some client asks next: something new, or once more what it waits for. */
  next(): Request {
    const client = this.all[this.dice.below(this.all.length)]!;
    if (client.session === 0) return (client.registering ??= this.registration(client));
    const { open } = client;
    // A client gives up on an operation now and then.
    for (const sequence of open.keys()) if (this.dice.chance(0.02)) open.delete(sequence);
    if (open.size > 0 && (open.size >= MAX_OPEN || this.dice.chance(0.6))) {
      return [...open.values()][this.dice.below(open.size)]!.request;
    }
    const sequence = ++client.sequence;
    const firstUnanswered = Math.min(sequence, ...open.keys());
    const op = this.dice.chance(0.4) ? 'get' : 'append';
    const value = op === 'get' ? '' : `${++this.words} `;
    const request = Object.freeze({
      ...requestOf(client.session, sequence, { op, value }),
      client: client.endpoint,
      firstUnanswered,
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
    this.answered++;
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

  /** Whoever asks for the same change twice is told the same. Dissertation §6.3. */
  private checkRepeatedReply(request: Request, reply: Reply): void {
    if (request.command.op === 'get') return;
    const answer = JSON.stringify(reply);
    if ((this.replies.get(request) ?? answer) !== answer)
      this.broken.push(`${request.session}.${request.sequence} was told two different things`);
    this.replies.set(request, answer);
  }

  private checkValue({ request, floor }: Operation, value: string): void {
    const { op, value: word } = request.command;
    if (value.length < floor.length) this.broken.push(`a ${op} of ${request.session} is told a stale value`);
    if (op === 'append' && !value.endsWith(word)) this.broken.push(`an append is told a value without its word`);
    const [shorter, longer] = value.length < this.known.length ? [value, this.known] : [this.known, value];
    if (!longer.startsWith(shorter)) this.broken.push(`clients are told of different histories`);
    this.known = longer;
  }
}
