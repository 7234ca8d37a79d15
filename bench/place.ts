// Where a scenario is played: a control plane of its own with namespaces, and in them the Pods of Cassandra clusters.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ControlPlane, startControlPlane } from '../test/support/control-plane.ts';
import { type Api, CLEANUPS, createApi, eachOf } from './api.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** The name under which the naive operator asks. */
export const NAIVE_USER = 'naive-operator';

export interface BenchNode {
  readonly name: string;
  readonly host: string;
}

/** Every run of the bench has a cluster of its own. */
export interface BenchCluster {
  readonly namespace: string;
  readonly name: string;
  readonly nodes: readonly BenchNode[];
}

export interface Place {
  readonly plane: ControlPlane;
  readonly api: Api;
  readonly clusters: readonly BenchCluster[];
  readonly namespaces: readonly string[];
  /** The port of every Sidecar. */
  readonly port: number;
  /** Starts the API server anew, so that it is as young for the next operator as for the one before. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface PlaceSize {
  readonly clusters: number;
  /** Nodes of each cluster, by its index. */
  readonly nodes: number | ((cluster: number) => number);
  /** Clusters are dealt out to so many. */
  readonly namespaces?: number;
}

/** Starts it all. Ports below the ephemeral ones: nobody else is given one of those by chance. */
export async function openPlace(size: PlaceSize): Promise<Place> {
  const plane = await startControlPlane({ users: [{ name: NAIVE_USER, groups: ['system:authenticated'] }] });
  const api = createApi(plane);
  const close = async () => {
    api.close();
    await plane.stop();
  };
  try {
    await plane.installCrdAndRbac();
    const { role, binding } = naiveRights();
    await api.ask('POST', `/apis/${RBAC}/v1/clusterroles`, role);
    await api.ask('POST', `/apis/${RBAC}/v1/clusterrolebindings`, binding);
    const namespaces = Array.from({ length: size.namespaces ?? 1 }, (_, index) => `bench-${index}`);
    await eachOf(namespaces, (name) => api.ask('POST', '/api/v1/namespaces', { metadata: { name } }));
    const port = 20_000 + (process.pid % 10_000);
    const clusters = clustersOf(size, namespaces);
    await eachOf(podsOf(clusters, port), (pod) => createPod(api, pod));
    const restart = async () => {
      await plane.killApiserver();
      await plane.startApiserver();
      await served(api);
    };
    return { plane, api, clusters, namespaces, port, restart, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** For some moments after its start an API server answers 429 to lists of what it has not read into its cache yet (not to those of a page). */
async function served(api: Api): Promise<void> {
  for (const path of ['/api/v1/pods', `${CLEANUPS}/cassandracleanups`].map((all) => `${all}?labelSelector=nobody`)) {
    let isServed = false;
    while (!isServed) {
      isServed = await api.ask('GET', path).then(
        () => true,
        () => sleep(50).then(() => false),
      );
    }
  }
}

/** What the naive operator does; it patches statuses, which ours may not. */
function naiveRights(): { role: object; binding: object } {
  const metadata = { name: NAIVE_USER };
  const rule = (group: string, resource: string, ...verbs: string[]) => ({
    ...{ apiGroups: [group], resources: [resource], verbs },
  });
  const rules = [
    rule('cassandra-sidecar.io', 'cassandracleanups', 'get', 'list', 'watch'),
    rule('cassandra-sidecar.io', 'cassandracleanups/status', 'patch'),
    rule('', 'pods', 'list'),
  ];
  const roleRef = { kind: 'ClusterRole', name: NAIVE_USER, apiGroup: RBAC };
  const subjects = [{ kind: 'User', name: NAIVE_USER, apiGroup: RBAC }];
  return { role: { metadata, rules }, binding: { metadata, roleRef, subjects } };
}

function clustersOf(size: PlaceSize, namespaces: readonly string[]): BenchCluster[] {
  let index = 0;
  return Array.from({ length: size.clusters }, (_, cluster) => {
    const name = `c${cluster}`;
    const count = typeof size.nodes === 'number' ? size.nodes : size.nodes(cluster);
    const nodes = Array.from({ length: count }, (_, node) => ({ name: `${name}-${node}`, host: hostOf(index++) }));
    return { namespace: namespaces[cluster % namespaces.length] ?? '', name, nodes };
  });
}

/** Loopback addresses that the tests do not use. */
function hostOf(index: number): string {
  return `127.${64 + Math.floor(index / 50_000)}.${Math.floor(index / 200) % 250}.${1 + (index % 200)}`;
}

type Pod = ReturnType<typeof podsOf>[number];

function podsOf(clusters: readonly BenchCluster[], port: number) {
  return clusters.flatMap(({ namespace, name: cluster, nodes }) =>
    nodes.map(({ name, host }) => ({
      metadata: {
        name,
        namespace,
        labels: { 'app.kubernetes.io/instance': cluster, 'cassandra.datastax.com/rack': 'rack1' },
      },
      spec: {
        nodeName: 'test-node',
        containers: [
          { name: 'cassandra', image: 'cassandra' },
          { name: 'icarus', image: 'icarus', ports: [{ name: 'icarus', containerPort: port }] },
        ],
      },
      status: readyStatus(name, host),
    })),
  );
}

/** What the kubelet would say of a Pod that runs well. */
function readyStatus(pod: string, host: string) {
  const container = (name: string) => ({
    ...{
      name,
      ready: true,
      started: true,
      restartCount: 0,
      image: name,
      imageID: name,
      containerID: `test://${pod}-${name}`,
    },
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  });
  return {
    phase: 'Running',
    podIP: host,
    podIPs: [{ ip: host }],
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
    containerStatuses: [container('cassandra'), container('icarus')],
  };
}

async function createPod(api: Api, pod: Pod): Promise<void> {
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods`;
  const created = (await api.ask('POST', path, pod)) as Pod;
  await api.ask('PUT', `${path}/${pod.metadata.name}/status`, { ...created, status: pod.status });
}
