import type { ClientHost, ClientSettings } from '../clients/client-host.ts';
import { Clients, type Load, type Operation } from '../clients/clients.ts';
import type { Command, EndpointId, Micros, NodeId, Reply, ReplyStatus, Request } from '../protocol.ts';
import { Streams } from '../base/random.ts';

/** A request that left a client. */
export interface SentRequest {
  readonly at: Micros;
  readonly to: NodeId;
  readonly request: Request;
}

/** Clients without nodes: the test sees their requests and replies by hand. */
export class ClientHarness implements ClientHost {
  now: Micros = 0;
  event = 0;
  readonly nodes: number;
  readonly clients: Clients;
  readonly sent: SentRequest[] = [];
  readonly notes: string[] = [];
  /** Wake-ups that were due: each an event, with the event that caused it. */
  readonly timers: { client: EndpointId; timer: string; event: number; cause: number }[] = [];
  /** Called for every request that leaves a client. */
  onRequest: (sent: SentRequest) => void = () => undefined;
  private readonly agenda: { at: Micros; deed: () => void }[] = [];

  constructor(nodes: number, settings: Partial<ClientSettings> = {}, seed = '1') {
    this.nodes = nodes;
    const all = { count: 1, spare: 0, timeout: 100_000, retries: 2, history: true, ...settings };
    this.clients = new Clients(this, all, new Streams(seed));
  }

  sendRequest(_client: EndpointId, to: NodeId, request: Request): void {
    const sent = { at: this.now, to, request };
    this.sent.push(sent);
    this.onRequest(sent);
  }

  beginClientEvent(client: EndpointId, timer: string, cause: number): void {
    this.event++;
    this.timers.push({ client, timer, event: this.event, cause });
  }

  beginRetry(): void {
    this.event++;
  }

  wakeClient(client: EndpointId, at: Micros, place: number, generation: number): void {
    const since = this.event;
    this.later(at, () => this.clients.wake(client, place, generation, since));
  }

  noteOperation(what: string, operation: Operation): void {
    this.notes.push(`${what} ${operation.id} ${operation.outcome}`);
  }

  noteSession(client: EndpointId, session: number): void {
    this.notes.push(`registered ${client} ${session}`);
  }

  later(at: Micros, deed: () => void): void {
    this.agenda.push({ at, deed });
  }

  runTo(time: Micros): void {
    for (;;) {
      let next: { at: Micros; deed: () => void } | undefined;
      // The earliest, and of those the first that was entered.
      for (const entry of this.agenda) if (next === undefined || entry.at < next.at) next = entry;
      if (next === undefined || next.at > time) break;
      this.agenda.splice(this.agenda.indexOf(next), 1);
      this.now = next.at;
      next.deed();
    }
    this.now = time;
  }

  get last(): SentRequest {
    return this.sent[this.sent.length - 1]!;
  }

  get operations(): readonly Operation[] {
    return this.clients.history;
  }

  /** Answers a request now, by default the last one and from the node it went to. */
  reply(
    status: ReplyStatus,
    leader: NodeId = -1,
    { to, request }: SentRequest = this.last,
    value: string | null = null,
  ): void {
    const reply: Reply = { status, value, applied: status === 'ok', leader };
    this.clients.receive(request.client, to, request, reply);
  }
}

export function put(key: string, value: string): Command {
  return { op: 'put', key, value, expected: null };
}

/** A closed loop of puts without pauses; the changes say what is different. */
export function loadOf(changes: Partial<Load> = {}): Load {
  return {
    ops: { put: 1, get: 0, cas: 0, append: 0, delete: 0 },
    keys: 3,
    valueSize: 1,
    think: { kind: 'constant', value: 0 },
    rate: null,
    start: 0,
    count: null,
    ...changes,
  };
}
