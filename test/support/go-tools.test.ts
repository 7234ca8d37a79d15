// Programs of Go modules are built once into the cache, for each state of the module, and it is said why one could not be.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { goTool } from './go-tools.ts';

const before = process.env['XDG_CACHE_HOME'];
let folder: string;
let tool: { name: string; module: string; package: string };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'go-tools-'));
  process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
  tool = { name: 'echo', module: join(folder, 'module'), package: '.' };
  mkdirSync(tool.module);
  writeFileSync(join(tool.module, 'go.mod'), 'module example.com/echo\n\ngo 1.26.0\n');
});

afterEach(() => {
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
  rmSync(folder, { recursive: true });
});

/** The module's program: as few packages as a program can have, for each is compiled anew. */
function source(body: string, ...imports: string[]): void {
  const lines = ['package main', ...imports.map((name) => `import "${name}"`), `func main() { ${body} }`, ''];
  writeFileSync(join(tool.module, 'main.go'), lines.join('\n'));
}

test('a program is built once, by whoever asks first, and not taken for one of another source', async () => {
  source('println("one")');
  const [first, again] = await Promise.all([goTool(tool), goTool(tool)]);
  expect(again).toBe(first);
  expect(spawnSync(first, { encoding: 'utf8' }).stderr).toBe('one\n');
  const { mtimeMs } = statSync(first);
  expect([await goTool(tool), statSync(first).mtimeMs]).toEqual([first, mtimeMs]);
  const left = readdirSync(join(folder, 'cache', 'cassandra-cleanup-operator', 'echo'));
  expect(left).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]); // neither a lock nor a build cache
  source('nowhere.Go()', 'example.com/nowhere');
  await expect(goTool(tool)).rejects.toThrow(
    /^echo could not be built with Go.*cannot find module providing package example.com\/nowhere/s,
  );
}, 300_000);
