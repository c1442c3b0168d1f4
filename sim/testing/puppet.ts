import {
  APPLIED,
  MESSAGE,
  type Micros,
  type NodeId,
  ADMIN,
  type AdminRequests,
  type Out,
  FAILED,
  PERSISTED,
  type Protocol,
  REQUEST,
  type Random,
  type StepEvent,
  TIMER,
} from '../protocol.ts';

/** A message between puppets. */
export interface Note {
  text: string;
}

/** A node that does as the test says, and keeps a list of what it has met in this incarnation. */
export interface PuppetState {
  readonly id: NodeId;
  /** Local time and event, such as `1000 got hello from 0`. */
  readonly met: string[];
  /** What was on the disk at boot. */
  readonly found: readonly string[];
}

export type PuppetOut = Out<Note, string>;

/** What an administrator may ask of a puppet. */
export type PuppetRequest = { readonly kind: 'snapshot' } | { readonly kind: 'transfer'; readonly to: NodeId };

/** What puppets do at boot and at each event. */
export interface Behaviour {
  boot?: (self: PuppetState, now: Micros, out: PuppetOut, random: Random) => void;
  step?: (
    self: PuppetState,
    event: StepEvent<Note, PuppetRequest>,
    now: Micros,
    out: PuppetOut,
    random: Random,
  ) => void;
}

export type PuppetProtocol = Protocol<PuppetState, Note, string, string[], PuppetState, PuppetRequest>;

/** The number a timer of a puppet is set by. */
export const TICK = 0;
export const TOCK = 1;

/** How the requests are named, described and hashed. */
export const PUPPET_REQUESTS: AdminRequests<PuppetRequest> = {
  kind: ({ kind }) => kind,
  describe: (request, name) => (request.kind === 'snapshot' ? 'take a snapshot' : `transfer to ${name(request.to)}`),
  digest: (request, hasher) => {
    hasher.text(request.kind);
    if (request.kind === 'transfer') hasher.int(request.to);
  },
};

/** A protocol whose nodes are puppets: writes append a line to the disk, messages are notes. */
export function puppets(behaviour: Behaviour): PuppetProtocol {
  return {
    name: 'puppets',
    timers: ['tick', 'tock'],
    freshDisk: () => [],
    boot(id, disk, now, random, out) {
      const self: PuppetState = { id, met: [], found: disk };
      behaviour.boot?.(self, now, out, random);
      return self;
    },
    step(self, event, now, random, out) {
      self.met.push(`${now} ${encounter(event)}`);
      behaviour.step?.(self, event, now, out, random);
    },
    clone: ({ id, met, found }) => ({ id, met: [...met], found }),
    cloneDisk: (disk) => [...disk],
    admin: PUPPET_REQUESTS,
    view: (self) => self,
    write: (disk, line) => void disk.push(line),
    tear: (line) => line.slice(0, line.length >> 1),
    digest: (note, hasher) => hasher.text(note.text),
    bytes: (note) => note.text.length,
    messageType: () => 'Note',
    describe: (note) => `note ${note.text}`,
    describeWrite: (line) => line,
  };
}

function encounter(event: StepEvent<Note, PuppetRequest>): string {
  switch (event.kind) {
    case MESSAGE:
      return `got ${event.message!.text} from ${event.from}`;
    case TIMER:
      return event.timer === TICK ? 'tick' : 'tock';
    case PERSISTED:
      return `durable ${event.ticket}`;
    case APPLIED:
      return `applied ${event.index}`;
    case REQUEST:
      return `asked ${event.request!.command.op} ${event.request!.command.key}`;
    case ADMIN:
      return `ordered ${event.adminRequest!.kind}`;
    case FAILED:
      return `failed ${event.ticket} ${event.failure!}`;
  }
}
