import * as z from 'zod';
import { chaos } from './chaos.ts';
import { clients } from './clients.ts';
import { clock, cluster, disk, processes } from './cluster.ts';
import { matrix } from './matrix.ts';
import { network } from './network.ts';
import { checks, expectations, repro } from './outcome.ts';
import { either, key, list, mapping, needed } from './shapes.ts';
import { FORMS, STEPS } from '../actions/index.ts';
import { commonKeys } from './step-language.ts';
import { duration, name, seed, size, text, whole, word } from './values.ts';

/** The scenario language: keys, values, defaults and descriptions. Everything else is made from it. */
export const scenarioSchema = mapping(
  'a scenario: a mapping with at least "cluster"',
  {
    name: key(
      name('a name', 'split-vote'),
      'What it is called: letters, digits, `-` and `_`, the first a letter.',
      "the file's name",
    ),
    about: key(text, 'What it shows, in a sentence or two.'),
    source: key(text, 'Where it comes from: a paper, a bug report.'),
    tags: key(list('a list of words', text), 'Words that say what it is about; `list --json` shows them.', '[]'),
    seed: key(seed, 'The seed used when none is given on the command line.', 1),
    matrix: key(
      matrix,
      'Settings over which the scenario runs: lists of values, by the path of the key that has each. Every combination is a scenario of its own.',
      'none',
    ),
    cluster: needed(cluster, 'The nodes, and the Raft they run. With `chaos: swarm`, what is left out is drawn.'),
    network: key(network, 'The conditions of every link.', '1ms..10ms, no faults'),
    disk: key(disk, 'The disks.', 'fsync 500us..2ms'),
    clock: key(clock, "The nodes' clocks.", 'exact'),
    process: key(processes, 'How fast nodes work.', 'at once'),
    clients: key(clients, 'The clients: a count, or a mapping. Their load begins with the run.', 'none'),
    script: key(
      list('a list of steps', STEPS.scriptStep),
      'What happens, in order: each step waits for the one before.',
      '[]',
    ),
    timeline: key(
      list('a list of steps', STEPS.timelineStep),
      'What happens by the clock, whatever the script is doing: each step has an absolute `at`.',
      '[]',
    ),
    chaos: key(
      chaos,
      'What happens at random, drawn from the seed, whatever script and timeline are doing.',
      'nothing',
    ),
    settle: key(
      either('off, or a mapping like { within: 10s }', [
        word('off'),
        mapping('off, or a mapping like { within: 10s }', {
          within: needed(
            duration,
            'How long it may stand still. As long as it comes nearer to that, it may go on.',
            '10s',
          ),
        }),
      ]),
      'When script, timeline and chaos are over, cuts, clogs, loss and duplication end, disks, clocks and processes go as planned, and nodes that are down or paused come back. Then the cluster must show that it is live: one leader, equal logs, a reply for every client, a fresh write acknowledged. `off`: the run ends with the script.',
      '40 of the longest election timeouts, at least 10s',
    ),
    checks: key(checks, 'Which checks report.', 'all of them'),
    expect: key(expectations, 'What must hold at the end, after settling.', 'verdict: pass'),
    limits: key(
      mapping('a mapping like { time: 60s }', {
        time: key(duration, 'Virtual time.', '10m'),
        events: key(whole('a number of events', 1, 2_000_000_000), 'Number of events.', 10_000_000),
        steps: key(
          whole('a number of steps', 1, 2_000_000_000),
          'Number of steps executed, repetitions included. Where more than ten steps wait at once, or more than ten `on` steps are armed, ten looks of the others count as one step, and so do ten links to which a step does something.',
          1_000_000,
        ),
        memory: key(size, 'Memory that the run holds, estimated from what it keeps.', '750MB'),
      }),
      'Where a run ends as inconclusive.',
      '{ time: 10m, events: 10000000, steps: 1000000, memory: 750MB }',
    ),
    repro: key(repro, 'What a repro file says about its run; `replay` compares.'),
  },
  { elsewhere: placeOfStepWord },
);

/** Where the words of steps belong that stand at the top. */
function placeOfStepWord(word: string): string | null {
  if (Object.hasOwn(cluster.shape, word)) return null;
  if (FORMS.some((form) => form.key === word)) return 'it is the action of a step, in the list under "script"';
  const isModifier = ['script', 'timeline'].some((where) => Object.hasOwn(commonKeys(where as 'script'), word));
  if (!isModifier && !FORMS.some(({ modifiers }) => Object.hasOwn(modifiers, word))) return null;
  return 'it belongs to a step, indented like the action beside which it stands';
}

export type RawScenario = z.output<typeof scenarioSchema>;

/**
 * The language as JSON Schema (draft 7), for editors: a first line
 * `# yaml-language-server: $schema=…/scenario.schema.json` gives completion and checks while typing.
 */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(scenarioSchema, {
    io: 'input',
    target: 'draft-7',
    // A JSON Schema's `default` must be a value; ours may be words, which belong to the description.
    override: ({ jsonSchema: made }) => {
      const { standard } = made as { readonly standard?: string };
      if (standard === undefined) return;
      delete made['standard'];
      made.description = `${made.description ?? ''} Default: ${standard}.`;
    },
  });
  return { $schema, title: 'Whitewater scenario', ...onlySwarmsDraw(schema) };
}

/** A swarm may leave out the cluster, and the number of its nodes; the loader asks for them in every other scenario. */
function onlySwarmsDraw({ required: _, ...schema }: z.core.JSONSchema.BaseSchema): Readonly<Record<string, unknown>> {
  const properties = schema.properties as Readonly<Record<string, z.core.JSONSchema.BaseSchema>>;
  const { required: __, ...cluster } = properties['cluster']!;
  return { ...schema, properties: { ...properties, cluster } };
}

/** The contents of `scenario.schema.json`, which is also what `whitewater schema` prints. */
export function schemaFile(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}
