// A container of a Pod as a process of this machine: its arguments and environment as the Pod says, with a token of its
// service account that is bound to the Pod. In place of the image runs the source of the operator.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adminRequest } from './api-request.ts';
import type { SharedControlPlane } from './control-plane.ts';
import { certificatePath } from './control-plane-servers.ts';
import { freePort } from './free-port.ts';
import { killOnExit } from './kill-on-exit.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { name: string; value?: string; valueFrom?: { fieldRef?: { fieldPath: string } } }[];
  readonly ports?: readonly { name: string; containerPort: number }[];
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } };
}

/** A Pod; what is needed to run it. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly containers: readonly Container[];
  };
  readonly status?: { readonly phase?: string };
}

/** A container that runs, or has run. */
export interface ContainerProcess {
  /** The loopback port in place of a port of the container. */
  readonly ports: Readonly<Record<string, number>>;
  /** undefined while it runs; that of a signal is 137. */
  exitCode(): number | undefined;
  /** Whether it runs and its readiness probe succeeds; without a probe it is ready. */
  ready(): Promise<boolean>;
  /** SIGTERM, once. */
  end(): void;
  kill(): void;
  /** All that it has printed. */
  output(): string;
}

/** Starts the only container of a Pod. */
export async function startContainer(plane: SharedControlPlane, pod: Pod): Promise<ContainerProcess> {
  const [container] = pod.spec.containers;
  if (container === undefined || pod.spec.containers.length > 1)
    throw new Error('a Pod with one container is expected');
  const ports = await portsFor(container);
  const account = await mountAccount(plane, pod);
  const args = argumentsOf(container, ports, account);
  const env = { ...environmentOf(container, pod), ...placeOf(plane, pod, account) };
  const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const forget = killOnExit(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  let ending = false;
  let exitCode: number | undefined;
  child.once('exit', (code) => {
    forget();
    exitCode = code ?? 137;
  });
  const probe = container.readinessProbe?.httpGet;
  return {
    ports,
    exitCode: () => exitCode,
    ready: async () => {
      if (exitCode !== undefined || probe === undefined) return exitCode === undefined;
      const response = await fetch(`http://127.0.0.1:${ports[probe.port]}${probe.path}`).catch(() => undefined);
      return response?.ok === true;
    },
    end: () => {
      if (!ending) child.kill('SIGTERM');
      ending = true;
    },
    kill: () => void child.kill('SIGKILL'),
    output: () => output,
  };
}

async function portsFor({ ports = [] }: Container): Promise<Record<string, number>> {
  return Object.fromEntries(await Promise.all(ports.map(async ({ name }) => [name, await freePort()])));
}

/** What the image would start: the operator, or node where the Pod says so. */
function argumentsOf(container: Container, ports: Readonly<Record<string, number>>, account: string): string[] {
  const { command = ['node', join('src', 'main.ts')], args = [] } = container;
  const [, ...rest] = command;
  const mapped = new Map(container.ports?.map(({ name, containerPort }) => [`:${containerPort}`, ports[name]]));
  const moved = args.map((arg) => {
    const [flag = '', address = ''] = arg.split('=');
    return mapped.has(address) ? `${flag}=127.0.0.1:${mapped.get(address)}` : arg.replaceAll(ACCOUNT, account);
  });
  return ['--disable-warning=ExperimentalWarning', ...rest, ...moved];
}

function environmentOf({ env = [] }: Container, { metadata }: Pod): Record<string, string> {
  const fields: Readonly<Record<string, string>> = { 'metadata.uid': metadata.uid };
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [name, value ?? fields[valueFrom?.fieldRef?.fieldPath ?? ''] ?? '']),
  );
}

/** What every container finds, and what makes up for the folder and the network that a process here does not have. */
function placeOf(plane: SharedControlPlane, pod: Pod, account: string): Record<string, string> {
  const { hostname, port } = new URL(plane.url);
  return {
    PATH: process.env['PATH'] ?? '',
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBECONFIG: join(account, 'kubeconfig'),
    ...(pod.spec.containers[0]?.command === undefined
      ? {
          CASSANDRA_CLEANUP_LEASE_NAMESPACE: pod.metadata.namespace,
          CASSANDRA_CLEANUP_ALLOW_LOOPBACK_TARGETS: 'true',
        }
      : {}),
  };
}

/** The folder with the token that the kubelet would mount, and a kubeconfig that says the same. */
async function mountAccount(plane: SharedControlPlane, { metadata, spec }: Pod): Promise<string> {
  const { name, namespace, uid } = metadata;
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  const body = { spec: { expirationSeconds: 3_600, boundObjectRef } };
  const answer = await adminRequest(plane, { method: 'POST', path, body });
  if (answer.status !== 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  const { token }: { token: string } = answer.body.status;
  const folder = mkdtempSync(join(plane.directory, `${name}-`));
  const ca = readFileSync(certificatePath(plane.directory));
  const cluster = { server: plane.url, 'certificate-authority-data': ca.toString('base64') };
  const kubeconfig = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'pod' },
    clusters: [{ name: 'pod', cluster }],
    users: [{ name: 'pod', user: { token } }],
    contexts: [{ name: 'pod', context: { cluster: 'pod', user: 'pod', namespace } }],
  };
  const files = { token, namespace, 'ca.crt': ca, kubeconfig: JSON.stringify(kubeconfig) };
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content, { mode: 0o600 });
  return folder;
}
