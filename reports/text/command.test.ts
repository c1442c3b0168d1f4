import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { command } from './command.ts';

it('a command can be copied into a shell, whatever its words hold', () => {
  expect(command('replay', 'out/split-vote-8841.yaml')).toBe('whitewater replay out/split-vote-8841.yaml');
  const words = ["it's", 'two words', '$HOME', '`x`', '', '*', '-n', 'ä'];
  const line = command(...words).replace('whitewater', "printf '[%s]'");
  expect(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' })).toBe(words.map((word) => `[${word}]`).join(''));
});
