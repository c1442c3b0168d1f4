import {
  APPLIED,
  FAILED,
  MESSAGE,
  type NodeId,
  ADMIN,
  type Out,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Random,
  type Reply,
  type Request,
  type StepEvent,
  TIMER,
} from '../protocol.ts';
import { PUPPET_REQUESTS, type PuppetRequest } from './puppet.ts';

/** Entries for a backup's log, from index `first` on. */
interface Copy {
  readonly type: 'copy';
  readonly first: number;
  readonly requests: readonly Request[];
}

/** The backup's log is durable up to here. */
interface Copied {
  readonly type: 'copied';
  readonly upTo: number;
}

export type BackupMessage = Copy | Copied;

/** The requests of a session and the replies to them. */
interface BackupSession {
  /** Entries that had been executed when it was last used. */
  active: number;
  firstUnanswered: number;
  readonly replies: Map<number, Reply>;
}

/** A node of a primary–backup store. */
export interface BackupState {
  readonly id: NodeId;
  readonly nodes: number;
  readonly log: Request[];
  /** Entries that were on the disk at boot; the n-th write holds entry `booted` + n. */
  readonly booted: number;
  stable: number;
  executed: number;
  readonly values: Map<string, string>;
  /** Entries after which an idle session expires; null: sessions need no registration and stay. */
  readonly lifetime: number | null;
  readonly sessions: Map<number, BackupSession>;
  /** Answers to registrations, by client and sequence number. */
  readonly registered: Map<string, Reply>;
  /** Requests that were executed, in that order. */
  readonly done: Request[];
  /** Primary: how much of the log each node has on its disk, as far as is known. */
  readonly copied: number[];
}

type BackupOut = Out<BackupMessage, Request>;
export type BackupProtocol = Protocol<BackupState, BackupMessage, Request, Request[], BackupState, PuppetRequest>;

const PRIMARY = 0;
const RESEND = 0;
const RESEND_INTERVAL = 20_000;

/**
 * A key-value store on a primary, node 0, and its backups. A write is acknowledged when every node has it on its disk,
 * so that each node alone can tell of all acknowledged writes; there is no fail-over.
 */
export function primaryBackup(nodes: number, lifetime: number | null = null): BackupProtocol {
  return {
    name: 'primary-backup',
    admin: PUPPET_REQUESTS,
    timers: ['resend'],
    freshDisk: () => [],
    boot(id, disk, now, _random, out) {
      const state: BackupState = {
        id,
        nodes,
        log: [...disk],
        booted: disk.length,
        stable: disk.length,
        executed: 0,
        values: new Map(),
        lifetime,
        sessions: new Map(),
        registered: new Map(),
        done: [],
        copied: new Array<number>(nodes).fill(0),
      };
      if (id === PRIMARY) out.setTimer(RESEND, now);
      return state;
    },
    step,
    clone: (state) => ({
      ...state,
      log: [...state.log],
      values: new Map(state.values),
      sessions: new Map(
        [...state.sessions].map(([id, replied]) => [id, { ...replied, replies: new Map(replied.replies) }]),
      ),
      registered: new Map(state.registered),
      done: [...state.done],
      copied: [...state.copied],
    }),
    cloneDisk: (disk) => [...disk],
    view: (state) => state,
    write: (disk, request) => void disk.push(request),
    digest(message, hasher) {
      hasher.text(message.type);
      hasher.int(message.type === 'copy' ? message.first : message.upTo);
      if (message.type === 'copy') hasher.int(message.requests.length);
    },
    bytes: (message) => (message.type === 'copy' ? 16 + 32 * message.requests.length : 16),
    messageType: (message) => message.type,
    describe: (message) =>
      message.type === 'copy'
        ? `copy ${message.first}..${message.first + message.requests.length - 1}`
        : `copied ${message.upTo}`,
    describeWrite: ({ session, sequence }) => `request ${session}/${sequence}`,
  };
}

function step(
  self: BackupState,
  event: StepEvent<BackupMessage, PuppetRequest>,
  now: number,
  _random: Random,
  out: BackupOut,
): void {
  switch (event.kind) {
    case REQUEST:
      handleRequest(self, event.request!, out);
      break;
    case MESSAGE:
      receive(self, event.from, event.message!, out);
      break;
    case FAILED:
      out.halt('a write has failed');
      break;
    case PERSISTED:
      self.stable = self.booted + event.ticket;
      if (self.id === PRIMARY) commit(self, out);
      break;
    case TIMER:
      for (let node = 1; node < self.nodes; node++) {
        const known = self.copied[node]!;
        out.send(node, { type: 'copy', first: known + 1, requests: self.log.slice(known, self.stable) });
      }
      out.setTimer(RESEND, now + RESEND_INTERVAL);
      break;
    case APPLIED:
      while (self.executed < event.index) execute(self, out);
      // As if snapshots were made and sent: with most plans that takes no time.
      out.worked('make');
      break;
    case ADMIN:
      out.reject('the primary stays the primary');
  }
}

function handleRequest(self: BackupState, request: Request, out: BackupOut): void {
  if (self.id !== PRIMARY) {
    out.reply(request, { status: 'redirect', value: null, applied: false, leader: PRIMARY });
    return;
  }
  const replied = recordedReply(self, request);
  if (replied !== null) {
    out.reply(request, replied);
    return;
  }
  // An operation that its client has timed out, or one on its way: that is answered when it is executed.
  if (isOutdated(self, request) || self.log.some((other) => isSame(other, request))) return;
  self.log.push(request);
  const ticket = out.persist(request);
  // A backup never has what the primary could still lose.
  for (let node = 1; node < self.nodes; node++) {
    out.send(node, { type: 'copy', first: self.log.length, requests: [request] }, ticket);
  }
}

function receive(self: BackupState, from: NodeId, message: BackupMessage, out: BackupOut): void {
  if (message.type === 'copy') {
    store(self, message, from, out);
    if (message.requests.length > 0) out.worked('install');
    return;
  }
  self.copied[from] = Math.max(self.copied[from]!, message.upTo);
  commit(self, out);
}

function store(self: BackupState, message: Copy, from: NodeId, out: BackupOut): void {
  let ticket = self.log.length - self.booted;
  for (const [i, request] of message.requests.entries()) {
    if (message.first + i !== self.log.length + 1) continue;
    self.log.push(request);
    ticket = out.persist(request);
  }
  out.send(from, { type: 'copied', upTo: self.log.length }, ticket);
}

function commit(self: BackupState, out: BackupOut): void {
  const everywhere = Math.min(self.stable, ...self.copied.slice(1));
  if (everywhere > self.executed) out.apply(everywhere);
}

function execute(self: BackupState, out: BackupOut): void {
  const request = self.log[self.executed++]!;
  expire(self);
  let reply = recordedReply(self, request);
  if (reply === null && !isOutdated(self, request)) {
    self.done.push(request);
    reply = request.command.op === 'register' ? register(self, request) : perform(self, request);
  }
  out.applied(self.executed, self.executed);
  if (reply !== null) out.reply(request, reply);
}

function register(self: BackupState, request: Request): Reply {
  self.sessions.set(self.executed, { active: self.executed, firstUnanswered: 1, replies: new Map() });
  const reply: Reply = { status: 'ok', value: `${self.executed}`, applied: true, leader: -1 };
  self.registered.set(`${request.client}/${request.sequence}`, reply);
  return reply;
}

function perform(self: BackupState, request: Request): Reply {
  const { op, key, value } = request.command;
  const before = self.values.get(key) ?? null;
  const after = op === 'put' ? value : op === 'append' ? (before ?? '') + value : op === 'delete' ? null : before;
  if (after === null) self.values.delete(key);
  else self.values.set(key, after);
  const reply: Reply = { status: 'ok', value: op === 'get' ? before : after, applied: true, leader: -1 };
  const session: BackupSession = self.sessions.get(request.session) ?? {
    active: 0,
    firstUnanswered: 1,
    replies: new Map<number, Reply>(),
  };
  self.sessions.set(request.session, session);
  session.active = self.executed;
  session.replies.set(request.sequence, reply);
  session.firstUnanswered = Math.max(session.firstUnanswered, request.firstUnanswered);
  for (const sequence of session.replies.keys()) {
    if (sequence < session.firstUnanswered) session.replies.delete(sequence);
  }
  return reply;
}

function expire(self: BackupState): void {
  if (self.lifetime === null) return;
  for (const [id, { active }] of self.sessions) {
    if (active + self.lifetime < self.executed) self.sessions.delete(id);
  }
}

/** What the request was told before, or that its session is not open; null if it is to be executed. */
function recordedReply(self: BackupState, request: Request): Reply | null {
  if (request.command.op === 'register') return self.registered.get(`${request.client}/${request.sequence}`) ?? null;
  const session = self.sessions.get(request.session);
  if (session !== undefined) return session.replies.get(request.sequence) ?? null;
  return self.lifetime === null ? null : { status: 'refused', value: null, applied: false, leader: -1 };
}

function isOutdated(self: BackupState, { session, sequence }: Request): boolean {
  return sequence < (self.sessions.get(session)?.firstUnanswered ?? 0);
}

function isSame(one: Request, other: Request): boolean {
  return one.client === other.client && one.session === other.session && one.sequence === other.sequence;
}
