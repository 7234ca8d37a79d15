// A start that cannot succeed, or not yet: what it says, and that it stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from '@jest/globals';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const home = mkdtempSync(join(tmpdir(), 'home-'));
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(home, { recursive: true });
});

function start(args: readonly string[], env: Record<string, string> = {}) {
  const own = { PATH: process.env['PATH'] ?? '', HOME: home, ...env };
  const node = ['--disable-warning=ExperimentalWarning', MAIN, '--metrics-address=0', '--health-address=0'];
  const child = spawn(process.execPath, [...node, ...args], { env: own, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, exited };
}

function file(name: string, content: string): string {
  const path = join(home, name);
  writeFileSync(path, content);
  return path;
}

interface Row {
  what: string;
  code: number;
  args?: string[];
  env?: Record<string, string>;
  says: RegExp;
}

test.each<Row>([
  {
    what: 'is none',
    code: 1,
    says: /^there is no kubeconfig: none by --kubeconfig, \$KUBECONFIG or at \S+, and this is no Pod$/,
  },
  {
    what: 'is not there',
    code: 2,
    args: ['--kubeconfig=/nowhere'],
    says: /^--kubeconfig: \/nowhere cannot be read: ENOENT/,
  },
  {
    what: 'is no YAML',
    code: 1,
    env: { KUBECONFIG: file('broken', 'a: b: c\ntoken: secret') },
    says: /^the kubeconfig \S+broken cannot be read/,
  },
])('where the kubeconfig $what, it says so in one line, and ends with $code', async ({ code, args, env, says }) => {
  const { child, exited } = start(args ?? [], env);
  const said = (await text(child.stderr)).trim().split('\n');
  expect(await exited).toBe(code);
  expect(said.at(-1)).toMatch(says);
  expect(said.join()).not.toContain('secret');
});

test('where no API server answers it stays and tries again, also with no server of its own', async () => {
  const tries = Promise.withResolvers<string>();
  let connections = 0;
  const server = createServer((socket) => {
    socket.destroy();
    connections += 1;
    if (connections === 6) tries.resolve('stays'); // resources and Pods, three times each
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cluster = { name: 'c', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } };
  const context = { name: 'x', context: { cluster: 'c', user: 'u' } };
  const users = [{ name: 'u', user: { token: 't' } }];
  const config = { clusters: [cluster], contexts: [context], users, 'current-context': 'x' };
  const { child, exited } = start([`--kubeconfig=${file('refused', JSON.stringify(config))}`]);
  expect(await Promise.race([tries.promise, exited])).toBe('stays');
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
  server.close();
});
