import type { OperationSelection, ReadSelection } from '../../sim/clients/operation-tally.ts';
import type { RaftPlan, RandomFault } from '../scenario.ts';
import type { CopyOfDisk } from './copies.ts';
import type { Place } from './place.ts';

/** Facts by name: a whole number, a word or text, or true or false. */
export type Fields = Readonly<Record<string, 'number' | 'text' | 'flag'>>;

/** Names that are defined outside the language. An empty list: not checked. */
export interface Vocabulary {
  /** Ids of known bugs. */
  readonly mutants: readonly string[];
  readonly marks: readonly string[];
  /** Ids of invariants. */
  readonly invariants: readonly string[];
  /** Ids of invariants and liveness properties; left out: not checked. */
  readonly checks?: readonly string[];
  /** Kinds of trace events. */
  readonly events: readonly string[];
  readonly messageTypes: readonly string[];
  /** What clients send and receive; left out: not checked. */
  readonly clientMessageTypes?: readonly string[];
  /** The fields of each kind of trace event; left out: not checked. */
  readonly fields?: ReadonlyMap<string, Fields>;
  /** Where each kind of trace event happens; left out: not checked. */
  readonly happensAt?: ReadonlyMap<string, 'nodes' | 'clients' | 'endpoints'>;
  /** What the messages of each type carry; left out: not checked. */
  readonly carried?: ReadonlyMap<string, Fields>;
}

/** What names mean in one scenario. */
export interface Scope {
  readonly vocabulary: Vocabulary;
  /** Names of the nodes; null when the cluster itself is wrong, so that no name can be judged. */
  readonly nodes: readonly string[] | null;
  /** Number of clients; null when it is wrong. */
  readonly clients: number | null;
  /** Whether the clients have a load of their own that `load: start` could start. */
  readonly hasLoad: boolean;
  readonly remembered: Remembered;
  readonly hasMessage: HasMessage;
  /** Virtual time after which a run ends, in microseconds. */
  readonly timeLimit: number;
  readonly uses: UsesSoFar;
}

/** What the scenario uses, collected while it is compiled. */
export interface UsesSoFar {
  counters: boolean;
  operations: {
    readonly keys: Set<string>;
    readonly reads: (ReadSelection & { readonly most: number })[];
  } | null;
  readonly events: Set<string>;
  readonly marks: Set<string>;
  readonly randomFaults: RandomFault[];
  /** Where a mark is waited for or expected at least once. */
  readonly neededMarks: { readonly mark: string; readonly place: Place }[];
  /** Where at least one operation is waited for or expected. */
  readonly neededOperations: { readonly of: OperationSelection; readonly place: Place }[];
  /** The copies of disks that steps make, and those that are put back. */
  readonly backups: CopyOfDisk[];
  readonly restores: (CopyOfDisk & { readonly place: Place })[];
  /** The options that steps change. */
  readonly upgrades: { readonly raft: RaftPlan; readonly mutant: string | null; readonly place: Place }[];
}

export function noUses(): UsesSoFar {
  return {
    counters: false,
    operations: null,
    events: new Set(),
    marks: new Set(),
    randomFaults: [],
    neededMarks: [],
    neededOperations: [],
    upgrades: [],
    backups: [],
    restores: [],
  };
}

/** Whether a message has fired the steps that are being compiled. */
export class HasMessage {
  #isGiven = false;

  get isGiven(): boolean {
    return this.#isGiven;
  }

  during<T>(isGiven: boolean, compile: () => T): T {
    const before = this.#isGiven;
    this.#isGiven = isGiven;
    try {
      return compile();
    } finally {
      this.#isGiven = before;
    }
  }
}

/** Which `$name`s are bound at the place being compiled. */
export class Remembered {
  /** Bound before this place, in the order of the script. */
  readonly #before = new Set<string>();
  /** Bound anywhere. */
  readonly #anywhere: ReadonlySet<string>;
  #unordered = 0;

  constructor(anywhere: ReadonlySet<string>) {
    this.#anywhere = anywhere;
  }

  bind(name: string): void {
    this.#before.add(name);
  }

  /** For steps in which a name means something, and nowhere else. */
  during<T>(name: string, compile: () => T): T {
    const isNew = !this.#before.has(name);
    this.#before.add(name);
    try {
      return compile();
    } finally {
      if (isNew) this.#before.delete(name);
    }
  }

  /** For steps that run at a time of their own (triggers, the timeline): what is bound anywhere may be bound by then. */
  outOfOrder<T>(compile: () => T): T {
    this.#unordered += 1;
    try {
      return compile();
    } finally {
      this.#unordered -= 1;
    }
  }

  isBound(name: string): boolean {
    return this.#before.has(name) || (this.#unordered > 0 && this.#anywhere.has(name));
  }

  isBoundLater(name: string): boolean {
    return this.#anywhere.has(name);
  }

  get names(): readonly string[] {
    return [...this.#anywhere];
  }
}
