import { describe, expect, test } from 'vitest';
import { formatProblem, ScenarioError } from './errors.ts';
import { SPLIT_VOTE, VOCABULARY } from '../testing/examples.ts';
import { loadScenario } from './load.ts';
import { inScript, load, mistakes } from '../testing/load.ts';

/** How an unknown key at the top is answered. */
const TOP_KEYS =
  '; expected one of name, about, source, tags, seed, matrix, cluster, network, disk, clock, process, clients, script, timeline, chaos, settle, checks, expect, limits, repro';

describe('what is not', () => {
  test('a problem is shown with its line and a caret under it', () => {
    const text = SPLIT_VOTE.replace('timeout:', 'timeot:').replace(
      'source: "The Secret Lives of Data, leader election: split vote"\n',
      '',
    );
    const error = thrown(() => loadScenario(text, 'scenarios/election/split-vote.yaml', VOCABULARY));
    expect(error.code).toBe('scenario-invalid');
    expect(error.problems.map(formatProblem)).toEqual([
      [
        'scenarios/election/split-vote.yaml:11:5  script[0].timeot: unknown action "timeot"; did you mean "timeout"?',
        '  11 |   - timeot: [n1, n4]',
        '     |     ^^^^^^',
      ].join('\n'),
    ]);
    expect(error.message).toBe(error.problems.map(formatProblem).join('\n'));
  });

  test('everything a later version will have is refused as such', () => {
    expect(mistakes(inScript('- until: { verdict: pass }'))).toEqual([
      '4:14 script[0].until.verdict: not supported yet: "verdict" is for a later version of the language',
    ]);
  });

  test.each([
    [
      'crsh: { every: 1s }',
      ['chaos.crsh: unknown fault "crsh" (a process of a name of your own needs "do"); did you mean "crash"?'],
    ],
    [
      'crash: { at: elected, every: 1s }',
      ['chaos.crash: "every" beside "at"; expected either every: 1s..3s, or at: elected'],
    ],
    ['pause: {}', ['chaos.pause: nothing says when it strikes; expected either every: 1s..3s, or at: elected']],
    ['pause: { evry: 1s }', ['chaos.pause.evry: unknown key "evry"; did you mean "every"?']],
    ['isolate: { every: 1s, on: n9 }', ['chaos.isolate.on: unknown node "n9"; the nodes are n1, n2, n3']],
    [
      'transfer: { every: 1s, for: 2s }',
      ['chaos.transfer.for: this means nothing: what it does is over at once, or ends by itself'],
    ],
    [
      'own: { every: 1s, on: n1, do: [{ crash: n2 }] }',
      ['chaos.own.on: this means nothing for steps, which name their nodes themselves'],
    ],
    [
      'own: { every: 1s, do: [{ crash: leader, otherwise: skip }] }',
      ['chaos.own.do[0].otherwise: "otherwise" means nothing here: what chaos cannot do at once is skipped'],
    ],
    [
      'own: { every: 1s, do: [{ wait: 1s }] }',
      ['chaos.own.do[0].wait: "wait" controls the script; chaos has no such steps'],
    ],
    ['own: { every: 1s, do: [{ crash: n7 }] }', ['chaos.own.do[0].crash: unknown node "n7"; the nodes are n1, n2, n3']],
    [
      'own: { every: 1s, do: [{ drop: message }] }',
      [
        'chaos.own.do[0].drop: this means the message that fired the steps of an `on: sent`, and here there is none; say which: links, types, …',
      ],
    ],
    ['loss: { every: 1s, start: 9s, stop: 8s }', ['chaos.loss.start: it ends at 8s, before it begins']],
    ['loss: { every: 1s, stop: 30s }', ['chaos.loss.stop: 30s is after chaos.stop, 10s']],
    ['every: 3s', ['chaos.every: "every" belongs to a process, which has a name: crash: { every: … }']],
    ['burst: 3s', ['chaos.burst: expected a process like { every: 1s..3s }, got "3s"']],
    ['loss: { every: 1s }, stop: 1h', ['chaos.stop: 3600s is beyond limits.time, 600s']],
  ])('chaos: %s', (written, expected) => {
    const found = mistakes(`cluster: { nodes: 3 }\nchaos: { ${written} }`);
    expect(found.map((one) => one.replace(/^\d+:\d+ /u, ''))).toEqual(expected);
  });

  test.each([
    ['nodes: 3', '1:1 nodes: unknown key "nodes"; it belongs under "cluster"'],
    ['cluster: { nodes: 3 }\nloss: 5%', '2:1 loss: unknown key "loss"; it belongs under "network"'],
    [
      'cluster: { nodes: 3 }\nscript:\n  - isolate: n1\nfor: 2s',
      '4:1 for: unknown key "for"; it belongs to a step, indented like the action beside which it stands',
    ],
    [
      'cluster: { nodes: 3 }\ncrash: n1',
      '2:1 crash: unknown key "crash"; it is the action of a step, in the list under "script"',
    ],
    ['cluster: { nodes: 3, preVote: true }', '1:22 cluster.preVote: unknown key "preVote"; it belongs under "raft"'],
    [
      'cluster: { nodes: 3 }\ndisk: { full: true }',
      '2:9 disk.full: unknown key "full"; a step does that, like "- disk: { nodes: n1, full: true }"',
    ],
    [
      'cluster: { nodes: 3 }\ndisk: { reorder: true }',
      '2:9 disk.reorder: unknown key "reorder"; a step does that, like "- crash: n1" with "disk: reorder"',
    ],
  ])('a key one level too far out is told where it belongs: %s', (text, expected) => {
    expect(mistakes(text)[0]).toBe(expected);
  });

  test.each([
    [
      'disk: { nodes: n1, full: true, for: 10s }',
      '3:36 script[0].disk.for: unknown key "for"; it belongs one level further out, beside "disk"',
    ],
    [
      'crash: { nodes: leader, as: old, disk: tear }',
      '3:12 script[0].crash: expected a node, a word like leader, or a list of them, got a mapping; did you mean crash: leader, with "as", "disk" beside it?',
    ],
    [
      'upgrade: { nodes: n1, preVote: true }',
      '3:14 script[0].upgrade: expected a node, a word like leader, or a list of them, got a mapping; did you mean upgrade: n1?',
    ],
    [
      'if: { leaders: 1, then: [{ crash: leader }] }',
      '3:23 script[0].if.then: unknown key "then"; did you mean "do", one level further out, beside "if"?',
    ],
    [
      'on: { event: elected, do: [{ crash: leader }] }',
      '3:27 script[0].on.do: unknown key "do"; it belongs one level further out, beside "on"',
    ],
    [
      'disk: { nodes: n1, full: true, at: 2s }',
      '3:36 script[0].disk.at: unknown key "at"; "at" belongs to the timeline; in a script, "after" makes a pause before a step',
    ],
    [
      'transfer: { to: n2, for: 2s }',
      '3:15 script[0].transfer: expected a node, a word like leader, or a list of them, got a mapping; did you mean transfer: n2?',
    ],
  ])('a key of a step one level too far in is told where it belongs: %s', (step, expected) => {
    expect(mistakes(`cluster: { nodes: 3 }\nscript:\n  - ${step}\n`)).toEqual([expected]);
  });

  test.each([
    ['wait: { leaders: 1 }', '3:5 script[0].wait: "wait" takes a duration like 2s; "until" waits for a condition'],
    ['wait: { mark: split-vote, within: 2s }', '3:5 script[0].wait: "wait" takes a duration like 2s; "until" waits'],
    [
      'wait: leader',
      '3:5 script[0].wait: "wait" takes a duration like 2s; "until" waits for a condition: until: { leaders: 1 }',
    ],
    [
      'wait: until converged',
      '3:5 script[0].wait: "wait" takes a duration like 2s; "until" waits for a condition: until: { converged: true }',
    ],
    ['wait: { for: 3s }', '3:5 script[0].wait: "wait" takes the duration itself: wait: 3s'],
    ['until: 3s', '3:5 script[0].until: "until" waits for a condition; "wait" takes a duration'],
    ...['any', 'true', 'some', 'elected'].map((word) => [
      `until: { leader: ${word} }`,
      '3:22 script[0].until.leader: expected a node, none, or { in: [n1, n2] }; for any leader write leaders: 1',
    ]),
    ['until: { hasLeader: true }', '3:14 script[0].until.hasLeader: unknown key "hasLeader"; did you mean "leaders"?'],
  ])('what waits for a leader is said where something else is written: %s', (step, expected) => {
    expect(mistakes(`cluster: { nodes: 3 }\nscript:\n  - ${step}\n`)).toEqual([expect.stringContaining(expected)]);
  });

  test('a node may have the name of such a word, and a timeline has no wait', () => {
    expect(mistakes('cluster: { nodes: [one, some] }\nscript: [{ until: { leader: some } }]')).toEqual([]);
    expect(mistakes('cluster: { nodes: 3 }\ntimeline: [{ at: 1s, wait: { leaders: 1 } }]')).toEqual([
      '2:22 timeline[0].wait: "wait" controls the script; the timeline has no such steps',
    ]);
  });

  test.each([
    [
      'cluster: { nodes: 3, network: { loss: 5% } }',
      '1:22 cluster.network: unknown key "network"; it belongs one level further out, beside "cluster"',
    ],
    [
      'cluster: { nodes: 3, raft: { preVote: true, clients: 3 } }',
      '1:45 cluster.raft.clients: unknown key "clients"; it belongs two levels further out, beside "cluster"',
    ],
    [
      'cluster: { raft: { nodes: 3, preVote: true } }',
      '1:27 cluster.raft.nodes: expected options by node like { n1: { preVote: false } }, got 3; "nodes" belongs one level further out, beside "raft"',
    ],
    [
      'cluster: { nodes: 3, disk: { fsync: 2ms } }',
      '1:22 cluster.disk: unknown key "disk"; did you mean "disks"? "disk" itself belongs one level further out',
    ],
  ])('a key of the plan too far in is told where it belongs: %s', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  test.each([
    [
      'corrupt: vote, index: 3',
      '4:39 script[0].disk.index: only an entry has an index; expected it beside corrupt: entry',
    ],
    ['corrupt: log', '4:33 script[0].disk.corrupt: expected one of entry, vote, snapshot, got "log"'],
    ['fails: -1', '4:31 script[0].disk.fails: expected a number of writes like 1, got -1; the least is 0'],
  ])('what a disk cannot suffer is refused: %s', (fault, expected) => {
    expect(mistakes(inScript(`- disk: { nodes: n1, ${fault} }`))).toEqual([expected]);
  });

  test('one mistake in the syntax is one message', () => {
    expect(mistakes('cluster:\n  {\n    nodes: 3 }\nscript:\n  - crash: n1\n   wait: 1s\n')).toHaveLength(1);
  });

  test('all mistakes are reported, each once, in the order of the file', () => {
    const text = [
      'cluster: { nodes: 3, raft: { electionTimout: 1s } }',
      'network: { latency: 150, loss: 101% }',
      'script:',
      '  - crash: n9',
      '  - wait: soon',
      '    wihtin: 5s',
      '  - until: { leeder: n1 }',
    ].join('\n');
    expect(mistakes(text)).toEqual([
      '1:30 cluster.raft.electionTimout: unknown key "electionTimout"; did you mean "electionTimeout"?',
      '2:21 network.latency: expected a duration like 150ms, a range like 1ms..10ms, or a distribution, got 150; did you mean 150ms?',
      '2:32 network.loss: a probability of 101% is more than 100%',
      '4:12 script[0].crash: unknown node "n9"; the nodes are n1, n2, n3',
      '5:11 script[1].wait: expected a duration like 150ms, a range like 1ms..10ms, or a distribution, got "soon"',
      '6:5 script[1].wihtin: unknown key "wihtin"; expected one of wait, after, label, draws',
      '7:14 script[2].until.leeder: unknown key "leeder"; did you mean "leader"?',
    ]);
  });

  test('mistakes of YAML do not hide those of the language', () => {
    const text =
      'cluster: { nodes: 3 }\nseed: 1\nseed: 2\ntags: !x [a]\nabout: *gone\nscript: [{ crsh: n1 }, *gone, { crash: *gone }]\n';
    expect(mistakes(text)).toEqual([
      '3:1 seed: "seed" is given twice; the first is on line 2',
      '4:7 tags: YAML tags such as "!x" have no meaning in a scenario',
      '5:8 about: no anchor "&gone" is complete before this alias',
      '6:12 script[0].crsh: unknown action "crsh"; did you mean "crash"?',
      '6:24 script[1]: no anchor "&gone" is complete before this alias',
      '6:40 script[2].crash: no anchor "&gone" is complete before this alias',
    ]);
  });

  test('what only follows from another mistake is not reported', () => {
    const wrongCluster =
      'cluster: { nodes: x }\nclients: many\nscript:\n  - crash: n1\n  - write: { key: x, value: 1, by: c1 }\n';
    expect(mistakes(wrongCluster).map((each) => each.split(' ')[1])).toEqual(['cluster.nodes:', 'clients:']);
    expect(mistakes(inScript('- write: { key: x, valu: 1 }'))).toEqual([
      '4:22 script[0].write.valu: unknown key "valu"; did you mean "value"?',
    ]);
    expect(mistakes(`cluster: { nodes: 3 }\nlimits: { time: 5 }\nscript: [{ wait: 1s }]`)).toHaveLength(1);
  });

  test('a value is at most a megabyte long', () => {
    const load = (size: string): string =>
      `cluster: { nodes: 1 }\nclients: { count: 1, ops: { put: 1 }, valueSize: ${size} }`;
    expect(mistakes(load('1MB'))).toEqual([]);
    expect(mistakes(load('537MB'))).toEqual([
      '2:50 clients.valueSize: expected a size like 5kB, got "537MB"; the most is 1MB',
    ]);
  });

  test.each<[string, string]>([
    ['', '1:1 : the file is empty; expected a mapping with at least "cluster"'],
    ['# later', '1:1 : the file is empty; expected a mapping with at least "cluster"'],
    ['- a', '1:1 : expected a scenario: a mapping with at least "cluster", got a list'],
    ['name: x', '1:1 : "cluster" is missing: expected a mapping like { nodes: 3 }'],
    ['cluster: 3', '1:10 cluster: expected a mapping like { nodes: 3 }, got 3; did you mean { nodes: 3 }?'],
    ['cluster:', '1:1 cluster: expected a mapping like { nodes: 3 }, got nothing'],
    [
      'cluster: { nodes: 0 }',
      '1:19 cluster.nodes: expected a number of nodes or a list of names, got 0; the least is 1',
    ],
    ['cluster: { nodes: 1e3 }', '1:19 cluster.nodes: expected a number of nodes or a list of names, got 1e3'],
    ['cluster: { nodes: [a, a] }', '1:23 cluster.nodes[1]: "a" names two nodes'],
    ['cluster: { nodes: [any] }', '1:20 cluster.nodes[0]: "any" cannot be a name: it means something in selectors'],
    ['cluster: { nodes: 3 }\ncluster: { nodes: 5 }', '2:1 cluster: "cluster" is given twice; the first is on line 1'],
    ['cluster: { nodes: 3 }\n---\na: 1', '3:1 : a second document begins here; expected one scenario in a file'],
    ['cluster: { nodes: 3, mutant: e8 }', '1:30 cluster.mutant: unknown mutant "e8"; did you mean "E8"?'],
    [
      'cluster: { nodes: 3 }\nseed: 9007199254740993',
      '2:7 seed: the seed 9007199254740993 is not exact as a number; quote it: "9007199254740993"',
    ],
    [
      'cluster: { nodes: 3 }\nsettle: 5s',
      '2:9 settle: expected off, or a mapping like { within: 10s }, got "5s"; did you mean { within: 5s }?',
    ],
    [
      'cluster: { nodes: 3, disks: { n1: { log: [2, 1] } } }',
      '1:46 cluster.disks.n1.log[1]: terms in a log never decrease: 1 after 2',
    ],
    [
      'cluster: { nodes: 3, disks: { n1: { term: 1, log: [2] } } }',
      '1:43 cluster.disks.n1.term: term 1 is less than that of the last entry, 2',
    ],
    [
      'cluster: { nodes: 3, raft: { electionTimeout: 3s..1s } }',
      '1:47 cluster.raft.electionTimeout: the range 3s..1s is empty; did you mean 1s..3s?',
    ],
    [
      'cluster: { nodes: 3 }\nnetwork: { links: { n1 -> n4: { loss: 1% } } }',
      '2:21 network.links["n1 -> n4"]: unknown node "n4"; the nodes are n1, n2, n3',
    ],
    [
      'cluster: { nodes: 3 }\nnetwork: { latency: { choice: { 50%: 1ms } } }',
      '2:31 network.latency.choice: the probabilities of the alternatives sum up to 50%, not to 100%',
    ],
    [
      'cluster: { nodes: 3 }\ndisk: { tear: true, loseUnsynced: false }',
      '2:15 disk.tear: a torn write is one that was lost; "tear: true" goes with "loseUnsynced: true", not false',
    ],
    [
      'cluster: { nodes: 3 }\nclients: { count: 1, think: 1ms, rate: 1/s }',
      '2:34 clients.rate: "think" is for a closed loop, "rate" for an open one; expected only one of them',
    ],
    [
      'cluster: { nodes: 3 }\nclients: { count: 1, ops: none, keys: 1 }',
      '2:33 clients.keys: "keys" has no effect beside "ops: none"',
    ],
    [
      'cluster: { nodes: 3 }\nexpect: { invariant: I1 }',
      '2:11 expect.invariant: "invariant" goes with "verdict: violation"',
    ],
    [
      'cluster: { nodes: 3 }\nexpect: [{ verdict: pass }, { verdict: violation }]',
      '2:29 expect[1]: the verdict is given twice; expected one entry with "verdict"',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 11m, crash: n1 }]',
      '2:18 timeline[0].at: 660s is beyond limits.time, 600s',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ crash: n1 }]',
      '2:12 timeline[0]: "at" is missing: expected a duration like 150ms',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, until: { leaders: 1 } }]',
      '2:22 timeline[0].until: "until" controls the script; the timeline has no such steps',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, wait: 1s }]',
      '2:22 timeline[0].wait: "wait" controls the script; the timeline has no such steps',
    ],
    [
      'cluster: { nodes: 3 }\ntimeline: [{ at: 1s, after: 1s, crash: n1 }]',
      '2:22 timeline[0].after: "after" belongs to the script; in the timeline, "at" says when',
    ],
    ['cluster: !x { nodes: 3 }', '1:10 cluster: YAML tags such as "!x" have no meaning in a scenario'],
    ['cluster: { nodes: 3 }\n<<: { seed: 1 }', '2:1 ["<<"]: merge keys ("<<") are not part of the language'],
    ['cluster: { nodes: 3 }\nname: "\\e[2J"', '2:7 name: the escape for U+001B, which no text of a scenario may hold'],
    ['__proto__: 1\ncluster: { nodes: 3 }', `1:1 __proto__: unknown key "__proto__"${TOP_KEYS}`],
    ['cluster: { nodes: 3 }\nconstructor: 1', `2:1 constructor: unknown key "constructor"${TOP_KEYS}`],
  ])('%j', (text, expected) => {
    expect(mistakes(text)).toEqual([expected]);
  });

  test.each<[string, string | string[]]>([
    ['- {}', '4:5 script[0]: no action; expected one, such as crash or wait, beside nothing'],
    ['- after: 1s', '4:5 script[0]: no action; expected one, such as crash or wait, beside after'],
    ['- put: { key: x, value: 1 }', '4:5 script[0].put: unknown action "put"; did you mean "write"?'],
    [
      '- stop: n1',
      '4:5 script[0].stop: unknown action "stop"; "crash" ends a process, "pause" has it stand still until "resume"',
    ],
    [
      '- drop: { types: AppendEntries }\n  count: 3',
      '5:5 script[0].count: "count" belongs inside the value of "drop": drop: { count: … }',
    ],
    [
      '- network: { loss: 5% }\n  links: n1 -> n2',
      '5:5 script[0].links: "links" belongs inside the value of "network": network: { links: … }',
    ],
    ['- kill: n1', '4:5 script[0].kill: unknown action "kill"; did you mean "crash"?'],
    ['- crash: n1\n  restart: n1', '5:5 script[0].restart: a second action "restart" beside "crash"; a step has one'],
    [
      '- partition: [n1, others]\n  disk: tear',
      '5:5 script[0].disk: a second action "disk" beside "partition"; a step has one ("disk" as a modifier goes with crash)',
    ],
    [
      '- crash: n1\n  clients: { c1: n1 }',
      '5:5 script[0].clients: "clients" does not go with "crash"; it goes with partition',
    ],
    ['- wait: 1s\n  within: 2s', '5:5 script[0].within: "within" has nothing to wait for beside "wait"'],
    ['- wait: 1s\n  as: x', '5:5 script[0].as: "as" has nothing to remember: "wait" chooses no nodes'],
    ['- heal: all\n  as: x', '5:5 script[0].as: "as" has nothing to remember: this "heal" chooses no nodes'],
    [
      '- crash: n1\n  at: 1s',
      '5:5 script[0].at: "at" belongs to the timeline; in a script, "after" makes a pause before a step',
    ],
    [
      '- crash: n1, n2',
      '4:12 script[0].crash: expected a node, a word like leader, or a list of them, got "n1, n2"; did you mean [n1, n2]?',
    ],
    ['- crash: Leader', '4:12 script[0].crash: unknown node "Leader"; did you mean "leader"?'],
    ['- crash: c1', '4:12 script[0].crash: c1 is a client; expected a node'],
    ['- crash: any 4', '4:12 script[0].crash: any 4: the cluster has only 3 nodes'],
    [
      '- crash: others',
      '4:12 script[0].crash: "others" means those the other groups of the same step leave; here there are no other groups',
    ],
    ['- crash: $old', '4:12 script[0].crash: $old is never bound; bind it with "as: old" on an earlier step'],
    [
      '- crash: $old\n- crash: n1\n  as: old',
      '4:12 script[0].crash: $old is used before it is bound; a step with "as: old" must come first',
    ],
    [
      '- crash: n1\n  as: older\n- restart: $oldr',
      '6:14 script[1].restart: $oldr is never bound; did you mean "$older"?',
    ],
    ['- elect: followers', '4:12 script[0].elect: expected a single node here; "any" draws one'],
    ['- partition: [[n1, n2], [n2, n3]]', '4:28 script[0].partition[1][0]: "n2" is in two places: group 1 and group 2'],
    ['- partition: [[n1, n1], [n3]]', '4:22 script[0].partition[0][1]: "n1" is listed twice'],
    [
      '- partition: [n1]',
      '4:16 script[0].partition: expected a list of at least two groups like [[n1, n2], [others]], got a list of 1',
    ],
    [
      '- partition: [n1, others]\n  clients: { c3: n1 }',
      '5:16 script[0].clients.c3: unknown client "c3"; the clients are c1 to c2',
    ],
    [
      '- cut: n1 => n2',
      '4:10 script[0].cut: expected a link like n1 -> n2, a list of links, or a mapping with links and types, got "n1 => n2"; did you mean n1 -> n2?',
    ],
    ['- read: { key: x }\n  expect: { value: [a, b, a] }', '5:29 script[0].expect.value[2]: "a" is listed twice'],
    [
      '- read: { key: x }\n  expect: { value: [] }',
      '5:22 script[0].expect.value: expected a value, or a list of those that are acceptable, like [a, b], got an empty list',
    ],
    [
      '- read: { key: x }\n  expect: { value: [[a]] }',
      '5:23 script[0].expect.value[0]: expected a value, or null for none, got a list',
    ],
    ['- until: { value: ac }', '4:21 script[0].until.value: expected values by key like { x: 8, on: all }, got "ac"'],
    [
      '- on: [elected]\n  do: [ { wait: 1ms } ]',
      '4:9 script[0].on: expected an event like elected, or a mapping like { event: vote-granted, node: n3 }, got a list',
    ],
    ['- heal: [n1, n1 -> n2]', '4:11 script[0].heal: links and nodes in one list; expected one kind only'],
    [
      '- network: { loss: 5%, reset: true }',
      '4:26 script[0].network.reset: "reset" returns to the plan; other changes need a step of their own',
    ],
    ['- clock: { nodes: n1 }', '4:12 script[0].clock: nothing to change: expected one of offset, drift, jump'],
    ['- write: { key: x, value: 1, by: n1 }', '4:36 script[0].write.by: n1 is a node; expected a client'],
    [
      '- load: start',
      '4:11 script[0].load: the clients have "ops: none", so there is no load to start; say which, such as load: { ops: { put: 1 } }',
    ],
    [
      '- until: {}',
      '4:12 script[0].until: an empty mapping; expected one of leaders, leader, role, term, committed, applied, value, configuration, log, snapshot, converged, connected, mark, sent, operations, reads',
    ],
    ['- until: { mark: split-vot }', '4:20 script[0].until.mark: unknown mark "split-vot"; did you mean "split-vote"?'],
    [
      '- until: { sent: { type: RequestVotes, max: 1 } }',
      '4:28 script[0].until.sent.type: unknown message type "RequestVotes"; did you mean "RequestVote"?',
    ],
    [
      '- until: { term: { min: 3, max: 2 } }',
      '4:35 script[0].until.term.max: the range is empty: max 2 is less than min 3',
    ],
    [
      '- maybe: 0.5\n  do: [{ crash: n1 }]',
      '4:12 script[0].maybe: expected a probability like 5%, got 0.5; did you mean 50%?',
    ],
    ['- maybe: 50%\n  then: [{ crash: n1 }]', '5:5 script[0].then: unknown key "then"; did you mean "do"?'],
    ['- repeat: 9', '4:5 script[0]: "do" is missing: expected a list of at least one step'],
    [
      '- repeat: 1000000\n  do: [{ repeat: 2, do: [{ count: reset }] }]',
      '4:5 script[0]: repeats inside repeats: 2000000 times in all; the most is 1000000',
    ],
    [
      '- together: [{ wait: 3s }]',
      '4:16 script[0].together[0]: "wait" waits inside "together", where all steps happen at one instant',
    ],
    [
      '- together: [{ maybe: 50%, do: [{ elect: n1 }] }]',
      '4:34 script[0].together[0].do: a wait inside "together", where all steps happen at one instant',
    ],
    ['- on: electd\n  do: [{ crash: n1 }]', '4:9 script[0].on: unknown event "electd"; did you mean "elected"?'],
    [
      '- on: { event: sent, nod: n1 }\n  do: [{ crash: n1 }]',
      '4:24 script[0].on.nod: unknown field "nod"; did you mean "node"?',
    ],
    [
      '- wait: 6m\n- wait: 4m..9m\n- after: 1us\n  crash: n1',
      '6:5 script[2]: up to here the script waits at least 600.000001s; limits.time is 600s',
    ],
    [
      '- repeat: 100\n  do: [{ wait: 7s }]',
      '4:5 script[0]: up to here the script waits at least 700s; limits.time is 600s',
    ],
  ])('%j', (steps, expected) => {
    expect(mistakes(inScript(steps))).toEqual([expected].flat());
  });

  test('`within` limits a wait and is not a wait, so it does not count against the limit', () => {
    expect(mistakes(inScript('- until: { leaders: 1 }\n  within: 1h'))).toEqual([]);
  });

  test('a name may be used in a trigger before the step that binds it, which comes first when it runs', () => {
    expect(mistakes(inScript('- on: elected\n  do: [{ crash: $x }]\n- pause: n1\n  as: x'))).toEqual([]);
  });

  test('a thousand mistakes are counted, and a hundred reported', () => {
    const { problems } = thrown(() =>
      load(`cluster: { nodes: 3 }\n${Array.from({ length: 1_500 }, (_, i) => `x${i}: 1\n`).join('')}`),
    );
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)?.message).toBe('… and 1400 more');
  });
});

function thrown(act: () => unknown): ScenarioError {
  try {
    act();
  } catch (error) {
    if (error instanceof ScenarioError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
