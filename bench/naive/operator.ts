// A naive operator, as one would write it in an afternoon with the stock informer of client-node: for each resource, `parallelism`
// nodes at a time: POST, remember the id in the status, ask every 10 s until it is over. On a restart it goes on from the status.
// It is here to be measured against, and is no crippled version of ours: no list, no gate, no intent, as many operators are.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
} from '@kubernetes/client-node';

const GROUP = { group: 'cassandra-sidecar.io', version: 'v1alpha1', plural: 'cassandracleanups' };
const POLL_MS = 10_000;
const RETRIES = 3;
const HTTP_TIMEOUT_MS = 10_000;

interface Operation {
  id: string;
  state: string;
  progress?: number;
  completionTime?: string;
}

interface NodeStatus {
  name: string;
  state: 'Pending' | 'Running' | 'Completed' | 'Failed';
  operation?: Operation;
  message?: string;
}

interface Cleanup extends KubernetesObject {
  spec: {
    podSelector: { matchLabels?: Record<string, string> };
    keyspace: string;
    tables?: string[];
    jobs?: number;
    parallelism?: number;
  };
  status?: { state?: string; nodes?: NodeStatus[] };
}

const config = new KubeConfig();
config.loadFromDefault();
const custom = config.makeApiClient(CustomObjectsApi);
const core = config.makeApiClient(CoreV1Api);
/** Resources that are being worked on, by UID. */
const busy = new Set<string>();

async function cleanUp(cleanup: Cleanup): Promise<void> {
  const { name = '', namespace = '' } = cleanup.metadata ?? {};
  const labelSelector = Object.entries(cleanup.spec.podSelector.matchLabels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const pods = (await core.listNamespacedPod({ namespace, labelSelector })).items;
  const known = new Map((cleanup.status?.nodes ?? []).map((node) => [node.name, node]));
  const nodes = pods.map((pod): NodeStatus => {
    const podName = pod.metadata?.name ?? '';
    return known.get(podName) ?? { name: podName, state: 'Pending' };
  });
  const write = async (state: string) => {
    const count = (wanted: string) => nodes.filter((node) => node.state === wanted).length;
    const completed = count('Completed');
    const isOver = state === 'Completed' || state === 'Failed';
    const status = {
      ...{ state, total: nodes.length, completed, failed: count('Failed'), nodes },
      ...{ active: count('Running'), pending: count('Pending') },
      progressPercent: Math.floor((100 * completed) / nodes.length),
      ...(isOver ? { completionTime: new Date().toISOString() } : {}),
    };
    await custom.patchNamespacedCustomObjectStatus(
      { ...GROUP, namespace, name, body: { status } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
  };
  // One write at a time: they are all of one object.
  let writing = Promise.resolve();
  const save = (state: string) => {
    writing = writing.catch(() => {}).then(() => write(state));
    return writing;
  };
  const queue = pods.map((pod, index) => ({ pod, node: nodes[index] as NodeStatus })).values();
  const worker = async () => {
    for (const { pod, node } of queue) await cleanNode(cleanup, pod, node, () => save('Running'));
  };
  await Promise.all(Array.from({ length: cleanup.spec.parallelism ?? 1 }, worker));
  await save(nodes.some((node) => node.state === 'Failed') ? 'Failed' : 'Completed');
}

async function cleanNode(cleanup: Cleanup, pod: V1Pod, node: NodeStatus, save: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt <= RETRIES && node.state !== 'Completed'; attempt += 1) {
    try {
      await attemptOn(cleanup, pod, node, save);
    } catch (error) {
      node.state = 'Failed';
      node.message = String(error).slice(0, 256);
      delete node.operation;
      await sleep(POLL_MS);
    }
  }
  await save();
}

/** One cleanup of one node, to its end; an id that the status holds is asked about first. */
async function attemptOn(cleanup: Cleanup, pod: V1Pod, node: NodeStatus, save: () => Promise<void>): Promise<void> {
  const port = pod.spec?.containers.flatMap(({ ports = [] }) => ports).find((one) => one.name === 'icarus');
  const url = `http://${pod.status?.podIP}:${port?.containerPort ?? 4567}/operations`;
  if (node.operation === undefined) {
    const { keyspace, tables, jobs } = cleanup.spec;
    const body = JSON.stringify({ type: 'cleanup', keyspace, tables, jobs });
    node.operation = await ask(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    node.state = 'Running';
    await save();
  }
  while (node.operation.state === 'PENDING' || node.operation.state === 'RUNNING') {
    await sleep(POLL_MS);
    node.operation = await ask(`${url}/${node.operation.id}`);
  }
  if (node.operation.state !== 'COMPLETED') throw new Error(`the cleanup is ${node.operation.state}`);
  node.state = 'Completed';
}

async function ask(url: string, init: RequestInit = {}): Promise<Operation> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(HTTP_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  const { id, state, progress, completionTime } = (await response.json()) as Operation;
  return { id, state, ...(progress === undefined ? {} : { progress }), ...(completionTime ? { completionTime } : {}) };
}

/** Works on a resource until it is over; after an error it goes on from what is stored. */
async function changed(cleanup: Cleanup): Promise<void> {
  const { uid = '', name = '', namespace = '' } = cleanup.metadata ?? {};
  if (busy.has(uid)) return;
  busy.add(uid);
  let current = cleanup;
  while (current.status?.state !== 'Completed' && current.status?.state !== 'Failed') {
    try {
      await cleanUp(current);
      break;
    } catch (error) {
      process.stderr.write(`${name}: ${error}\n`);
      await sleep(POLL_MS);
      current = await custom.getNamespacedCustomObject({ ...GROUP, namespace, name }).catch(() => current);
    }
  }
  busy.delete(uid);
}

const path = `/apis/${GROUP.group}/${GROUP.version}/${GROUP.plural}`;
const list = async () =>
  (await custom.listCustomObjectForAllNamespaces({
    ...GROUP,
    resourcePlural: GROUP.plural,
  })) as unknown as KubernetesListObject<Cleanup>;
const informer = makeInformer<Cleanup>(config, path, list);
informer.on('add', (cleanup) => void changed(cleanup));
informer.on('update', (cleanup) => void changed(cleanup));
informer.on('error', (error) => {
  process.stderr.write(`${error}\n`);
  setTimeout(() => void informer.start(), 5_000);
});
await informer.start();
process.stdout.write('watching\n');
