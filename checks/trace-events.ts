import type { TraceCatalogue } from '../sim/trace-event.ts';

/** The kinds of trace events that the checks derive from what they observe: they work for any implementation of Raft. */
export const RAFT_EVENTS = {
  'snapshot-taken': {
    statement: 'a node takes a snapshot of its state; index, term: of its last entry',
    fields: { index: 'number', term: 'number' },
  },
  'term-raised': { statement: 'a node enters a higher term', fields: { term: 'number' } },
  'pre-candidate': { statement: 'a node asks whether it would be elected', fields: { term: 'number' } },
  candidate: { statement: 'a node stands for election', fields: { term: 'number' } },
  'vote-granted': {
    statement: 'a node votes for another, before anybody knows; peer: the candidate',
    fields: { term: 'number' },
  },
  'vote-denied': {
    statement: 'a refusal leaves its node; reason: voted or log',
    fields: { term: 'number', reason: 'text' },
  },
  elected: { statement: 'a node becomes leader', fields: { term: 'number' } },
  'stepped-down': {
    statement: 'a candidate or leader becomes follower; from: which',
    fields: { term: 'number', from: 'text' },
  },
  appended: {
    statement: 'entries are appended in memory; index, term: of the last',
    fields: { index: 'number', term: 'number' },
  },
  truncated: {
    statement: 'a log is cut back; index: the first that goes',
    fields: { index: 'number', count: 'number' },
  },
  configuration: {
    statement: 'a node goes by another configuration; index: of its entry',
    fields: { index: 'number' },
  },
  committed: {
    statement: 'a commitIndex rises to index; role: leader or follower',
    fields: { index: 'number', term: 'number', role: 'text' },
  },
  applied: { statement: 'an entry is executed', fields: { index: 'number' } },
} as const satisfies TraceCatalogue;

export type RaftEvents = typeof RAFT_EVENTS;
