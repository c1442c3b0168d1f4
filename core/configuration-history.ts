import type { Micros } from '../sim/protocol.ts';
import { membersOf } from './configuration.ts';
import type { Configuration } from './messages.ts';
import type { RaftNode } from './node.ts';
import { LEADER } from './view.ts';

/** An entry with a configuration has been appended: the node uses the configuration at once. Dissertation §4.1. */
export function adoptConfiguration(self: RaftNode, index: number, configuration: Configuration, now: Micros): void {
  self.configurations.push({ index, configuration });
  refreshConfiguration(self, now);
}

/** The entries from `from` on were truncated: drops their configurations. Dissertation §4.1. */
export function rollBackConfigurations(self: RaftNode, from: number, now: Micros): void {
  const { configurations } = self;
  const before = configurations.length;
  while (configurations.length > 1 && !self.rules.survivesTruncation(configurations[configurations.length - 1]!, from))
    configurations.pop();
  if (configurations.length !== before) refreshConfiguration(self, now);
}

/** The snapshot covers the log up to its index: of the configurations up to there, only the last is kept. */
export function forgetConfigurations(self: RaftNode): void {
  const { configurations, snapshot } = self;
  let last = 0;
  while (last + 1 < configurations.length && configurations[last + 1]!.index <= snapshot.index) last++;
  configurations.splice(0, last);
}

/** An installed snapshot has replaced the log up to its index, or all of it: so does its configuration. */
export function replaceConfigurations(self: RaftNode, keepsLater: boolean, now: Micros): void {
  const { snapshot, configurations } = self;
  const later = self.rules.keepsLaterConfigurations(self, keepsLater)
    ? configurations.filter(({ index }) => index > snapshot.index)
    : [];
  configurations.length = 0;
  configurations.push({ index: snapshot.configurationIndex, configuration: snapshot.configuration }, ...later);
  refreshConfiguration(self, now);
}

/** Uses the latest configuration. A leader resets its progress of members that are added. */
export function refreshConfiguration(self: RaftNode, now: Micros): void {
  const { index, configuration } = self.rules.activeConfiguration(self);
  if (configuration === self.configuration) return;
  const before = self.members;
  self.configuration = configuration;
  self.configurationIndex = index;
  self.members = membersOf(configuration);
  self.isMember.fill(0);
  for (const node of self.members) self.isMember[node] = 1;
  if (self.role !== LEADER) return;
  for (const node of self.members) {
    if (before.includes(node) || node === self.id) continue;
    // The leader first tries the entry that adds the member.
    self.nextIndex[node] = index;
    self.matchIndex[node] = 0;
    self.progress[node]!.reset(index, now, self.options.heartbeatInterval);
  }
}
