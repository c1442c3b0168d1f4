import type { ExpectedCluster, ExpectedOptions } from '../../checks/expected-options.ts';
import { configuration } from '../../core/configuration.ts';
import { MUTANTS } from '../../core/mutants/index.ts';
import { DEFAULT_OPTIONS, type RaftOptions } from '../../core/options.ts';
import { raft, type RaftProtocol } from '../../core/raft.ts';
import { RULES, type Rules } from '../../core/rules/index.ts';
import type { ClusterPlan, NodeVersion, Scenario } from '../../scenarios/scenario.ts';
import type { NodeId } from '../../sim/protocol.ts';

interface Version extends NodeVersion {
  readonly raft: RaftOptions;
}

/** A version, and all of it as a text that only equal versions have. */
interface NamedVersion {
  readonly version: Version;
  readonly text: string;
}

/** What has been made of the plans of scenarios, of which each has many runs. */
const named = new WeakMap<NodeVersion, NamedVersion>();

function name(plan: NodeVersion): NamedVersion {
  const version: Version = { raft: { ...DEFAULT_OPTIONS, ...plan.raft }, mutant: plan.mutant };
  return { version, text: JSON.stringify(version) };
}

/** The versions of Raft that the nodes of one run have, have had or will have: one protocol each. */
export class RaftVersions {
  private readonly cluster: ClusterPlan;
  private readonly rulesOf: (mutant: string) => Rules;
  private readonly byText = new Map<string, RaftProtocol>();
  private readonly versions = new Map<unknown, Version>();

  /** @param rulesOf gives the rules of a known bug, by its id */
  constructor(cluster: ClusterPlan, rulesOf: (mutant: string) => Rules = (id) => MUTANTS.get(id)?.rules ?? RULES) {
    this.cluster = cluster;
    this.rulesOf = rulesOf;
  }

  /** What the node runs at the beginning. */
  initial(node: NodeId): RaftProtocol {
    const plan = this.cluster.versions[node]!;
    let version = named.get(plan);
    if (version === undefined) named.set(plan, (version = name(plan)));
    return this.protocolOf(version);
  }

  /** What becomes of a protocol by a change; the same one if nothing does. */
  changed(protocol: unknown, change: NodeVersion): RaftProtocol {
    const { raft: options, mutant } = this.versions.get(protocol)!;
    const next = change.mutant === 'none' ? null : (change.mutant ?? mutant);
    return this.protocolOf(name({ raft: { ...options, ...change.raft }, mutant: next }));
  }

  optionsOf(protocol: unknown): RaftOptions {
    return this.versions.get(protocol)!.raft;
  }

  private protocolOf({ version, text }: NamedVersion): RaftProtocol {
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const { nodes, voters, learners } = this.cluster;
    const rules = version.mutant === null ? RULES : this.rulesOf(version.mutant);
    const protocol = raft(nodes.length, version.raft, rules, configuration(voters, learners));
    this.byText.set(text, protocol);
    this.versions.set(protocol, version);
    return protocol;
  }
}

/** What the checks expect of the nodes. */
export function expectedCluster(scenario: Scenario, optionsOf: (node: NodeId) => ExpectedOptions): ExpectedCluster {
  return { of: optionsOf, possible: scenario.uses.options.map((plan) => ({ ...DEFAULT_OPTIONS, ...plan })) };
}
