// Credentials follow what rotates: token files, kubeconfigs, certificates.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { createCredentials } from '../../src/kube/credentials.ts';
import { until } from '../support/cleanups.ts';
import { ManualClock } from './manual-clock.ts';

let directory: string;
let clock: ManualClock;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  clock = new ManualClock();
});

afterEach(() => rmSync(directory, { recursive: true }));

function config(user: object, cluster: object = {}): KubeConfig {
  const kube = new KubeConfig();
  kube.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://127.0.0.1', skipTLSVerify: false, ...cluster }],
    users: [{ name: 'u', ...user }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return kube;
}

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

test('a token, a CA and a client certificate of a kubeconfig are used', async () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const user = { token: 'secret', certData: base64('cert'), keyData: base64('key') };
  const credentials = createCredentials(() => config(user, { caData: base64('ca'), tlsServerName: 'kube' }), clock);
  const { headers, tls } = await credentials.current();
  expect(headers).toEqual({ authorization: 'Bearer secret' });
  expect({ ...tls, ca: String(tls.ca), cert: String(tls.cert), key: String(tls.key) }).toEqual({
    ca: 'ca',
    cert: 'cert',
    key: 'key',
    servername: 'kube',
  });
});

test('user name and password become basic authentication', async () => {
  const { headers } = await createCredentials(() => config({ username: 'a', password: 'b' }), clock).current();
  expect(headers).toEqual({ authorization: 'Basic YTpi' });
});

test('the token of a Pod is read again within ten seconds, and its line end is dropped', async () => {
  const tokenFile = file('token', 'one\n');
  const credentials = createCredentials(
    () => config({ authProvider: { name: 'tokenFile', config: { tokenFile } } }),
    clock,
  );
  const token = async () => (await credentials.current()).headers['authorization'];
  expect(await token()).toBe('Bearer one');
  file('token', 'two\n');
  expect(await token()).toBe('Bearer one');
  clock.advance(10_001);
  expect(await token()).toBe('Bearer two');
});

test('nothing changes between two readings: the same access is given', async () => {
  const credentials = createCredentials(() => config({ token: 'x' }), clock);
  expect(await credentials.current()).toBe(await credentials.current());
});

test('a rejection loads the kubeconfig anew, at most once in ten seconds', async () => {
  let loads = 0;
  const credentials = createCredentials(() => {
    loads += 1;
    return config({ token: `token-${loads}` });
  }, clock);
  credentials.reject();
  expect(loads).toBe(1);
  clock.advance(10_000);
  credentials.reject();
  credentials.reject();
  expect(loads).toBe(2);
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer token-2' });
});

test('a kubeconfig that cannot be loaded just then leaves the old one in use', async () => {
  let broken = false;
  const credentials = createCredentials(() => {
    if (broken) throw new Error('half written');
    return config({ token: 'old' });
  }, clock);
  broken = true;
  clock.advance(10_000);
  credentials.reject();
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer old' });
});

test('a file that is missing for a moment is an error of that moment only', async () => {
  const tokenFile = join(directory, 'token');
  const credentials = createCredentials(
    () => config({ authProvider: { name: 'tokenFile', config: { tokenFile } } }),
    clock,
  );
  await expect(credentials.current()).rejects.toThrow(/ENOENT/);
  file('token', 'there');
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer there' });
});

test('a program that hangs is given up after ten seconds, and another one is started a minute after it', async () => {
  const runs = join(directory, 'runs');
  const script = `echo x >> ${runs}; while [ -e ${runs} ] && [ ! -e ${join(directory, 'healed')} ]; do sleep 0.02; done
    echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"new"}}'`;
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: ['-c', script] };
  const credentials = createCredentials(() => config({ exec }), clock);
  const hung = expect(credentials.current()).rejects.toThrow(/credentials of the kubeconfig did not come within 10 s/);
  await until(() => existsSync(runs) && readFileSync(runs, 'utf8') === 'x\n');
  await clock.fire(10_000);
  await hung;
  clock.advance(49_999);
  await expect(credentials.current()).rejects.toThrow(/within 10 s/);
  file('healed', '');
  clock.advance(2);
  expect((await credentials.current()).headers).toEqual({ authorization: 'Bearer new' });
  expect(readFileSync(runs, 'utf8')).toBe('x\nx\n');
});
