// A real control plane (etcd and kube-apiserver, no Docker) for tests and the demo. No controller-manager runs: nothing
// is garbage collected, a namespace never finishes deleting, and the aggregated user roles do not reach view and edit.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AuditEntry, type AuditFilter, readAudit } from './control-plane-audit.ts';
import { controlPlaneBinaries } from './control-plane-binaries.ts';
import { certificatePath, get, newDirectory, type Servers, startServers } from './control-plane-servers.ts';
import { removeFolder } from './kill-on-exit.ts';

export type { AuditEntry, AuditFilter };

/** Where the operator's manifests put it. */
export const OPERATOR = { namespace: 'cassandra-cleanup', serviceAccount: 'cassandra-cleanup-operator' } as const;

/** The operator's user name, as authorization and the audit log see it. */
export const OPERATOR_USER = userOf(OPERATOR);

/** A user besides the admin and the operator. */
export interface ControlPlaneUser {
  name: string;
  groups?: readonly string[];
  token?: string;
}

/** What a control plane may be started with; a flag given here wins over ours. */
export interface ControlPlaneOptions {
  extraApiserverArgs?: readonly string[];
  extraEtcdArgs?: readonly string[];
  users?: readonly ControlPlaneUser[];
}

/** A ServiceAccount, and the token to use for it in place of the one that the API server knows. */
export interface ServiceAccountReference {
  namespace: string;
  serviceAccount: string;
  token?: string;
}

/** What kubectl said; a code other than 0 is an answer, not an error. */
export interface KubectlResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** A control plane that somebody else stops. */
export interface SharedControlPlane {
  /** https://127.0.0.1:PORT */
  readonly url: string;
  /** Temporary folder with logs, kubeconfigs and the audit log. */
  readonly directory: string;
  /** Path of the admin's kubeconfig. */
  readonly kubeconfig: string;
  /** Path of the program that `kubectl()` runs. */
  readonly kubectlPath: string;
  /** Path of a kubeconfig for a ServiceAccount; the API server issues a token for one that is not a known user. */
  kubeconfigFor(account: ServiceAccountReference): Promise<string>;
  /** Path of a kubeconfig for a user of `ControlPlaneOptions.users`. */
  kubeconfigForUser(name: string): string;
  /** Runs kubectl, as the admin unless another kubeconfig is given. */
  kubectl(args: readonly string[], options?: { input?: string; kubeconfig?: string }): Promise<KubectlResult>;
  /** Requests answered up to now. */
  audit(filter?: AuditFilter): Promise<AuditEntry[]>;
  /** Creates a namespace that nobody else uses, and gives its name. */
  createNamespace(prefix: string): Promise<string>;
  /** Applies the CRD and the operator's namespace, ServiceAccount and RBAC, and waits until the resource is served. */
  installCrdAndRbac(): Promise<void>;
}

/** A control plane of one's own. */
export interface ControlPlane
  extends SharedControlPlane,
    Pick<Servers, 'killApiserver' | 'startApiserver' | 'compact'> {
  /** Ends both servers and removes the folder. */
  stop(): Promise<void>;
}

/** Starts a control plane; it ends with `stop()`, or with this process. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const binaries = await controlPlaneBinaries();
  const directory = newDirectory();
  const adminToken = writeTokens(directory, options.users ?? []);
  try {
    const servers = await startServers({
      binaries,
      directory,
      adminToken,
      extraApiserverArgs: options.extraApiserverArgs ?? [],
      extraEtcdArgs: options.extraEtcdArgs ?? [],
    });
    const stop = async (): Promise<void> => {
      await servers.stop();
      removeFolder(directory);
    };
    return { ...servers, ...attachControlPlane({ url: servers.url, directory, kubectlPath: binaries.kubectl }), stop };
  } catch (error) {
    removeFolder(directory);
    throw error;
  }
}

/** A handle on a control plane that runs already, perhaps started by another process. */
export function attachControlPlane(place: { url: string; directory: string; kubectlPath: string }): SharedControlPlane {
  const { url, directory, kubectlPath } = place;
  const tokens = readTokens(directory);
  const kubeconfig = writeKubeconfig(place, { user: ADMIN, token: tokenOf(tokens, ADMIN), namespace: 'default' });
  const kubectl: SharedControlPlane['kubectl'] = (args, options = {}) => {
    const flags = ['--kubeconfig', options.kubeconfig ?? kubeconfig, '--cache-dir', join(directory, 'kubectl-cache')];
    return run(kubectlPath, [...flags, ...args], { directory, input: options.input ?? '' });
  };
  const plane: SharedControlPlane = {
    url,
    directory,
    kubeconfig,
    kubectlPath,
    kubectl,
    kubeconfigFor: async (account) => {
      const user = userOf(account);
      const token = account.token ?? tokens.get(user) ?? (await issueToken(plane, account));
      return writeKubeconfig(place, { user, token, namespace: account.namespace });
    },
    kubeconfigForUser: (user) => writeKubeconfig(place, { user, token: tokenOf(tokens, user), namespace: 'default' }),
    audit: (filter) => readAudit({ url, directory, adminToken: tokenOf(tokens, ADMIN) }, filter),
    createNamespace: async (prefix) => {
      const name = `${prefix}-${randomBytes(5).toString('hex')}`;
      succeeded(await kubectl(['create', 'namespace', name]));
      return name;
    },
    installCrdAndRbac: () => install(plane, tokenOf(tokens, ADMIN)),
  };
  return plane;
}

const ADMIN = 'admin';
const ROOT = join(import.meta.dirname, '..', '..');
const MANIFESTS = [
  'crds/cassandracleanup.yaml',
  'deploy/base/namespace.yaml',
  'deploy/base/service-account.yaml',
  'deploy/base/rbac.yaml',
];
const INSTALL_ATTEMPTS = 3;
const SERVED_TIMEOUT_MS = 30_000;

/** Test files may do this at the same time, hence the attempts. */
async function install(plane: SharedControlPlane, adminToken: string): Promise<void> {
  const files = MANIFESTS.flatMap((file) => ['--filename', join(ROOT, file)]);
  const args = ['apply', '--server-side', '--force-conflicts', ...files];
  let result = await plane.kubectl(args);
  for (let attempt = 1; result.code !== 0 && attempt < INSTALL_ATTEMPTS; attempt += 1) {
    await sleep(200);
    result = await plane.kubectl(args);
  }
  succeeded(result);
  const crd = 'customresourcedefinition/cassandracleanups.cassandra-sidecar.io';
  succeeded(await plane.kubectl(['wait', crd, '--for=condition=Established', '--timeout=30s']));
  const list = `${plane.url}/apis/cassandra-sidecar.io/v1alpha1/cassandracleanups`;
  const end = performance.now() + SERVED_TIMEOUT_MS;
  while ((await get(list, plane.directory, adminToken)) !== 200) {
    if (performance.now() > end) throw new Error(`${list} is not served ${SERVED_TIMEOUT_MS / 1_000} s after the CRD.`);
    await sleep(50);
  }
}

async function issueToken(plane: SharedControlPlane, account: ServiceAccountReference): Promise<string> {
  const args = ['create', 'token', account.serviceAccount, '--namespace', account.namespace, '--duration=24h'];
  return succeeded(await plane.kubectl(args)).stdout.trim();
}

function userOf(account: { namespace: string; serviceAccount: string }): string {
  return `system:serviceaccount:${account.namespace}:${account.serviceAccount}`;
}

function writeTokens(directory: string, users: readonly ControlPlaneUser[]): string {
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${OPERATOR.namespace}`, 'system:authenticated'];
  const adminToken = newToken();
  const all = [
    { name: ADMIN, groups: ['system:masters'], token: adminToken },
    { name: OPERATOR_USER, groups },
    ...users,
  ];
  const lines = all.map(({ name, groups: of = [], token = newToken() }: ControlPlaneUser) => {
    return `${token},${name},${name},"${of.join(',')}"\n`;
  });
  writeFileSync(join(directory, 'tokens.csv'), lines.join(''), { mode: 0o600 });
  return adminToken;
}

function newToken(): string {
  return randomBytes(24).toString('hex');
}

function readTokens(directory: string): Map<string, string> {
  const lines = readFileSync(join(directory, 'tokens.csv'), 'utf8').split('\n');
  return new Map(lines.map((line) => line.split(',')).map(([token = '', user = '']) => [user, token]));
}

function tokenOf(tokens: Map<string, string>, user: string): string {
  const token = tokens.get(user);
  if (!token) throw new Error(`The control plane knows no user ${user}.`);
  return token;
}

function writeKubeconfig(
  place: { url: string; directory: string },
  identity: { user: string; token: string; namespace: string },
): string {
  const authority = readFileSync(certificatePath(place.directory)).toString('base64');
  const path = join(
    place.directory,
    `${identity.user.replaceAll(':', '.')}-${randomBytes(4).toString('hex')}.kubeconfig`,
  );
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: place.url, 'certificate-authority-data': authority } }],
    users: [{ name: identity.user, user: { token: identity.token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: identity.user, namespace: identity.namespace } }],
    'current-context': 'test',
  };
  writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
  return path;
}

function run(
  program: string,
  args: string[],
  { directory, input }: { directory: string; input: string },
): Promise<KubectlResult> {
  const env = { PATH: process.env['PATH'], HOME: directory, KUBECTL_KUBERC: 'false' };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : 0 });
    });
    child.stdin?.on('error', () => {}).end(input);
  });
}

function succeeded(result: KubectlResult): KubectlResult {
  if (result.code !== 0) throw new Error(`kubectl failed (${result.code}): ${result.stderr.trim()}`);
  return result;
}
