/**
 * One word per concept: the words that this project does not use, where, and what it writes instead.
 *
 *   node .ci/words.mjs            looks through every file under version control; exit 1 if it finds one
 *
 * `identifier`: names in code; the word stands for one part of a name (`greetingRound`, `sendGreeting`), or, with `=`
 * before it, for a whole name. `yaml`: keys and words of scenario files. `prose`: comments, texts in code, documents,
 * and the comments and texts of scenario files. Everyday words (order, part, told) are banned as names only.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** @typedef {{ word: string, where: 'identifier' | 'yaml' | 'prose', write: string }} Row */

/** @type {(where: Row['where'], write: string, ...words: string[]) => Row[]} */
const rows = (where, write, ...words) => words.map((word) => ({ word, where, write }));
/** @type {(write: string, ...words: string[]) => Row[]} */
const both = (write, ...words) => [
  ...rows('prose', write, ...words),
  ...rows('identifier', write, ...words.filter((word) => !word.includes(' '))),
];

/** @type {readonly Row[]} */
export const WORDS = [
  ...both('heartbeat, heartbeat round', 'greet', 'greets', 'greeted', 'greeting', 'greetings'),
  ...both('leader stickiness, sticky', 'loyal', 'loyalty', 'disloyal'),
  ...rows(
    'prose',
    'start an election, become candidate',
    'stand for election',
    'stands for election',
    'stood for election',
  ),
  ...both('election', 'candidacy', 'candidacies'),
  ...rows('prose', 'transfer the leadership', 'hand over', 'hands over', 'handing over', 'handed over'),
  ...rows('prose', 'transfer the leadership', 'take over', 'takes over', 'taking over', 'took over', 'taken over'),
  ...both('transfer target', 'successor', 'successors'),
  ...both('transfer the leadership', 'abdicate', 'abdicates', 'abdicated'),
  ...rows('prose', 'in flight, pending, in progress', 'under way'),
  ...both('retry interval, backoff', 'patience', 'impatient'),
  ...rows('prose', 'abort, time out', 'give up', 'gives up', 'giving up', 'gave up', 'given up'),
  ...rows('prose', 'chunk', 'part of a snapshot', 'parts of a snapshot'),
  ...both('new member, new node', 'newcomer', 'newcomers'),
  ...rows('prose', 'uses the configuration', 'goes by', 'go by a', 'went by a'),
  ...rows('prose', 'node', 'server', 'servers'),
  ...rows('prose', 'administrator', 'operator', 'operators'),
  ...rows('prose', 'reject', 'declines', 'declined'),
  ...rows('prose', 'stale term, previous incarnation', 'term gone by', 'earlier life', 'previous life', 'this life'),
  ...rows('prose', 'reordered, stale', 'overtaken', 'overtakes', 'overtook'),
  ...both('reordered', 'disorder'),
  ...both('fault', 'disturbance', 'disturbances', 'trouble', 'troubles'),
  ...both('liveness failure, violation, failure', 'complaint', 'complaints'),
  ...both('tracer', 'narrator'),
  ...both('admin task, admin attempt', 'errand', 'errands', 'petition', 'petitions'),
  ...both('network conditions, link conditions', 'weather'),
  ...both('pre-votes', 'encouragement'),
  ...both('command context', 'desk'),
  ...rows('prose', 'the node, the client, the role that acts', 'whoever', 'somebody', 'someone', 'nobody'),
  ...rows('prose', 'not seen', 'seen never', 'expected, but'),
  ...rows('identifier', 'environment', '=stage', '=Stage', '=WorldStage', '=scene', '=Scene'),
  ...rows('identifier', 'expected options, observed cluster', '=Promises', '=promises', '=Watched', '=watched'),
  ...rows('identifier', 'ring buffer, retention floor, deadline', '=Stretch', 'horizon', 'overdue'),
  ...rows('identifier', 'node history, log history', '=Shadow', '=ShadowLog', '=shadow', '=shadows'),
  ...rows('identifier', 'trace event', 'observation', 'observations'),
  ...rows('identifier', 'violation', '=finding', '=Finding'),
  ...rows('identifier', 'yield', '=breath', '=breathe'),
  ...rows('identifier', 'internal error', '=Breakdown'),
  ...rows('identifier', 'admin request', '=Order', '=OrderAction', '=OrderExpectation', '=ordered', '=carryOut'),
  ...rows('identifier', 'reply, pending', '=tell', '=told', '=serve', '=passBack', '=passOn'),
  ...rows('identifier', 'chunk', '=sendPart', '=acceptPart', '=countPart', '=takePart'),
  ...rows('identifier', 'NONE', '=NOBODY'),
  ...rows('identifier', 'Scenario', '=Program', '=program', '=programs'),
  ...rows('identifier', 'onElectionTimeout, handleTimeoutNow, handle… of the message', '=missLeader', '=takeOver'),
  ...rows('identifier', 'handleRequestVote, handleRequestVoteReply', '=considerCandidate', '=countVote'),
  ...rows('identifier', 'handleAppendEntries, handleAppendEntriesReply', '=acceptEntries', '=countAck'),
  ...rows('identifier', 'becomeLeader, maybeSendEntries', '=beginLeadership', '=sendMore'),
  ...rows('identifier', 'recordContact, handleRejection', '=hearFrom', '=backUp'),
  ...rows('identifier', 'committedIndex', '=quorumth'),
  ...rows('identifier', 'Simulation, NodeRuntime, FaultInjector', '=World', '=Kernel', '=Cluster'),
  ...rows('identifier', 'Effects, StepRoutine, Bindings, InvalidValue', '=Outbox', '=Doing', '=Names', '=Mistake'),
  ...rows('yaml', 'network', 'weather'),
  ...rows('yaml', 'process', 'slowProcess'),
  ...rows('yaml', 'standby', 'spares'),
  ...rows('yaml', 'request-rejected-busy', 'busy'),
  ...rows('yaml', 'candidate-stepped-down', 'candidate-gave-way'),
  ...rows('yaml', 'message-reordered', 'message-overtaken'),
  ...rows('yaml', 'catch-up-aborted', 'catch-up-given-up'),
  ...rows('yaml', 'apply-lag', 'applied-late'),
];

/**
 * Where an old word is right: the tables of old words themselves, terms that contain one, texts of others.
 *
 * @type {readonly { file?: RegExp, text?: RegExp }[]}
 */
const EXCEPTIONS = [
  {
    file: /^(?:\.ci\/words\.mjs|test\/words\.test\.ts|scenarios\/language\/renamed(?:\.test)?\.ts|docs\/renamed\.md)$/u,
  },
  { file: /^(?:package-lock\.json|LICENSE|CHANGELOG\.md)$/u },
  { text: /language[- ]server/iu },
  { text: /[Ss]ingle-server/u },
];

/** Where a file's texts and names stand: offset, kind, text. @type {(file: string, text: string) => { at: number, where: Row['where'], text: string }[]} */
function piecesOf(file, text) {
  if (/\.m?[jt]s$|\.cjs$/u.test(file)) return piecesOfCode(text);
  if (/\.ya?ml$/u.test(file)) {
    return text.split('\n').reduce(
      ({ at, pieces }, line) => {
        const comment = /(?:^|\s)#.*$/u.exec(line);
        const prose = /^\s*(?:about|source|label|name): ?(.*)$|^ {2,}[A-Z][^:]*$/u.test(line);
        const code = comment === null ? line : line.slice(0, comment.index);
        pieces.push({ at, where: prose ? 'prose' : 'yaml', text: code });
        if (comment !== null) pieces.push({ at: at + comment.index, where: 'prose', text: comment[0] });
        return { at: at + line.length + 1, pieces };
      },
      { at: 0, pieces: /** @type {{ at: number, where: Row['where'], text: string }[]} */ ([]) },
    ).pieces;
  }
  return [{ at: 0, where: 'prose', text }];
}

/** @type {(text: string) => { at: number, where: Row['where'], text: string }[]} */
function piecesOfCode(text) {
  /** @type {{ at: number, where: Row['where'], text: string }[]} */
  const pieces = [];
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, true);
  /** @type {Set<number>} */
  const seen = new Set();
  /** @type {(node: ts.Node) => void} */
  const visit = (node) => {
    for (const range of ts.getLeadingCommentRanges(text, node.getFullStart()) ?? []) {
      if (seen.has(range.pos)) continue;
      seen.add(range.pos);
      pieces.push({ at: range.pos, where: 'prose', text: text.slice(range.pos, range.end) });
    }
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      pieces.push({ at: node.getStart(), where: 'identifier', text: node.text.replace(/^#/u, '') });
    } else if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node)) {
      const isPath = ts.isImportDeclaration(node.parent) || ts.isExportDeclaration(node.parent);
      if (!isPath) pieces.push({ at: node.getStart(), where: 'prose', text: node.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  for (const range of ts.getLeadingCommentRanges(text, source.endOfFileToken.getFullStart()) ?? []) {
    if (!seen.has(range.pos)) pieces.push({ at: range.pos, where: 'prose', text: text.slice(range.pos, range.end) });
  }
  return pieces;
}

/** @type {(name: string) => string[]} */
function partsOf(name) {
  return name
    .replace(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .split(/[\s_-]+/u)
    .map((part) => part.toLowerCase());
}

/** @type {ReadonlyMap<string, RegExp>} */
const PROSE = new Map(
  WORDS.filter(({ where }) => where !== 'identifier').map(({ word }) => [
    word,
    new RegExp(`(?<![\\w-])${word.replace(/ /gu, '\\s+(?:[*/#]+\\s+)?')}(?![\\w-])`, 'giu'),
  ]),
);

/**
 * The old words in a file.
 *
 * @param {string} file path from the root of the repository
 * @param {string} text
 * @returns {{ line: number, row: Row, found: string }[]}
 */
export function findOldWords(file, text) {
  if (EXCEPTIONS.some((one) => one.file?.test(file))) return [];
  const problems = [];
  for (const piece of piecesOf(file, text)) {
    const parts = piece.where === 'identifier' ? partsOf(piece.text) : [];
    for (const row of WORDS) {
      if (row.where !== piece.where) continue;
      if (row.where === 'identifier') {
        const isHit = row.word.startsWith('=') ? piece.text === row.word.slice(1) : parts.includes(row.word);
        if (isHit) problems.push({ line: lineAt(text, piece.at), row, found: piece.text });
        continue;
      }
      for (const match of piece.text.matchAll(/** @type {RegExp} */ (PROSE.get(row.word)))) {
        const around = piece.text.slice(Math.max(0, match.index - 12), match.index + match[0].length + 12);
        if (EXCEPTIONS.some((one) => one.text?.test(around))) continue;
        problems.push({ line: lineAt(text, piece.at + match.index), row, found: around.replace(/\s+/gu, ' ').trim() });
      }
    }
  }
  return problems;
}

/** @type {(text: string, at: number) => number} */
function lineAt(text, at) {
  return text.slice(0, at).split('\n').length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  let count = 0;
  for (const file of files.trim().split('\n')) {
    if (!/\.(?:m?[jt]s|cjs|ya?ml|md)$/u.test(file)) continue;
    for (const { line, row, found } of findOldWords(file, readFileSync(new URL(file, `file://${root}`), 'utf8'))) {
      count++;
      console.log(`${file}:${line}  "${row.word.replace(/^=/u, '')}" (${row.where}): write ${row.write}  | ${found}`);
    }
  }
  if (count > 0) {
    console.log(`\n${count} old words; .ci/words.mjs says what to write instead`);
    process.exit(1);
  }
}
