import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { command } from './command.ts';

it('a command can be copied into a shell, whatever its words hold', () => {
  expect(command('replay', 'out/split-vote-8841.yaml')).toBe('whitewater replay out/split-vote-8841.yaml');
  const words = ["it's", 'two words', '$HOME', '`x`', '', '*', '-n', 'ä'];
  const line = command(...words).replace('whitewater', "printf '[%s]'");
  expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe(words.map((word) => `[${word}]`).join(''));
});

it('a command shows what would control a terminal or is not seen as bytes, and the shell reads it as it was', () => {
  const words = ["it's \u001b[31m", 'a\nb\\', '\u202exlsx.yaml', '\u009b', '\ufeff7', 'tab\tf'];
  const line = command(...words);
  expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  expect(line).toContain(String.raw`$'\xe2\x80\xaexlsx.yaml'`);
  const printed = execFileSync('bash', ['-c', line.replace('whitewater', "printf '[%s]'")], { encoding: 'utf8' });
  expect(printed).toBe(words.map((word) => `[${word}]`).join(''));
});
