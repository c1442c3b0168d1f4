import {
  APPLIED,
  MESSAGE,
  type NodeId,
  type Out,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Random,
  type Reply,
  type Request,
  type StepEvent,
  TIMER,
} from './protocol.ts';

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
  readonly answers: Map<number, { readonly sequence: number; readonly reply: Reply }>;
  /** Primary: how much of the log each node has on its disk, as far as is known. */
  readonly copied: number[];
}

type BackupOut = Out<BackupMessage, Request>;
export type BackupProtocol = Protocol<BackupState, BackupMessage, Request, Request[], BackupState>;

const PRIMARY = 0;
const RESEND = 0;
const RESEND_INTERVAL = 20_000;

/**
 * A key-value store on a primary, node 0, and its backups. A write is acknowledged when every node has it on its disk,
 * so that each node alone can tell of all acknowledged writes; there is no fail-over.
 */
export function primaryBackup(nodes: number): BackupProtocol {
  return {
    name: 'primary-backup',
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
        answers: new Map(),
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
      answers: new Map(state.answers),
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

function step(self: BackupState, event: StepEvent<BackupMessage>, now: number, _random: Random, out: BackupOut): void {
  switch (event.kind) {
    case REQUEST:
      serve(self, event.request!, out);
      break;
    case MESSAGE:
      receive(self, event.from, event.message!, out);
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
  }
}

function serve(self: BackupState, request: Request, out: BackupOut): void {
  if (self.id !== PRIMARY) {
    out.reply(request, { status: 'redirect', value: null, applied: false, leader: PRIMARY });
    return;
  }
  const answer = self.answers.get(request.session);
  if (answer !== undefined && answer.sequence >= request.sequence) {
    if (answer.sequence === request.sequence) out.reply(request, answer.reply);
    return;
  }
  // Already on its way: the answer comes when it is executed.
  if (self.log.some((other) => other.session === request.session && other.sequence === request.sequence)) return;
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
  const { op, key, value } = request.command;
  const before = self.values.get(key) ?? null;
  const after = op === 'put' ? value : op === 'append' ? (before ?? '') + value : op === 'delete' ? null : before;
  if (after === null) self.values.delete(key);
  else self.values.set(key, after);
  const reply: Reply = { status: 'ok', value: op === 'get' ? before : after, applied: true, leader: -1 };
  self.answers.set(request.session, { sequence: request.sequence, reply });
  out.applied(self.executed, self.executed);
  out.reply(request, reply);
}
