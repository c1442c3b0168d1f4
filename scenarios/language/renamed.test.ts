import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inScript, load, mistakes } from '../testing/load.ts';
import { VOCABULARY } from '../testing/examples.ts';
import { loadScenario } from './load.ts';
import { renameOldWords } from './rename-words.ts';
import { RENAMED, renamedPage, renamedTo } from './renamed.ts';
import type { ScenarioError } from './errors.ts';

const PAGE = new URL('../../docs/renamed.md', import.meta.url);

describe('an old word is refused, and the new one named', () => {
  test.each([
    ['- weather: { loss: 5% }', '4:5 script[0].weather: "weather" is now called "network"'],
    ['- slowProcess: { nodes: n1, service: 1ms }', '4:5 script[0].slowProcess: "slowProcess" is now called "process"'],
    ['- transfer: n1\n  expect: asked', '5:13 script[0].expect: "asked" is now called "submitted"'],
    ['- transfer: n1\n  expect: declined', '5:13 script[0].expect: "declined" is now called "rejected"'],
  ])('%s', (steps, mistake) => {
    expect(mistakes(inScript(steps))).toEqual([mistake]);
  });

  test('as a key of the cluster', () => {
    expect(mistakes('cluster: { nodes: 3, spares: 1 }')).toEqual([
      '1:22 cluster.spares: "spares" is now called "standby"',
    ]);
  });

  test('as the name of a mark, an event, or a field of an event', () => {
    const vocabulary = {
      ...VOCABULARY,
      marks: ['apply-lag'],
      events: ['admin-request'],
      fields: new Map([['admin-request', { request: 'text' } as const]]),
    };
    const steps =
      '- until: { mark: applied-late }\n- on: order\n  do: [ { wait: 1ms } ]\n' +
      '- on: { event: admin-request, order: add }\n  do: [ { wait: 1ms } ]';
    try {
      loadScenario(inScript(steps), 'a.yaml', vocabulary);
      expect.unreachable();
    } catch (error) {
      expect((error as ScenarioError).problems.map(({ message }) => message)).toEqual([
        '"applied-late" is now called "apply-lag"',
        '"order" is now called "admin-request"',
        '"order" is now called "request"',
      ]);
    }
  });

  test('but not a word that is still valid, nor where the new word is not', () => {
    expect(renamedTo('key', 'order', ['order', 'request'])).toBeNull();
    expect(renamedTo('key', 'order', ['from', 'to'])).toBeNull();
    expect(load(inScript('- release: all\n  order: fifo')).script).toHaveLength(1);
  });
});

describe('renameOldWords', () => {
  test('rewrites words where they have the old meaning, and keeps comments, quotes and layout', () => {
    const text = `# weather, spares and asked stay in comments
name: spares
cluster: { nodes: 3,   spares: [weather] }   # one more
script:
  - weather: { loss: 5% }
  - "slowProcess":   { nodes: n1, service: 1ms }
  - transfer: n2
    expect: 'asked'
  - write: { key: asked, value: declined }
  - release: all
    order: shuffled
  - repeat: 2
    do:
      - maybe: 50%
        do: [ { add: weather, expect: declined } ]
        else: [ { together: [ { weather: reset } ] } ]
  - on: { event: order, order: add }
    do: [ { wait: 1ms } ]
  - on: declined
    do: [ { wait: 1ms } ]
  - until: { mark: busy }
expect:
  - mark: { name: applied-late, min: 2 }
`;
    const { text: rewritten, changes } = renameOldWords(text);
    expect(rewritten).toBe(`# weather, spares and asked stay in comments
name: spares
cluster: { nodes: 3,   standby: [weather] }   # one more
script:
  - network: { loss: 5% }
  - "process":   { nodes: n1, service: 1ms }
  - transfer: n2
    expect: 'submitted'
  - write: { key: asked, value: declined }
  - release: all
    order: shuffled
  - repeat: 2
    do:
      - maybe: 50%
        do: [ { add: weather, expect: rejected } ]
        else: [ { together: [ { network: reset } ] } ]
  - on: { event: admin-request, request: add }
    do: [ { wait: 1ms } ]
  - on: admin-rejected
    do: [ { wait: 1ms } ]
  - until: { mark: request-rejected-busy }
expect:
  - mark: { name: apply-lag, min: 2 }
`);
    expect(changes.map(({ line, old }) => `${line} ${old}`)).toEqual([
      ...['3 spares', '5 weather', '6 slowProcess', '8 asked', '15 declined', '16 weather'],
      ...['17 order', '17 order', '19 declined', '21 busy', '23 applied-late'],
    ]);
    expect(renameOldWords(rewritten)).toEqual({ text: rewritten, changes: [] });
  });

  test('rewrites what an alias repeats once', () => {
    const text = 'cluster: { nodes: 1 }\nscript:\n  - &one { weather: reset }\n  - *one\n';
    expect(renameOldWords(text).text).toBe('cluster: { nodes: 1 }\nscript:\n  - &one { network: reset }\n  - *one\n');
  });

  test.each(['', '- weather: reset', 'script: [', 'a: &x [*x]'])('leaves %o alone', (text) => {
    expect(renameOldWords(text)).toEqual({ text, changes: [] });
  });
});

describe('the table', () => {
  test('says each word once in each place, and leads from no old word to another old one', () => {
    const places = RENAMED.map(({ kind, old, where = '' }) => `${kind} ${old} ${where}`);
    expect(new Set(places).size).toBe(places.length);
    for (const row of RENAMED) {
      const further = RENAMED.filter((one) => one.kind === row.kind && one.old === row.new);
      expect(further).toEqual([]);
    }
  });

  test('names exports of the package that exist, for those that do not any more', () => {
    const modules = ['index.ts', 'sim/protocol.ts'].map((file) =>
      readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
    );
    const isExported = (name: string): boolean => {
      const [root = ''] = name.split(/\W/u);
      return modules.some((text) => new RegExp(`^export [^;]*?\\b${root}\\b`, 'mu').test(text));
    };
    const code = RENAMED.filter(({ kind }) => kind === 'code');
    expect(code.filter((row) => !isExported(row.new))).toEqual([]);
    expect(code.filter((row) => /^\w+$/u.test(row.old) && isExported(row.old))).toEqual([]);
  });

  test('is what docs/renamed.md shows', () => {
    if (process.env['WHITEWATER_UPDATE'] === '1') writeFileSync(PAGE, renamedPage());
    expect(readFileSync(PAGE, 'utf8')).toBe(renamedPage());
  });
});
