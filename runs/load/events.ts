/** What a kind of observation means, and which fields `on:` can filter by besides `node` and `peer`. */
export interface EventKind {
  readonly meaning: string;
  readonly fields: readonly string[];
}

/** The kinds of observation that `on:` steps can wait for and traces show. */
export const EVENTS: ReadonlyMap<string, EventKind> = new Map([
  ['sent', kind('a message leaves its sender; peer: the receiver', 'type')],
  ['held', kind('a message waits until a write is durable; peer: the receiver', 'type', 'ticket')],
  ['dropped', kind('a message is lost; reason: lost, cut or down', 'type', 'reason')],
  ['duplicated', kind('a message will arrive twice; peer: the receiver', 'type')],
  ['delivered', kind('a message or a request arrives; peer: the sender', 'type', 'sequence')],
  ['timer', kind('a timer fires; timer: election or heartbeat', 'timer')],
  ['writing', kind('a write is handed to the disk', 'ticket')],
  ['persisted', kind('a write has become durable', 'ticket')],
  ['invoked', kind('a client begins an operation; node: the client', 'op', 'key', 'value', 'sequence', 'outcome')],
  ['retried', kind('a client asks again; node: the client', 'op', 'key', 'value', 'sequence', 'outcome')],
  ['completed', kind('an operation is over: ok, fail or unknown', 'op', 'key', 'value', 'sequence', 'outcome')],
  ['registered', kind('a client has a session of its own; node: the client', 'session')],
  ['order', kind('the operator asks something of a node; order: what', 'order', 'path')],
  ['declined', kind('a node does not carry out an order; reason: why', 'reason')],
  ['snapshot-taken', kind('a node takes a snapshot of its state; index, term: of its last entry', 'index', 'term')],
  ['restored', kind('a snapshot replaces a state machine; index: of its last entry', 'index')],
  ['crashed', kind('a node goes down; lost: how many unsynced writes', 'lost', 'torn')],
  ['restarted', kind('a node comes back')],
  ['paused', kind('a node stops handling events')],
  ['resumed', kind('a node goes on; waiting: how many events it finds', 'waiting')],
  ['fault', kind('any other disturbance begins or ends', 'fault')],
  ['term-raised', kind('a node enters a higher term', 'term')],
  ['pre-candidate', kind('a node asks whether it would be elected', 'term')],
  ['candidate', kind('a node stands for election', 'term')],
  ['vote-granted', kind('a node votes for another, before anybody knows; peer: the candidate', 'term')],
  ['vote-denied', kind('a refusal leaves its node; reason: voted or log', 'term', 'reason')],
  ['elected', kind('a node becomes leader', 'term')],
  ['stepped-down', kind('a candidate or leader becomes follower; from: which', 'term', 'from')],
  ['appended', kind('entries are appended in memory; index, term: of the last', 'index', 'term')],
  ['truncated', kind('a log is cut back; index: the first that goes', 'index', 'count')],
  ['configuration', kind('a node goes by another configuration; index: of its entry', 'index')],
  ['committed', kind('a commitIndex rises to index; role: leader or follower', 'index', 'term', 'role')],
  ['applied', kind('an entry is executed', 'index')],
  ['mark', kind('a situation has come about; see Marks', 'name')],
]);

function kind(meaning: string, ...fields: string[]): EventKind {
  return { meaning, fields };
}
