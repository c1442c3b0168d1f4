/**
 * The areas of Raft. One list for all: rules (`core/rules`), known bugs (`core/mutants`), checks, bundled scenarios
 * (`scenarios/library`) and the sections of docs/raft.md are divided by it.
 */
export const AREAS = [
  'election',
  'pre-vote',
  'check-quorum',
  'replication',
  'flow-control',
  'durability',
  'snapshot',
  'membership',
  'transfer',
  'reads',
  'sessions',
] as const;

export type Area = (typeof AREAS)[number];
