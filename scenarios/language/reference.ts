import * as z from 'zod';
import { adminModifiers } from '../actions/admin.ts';
import { FORMS } from '../actions/index.ts';
import { TOPICS } from '../actions/definition.ts';
import type { Topic } from '../actions/definition.ts';
import { CHAOS_FAULTS, type ChaosFault } from '../chaos/faults.ts';
import { chaosProcess, chaosShape } from './chaos.ts';
import { conditionShape } from './conditions.ts';
import { messageKeys } from './messages.ts';
import { event } from './events.ts';
import { expectations } from './outcome.ts';
import { traitsOf } from './shapes.ts';
import { commonKeys } from './step-language.ts';
import type { ActionForm } from './step-language.ts';
import { scenarioSchema } from './schema.ts';

/**
 * The reference of the scenario language in Markdown, made from the schema: `docs/scenarios.md`. A test sees to it that
 * the file and the schema agree.
 */
export function referencePage(): string {
  return [
    INTRODUCTION,
    VALUES,
    `## Top level\n\n${tableOf(scenarioSchema.shape)}`,
    ...sections(scenarioSchema.shape, '', ['script', 'timeline', 'chaos', 'expect', 'name', 'tags']),
    MATRIX,
    SCRIPT,
    tableOf({ after: commonKeys('script')['after'], at: commonKeys('timeline')['at'], ...commonKeys('script') }),
    TIMELINE,
    chaosSection(),
    MEMBERS,
    adminRequests(),
    ...TOPICS.flatMap((topic) => (topic === 'disks and clocks' ? [topicSection(topic), CLOCKS] : topicSection(topic))),
    `${CONDITIONS}\n\n${tableOf(conditionShape)}`,
    ...sections(conditionShape, '', ['leader', 'mark']),
    `${EVENTS}\n\n${tableOf(mappingIn(event)?.shape ?? {})}`,
    EXPECTATIONS,
    tableOf(ownExpectations()),
    ERRORS,
    `## Not in the language yet\n\nThe following are refused with \`not supported yet\`: ${laterWords().map(code).join(', ')}.`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** The processes of chaos: what they are made of, and the faults that have names. */
function chaosSection(): string {
  const keys = { ...chaosProcess.shape, ...chaosShape };
  const faults = Object.entries(CHAOS_FAULTS as Readonly<Record<string, ChaosFault>>).map(
    ([name, { about, on, lasts }]) =>
      `| ${code(name)} | ${about} | ${on?.map(code).join(' or ') ?? ''} | ${lasts ?? ''} |`,
  );
  return `${CHAOS}\n\n${tableOf(keys)}\n\n| fault | what happens | \`on\` | \`for\` |\n|---|---|---|---|\n${faults.join('\n')}`;
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

const INTRODUCTION = `# The scenario language

<!-- Made from the schema by referencePage() in scenarios/language/reference.ts. Change the schema, not this page. -->

A scenario is one YAML file about a Raft cluster: its nodes, its network, what happens, and what must hold at the end.

\`\`\`yaml
name: stale-leader
about: A leader is cut off. The others elect a new one; the old one steps down when it learns of the new term.
cluster: { nodes: 5 }
network: { latency: 1ms..10ms, loss: 1% }
clients: { count: 2, ops: { put: 3, get: 1 } }
script:
  - elect: n1
  - isolate: n1
  - until: { leader: { in: [n2, n3, n4, n5] } }
    within: 2s
  - heal: all
  - until: { converged: true }
    within: 2s
\`\`\`

Safety is checked after every event of every run, but for the checks that \`checks.except\` names. For completion and checks while
typing, begin the file with \`# yaml-language-server: $schema=<path to scenario.schema.json>\`; \`whitewater schema\` prints
that schema. \`whitewater new my-scenario\` makes a file that begins so, passes as it is, and says in its comments what can be
changed; with \`--from split-vote\` it is a copy of that bundled scenario. \`whitewater run my-scenario.yaml --watch\` runs it
again whenever it is saved.`;

const VALUES = `## Values

| value | written | notes |
|---|---|---|
| duration | \`250us\`, \`150ms\`, \`1.5s\`, \`2m\`, \`1h\` | whole microseconds; a bare number is an error |
| range | \`150ms..300ms\` | both ends included |
| distribution | \`5ms\` | always the same |
| | \`1ms..10ms\` | uniform |
| | \`{ normal: [5ms, 1ms] }\` | mean and standard deviation |
| | \`{ exponential: 5ms }\` | mean |
| | \`{ choice: { 90%: 1ms..5ms, 10%: 50ms..200ms } }\` | alternatives; their probabilities sum up to 100% |
| | \`{ choice: [25%: 1ms, 25%: 5ms, 50%: 20ms] }\` | the same as a list, where probabilities may be equal |
| | \`{ choice: [1ms, 10ms] }\` | equally likely alternatives |
| probability | \`5%\`, \`0.1%\` | 0% to 100% |
| rate | \`100/s\`, \`6000/m\` | |
| size | \`8B\`, \`5kB\`, \`1MiB\` | kB is 1000 bytes, KiB is 1024 |
| bandwidth | \`10MB/s\` | |
| drift | \`200ppm\`, \`-50ppm\` | parts per million, from \`-2000000ppm\` to \`900000ppm\` |
| | \`-200ppm..200ppm\` | drawn, both ends included |
| | \`stopped\`, \`backwards\` | \`-1000000ppm\`; \`-2000000ppm\`: as fast as time goes |
| weights | \`{ put: 3, get: 2 }\` | whole numbers |
| seed | \`7\`, \`abc\`, \`"9007199254740993"\` | text, or a whole number below 2^53; larger ones are quoted |

### Nodes

Wherever a step says which nodes it means. Words are resolved when the step runs; a step whose words find nothing (no
leader yet) waits, up to its \`within\`.

| written | means |
|---|---|
| \`n1\` | that node |
| \`leader\` | the live leader of the highest term |
| \`candidate\` | a live candidate of the highest term any is in |
| \`followers\` | all live nodes that vote and follow |
| \`follower\` | one of them, drawn |
| \`voters\` | all that vote, live or not: by the configuration of the leader, or else the newest one any node has |
| \`learners\` | all that are learners in it |
| \`all\` | all nodes, members of the cluster or not |
| \`down\` | the nodes that do not run; \`restart: down\` and the like do not wait for one |
| \`any\`, \`any 2\`, \`any 2 followers\`, \`any 2 voters\`, \`any 1 learner\` | that many, drawn |
| \`minority\`, \`majority\` | a drawn set of voters, of the largest size below, the smallest size above, half of them |
| \`all except n1\`, \`any 2 except leader and $old\` | what the word means or draws without these nodes |
| \`others\` | those that the other groups of the same step leave |
| \`$old\` | those remembered with \`as: old\` |
| \`[n1, leader]\` | a list of any of these |

Clients are called \`c1\`, \`c2\`, … in the order of their number. They can stand wherever links are meant (\`cut: n1 -> c1\`
loses the replies of n1), in \`isolate\`, \`heal\` and the groups of a \`partition\`, and where an event happens.

### Messages

Where a step is about some messages only, these keys say which; those that are left out do not matter. What they must be is
written as for [events](#events). A message of a type that does not carry what is asked for is not meant.

${tableOf(messageKeys)}

### Links

\`n1 -> n2\` is the link from n1 to n2, \`n1 <-> n2\` both directions. In steps, either side may be any of the words above:
\`leader -> followers\`. Where one link is expected, a list of links is too.`;

const SCRIPT = `## Steps

\`script\` is a list of steps, executed in order, each after the one before. A step is a mapping with exactly one action and,
if wanted, modifiers. These go with actions of any kind, where they mean something:`;

const TIMELINE = `\`timeline\` is a list of steps that happen by the clock, whatever the script is doing. Each has \`at\` instead of \`after\`;
\`wait\` and the control steps have no place there:

\`\`\`yaml
timeline:
  - at: 1.25s
    crash: n2
  - at: 1.9s
    restart: n2
\`\`\``;

const CHAOS = `## Chaos

\`chaos\` holds processes that inject faults at random, drawn from the seed, whatever script and timeline are doing. A process
strikes by the clock (\`every\`), or at events (\`at\`), which finds what a clock never hits:

\`\`\`yaml
name: some-chaos
cluster: { nodes: 5 }
clients: { count: 2, ops: { put: 3, get: 1 } }
chaos:
  crash: { every: 500ms..2s, max: minority }
  isolate: { every: 1s..3s, on: leader, for: 200ms..1s }
  torn-leader:
    every: 2s..4s
    for: 500ms
    do:
      - crash: leader
        disk: tear
  at-votes:
    at: vote-granted
    chance: 20%
    do: [crash, isolate, slow-disk]
  late-transfer:
    at: { event: sent, type: TimeoutNow }
    chance: 50%
    do:
      - delay: { by: 100ms..2s }
      - drop: message
  transfer: { every: 1s }
  stop: 20s
\`\`\`

A process that is named after a fault of the table below injects that fault; \`do\` gives others, by their names or as steps. Each
strike takes one of them. It is done at once or not at all: what is not possible at that moment (there is no leader, the node is
down already) is skipped, and ends nothing. A process that did nothing in all runs of an invocation fails it, as any other fault
that tested nothing does. Each draw has a stream of its own: a process that is added or left out shifts no other.

\`chaos: swarm\` goes further: each seed draws what the scenario does not say. It draws the cluster (1 to 9 voters, learners,
nodes on standby), the options of Raft, the network, disks, clocks, the clients and their load, some of the processes above, and
stories: steps that belong together, such as a leader that is cut off with its clients, writes what will be overwritten, and is
elected again. What is given stays as it is, key by key, and steps of one's own come first; with \`swarm: true\` beside them,
processes of one's own take part:

\`\`\`yaml
name: leases-in-small-clusters
cluster: { nodes: 3, raft: { reads: lease, checkQuorum: true } }
chaos:
  swarm: true
  wall-clocks: { every: 1s, do: [{ clock: { nodes: any, of: wall, jump: 1h } }] }
\`\`\`

Everything is drawn that Raft promises to survive, and nothing else: no disk is wiped or lies, unless the scenario says so, and
no clock is off by more than a lease allows for where there are leases. Reports say in a few lines what a seed drew, and a repro
file holds it, written out.`;

const MATRIX = `## Matrix

One scenario over several settings. A key of \`matrix\` is the path of a key of the scenario, as messages write it:
\`cluster.raft.preVote\`, \`script[0].within\`, \`network.links["n1 -> n2"].loss\`; a path leads only to list items that are
there. Its values take the place of what the scenario has at that path. The scenario runs with all combinations, at most 64:

\`\`\`yaml
name: crashes-in-small-and-large-clusters
cluster: { nodes: 3 }
network: { latency: 1ms..5ms }
matrix:
  cluster.nodes: [3, 5]
  cluster.raft: [{}, { preVote: true, checkQuorum: true }]
script:
  - until: { leaders: 1 }
  - crash: leader
  - until: { leaders: 1 }
\`\`\`

A value can be any YAML, so that options that go together stand in one mapping, as above. If one path leads into the value
at another, the longer path is set last.

Every combination is a scenario of its own: it runs with each seed, has its own line in reports, such as
\`split-vote [nodes=5 preVote=true]\`, and its own repro files. [What a run must show](#what-a-run-must-show) is judged for
each combination alone. Otherwise a fault that strikes in one of them would hide that the others test nothing.

When the file is loaded, each combination is checked; an error that only some have says so: \`(with cluster.nodes=3)\`.

\`--set\` of the command line does the same to any scenario, a bundled one too, with one value:

\`\`\`sh
whitewater run split-vote --set cluster.raft.preVote=true --set network.loss=2%
\`\`\`

Where the scenario has a matrix, \`--set\` of one of its paths narrows it to that value. \`--mutant E7\` is another way to
write \`--set cluster.mutant=E7\`. Results and repro files name all settings; in a repro file they are a matrix with one
combination. \`name\`, \`seed\`, \`checks\`, \`matrix\` and \`repro\` are no settings.`;

const MEMBERS = `## Members

The nodes of \`cluster.nodes\` vote. Learners receive the log and do not vote. Nodes on standby run, and are members once a
step has added them. \`network.nodes\`, \`disk.nodes\` and so on can name any of them.

\`\`\`yaml
cluster:
  nodes: 3
  learners: 1 # n4
  standby: [x]
  raft: { preVote: true, checkQuorum: true, reads: lease, snapshotEvery: 50, maxInflight: 8, sessionTimeout: 30s }
process: { apply: 1ms..5ms }
clients: { count: 2, perSession: 4 }
script:
  - promote: n4
  - add: x
    within: 5s
  - remove: n3
  - transfer: n2
  - snapshot: voters
  - reconfigure: { voters: [n1, n2, n3], learners: none }
    within: 5s
  - until: { configuration: { voters: [n1, n2, n3], joint: false, on: leader } }
\`\`\``;

const adminRequests = (): string => `## Admin requests

\`transfer\`, the changes of members, \`snapshot\` and \`forgetLeader\` are requests to a node, for most of them the leader. The
node carries the request out, or rejects it. Beside each of these steps:

${tableOf(adminModifiers)}

With \`expect: done\` the step waits for a leader and submits the request; it submits it again to a new leader, and after
an election timeout to a leader that has rejected or aborted it, until it is done:

| request | is done when |
|---|---|
| \`transfer: n3\` | n3 is the live leader of the highest term |
| \`add\`, \`promote\` | the leader knows it to be committed that the node votes, in a configuration that is not joint |
| \`addLearner\` | the same, for a learner (or a voter) |
| \`remove\` | the same, for a node that is not a member |
| \`reconfigure\` | the same, for these voters, and these learners if they are given; with \`leave: explicit\`, for a joint configuration |
| \`leaveJoint\` | the leader knows a configuration to be committed that is not joint |
| \`snapshot\` | the node has a newer snapshot than before, or one of everything it has applied |
| \`forgetLeader\` | the node has accepted |`;

const CLOCKS = `A node has two clocks, which read the same until a step changes one \`of\` them: the monotonic clock, by which its timers,
election timeouts, leader stickiness and leases go, and the wall clock, which gives entries their log time, by which sessions
expire. Without a \`sessionTimeout\` no node reads its wall clock.

\`\`\`yaml
- clock: { nodes: n1, drift: stopped }
  for: 2s
- clock: { nodes: followers, drift: -200ppm..200ppm }
- clock: { nodes: leader, jump: 1h, of: wall }
\`\`\`

A timer is set for a reading of the monotonic clock, and fires as soon as the clock reads that much or more:

- While the clock stands still or runs backwards, none of the node's timers fires. Once it goes on, they fire when it gets
  there: later by the time that it stood still, and later still by what it has to make up for after it ran backwards.
- A jump over the reading fires the timer, at once and once. A jump back postpones it by the length of the jump.
- A node that is paused or busy when its timer is due looks at the clock when it gets to it. If the clock has gone back
  meanwhile, the timer waits until the clock is there again.
- \`timeout\` fires the election timer whatever the clock reads.

A change lasts until the next one of the same clock, for the time that \`for\` gives, or until the cluster settles. When it
ends, the clock runs as planned. The wall clock is set to what is planned; the monotonic one only if that is ahead of all that
it has read since the node booted, or else to the highest of these readings: what the node has set or remembers by a reading
would otherwise wait for it a second time. A change strikes where a timer fires at another time for it, or where a node gets
another reading of its wall clock. A drift that is given as a range is drawn for each node each time; traces and reports
say what was drawn.`;

const EVENTS = `## Events

What \`on:\` waits for: the name of an event as traces show it (\`elected\`), or a mapping with the keys below. Any other
key is a field of the event; [invariants.md](invariants.md#trace-events) lists those of each kind, and what messages of each
type carry. A trigger fires once, or as often as \`times\` says:

\`\`\`yaml
- on: { event: crashed, node: voters }
  times: always
  as: old
  do:
    - after: 1s
      restart: $old
\`\`\`

What a field must be is written as

| written | means |
|---|---|
| \`type: AppendEntries\`, \`granted: true\`, \`index: 5\` | this value |
| \`type: [RequestVote, RequestPreVote]\` | one of these |
| \`index: 5..9\` | in this range, both ends included |
| \`entries: { min: 1 }\` | at least that; \`max\`: at most; \`not\`: anything else |
| \`term: leader\` | the term of the leader of the highest term, as it is at that moment; also under \`min\`, \`max\` and \`not\` |

\`\`\`yaml
- on: { event: sent, node: leader, type: AppendEntries, entries: { min: 1 }, count: 3 }
  do:
    - crash: leader
\`\`\`

What becomes of the operation of a client happens at \`node: c1\`: it is \`invoked\`; no reply comes in time (\`timer\`, with
\`timer: timeout\`); it is \`retried\`; a reply arrives (\`delivered\`, with \`type: Reply\` and its \`status\`); it is \`completed\`, with
its \`outcome\`, and what a \`get\` has \`read\`. Each has \`op\` (\`put\`, \`get\`, \`cas\`, \`append\`, \`delete\`), \`key\` and \`sequence\`:

\`\`\`yaml
- on: { event: completed, node: c1, op: put, key: k1, outcome: ok }
  do:
    - crash: leader
\`\`\``;

const CONDITIONS = `## Conditions

Several keys in one mapping must all hold. Nodes that are down satisfy nothing.

\`\`\`yaml
- until: { leader: { in: [n3, n4, n5] }, committed: { index: 7, on: majority } }
- until: { configuration: { voters: [n3, n4, n5], learners: none } }
- expect: { log: { max: 60, on: leader }, snapshot: { index: 50, on: leader }, committed: { max: 900, on: n3 } }
- until: { operations: { ok: { min: 10 }, op: [write, read], by: c1 } }
\`\`\``;

const EXPECTATIONS = `## Expectations

\`expect\` is a mapping, or a list of them; everything in it must hold when the run is over. Besides the keys below it
takes those of [conditions](#conditions).

\`\`\`yaml
expect:
  - mark: log-truncated
  - mark: { name: snapshot-installed, max: 0 }
  - converged: true
\`\`\`

What clients were told is stated by [\`operations\`](#operations) and [\`reads\`](#reads), at the end over the whole history of
the run (since the last \`count: reset\`, if there is one):

\`\`\`yaml
expect:
  - operations: { ok: 2, op: write, by: c1 } # both writes of c1 were acknowledged
  - operations: { unknown: 0 } # nothing ended without a reply
  - reads: { key: x, by: c2, values: [null, a, b] } # c2 read nothing, then a, then b, and never a again
  - value: { x: b, on: all }
\`\`\`

\`\`\`yaml
expect: { verdict: violation, invariant: I8 }
\`\`\`

\`anySeed\` and \`everySeed\` say of which runs of an invocation something is expected:

\`\`\`yaml
expect:
  - anySeed: { violation: I8 } # the bug shows with some seed; with the others the run must pass
  - anySeed: { mark: split-vote }
  - everySeed: { mark: leader-elected }
\`\`\`

A run that violates another invariant than the expected one says so: “expected a violation of I3, got I16”. To look past the
first that breaks, leave it out, with \`--except I16\` on the command line or in the scenario; the run then goes on as if
there were no such check, the result says which were left out, and a repro file records them:

\`\`\`yaml
checks: { except: [I16] }
\`\`\`

## What a run must show

A scenario that does less than it says has tested nothing. Which node leads is drawn, and so is much else; what follows is
therefore judged over all runs of an invocation together, of which one seed is one. The invocation ends with exit code 3, and
names step, line and number of runs, if

- a fault struck in no run: a cut that stopped no message, a pause that held up nothing, a loss of 1% that lost nothing, a
  change of a clock that changed nothing. One strike of a step is enough, however often it was executed.
- a step had nothing to do each time it was executed: \`resume\`, \`heal\`, \`release\` or a \`reset\` where there was nothing
  to end, \`transfer\` to the leader, \`add\` of a member, a step with \`otherwise: skip\` that was not possible.
- a step was never reached, such as a branch of \`if\` or \`maybe\`.
- none of the operations succeeded that clients issue by themselves.
- an expectation under \`anySeed\` was met in no run.

This is left out if a run failed, which explains it or matters more. With \`must: strike\`, a step asks that its fault
strikes in each run; a run in which it does not is unmet by itself. A run in which no leader was elected, nothing was asked
and no fault struck is unmet too, unless the scenario expects something.

\`\`\`yaml
- isolate: leader
  must: strike
- wait: 500ms
- heal: all
\`\`\``;

const ERRORS = `## Errors

Every mistake of a file is reported, in the order of the file, with the exit code 2:

\`\`\`
scenarios/split-vote.yaml:11:5  script[0].timeot: unknown action "timeot"; did you mean "timeout"?
  11 |   - timeot: [n1, n4]
     |     ^^^^^^
\`\`\`

Besides unknown words and values of the wrong kind, these are errors: a key given twice; several documents in one file;
unknown nodes, clients, marks, events, message types, invariants and mutants; a node in two groups of a partition; a
probability above 100%; an empty range; a \`$name\` that is not bound before; a word that has been [renamed](renamed.md); a script that cannot end within
\`limits.time\`; a step of the timeline beyond it; two actions in one step; a modifier that means nothing beside its
action; something that waits inside \`together\`; options of Raft that make no sense together; more than 1,000,000
repetitions, nested ones multiplied.

What cannot come about is an error as well: more leaders than nodes, a mark that needs a feature which is off or a step
which is not there, operations that no step and no load has, a disk to be restored of which there is no copy. What is valid but hardly meant is a **warning**, which \`lint\` and \`run\` print and which changes no exit
code: such a mark where the nodes have a known bug, a known bug that changes nothing because its feature is off, a change of wall
clocks that no node reads, what snapshots cost where nothing takes one, an unreadable disk that nothing reads, \`converged: true\` while clients write, \`partition: [n1, n2]\`, where each node is a side of its own.

\`whitewater lint --fix\` repairs in the files what needs no guess, says what, and keeps comments and layout: a key or a word
that differs in case, blanks, dashes or underscores, or that other tools use for one thing (\`put\`, \`kill\`, \`freeze\`); a
key that stands too far out or too far in (\`disk: { nodes: n1, full: true, for: 3s }\`), or that a step does not have
(\`crash: { nodes: n1, as: old }\`); \`yes\` and \`no\`, \`5 sec\`, \`"3"\` where \`true\` and \`false\`, \`5s\`, \`3\` belong; \`n1 => n2\`, \`n1, n2\`; \`wait: { leaders: 1 }\` for \`until\`, \`leader: any\` for \`leaders: 1\`; a value in place of a mapping with one obvious key (\`settle: 5s\`); renamed words. A unit that was left
out, a misspelling, a key beside a comment stay for you.

Of YAML, tags (\`!x\`) and merge keys (\`<<\`) are refused; anchors and aliases may be used. A file has at most 1 MB and is
nested at most 64 levels deep.`;

function topicSection(topic: Topic): string {
  const heading = `## ${topic.charAt(0).toUpperCase()}${topic.slice(1)}`;
  const forms = FORMS.filter((form) => form.topic === topic);
  const shared = sharedModifiers(forms);
  const sharing = forms.filter(({ modifiers }) => modifiers === shared).map(({ key }) => code(key));
  return [
    heading,
    ...(shared === null ? [] : [`Beside ${sharing.join(', ')}:\n\n${tableOf(shared)}`]),
    ...forms.map((form) => actionSection(form.modifiers === shared ? { ...form, modifiers: {} } : form)),
  ].join('\n\n');
}

/** The modifiers that several actions of a topic have in common, if they are not those of all admin requests. */
function sharedModifiers(forms: readonly ActionForm[]): Shape | null {
  const all = forms.map(({ modifiers }) => modifiers).filter((modifiers) => Object.keys(modifiers).length > 0);
  const twice = all.find((modifiers, place) => all.indexOf(modifiers) < place);
  return twice === undefined || twice === adminModifiers ? null : twice;
}

function actionSection({ key, about, example, value, modifiers }: ActionForm): string {
  const yaml = example
    .split('\n')
    .map((line, index) => `${index === 0 ? '- ' : '  '}${line}`)
    .join('\n');
  const inner = traitsOf(value).expected?.startsWith('a condition') ? null : mappingIn(value);
  return [
    `### \`${key}\``,
    about,
    `\`\`\`yaml\n${yaml}\n\`\`\``,
    ...(inner === null || key === 'wait' || key === 'on' ? [] : [tableOf(inner.shape)]),
    ...besideOf(key, modifiers),
  ].join('\n\n');
}

/** The modifiers of an action, where they are its own. */
function besideOf(action: string, modifiers: Shape): string[] {
  if (modifiers === adminModifiers) return ['Its `expect` is that of all [admin requests](#admin-requests).'];
  return Object.keys(modifiers).length === 0 ? [] : [`Beside \`${action}\`:\n\n${tableOf(modifiers)}`];
}

/** A section for each key whose value is a mapping with keys of its own. */
function sections(shape: Shape, prefix: string, without: readonly string[]): string[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const inner = without.includes(key) ? null : mappingIn(schema);
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (inner === null || isDistribution(schema)) return [];
    const { description } = explanationOf(schema);
    return [
      `### \`${path}\`\n\n${description}\n\n${tableOf(inner.shape)}`,
      ...sections(inner.shape, path, ['nodes', 'links']),
    ];
  });
}

function tableOf(shape: Readonly<Record<string, z.core.$ZodType | undefined>>): string {
  const isShared = (key: string): boolean => shape !== messageKeys && 'types' in shape && key in messageKeys;
  const rows = Object.entries(shape).map(([key, schema]) => {
    if (schema === undefined) return '';
    if (isShared(key)) return key === 'types' ? '| `types`, … | [Which messages](#messages). | all |' : null;
    const { description, standard, required } = explanationOf(schema);
    const fallback = required ? 'required' : standard === null ? '' : asCode(standard);
    return `| \`${key}\` | ${description} | ${fallback} |`;
  });
  return ['| key | meaning | default |', '|---|---|---|', ...rows.filter((row) => row !== null)].join('\n');
}

/** Values are shown as code, words that explain a default are not. */
function asCode(standard: string): string {
  return /^(?:[\d[{-].*|true|false|all|fifo|keep|verdict: pass)$/u.test(standard) &&
    !/, /u.test(standard.replace(/[[{].*[\]}]/u, ''))
    ? code(standard)
    : standard;
}

function code(word: string): string {
  return `\`${word}\``;
}

function explanationOf(schema: z.core.$ZodType): { description: string; standard: string | null; required: boolean } {
  if (schema instanceof z.ZodOptional) return { ...explanationOf(schema.def.innerType), required: false };
  const { description, standard } = (z.globalRegistry.get(schema) ?? {}) as { description?: string; standard?: string };
  return { description: description ?? '', standard: standard ?? null, required: true };
}

/** The mapping among the alternatives of a value, if it is one with keys of its own. */
function mappingIn(schema: z.core.$ZodType): z.ZodObject | null {
  if (schema instanceof z.ZodOptional) return mappingIn(schema.def.innerType);
  if (schema instanceof z.ZodObject) return schema;
  if (!(schema instanceof z.ZodUnion)) return null;
  return schema.options.map(mappingIn).find((one) => one !== null) ?? null;
}

function isDistribution(schema: z.core.$ZodType): boolean {
  return mappingIn(schema)?.shape['exponential'] !== undefined;
}

function ownExpectations(): Shape {
  const { verdict, invariant, mark, anySeed, everySeed } = (mappingIn(expectations)?.shape ?? {}) as Shape;
  return {
    ...(verdict && { verdict }),
    ...(invariant && { invariant }),
    ...(mark && { mark }),
    ...(anySeed && { anySeed }),
    ...(everySeed && { everySeed }),
  };
}

/** What the schemas themselves name as belonging to a later version. */
function laterWords(): readonly string[] {
  const shape = scenarioSchema.shape as Shape;
  const inner = Object.entries(shape).flatMap(([key, schema]) => {
    const mapping = mappingIn(schema);
    if (mapping === null) return [];
    const deeper = Object.entries(mapping.shape as Shape).flatMap(([name, member]) => {
      const below = mappingIn(member);
      return below === null ? [] : laterOf(below).map((word) => `${key}.${name}.${word}`);
    });
    return [...laterOf(mapping).map((word) => `${key}.${word}`), ...deeper];
  });
  return [...laterOf(scenarioSchema), ...inner];
}

function laterOf(schema: z.core.$ZodType): readonly string[] {
  return traitsOf(schema).later ?? [];
}
