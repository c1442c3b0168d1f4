import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { releaseLock, takeLock } from './lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'whitewater-lock-'));
const path = join(folder, 'lock');
afterAll(() => rmSync(folder, { recursive: true }));

it('a lock is taken, and given back', () => {
  expect(takeLock(path)).toBeNull();
  expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
  releaseLock(path);
  releaseLock(path);
  expect(existsSync(path)).toBe(false);
});

it('the lock of a process that runs is not taken from it, and that of one that is gone is', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
  writeFileSync(path, `${String(other.pid)}\n`);
  expect(takeLock(path)).toBe(other.pid);
  other.kill('SIGKILL');
  await once(other, 'exit');
  expect(takeLock(path)).toBeNull();
});

it('a lock that names no process is taken', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  for (const text of [`${pid}\n`, '', 'x', '-1', '0']) {
    writeFileSync(path, text);
    expect([text, takeLock(path)]).toEqual([text, null]);
  }
});
