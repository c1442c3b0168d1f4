import { LEADER, type RaftView } from '../../core/view.ts';
import { type ConfigurationRecord, illegalStep, isMember, isVoter, sameConfiguration } from '../configurations.ts';
import type { CheckContext } from '../context.ts';
import { disjointQuorums } from '../quorums.ts';
import type { NodeHistory } from '../history/node-history.ts';

/** Checks configurations and how they change: I23, I24, I25, I26 (who starts elections). */
export class MembershipChecks {
  private readonly context: CheckContext;

  constructor(context: CheckContext) {
    this.context = context;
  }

  /** A node's log or configuration has changed, or it has booted. Its log has been synced. */
  changed(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { configuration, configurationIndex } = view;
    const expected = context.prefixes.configuration(history.log.tip);
    if (
      expected !== null &&
      (expected.index !== configurationIndex || !sameConfiguration(expected.configuration, configuration))
    ) {
      this.reportNotFromLog(history, view, expected);
    }
    if (configuration === history.configuration && configurationIndex === history.configurationIndex) return;
    history.configuration = configuration;
    history.configurationIndex = configurationIndex;
    context.revision++;
    if (!context.isStarting && context.cluster.wants('configuration')) {
      const text = `uses configuration ${context.describeConfiguration(configuration)}`;
      context.cluster.note('configuration', history.node, -1, { index: configurationIndex }, text);
    }
  }

  /** I24: a leader has appended a configuration, as the last entry of the prefix `id`. */
  appended(history: NodeHistory, view: RaftView, id: number): void {
    const { context } = this;
    const { prefixes, cluster } = context;
    const { index, configuration } = prefixes.configuration(id)!;
    const before = prefixes.configuration(prefixes.parent(id));
    if (configuration.outgoing.length > 0) cluster.mark('joint-entered');
    if (before === null) return;
    const name = context.name(history.node);
    if (before.index > view.commitIndex) {
      const what = before.configuration.outgoing.length > 0 ? 'left the joint' : 'changed the';
      const summary = `${name} ${what} configuration of index ${before.index} at index ${index} before that was committed`;
      this.reportIllegal(history, id, before, summary);
    } else if (view.log.term(Math.min(view.commitIndex, view.log.lastIndex)) !== view.term) {
      const summary = `${name}, leader of term ${view.term}, changed the configuration at index ${index} before it had committed an entry of its term`;
      this.reportIllegal(history, id, before, summary);
    } else {
      const reason = illegalStep(before.configuration, configuration);
      if (reason === null) return;
      const summary = `${name} appended a configuration at index ${index} that must not follow the one of index ${before.index}: ${reason}`;
      this.reportIllegal(history, id, before, summary);
    }
  }

  /** Whether the node votes in the last committed configuration, or in that of the running leader of the highest term. */
  isVoterSomewhere(node: number): boolean {
    const { committedConfiguration, histories, highestLeaderTerm } = this.context;
    if (committedConfiguration === null || isVoter(committedConfiguration.configuration, node)) return true;
    return histories.some(
      ({ view, role, term, configuration }) =>
        view !== null &&
        role === LEADER &&
        term === highestLeaderTerm &&
        configuration !== null &&
        isVoter(configuration, node),
    );
  }

  /** This leader has committed a configuration. */
  committed(history: NodeHistory, { configuration, before }: ConfigurationRecord): void {
    const { cluster, histories } = this.context;
    cluster.mark('configuration-committed');
    // A node that is no voter any more may come back with an empty disk.
    for (const other of histories) if (!isVoter(configuration, other.node)) other.forgotAt = null;
    if (before !== null) this.markChanges(history, configuration, before);
    for (const other of histories) this.checkIntersection(other);
  }

  /** I26: a node has become candidate or pre-candidate. */
  electionStarted(history: NodeHistory, view: RaftView): void {
    const { context } = this;
    const { node } = history;
    const { configuration } = view;
    const committed = context.committedConfiguration;
    if (committed !== null && !isVoter(committed.configuration, node)) {
      if (isVoter(configuration, node)) context.cluster.mark('removed-node-campaigned');
    }
    this.checkIntersection(history);
    if (context.mayCampaign(history, view)) return;
    const summary = `${context.name(node)} starts an election in term ${view.term}, but it is no voter of its configuration: ${context.describeConfiguration(configuration)}`;
    context.report('I26', node, summary);
  }

  /**
   * I25: every majority that can elect this node, under the configuration it uses, intersects every majority of the last
   * committed configuration.
   *
   * True for Raft: a node that can be elected, by voters of its own configuration whose logs are no more up to date than
   * its own, holds everything committed (Leader Completeness: let it be elected). So its configuration is the last
   * committed one or the next one after it, and these two differ by one voter, or share a majority through a joint one.
   * A node that lags by several configurations may have a majority disjoint from it; but its log is behind, so that no
   * such majority elects it.
   */
  checkIntersection(history: NodeHistory): void {
    const { context } = this;
    const { view, node, configuration } = history;
    const last = context.committedConfiguration;
    if (view === null || configuration === null || last === null) return;
    if (configuration === last.configuration || !isVoter(configuration, node)) return;
    const { prefixes, histories } = context;
    const [term, length] = [prefixes.term(history.log.tip), history.log.length];
    const electors = new Uint8Array(histories.length);
    for (const { node: other, effectiveLog } of histories) {
      const otherTerm = prefixes.term(effectiveLog.tip);
      if (term > otherTerm || (term === otherTerm && length >= effectiveLog.length)) electors[other] = 1;
    }
    const disjoint = disjointQuorums(configuration, last.configuration, electors);
    if (disjoint === null) return;
    const name = context.name(node);
    const summary = `${name} can be elected under the configuration of index ${history.configurationIndex} by nodes that leave a majority of the last committed one, of index ${last.index}, free to commit`;
    context.report('I25', node, summary, {
      witnesses: [
        context.commitWitness('A', last.index),
        context.present('B', node, `${name} uses ${context.describeConfiguration(configuration)}`),
      ],
      quorums: [
        { text: `can elect ${name}`, nodes: disjoint.first },
        { text: 'can commit without them', nodes: disjoint.second },
      ],
    });
  }

  private reportNotFromLog(history: NodeHistory, view: RaftView, expected: ConfigurationRecord): void {
    const { context } = this;
    const name = context.name(history.node);
    const mine = `${context.describeConfiguration(view.configuration)} (index ${view.configurationIndex})`;
    const right = `${context.describeConfiguration(expected.configuration)} (index ${expected.index})`;
    context.report('I23', history.node, `${name} uses configuration ${mine}, but the last in its log is ${right}`, {
      witnesses: [context.present('A', history.node, `log ends in ${context.describeEntry(history.log.tip)}`)],
    });
  }

  private reportIllegal(history: NodeHistory, id: number, before: ConfigurationRecord, summary: string): void {
    const { context } = this;
    context.report('I24', history.node, summary, {
      witnesses: [
        context.present(
          'A',
          history.node,
          `index ${before.index}: ${context.describeConfiguration(before.configuration)}`,
        ),
        context.entryWitness('B', id, `at ${context.name(history.node)}`),
      ],
    });
  }

  private markChanges(
    { node: leader }: NodeHistory,
    configuration: ConfigurationRecord['configuration'],
    before: ConfigurationRecord['configuration'],
  ): void {
    const { cluster } = this.context;
    if (before.outgoing.length > 0 && configuration.outgoing.length === 0) cluster.mark('joint-left');
    for (let node = 0; node < cluster.nodes; node++) {
      const isLearner = configuration.learners.includes(node);
      if (isLearner && !isMember(before, node)) cluster.mark('learner-added');
      if (before.learners.includes(node) && configuration.voters.includes(node)) cluster.mark('learner-promoted');
      if (isMember(before, node) && !isMember(configuration, node)) {
        cluster.mark('member-removed');
        if (node === leader) cluster.mark('leader-removed');
      }
    }
  }
}
