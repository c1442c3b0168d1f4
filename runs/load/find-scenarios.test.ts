import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledScenarios } from './bundled.ts';
import { findArguments } from './find-scenarios.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'whitewater-find-'));
  mkdirSync(join(folder, 'mine/deep'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  for (const file of ['mine/a.yaml', 'mine/deep/b.yml', 'alone.yaml', 'mine/notes.txt']) {
    writeFileSync(join(folder, file), 'cluster: { nodes: 1 }\n');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const find = (...args: readonly string[]) => {
  const { files, problems, unknown } = findArguments(args, folder, (name) =>
    name === 'a-former-name' || name === 'clocks/a-former-clock' ? 'scheduled-faults' : null,
  );
  const shown = files.map((file) => file.shown.replace(`${folder}/`, ''));
  return { files, shown, problems: problems.map(({ file, message }) => `${file}: ${message}`), unknown };
};

describe('an argument', () => {
  it('can be a file, or a folder, whose parent folder is the topic', () => {
    const { files, shown } = find('alone.yaml', 'mine');
    expect(shown).toEqual(['alone.yaml', 'mine/a.yaml', 'mine/deep/b.yml']);
    expect(files.slice(1).map(({ topic, isBundled }) => [topic, isBundled])).toEqual([
      ['mine', false],
      ['deep', false],
    ]);
  });

  it('can be a topic or the name of a bundled scenario, and a file is listed once', () => {
    const [one] = bundledScenarios();
    const { files } = find(one!.name, one!.topic, `${one!.topic}/${one!.name}`);
    expect(files[0]).toEqual({
      path: one!.path,
      shown: `${one!.name} (bundled)`,
      argument: one!.name,
      topic: one!.topic,
      isBundled: true,
    });
    expect(files.length).toBe(bundledScenarios().filter(({ topic }) => topic === one!.topic).length);
  });

  it('can mean a file that another argument means by another path or name: the first counts', () => {
    const [one] = bundledScenarios();
    expect(find('./mine/a.yaml', 'mine', 'mine/../mine/a.yaml', join(folder, 'mine/a.yaml')).shown).toEqual([
      'mine/a.yaml',
      'mine/deep/b.yml',
    ]);
    expect(find(one!.name, one!.path).files.map(({ shown }) => shown)).toEqual([`${one!.name} (bundled)`]);
  });

  it('that names a missing file is a problem, with the nearest file of that folder', () => {
    expect(find('mine/aa.yaml', 'nowhere/a.yaml', 'empty').problems).toEqual([
      'mine/aa.yaml: no such file or directory; did you mean "a.yaml"?',
      'nowhere/a.yaml: no such file or directory',
      expect.stringMatching(/\/empty: no scenarios here/u),
    ]);
  });

  it('that means nothing is reported with the nearest path, topic or scenario', () => {
    expect(find('mien', 'splitvote', 'quux').unknown).toEqual([
      'there is no file, folder, topic or bundled scenario "mien"; did you mean "mine"?',
      'there is no file, folder, topic or bundled scenario "splitvote"; did you mean "split-vote"?',
      expect.stringMatching(/"quux"; the topics are [a-z, -]+, and "whitewater list" names the scenarios$/u),
    ]);
  });

  it('that is an earlier name of a bundled scenario is refused with the present one', () => {
    expect(
      find('a-former-name', 'scenarios/library/crashes/a-former-name.yaml', 'clocks/a-former-clock').unknown,
    ).toEqual([
      'the bundled scenario "a-former-name" is now called "scheduled-faults"',
      'the bundled scenario "scenarios/library/crashes/a-former-name.yaml" is now called "scheduled-faults"',
      'the bundled scenario "clocks/a-former-clock" is now called "scheduled-faults"',
    ]);
  });
});
