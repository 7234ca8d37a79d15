// A planted secret never shows: in the credentials for Sidecars, in what a proxy echoes of them, and in what lies about in the
// namespace; not in logs, statuses, Events, metrics or health pages, nor in what is printed on the way out.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createCluster, type TestCluster, type TestNode } from '../support/cassandra-cluster.ts';
import { applyCleanup, conditionOf, until, untilCleanup } from '../support/cleanups.ts';
import { OPERATOR } from '../support/control-plane.ts';
import { freePort } from '../support/free-port.ts';
import { sharedControlPlane } from '../support/global-control-plane.ts';
import { type OperatorProcess, startOperator } from '../support/operator-process.ts';

// Operators as processes, each a second of CPU: a machine that is busy with other things takes several times as long.

const CANARY = 'canary-3f9d0c';
const ROOT = join(import.meta.dirname, '..', '..');
const plane = sharedControlPlane();
let folder: string;
let namespace: string;
let cluster: TestCluster;
let operator: OperatorProcess;
let proxy: Proxy;
let metricsPort: number;

interface Proxy {
  server: Server;
  /** What the Authorization headers held. */
  seen: Set<string>;
  /** Which requests it answers itself, with a page that quotes the credentials, in place of passing them on. */
  echoes: 'all' | 'submissions' | 'none';
}

/** A proxy before a Sidecar, of the careless kind. */
async function startProxy(node: TestNode): Promise<Proxy> {
  const proxied: Proxy = { server: createServer(), seen: new Set(), echoes: 'all' };
  proxied.server.on('request', (incoming, response) => {
    const authorization = incoming.headers.authorization ?? '';
    proxied.seen.add(authorization);
    const isSubmission = incoming.method === 'POST';
    if (proxied.echoes === 'all' || (proxied.echoes === 'submissions' && isSubmission)) {
      response.writeHead(isSubmission ? 401 : 502, { 'x-debug': authorization });
      response.end(`<html>refused ${authorization}</html>`);
      return;
    }
    const { method = 'GET', url = '/', headers } = incoming;
    const onward = request({ host: node.ip, port: node.double.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxied.server.listen(0, node.ip, resolve));
  return proxied;
}

beforeAll(async () => {
  folder = mkdtempSync(join(plane.directory, 'canary-'));
  namespace = await plane.createNamespace('canary');
  const double = () => ({ minOperationMs: 0, operationMs: 200, statusDelayMs: 0 });
  cluster = await createCluster({ plane, namespace, racks: 1, nodes: 2, double });
  const [, second] = cluster.nodes;
  if (second === undefined) throw new Error('two nodes were asked for');
  proxy = await startProxy(second);
  const { port } = proxy.server.address() as AddressInfo;
  await cluster.deletePod(second.name);
  await cluster.createPod({ ...second, double: { ...second.double, port } });
  await plant();
  writeFileSync(join(folder, 'token'), CANARY);
  metricsPort = await freePort();
  const flags = [`--sidecar-token-file=${join(folder, 'token')}`, `--metrics-address=127.0.0.1:${metricsPort}`];
  operator = await startOperator({ plane, namespaces: [namespace], flags: [...flags, '--log-level=debug'] });
});

afterAll(async () => {
  await operator?.stop();
  proxy?.server.closeAllConnections();
  proxy?.server.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true });
});

/** Puts the secret wherever the operator may come across it without having to. */
async function plant(): Promise<void> {
  const kubectl = async (...args: string[]) => {
    const { stderr } = await plane.kubectl(['-n', namespace, ...args]);
    expect(stderr).toBe('');
  };
  await kubectl('create', 'secret', 'generic', 'sidecar', `--from-literal=token=${CANARY}`);
  for (const { name } of cluster.nodes) {
    await kubectl('annotate', 'pod', name, `note=${CANARY}`);
    await kubectl('label', 'pod', name, `note=${CANARY}`);
  }
}

/** All that the operator has said of this run, by where it said it. */
async function everything(): Promise<Record<string, string>> {
  const get = async (kind: string, path: string) =>
    (await plane.kubectl(['-n', namespace, 'get', kind, '-o', `jsonpath=${path}`])).stdout;
  const page = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  return {
    logs: JSON.stringify(operator.logs()),
    status: await get('cclean', '{.items[*].status}'),
    events: await get('events.events.k8s.io', '{.items}'),
    metrics: await page(metricsPort, '/metrics'),
    healthz: await page(operator.healthPort, '/healthz'),
    readyz: await page(operator.healthPort, '/readyz'),
  };
}

/** Waits until a node has one of these reasons. */
function untilTold(reasons: readonly string[]) {
  return untilCleanup(plane, namespace, ({ status }) =>
    (status.nodes ?? []).some(({ reason }) => reasons.includes(reason ?? '')),
  );
}

describe('a planted secret', () => {
  test('shows nowhere, while a proxy echoes it and after the run has ended', async () => {
    await applyCleanup(plane, namespace);
    await untilTold(['SidecarInvalidAnswer', 'SidecarUnreachable']);
    const unheard = await everything();
    proxy.echoes = 'submissions';
    await untilTold(['SidecarRejected']);
    const rejected = await everything();
    proxy.echoes = 'none';
    const done = await untilCleanup(plane, namespace, (one) => conditionOf(one, 'Finished') === 'True');
    expect(conditionOf(done, 'Complete')).toBe('True');
    await until(async () => (await everything())['events']?.includes('Completed') === true);
    const after = await everything();

    expect([...proxy.seen]).toEqual([`Bearer ${CANARY}`]);
    for (const said of [unheard, rejected, after]) {
      for (const [where, text] of Object.entries(said)) {
        expect([where, text.length > 1]).toEqual([where, true]);
        expect([where, text.includes(CANARY)]).toEqual([where, false]);
      }
    }
  });

  test("is the operator's own token for the API server as well", async () => {
    const { users } = parse(readFileSync(await plane.kubeconfigFor(OPERATOR), 'utf8'));
    const token: string = users[0].user.token;
    expect(token.length).toBeGreaterThan(10);
    for (const [where, text] of Object.entries(await everything())) {
      expect([where, text.includes(token)]).toEqual([where, false]);
    }
  });
});

describe('what is printed on the way out shows no secret:', () => {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const off = ['--metrics-address=0', '--health-address=0'];

  test.each<[what: string, args: () => string[], code: number]>([
    ['--help', () => [`--sidecar-token-file=${file('t', CANARY)}`, '--help'], 0],
    ['a pair of files that lacks one', () => [`--sidecar-password-file=${file('p', CANARY)}`], 2],
    ['a key that is given for http', () => [`--sidecar-key-file=${file('k', CANARY)}`], 2],
    ['a kubeconfig that names no cluster', () => [...off, `--kubeconfig=${file('c', kubeconfig)}`], 1],
    [
      'a kubeconfig with a slip beside its token',
      () => [...off, `--kubeconfig=${file('s', `${kubeconfig}     x: [`)}`],
      1,
    ],
  ])('%s', async (_what, args, code) => {
    const end = await run(args());
    expect(end).toMatchObject({ code, text: expect.not.stringContaining(CANARY) });
    expect(end.text.length).toBeGreaterThan(10);
  });

  const kubeconfig = `apiVersion: v1\nkind: Config\nusers:\n- name: x\n  user:\n    token: ${CANARY}\n`;
});

/** Runs the operator to its end: its exit code, and all that it said. */
function run(args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join('src', 'main.ts'), ...args], { cwd: ROOT }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
    );
  });
}
