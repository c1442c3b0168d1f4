import type { ClientSettings } from './clients/client-host.ts';
import type { Drift } from './clock.ts';
import type { CrashDisk } from './disk.ts';
import type { Distribution } from './base/distribution.ts';
import type { LinkConditions } from './link.ts';
import type { InFlight } from './network.ts';
import type { EndpointId, Micros, NodeId, SnapshotWork } from './protocol.ts';

/** Time that a process is busy with each work on a snapshot. */
export type SnapshotSpans = Readonly<Record<SnapshotWork, Distribution>>;

/** What a simulation is made from. */
export interface SimulationPlan<K> {
  readonly nodes: readonly string[];
  readonly seed: string;
  /** The conditions of each directed link at the beginning, and those that a reset goes back to. */
  readonly links: (from: EndpointId, to: EndpointId) => LinkConditions;
  readonly inFlight: InFlight;
  readonly disks: readonly { readonly fsync: Distribution; readonly atCrash: CrashDisk }[];
  readonly clocks: readonly { readonly offset: Micros; readonly drift: Drift }[];
  /**
   * service: time a node is busy with each event. apply: time its state machine takes to catch up with what it is
   * to apply, each time; left out: none, so that an APPLIED event follows at once. snapshot: time a node is busy with
   * snapshots; left out: none.
   */
  readonly processes: readonly {
    readonly service: Distribution;
    readonly apply?: Distribution;
    readonly snapshot?: SnapshotSpans;
  }[];
  readonly clients: ClientSettings;
  /** Contents of a node's disk at the beginning; null: those of a node that has never run. */
  readonly disk: (node: NodeId) => K | null;
  /** Freeze every message deeply when it is sent: finds nodes that change what they sent. Slow. */
  readonly freeze: boolean;
}
