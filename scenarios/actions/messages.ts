import type { SingleEffect } from '../../sim/message-rule.ts';
import { chooseLinks } from '../interpreter/choosing.ts';
import { describeLinks } from '../interpreter/describe.ts';
import type { Execution } from '../interpreter/execution.ts';
import { describeMessages, filterOf } from '../interpreter/messages.ts';
import { distribution, distributionOf } from '../language/distribution.ts';
import { linksOrAll, someLinksOf } from '../language/links.ts';
import { messageKeys, messagesOf } from '../language/messages.ts';
import type { Place } from '../language/place.ts';
import { either, key, leaf, mapping, needed } from '../language/shapes.ts';
import type { Tree } from '../language/tree.ts';
import { reject, whole } from '../language/values.ts';
import type { LinkSelector, MessageSelector } from '../scenario.ts';
import { spelling } from './definition.ts';
import type { ActionDefinition, Meant, Spelling } from './definition.ts';

/** Something that happens to single messages. */
export interface MessageAction {
  readonly kind: 'message';
  readonly effect: SingleEffect;
  /** Null: the message that fired the step. */
  readonly which: {
    /** Null: all. */
    readonly links: readonly LinkSelector[] | null;
    readonly messages: MessageSelector;
    /** The first of the matching messages that is meant, from 1. */
    readonly nth: number;
    readonly count: number;
  } | null;
}

const MOST = 1_000_000_000;

const keys = {
  links: key(linksOrAll, 'Messages on these links.', 'all'),
  ...messageKeys,
  nth: key(whole('a whole number', 1, MOST), 'The first of these messages that is meant.', 1),
  count: key(whole('a number of messages', 1, MOST), 'How many from there on.', 1),
};

type RawKeys = { readonly [K in keyof typeof keys]?: unknown };

const MESSAGES = 'message, or a mapping like { links: n1 -> n3, types: AppendEntries }';

/** The word `message`. Types and links are written in a mapping. */
const messageWord = leaf<'message'>(MESSAGES, { enum: ['message'] }, 'message', (value) => {
  if (value === 'message') return value;
  const said = typeof value === 'string' ? value : '';
  if (/^[A-Z][A-Za-z]+$/u.test(said)) return reject(MESSAGES, value, `{ types: ${said} }`, true);
  return reject(MESSAGES, value, /^\S+ <?-> \S+$/u.test(said) ? `{ links: ${said} }` : null, true);
});

const ON_DISKS = '"corrupt" damages messages; what is on a disk, this does: disk: { nodes: n1, corrupt: entry }';

/** The damage of a record, for a node or a kind of record that was written in place of messages. */
function diskOf(value: Tree): Meant | null {
  const words = ['nodes', 'node', 'disk', 'record', 'entry', 'vote', 'snapshot'];
  const isRecord =
    value.kind === 'mapping'
      ? value.entries.some(({ key: word }) => words.includes(word))
      : value.kind === 'scalar' && typeof value.value === 'string' && /^(?!message$)[a-z]\w*$/u.test(value.value);
  return isRecord ? { message: ON_DISKS, key: null } : null;
}

/** `delay: { types: AppendEntries, for: 200ms }`. */
function byOf(value: Tree): Meant | null {
  const has = (word: string): boolean => value.kind === 'mapping' && value.entries.some((entry) => entry.key === word);
  return has('for') && !has('by')
    ? { message: 'how much later messages arrive is written by: 200ms', key: null }
    : null;
}

/** The steps whose value is `message`, for the one that fired them, or says which messages are meant. */
function plain(
  does: Exclude<SingleEffect['kind'], 'delay'>,
  about: string,
  example: string,
  meant: (value: Tree) => Meant | null = () => null,
): Spelling<MessageAction> {
  return spelling(does, {
    about,
    example,
    value: either(MESSAGES, [messageWord, mapping(MESSAGES, keys, { nonEmpty: true })]),
    meant,
    build: (raw, _, place): MessageAction => {
      const at = place.at(does);
      const which = raw === 'message' ? inHand(at) : whichOf(raw, at);
      return { kind: 'message', effect: { kind: does }, which };
    },
  });
}

export const message: ActionDefinition<'message'> = {
  topic: 'network',
  strikes: true,
  spellings: [
    plain(
      'drop',
      'Loses messages: the next one that is sent and fits, the `nth`, or several (`count`). `message`, in the steps of an `on: sent`, means the message that fired them, as long as it is on its way.',
      'drop: { links: leader -> followers, types: AppendEntries, entries: { min: 1 }, nth: 3 }',
    ),
    spelling('delay', {
      about:
        'Has messages arrive later; without `links` and `types`, the message that fired the steps of an `on: sent`.',
      example: 'delay: { types: RequestVoteReply, by: 2s }',
      value: mapping('a mapping like { types: RequestVoteReply, by: 200ms }', {
        by: needed(distribution, 'By how much.'),
        ...keys,
      }),
      meant: byOf,
      build: ({ by, ...raw }, _, place): MessageAction => {
        const at = place.at('delay');
        const isInHand = Object.keys(raw).length === 0;
        const which = isInHand ? inHand(at) : whichOf(raw, at);
        return { kind: 'message', effect: { kind: 'delay', by: distributionOf(by, at.at('by')) }, which };
      },
    }),
    plain(
      'hold',
      'Keeps messages until `release`, as a clogged link does.',
      'hold: { links: leader -> followers, types: AppendEntries, count: 2 }',
    ),
    plain('duplicate', 'Has messages arrive twice.', 'duplicate: { types: AppendEntries, count: 3 }'),
    plain(
      'corrupt',
      'Damages messages on their way: the receiver finds that their checksum is wrong, and drops them.',
      'corrupt: { types: AppendEntries }',
      diskOf,
    ),
  ],
  choosesNothing: ({ which }) => which === null || which.links === null,
  describe: ({ effect, which }, naming) => {
    if (which === null) return `${effect.kind} the message`;
    const { messages, links, nth, count } = which;
    const from = nth === 1 ? '' : ` from match ${nth} on`;
    return `${effect.kind} ${count} of ${describeMessages(messages)}${from} on ${describeLinks(links, naming)}`;
  },
  *perform({ effect, which }, exec) {
    if (which === null) return affectInHand(effect, exec);
    const chosen = which.links === null ? 'all' : yield* chooseLinks(exec, which.links);
    const { messages, nth, count } = which;
    const filter = filterOf(messages, exec.environment);
    exec.environment.faults.network.intercept(chosen, { filter, effect, nth, count }, exec.origin);
  },
};

function affectInHand(effect: SingleEffect, exec: Execution): void {
  const { thread, environment } = exec;
  const isAffected =
    thread.message !== null && environment.faults.network.affectInHand(thread.message, effect, exec.origin);
  if (!isAffected) exec.idle();
}

function whichOf(raw: RawKeys, place: Place): MessageAction['which'] {
  const { links, nth, count } = raw as { links?: Parameters<typeof someLinksOf>[0]; nth?: number; count?: number };
  return {
    links: links === undefined ? null : someLinksOf(links, place.at('links')),
    messages: messagesOf(raw, place) ?? { types: null, fields: new Map() },
    nth: nth ?? 1,
    count: count ?? 1,
  };
}

/** Null, which stands for the message that fired the step. */
function inHand(place: Place): null {
  if (!place.scope.hasMessage.isGiven && place.isSound) {
    place.problem(
      'this means the message that fired the steps of an `on: sent`, and here there is none; say which: links, types, …',
    );
  }
  return null;
}
