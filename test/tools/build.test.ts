// The bundle: one file that runs with nothing installed beside it.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { helpText } from '../../src/config-help.ts';

const root = join(import.meta.dirname, '..', '..');
const directory = mkdtempSync(join(tmpdir(), 'bundle-'));
const bundle = join(directory, 'operator.cjs');
const run = promisify(execFile);
const node = (args: string[]) => run(process.execPath, args, { cwd: directory });

beforeAll(async () => {
  await node([join(root, 'src/tools/build.ts'), join(root, 'src/main.ts'), bundle]);
});
afterAll(() => rmSync(directory, { recursive: true }));

test('--help prints every setting', async () => {
  expect((await node([bundle, '--help'])).stdout).toBe(helpText());
});

test("--version prints the package's version", async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect((await node([bundle, '--version'])).stdout).toBe(`${version}\n`);
});

test('a setting that is not allowed ends it with one line', async () => {
  const end = await node([bundle, '--workers=0']).catch((error: unknown) => error);
  expect(end).toMatchObject({
    code: expect.any(Number),
    stdout: '',
    stderr: '--workers: "0" is not allowed; allowed is a whole number from 1 to 64\n',
  });
});
