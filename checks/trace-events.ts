import type { TraceCatalogue } from '../sim/trace-event.ts';

/** The kinds of trace events that the checks derive from what they observe: they work for any implementation of Raft. */
export const RAFT_EVENTS = {
  'snapshot-taken': {
    statement: 'a node takes a snapshot of its state; index, term: of its last entry',
    fields: { index: 'number', term: 'number' },
  },
  'term-raised': { statement: 'a node enters a higher term', fields: { term: 'number' } },
  'pre-candidate': {
    statement: 'a node becomes pre-candidate; term: its current term, which it does not raise',
    fields: { term: 'number' },
  },
  candidate: { statement: 'a node becomes candidate', fields: { term: 'number' } },
  'vote-granted': {
    statement: 'a node votes for another, before its reply leaves; peer: the candidate',
    fields: { term: 'number' },
  },
  'vote-denied': {
    statement: 'a reply that denies a vote leaves its node; reason: voted or log; peer: the candidate',
    fields: { term: 'number', reason: 'text' },
  },
  elected: { statement: 'a node becomes leader', fields: { term: 'number' } },
  'stepped-down': {
    statement: 'a candidate, pre-candidate or leader becomes follower; from: its role before',
    fields: { term: 'number', from: 'text' },
  },
  appended: {
    statement: 'entries are appended to a log in memory; index, term: of the last',
    fields: { index: 'number', term: 'number' },
  },
  truncated: {
    statement: 'a log loses its last entries; index: the first of them; count: how many',
    fields: { index: 'number', count: 'number' },
  },
  configuration: {
    statement: 'a node uses another configuration; index: of its entry',
    fields: { index: 'number' },
  },
  committed: {
    statement: 'a commitIndex rises to index; term: the current one of the node; role: leader or follower',
    fields: { index: 'number', term: 'number', role: 'text' },
  },
  applied: {
    statement: 'a node applies the entry at index; term: of that entry',
    fields: { index: 'number', term: 'number' },
  },
} as const satisfies TraceCatalogue;

export type RaftEvents = typeof RAFT_EVENTS;
