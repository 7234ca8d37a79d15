// Starts etcd and kube-apiserver on free loopback ports and waits until they serve; knows nothing of our operator.
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlaneBinaries } from './control-plane-binaries.ts';
import { type Launched, launch } from './control-plane-process.ts';
import { isAlive } from './file-lock.ts';
import { freePort } from './free-port.ts';
import { removeFolder } from './kill-on-exit.ts';

/** What the servers are started with. */
export interface ServerOptions {
  binaries: ControlPlaneBinaries;
  /** Holds the file of tokens, and gets the logs, the certificate and the audit log. */
  directory: string;
  adminToken: string;
  extraApiserverArgs: readonly string[];
  extraEtcdArgs: readonly string[];
}

/** Servers that run. */
export interface Servers {
  url: string;
  /** kill -9 of the API server; etcd goes on. */
  killApiserver(): Promise<void>;
  /** Starts it again, at the same port, and waits until it serves. */
  startApiserver(): Promise<void>;
  /** Makes etcd forget every version before now. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 90_000;
const SHARED_MEMORY = '/dev/shm';
const SHARED_MEMORY_NEEDED = 2 ** 30;
const FOLDER_PREFIX = 'cassandra-cleanup-control-plane-';

/** A new folder for one control plane; folders that killed processes left behind are removed on the way. */
export function newDirectory(parent: string = tmpdir()): string {
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(FOLDER_PREFIX))) {
    const pid = Number(name.slice(FOLDER_PREFIX.length).split('-')[0]);
    if (pid && !isAlive(pid)) removeFolder(join(parent, name));
  }
  return mkdtempSync(join(parent, `${FOLDER_PREFIX}${process.pid}-`));
}

/** Starts both servers; once more with other ports where a port was taken between looking and listening. */
export async function startServers(options: ServerOptions): Promise<Servers> {
  try {
    return await startOnce(options);
  } catch (error) {
    if (!String(error).includes('address already in use')) throw error;
    return await startOnce(options);
  }
}

async function startOnce(options: ServerOptions): Promise<Servers> {
  const [secure, client, peer] = [await freePort(), await freePort(), await freePort()];
  const url = `https://127.0.0.1:${secure}`;
  const data = newDirectory(hasSharedMemory() ? SHARED_MEMORY : tmpdir());
  const { binaries, directory } = options;
  const etcdArgs = etcdArguments(data, `http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`);
  const etcd = launch(binaries.etcd, [...etcdArgs, ...options.extraEtcdArgs], directory, [data]);
  const apiserverArgs = apiserverArguments(directory, String(secure), `http://127.0.0.1:${client}`);
  const launchApiserver = () =>
    launch(binaries.kubeApiserver, [...apiserverArgs, ...options.extraApiserverArgs], directory, [directory]);
  let apiserver = launchApiserver();
  const stop = async (): Promise<void> => {
    await Promise.all([apiserver.stop(), etcd.stop()]);
    removeFolder(data);
  };
  try {
    await untilReady(url, options, [etcd, apiserver]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    stop,
    killApiserver: () => apiserver.stop(),
    startApiserver: async () => {
      apiserver = launchApiserver();
      await untilReady(url, options, [etcd, apiserver]);
    },
    compact: () => compact(`http://127.0.0.1:${client}`),
  };
}

/** By etcd's own JSON gateway: its newest revision becomes the oldest one that it knows. */
async function compact(etcd: string): Promise<void> {
  const ask = async (path: string, body: object): Promise<{ header: { revision: string } }> => {
    const answer = await fetch(`${etcd}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`etcd: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { header: { revision: string } };
  };
  const { header } = await ask('range', { key: Buffer.from('/').toString('base64') });
  await ask('compaction', { revision: header.revision, physical: true });
}

function etcdArguments(data: string, client: string, peer: string): string[] {
  return [
    '--name=etcd',
    `--data-dir=${data}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=etcd=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

function apiserverArguments(directory: string, port: string, etcd: string): string[] {
  const key = join(directory, 'service-account.key');
  const policy = join(directory, 'audit-policy.json');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(key, privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 });
  writeFileSync(policy, JSON.stringify(AUDIT_POLICY));
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(directory, 'certificates')}`,
    `--token-auth-file=${join(directory, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    '--enable-priority-and-fairness=false',
    '--endpoint-reconciler-type=none',
    '--profiling=false',
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${join(directory, 'audit.log')}`,
    '--audit-log-maxsize=10000',
  ];
}

/** One entry for each request, when it is answered; the server's requests to itself are left out. */
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*'] },
    { level: 'Metadata' },
  ],
};

async function untilReady(url: string, options: ServerOptions, servers: readonly Launched[]): Promise<void> {
  const end = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < end) {
    for (const server of servers) server.requireRunning();
    if ((await get(`${url}/readyz`, options.directory, options.adminToken)) === 200) return;
    await sleep(50);
  }
  const logs = servers.map((server) => server.logTail()).join('\n');
  throw new Error(`The control plane is not ready after ${READY_TIMEOUT_MS / 1_000} s. ${logs}`);
}

/** Status of the answer to a GET, or undefined where there is no answer (yet). */
export async function get(url: string, directory: string, token: string): Promise<number | undefined> {
  return await new Promise((resolve) => {
    try {
      const ca = readFileSync(certificatePath(directory));
      const headers = { authorization: `Bearer ${token}` };
      const signal = AbortSignal.timeout(10_000);
      request(url, { ca, headers, signal, agent: false }, (response) => {
        response.resume().once('close', () => resolve(response.statusCode));
      })
        .on('error', () => resolve(undefined))
        .end();
    } catch {
      resolve(undefined);
    }
  });
}

/** The certificate that the API server made for itself, which is its own authority. */
export function certificatePath(directory: string): string {
  return join(directory, 'certificates', 'apiserver.crt');
}

/** The log that `audit()` reads. */
export function auditLogPath(directory: string): string {
  return join(directory, 'audit.log');
}

/** Docker gives 64 MB of it, which the log of etcd alone fills. */
function hasSharedMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize >= SHARED_MEMORY_NEEDED;
  } catch {
    return false;
  }
}
