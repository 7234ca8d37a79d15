// The lock serves one process at a time, and outlives none of its holders.
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { lockFile } from './file-lock.ts';

const DEAD_PID = 2 ** 22 + 1; // more than Linux and macOS ever give
const said: string[] = [];
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
  path = join(folder, 'build.lock');
  said.length = 0;
});

afterEach(() => rmSync(folder, { recursive: true }));

test('a second taker waits until the first releases, and says for whom', async () => {
  const first = await lockFile(path, (text) => said.push(text));
  const second = lockFile(path, (text) => said.push(text));
  await expect(Promise.race([second, Promise.resolve('waiting')])).resolves.toBe('waiting');
  first.release();
  (await second).release();
  expect(said).toEqual([`waiting for process ${process.pid}, which holds ${path}`]);
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a dead process is broken', async () => {
  writeFileSync(path, String(DEAD_PID));
  (await lockFile(path, (text) => said.push(text))).release();
  expect(said).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('the lock of a process silent for over a minute is broken: its number may be another process by now', async () => {
  writeFileSync(path, String(process.pid));
  const before = new Date(Date.now() - 61_000);
  utimesSync(path, before, before);
  (await lockFile(path, (text) => said.push(text))).release();
  expect(said).toEqual([]);
});
