import type { MessageFilter } from '../../sim/message-rule.ts';
import type { ClusterView } from '../environment.ts';
import type { MessageSelector } from '../scenario.ts';
import { describeTests, fits } from './fields.ts';

/** A selector of messages as the network asks it. */
export function filterOf(messages: MessageSelector, cluster: ClusterView): MessageFilter {
  const { types, fields } = messages;
  return {
    text: describeMessages(messages),
    matches: (content) => (types === null || types.includes(content.type)) && fits(fields, content, cluster),
  };
}

/** `AppendEntries, entries at least 1`. */
export function describeMessages({ types, fields }: MessageSelector): string {
  const called = types === null ? 'messages' : types.join(' or ');
  return fields.size === 0 ? called : `${called}, ${describeTests(fields)}`;
}
