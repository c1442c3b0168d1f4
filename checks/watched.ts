import type { RaftDisk } from '../core/messages.ts';
import type { RaftView } from '../core/view.ts';
import type { Micros, Reply, Request } from '../sim/protocol.ts';

/** The cluster as the checks see it. */
export interface Watched {
  readonly nodes: number;
  readonly now: Micros;
  readonly event: number;
  /** Null while the node is down. */
  view(node: number): RaftView | null;
  /** What is durable. */
  disk(node: number): RaftDisk;
  nodeName(node: number): string;
  mark(name: string): void;
  wants(kind: string): boolean;
  note(
    kind: string,
    node: number,
    peer: number,
    fields: Readonly<Record<string, string | number | boolean>>,
    text: string,
  ): void;
}

/** The state machine that replays the ledger: a pristine instance of the one the nodes run. */
export interface ReferenceMachine {
  readonly hash: number;
  answered(request: Request): Reply | null;
  execute(request: Request): Reply;
  lookup(key: string): string | null;
  readonly keys: readonly string[];
}
