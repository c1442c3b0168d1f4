/**
 * One word per concept: the words that this project does not use, where, and what it writes instead.
 *
 *   node .ci/words.mjs            looks through every file under version control; exit 1 if it finds one
 *
 * `identifier`: names in code. The word stands for one part of a name (`greetingRound`, `sendGreeting`) or, with `=`
 * before it, for a whole name. `yaml`: keys and values of scenario files. `prose`: comments, texts in code, documents,
 * and the comments and texts of scenario files. Everyday words (order, part, told) are banned as names only.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { isMap, isScalar, parseDocument, visit } from 'yaml';

/** @typedef {{ word: string, where: 'identifier' | 'yaml' | 'prose', write: string }} Row */
/** @typedef {{ at: number, where: Row['where'], text: string }} Piece */

const ROOT = join(import.meta.dirname, '..');

/** @type {(where: Row['where'], write: string, ...words: string[]) => Row[]} */
const rows = (where, write, ...words) => words.map((word) => ({ word, where, write }));
/** @type {(write: string, ...words: string[]) => Row[]} */
const prose = (write, ...words) => rows('prose', write, ...words);
/** @type {(write: string, ...words: string[]) => Row[]} */
const both = (write, ...words) => [...prose(write, ...words), ...rows('identifier', write, ...words)];
/** Whole names, old to new. @type {(names: Readonly<Record<string, string>>) => Row[]} */
const names = (table) => Object.entries(table).flatMap(([old, write]) => rows('identifier', write, `=${old}`));

/** @type {readonly Row[]} */
const CONCEPTS = [
  ...both('heartbeat, heartbeat round', 'greet', 'greets', 'greeted', 'greeting', 'greetings'),
  ...both('leader stickiness, sticky', 'loyal', 'loyalty', 'disloyal'),
  ...prose('start an election, become candidate', 'stand for election', 'stands for election', 'stood for election'),
  ...both('election', 'candidacy', 'candidacies'),
  ...prose('transfer the leadership', 'hand over', 'hands over', 'handing over', 'handed over'),
  ...prose('become leader, replace', 'take over', 'takes over', 'taking over', 'took over', 'taken over'),
  ...both('transfer target, next leader', 'successor', 'successors'),
  ...both('transfer the leadership', 'abdicate', 'abdicates', 'abdicated'),
  ...prose('in flight, pending, in progress', 'under way'),
  ...both('retry interval, backoff, timeout', 'patience', 'impatient', 'impatience'),
  ...prose('abort, time out, stop', 'give up', 'gives up', 'giving up', 'gave up', 'given up'),
  ...prose('chunk', 'part of a snapshot', 'parts of a snapshot', 'part of the snapshot', 'parts of the snapshot'),
  ...both('new member, new node', 'newcomer', 'newcomers'),
  ...prose('uses the configuration', 'goes by a', 'goes by the', 'goes by its', 'go by a', 'go by the', 'went by a'),
  ...prose('node', 'server', 'servers'),
  ...prose('administrator', 'operator', 'operators'),
  ...prose('reject', 'decline', 'declines', 'declined'),
  ...prose('stale term', 'term gone by', 'terms gone by'),
  ...prose('previous incarnation', 'earlier life', 'previous life', 'this life', 'former life'),
  ...prose('reordered, stale', 'overtake', 'overtakes', 'overtook', 'overtaken'),
  ...both('reordered', 'disorder'),
  ...both('fault', 'disturbance', 'disturbances', 'trouble', 'troubles'),
  ...both('liveness failure, violation, failure', 'complaint', 'complaints', 'finding', 'findings', 'alarm', 'alarms'),
  ...both('tracer', 'narrator', 'narrate'),
  ...both('admin task, admin attempt', 'errand', 'errands', 'petition', 'petitions'),
  ...both('network conditions, link conditions', 'weather'),
  ...both('trace event', 'observation', 'observations'),
  ...both('environment, context', 'stage', 'scene', 'scenes'),
  ...both('retention floor', 'horizon'),
  ...both('past its deadline', 'overdue'),
  ...both('backtracking', 'descent'),
  ...both('pre-votes', 'encouragement'),
  ...both('command context', 'desk'),
  ...both('yield', 'breath', 'breathe'),
  ...both('internal error', 'breakdown'),
  ...prose(
    'the node, the client, the role that acts',
    'whoever',
    'somebody',
    'someone',
    'nobody',
    'anybody',
    'everybody',
  ),
  ...prose('not seen', 'seen never'),
  ...prose('expected, and what was found instead', 'expected, but'),
  ...rows('identifier', 'node history, log history', 'shadow', 'shadows'),
  ...rows('identifier', 'reply, replies', 'answer', 'answers', 'answered'),
  ...rows('identifier', 'observed', 'watched'),
  ...rows('identifier', 'leader contact', 'hear', 'heard', 'hears', 'hearing'),
  ...rows('identifier', 'handle, send', 'tell', 'tells'),
  ...rows('identifier', 'reject', 'decline', 'declines', 'declined'),
  ...rows('identifier', 'node', 'server', 'servers'),
];

/** Names of earlier versions, and what stands in their place. @type {readonly Row[]} */
const NAMES = names({
  missLeader: 'onElectionTimeout',
  takeOver: 'handleTimeoutNow',
  considerCandidate: 'handleRequestVote',
  countVote: 'handleRequestVoteReply',
  acceptEntries: 'handleAppendEntries',
  countAck: 'handleAppendEntriesReply',
  acceptPart: 'handleInstallSnapshot',
  countPart: 'handleInstallSnapshotReply',
  sendPart: 'sendChunk',
  takePart: 'takeChunk',
  beginLeadership: 'becomeLeader',
  sendGreetings: 'broadcastHeartbeat',
  sendMore: 'maybeSendEntries',
  hearFrom: 'recordContact',
  backUp: 'handleRejection',
  serve: 'handleClientRequest',
  told: 'replied',
  passOn: 'forward',
  carryOut: 'handleAdminRequest',
  quorumth: 'committedIndex',
  NOBODY: 'NONE',
  heardAt: 'lastContactAt',
  asksFirst: 'usesPreVote',
  waitsAnewAfter: 'resetsElectionTimer',
  speaksForItsTerm: 'carriesSenderTerm',
  listensTo: 'acceptsFrom',
  Cluster: 'NodeRuntime',
  Kernel: 'Simulation',
  World: 'FaultInjector',
  Outbox: 'Effects',
  LinkWeather: 'LinkConditions',
  Versions: 'ValueHistory',
  Executions: 'ApplyHistory',
  Doing: 'StepRoutine',
  Stretch: 'RingBuffer',
  Watched: 'ObservedCluster',
  Promises: 'ExpectedOptions',
  Breakdown: 'InternalError',
  Names: 'Bindings',
  Mistake: 'InvalidValue',
  nearest: 'didYouMean',
  Program: 'Scenario',
  program: 'scenario',
  programs: 'scenarios',
  judge: 'runRandomScenario',
  Order: 'AdminRequest',
  OrderAction: 'AdminAction',
  OrderExpectation: 'AdminExpectation',
  ordered: 'requested',
});

/** Words that scenario files write in two meanings: one of them is still right. */
const STILL_WRITTEN = new Set(['order']);

/**
 * The words of docs/renamed.md: old keys, values, marks and trace events in scenario files, and in prose those that
 * cannot mean something else (`message-overtaken`, `elections/hasty-loser`).
 *
 * @type {readonly Row[]}
 */
const RENAMED_WORDS = await renamedWords();

/** @returns {Promise<Row[]>} */
async function renamedWords() {
  const source = readFileSync(join(ROOT, 'scenarios/language/renamed.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext },
  });
  const { RENAMED } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  /** @type {Row[]} */
  const found = [];
  for (const { kind, old, new: write } of RENAMED) {
    const isLanguage = ['key', 'word', 'mark', 'event'].includes(kind);
    if (isLanguage && !STILL_WRITTEN.has(old)) found.push(...rows('yaml', write, old));
    if ((kind === 'mark' && old.includes('-')) || (kind === 'scenario' && old.includes('/')))
      found.push(...prose(write, old));
  }
  return found.filter((row, i) => found.findIndex(({ word, where }) => word === row.word && where === row.where) === i);
}

/** @type {readonly Row[]} */
export const WORDS = [...CONCEPTS, ...NAMES, ...RENAMED_WORDS];

/**
 * Where an old word is right: the tables of old words themselves, and terms or names that contain one. `word` limits an
 * exception to rows; `text` must match where the word stands, with forty characters on each side.
 *
 * @type {readonly { file?: RegExp, word?: RegExp, text?: RegExp, why: string }[]}
 */
const EXCEPTIONS = [
  {
    file: /^(?:\.ci\/words\.mjs|test\/words\.test\.ts|scenarios\/language\/renamed(?:\.test)?\.ts|docs\/renamed\.md)$/u,
    why: 'the tables of old words',
  },
  { word: /^servers?$/u, text: /language[- ]server|single-server|\bnever "server"/iu, why: 'terms of others' },
  {
    word: /^servers?$/u,
    text: /all servers|to each server|minority of slow servers|majority of servers/iu,
    why: 'quotes the paper',
  },
  { file: /^scenarios\/language\/did-you-mean\.ts$/u, word: /^servers?$/u, why: 'what people write for nodes' },
  { file: /^cli\/look\.test\.ts$/u, word: /^weather$/u, why: 'what `lint --fix` rewrites' },
  { file: /^eslint\.config\.js$/u, word: /^operator$/u, why: 'an attribute of syntax trees' },
];

/** @type {(file: string, row: Row, around: string) => boolean} */
function isExcepted(file, row, around) {
  return EXCEPTIONS.some(
    (one) => (one.file?.test(file) ?? true) && (one.word?.test(row.word) ?? true) && (one.text?.test(around) ?? true),
  );
}

/** @type {(where: Row['where']) => ReadonlyMap<string, Row>} */
const rowsFor = (where) => new Map(WORDS.filter((row) => row.where === where).map((row) => [row.word, row]));
const TABLES = { identifier: rowsFor('identifier'), yaml: rowsFor('yaml'), prose: rowsFor('prose') };

/** Every old word of prose. Its blanks may be line breaks inside a comment. */
const PROSE = new RegExp(
  `(?<![\\w-])(?:${[...TABLES.prose.keys()]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/ /gu, '\\s+(?:[*/#>]+\\s+)?'))
    .join('|')})(?![\\w-])`,
  'giu',
);

/**
 * The old words in a file.
 *
 * @param {string} file path from the root of the repository
 * @param {string} text
 * @returns {{ line: number, row: Row, found: string }[]}
 */
export function findOldWords(file, text) {
  const pieces = piecesOf(file, text);
  const problems = pieces.flatMap((piece) =>
    oldWordsOf(piece)
      .map(({ row, index }) => ({
        row,
        at: piece.at + index,
        around: piece.text.slice(Math.max(0, index - 40), index + row.word.length + 40),
      }))
      .filter(({ row, around }) => !isExcepted(file, row, around.replace(/\s+/gu, ' '))),
  );
  return problems
    .sort((a, b) => a.at - b.at)
    .map(({ row, at, around }) => ({
      line: text.slice(0, at).split('\n').length,
      row,
      found: around.replace(/\s+/gu, ' ').trim(),
    }));
}

/** @type {(piece: Piece) => { row: Row, index: number }[]} */
function oldWordsOf({ where, text }) {
  if (where === 'prose') {
    return [...text.matchAll(PROSE)].map(({ 0: found, index }) => {
      const word = found.toLowerCase().replace(/\s+(?:[*/#>]+\s+)?/gu, ' ');
      return { row: /** @type {Row} */ (TABLES.prose.get(word)), index };
    });
  }
  const words = where === 'yaml' ? [text] : [`=${text}`, ...partsOf(text)];
  return words.flatMap((word) => {
    const row = TABLES[where].get(word);
    return row === undefined ? [] : [{ row, index: 0 }];
  });
}

/** The parts of a name in camel, snake or upper case. @type {(name: string) => string[]} */
function partsOf(name) {
  const parts = name.replace(/([a-z0-9])([A-Z])/gu, '$1 $2').split(/[\s_$-]+/u);
  return [...new Set(parts.map((part) => part.toLowerCase()))];
}

/** Where texts and names stand in a file. @type {(file: string, text: string) => Piece[]} */
function piecesOf(file, text) {
  if (/\.(?:m?[jt]s|cjs)$/u.test(file)) return mayHold(text, 'identifier') ? piecesOfCode(text) : [];
  if (/\.ya?ml$/u.test(file)) return mayHold(text, 'yaml') ? piecesOfYaml(text) : [];
  return [{ at: 0, where: 'prose', text }];
}

/** Most files hold none of the words and need no parsing. @type {(text: string, where: 'identifier' | 'yaml') => boolean} */
function mayHold(text, where) {
  if (oldWordsOf({ at: 0, where: 'prose', text }).length > 0) return true;
  return (text.match(/[\w$-]+/gu) ?? []).some((word) => {
    const key = `${where} ${word}`;
    let isOld = known.get(key);
    if (isOld === undefined) {
      const candidates = where === 'yaml' ? [word] : word.split('-');
      isOld = candidates.some((one) => oldWordsOf({ at: 0, where, text: one }).length > 0);
      known.set(key, isOld);
    }
    return isOld;
  });
}

/** @type {Map<string, boolean>} */
const known = new Map();

/** Comments and the texts under these keys are prose. */
const TEXT_KEYS = new Set(['name', 'about', 'source', 'label', 'tags']);

/** @type {(text: string) => Piece[]} */
function piecesOfYaml(text) {
  /** @type {Piece[]} */
  const pieces = [];
  for (const { index, 0: comment } of text.matchAll(/(?<=^|\s)#.*(?:\n\s*#.*)*/gmu))
    pieces.push({ at: index, where: 'prose', text: comment });
  visit(parseDocument(text), {
    Pair(_, pair) {
      if (!isScalar(pair.key) || !TEXT_KEYS.has(String(pair.key.value))) return undefined;
      const [from, , to] = /** @type {{ range?: [number, number, number] }} */ (pair.value)?.range ?? [0, 0, 0];
      if (isMap(pair.value)) return undefined;
      pieces.push({ at: from, where: 'prose', text: text.slice(from, to) });
      return visit.SKIP;
    },
    Scalar(_, scalar) {
      if (typeof scalar.value === 'string')
        pieces.push({ at: scalar.range?.[0] ?? 0, where: 'yaml', text: scalar.value });
    },
  });
  return pieces;
}

/** @type {(text: string) => Piece[]} */
function piecesOfCode(text) {
  /** @type {Piece[]} */
  const pieces = [];
  /** @type {Map<number, number>} */
  const literals = new Map();
  const source = ts.createSourceFile('a.ts', text, ts.ScriptTarget.Latest, false);
  /** @type {(node: ts.Node, parent: ts.Node) => void} */
  const look = (node, parent) => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      pieces.push({ at: node.getStart(source), where: 'identifier', text: node.text.replace(/^#/u, '') });
    } else if (ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node) || ts.isRegularExpressionLiteral(node)) {
      const from = node.getStart(source);
      literals.set(from, node.end);
      const isPath = ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent);
      if (!isPath && !ts.isRegularExpressionLiteral(node))
        pieces.push({ at: from, where: 'prose', text: text.slice(from, node.end) });
    }
    ts.forEachChild(node, (child) => look(child, node));
  };
  look(source, source);
  return [...pieces, ...commentsOf(text, literals)];
}

/**
 * The comments of code. Line comments one below the other are one text: an expression may go on in the next line.
 *
 * @param {string} text
 * @param {ReadonlyMap<number, number>} literals where texts begin and end
 */
function commentsOf(text, literals) {
  /** @type {Piece[]} */
  const comments = [];
  const pattern = /\/\*[\s\S]*?\*\/|\/\/.*(?:\n\s*\/\/.*)*|["'`}/]/gu;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const end = literals.get(match.index);
    if (end !== undefined) pattern.lastIndex = end;
    else if (match[0].length > 1) comments.push({ at: match.index, where: 'prose', text: match[0] });
  }
  return comments;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
  let count = 0;
  for (const file of files.trim().split('\n')) {
    if (!/\.(?:m?[jt]s|cjs|ya?ml|md)$/u.test(file)) continue;
    for (const { line, row, found } of findOldWords(file, readFileSync(join(ROOT, file), 'utf8'))) {
      count++;
      console.log(`${file}:${line}  "${row.word.replace(/^=/u, '')}" (${row.where}): write ${row.write}  | ${found}`);
    }
  }
  if (count > 0) {
    console.log(`\n${count} old words; .ci/words.mjs says what to write instead`);
    process.exit(1);
  }
}
